"""The documents that ``hubspoke-admin policy`` writes, deployed: as the simulator says, so the emulator."""

import json
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubspoke_local.deploy import Deployment
from tests.support.accounts import HUB, SPOKE, allow, client, document, user
from tests.support.policies import AUTOMATION, GRANTED, printed

EXTERNAL_ID = "automation-external-id-demo"
VEND = {"ExternalId": EXTERNAL_ID, "SourceIdentity": "user.111111111111.inventory-bot"}
DIRECT = {"ExternalId": "this-is-my-automation"}
FUNCTION, HUB_ROLE = "hubspoke-prod-eu-west-1-vend", "automation-hub-role"


def make(iam: Any, name: str, trust: Any, *policies: Any, path: str = "/") -> None:
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust))
    for number, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(policy))


@pytest.fixture(scope="module")
def estate(bootstrap: Deployment) -> Deployment:
    """A hub role, the function's role and roles in a spoke, all with the documents as they are printed."""
    caller = f"arn:aws:iam::{HUB}:user/sys-automation"
    hub, spoke = bootstrap.root_client("iam"), bootstrap.root_client("iam", SPOKE)
    user(bootstrap, "sys-automation", *printed("caller", "--route", "direct")["Statement"])
    permissions = printed("hub-permissions", "--route", "direct", *AUTOMATION, *GRANTED)
    make(hub, HUB_ROLE, printed("hub-trust", "--principal", caller), permissions)
    # What Lambda does by its own trust is done here by whoever may assume the role.
    lambdas = json.loads(document(allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{HUB}:root"})))
    make(hub, FUNCTION, lambdas, printed("hub-permissions", *GRANTED))
    for name, route in (("automation-spoke-role", "both"), ("by-hub", "hub"), ("by-hub-role", "direct")):
        own = () if route == "hub" else ("--direct-external-id", DIRECT["ExternalId"])
        trust = printed("spoke-trust", "--route", route, *own, *AUTOMATION, *GRANTED)
        make(spoke, name, trust, path="/hubspoke/")
    return bootstrap


def session(estate: Deployment, role: str, by: str) -> Any:
    """Return STS as a session of a role of the hub's."""
    own = allow("sts:AssumeRole", Resource=f"arn:aws:iam::{HUB}:role/{role}")
    key = user(estate, by) if by == "sys-automation" else user(estate, by, own)
    answer = client(estate, "sts", key).assume_role(
        RoleArn=f"arn:aws:iam::{HUB}:role/{role}", RoleSessionName="session"
    )
    return client(estate, "sts", answer["Credentials"])


@pytest.fixture(scope="module")
def function(estate: Deployment) -> Any:
    return session(estate, FUNCTION, "starter")


@pytest.fixture(scope="module")
def hub_role(estate: Deployment) -> Any:
    return session(estate, HUB_ROLE, "sys-automation")


def code(sts: Any, role: str = "hubspoke/automation-spoke-role", account: str = SPOKE, **asked: Any) -> str:
    """Assume a role; return the error's code, or nothing."""
    try:
        sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="session", **asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize("role", ["automation-spoke-role", "by-hub"])
def test_the_function_vends(function: Any, role: str) -> None:
    assert code(function, f"hubspoke/{role}", **VEND) == ""
    assert code(function, f"hubspoke/{role}", **VEND, Tags=[{"Key": "team", "Value": "blue"}]) == ""


def test_the_hub_role_assumes(hub_role: Any) -> None:
    assert code(hub_role, **DIRECT) == ""


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"SourceIdentity": VEND["SourceIdentity"]},
        {**VEND, "ExternalId": "deploy-external-id-demo"},
        {**VEND, "ExternalId": f"{EXTERNAL_ID}2"},
        {**VEND, "ExternalId": EXTERNAL_ID.upper()},
        {**VEND, **DIRECT},
        {"ExternalId": EXTERNAL_ID},
    ],
    ids=["nothing", "no external id", "another", "a longer one", "capitals", "direct", "no source identity"],
)
def test_the_function_is_refused_a_near_miss(function: Any, asked: dict[str, str]) -> None:
    assert code(function, **asked) == "AccessDenied"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"ExternalId": EXTERNAL_ID},
        {**DIRECT, "SourceIdentity": VEND["SourceIdentity"]},
        {**DIRECT, "Tags": [{"Key": "team", "Value": "blue"}]},
    ],
    ids=["no external id", "the function's", "a source identity", "a tag"],
)
def test_the_hub_role_is_refused_a_near_miss(hub_role: Any, asked: dict[str, Any]) -> None:
    assert code(hub_role, **asked) == "AccessDenied"


