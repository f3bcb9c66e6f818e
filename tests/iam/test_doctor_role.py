"""The role that operators read a spoke by: whom it trusts, and that no write comes through it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.iam.documents import EVERYTHING
from tests.iam.proofs import saying, without
from tests.iam.simulator import Request, Simulator, Verdict
from tests.template.rendering import PSEUDO, render, template_of_spokes

# The rendered stack stands in this account; those who operate the hub are of another.
SPOKE, OPERATORS = PSEUDO["AWS::AccountId"], "555555555555"
OPERATOR = f"arn:aws:iam::{OPERATORS}:user/operator"
SSO = f"arn:aws:iam::{OPERATORS}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_"
DIGITS = "0123456789abcdef"
DOCTOR = f"arn:aws:iam::{SPOKE}:role/hubspoke-doctor"
ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
BOUNDARY = f"arn:aws:iam::{SPOKE}:policy/hubspoke/automation-spoke-role-boundary"
TAKES = Request(
    principal=OPERATOR,
    action="sts:AssumeRole",
    resource=DOCTOR,
    account=SPOKE,
    context={"aws:PrincipalArn": OPERATOR},
)


def role() -> Any:
    """Render it for a user and a permission set."""
    return render(template_of_spokes("doctor-role"), OperatorArns=f"{OPERATOR},{SSO}{'?' * 16}")["Doctor"]


def by(arn: str) -> Request:
    """Ask as a user, a root or a role's session."""
    account, resource = arn.split(":")[4:]
    session = f"arn:aws:sts::{account}:assumed-role/{resource.rpartition('/')[2]}/x"
    principal = session if resource.startswith("role/") else arn
    return saying(replace(TAKES, principal=principal), "aws:PrincipalArn", arn)


def judged(simulator: Simulator, request: Request, trust: Any) -> Verdict:
    signed = request.principal is not None and request.principal.startswith("arn:")
    return simulator.judge(request, identity=[EVERYTHING] if signed else [], resource_policy=trust)


NEAR_MISSES = {
    "a longer name": by(f"{OPERATOR}-2"),
    "a shorter name": by(OPERATOR[:-1]),
    "a role of that name": by(f"arn:aws:iam::{OPERATORS}:role/operator"),
    "under a path": by(f"arn:aws:iam::{OPERATORS}:user/ops/operator"),
    "a twin in another account": by(OPERATOR.replace(OPERATORS, "333333333333")),
    "a twin in the spoke": by(OPERATOR.replace(OPERATORS, SPOKE)),
    "another partition": by(OPERATOR.replace("arn:aws:", "arn:aws-cn:")),
    "the hub's root": by(f"arn:aws:iam::{OPERATORS}:root"),
    "the hub's function": by(f"arn:aws:iam::{OPERATORS}:role/hubspoke-prod-eu-west-1-vend"),
    "a vended session": by(ROLE),
    "itself": by(DOCTOR),
    "a permission set that begins alike": by(f"{SSO}All_{DIGITS}"),
    "a permission set with a digit too many": by(f"{SSO}{DIGITS}0"),
    "a role made by hand": by(f"arn:aws:iam::{OPERATORS}:role/AWSReservedSSO_Operators_{DIGITS}"),
    "a service": without(replace(TAKES, principal="lambda.amazonaws.com"), "aws:PrincipalArn"),
    "nobody": without(replace(TAKES, principal=None), "aws:PrincipalArn"),
}


@pytest.mark.parametrize("request_", [TAKES, by(SSO + DIGITS)], ids=["a user", "a permission set"])
def test_operators_may_take_it(simulator: Simulator, request_: Request) -> None:
    assert judged(simulator, request_, role()["AssumeRolePolicyDocument"]) is Verdict.ALLOWED


def test_no_near_miss_may(simulator: Simulator) -> None:
    trust = role()["AssumeRolePolicyDocument"]
    assert len(NEAR_MISSES) >= 12
    for said, request in NEAR_MISSES.items():
        assert judged(simulator, request, trust) is not Verdict.ALLOWED, said


@pytest.mark.parametrize(
    ("like", "miss"),
    [
        (f"{OPERATOR}*", "a longer name"),
        (f"arn:aws:iam::{OPERATORS}:*", "the hub's function"),
        (f"{SSO}*", "a permission set that begins alike"),
    ],
)
def test_a_wider_trust_is_noticed(simulator: Simulator, like: str, miss: str) -> None:
    trust = role()["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"]["ArnLike"]["aws:PrincipalArn"] = like
    assert judged(simulator, NEAR_MISSES[miss], trust) is Verdict.ALLOWED


def permitted(simulator: Simulator, action: str, resource: str, policy: Any = None) -> bool:
    (own,) = role()["Policies"]
    session = f"arn:aws:sts::{SPOKE}:assumed-role/hubspoke-doctor/x"
    request = Request(principal=session, action=action, resource=resource, account=SPOKE)
    return simulator.judge(request, identity=[policy or own["PolicyDocument"]]) is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:GetRole", ROLE),
        ("iam:GetRolePolicy", ROLE),
        ("iam:ListAttachedRolePolicies", ROLE),
        ("iam:ListRolePolicies", ROLE),
        ("iam:GetPolicy", BOUNDARY),
        ("iam:GetPolicyVersion", BOUNDARY),
    ],
)
def test_it_reads_roles_and_their_ceilings(simulator: Simulator, action: str, resource: str) -> None:
    assert permitted(simulator, action, resource)


def test_it_writes_nothing_of_iam(simulator: Simulator) -> None:
    """No action of IAM but a read, on a vended role, its ceiling, or what else the action is about."""
    writes = [each for each in simulator.actions("iam") if each.access not in {"Read", "List"}]
    assert len(writes) > 80
    for action in writes:
        kind = action.resource.rpartition(":")[2].partition("/")[0]
        resource = {"role": ROLE, "policy": BOUNDARY}.get(kind, action.example(SPOKE))
        assert not permitted(simulator, action.name, resource), action.name


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:ListRoleTags", ROLE),
        ("iam:ListRoles", "*"),
        ("iam:GetUser", f"arn:aws:iam::{SPOKE}:user/x"),
        ("s3:ListAllMyBuckets", "*"),
        ("sts:AssumeRole", ROLE),
    ],
)
def test_it_reads_nothing_else(simulator: Simulator, action: str, resource: str) -> None:
    assert not permitted(simulator, action, resource)


def test_a_wider_permission_is_noticed(simulator: Simulator) -> None:
    (own,) = role()["Policies"]
    own["PolicyDocument"]["Statement"][0]["Action"] = "iam:*"
    assert permitted(simulator, "iam:UpdateAssumeRolePolicy", ROLE, own["PolicyDocument"])
