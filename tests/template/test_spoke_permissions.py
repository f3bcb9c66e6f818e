"""What a spoke role may do by its template: managed policies, and a document from a file."""

import json
from pathlib import Path

import pytest

from hubspoke_local.accounts import PROJECT
from tests.template.parameters import refused
from tests.template.rendering import render, spoke_template, template_of_spokes
from tests.template.test_spoke_role import FULL, PLAIN

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::reports/*"}],
}


def test_a_document_goes_into_the_role_by_itself() -> None:
    """As text: CloudFormation takes text where it takes a mapping, in a policy of IAM's."""
    text = json.dumps(DOCUMENT, indent=2)
    rendered = render(spoke_template(), **PLAIN, InlinePolicy=text)
    assert rendered["Permissions"] == {
        "PolicyName": "permissions",
        "Roles": ["<SpokeRole>"],
        "PolicyDocument": text,
    }
    assert rendered["SpokeRole"]["PermissionsBoundary"] == "<Boundary>"


def test_without_one_there_is_no_policy() -> None:
    """IAM takes no empty document."""
    assert set(render(spoke_template(), **FULL).resources) == {"SpokeRole", "Boundary"}


@pytest.mark.parametrize(
    "text", [json.dumps(DOCUMENT), json.dumps(DOCUMENT, indent=2), json.dumps(DOCUMENT, indent="\t") + "\n"]
)
def test_a_document_may_have_any_layout(text: str) -> None:
    """As it lies in its file."""
    assert refused(spoke_template(), **PLAIN, InlinePolicy=text) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("InlinePolicy", "permissions.json"),
        ("InlinePolicy", "file://permissions.json"),
        ("InlinePolicy", json.dumps([DOCUMENT])),
        ("InlinePolicy", json.dumps(DOCUMENT)[:-1]),
        ("InlinePolicy", '{"Version": "2012-10-17", "Statement": "\u00e9"}'),
        ("InlinePolicy", json.dumps(DOCUMENT | {"Id": "x" * 4096})),
        ("ManagedPolicyArns", "ReadOnlyAccess"),
        ("ManagedPolicyArns", "arn:aws:iam::aws:policy/*"),
        ("ManagedPolicyArns", "arn:aws:iam::22222:policy/x"),
        ("ManagedPolicyArns", "arn:aws:iam::222222222222:role/x"),
    ],
)
def test_what_is_no_policy_is_refused(name: str, value: str) -> None:
    """Before anything is made."""
    assert refused(spoke_template(), **PLAIN | {name: value}) == [name]


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "spokes" / "cloudformation").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_template_says_what_it_refuses(path: Path) -> None:
    """A text that isn't one of a few values has a grammar, and a list holds to it too."""
    for name, each in template_of_spokes(path.stem)["Parameters"].items():
        assert {"AllowedPattern", "AllowedValues", "MinValue"} & each.keys(), name
        assert each["Description"], name
