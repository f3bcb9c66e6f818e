"""The spoke role's template for the direct route: alone, beside the hub's trust, and not at all."""

from typing import Any

import pytest

from tests.template.rendering import render, spoke_template
from tests.template.test_spoke_role import (
    EXECUTION_ROLE,
    EXTERNAL_ID,
    FULL,
    ORGANIZATION,
    PLAIN,
    VEND,
    session,
    trust_of,
    trusts,
)

DIRECT_HUB = "999999999999"
HUB_ROLE = f"arn:aws:iam::{DIRECT_HUB}:role/automation-hub-role"
DIRECT_ID = "this-is-my-automation"
DIRECT = {"RoleName": "automation-spoke-role", "HubExecutionRoleArns": "", "DirectHubRoleArns": HUB_ROLE}
BOTH = FULL | {"DirectHubRoleArns": HUB_ROLE, "DirectExternalId": DIRECT_ID}
ASKED: dict[str, Any] = {"sts:externalid": DIRECT_ID, "aws:principalorgid": ORGANIZATION}
DIRECTLY = session("automation-hub-role", DIRECT_HUB)


@pytest.mark.parametrize("parameters", [FULL, PLAIN])
def test_a_role_that_only_the_hub_vends_is_as_it_was(parameters: dict[str, str]) -> None:
    """Three statements, for the hub's execution roles."""
    role = render(spoke_template(), **parameters)["SpokeRole"]
    statements = role["AssumeRolePolicyDocument"]["Statement"]
    assert [each["Sid"] for each in statements] == [
        "HubMayAssume",
        "HubMaySetSourceIdentity",
        "HubMayTagSession",
    ]
    assert role["Description"] == "Vended by hubspoke; every session carries its caller as source identity"
    assert role["Path"] == "/hubspoke/"


def test_a_role_of_the_direct_route_alone_has_one_statement() -> None:
    """With what a hub role's trust has ever had, and a condition only where one is asked for."""
    (statement,) = trust_of(DIRECT)["Statement"]
    assert statement == {
        "Sid": "DirectHubRoleMayAssume",
        "Effect": "Allow",
        "Principal": {"AWS": [HUB_ROLE]},
        "Action": "sts:AssumeRole",
    }
    full = DIRECT | {"DirectExternalId": DIRECT_ID, "OrganizationId": ORGANIZATION}
    (statement,) = trust_of(full)["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"sts:ExternalId": DIRECT_ID, "aws:PrincipalOrgID": ORGANIZATION}
    }


@pytest.mark.parametrize("given", ["DirectExternalId", "OrganizationId"])
def test_each_condition_stands_by_itself(given: str) -> None:
    """One is no reason for the other."""
    value = {"DirectExternalId": DIRECT_ID, "OrganizationId": ORGANIZATION}[given]
    (statement,) = trust_of(DIRECT | {given: value})["Statement"]
    assert list(statement["Condition"]["StringEquals"].values()) == [value]


def test_a_role_may_carry_both() -> None:
    """Each route by its own rules: neither's external id opens the other's."""
    trust = trust_of(BOTH)
    assert trusts(trust, DIRECTLY, ASKED)
    assert trusts(trust, session("hubspoke-prod-eu-west-1-vend"), VEND)
    assert not trusts(trust, DIRECTLY, ASKED | {"sts:externalid": EXTERNAL_ID})
    assert not trusts(trust, session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:externalid": DIRECT_ID})


def test_the_hub_still_says_for_whom() -> None:
    """The direct trust asks for no source identity; that lets the hub off nothing."""
    assert not trusts(
        trust_of(BOTH), session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:sourceidentity": None}
    )


@pytest.mark.parametrize("action", ["sts:SetSourceIdentity", "sts:TagSession"])
def test_the_hub_role_may_do_nothing_besides(action: str) -> None:
    """As where its trust was written by hand."""
    assert not trusts(trust_of(BOTH), DIRECTLY, ASKED, action)


@pytest.mark.parametrize(
    ("caller", "keys"),
    [
        pytest.param(session("automation-hub-role-2", DIRECT_HUB), ASKED, id="a-longer-name"),
        pytest.param(session("automation-hub-rol", DIRECT_HUB), ASKED, id="a-shorter-name"),
        pytest.param(session("automation-hub-role", "222222222222"), ASKED, id="another-account"),
        pytest.param(f"arn:aws:iam::{DIRECT_HUB}:user/sys-automation", ASKED, id="the-caller-itself"),
        pytest.param(f"arn:aws:iam::{DIRECT_HUB}:root", ASKED, id="the-hub-accounts-root"),
        pytest.param("arn:aws:iam::222222222222:root", ASKED, id="its-own-root"),
        pytest.param(DIRECTLY, ASKED | {"sts:externalid": "x"}, id="wrong-id"),
        pytest.param(DIRECTLY, ASKED | {"sts:externalid": None}, id="no-id"),
        pytest.param(DIRECTLY, ASKED | {"sts:externalid": DIRECT_ID.upper()}, id="id-in-capitals"),
        pytest.param(DIRECTLY, ASKED | {"aws:principalorgid": "o-zzzzzzzzzz"}, id="another-organization"),
        pytest.param(DIRECTLY, ASKED | {"aws:principalorgid": None}, id="no-organization"),
    ],
)
def test_a_near_miss_is_not_trusted(caller: str, keys: dict[str, Any]) -> None:
    assert not trusts(trust_of(BOTH), caller, keys)


def test_its_sessions_are_under_the_same_ceiling() -> None:
    """An hour, and the boundary."""
    alone, vended = (render(spoke_template(), **each) for each in (DIRECT, PLAIN))
    assert alone["SpokeRole"]["MaxSessionDuration"] == 3600
    assert alone["SpokeRole"]["PermissionsBoundary"] == "<Boundary>"
    assert alone["Boundary"] == vended["Boundary"]
    assert "source identity" not in alone["SpokeRole"]["Description"]


def test_the_external_id_is_not_echoed() -> None:
    source = spoke_template()
    assert source["Parameters"]["DirectExternalId"]["NoEcho"] is True
    assert DIRECT_ID not in str(render(source, **BOTH).outputs)


def test_what_nobody_is_trusted_with_is_no_role() -> None:
    """IAM takes no trust policy without a statement, so such a stack can't be made."""
    nobody = DIRECT | {"DirectHubRoleArns": ""}
    assert trust_of(nobody)["Statement"] == []
    assert EXECUTION_ROLE not in str(trust_of(DIRECT))
