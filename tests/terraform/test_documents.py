"""The documents that Terraform evaluates are those that the command and the templates make."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.documents import spokes
from hubspoke_admin.documents.estate import Hub, Route, SpokeRole, execution_role
from hubspoke_contract.names import AccountId, RoleName
from tests.template.rendering import PSEUDO, render, spoke_template, template_of_spokes
from tests.terraform.terraform import TerraformRefused, calling, evaluated

HUB = AccountId("111111111111")
ORGANIZATION = "o-abcdefghij"
REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")


@dataclass(frozen=True, slots=True)
class Case:
    """What a role in a spoke is made from."""

    route: Route
    organization: str | None
    external_id: str | None
    direct_external_id: str | None
    regions: tuple[str, ...]
    tags: dict[str, str]
    caller_tag_keys: tuple[str, ...]
    chains_roles: bool
    passes_roles: bool
    partition: str

    @property
    def hub(self) -> Hub:
        roles = tuple(execution_role(self.partition, HUB, "prod", region) for region in self.regions)
        direct = f"arn:{self.partition}:iam::999999999999:role/team/automation-hub-role"
        return Hub(self.partition, HUB, "prod", roles, direct, self.organization)

    def trust(self) -> Any:
        """Write it as ``hubspoke-admin policy`` does."""
        role = SpokeRole(
            RoleName("x"),
            "/hubspoke/",
            self.external_id,
            tuple(sorted(self.tags.items())),
            self.caller_tag_keys,
            (),
        )
        return spokes.trust(self.hub, role, self.route, self.direct_external_id)

    def values(self) -> dict[str, Any]:
        """Say it to the Terraform module."""
        return {
            "route": self.route.value,
            "hub_execution_role_arns": list(self.hub.execution_roles) if self.route.by_hub else [],
            "direct_hub_role_arns": [self.hub.role_arn] if self.route.by_hub_role else [],
            "organization_id": self.organization,
            "external_id": self.external_id,
            "direct_external_id": self.direct_external_id,
            "session_tags": self.tags,
            "caller_tag_keys": list(self.caller_tag_keys),
            "allow_role_chaining": self.chains_roles,
            "allow_pass_role": self.passes_roles,
        }

    def parameters(self) -> dict[str, str]:
        """Say it to ``spoke-role.yaml``, which knows no tags."""
        given = self.values()
        return {
            "RoleName": "x",
            "HubExecutionRoleArns": ",".join(given["hub_execution_role_arns"]),
            "DirectHubRoleArns": ",".join(given["direct_hub_role_arns"]),
            "OrganizationId": self.organization or "",
            "ExternalId": self.external_id or "",
            "DirectExternalId": self.direct_external_id or "",
            "AllowRoleChaining": str(self.chains_roles).lower(),
            "AllowPassRole": str(self.passes_roles).lower(),
        }


# Regions, the profile's tags, the caller's tag keys, chaining and passing roles, the partition.
Kind = tuple[int, dict[str, str], tuple[str, ...], bool, bool, str]
WITHOUT_TAGS: tuple[Kind, ...] = (
    (1, {}, (), False, False, "aws"),
    (2, {}, (), True, False, "aws-cn"),
    (3, {}, (), False, True, "aws-us-gov"),
)
WITH_TAGS: tuple[Kind, ...] = (
    (3, {"team": "blue", "Cost center": "a+b:7 @ h\u00f4me"}, (), True, True, "aws"),
    (2, {"team": "blue"}, ("ticket", "Run"), False, False, "aws"),
    (1, {}, ("ticket",), False, False, "aws-eusc"),
)


def cases() -> Iterator[Case]:
    """Combine route, organization and external ids, each with one kind without tags and one with."""
    ids = itertools.product((None, "automation-external-id"), (None, "this-is:my/automation"))
    combined = itertools.product(Route, (None, ORGANIZATION), ids)
    for number, (route, organization, external_ids) in enumerate(combined):
        for kinds in (WITHOUT_TAGS, WITH_TAGS):
            # Shifted at every third, so that no route and no id always meets the same kind.
            regions, *rest = kinds[(number + number // 3) % 3]
            yield Case(route, organization, *external_ids, REGIONS[:regions], *rest)


CASES = {f"case{number}": case for number, case in enumerate(cases())}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Terraform makes of all cases, in one run."""
    values = {name: case.values() for name, case in CASES.items()}
    found = evaluated(tmp_path_factory.mktemp("documents"), "documents/role", values)
    return {name: {key: json.loads(text) for key, text in found[name].items()} for name in CASES}


