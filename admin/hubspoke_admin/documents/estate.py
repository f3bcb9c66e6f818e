"""What documents are made from: the hub, the roles that it vends, its APIs."""

from dataclasses import dataclass
from enum import StrEnum

from hubspoke_contract.names import AccountId, RoleName


class Route(StrEnum):
    """How a caller gets a spoke's credentials."""

    HUB = "hub"
    DIRECT = "direct"
    BOTH = "both"

    @property
    def by_hub(self) -> bool:
        """Tell whether the hub's function assumes the role."""
        return self is not Route.DIRECT

    @property
    def by_hub_role(self) -> bool:
        """Tell whether callers assume the hub role, and with that the role in the spoke."""
        return self is not Route.HUB


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub's account, and who in it assumes roles in spokes."""

    partition: str
    account: AccountId
    environment: str
    execution_roles: tuple[str, ...]
    """ARNs, exact, one a Region of the hub. None where callers go by the hub role alone."""
    role_arn: str
    """The hub role of the direct route. It may be in an account of its own."""
    organization: str | None
    """``o-…``; ``None`` without AWS Organizations."""

    @property
    def role_account(self) -> AccountId:
        """The hub role's account."""
        return AccountId(self.role_arn.split(":")[4])

    @property
    def role_path(self) -> str:
        """The hub role's path; it begins and ends with ``/``."""
        return self.role_arn.partition(":role")[2].rpartition("/")[0] + "/"

    @property
    def role_name(self) -> str:
        """The hub role's name without its path."""
        return self.role_arn.rpartition("/")[2]

    def assuming(self, route: Route) -> list[str]:
        """List the ARNs of whoever assumes roles in spokes."""
        return [
            *(self.execution_roles if route.by_hub else ()),
            *([self.role_arn] if route.by_hub_role else ()),
        ]


def execution_role(partition: str, account: AccountId, environment: str, region: str) -> str:
    """Write the ARN of the function's role as ``template.yaml`` names it: a role for each Region."""
    return f"arn:{partition}:iam::{account}:role/hubspoke-{environment}-{region}-vend"


@dataclass(frozen=True, slots=True)
class SpokeRole:
    """A role that exists under one name, path and external id in some accounts."""

    name: RoleName
    path: str
    external_id: str | None
    tags: tuple[tuple[str, str], ...]
    """Session tags that every vend carries."""
    caller_tag_keys: tuple[str, ...]
    accounts: tuple[AccountId, ...]
    """Where somebody may take it."""

    @property
    def resource(self) -> str:
        """The last part of its ARN."""
        return f"role{self.path}{self.name}"

    @property
    def boundary(self) -> str:
        """Path and name of its permissions boundary, as ``spoke-role.yaml`` names it."""
        return f"{self.path}{self.name}-boundary"


@dataclass(frozen=True, slots=True)
class Api:
    """The hub's API in one Region."""

    region: str
    id: str
    stage: str
