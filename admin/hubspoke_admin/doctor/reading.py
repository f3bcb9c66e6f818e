"""Roles as IAM has them: read by the operator's own credentials, or by the doctor role in another account."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from hubspoke.findings import Finding, right, unseen, wrong

_SESSION_NAME: Final = "hubspoke-doctor"
_SECONDS: Final = 900
_STACK_TAG: Final = "aws:cloudformation:stack-name"
# botocore raises whatever comes of an answer that isn't AWS's: a proxy's page, half a document.
_FAILURES: Final = (ClientError, BotoCoreError, ResponseParserError, LookupError, TypeError, ValueError)
_MISSING: Final = ("NoSuchEntity", "NoSuchEntityException")
_SETTINGS: Final = Config(retries={"mode": "standard"}, connect_timeout=5, read_timeout=20)


class CannotSee(Exception):
    """Raised where something can't be read. ``finding`` says what, and what would show it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class RoleSeen:
    """A role as IAM has it."""

    arn: str
    trust: Any
    """The document, parsed; nobody has looked yet whether it is one."""
    max_session: int
    """Seconds."""
    boundary_arn: str | None
    stack: str | None
    """The CloudFormation stack that made it."""
    attached: tuple[str, ...]
    """ARNs of managed policies."""
    inline: tuple[str, ...]
    """Names of inline policies."""

    @property
    def path(self) -> str:
        """The role's path; it begins and ends with ``/``."""
        return self.arn.partition(":role")[2].rpartition("/")[0] + "/"


