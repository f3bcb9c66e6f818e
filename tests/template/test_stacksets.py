"""The StackSets' templates: what they roll out, where to, and that no parameter of it is forgotten."""

from typing import Any

import pytest

from tests.template.mutations import drop, put
from tests.template.parameters import refused
from tests.template.rendering import Mutation, Template, render, rules_broken, template_of_spokes

ORGANIZATIONAL_UNITS = "ou-ab12-11111111,ou-ab12-22222222"
ROLLS_OUT = {
    "TemplateUrl": "https://templates-111111111111.s3.eu-west-1.amazonaws.com/hubspoke/0123456789abcdef.yaml",
    "OrganizationalUnitIds": ORGANIZATIONAL_UNITS,
}
HUB_ROLES = ",".join(
    f"arn:aws:iam::111111111111:role/hubspoke-prod-{region}-vend" for region in ("eu-west-1", "us-east-1")
)
INLINE = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
INNER: dict[str, dict[str, str]] = {
    "spoke-role": {
        "RoleName": "automation-spoke-role",
        "RolePath": "/hubspoke/team/",
        "HubExecutionRoleArns": HUB_ROLES,
        "ExternalId": "automation-external-id",
        "NextExternalId": "the-next-external-id",
        "OrganizationId": "o-abcdefghij",
        "DirectHubRoleArns": "arn:aws:iam::999999999999:role/automation-hub-role",
        "DirectExternalId": "this-is-my-automation",
        "ManagedPolicyArns": "arn:aws:iam::aws:policy/ReadOnlyAccess,arn:aws:iam::aws:policy/Billing",
        "InlinePolicy": INLINE,
        "AllowRoleChaining": "true",
        "AllowPassRole": "true",
    },
    "doctor-role": {
        "RoleName": "hubspoke-doctor",
        "OperatorArns": "arn:aws:iam::111111111111:user/operator,arn:aws:iam::111111111111:role/ops/operator",
    },
}
OUTER = {"spoke-role": "spoke-roles-stackset", "doctor-role": "doctor-role-stackset"}


def declared(source: Template, names: Any) -> dict[str, Any]:
    return {name: each for name, each in source["Parameters"].items() if name in names}


def stack_set(source: Template, **parameters: str) -> dict[str, Any]:
    """Return the properties of the one resource that the template has."""
    (found,) = render(source, **ROLLS_OUT, **parameters).of_type("AWS::CloudFormation::StackSet").values()
    properties: dict[str, Any] = found
    return properties


def flaws(source: Template, inner: str) -> list[str]:
    """Say where the rolled-out template would get other parameters than the StackSet's stack."""
    within = template_of_spokes(inner)
    found = []
    if declared(source, within["Parameters"]) != within["Parameters"]:
        found.append("declared otherwise")
    handed_on = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in stack_set(source, **INNER[inner])["Parameters"]
    }
    if handed_on != INNER[inner]:
        found.append("handed on otherwise")
    return found


@pytest.mark.parametrize("inner", INNER)
def test_every_parameter_of_what_is_rolled_out_is_handed_on(inner: str) -> None:
    """All of them, each under its own name, as the template itself would be given them."""
    assert INNER[inner].keys() == template_of_spokes(inner)["Parameters"].keys()
    assert flaws(template_of_spokes(OUTER[inner]), inner) == []


@pytest.mark.parametrize("inner", INNER)
def test_what_is_handed_on_makes_the_same_role(inner: str) -> None:
    """Empty values too, and by the outer template's defaults."""
    within = template_of_spokes(inner)
    needed = {
        name: INNER[inner][name] for name, each in within["Parameters"].items() if "Default" not in each
    }
    if inner == "spoke-role":
        needed["HubExecutionRoleArns"] = HUB_ROLES
    for given in (needed, INNER[inner]):
        parameters = stack_set(template_of_spokes(OUTER[inner]), **given)["Parameters"]
        handed_on = {each["ParameterKey"]: each["ParameterValue"] for each in parameters}
        assert refused(within, **handed_on) == []
        assert render(within, **handed_on) == render(within, **given)


SPOILT: list[tuple[str, Mutation]] = [
    (inner, mutation)
    for inner, resource in (("spoke-role", "SpokeRoles"), ("doctor-role", "DoctorRoles"))
    for mutation in (
        drop(resource, "Properties", "Parameters", 0),
        put(resource, "Properties", "Parameters", 1, "ParameterValue", to={"Ref": "RoleName"}),
        put(resource, "Properties", "Parameters", 0, "ParameterKey", to="Other"),
        lambda source: source["Parameters"]["RoleName"].update(Default="another"),
        lambda source: source["Parameters"]["RoleName"].pop("AllowedPattern"),
    )
]


