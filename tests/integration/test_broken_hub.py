"""``hubspoke-admin doctor`` on a hub that is broken on its own side, one thing at a time."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubspoke_local.accounts import OPERATOR
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

ROLES = ["222222222222/automation-spoke-role", "333333333333/deploy-spoke-role"]
Doctor = Callable[..., tuple[int, list[dict[str, str]]]]


@pytest.fixture
def doctor(run: Run) -> Doctor:
    """Look at two roles, and return the exit code and what is wrong or unseen."""

    def doctor(*more: str) -> tuple[int, list[dict[str, str]]]:
        done = run("hubspoke-admin", "doctor", *ROLES, "--format", "json", *more, profile=OPERATOR)
        assert done.err == ""
        found = [*done.json()["Hub"], *(each for role in done.json()["Roles"] for each in role["Findings"])]
        return done.code, [each for each in found if each["Verdict"] in ("wrong", "unseen")]

    return doctor


@pytest.fixture
def function_role(hub: EmbeddedHub) -> Iterator[tuple[Any, str]]:
    """IAM, and the name of the function's role, whose policies are put back in the end."""
    iam = hub.root_client("iam")
    name = hub.outputs["ExecutionRoleArn"].rpartition("/")[2]
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    before = {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names}
    yield iam, name
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    for each, document in before.items():
        iam.put_role_policy(RoleName=name, PolicyName=each, PolicyDocument=json.dumps(document))


def codes(found: list[dict[str, str]]) -> list[str]:
    """List them."""
    return [each["Code"] for each in found]


@pytest.mark.parametrize(
    ("sid", "code"),
    [
        ("AssumeOnlyWithASourceIdentity", "HubMayNotAssume"),
        ("SetSourceIdentity", "HubMayNotSetSourceIdentity"),
    ],
)
def test_a_permission_that_the_function_lacks_is_named_for_each_role(
    function_role: tuple[Any, str], doctor: Doctor, sid: str, code: str
) -> None:
    """Nothing else is wrong with them."""
    iam, name = function_role
    policy = {"RoleName": name, "PolicyName": "assume-spoke-roles"}
    document = copy.deepcopy(iam.get_role_policy(**policy)["PolicyDocument"])
    document["Statement"] = [each for each in document["Statement"] if each["Sid"] != sid]
    iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))
    exit_code, found = doctor()
    assert (exit_code, codes(found)) == (1, [code, code])


def test_a_deny_of_the_functions_is_named(function_role: tuple[Any, str], doctor: Doctor) -> None:
    """For the account that it is about alone."""
    iam, name = function_role
    denies = {"Sid": "NotThere", "Effect": "Deny", "Action": "sts:*"}
    denies["Resource"] = "arn:aws:iam::333333333333:role/*"
    document = json.dumps({"Version": "2012-10-17", "Statement": denies})
    iam.put_role_policy(RoleName=name, PolicyName="denies", PolicyDocument=document)
    exit_code, found = doctor()
    assert (exit_code, set(codes(found))) == (1, {"HubDenied"})
    assert all("333333333333" in each["Says"] and "NotThere" in each["Says"] for each in found)


def test_who_else_may_become_the_function_is_named(function_role: tuple[Any, str], doctor: Doctor) -> None:
    """Every spoke trusts it."""
    iam, name = function_role
    right = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    opened = copy.deepcopy(right)
    opened["Statement"].append({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(opened))
    code, found = doctor()
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(right))
    assert (code, codes(found)) == (1, ["HubTrustOthers"])
    assert doctor() == (0, [])


def test_a_boundary_of_the_functions_that_holds_back_too_much_is_named(
    hub: EmbeddedHub, function_role: tuple[Any, str], doctor: Doctor
) -> None:
    """Whatever its policies allow."""
    iam, name = function_role
    boundary = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    right = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    iam.create_policy_version(PolicyArn=boundary, PolicyDocument=json.dumps(document), SetAsDefault=True)
    try:
        exit_code, found = doctor()
    finally:
        # The emulator can't go back to a version.
        iam.create_policy_version(PolicyArn=boundary, PolicyDocument=json.dumps(right), SetAsDefault=True)
    assert (exit_code, set(codes(found))) == (1, {"HubBoundary"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda statements: statements[:1], "GatewayRefuses"),
        (lambda statements: statements[1:], "GatewayWithoutTls"),
        (lambda statements: [{**statements[1], "Principal": "*"}, statements[0]], "GatewayOpen"),
    ],
)
def test_an_api_policy_that_is_not_the_templates_is_named(
    hub: EmbeddedHub, doctor: Doctor, change: Callable[[Any], Any], code: str
) -> None:
    """Too open, or closed to a caller who is listed."""
    gateway, api = hub.root_client("apigateway"), hub.outputs["ApiId"]
    before = json.loads(gateway.get_rest_api(restApiId=api)["policy"].replace('\\"', '"'))

    def put(policy: Any) -> None:
        patch = {"op": "replace", "path": "/policy", "value": json.dumps(policy)}
        gateway.update_rest_api(restApiId=api, patchOperations=[patch])

    put({**before, "Statement": change(before["Statement"])})
    try:
        exit_code, found = doctor("--principal", 'Caller::Role::"555555555555/ci-deployer"')
    finally:
        put(before)
    assert exit_code == 1
    assert code in codes(found)


def test_grants_and_quarantine_are_named(doctor: Doctor, run: Run) -> None:
    """Who may not take a role, and what is stopped."""
    stranger = ["--principal", "arn:aws:iam::111111111111:user/stranger"]
    exit_code, found = doctor(*stranger)
    assert (exit_code, codes(found)) == (1, ["NotGranted", "NotGranted"])

    def quarantine(verb: str, *more: str) -> None:
        subject = ["--caller", "111111111111/stranger", *more]
        assert run("hubspoke-admin", "quarantine", verb, *subject, profile=OPERATOR).code == 0

    quarantine("add", "--reason", "a test")
    exit_code, found = doctor(*stranger)
    quarantine("remove")
    assert codes(found) == ["NotGranted", "Quarantined"] * 2


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        ("iam:GetRole", "HubRoleUnread"),
        ("apigateway:GET", "GatewayUnread"),
        ("s3:GetObject", "GrantsUnread"),
        ("dynamodb:Scan", "QuarantineUnread"),
    ],
)
def test_what_the_operator_may_not_read_is_unseen(
    hub: EmbeddedHub, doctor: Doctor, taken: str, code: str
) -> None:
    """And the rest is looked at all the same."""
    iam = hub.root_client("iam")
    policy = {"UserName": OPERATOR, "PolicyName": "denies"}
    denies = {"Effect": "Deny", "Action": taken, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": denies})
    iam.put_user_policy(**policy, PolicyDocument=document)
    try:
        exit_code, found = doctor()
    finally:
        iam.delete_user_policy(**policy)
    assert exit_code == 3
    assert code in codes(found)
    assert not any(each["Verdict"] == "wrong" for each in found)
