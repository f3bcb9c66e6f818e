"""ARNs of principals and roles, in every partition.

No module of ours writes ``arn:aws``: the partition comes from an ARN that AWS gave us.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from hubspoke_contract import limits
from hubspoke_contract.names import AccountId, RoleName

PARTITIONS: Final = (
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
)
"""Source: botocore's ``partitions.json``. An unknown one is refused, not guessed."""

_PARTITION: Final = "|".join(PARTITIONS)
_WORD: Final = r"[A-Za-z0-9_+=,.@-]"
_NAME: Final = rf"{_WORD}{{1,{limits.NAME_MAX}}}"
_SESSION: Final = rf"{_WORD}{{{limits.SESSION_NAME_MIN},{limits.SESSION_NAME_MAX}}}"
# IAM's paths may hold a quote and a backslash; we take neither, since ARNs end up in logs.
_USER: Final = re.compile(
    rf"arn:(?P<partition>{_PARTITION}):iam::(?P<account>[0-9]{{12}}):user/"
    rf"(?:[!#-.0-\[\]-~]+/)*(?P<name>{_NAME})"
)
_ROLE_SESSION: Final = re.compile(
    rf"arn:(?P<partition>{_PARTITION}):sts::(?P<account>[0-9]{{12}}):assumed-role/"
    rf"(?P<name>{_NAME})/(?P<session>{_SESSION})"
)


@dataclass(frozen=True, slots=True)
class PrincipalArn:
    """What an ARN says of a principal. A session's ARN drops the role's path; so does this."""

    kind: Literal["user", "role"]
    partition: str
    account: AccountId
    name: str
    session: str | None


def principal(raw: str) -> PrincipalArn | None:
    """Read the ARN of an IAM user or of a role's session; ``None`` for anything else.

    Root, federated users, services and malformed text are all "anything else".
    """
    if found := _USER.fullmatch(raw):
        return PrincipalArn("user", found["partition"], AccountId(found["account"]), found["name"], None)
    if found := _ROLE_SESSION.fullmatch(raw):
        return PrincipalArn(
            "role", found["partition"], AccountId(found["account"]), found["name"], found["session"]
        )
    return None


def role(partition: str, account: AccountId, path: str, name: RoleName) -> str:
    """Write a role's ARN. ``path`` begins and ends with ``/``."""
    return f"arn:{partition}:iam::{account}:role{path}{name}"


def role_session(partition: str, account: AccountId, name: RoleName, session: str) -> str:
    """Write the ARN of a role's session, as STS reports it: without the role's path."""
    return f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}"
