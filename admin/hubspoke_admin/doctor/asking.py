"""What STS would be asked for, as the policies on either side see it: the hub's call, and its near misses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hubspoke_admin.iam.request import PRESENT, Present, Request

ASSUME: Final = "sts:AssumeRole"
SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"
TAG_SESSION: Final = "sts:TagSession"

_OTHER: Final = "hubspoke-doctor-near-miss"
_OTHER_ORGANIZATION: Final = "o-nearmiss00"


@dataclass(frozen=True, slots=True)
class Asking:
    """An AssumeRole: who asks for which role, with what."""

    principal: str
    """ARN of the role that asks, with its path: the function's, or the hub role."""
    role_arn: str
    """The role in the spoke."""
    organization: str | None
    """The hub's; ``None`` where it isn't known, or there is none."""
    external_id: str | None = field(default=None, repr=False)
    source_identity: str | Present | None = None
    """``PRESENT`` where it depends on a caller that isn't known; ``None`` where none is sent."""
    tags: tuple[tuple[str, str], ...] = ()
    tag_keys: tuple[str, ...] = ()
    """Keys of further tags, which callers choose the values of."""
    region: str | None = None

    @property
    def account(self) -> str:
        """The asking principal's account."""
        return self.principal.split(":")[4]

    @property
    def actions(self) -> tuple[str, ...]:
        """What AWS decides about, one by one: the call, and what is set by it."""
        return (
            ASSUME,
            *((SET_SOURCE_IDENTITY,) if self.source_identity is not None else ()),
            *((TAG_SESSION,) if self.tags or self.tag_keys else ()),
        )

    def request(self, action: str, *, by_resource: bool) -> Request:
        """Write it down for one action.

        Args:
            action: one of ``actions``.
            by_resource: for the spoke's trust, which names a principal; else for the asker's own policies.
        """
        return Request(action, self.role_arn, self.principal if by_resource else None, self._keys())

    def _keys(self) -> Mapping[str, str | tuple[str, ...] | Present]:
        keys: dict[str, str | tuple[str, ...] | Present] = {
            "aws:PrincipalArn": self.principal,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalIsAWSService": "false",
            # A role's session has it, and neither a function nor a hub role has used a device.
            "aws:MultiFactorAuthPresent": "false",
            "aws:SecureTransport": "true",
            "aws:ResourceAccount": self.role_arn.split(":")[4],
            "sts:RoleSessionName": PRESENT,
        }
        if self.organization is not None:
            keys |= {"aws:PrincipalOrgID": self.organization, "aws:ResourceOrgID": self.organization}
        if self.region is not None:
            keys["aws:RequestedRegion"] = self.region
        if self.external_id is not None:
            keys["sts:ExternalId"] = self.external_id
        if self.source_identity is not None:
            keys["sts:SourceIdentity"] = self.source_identity
        if self.tags or self.tag_keys:
            keys["aws:TagKeys"] = (*(key for key, _ in self.tags), *self.tag_keys)
            keys |= {f"aws:RequestTag/{key}": value for key, value in self.tags}
            keys |= {f"aws:RequestTag/{key}": PRESENT for key in self.tag_keys}
        return keys

    def without_source_identity(self) -> "Asking":
        """Ask in nobody's name."""
        return replace(self, source_identity=None)

    def without_the_external_id(self) -> "tuple[Asking, ...]":
        """Ask as somebody who doesn't know it: with another, and with none."""
        return self.with_external_id(_OTHER), self.with_external_id(None)

    def with_external_id(self, external_id: str | None) -> "Asking":
        """Ask with this external id, or with none."""
        return replace(self, external_id=external_id)

    def from_another_organization(self) -> "Asking":
        """Ask from elsewhere."""
        return replace(self, organization=_OTHER_ORGANIZATION)
