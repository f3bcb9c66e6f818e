"""The arguments of ``hubspoke-admin policy`` that name somebody or something, read or refused."""

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hubspoke_admin.documents.estate import Hub
from hubspoke_admin.exceptions import UsageError
from hubspoke_contract.arns import PARTITIONS
from hubspoke_contract.names import AccountId, RoleName, account_id, is_external_id, role_name

if TYPE_CHECKING:
    from hubspoke_grants.caller import Caller

_WORD: Final = "[A-Za-z0-9_+=,.@-]"
IAM_ARN: Final = re.compile(
    rf"arn:(?P<partition>{'|'.join(PARTITIONS)}):iam::(?P<account>[0-9]{{12}}):(?P<kind>user|role)/"
    rf"(?P<path>(?:{_WORD}+/)*)(?P<name>{_WORD}{{1,64}})"
)
"""The exact ARN of a user or a role."""

_ORGANIZATION: Final = re.compile("o-[a-z0-9]{10,32}")
# Stars are IAM's; what is fixed before the first keeps an administrator from being everybody.
_ADMINISTRATOR: Final = re.compile(
    rf"arn:(?P<partition>{'|'.join(PARTITIONS)}):iam::(?:[0-9]{{12}}|\*):(?:user|role)/"
    r"[A-Za-z0-9_+=,.@/-]{3,}[A-Za-z0-9_+=,.@/*?-]*"
)
# As template.yaml takes them: a path, or a name with a star at either end.
_SPOKE_ROLES: Final = re.compile(rf"role/(?:(?:{_WORD}+/)+\*|\*?{_WORD}{{3,64}}\*?)")
# Identity Center: 32 characters at most; with a star, three must be fixed.
_PERMISSION_SET: Final = re.compile(rf"{_WORD}{{1,32}}|\*{_WORD}{{3,32}}")


def read_role(raw: str) -> RoleName:
    """Read a role's name."""
    name = role_name(raw)
    if name is None:
        raise UsageError(f"--role {raw!r}: write a role's name without its path, as in roles.yaml")
    return name


def read_account(option: str, raw: str) -> AccountId:
    """Read an account's id."""
    number = account_id(raw)
    if number is None:
        raise UsageError(f"{option} {raw!r}: write twelve digits")
    return number


def read_organization(raw: str | None) -> str | None:
    """Read an organization's id, where there is one."""
    if raw is not None and not _ORGANIZATION.fullmatch(raw):
        raise UsageError(f"--organization {raw!r}: write an organization's id, as o-a1b2c3d4e5")
    return raw


def read_external_id(raw: str | None) -> str | None:
    """Read the external id of the direct route. What it is stays out of the refusal."""
    if raw and not is_external_id(raw):
        raise UsageError("--direct-external-id: write 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -")
    return raw or None


def read_principals(raw: Sequence[str], hub: Hub) -> list[str]:
    """Read the exact ARNs of users and roles."""
    for arn in raw:
        found = IAM_ARN.fullmatch(arn)
        if found is None:
            raise UsageError(
                f"--principal {arn!r}: write the exact ARN of a user or role: "
                f"arn:{hub.partition}:iam::{hub.account}:user/NAME"
            )
        if found["partition"] != hub.partition:
            raise UsageError(f"--principal {arn}: is not in the partition {hub.partition}")
        if found["name"].startswith("AWSReservedSSO_"):
            raise UsageError(
                f"--principal {arn}: Identity Center makes it anew under another id; use sso-trust"
            )
    return _once("--principal", raw)


def read_caller(options: argparse.Namespace) -> tuple["Caller", str | None]:
    """Read the one caller, as policies write it or by its ARN; with the ARN's partition."""
    from hubspoke_admin.principals import PrincipalInvalid, caller

    found = IAM_ARN.fullmatch(options.principal)
    principal = (
        f'Caller::{found["kind"].title()}::"{found["account"]}/{found["name"]}"'
        if found
        else options.principal
    )
    try:
        who = caller(principal, options.unique_id, options.organization, options.session)
    except PrincipalInvalid as error:
        option = error.key.replace("_", "-").replace("org-id", "organization")
        raise UsageError(f"--{option} {error}") from None
    return who, found["partition"] if found else None


def read_permission_sets(raw: Sequence[str]) -> list[str]:
    """Read names of permission sets."""
    for name in raw:
        if not _PERMISSION_SET.fullmatch(name):
            raise UsageError(
                f"--permission-set {name!r}: write its name, at most 32 characters; "
                "a star may stand before three or more, as in *-PowerUserAccess"
            )
    return _once("--permission-set", raw)


def read_administrators(raw: Sequence[str], hub: Hub) -> list[str]:
    """Read the ARNs of who is spared, in which stars may stand."""
    for arn in raw:
        found = _ADMINISTRATOR.fullmatch(arn)
        if found is None or found["partition"] != hub.partition:
            raise UsageError(
                f"--administrator {arn!r}: write the ARN of a role or user, with no star but for its account "
                f"and behind three characters: arn:{hub.partition}:iam::*:role/stacksets-exec-*"
            )
    return _once("--administrator", raw)


def read_spoke_roles(raw: str) -> str:
    """Read which roles the hub may assume, as the stack's output ``SpokeRoles`` says it."""
    if not _SPOKE_ROLES.fullmatch(raw):
        raise UsageError(
            f"--spoke-roles {raw!r}: write it as the stack's output SpokeRoles, as role/hubspoke/*"
        )
    return raw


def _once(option: str, raw: Sequence[str]) -> list[str]:
    for each in raw:
        if raw.count(each) > 1:
            raise UsageError(f"{option} {each} stands there twice; keep one")
    return list(raw)
