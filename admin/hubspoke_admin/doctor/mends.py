"""What mends a role: the commands, as somebody types them."""

import re
import shlex
from dataclasses import dataclass
from typing import Final

from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_contract.names import Target

_STACK: Final = re.compile("[A-Za-z][A-Za-z0-9-]{0,127}")


@dataclass(frozen=True, slots=True)
class Mends:
    """Writes the commands for one role."""

    hub: Hub
    target: Target
    path: str
    """The role's path."""
    route: Route
    """Who is to be in its trust."""
    stack: str | None = None
    """The CloudFormation stack that made the role, if one did."""

    @property
    def trust(self) -> str:
        """Write the right trust, and put it in place."""
        by_hub_role = self.route.by_hub_role
        write = self._policy(
            "spoke-trust",
            *(["--route", str(self.route), "--hub-role", self.hub.role_arn] if by_hub_role else []),
            *(["--organization", self.hub.organization] if self.hub.organization else []),
        )
        # What an option would show to everybody on the machine.
        given = (
            ["# with the direct route's external id, if it has one, in ASSUME_ROLE_EXTERNAL_ID"]
            if by_hub_role
            else []
        )
        put = (
            f"aws iam update-assume-role-policy --role-name {self._name} --policy-document file://trust.json"
        )
        return self._lines(*given, f"{write} > trust.json", f"{put}    # in {self.target.account}")

    @property
    def boundary(self) -> str:
        """Make the right boundary, and bound the role by it."""
        policy = f"policy{self.path}{self.target.role}-boundary"
        arn = shlex.quote(f"arn:{self.hub.partition}:iam::{self.target.account}:{policy}")
        document = "--policy-document file://boundary.json"
        # It may be there already, and not hold, or not be the role's.
        return self._lines(
            f"{self._policy('spoke-boundary')} > boundary.json",
            f"aws iam create-policy --path {self._path} --policy-name {self._name}-boundary {document} || "
            f"aws iam create-policy-version --policy-arn {arn} {document} --set-as-default"
            f"    # in {self.target.account}",
            f"aws iam put-role-permissions-boundary --role-name {self._name} --permissions-boundary {arn}",
        )

    @property
    def role(self) -> str:
        """Make the role."""
        return (
            f"Deploy spokes/cloudformation/spoke-role.yaml in {self.target.account} with "
            f"RoleName={self._name} RolePath={self._path}: docs/spokes.md."
        )

    @property
    def hub_role(self) -> str:
        """Let the hub role of the direct route assume the role."""
        write = [
            "hubspoke-admin",
            "policy",
            "hub-permissions",
            "--route",
            "direct",
            "--role",
            self.target.role,
        ]
        write += ["--hub-role", self.hub.role_arn]
        write += ["--organization", self.hub.organization] if self.hub.organization else []
        name = shlex.quote(self.hub.role_name)
        return (
            f"{shlex.join(write)} > permissions.json\n"
            # Under a name of its own: what lets it assume other roles stays.
            f"aws iam put-role-policy --role-name {name} --policy-name assume-{self._name} "
            f"--policy-document file://permissions.json    # in {self.hub.role_account}"
        )

    @property
    def hub_stack(self) -> str:
        """Let the function's role assume it."""
        return (
            f"Deploy the stack of the hub with SpokeRolePath={self._path}, or a SpokeRoleNamePattern that "
            f"{self._name} has, and let nothing else in its policies stand in the way."
        )

    @property
    def _name(self) -> str:
        return shlex.quote(self.target.role)

    @property
    def _path(self) -> str:
        # IAM takes every printable ASCII character in a path, and whoever makes a role chooses it.
        return shlex.quote(self.path)

    def _policy(self, document: str, *more: str) -> str:
        which = ["--account", self.target.account, "--role", self.target.role]
        return shlex.join(["hubspoke-admin", "policy", document, *which, *more])

    def _lines(self, *commands: str) -> str:
        again = [f"Or deploy the stack {self.stack}, which made the role, with the right parameters."]
        return "\n".join([*commands, *(again if _STACK.fullmatch(self.stack or "") else [])])
