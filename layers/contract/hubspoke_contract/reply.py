"""What the hub answers, and how the client reads it.

Keys are written as STS and ``credential_process`` write them, so that the reply of a vend *is* a
``credential_process`` document (AWS SDKs and Tools reference guide, "Process credential provider").
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hubspoke_contract.errors import Problem
from hubspoke_contract.names import AccountId, PolicyName, RoleName, account_id, role_name
from hubspoke_contract.secret import Secret
from hubspoke_contract.vends import Vend


class MalformedReply(Exception):
    """Raised by the client's side of this module: a reply was not what the contract says."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Short-lived credentials of a spoke's role; as a document, what the hub answers a vend with."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expiration: datetime
    """Aware, UTC."""
    account: AccountId
    assumed_role_arn: str
    source_identity: str
    """Empty where no hub stood in between."""
    vend_id: str
    """The ledger's id; empty where no hub stood in between."""
    packed_policy_size: int | None
    """Percent of what STS packs for session policies and tags; ``None`` where STS doesn't say."""

    def to_document(self) -> dict[str, object]:
        """Write the reply's document. The secrets are in it: it goes to the caller and nowhere else."""
        return {
            "Version": 1,
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key.reveal(),
            "SessionToken": self.session_token.reveal(),
            "Expiration": format_time(self.expiration),
            "AccountId": self.account,
            "AssumedRoleArn": self.assumed_role_arn,
            "SourceIdentity": self.source_identity,
            "VendId": self.vend_id,
            "PackedPolicySize": self.packed_policy_size,
        }

    @classmethod
    def from_document(cls, unverified: object) -> "Credentials":
        """Read the reply's document; keys of later versions are passed over.

        Raises:
            MalformedReply: something is missing or of another type. It names the key, never a value.
        """
        document = _mapping(unverified)
        account = account_id(_text(document, "AccountId"))
        packed = document.get("PackedPolicySize")
        if type(document.get("Version")) is not int or document["Version"] != 1 or account is None:
            raise MalformedReply("Version or AccountId")
        if packed is not None and type(packed) is not int:
            raise MalformedReply("PackedPolicySize")
        return cls(
            access_key_id=_text(document, "AccessKeyId"),
            secret_access_key=Secret(_text(document, "SecretAccessKey")),
            session_token=Secret(_text(document, "SessionToken")),
            expiration=parse_time(_text(document, "Expiration")),
            account=account,
            assumed_role_arn=_text(document, "AssumedRoleArn"),
            source_identity=_text(document, "SourceIdentity"),
            vend_id=_text(document, "VendId"),
            packed_policy_size=packed,
        )


@dataclass(frozen=True, slots=True)
class RoleOffer:
    """One role the caller may take, and within what."""

    account: AccountId
    account_name: str
    org_unit: str
    """The path of the account's organizational unit, as in ``ou-root/Workloads/Dev``."""
    account_tags: tuple[tuple[str, str], ...]
    role: RoleName
    max_duration: int
    """Seconds: the longest session any of its session policies, or none, allows."""
    session_policies: tuple[PolicyName, ...]
    session_policy_required: bool
    """Whether a vend without a session policy would be refused."""

    def to_document(self) -> dict[str, object]:
        """Write one element of ``Roles``."""
        return {
            "AccountId": self.account,
            "AccountName": self.account_name,
            "OrgUnit": self.org_unit,
            "AccountTags": dict(self.account_tags),
            "RoleName": self.role,
            "MaxDurationSeconds": self.max_duration,
            "SessionPolicies": list(self.session_policies),
            "SessionPolicyRequired": self.session_policy_required,
        }

    @classmethod
    def from_document(cls, unverified: object) -> "RoleOffer":
        """Read one element of ``Roles``.

        Raises:
            MalformedReply: something is missing or of another type.
        """
        document = _mapping(unverified)
        account, role = account_id(_text(document, "AccountId")), role_name(_text(document, "RoleName"))
        policies = document.get("SessionPolicies")
        duration, required = document.get("MaxDurationSeconds"), document.get("SessionPolicyRequired")
        if account is None or role is None or type(duration) is not int or type(required) is not bool:
            raise MalformedReply("Roles")
        if not isinstance(policies, list) or not all(isinstance(name, str) for name in policies):
            raise MalformedReply("SessionPolicies")
        tags = document.get("AccountTags")
        if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
            raise MalformedReply("AccountTags")
        return cls(
            account=account,
            account_name=_text(document, "AccountName", may_be_empty=True),
            org_unit=_text(document, "OrgUnit", may_be_empty=True),
            account_tags=tuple(tags.items()),
            role=role,
            max_duration=duration,
            session_policies=tuple(PolicyName(name) for name in policies),
            session_policy_required=required,
        )


