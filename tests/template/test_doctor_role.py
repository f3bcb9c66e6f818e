"""The doctor's role: whom it trusts, near misses included, and that it reads roles and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, evaluate_trust_policy, parse_policy_document

from tests.template.mutations import put
from tests.template.parameters import refused
from tests.template.rendering import PSEUDO, Mutation, Template, render, template_of_spokes

# The rendered stack stands in this account; those who operate the hub are of another.
SPOKE, OPERATORS = PSEUDO["AWS::AccountId"], "555555555555"
OPERATOR = f"arn:aws:iam::{OPERATORS}:user/operator"
DIGITS = "0123456789abcdef"
SSO = f"arn:aws:iam::{OPERATORS}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_"
PLAIN = {"OperatorArns": OPERATOR}
FULL = {"OperatorArns": f"{OPERATOR},arn:aws:iam::{OPERATORS}:role/ops/operator,{SSO}{'?' * 16}"}


def doctor(source: Template | None = None, **parameters: str) -> Any:
    return render(source or template_of_spokes("doctor-role"), **parameters)["Doctor"]


def trusts(role: Any, caller: str, action: str = "sts:AssumeRole") -> bool:
    """Tell whether a principal, with every permission of its own account, may take the role."""
    account, kind = caller.split(":")[4], "User" if ":user/" in caller else "AssumedRole"
    session = caller.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/session"
    return evaluate_trust_policy(
        role["AssumeRolePolicyDocument"],
        caller if kind == "User" else session,
        EvalContext(
            # The evaluator takes this for aws:PrincipalArn, which on AWS is the role's own ARN.
            principal_arn=caller,
            principal_type=kind,
            principal_account=account,
            action=action,
            resource_arn="*",
            region="eu-west-1",
            service_context={},
        ),
    )


@pytest.mark.parametrize(
    "caller", [OPERATOR, f"arn:aws:iam::{OPERATORS}:role/ops/operator", SSO + DIGITS, SSO + DIGITS[::-1]]
)
@pytest.mark.parametrize("action", ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])
def test_an_operator_may_take_it(caller: str, action: str) -> None:
    assert trusts(doctor(**FULL), caller, action)


NEAR_MISSES = {
    "a longer name": f"{OPERATOR}-2",
    "a shorter name": OPERATOR[:-1],
    "a role of that name": f"arn:aws:iam::{OPERATORS}:role/operator",
    "a user under a path": f"arn:aws:iam::{OPERATORS}:user/ops/operator",
    "another path": f"arn:aws:iam::{OPERATORS}:role/dev/operator",
    "another account": OPERATOR.replace(OPERATORS, "222222222222"),
    "a twin role in another account": "arn:aws:iam::222222222222:role/ops/operator",
    "the account's root": f"arn:aws:iam::{OPERATORS}:root",
    "the hub's function": f"arn:aws:iam::{OPERATORS}:role/hubspoke-prod-eu-west-1-vend",
    "a permission set that begins alike": f"{SSO}ReadOnly_{DIGITS}",
    "a permission set with a digit too many": f"{SSO}{DIGITS}0",
    "a permission set with a digit too few": f"{SSO}{DIGITS[:-1]}",
    "a role made by hand": f"arn:aws:iam::{OPERATORS}:role/AWSReservedSSO_Operators_{DIGITS}",
}


@pytest.mark.parametrize("caller", NEAR_MISSES.values(), ids=NEAR_MISSES)
def test_a_near_miss_is_not_trusted(caller: str) -> None:
    assert not trusts(doctor(**FULL), caller)


def test_the_trust_is_narrowed_to_names() -> None:
    """The account alone would let everybody in it in."""
    (statement,) = doctor(**FULL)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{OPERATORS}:root"}
    assert statement["Condition"] == {"ArnLike": {"aws:PrincipalArn": FULL["OperatorArns"].split(",")}}


def may(role: Any, action: str, resource: str) -> bool:
    documents = [parse_policy_document(each["PolicyDocument"]) for each in role["Policies"]]
    session = f"arn:aws:sts::{SPOKE}:assumed-role/hubspoke-doctor/x"
    context = EvalContext(session, "AssumedRole", SPOKE, action, resource, "eu-west-1")
    return evaluate(context, documents).decision == "Allow"


ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
BOUNDARY = f"arn:aws:iam::{SPOKE}:policy/hubspoke/automation-spoke-role-boundary"
READS = {
    "iam:GetRole": ROLE,
    "iam:GetRolePolicy": ROLE,
    "iam:ListAttachedRolePolicies": ROLE,
    "iam:ListRolePolicies": ROLE,
    "iam:GetPolicy": BOUNDARY,
    "iam:GetPolicyVersion": BOUNDARY,
}


@pytest.mark.parametrize("action", READS)
def test_it_reads_roles_and_their_ceilings(action: str) -> None:
    """Whatever their path: one that lies elsewhere than it should is to be found."""
    for resource in (READS[action], READS[action].replace("/hubspoke/", "/")):
        assert may(doctor(**PLAIN), action, resource)


OUTSIDE = {
    f"{action} on {resource}": (action, resource)
    for action, resource in [
        *(
            (action, ROLE)
            for action in (
                *("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:DeleteRole", "iam:CreateRole"),
                *("iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:PassRole"),
                *("iam:TagRole", "iam:UpdateRole", "sts:AssumeRole", "iam:ListRoleTags"),
            )
        ),
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:SetDefaultPolicyVersion", BOUNDARY),
        ("iam:DeletePolicy", BOUNDARY),
        ("iam:GetUser", f"arn:aws:iam::{SPOKE}:user/x"),
        ("iam:GetRole", ROLE.replace(SPOKE, "333333333333")),
        ("iam:GetPolicy", BOUNDARY.replace(SPOKE, "333333333333")),
        ("iam:GetAccountAuthorizationDetails", "*"),
        ("iam:ListRoles", "*"),
        ("iam:ListUsers", "*"),
        ("s3:ListAllMyBuckets", "*"),
    ]
}


@pytest.mark.parametrize(("action", "resource"), OUTSIDE.values(), ids=OUTSIDE)
def test_it_does_nothing_else(action: str, resource: str) -> None:
    assert not may(doctor(**PLAIN), action, resource)


def spoilt() -> Iterator[tuple[Mutation, str]]:
    trust = ("Doctor", "Properties", "AssumeRolePolicyDocument", "Statement", 0)
    like = (*trust, "Condition", "ArnLike", "aws:PrincipalArn")
    yield put(*trust, "Condition", to={}), "a longer name"
    yield put(*like, to=f"{OPERATOR}*"), "a longer name"
    yield put(*like, to=f"{SSO}*"), "a permission set that begins alike"
    yield put(*like, to=f"arn:aws:iam::{OPERATORS}:*"), "the hub's function"


@pytest.mark.parametrize(("spoil", "miss"), list(spoilt()))
def test_a_wider_trust_is_noticed(spoil: Mutation, miss: str) -> None:
    source = template_of_spokes("doctor-role")
    spoil(source)
    assert trusts(doctor(source, **FULL), NEAR_MISSES[miss])


@pytest.mark.parametrize(
    ("part", "value", "outside"),
    [
        ("Action", "iam:*", f"iam:UpdateAssumeRolePolicy on {ROLE}"),
        ("Action", ["iam:GetRole", "iam:GetUser"], f"iam:GetUser on arn:aws:iam::{SPOKE}:user/x"),
        ("Resource", "arn:aws:iam::*:role/*", f"iam:GetRole on {ROLE.replace(SPOKE, '333333333333')}"),
    ],
)
def test_a_wider_permission_is_noticed(part: str, value: str, outside: str) -> None:
    source = template_of_spokes("doctor-role")
    statement = ("Doctor", "Properties", "Policies", 0, "PolicyDocument", "Statement", 0)
    put(*statement, "Resource", to="*")(source)
    put(*statement, part, to=value)(source)
    assert may(doctor(source, **PLAIN), *OUTSIDE[outside])


def test_it_lies_where_the_hub_assumes_nothing() -> None:
    """Under the root path, and for an hour at most."""
    role = doctor(**PLAIN)
    assert "Path" not in role
    assert role["MaxSessionDuration"] == 3600
    assert "ManagedPolicyArns" not in role


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OperatorArns", ""),
        ("OperatorArns", "*"),
        ("OperatorArns", f"arn:aws:iam::{OPERATORS}:root"),
        ("OperatorArns", f"arn:aws:iam::{OPERATORS}:role/*"),
        ("OperatorArns", f"{OPERATOR},{SSO}*"),
        ("OperatorArns", SSO + "?" * 17),
        ("RoleName", "a/b"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str) -> None:
    """By CloudFormation, before anything is made."""
    source = template_of_spokes("doctor-role")
    assert refused(source, **FULL) == []
    assert refused(source, **FULL | {name: value}) == [name]


def test_arns_fit_every_partition() -> None:
    assert "arn:aws:" not in str(template_of_spokes("doctor-role")["Resources"])