def test_the_trust_is_the_commands(documents: dict[str, Any]) -> None:
    """For each route, with and without organization, external ids and tags, for one to three Regions."""
    assert len(CASES) == 48
    for name, case in CASES.items():
        assert documents[name]["trust"] == case.trust(), case


def test_two_external_ids_are_taken_while_one_is_changed(tmp_path: Path) -> None:
    """As the template takes them; and a second one alone is refused."""
    arn = f"arn:aws:iam::{HUB}:role/hub"
    values = {"hub_execution_role_arns": [arn], "external_id": "old-one", "next_external_id": "next-one"}
    (tmp_path / "both").mkdir()
    found = evaluated(tmp_path / "both", "documents/role", {"rotating": values})["rotating"]["trust"]
    template = {
        "RoleName": "x",
        "HubExecutionRoleArns": arn,
        "ExternalId": "old-one",
        "NextExternalId": "next-one",
    }
    made = render(spoke_template(), **template)["SpokeRole"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert json.loads(found)["Statement"][0]["Condition"] == made["Condition"]
    assert made["Condition"]["StringEquals"]["sts:ExternalId"] == ["old-one", "next-one"]
    (tmp_path / "alone").mkdir()
    with pytest.raises(TerraformRefused, match="taken beside external_id"):
        evaluated(tmp_path / "alone", "documents/role", {"alone": {**values, "external_id": None}})


def test_the_ceiling_is_the_commands(documents: dict[str, Any]) -> None:
    """Closed, and opened either way."""
    for name, case in CASES.items():
        expected = spokes.boundary(chains_roles=case.chains_roles, passes_roles=case.passes_roles)
        assert documents[name]["boundary"] == expected, case


def test_both_are_the_templates(documents: dict[str, Any]) -> None:
    """Where there are no tags, which the template doesn't know."""
    without_tags = {name: case for name, case in CASES.items() if not case.tags and not case.caller_tag_keys}
    assert len(without_tags) == 24
    for name, case in without_tags.items():
        rendered = render(spoke_template(), **case.parameters())
        assert documents[name]["trust"] == rendered["SpokeRole"]["AssumeRolePolicyDocument"], case
        assert documents[name]["boundary"] == rendered["Boundary"]["PolicyDocument"], case


OPERATORS = [
    "arn:aws:iam::555555555555:user/operator",
    f"arn:aws:iam::555555555555:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_{'?' * 16}",
]


def test_the_doctors_documents_are_the_templates(tmp_path: Path) -> None:
    """Trust and permissions, for one operator and for two."""
    account = PSEUDO["AWS::AccountId"]
    cases = {f"of{n}": {"operator_arns": OPERATORS[:n], "account_id": account} for n in (1, 2)}
    found = evaluated(tmp_path, "documents/doctor", cases)
    for n in (1, 2):
        doctor = render(template_of_spokes("doctor-role"), OperatorArns=",".join(OPERATORS[:n]))["Doctor"]
        (policy,) = doctor["Policies"]
        made = {key: json.loads(text) for key, text in found[f"of{n}"].items()}
        assert made == {
            "trust": doctor["AssumeRolePolicyDocument"],
            "permissions": policy["PolicyDocument"],
        }


RIGHT = CASES["case0"].values()
HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"route": "around"}, "hub, direct or both"),
    ({"hub_execution_role_arns": ["*"]}, "ARN of one role"),
    ({"hub_execution_role_arns": [f"arn:aws:iam::{HUB}:role/hubspoke-*"]}, "ARN of one role"),
    ({"hub_execution_role_arns": [f"arn:aws:iam::{HUB}:root"]}, "ARN of one role"),
    ({"hub_execution_role_arns": [f"arn:aws:iam::{HUB}:role/x\n"]}, "ARN of one role"),
    ({"hub_execution_role_arns": ["arn:aws:iam::11111111111:role/x"]}, "ARN of one role"),
    ({"hub_execution_role_arns": [f"arn:aws:sts::{HUB}:assumed-role/x/y"]}, "ARN of one role"),
    ({"direct_hub_role_arns": ["*"]}, "ARN of one role"),
    ({"organization_id": "*"}, "organization's id"),
    ({"organization_id": ""}, "organization's id"),
    ({"organization_id": "o-ABCDEFGHIJ"}, "organization's id"),
    ({"external_id": ""}, "An external id"),
    ({"external_id": "x"}, "An external id"),
    ({"external_id": "x" * 1225}, "An external id"),
    ({"external_id": "a b"}, "An external id"),
    ({"external_id": "\u0661\u0662"}, "An external id"),
    ({"direct_external_id": "*"}, "An external id"),
    ({"session_tags": {"": "x"}}, "tag's key"),
    ({"session_tags": {"team": "*"}}, "tag's key"),
    ({"session_tags": {"team": "${7}"}}, "tag's key"),
    ({"session_tags": {"team": "x" * 257}}, "tag's key"),
    ({"caller_tag_keys": ["*"]}, "tag's key"),
    ({"allow_role_chaining": "maybe"}, "bool"),
]


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """Each value by itself, and with what would be right."""
    calls = {f"bad{number}": RIGHT | values for number, (values, _) in enumerate(HOSTILE)}
    refusals = calling(tmp_path, "documents/role", calls).refusals()
    for number, (values, said) in enumerate(HOSTILE):
        assert said in refusals.get(f"bad{number}", ""), values


