"""What a caller asks for, brought into one form at the library's edge.

The hub's own decoder checks the body before it is sent: both ends have one grammar.
"""

from collections.abc import Mapping
from datetime import timedelta

from hubspoke.exceptions import ArgumentInvalid
from hubspoke_contract.errors import Refused
from hubspoke_contract.names import PolicyName, Target, account_id, role_name
from hubspoke_contract.request import VendRequest, decode_vend_request


def target(account: str | int, role: str) -> Target:
    """Read an account, as twelve digits or as a number that lost its leading zeros, and a role's name.

    Raises:
        ArgumentInvalid: one of them can't be right.
    """
    # type() and not isinstance(): a bool is an int. A negative number's text holds no twelve digits.
    text = f"{account:012}" if type(account) is int else account
    known = account_id(text) if isinstance(text, str) else None
    if known is None:
        raise ArgumentInvalid("The account must be twelve digits.")
    name = role_name(role) if isinstance(role, str) else None
    # "." and ".." are in the grammar of names, but a URL's path can't hold them as such.
    if name is None or name in {".", ".."}:
        raise ArgumentInvalid(
            "The role must be a role's name without its path: 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"
        )
    return Target(known, name)


def vend_request(
    duration: int | timedelta | None,
    session_policy: str | None,
    tags: Mapping[str, str] | None,
    reason: str | None,
) -> VendRequest:
    """Read everything a vend can be asked with; ``None`` leaves it to the hub.

    Raises:
        ArgumentInvalid: the hub would call the request invalid.
    """
    try:
        request = VendRequest(
            duration=_seconds(duration),
            session_policy=PolicyName(session_policy) if session_policy is not None else None,
            tags=tuple(sorted(tags.items())) if tags else (),
            reason=reason,
        )
        return decode_vend_request(request.to_body().decode())
    except Refused as refused:
        raise ArgumentInvalid(refused.problem.message) from None
    except (TypeError, AttributeError):
        raise ArgumentInvalid("Session policy, tags and reason must be text.") from None


def _seconds(duration: int | timedelta | None) -> int | None:
    if isinstance(duration, timedelta):
        if duration % timedelta(seconds=1):
            raise ArgumentInvalid("The duration must be whole seconds.")
        return duration // timedelta(seconds=1)
    return duration
