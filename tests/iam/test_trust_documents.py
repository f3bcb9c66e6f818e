"""Who may assume the hub's own role, and what no trust document may hold, whatever a simulator takes."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.iam.documents import EVERYTHING, ORGANIZATION, SPOKE, RoleDocuments, execution_role, hub, spoke
from tests.iam.simulator import Request, Simulator, Verdict
from tests.template.rendering import HUB, Rendered

LAMBDA = "lambda.amazonaws.com"
TRUSTED = Request(principal=LAMBDA, action="sts:AssumeRole", resource="", account=HUB)
STRANGERS = {
    "another service": "ec2.amazonaws.com",
    "the gateway": "apigateway.amazonaws.com",
    "a service alike": "lambda.amazonaws.com.cn",
    "a user of the hub's account": f"arn:aws:iam::{HUB}:user/admin",
    "a role of the hub's account": f"arn:aws:sts::{HUB}:assumed-role/admin/x",
    "the hub's root": f"arn:aws:iam::{HUB}:root",
    "itself": f"arn:aws:sts::{HUB}:assumed-role/hubspoke-prod-eu-west-1-vend/x",
    "a user of a spoke": f"arn:aws:iam::{SPOKE}:user/admin",
    "a role of a spoke": f"arn:aws:sts::{SPOKE}:assumed-role/hubspoke-prod-eu-west-1-vend/x",
    "a vended session": f"arn:aws:sts::{SPOKE}:assumed-role/automation-spoke-role/x",
    "a spoke's root": f"arn:aws:iam::{SPOKE}:root",
    "nobody": None,
}


def assumed_by(simulator: Simulator, role: RoleDocuments, principal: str | None) -> Verdict:
    request = replace(TRUSTED, principal=principal, resource=role.arn)
    own = [EVERYTHING] if principal and principal.startswith("arn:") else []
    return simulator.judge(request, identity=own, resource_policy=role.trust)


def test_only_lambda_runs_under_it(simulator: Simulator) -> None:
    role = execution_role()
    assert assumed_by(simulator, role, LAMBDA) is Verdict.ALLOWED
    for name, stranger in STRANGERS.items():
        assert assumed_by(simulator, role, stranger) is Verdict.NOT_ALLOWED, name


@pytest.mark.parametrize(
    ("principal", "stranger"),
    [
        ({"Service": [LAMBDA, "ec2.amazonaws.com"]}, "another service"),
        ({"Service": LAMBDA, "AWS": HUB}, "a role of the hub's account"),
        ({"AWS": f"arn:aws:iam::{SPOKE}:user/admin"}, "a user of a spoke"),
        ("*", "nobody"),
    ],
)
def test_a_wider_trust_is_noticed(simulator: Simulator, principal: object, stranger: str) -> None:
    role = execution_role()
    role.trust["Statement"][0]["Principal"] = principal
    assert assumed_by(simulator, role, STRANGERS[stranger]) is Verdict.ALLOWED


ROLE = {
    "RoleName": "automation-spoke-role",
    "HubExecutionRoleArns": f"arn:aws:iam::{HUB}:role/one,arn:aws:iam::{HUB}:role/two",
}
TEMPLATES: dict[str, Callable[[], Rendered]] = {
    "hub": hub,
    "hub-in-an-organization": lambda: hub(OrganizationId=ORGANIZATION),
    "spoke": lambda: spoke(**ROLE),
    "spoke-of-the-direct-route": lambda: spoke(
        RoleName="automation-spoke-role",
        HubExecutionRoleArns="",
        DirectHubRoleArns=f"arn:aws:iam::{HUB}:role/one,arn:aws:iam::{HUB}:role/team/two",
        DirectExternalId="an-external-id",
        OrganizationId=ORGANIZATION,
    ),
    "spoke-in-full": lambda: spoke(**ROLE, ExternalId="an-external-id", OrganizationId=ORGANIZATION),
}
# What AWS evaluates in a trust policy for these actions; it leaves a key that it doesn't know unmatched.
TRUST_KEYS = {"sts:ExternalId", "sts:SourceIdentity", "aws:PrincipalOrgID"}


def flaws(document: dict[str, Any]) -> list[str]:
    """Say what AWS refuses or ignores in a trust document, or what trusts more than one exact principal."""
    found = []
    for each in document["Statement"]:
        parts = {"Sid", "Effect", "Principal", "Action", "Condition"}
        found += [f"holds {name}" for name in set(each) - parts]
        principal = each.get("Principal")
        if not isinstance(principal, dict) or set(principal) - {"AWS", "Service"}:
            found.append(f"trusts {principal}")
            continue
        exact = {"AWS": r"arn:aws:iam::\d{12}:role/[\w+=,.@/-]+", "Service": r"[a-z]+\.amazonaws\.com"}
        for kind, names in principal.items():
            listed = [names] if isinstance(names, str) else names
            found += [f"trusts {name}" for name in listed if not re.fullmatch(exact[kind], name)]
        actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        found += [f"allows {name}" for name in actions if "*" in name]
        for keys in each.get("Condition", {}).values():
            found += [f"asks for {key}" for key in set(keys) - TRUST_KEYS]
    return found


@pytest.mark.parametrize("template", TEMPLATES)
def test_trust_documents_are_what_aws_takes(template: str) -> None:
    roles = TEMPLATES[template]().of_type("AWS::IAM::Role")
    assert roles
    for name, role in roles.items():
        assert flaws(role["AssumeRolePolicyDocument"]) == [], name


@pytest.mark.parametrize(
    ("part", "value", "flaw"),
    [
        ("Resource", "arn:aws:iam::222222222222:role/x", "holds Resource"),
        ("NotResource", "*", "holds NotResource"),
        ("NotPrincipal", {"AWS": HUB}, "holds NotPrincipal"),
        ("Principal", "*", r"trusts \*"),
        ("Principal", {"AWS": "*"}, r"trusts \*"),
        ("Principal", {"AWS": HUB}, f"trusts {HUB}"),
        ("Principal", {"AWS": [f"arn:aws:iam::{HUB}:root"]}, "trusts arn"),
        ("Principal", {"AWS": f"arn:aws:iam::{HUB}:role/hubspoke-*"}, "trusts arn"),
        ("Principal", {"Federated": "cognito-identity.amazonaws.com"}, "trusts"),
        ("Action", "sts:*", "allows sts"),
        ("Condition", {"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:x"}}, "asks for lambda"),
    ],
)
def test_a_flaw_in_a_trust_document_is_noticed(part: str, value: object, flaw: str) -> None:
    document = execution_role().trust
    document["Statement"][0][part] = value
    assert re.match(flaw, flaws(document)[0])