@dataclass(frozen=True, slots=True)
class RolesPage:
    """A page of ``GET /v1/roles``."""

    roles: tuple[RoleOffer, ...]
    next_token: str | None

    def to_document(self) -> dict[str, object]:
        """Write the page; ``NextToken`` is there only when another page is."""
        document: dict[str, object] = {"Roles": [offer.to_document() for offer in self.roles]}
        if self.next_token is not None:
            document["NextToken"] = self.next_token
        return document

    @classmethod
    def from_document(cls, unverified: object) -> "RolesPage":
        """Read a page.

        Raises:
            MalformedReply: something is missing or of another type.
        """
        document = _mapping(unverified)
        roles = document.get("Roles")
        if not isinstance(roles, list):
            raise MalformedReply("Roles")
        next_token = _text(document, "NextToken") if "NextToken" in document else None
        return cls(tuple(RoleOffer.from_document(role) for role in roles), next_token)


@dataclass(frozen=True, slots=True)
class Identity:
    """The reply of ``GET /v1/identity``: how the hub sees the caller."""

    account: AccountId
    principal: str
    """As a Cedar policy names it: ``Caller::User::"111122223333/inventory-bot"``."""
    unique_id: str
    """IAM's own id, ``AIDA…`` or ``AROA…``: it changes when a principal is deleted and made again."""
    label: str
    """What the caller's sessions are named after. A role's session name is chosen by whoever assumes it."""
    permission_set: str | None
    source_identity: str
    """What a vended session carries as its source identity."""

    def to_document(self) -> dict[str, object]:
        """Write the reply."""
        return {
            "AccountId": self.account,
            "Principal": self.principal,
            "UniqueId": self.unique_id,
            "Label": self.label,
            "PermissionSet": self.permission_set,
            "SourceIdentity": self.source_identity,
        }

    @classmethod
    def from_document(cls, unverified: object) -> "Identity":
        """Read the reply.

        Raises:
            MalformedReply: something is missing or of another type.
        """
        document = _mapping(unverified)
        account = account_id(_text(document, "AccountId"))
        if account is None:
            raise MalformedReply("AccountId")
        return cls(
            account=account,
            principal=_text(document, "Principal"),
            unique_id=_text(document, "UniqueId"),
            label=_text(document, "Label"),
            permission_set=_text(document, "PermissionSet")
            if document.get("PermissionSet") is not None
            else None,
            source_identity=_text(document, "SourceIdentity"),
        )


@dataclass(frozen=True, slots=True)
class VendsPage:
    """A page of ``GET /v1/vends``: rows of the ledger, newest first."""

    vends: tuple[Vend, ...]
    next_token: str | None

    def to_document(self) -> dict[str, object]:
        """Write the page; ``NextToken`` is there only when another page is."""
        document: dict[str, object] = {"Vends": [vend.to_document() for vend in self.vends]}
        if self.next_token is not None:
            document["NextToken"] = self.next_token
        return document


def error_document(problem: Problem, request_id: str) -> dict[str, object]:
    """Write the document of every refusal and failure."""
    return {"Code": problem.code.value, "Message": problem.message, "RequestId": request_id}


def format_time(moment: datetime) -> str:
    """Write an aware time in UTC to the second, RFC 3339."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(raw: str) -> datetime:
    """Read an RFC 3339 time with an offset.

    Raises:
        MalformedReply: it isn't one, or has no offset.
    """
    try:
        moment = datetime.fromisoformat(raw)
        if moment.tzinfo is None:
            raise MalformedReply("Expiration")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedReply("Expiration") from None


def _mapping(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise MalformedReply("not an object")
    return raw


def _text(document: dict[str, Any], key: str, *, may_be_empty: bool = False) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not (value or may_be_empty):
        raise MalformedReply(key)
    return value
