"""What mends a role: the commands, as somebody types them."""

import re
import shlex
from dataclasses import dataclass
from typing import Final

from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_admin.documents.placements import SESSION_SECONDS
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
    asks_hub_role: bool = False
    """Whether the trust asks the hub role for an external id."""
    beside: tuple[str, ...] = ()
    """ARNs of further hub roles that are in its trust and may stay: a command writes one of them."""

    @property
    def trust(self) -> str:
        """Write the right trust, and put it in place."""
        by_hub_role = self.route.by_hub_role
        write = self._policy(
            "spoke-trust",
            *(["--route", str(self.route), "--hub-role", self.hub.role_arn] if by_hub_role else []),
            *(["--organization", self.hub.organization] if self.hub.organization else []),
        )
        if self.asks_hub_role:
            # An option would show it to everybody on the machine; without it, the trust would ask for none.
            write = f'test -n "$ASSUME_ROLE_EXTERNAL_ID" && {write}'
        given = ["With the external id of the direct route in ASSUME_ROLE_EXTERNAL_ID:"]
        rest = [f"In trust.json, add to the principals of DirectHubRoleMayAssume: {', '.join(self.beside)}"]
        return self._lines(
            *(given if self.asks_hub_role else []),
            f"{write} > trust.json",
            *(rest if self.beside else []),
            self._in_the_spoke,
            f"aws iam update-assume-role-policy --role-name {self._name} --policy-document file://trust.json",
        )

    @property
    def boundary(self) -> str:
        """Make the right boundary, and bound the role by it."""
        policy = f"policy{self.path}{self.target.role}-boundary"
        arn = shlex.quote(f"arn:{self.hub.partition}:iam::{self.target.account}:{policy}")
        document = "--policy-document file://boundary.json"
        # It may be there already, and not hold, or not be the role's.
        return self._lines(
            f"{self._policy('spoke-boundary')} > boundary.json",
            self._in_the_spoke,
            f"aws iam create-policy --path {self._path} --policy-name {self._name}-boundary {document} || "
            f"aws iam create-policy-version --policy-arn {arn} {document} --set-as-default",
            f"aws iam put-role-permissions-boundary --role-name {self._name} --permissions-boundary {arn}",
        )

    @property
    def session(self) -> str:
        """Let sessions last an hour."""
        return (
            f"{self._in_the_spoke}\n"
            f"aws iam update-role --role-name {self._name} --max-session-duration {SESSION_SECONDS}"
        )

    def role(self, *, external_id: bool) -> str:
        """Make the role; what is left open there, CloudFormation refuses."""
        stack = re.sub("[^A-Za-z0-9]+", "-", self.target.role).strip("-")
        given = {
            "RoleName": self.target.role,
            "RolePath": self.path,
            "HubExecutionRoleArns": ",".join(self.hub.execution_roles) if self.route.by_hub else "",
            "DirectHubRoleArns": self.hub.role_arn if self.route.by_hub_role else "",
            "OrganizationId": self.hub.organization or "",
            "ExternalId": "<of its role profile>" if external_id else "",
            "ManagedPolicyArns": "<what it may do>",
        }
        words = shlex.join(f"{name}={value}" for name, value in given.items() if value)
        return (
            f"{self._in_the_spoke}\n"
            f"aws cloudformation deploy --stack-name hubspoke-{stack} --capabilities CAPABILITY_NAMED_IAM "
            f"--template-file spokes/cloudformation/spoke-role.yaml --parameter-overrides {words}"
        )

    @property
    def hub_role(self) -> str:
        """Let the hub role of the direct route assume the role."""
        write = ["hubspoke-admin", "policy", "hub-permissions", "--route", "direct"]
        write += ["--role", self.target.role, "--hub-role", self.hub.role_arn]
        write += ["--organization", self.hub.organization] if self.hub.organization else []
        name = shlex.quote(self.hub.role_name)
        return (
            f"{shlex.join(write)} > permissions.json\n"
            f"As an administrator of {self.hub.role_account}:\n"
            # Under a name of its own: what lets it assume other roles stays.
            f"aws iam put-role-policy --role-name {name} --policy-name assume-{self._name} "
            f"--policy-document file://permissions.json"
        )

    @property
    def hub_stack(self) -> str:
        """Let the function's role assume it."""
        return (
            f"Deploy the stack of the hub with SpokeRolePath={self._path}, or a SpokeRoleNamePattern that "
            f"{self._name} has, and let nothing else in its policies stand in the way."
        )

    @property
    def _in_the_spoke(self) -> str:
        # A line of its own, and without a quote: lines are pasted, and not every shell knows comments.
        return f"As an administrator of {self.target.account}:"

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
        again = [
            f"The stack {self.stack} made the role: mend its parameters too, or its next update undoes this."
        ]
        return "\n".join([*commands, *(again if _STACK.fullmatch(self.stack or "") else [])])