@dataclass(slots=True)
class Account:
    """One account's IAM, through one set of credentials."""

    number: str
    iam: Any
    who: str
    """Whose credentials these are, for people."""
    regions: tuple[Finding, ...] = ()
    """Whether the STS of the hub's Regions issues sessions of its roles."""

    def role(self, name: str) -> RoleSeen | None:
        """Read a role; ``None`` where there is none of this name.

        Raises:
            CannotSee: it can't be read.
        """
        found = self._read("iam:GetRole", f"role {name}", lambda: self._get(name))
        if found is None:
            return None
        attached = self._read(
            "iam:ListAttachedRolePolicies", name, lambda: self._all("list_attached_role_policies", name)
        )
        inline = self._read("iam:ListRolePolicies", name, lambda: self._all("list_role_policies", name))
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        return RoleSeen(
            arn=found["Arn"],
            trust=found.get("AssumeRolePolicyDocument"),
            max_session=found.get("MaxSessionDuration", 3600),
            boundary_arn=found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            stack=tags.get(_STACK_TAG),
            attached=tuple(each["PolicyArn"] for each in attached),
            inline=tuple(inline),
        )

    def managed_policy(self, arn: str) -> Any:
        """Read a managed policy's document in force.

        Raises:
            CannotSee: it can't be read.
        """

        def read() -> Any:
            version = self.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            return self.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

        return self._read("iam:GetPolicy and iam:GetPolicyVersion", arn, read)

    def inline_policy(self, role: str, name: str) -> Any:
        """Read an inline policy's document.

        Raises:
            CannotSee: it can't be read.
        """
        return self._read(
            "iam:GetRolePolicy",
            f"{role}/{name}",
            lambda: self.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"],
        )

    def _get(self, name: str) -> Any:
        try:
            found = self.iam.get_role(RoleName=name)["Role"]
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise
        if not re.fullmatch(rf"arn:[a-z-]+:iam::{self.number}:role/(?:.+/)?{re.escape(name)}", found["Arn"]):
            raise ValueError("another role")
        return found

    def _all(self, operation: str, role: str) -> list[Any]:
        pages = self.iam.get_paginator(operation).paginate(RoleName=role)
        key = "AttachedPolicies" if operation == "list_attached_role_policies" else "PolicyNames"
        return [each for page in pages for each in page[key]]

    def _read(self, action: str, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except _FAILURES as error:
            raise CannotSee(self._unread(action, what, error)) from None

    def _unread(self, action: str, what: str, error: Exception) -> Finding:
        return unseen(
            "reading",
            "ReadingRefused",
            f"{what} in {self.number} can't be read by {self.who}: {_code(error)}.",
            f"Allow {action} there, as spokes/cloudformation/doctor-role.yaml does.",
        )


class Reader:
    """Opens accounts: the operator's own, and others by the doctor role in them. Threads may share one."""

    def __init__(
        self,
        session: boto3.Session,
        own_arn: str,
        regions: Sequence[str],
        doctor_role: str,
    ) -> None:
        """Open accounts by a session's credentials.

        Args:
            session: the operator's.
            own_arn: whose credentials these are.
            regions: the hub's: the doctor role is assumed through each STS that the hub uses.
            doctor_role: the role's name in every account.
        """
        self.own_account = own_arn.split(":")[4]
        self.partition = own_arn.split(":")[1]
        self._session = session
        self._own_arn = own_arn
        self._doctor_role = doctor_role
        # boto3 user guide: a session makes one client at a time; clients may be shared.
        self._making = threading.Lock()
        self._home = regions[0]
        self._sts = {region: self._client("sts", region) for region in regions}
        self._own = Account(self.own_account, self._client("iam", self._home), own_arn)

    def open(self, number: str) -> Account:
        """Open an account, through the STS of every Region of the hub.

        Raises:
            CannotSee: the doctor role there can't be assumed in any of them.
        """
        if number == self.own_account:
            return self._own
        arn = f"arn:{self.partition}:iam::{number}:role/{self._doctor_role}"
        opened: dict[str, dict[str, str]] = {}
        codes: dict[str, str] = {}
        for region, sts in self._sts.items():
            try:
                opened[region] = _credentials(sts, arn)
            except _FAILURES as error:
                codes[region] = _code(error)
        refused = [self._refused(arn, *each, opened=bool(opened)) for each in codes.items()]
        if not opened:
            raise CannotSee(refused[0])
        says = f"STS of {', '.join(opened)} issues sessions of roles in {number}."
        iam = self._client("iam", self._home, **next(iter(opened.values())))
        return Account(number, iam, arn, (right("sts-region", "RegionEnabled", says), *refused))

    def _client(self, service: str, region: str, **credentials: str) -> Any:
        with self._making:
            return self._session.client(  # type: ignore[call-overload]
                service, region_name=region, config=_SETTINGS, **credentials
            )

    def _refused(self, arn: str, region: str, code: str, *, opened: bool) -> Finding:
        account = arn.split(":")[4]
        if code == "RegionDisabledException":
            return wrong(
                "sts-region",
                "RegionDisabled",
                f"{account} hasn't enabled {region}, so STS there issues no sessions of its roles.",
                f"As an administrator of {account}:\naws account enable-region --region-name {region}",
            )
        if opened:
            says = f"Whether STS of {region} issues sessions of roles in {account} isn't known: {code}."
            return unseen("sts-region", "RegionNotAsked", says, "Try again; is the Region up, and reachable?")
        return unseen(
            "reading",
            "DoctorRoleRefused",
            f"{self._own_arn} can't assume {arn}: {code}.",
            f"Deploy spokes/cloudformation/doctor-role.yaml in {account} with OperatorArns={self._own_arn},\n"
            f"and allow yourself sts:AssumeRole on {arn}.",
        )


def _credentials(sts: Any, arn: str) -> dict[str, str]:
    keys = sts.assume_role(RoleArn=arn, RoleSessionName=_SESSION_NAME, DurationSeconds=_SECONDS)[
        "Credentials"
    ]
    return {
        "aws_access_key_id": keys["AccessKeyId"],
        "aws_secret_access_key": keys["SecretAccessKey"],
        "aws_session_token": keys["SessionToken"],
    }


def _code(error: Exception) -> str:
    """Name an error by AWS's code, or by its type: its text could hold anything."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__ if isinstance(error, BotoCoreError) else "an answer that isn't AWS's"
