"""The grammar of the names a caller may send: ASCII, matched in full, never normalised.

Characters are listed and ``fullmatch`` is used everywhere: ``\\d`` would accept digits of other
scripts, and ``$`` a trailing newline.
"""

import re
from typing import Final, NamedTuple, NewType

from hubspoke_contract import limits

AccountId = NewType("AccountId", str)
"""Twelve digits. A string, since leading zeros count."""

RoleName = NewType("RoleName", str)
"""A role's name without its path: unique in its account (IAM API, ``CreateRole``)."""

PolicyName = NewType("PolicyName", str)
"""The name of a session policy in the bundle."""

ACCOUNT_PATTERN: Final = "[0-9]{12}"
NAME_PATTERN: Final = rf"[A-Za-z0-9_+=,.@-]{{1,{limits.NAME_MAX}}}"
"""What must match in full: of an account id, and of a role's or a session policy's name."""

NO_ROLES: Final = (".", "..")
"""IAM would take them as role names; in a path, HTTP libraries take them for steps."""

_ACCOUNT: Final = re.compile(ACCOUNT_PATTERN)
_NAME: Final = re.compile(NAME_PATTERN)
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9_+=,.@-]+/)*")
_EXTERNAL_ID: Final = re.compile(
    rf"[A-Za-z0-9_+=,.@:/-]{{{limits.EXTERNAL_ID_MIN},{limits.EXTERNAL_ID_MAX}}}"
)


class Target(NamedTuple):
    """The role a caller asks for, written ``ACCOUNT/ROLE``."""

    account: AccountId
    role: RoleName

    def __str__(self) -> str:
        return f"{self.account}/{self.role}"


def account_id(raw: str) -> AccountId | None:
    """Return ``raw`` as an account id, or ``None`` when it isn't twelve ASCII digits."""
    return AccountId(raw) if _ACCOUNT.fullmatch(raw) else None


def role_name(raw: str) -> RoleName | None:
    """Return ``raw`` as a role name, or ``None`` when IAM would not accept it as one, or we don't."""
    return RoleName(raw) if _NAME.fullmatch(raw) and raw not in NO_ROLES else None


def policy_name(raw: str) -> PolicyName | None:
    """Return ``raw`` as a session policy's name, or ``None``. Same grammar as a role's name."""
    return PolicyName(raw) if _NAME.fullmatch(raw) else None


def target(raw: str) -> Target | None:
    """Split ``ACCOUNT/ROLE``, or return ``None`` when either half is not one."""
    left, slash, right = raw.partition("/")
    account, role = account_id(left), role_name(right)
    return Target(account, role) if slash and account and role else None


def is_role_path(raw: str) -> bool:
    """Tell whether ``raw`` is an IAM path: ``/``, or ``/word/word/``."""
    return len(raw) <= limits.ROLE_PATH_MAX and _PATH.fullmatch(raw) is not None


def is_external_id(raw: str) -> bool:
    """Tell whether STS would take ``raw`` as an ``ExternalId`` (STS API: 2 to 1224 characters)."""
    return _EXTERNAL_ID.fullmatch(raw) is not None
