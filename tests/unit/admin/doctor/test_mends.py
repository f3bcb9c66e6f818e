"""The commands that mend a role: as somebody types them, and for their shell."""

import shlex

import pytest

from hubspoke_admin.doctor.mends import Mends
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.unit.admin.doctor.conftest import HOME_ROLE, HUB, HUB_ROLE, ORGANIZATION, SPOKE


def mends(
    route: Route = Route.HUB,
    *,
    partition: str = "aws",
    organization: str | None = None,
    role: str = "app-role",
) -> Mends:
    """Mend a role under the hub's path."""
    hub = Hub(partition, AccountId(HUB), "prod", (HOME_ROLE,), HUB_ROLE, organization)
    return Mends(hub, Target(AccountId(SPOKE), RoleName(role)), "/hubspoke/", route)


def commands(text: str) -> list[list[str]]:
    """Read commands as a shell does, without its comments."""
    lines = [line for line in text.splitlines() if line.startswith(("aws ", "hubspoke-admin "))]
    return [shlex.split(line, comments=True) for line in lines]


def test_a_trust_is_written_and_put_in_place() -> None:
    """In the spoke's account."""
    write, put = commands(mends().trust)
    assert write[:3] == ["hubspoke-admin", "policy", "spoke-trust"]
    assert write[3:] == ["--account", SPOKE, "--role", "app-role", ">", "trust.json"]
    assert put[:3] == ["aws", "iam", "update-assume-role-policy"]
    assert f"# in {SPOKE}" in mends().trust


@pytest.mark.parametrize("route", [Route.DIRECT, Route.BOTH])
def test_who_else_is_trusted_stays_in_it(route: Route) -> None:
    """And its external id is no option, which everybody on the machine could read."""
    write, _ = commands(mends(route).trust)
    assert write[7:11] == ["--route", str(route), "--hub-role", HUB_ROLE]
    assert "ASSUME_ROLE_EXTERNAL_ID" in mends(route).trust
    assert not any("external-id" in word for word in write)


def test_an_organization_is_handed_on() -> None:
    """The document asks for it too."""
    assert "--organization" in commands(mends(organization=ORGANIZATION).trust)[0]
    assert "--organization" in commands(mends(Route.BOTH, organization=ORGANIZATION).hub_role)[0]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_boundary_is_in_the_roles_partition(partition: str) -> None:
    """Its ARN is written out."""
    *_, put = commands(mends(partition=partition).boundary)
    assert put[-1] == f"arn:{partition}:iam::{SPOKE}:policy/hubspoke/app-role-boundary"


def test_the_stack_that_made_a_role_is_named() -> None:
    """What is done beside it, it would undo."""
    made = Mends(mends().hub, mends().target, "/", Route.HUB, "hubspoke-app")
    assert "Or deploy the stack hubspoke-app" in made.trust
    assert "Or deploy the stack hubspoke-app" in made.boundary
    assert "stack" not in mends().trust


@pytest.mark.parametrize("text", ["trust", "boundary", "role", "hub_role", "hub_stack"])
@pytest.mark.parametrize("role", ["app-role", "a=b", "x,y@z+1"])
def test_every_mend_can_be_typed(text: str, role: str) -> None:
    """Whatever a role may be called: quoted for a shell, one command a line, in ASCII."""
    said = getattr(mends(Route.BOTH, role=role), text)
    assert said
    assert said.isascii()
    assert all(line == line.rstrip() and line for line in said.splitlines())
    for words in commands(said):
        assert role in " ".join(words)