@pytest.mark.parametrize(("inner", "spoil"), SPOILT)
def test_a_parameter_that_only_one_of_them_has_is_noticed(inner: str, spoil: Mutation) -> None:
    """Forgotten, renamed or declared otherwise."""
    source = template_of_spokes(OUTER[inner])
    spoil(source)
    assert flaws(source, inner)


@pytest.mark.parametrize("inner", INNER)
def test_it_goes_to_the_organization_and_follows_it(inner: str) -> None:
    """Accounts that join the OUs get it, and it leaves with those that leave."""
    made = stack_set(template_of_spokes(OUTER[inner]), **INNER[inner])
    assert made["PermissionModel"] == "SERVICE_MANAGED"
    assert made["AutoDeployment"] == {"Enabled": True, "RetainStacksOnAccountRemoval": False}
    assert made["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert made["CallAs"] == "SELF"
    assert made["TemplateURL"] == ROLLS_OUT["TemplateUrl"]
    assert made["StackInstancesGroup"] == [
        {
            "DeploymentTargets": {
                "OrganizationalUnitIds": ORGANIZATIONAL_UNITS.split(","),
                "AccountFilterType": "NONE",
            },
            "Regions": ["eu-west-1"],
        }
    ]


@pytest.mark.parametrize("inner", INNER)
def test_a_delegated_administrator_can_leave_accounts_out(inner: str) -> None:
    """Accounts of the OUs, by their ids."""
    made = stack_set(
        template_of_spokes(OUTER[inner]),
        CallAs="DELEGATED_ADMIN",
        AccountFilterType="DIFFERENCE",
        AccountIds="222222222222,333333333333",
        **INNER[inner],
    )
    assert made["CallAs"] == "DELEGATED_ADMIN"
    targets = made["StackInstancesGroup"][0]["DeploymentTargets"]
    assert targets["AccountFilterType"] == "DIFFERENCE"
    assert targets["Accounts"] == ["222222222222", "333333333333"]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({}, False),
        ({"AccountFilterType": "DIFFERENCE", "AccountIds": "222222222222"}, False),
        ({"AccountFilterType": "INTERSECTION"}, True),
        ({"AccountIds": "222222222222"}, True),
    ],
)
def test_a_filter_without_accounts_is_refused(inner: str, given: dict[str, str], broken: bool) -> None:
    """And accounts without a filter, which would otherwise count for nothing."""
    source = template_of_spokes(OUTER[inner])
    assert rules_broken(source, **ROLLS_OUT, **INNER[inner], **given) == (
        ["FilterAndAccountsGoTogether"] if broken else []
    )


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TemplateUrl", "http://templates.s3.eu-west-1.amazonaws.com/a.yaml"),
        ("TemplateUrl", "https://amazonaws.com.example.org/a.yaml"),
        ("TemplateUrl", "https://templates.example.org/a.yaml"),
        ("TemplateUrl", "spoke-role.yaml"),
        ("OrganizationalUnitIds", ""),
        ("OrganizationalUnitIds", "Workloads"),
        ("OrganizationalUnitIds", "ou-ab12-11111111,*"),
        ("AccountIds", "22222222222"),
        ("AccountFilterType", "UNION"),
        ("CallAs", "self"),
        ("FailureTolerancePercentage", "101"),
        ("MaxConcurrentPercentage", "0"),
        ("RoleName", "a/b"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(inner: str, name: str, value: str) -> None:
    """By CloudFormation, before anything is made."""
    source = template_of_spokes(OUTER[inner])
    right = ROLLS_OUT | INNER[inner]
    assert refused(source, **right) == []
    assert refused(source, **right | {name: value}) == [name]


def test_both_are_rolled_out_alike() -> None:
    """What is said of how and where is the same in both files."""
    spoke, doctor = (template_of_spokes(OUTER[inner]) for inner in INNER)
    inner = {name for each in INNER.values() for name in each}
    ours = [
        {
            name: {**each, "Description": ""}
            for name, each in source["Parameters"].items()
            if name not in inner
        }
        for source in (spoke, doctor)
    ]
    assert ours[0] == ours[1]
    assert spoke["Rules"] == doctor["Rules"]
    parts = [
        {
            key: value
            for key, value in stack_set(source, **INNER[name]).items()
            if key not in {"Parameters", "Description"}
        }
        for source, name in ((spoke, "spoke-role"), (doctor, "doctor-role"))
    ]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("name", OUTER.values())
def test_external_ids_are_not_echoed_and_arns_fit_every_partition(name: str) -> None:
    """As in the templates that they roll out."""
    source = template_of_spokes(name)
    assert all(
        each.get("NoEcho") is True for key, each in source["Parameters"].items() if key.endswith("ExternalId")
    )
    assert "arn:aws:" not in str(source["Resources"])
