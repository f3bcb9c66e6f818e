"""The management account's template: who may read the organization, and what is forwarded."""

import re
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate_trust_policy

from tests.template.inventory_checks import READS
from tests.template.rendering import HUB, reader_template, render

ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-inventory"
BUS = f"arn:aws:events:eu-west-1:{HUB}:event-bus/hubspoke-prod-organization"
PLAIN = {"InventoryRoleArn": ROLE}
FULL = PLAIN | {"OrganizationBusArn": BUS}


def trusts(caller: str) -> bool:
    trust: Any = render(reader_template(), **PLAIN)["Reader"]["AssumeRolePolicyDocument"]
    account = caller.split(":")[4]
    session = caller.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session"
    return evaluate_trust_policy(
        trust,
        session,
        EvalContext(
            # The evaluator takes this for aws:PrincipalArn, which on AWS is the role's own ARN.
            principal_arn=caller,
            principal_type="AssumedRole",
            principal_account=account,
            action="sts:AssumeRole",
            resource_arn="*",
            region="us-east-1",
            service_context={},
        ),
    )


def test_the_inventory_may_read() -> None:
    assert trusts(ROLE)


@pytest.mark.parametrize(
    "caller",
    [
        ROLE + "-2",
        ROLE.replace("-inventory", "-vend"),
        ROLE.replace("prod", "staging"),
        ROLE.replace(HUB, "222222222222"),
    ],
)
def test_nobody_else_may(caller: str) -> None:
    assert not trusts(caller)


def test_it_may_read_and_nothing_else() -> None:
    (policy,) = render(reader_template(), **FULL)["Reader"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == READS
    assert all(re.fullmatch("organizations:List[A-Za-z]+", action) for action in READS)


def test_events_go_to_the_hubs_bus_by_a_role_that_can_do_nothing_else() -> None:
    rendered = render(reader_template(), **FULL)
    (target,) = rendered["AccountsChanged"]["Targets"]
    assert (target["Arn"], target["RoleArn"]) == (BUS, "<Forwarder.Arn>")
    (policy,) = rendered["Forwarder"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", BUS)
    (trust,) = rendered["Forwarder"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "events.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": HUB}}


def test_what_changes_accounts_is_forwarded() -> None:
    pattern = render(reader_template(), **FULL)["AccountsChanged"]["EventPattern"]
    assert pattern["source"] == ["aws.organizations"]
    assert {
        *("CreateAccountResult", "AcceptHandshake", "MoveAccount", "CloseAccountResult", "TagResource"),
        *("RemoveAccountFromOrganization", "UntagResource", "UpdateOrganizationalUnit"),
    } <= set(pattern["detail"]["eventName"])


def test_without_a_bus_nothing_is_forwarded() -> None:
    assert set(render(reader_template(), **PLAIN).resources) == {"Reader"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("InventoryRoleArn", ""),
        ("InventoryRoleArn", "*"),
        ("InventoryRoleArn", ROLE.replace("hubspoke-", "*")),
        ("InventoryRoleArn", f"arn:aws:iam::{HUB}:root"),
        ("InventoryRoleArn", f"{ROLE},{ROLE}"),
        ("OrganizationBusArn", "*"),
        ("OrganizationBusArn", BUS.replace("hubspoke-", "*")),
    ],
)
def test_parameters_admit_no_more_than_they_say(name: str, value: str) -> None:
    pattern = reader_template()["Parameters"][name]["AllowedPattern"]
    assert re.fullmatch(pattern, {"InventoryRoleArn": ROLE, "OrganizationBusArn": BUS}[name])
    assert not re.fullmatch(pattern, value)


def test_arns_fit_every_partition() -> None:
    source = reader_template()
    assert "arn:aws:" not in str(source["Resources"])
