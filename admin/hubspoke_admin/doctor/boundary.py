"""What a permissions boundary leaves open: on any resource that it names, not on a made-up one alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hubspoke_admin.iam.judging import judge, obstacles
from hubspoke_admin.iam.policy import Statement
from hubspoke_admin.iam.request import Request, Truth

# By each of these a session could make itself a successor that outlives it, or lift what bounds it. Of
# CreatePolicy, CreateServiceLinkedRole and deletions of whole principals nobody gets more than there was.
_WRITES: Final = {
    "role": (
        "AttachRolePolicy",
        "CreateRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "TagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
    ),
    "user": (
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
        "CreateServiceSpecificCredential",
        "CreateUser",
        "DeleteUserPermissionsBoundary",
        "DeleteUserPolicy",
        "DetachUserPolicy",
        "PutUserPermissionsBoundary",
        "PutUserPolicy",
        "ResetServiceSpecificCredential",
        "TagUser",
        "UpdateAccessKey",
        "UpdateLoginProfile",
        "UploadSSHPublicKey",
        "UploadSigningCertificate",
    ),
    "group": ("AddUserToGroup", "AttachGroupPolicy", "PutGroupPolicy"),
    "policy": ("CreatePolicyVersion", "SetDefaultPolicyVersion"),
    "oidc-provider": ("AddClientIDToOpenIDConnectProvider", "CreateOpenIDConnectProvider"),
    "saml-provider": ("CreateSAMLProvider", "UpdateSAMLProvider"),
}
# Other credentials than the session's own, and on what.
_CREDENTIALS: Final = {
    "sts:AssumeRoot": "arn:{partition}:iam::{account}:root",
    "sts:GetDelegatedAccessToken": "*",
    "sts:GetFederationToken": "arn:{partition}:sts::{account}:federated-user/successor",
    "sts:GetWebIdentityToken": "*",
}

_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary, and what it bounds."""

    statements: tuple[Statement, ...]
    arn: str
    """The boundary's."""
    role_arn: str

    def successors(self) -> list[str]:
        """List the actions by which a session may make itself a successor."""
        writes = [f"iam:{name}" for kind, names in _WRITES.items() for name in names if self._any(name, kind)]
        _, partition, _, _, account, _ = self.role_arn.split(":", 5)
        others = [
            action
            for action, resource in _CREDENTIALS.items()
            if self._allows(action, resource.format(partition=partition, account=account))
        ]
        return sorted([*writes, *others])

    def allows_on_roles(self, action: str) -> bool:
        """Tell whether sessions may do something to other roles, of whatever account."""
        return any(self._allows(action, each) for each in self._resources("role"))

    def _any(self, name: str, kind: str) -> bool:
        action = f"iam:{name}"
        named = any(
            each.allows
            and all(obstacle.part != "Action" for obstacle in obstacles(each, Request(action, "*")))
            for each in self.statements
        )
        return named and any(self._allows(action, each) for each in self._resources(kind))

    def _allows(self, action: str, resource: str) -> bool:
        """Tell whether the boundary may let an action through, whatever else is in the request."""
        request = Request(action, resource, absent=lambda _key: False)
        return judge(self.statements, request).allowed is not Truth.NO

    def _resources(self, kind: str) -> Iterator[str]:
        """Name one resource of a kind that no statement names, and one of each pattern that any has."""
        _, partition, _, _, account, _ = self.role_arn.split(":", 5)
        yield f"arn:{partition}:iam::{account}:{kind}/successor"
        own = [self.role_arn, self.arn]
        named = [value for each in self.statements if each.resource for value in each.resource.values]
        for pattern in dict.fromkeys([*own, *named]):
            if (example := _example(pattern, partition, account)) and f":{kind}/" in example:
                yield example


def _example(pattern: str, partition: str, account: str) -> str | None:
    """Write an ARN of IAM's that a pattern matches; ``None`` where it has none."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return None
    usual = ("arn", partition, "iam", "", account)
    known = [
        default if re.search("[*?]", part) else part for part, default in zip(parts, usual, strict=False)
    ]
    if known[2] != "iam":
        return None
    resource = _VARIABLE.sub("successor", parts[5]).replace("*", "successor").replace("?", "x")
    return ":".join([*known, resource])


def said(actions: Sequence[str], most: int = 8) -> str:
    """Write actions for people, the first of many."""
    more = len(actions) - most
    return ", ".join(actions[:most]) + (f" and {more} more" if more > 0 else "")
