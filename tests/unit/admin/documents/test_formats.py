"""A document as JSON, CloudFormation or Terraform."""

import json
import re
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
import yaml

from hubspoke_admin.documents import callers, hub_roles, organization, spokes
from hubspoke_admin.documents.estate import Hub, Route, SpokeRole
from hubspoke_admin.documents.formats import as_cloudformation, as_json, as_terraform
from hubspoke_admin.documents.placements import (
    InlinePolicy,
    InOwnAccount,
    ManagedPolicy,
    OrganizationPolicy,
    Placement,
    Role,
)

_ATTRIBUTE = re.compile(r'(\s*)("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_-]*)( +)= (.+)')


@pytest.fixture(params=["role", "hub-role", "managed", "user", "role-inline", "scp", "rcp", "odd"])
def placement(request: pytest.FixtureRequest, hub: Hub, role: SpokeRole) -> Placement:
    """Put a document of each kind where it goes."""
    tagged = replace(role, tags=(("cost/center", '50% "${x}" %{y} \\ é'),), caller_tag_keys=("ticket",))
    made: dict[str, Placement] = {
        "role": Role(
            role.name,
            role.path,
            spokes.trust(hub, role, Route.BOTH),
            "Vended",
            InOwnAccount("aws", role.boundary),
        ),
        "hub-role": Role("hub", "/", hub_roles.trust(hub, ["arn:aws:iam::111111111111:user/x"]), "Hub"),
        "managed": ManagedPolicy("x-boundary", role.path, spokes.boundary(passes_roles=True), "Ceiling"),
        "user": InlinePolicy("assume", "user", "bot@example.com", callers.by_hub_role(hub)),
        "role-inline": InlinePolicy("a", "role", "ci", hub_roles.role_permissions(hub, [role])),
        "scp": OrganizationPolicy(
            "protect",
            "SERVICE_CONTROL_POLICY",
            organization.service_control(hub, [role], Route.BOTH, ["arn:aws:iam::*:role/admin"]),
            "Protects",
        ),
        "rcp": OrganizationPolicy(
            "only", "RESOURCE_CONTROL_POLICY", organization.resource_control(hub, [role], Route.HUB), "Only"
        ),
        "odd": Role("+1=é,x", "/", spokes.trust(hub, tagged, Route.HUB), "Odd"),
    }
    return made[request.param]


def test_json_is_the_document(placement: Placement) -> None:
    """Nothing around it, and a line's end."""
    text = as_json(placement)
    assert json.loads(text) == placement.document
    assert text.endswith("}\n")


def test_cloudformation_holds_it_in_one_resource(placement: Placement) -> None:
    """Of the placement's type, the document as it is, and no aliases, which CloudFormation doesn't take."""
    text = as_cloudformation(placement)
    ((logical_id, resource),) = yaml.safe_load(text)["Resources"].items()
    assert re.fullmatch("[A-Za-z0-9]+", logical_id)
    assert resource["Type"] == placement.cloudformation()[0]
    assert placement.document in resource["Properties"].values()
    assert not re.search(r"[&*]id\d", text)


def test_a_boundary_is_of_the_account_that_the_role_is_made_in(hub: Hub, role: SpokeRole) -> None:
    """Whichever that is: the document names none."""
    made = Role(
        "x", "/", spokes.trust(hub, role, Route.HUB), "", InOwnAccount("aws-cn", "/hubspoke/x-boundary")
    )
    properties = yaml.safe_load(as_cloudformation(made))["Resources"]["X"]["Properties"]
    assert properties["PermissionsBoundary"] == {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/hubspoke/x-boundary"
    }
    account = "${data.aws_caller_identity.current.account_id}"
    assert f'permissions_boundary = "arn:aws-cn:iam::{account}:policy/hubspoke/x-boundary"' in as_terraform(
        made
    )


def read_back(text: str) -> Any:
    """Read the document in a Terraform resource, by turning HCL's objects into JSON's."""
    body = text[text.index("jsonencode(") + len("jsonencode(") : text.rindex(")")]
    lines = body.splitlines()
    for place, line in enumerate(lines):
        if found := _ATTRIBUTE.fullmatch(line):
            key = found[2] if found[2].startswith('"') else f'"{found[2]}"'
            lines[place] = f"{key}: {found[4]}"
    for place, following in enumerate(lines[1:]):
        if lines[place][-1] not in "[{," and following.strip()[0] not in "]}":
            lines[place] += ","
    return json.loads("\n".join(lines).replace("$${", "${").replace("%%{", "%{"))


def test_terraform_holds_the_same_document(placement: Placement) -> None:
    """In a resource of the placement's type."""
    text = as_terraform(placement)
    assert read_back(text) == placement.document
    assert re.search(rf'^resource "{placement.terraform()[0]}" "[a-z_][a-z0-9_]*" {{$', text, re.MULTILINE)


def test_nothing_in_a_text_is_taken_for_a_template(hub: Hub, role: SpokeRole) -> None:
    """HCL would fill in what stands in braces behind a dollar or a percent sign."""
    tagged = replace(role, tags=(("a", "${b} %{c}"),))
    assert '"$${b} %%{c}"' in as_terraform(Role("x", "/", spokes.trust(hub, tagged, Route.HUB), ""))


def faults(text: str) -> list[str]:
    """Say where a text isn't as ``terraform fmt`` leaves it.

    Its rule, as far as these files go: two spaces for each open bracket; of attributes on neighbouring
    lines that end on their own line, the equals signs stand in one column, a space behind the longest
    name; an attribute that goes on over further lines has one space and parts those around it.
    """
    found: list[str] = []
    depth = 0
    for line in text.splitlines():
        closes = re.match(r"\s*[\]})]", line) is not None
        if line and len(line) - len(line.lstrip()) != 2 * (depth - closes):
            found.append(f"indent: {line}")
        if line.rstrip() != line:
            found.append(f"space at the end: {line}")
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        opens = len(re.findall(r"[\[{(]", bare)) - len(re.findall(r"[\]})]", bare))
        depth += (opens > 0) - (opens < 0)
    parts = [_ATTRIBUTE.fullmatch(line) for line in text.splitlines()]
    for single, run in groupby(parts, key=lambda part: bool(part) and part[4][-1] not in "[{"):  # type: ignore[index]
        matches = [part for part in run if part]
        width = max((len(part[2]) for part in matches), default=0)
        found += [
            f"equals sign: {part[0]}"
            for part in matches
            if len(part[2] + part[3]) != (width if single else len(part[2])) + 1
        ]
    return found


def test_terraform_fmt_would_change_nothing(placement: Placement) -> None:
    """By the rule that ``faults`` states."""
    assert faults(as_terraform(placement)) == []


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("Sid    = ", "Sid = ", "equals sign"),
        ('Version = "', 'Version   = "', "equals sign"),
        ("Statement = [", "Statement  = [", "equals sign"),
        ("  Version", "    Version", "indent"),
        ("      {\n", "     {\n", "indent"),
        ("jsonencode({\n", "jsonencode({ \n", "space at the end"),
    ],
)
def test_another_form_is_noticed(hub: Hub, before: str, after: str, fault: str) -> None:
    """The rule isn't one that everything follows."""
    text = as_terraform(Role("x", "/", hub_roles.trust(hub, ["arn:aws:iam::111111111111:user/x"]), "y"))
    assert before in text
    assert fault in faults(text.replace(before, after, 1))[0]