def test_each_route_has_a_trust_of_its_own(function: Any, hub_role: Any) -> None:
    assert code(function, "hubspoke/by-hub-role", **VEND) == "AccessDenied"
    assert code(hub_role, "hubspoke/by-hub", **DIRECT) == "AccessDenied"


def test_the_hub_role_goes_to_the_role_that_is_named(hub_role: Any) -> None:
    """``by-hub-role`` trusts it, and its own policy names another."""
    assert code(hub_role, "hubspoke/by-hub-role", **DIRECT) == "AccessDenied"


def test_the_hub_role_is_for_the_caller_alone(estate: Deployment) -> None:
    own = allow("sts:AssumeRole", Resource="*")
    for name in ("sys-automation-2", "sys-automatio", "another"):
        assert code(client(estate, "sts", user(estate, name, own)), HUB_ROLE, HUB) == "AccessDenied"


def test_the_caller_goes_to_the_hub_role_alone(estate: Deployment) -> None:
    caller = client(estate, "sts", user(estate, "sys-automation"))
    assert code(caller, HUB_ROLE, HUB) == ""
    assert code(caller, FUNCTION, HUB) == "AccessDenied"
    assert code(caller, **DIRECT) == "AccessDenied"


PATH = "/aws-reserved/sso.amazonaws.com/"
DIGITS = "0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "name", "answer"),
    [
        (PATH, f"AWSReservedSSO_Reader_{DIGITS}", ""),
        (f"{PATH}us-east-2/", f"AWSReservedSSO_Reader_{DIGITS[::-1]}", ""),
        (PATH, f"AWSReservedSSO_Reader_All_{DIGITS}", "AccessDenied"),
        (f"{PATH}us-east-2/", f"AWSReservedSSO_Reader2_{DIGITS}", "AccessDenied"),
        ("/", f"AWSReservedSSO_Reader_{DIGITS[:-1]}0", "AccessDenied"),
        ("/team/", "Reader", "AccessDenied"),
    ],
    ids=["us-east-1", "us-east-2", "a longer set", "another set", "a role made by hand", "another role"],
)
def test_a_permission_set_is_known_by_its_name(estate: Deployment, path: str, name: str, answer: str) -> None:
    iam = estate.root_client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        make(iam, "for-people", printed("sso-trust", "--permission-set", "Reader"))
    anybody = {"Statement": [allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{HUB}:root"})]}
    may = {"Statement": [allow("sts:AssumeRole", Resource="*")]}
    version = {"Version": "2012-10-17"}
    make(iam, name, version | anybody, version | may, path=path)
    starter = client(estate, "sts", user(estate, "signs-in", allow("sts:AssumeRole", Resource="*")))
    signed_in = starter.assume_role(
        RoleArn=f"arn:aws:iam::{HUB}:role{path}{name}", RoleSessionName="ann@example.com"
    )
    assert code(client(estate, "sts", signed_in["Credentials"]), "for-people", HUB) == answer


def test_a_session_under_the_boundary_reads_iam_and_writes_none(estate: Deployment, function: Any) -> None:
    """Whatever the role's own policy allows."""
    iam = estate.root_client("iam", SPOKE)
    ceiling = iam.create_policy(
        PolicyName="ceiling", PolicyDocument=json.dumps(printed("spoke-boundary", *AUTOMATION, *GRANTED))
    )
    everything = {"Version": "2012-10-17", "Statement": [allow("*", Resource="*")]}
    make(iam, "bounded", printed("spoke-trust", *AUTOMATION, *GRANTED), everything, path="/hubspoke/")
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=ceiling["Policy"]["Arn"])
    arn = f"arn:aws:iam::{SPOKE}:role/hubspoke/bounded"
    vended = function.assume_role(RoleArn=arn, RoleSessionName="session", **VEND)["Credentials"]
    own = client(estate, "iam", vended)
    assert own.list_roles()["Roles"]
    assert own.get_role(RoleName="bounded")["Role"]["Arn"] == arn
    for write in (
        lambda: own.create_user(UserName="successor"),
        lambda: own.delete_role_permissions_boundary(RoleName="bounded"),
        lambda: own.delete_role_policy(RoleName="bounded", PolicyName="p0"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            write()
    assert code(client(estate, "sts", vended), "hubspoke/bounded", **VEND) == "AccessDenied"
