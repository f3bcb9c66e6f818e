"""The commands that mend a role: as somebody types them, and for their shell."""

import re
import shlex

import pytest

from hubspoke_admin.doctor.mends import Mends
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.template.rendering import spoke_template
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
    """Read commands as a shell does that knows no comments."""
    lines = [line for line in text.splitlines() if line.startswith(("aws ", "hubspoke-admin "))]
    return [shlex.split(line) for line in lines]


def test_a_trust_is_written_and_put_in_place() -> None:
    """In the spoke's account."""
    write, put = commands(mends().trust)
    assert write[:3] == ["hubspoke-admin", "policy", "spoke-trust"]
    assert write[3:] == ["--account", SPOKE, "--role", "app-role", ">", "trust.json"]
    assert put[:3] == ["aws", "iam", "update-assume-role-policy"]
    assert f"As an administrator of {SPOKE}:\naws " in mends().trust


@pytest.mark.parametrize("route", [Route.DIRECT, Route.BOTH])
def test_who_else_is_trusted_stays_in_it(route: Route) -> None:
    """And its external id is no option, which everybody on the machine could read."""
    write, _ = commands(mends(route).trust)
    assert write[7:11] == ["--route", str(route), "--hub-role", HUB_ROLE]
    assert not any("external-id" in word for word in write)


def test_an_external_id_that_is_asked_for_is_not_lost() -> None:
    """Written without it, the trust would ask the hub role for none."""
    asks = Mends(mends().hub, mends().target, "/", Route.BOTH, asks_hub_role=True).trust
    write = next(line for line in asks.splitlines() if "spoke-trust" in line)
    assert write.startswith('test -n "$ASSUME_ROLE_EXTERNAL_ID" && hubspoke-admin policy spoke-trust ')
    assert "ASSUME_ROLE_EXTERNAL_ID" not in mends(Route.BOTH).trust


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
    assert "The stack hubspoke-app made the role" in made.trust
    assert "The stack hubspoke-app made the role" in made.boundary
    assert "stack" not in mends().trust


def test_further_hub_roles_stay_in_a_trust() -> None:
    """The command writes one; the others are said."""
    made = Mends(mends().hub, mends().target, "/", Route.BOTH, beside=(f"{HUB_ROLE}-2",))
    assert f"add to the principals of DirectHubRoleMayAssume: {HUB_ROLE}-2\n" in made.trust


@pytest.mark.parametrize("external_id", [True, False])
def test_a_role_is_made_by_its_template_and_nothing_is_left_out(external_id: bool) -> None:
    """What nobody here knows is written so that CloudFormation refuses it as it stands."""
    (words,) = commands(mends(organization=ORGANIZATION).role(external_id=external_id))
    given = dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])
    assert given["RoleName"] == "app-role"
    assert given["HubExecutionRoleArns"] == HOME_ROLE
    assert given["OrganizationId"] == ORGANIZATION
    assert ("ExternalId" in given) is external_id
    template = spoke_template()["Parameters"]
    open_ones = [name for name, value in given.items() if "<" in value]
    assert open_ones == [*(["ExternalId"] if external_id else []), "ManagedPolicyArns"]
    for name, value in given.items():
        each = value.split(",") if template[name]["Type"] == "CommaDelimitedList" else [value]
        fits = all(re.fullmatch(template[name]["AllowedPattern"], one) for one in each)
        assert fits is (name not in open_ones)


@pytest.mark.parametrize("text", ["trust", "boundary", "session", "hub_role", "hub_stack"])
@pytest.mark.parametrize("role", ["app-role", "a=b", "x,y@z+1"])
def test_every_mend_can_be_typed(text: str, role: str) -> None:
    """Whatever a role may be called: quoted for a shell, one command a line, in ASCII."""
    said = getattr(mends(Route.BOTH, role=role), text)
    assert said
    assert said.isascii()
    assert all(line == line.rstrip() and line for line in said.splitlines())
    for words in commands(said):
        assert role in " ".join(words)