def test_a_doctor_that_anybody_could_be_is_refused(tmp_path: Path) -> None:
    """Operators are named, and of one account."""
    hostile = [
        ({"operator_arns": []}, "at least one"),
        ({"operator_arns": ["*"]}, "without stars"),
        ({"operator_arns": ["arn:aws:iam::555555555555:root"]}, "without stars"),
        ({"operator_arns": ["arn:aws:iam::555555555555:role/*"]}, "without stars"),
        ({"operator_arns": [*OPERATORS, "arn:aws:iam::666666666666:user/operator"]}, "of one account"),
        ({"account_id": "22222222222"}, "twelve digits"),
        ({"account_id": "*"}, "twelve digits"),
    ]
    right: dict[str, Any] = {"operator_arns": OPERATORS, "account_id": "222222222222"}
    calls = {f"bad{number}": right | values for number, (values, _) in enumerate(hostile)}
    refusals = calling(tmp_path, "documents/doctor", calls).refusals()
    for number, (values, said) in enumerate(hostile):
        assert said in refusals.get(f"bad{number}", ""), values


def test_a_trust_that_serves_nobody_or_is_too_large_is_refused(tmp_path: Path) -> None:
    """Where every value by itself makes sense."""
    many = [f"arn:aws:iam::{HUB}:role/{'x' * 60}-{number}" for number in range(12)]
    calls = {
        "nobody": RIGHT | {"hub_execution_role_arns": []},
        "nobody_directly": RIGHT | {"route": "direct"},
        "large": RIGHT | {"hub_execution_role_arns": many},
    }
    terraform = calling(tmp_path, "documents/role", calls)
    terraform.run("init", "-no-color", "-backend=false")
    with pytest.raises(TerraformRefused) as refused:
        terraform.run("plan", "-no-color")
    said = " ".join(str(refused.value).split())
    assert "needs hub_execution_role_arns" in said
    assert "needs direct_hub_role_arns" in said
    assert "over 2,048 characters" in said
