"""The quarantine: under which keys a row stands in its table, and when one has ended.

Operators write the rows and the function reads them before every vend, both by this module.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from hubspoke_contract.names import ACCOUNT_PATTERN, NAME_PATTERN, AccountId, Target

EVERYTHING: Final = "everything"

EXPIRES_AT: Final = "ExpiresAt"
"""The attribute that ends a row by itself: a number, seconds since 1970."""

_CALLER: Final = re.compile(f"{ACCOUNT_PATTERN}/{NAME_PATTERN}")


def of_account(account: AccountId) -> str:
    """Write the key of an account: every role in it."""
    return f"account:{account}"


def of_role(target: Target) -> str:
    """Write the key of one role."""
    return f"role:{target}"


def of_caller(caller_key: str) -> str:
    """Write the key of a caller, user or role, which is given as ``ACCOUNT/NAME``."""
    return f"caller:{caller_key}"


def is_caller_key(raw: str) -> bool:
    """Tell whether ``raw`` is ``ACCOUNT/NAME``."""
    return _CALLER.fullmatch(raw) is not None


def subjects(caller_key: str, target: Target) -> tuple[str, ...]:
    """List the keys under which a quarantine of this caller or this target would stand."""
    return (EVERYTHING, of_account(target.account), of_role(target), of_caller(caller_key))


def is_active(item: Mapping[str, Any], now: float) -> bool:
    """Tell whether a row of the table is in force at a time, in seconds since 1970."""
    # Compared here, since DynamoDB's TTL deletes hours late. One without an end, or with an end
    # that makes no sense, has not ended.
    try:
        return not float(item[EXPIRES_AT]["N"]) <= now
    except (KeyError, TypeError, ValueError):
        return True
