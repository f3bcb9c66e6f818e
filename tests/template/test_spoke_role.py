"""The spoke role's template: whom it trusts, near misses included, and what its sessions can't do."""

from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_trust_policy, parse_policy_document

from tests.template.rendering import HUB, render, rules_broken, spoke_template

EXECUTION_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"
OTHER_REGION = f"arn:aws:iam::{HUB}:role/hubspoke-prod-us-east-1-vend"
ORGANIZATION = "o-abcdefghij"
EXTERNAL_ID = "automation-external-id"
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
FULL = {
    "RoleName": "automation-spoke-role",
    "HubExecutionRoleArns": f"{EXECUTION_ROLE},{OTHER_REGION}",
    "ExternalId": EXTERNAL_ID,
    "OrganizationId": ORGANIZATION,
    "ManagedPolicyArns": "arn:aws:iam::aws:policy/ReadOnlyAccess",
}
PLAIN = {"RoleName": "automation-spoke-role", "HubExecutionRoleArns": EXECUTION_ROLE}
VEND: dict[str, Any] = {
    "sts:externalid": EXTERNAL_ID,
    "sts:sourceidentity": "user.111111111111.inventory-bot",
    "aws:principalorgid": ORGANIZATION,
}


def session(role: str, account: str = HUB) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/hubspoke-prod-vend"


def trusts(trust: Any, caller: str, keys: dict[str, Any], action: str = "sts:AssumeRole") -> bool:
    return evaluate_trust_policy(
        trust,
        caller,
        EvalContext(
            principal_arn=caller,
            principal_type="AssumedRole",
            principal_account=caller.split(":")[4],
            action=action,
            resource_arn="*",
            region="eu-west-1",
            service_context=keys,
        ),
    )


def trust_of(parameters: dict[str, str]) -> Any:
    return render(spoke_template(), **parameters)["SpokeRole"]["AssumeRolePolicyDocument"]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
@pytest.mark.parametrize("action", ACTIONS)
def test_each_of_the_hubs_execution_roles_is_trusted(region: str, action: str) -> None:
    assert trusts(trust_of(FULL), session(f"hubspoke-prod-{region}-vend"), VEND, action)


def test_neither_external_id_nor_organization_is_needed_where_none_is_set() -> None:
    keys = {"sts:sourceidentity": "user.111111111111.inventory-bot"}
    trust = trust_of(PLAIN)
    assert trusts(trust, session("hubspoke-prod-eu-west-1-vend"), keys)
    assert not trusts(trust, session("hubspoke-prod-eu-west-1-vend"), {})


