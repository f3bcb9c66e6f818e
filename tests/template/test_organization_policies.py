"""The management account's policies: as the command writes them, and attached to what is said."""

import copy
import json
from typing import Any

import pytest

from hubspoke_local.accounts import PROJECT
from tests.support.policies import ADMINISTRATOR, GRANTED, HUB, IN_ORGANIZATION, ORGANIZATION, printed
from tests.template.mutations import drop, put
from tests.template.parameters import refused
from tests.template.rendering import (
    Mutation,
    Rendered,
    Template,
    render,
    rules_broken,
    template_of_spokes,
)

STACK_SETS = "arn:aws:iam::*:role/stacksets-exec-*"
REGIONS = ("eu-west-1", "us-east-1")
HUB_ROLES = [f"arn:aws:iam::{HUB}:role/hubspoke-prod-{region}-vend" for region in REGIONS]
CEILINGS = [f"{arn.replace(':role/', ':policy/')}-boundary" for arn in HUB_ROLES]
GIVEN = {"OrganizationId": ORGANIZATION, "HubAccountId": HUB, "AdministratorArns": STACK_SETS}
ROUTES = {
    "hub": {"HubExecutionRoleArns": ",".join(HUB_ROLES)},
    "direct": {"DirectHubRoleArns": f"arn:aws:iam::{HUB}:role/automation-hub-role"},
}
ROUTES["both"] = ROUTES["hub"] | ROUTES["direct"]


def policies(source: Template | None = None, route: str = "hub", **given: str) -> Rendered:
    return render(source or template_of_spokes("organization-policies"), **GIVEN, **ROUTES[route], **given)


def any_region(document: dict[str, Any]) -> dict[str, Any]:
    """Name the hub's ceilings as the template does: for every Region, in one ARN."""
    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        if set(CEILINGS) <= set(statement["Resource"]):
            place = statement["Resource"].index(CEILINGS[0])
            statement["Resource"][place : place + len(CEILINGS)] = [
                f"arn:aws:iam::{HUB}:policy/hubspoke-prod-*-vend-boundary"
            ]
    return document


def flaws(rendered: Rendered, route: str) -> list[str]:
    """Say which of the two isn't what the command writes."""
    scp = any_region(printed("scp", "--route", route, *ADMINISTRATOR, *GRANTED))
    rcp = printed("rcp", "--route", route, *IN_ORGANIZATION, *GRANTED)
    return [
        name
        for name, document in (("ServiceControl", scp), ("ResourceControl", rcp))
        if rendered[name]["Content"] != document
    ]


@pytest.mark.parametrize("route", ROUTES)
def test_they_are_what_the_command_writes(route: str) -> None:
    """For each route, statement by statement."""
    assert flaws(policies(route=route), route) == []


STATEMENTS = ("ServiceControl", "Properties", "Content", "Statement")
ONLY = ("ResourceControl", "Properties", "Content", "Statement", 0)


@pytest.mark.parametrize(
    "spoil",
    [
        drop(*STATEMENTS, 0),
        drop(*STATEMENTS, 3),
        put(*STATEMENTS, 0, "Effect", to="Allow"),
        put(*STATEMENTS, 0, "Condition", "ArnNotLike", "aws:PrincipalArn", to="arn:aws:iam::*:*"),
        put(*STATEMENTS, 1, to={"Ref": "AWS::NoValue"}),
        drop(*STATEMENTS, 0, "Action", 0),
        put(*STATEMENTS, 0, "Resource", to="*"),
        put(*ONLY, "Resource", to="*"),
        drop(*ONLY, "Condition", "StringEqualsIfExists"),
        put(*ONLY, "Condition", "ArnNotEquals", "aws:PrincipalArn", to={"Ref": "AdministratorArns"}),
        drop(*ONLY, "Action", 2),
    ],
)
def test_a_spoilt_template_is_noticed(spoil: Mutation) -> None:
    """Whatever is taken out of it or widened."""
    source = template_of_spokes("organization-policies")
    spoil(source)
    assert flaws(policies(source, "both"), "both")


def test_they_are_attached_to_what_is_named_and_to_nothing_by_default() -> None:
    """To try them on a test OU first."""
    assert "TargetIds" not in policies()["ServiceControl"]
    rendered = policies(TargetIds="ou-ab12-11111111,222222222222")
    for name in ("ServiceControl", "ResourceControl"):
        assert rendered[name]["TargetIds"] == ["ou-ab12-11111111", "222222222222"]
    assert rendered["ServiceControl"]["Type"] == "SERVICE_CONTROL_POLICY"
    assert rendered["ResourceControl"]["Type"] == "RESOURCE_CONTROL_POLICY"


def test_an_organization_without_rcps_gets_the_scp_alone() -> None:
    """Each type of policy has to be switched on."""
    assert set(policies(ControlResources="false").resources) == {"ServiceControl"}


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_right_is_taken(route: str) -> None:
    """By the grammar of the parameters, and by the rules."""
    source = template_of_spokes("organization-policies")
    assert refused(source, **GIVEN, **ROUTES[route]) == []
    assert rules_broken(source, **GIVEN, **ROUTES[route]) == []


def test_an_rcp_that_lets_nobody_in_is_refused() -> None:
    """Somebody has to be able to assume the roles."""
    assert rules_broken(template_of_spokes("organization-policies"), **GIVEN) == ["SomebodyAssumes"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OrganizationId", ""),
        ("OrganizationId", "*"),
        ("OrganizationId", "r-ab12"),
        ("HubAccountId", "11111111111"),
        ("HubAccountId", "*"),
        ("HubEnvironment", "*"),
        ("HubExecutionRoleArns", f"arn:aws:iam::{HUB}:role/hubspoke-*"),
        ("HubExecutionRoleArns", f"arn:aws:iam::{HUB}:root"),
        ("DirectHubRoleArns", "*"),
        ("RolePath", "/"),
        ("RolePath", "/*/"),
        ("RolePath", "/a,b/"),
        ("AdministratorArns", ""),
        ("AdministratorArns", "*"),
        ("AdministratorArns", "arn:aws:iam::*:role/*"),
        ("AdministratorArns", f"{STACK_SETS},arn:aws:iam::{HUB}:root"),
        ("AdministratorArns", "arn:aws:iam::*:role/a*b*c"),
        ("TargetIds", "Workloads"),
        ("TargetIds", "ou-ab12-11111111,*"),
        ("ControlResources", "no"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    """By CloudFormation, before anything is made."""
    given = GIVEN | ROUTES["hub"] | {name: value}
    assert refused(template_of_spokes("organization-policies"), **given) == [name]


@pytest.mark.parametrize(
    ("name", "options"),
    [("scp", ADMINISTRATOR), ("rcp", ("--organization", "o-exampleorgid"))],
)
def test_the_files_are_what_the_command_writes(name: str, options: tuple[str, ...]) -> None:
    """For those who don't run it: with ids to put their own in place of."""
    text = (PROJECT / "spokes" / f"{name}.json").read_text()
    assert json.loads(text) == printed(name, *options, *GRANTED, "--regions", "eu-west-1")


def test_arns_fit_every_partition() -> None:
    """The partition is the stack's own."""
    assert "arn:aws:" not in str(template_of_spokes("organization-policies")["Resources"])
