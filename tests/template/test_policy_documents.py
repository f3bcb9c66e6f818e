"""What ``hubspoke-admin policy`` writes for the hub's route is what the templates make."""

from typing import Any

import pytest

from hubspoke_admin.documents.granted import Granted
from hubspoke_admin.source import load_grants
from hubspoke_contract.names import RoleName
from tests.support.grants import STARTING_GRANTS
from tests.support.policies import AUTOMATION, GRANTED, HUB, IN_ORGANIZATION, ORGANIZATION, printed
from tests.template.rendering import Rendered, hub_template, render, spoke_template

EXECUTION_ROLES = ",".join(
    f"arn:aws:iam::{HUB}:role/hubspoke-prod-{region}-vend" for region in ("eu-west-1", "us-east-1")
)
ROLE = {"RoleName": "automation-spoke-role", "HubExecutionRoleArns": EXECUTION_ROLES}
# The starting grants give the role one.
EXTERNAL_ID = {"ExternalId": "automation-external-id-demo"}


def hub(**parameters: str) -> Rendered:
    return render(hub_template(), **parameters)


def spoke(**parameters: str) -> Rendered:
    return render(spoke_template(), **ROLE, **EXTERNAL_ID, **parameters)


def identity(rendered: Rendered) -> Any:
    (found,) = [
        each["PolicyDocument"]
        for each in rendered["VendRole"]["Policies"]
        if each["PolicyName"] == "assume-spoke-roles"
    ]
    return found


@pytest.mark.parametrize("organization", [False, True])
def test_the_trust_is_the_spoke_templates(organization: bool) -> None:
    """With an organization and without."""
    options, parameters = (IN_ORGANIZATION, {"OrganizationId": ORGANIZATION}) if organization else ((), {})
    made = spoke(**parameters)["SpokeRole"]["AssumeRolePolicyDocument"]
    assert printed("spoke-trust", *options, *AUTOMATION, *GRANTED) == made


@pytest.mark.parametrize("external_id", [None, "this-is-my-automation"])
@pytest.mark.parametrize("organization", [False, True])
@pytest.mark.parametrize("route", ["direct", "both"])
def test_the_direct_routes_trust_is_the_spoke_templates(
    route: str, organization: bool, external_id: str | None
) -> None:
    """Alone, and beside the hub's."""
    parameters = {"DirectHubRoleArns": f"arn:aws:iam::{HUB}:role/automation-hub-role"}
    options = ["--route", route]
    if route == "direct":
        parameters["HubExecutionRoleArns"] = ""
    if organization:
        parameters["OrganizationId"] = ORGANIZATION
        options += IN_ORGANIZATION
    if external_id:
        parameters["DirectExternalId"] = external_id
        options += ["--direct-external-id", external_id]
    made = render(spoke_template(), **ROLE | EXTERNAL_ID | parameters)["SpokeRole"][
        "AssumeRolePolicyDocument"
    ]
    assert printed("spoke-trust", *options, *AUTOMATION, *GRANTED) == made


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ((), {}),
        (("--allow-role-chaining",), {"AllowRoleChaining": "true"}),
        (("--allow-pass-role",), {"AllowPassRole": "true"}),
        (
            ("--allow-pass-role", "--allow-role-chaining"),
            {"AllowPassRole": "true", "AllowRoleChaining": "true"},
        ),
    ],
)
def test_the_boundary_is_the_spoke_templates(options: tuple[str, ...], parameters: dict[str, str]) -> None:
    """Closed, and opened either way."""
    made = spoke(**parameters)["Boundary"]["PolicyDocument"]
    assert printed("spoke-boundary", *options, *AUTOMATION, *GRANTED) == made


def test_the_boundary_has_the_spoke_templates_name() -> None:
    """A trust's resource names it, whichever of the two made it."""
    role = Granted.by(load_grants(STARTING_GRANTS).bundle).role(RoleName("automation-spoke-role"))
    boundary = spoke()["Boundary"]
    assert role.boundary == f"{boundary['Path']}{boundary['ManagedPolicyName']}"


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ((), {}),
        (IN_ORGANIZATION, {"OrganizationId": ORGANIZATION}),
        (("--spoke-roles", "role/*-spoke-role"), {"SpokeRoleNamePattern": "*-spoke-role"}),
    ],
)
def test_the_permissions_are_the_hub_templates(options: tuple[str, ...], parameters: dict[str, str]) -> None:
    """Of those that it has, the ones about spokes; the path is the grants'."""
    assert printed("hub-permissions", *options, *GRANTED) == identity(hub(**parameters))


def test_the_function_and_its_roles_have_the_hub_templates_names() -> None:
    """As the SCP names them."""
    made = hub()
    document = str(printed("scp", "--administrator", "arn:aws:iam::*:role/admin", *GRANTED))
    assert f":function:{made['Vend']['FunctionName']}'" in document
    assert f":role/{made['VendRole']['RoleName']}'" in document
    assert f":policy/{made['VendBoundary']['ManagedPolicyName']}'" in document
