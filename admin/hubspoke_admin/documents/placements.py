"""Where a document goes: what it is a part of, and how large AWS lets it be there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from hubspoke_admin.documents.statements import Document
from hubspoke_admin.exceptions import DocumentRefused

# Characters, without white space. Source: IAM user guide, "IAM and AWS STS quotas"; AWS Organizations user
# guide, "Quotas for AWS Organizations".
MANAGED_POLICY_MAX: Final = 6144
USER_POLICY_MAX: Final = 2048
ROLE_POLICY_MAX: Final = 10_240
TRUST_POLICY_MAX: Final = 2048
"""As long as nobody has asked AWS for more, which is ``TRUST_POLICY_RAISED_MAX`` at most."""
TRUST_POLICY_RAISED_MAX: Final = 4096
ORGANIZATION_POLICY_MAX: Final = 5120

SESSION_SECONDS: Final = 3600
"""Role chaining allows no more (``hubspoke_contract.limits``), and nobody else is trusted."""


@dataclass(frozen=True, slots=True)
class Json:
    """A document that is an attribute's value, as text where the format asks for it."""

    document: Document


@dataclass(frozen=True, slots=True)
class InOwnAccount:
    """The ARN of a policy in the account that a role is made in, whichever that is."""

    partition: str
    policy: str
    """Path and name."""


class Placement(Protocol):
    """What a document is a part of."""

    @property
    def document(self) -> Document:
        """The document itself."""

    @property
    def limit(self) -> tuple[str, int]:
        """What AWS limits, and to how many characters without white space."""

    @property
    def name(self) -> str:
        """Its name on AWS."""

    def cloudformation(self) -> tuple[str, Mapping[str, Any]]:
        """Give the resource's type and properties."""

    def terraform(self) -> tuple[str, Mapping[str, Any]]:
        """Give the resource's type and attributes."""


def check_size(placement: Placement) -> None:
    """Check that AWS would take a document where it is to go.

    Raises:
        DocumentRefused: it is too large.
    """
    size = len(json.dumps(placement.document, separators=(",", ":"), ensure_ascii=False))
    what, most = placement.limit
    if size > most:
        raise DocumentRefused(f"{size} characters without white space; AWS takes {most} in {what}")


@dataclass(frozen=True, slots=True)
class Role:
    """A role with a trust policy."""

    name: str
    path: str
    document: Document
    description: str
    boundary: InOwnAccount | None = None
    trust_max: int = TRUST_POLICY_MAX

    @property
    def limit(self) -> tuple[str, int]:
        """The quota for trust policies."""
        raised = f"; ask AWS to raise the quota, to at most {TRUST_POLICY_RAISED_MAX}, and say --trust-quota"
        return f"a trust policy{raised if self.trust_max < TRUST_POLICY_RAISED_MAX else ''}", self.trust_max

    def cloudformation(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``AWS::IAM::Role``."""
        return "AWS::IAM::Role", {
            "RoleName": self.name,
            "Path": self.path,
            "Description": self.description,
            "MaxSessionDuration": SESSION_SECONDS,
            **({"PermissionsBoundary": self.boundary} if self.boundary else {}),
            "AssumeRolePolicyDocument": Json(self.document),
        }

    def terraform(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``aws_iam_role``."""
        return "aws_iam_role", {
            "name": self.name,
            "path": self.path,
            "description": self.description,
            "max_session_duration": SESSION_SECONDS,
            **({"permissions_boundary": self.boundary} if self.boundary else {}),
            "assume_role_policy": Json(self.document),
        }


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A policy of its own, to be attached or to be a boundary."""

    name: str
    path: str
    document: Document
    description: str

    @property
    def limit(self) -> tuple[str, int]:
        """The quota for managed policies."""
        return "a managed policy", MANAGED_POLICY_MAX

    def cloudformation(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``AWS::IAM::ManagedPolicy``."""
        return "AWS::IAM::ManagedPolicy", {
            "ManagedPolicyName": self.name,
            "Path": self.path,
            "Description": self.description,
            "PolicyDocument": Json(self.document),
        }

    def terraform(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``aws_iam_policy``."""
        return "aws_iam_policy", {
            "name": self.name,
            "path": self.path,
            "description": self.description,
            "policy": Json(self.document),
        }


@dataclass(frozen=True, slots=True)
class InlinePolicy:
    """A policy within a user or a role that exists."""

    name: str
    kind: Literal["user", "role"]
    holder: str
    """The user's or the role's name, without its path."""
    document: Document

    @property
    def limit(self) -> tuple[str, int]:
        """The quota for all inline policies of the user or role together."""
        most = USER_POLICY_MAX if self.kind == "user" else ROLE_POLICY_MAX
        return f"the inline policies of a {self.kind}, all together", most

    def cloudformation(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``AWS::IAM::UserPolicy`` or ``RolePolicy``."""
        return f"AWS::IAM::{self.kind.title()}Policy", {
            "PolicyName": self.name,
            f"{self.kind.title()}Name": self.holder,
            "PolicyDocument": Json(self.document),
        }

    def terraform(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``aws_iam_user_policy`` or ``aws_iam_role_policy``."""
        return f"aws_iam_{self.kind}_policy", {
            "name": self.name,
            self.kind: self.holder,
            "policy": Json(self.document),
        }


@dataclass(frozen=True, slots=True)
class OrganizationPolicy:
    """A service control policy, or a resource control policy."""

    name: str
    kind: Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
    document: Document
    description: str

    @property
    def limit(self) -> tuple[str, int]:
        """The quota for either."""
        return f"a {self.kind.lower().replace('_', ' ')}", ORGANIZATION_POLICY_MAX

    def cloudformation(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``AWS::Organizations::Policy``, attached to nothing."""
        return "AWS::Organizations::Policy", {
            "Name": self.name,
            "Type": self.kind,
            "Description": self.description,
            "Content": Json(self.document),
        }

    def terraform(self) -> tuple[str, Mapping[str, Any]]:
        """Give an ``aws_organizations_policy``, attached to nothing."""
        return "aws_organizations_policy", {
            "name": self.name,
            "type": self.kind,
            "description": self.description,
            "content": Json(self.document),
        }
