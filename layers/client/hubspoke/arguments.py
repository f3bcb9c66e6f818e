"""What a caller asks for, brought into one form at the library's edge.

The hub's own decoder checks the body before it is sent: both ends have one grammar.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from hubspoke.endpoint import is_region
from hubspoke.exceptions import ArgumentInvalid
from hubspoke_contract.errors import Refused
from hubspoke_contract.limits import EXTERNAL_ID_MAX, EXTERNAL_ID_MIN, SESSION_NAME_MAX, SESSION_NAME_MIN
from hubspoke_contract.names import (
    PolicyName,
    RoleName,
    Target,
    account_id,
    is_external_id,
    is_role_path,
    role_name,
)
from hubspoke_contract.request import VendRequest, decode_vend_request
from hubspoke_contract.secret import Secret

_SESSION_STRING: Final = "hubspoke"
"""What sessions are named where the caller says nothing. Constant, so that they can be searched for."""

_SESSION_NAME: Final = re.compile(rf"[A-Za-z0-9_+=,.@-]{{{SESSION_NAME_MIN},{SESSION_NAME_MAX}}}")
_MFA_SERIAL: Final = re.compile(r"[A-Za-z0-9_+=/:,.@-]{9,256}")
_MFA_CODE: Final = re.compile(r"[0-9]{6}")
"""STS API: ``RoleSessionName``, ``SerialNumber`` and ``TokenCode``."""


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


def target_by_path(account: str | int, role: str) -> Target:
    """Read what ``target`` does, where the role's name may follow its path: ``team/automation-hub-role``.

    Raises:
        ArgumentInvalid: one of the two can't be right.
    """
    path, slash, name = role.rpartition("/") if isinstance(role, str) else ("", "", "")
    if not is_role_path(f"/{path}{slash}") or role_name(name) is None:
        raise ArgumentInvalid(
            "The role must be a role's name, after its path if it has one, as in team/automation-hub-role."
        )
    return Target(target(account, name).account, RoleName(role))


def path_and_name(role: str) -> tuple[str, RoleName]:
    """Part the role of a ``target_by_path`` into its path, with a slash at both ends, and its name."""
    path, slash, name = role.rpartition("/")
    return f"/{path}{slash}", RoleName(name)


def external_id(raw: str | Secret | None) -> Secret | None:
    """Read an external id; an empty one is none, since STS refuses it.

    Raises:
        ArgumentInvalid: STS would refuse it. It isn't quoted.
    """
    text = raw.reveal() if isinstance(raw, Secret) else raw
    if text is None or text == "":
        return None
    if not isinstance(text, str) or not is_external_id(text):
        raise ArgumentInvalid(
            f"The external id must be {EXTERNAL_ID_MIN} to {EXTERNAL_ID_MAX} of A-Z a-z 0-9 _ + = , . @ : / -"
        )
    return Secret(text)


def session_string(raw: str | None) -> str:
    """Read what sessions are to be named; an empty text is none, and makes them ``hubspoke``.

    Raises:
        ArgumentInvalid: STS would refuse it.
    """
    if raw is None or raw == "":
        return _SESSION_STRING
    if not isinstance(raw, str) or not _SESSION_NAME.fullmatch(raw):
        raise ArgumentInvalid(
            f"The session string must be {SESSION_NAME_MIN} to {SESSION_NAME_MAX} of "
            "A-Z a-z 0-9 _ + = , . @ -"
        )
    return raw


def mfa_serial(raw: str | None) -> str | None:
    """Read an MFA device: its ARN, or the number of a hardware device.

    Raises:
        ArgumentInvalid: STS would refuse it.
    """
    if raw is not None and (not isinstance(raw, str) or not _MFA_SERIAL.fullmatch(raw)):
        raise ArgumentInvalid(
            "The MFA device must be its ARN, as 'aws iam list-mfa-devices' shows it, or its serial number."
        )
    return raw


def mfa_code(raw: object) -> str:
    """Read a code of an MFA device.

    Raises:
        ArgumentInvalid: it isn't six digits. It isn't quoted.
    """
    if not isinstance(raw, str) or not _MFA_CODE.fullmatch(raw):
        raise ArgumentInvalid("The MFA code must be the six digits that the device shows.")
    return raw


def check_connection(
    session: object, profile: str | None, region: str | None, timeout: float, retries: int
) -> None:
    """Check what either route is called with.

    Raises:
        ArgumentInvalid: it can't be right.
    """
    if session is not None and profile is not None:
        raise ArgumentInvalid("Give a session or a profile, not both.")
    if profile == "":
        raise ArgumentInvalid("The profile must have a name.")
    if not 0 < timeout <= 3600 or retries < 0:
        raise ArgumentInvalid("The timeout must be above 0 and at most 3600 s, the retries not below 0.")
    if region is not None and not is_region(region):
        raise ArgumentInvalid("The Region must be a Region's name, such as eu-west-1.")


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