@pytest.mark.parametrize(
    ("caller", "keys"),
    [
        pytest.param(session("hubspoke-prod-eu-west-1-vend-2"), VEND, id="a-longer-name"),
        pytest.param(session("hubspoke-prod-eu-west-1-ven"), VEND, id="a-shorter-name"),
        pytest.param(session("hubspoke-staging-eu-west-1-vend"), VEND, id="another-environment"),
        pytest.param(session("hubspoke-prod-eu-west-1-vend", "222222222222"), VEND, id="another-account"),
        pytest.param(f"arn:aws:iam::{HUB}:user/hubspoke-prod-eu-west-1-vend", VEND, id="a-user"),
        pytest.param(f"arn:aws:iam::{HUB}:root", VEND, id="the-hubs-root"),
        pytest.param("arn:aws:iam::222222222222:root", VEND, id="its-own-root"),
        pytest.param(session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:externalid": "x"}, id="wrong-id"),
        pytest.param(session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:externalid": None}, id="no-id"),
        pytest.param(
            session("hubspoke-prod-eu-west-1-vend"),
            VEND | {"sts:externalid": EXTERNAL_ID.upper()},
            id="id-in-capitals",
        ),
        pytest.param(
            session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:sourceidentity": None}, id="for-nobody"
        ),
        pytest.param(
            session("hubspoke-prod-eu-west-1-vend"),
            VEND | {"aws:principalorgid": "o-zzzzzzzzzz"},
            id="another-organization",
        ),
        pytest.param(
            session("hubspoke-prod-eu-west-1-vend"), VEND | {"aws:principalorgid": None}, id="no-organization"
        ),
    ],
)
def test_a_near_miss_is_not_trusted(caller: str, keys: dict[str, Any]) -> None:
    assert not trusts(trust_of(FULL), caller, keys)


def test_each_action_has_a_statement_of_its_own_with_exact_principals() -> None:
    statements = trust_of(FULL)["Statement"]
    assert [each["Action"] for each in statements] == list(ACTIONS)
    for each in statements:
        assert each["Effect"] == "Allow"
        assert each["Principal"] == {"AWS": [EXECUTION_ROLE, OTHER_REGION]}
    assert [set(each) & {"Condition"} for each in statements] == [{"Condition"}, set(), set()]


def test_sessions_last_an_hour_at_most_under_the_boundary() -> None:
    rendered = render(spoke_template(), **FULL)
    role = rendered["SpokeRole"]
    assert role["MaxSessionDuration"] == 3600
    assert role["PermissionsBoundary"] == "<Boundary>"
    assert role["Path"] == rendered["Boundary"]["Path"] == "/hubspoke/"
    assert role["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert "ManagedPolicyArns" not in render(spoke_template(), **PLAIN)["SpokeRole"]
    assert "Policies" not in role


def within_boundary(action: str, **parameters: str) -> bool:
    """Tell whether a session with every permission could do something, under the role's boundary."""
    document = render(spoke_template(), **PLAIN, **parameters)["Boundary"]["PolicyDocument"]
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    context = EvalContext(session("x"), "AssumedRole", HUB, action, "*", "eu-west-1")
    result = evaluate(context, [parse_policy_document(everything)], [parse_policy_document(document)])
    return result.decision == "Allow"


@pytest.mark.parametrize(
    "action", ["s3:PutObject", "dynamodb:Scan", "iam:GetRole", "iam:ListUsers", "sts:GetCallerIdentity"]
)
def test_the_boundary_leaves_room_for_work(action: str) -> None:
    assert within_boundary(action)


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreateAccessKey",
        "iam:CreateRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:PutRolePolicy",
        "iam:AttachUserPolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:CreateLoginProfile",
        "iam:AddUserToGroup",
        "iam:CreateServiceLinkedRole",
        "iam:PassRole",
        "iam:AcceptDelegationRequest",
        "sts:AssumeRole",
        "sts:AssumeRoot",
        "sts:GetDelegatedAccessToken",
        "sts:GetFederationToken",
        "sts:GetWebIdentityToken",
    ],
)
def test_the_boundary_lets_no_session_outlive_itself(action: str) -> None:
    assert not within_boundary(action)


def test_the_boundary_opens_only_where_it_is_asked_to() -> None:
    assert within_boundary("sts:AssumeRole", AllowRoleChaining="true")
    assert not within_boundary("iam:PassRole", AllowRoleChaining="true")
    assert within_boundary("iam:PassRole", AllowPassRole="true")
    assert not within_boundary("sts:AssumeRole", AllowPassRole="true")


@pytest.mark.parametrize(("sent", "taken"), [(EXTERNAL_ID, True), ("next-one", True), ("another", False)])
def test_two_external_ids_are_taken_while_one_is_changed(sent: str, taken: bool) -> None:
    trust = trust_of(FULL | {"NextExternalId": "next-one"})
    assert trusts(trust, session("hubspoke-prod-eu-west-1-vend"), VEND | {"sts:externalid": sent}) is taken


@pytest.mark.parametrize(("given", "broken"), [(FULL, False), (PLAIN, True)])
def test_a_next_external_id_follows_one(given: dict[str, str], broken: bool) -> None:
    """Alone it would be asked of nobody."""
    found = rules_broken(spoke_template(), **{**given, "NextExternalId": "next-one"})
    assert found == (["ANextExternalIdFollowsOne"] if broken else [])


def test_the_external_id_is_not_echoed() -> None:
    source = spoke_template()
    assert source["Parameters"]["ExternalId"]["NoEcho"] is True
    assert source["Parameters"]["NextExternalId"]["NoEcho"] is True
    assert EXTERNAL_ID not in str(render(source, **FULL).outputs)


def test_arns_fit_every_partition() -> None:
    assert "arn:aws:" not in str(spoke_template())
