"""The emulator as it runs here decides as STS and IAM do: the canary for the mends.

Each case is what AWS documents; where one fails after a change of ministack, the mend of that name in
``hubspoke_local.strict`` needs another look.
"""

import io
import json
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubspoke_local.deploy import Deployment
from hubspoke_local.emulator import Emulator
from tests.support.accounts import HUB, SPOKE, allow, client, document, user

BROKER = f"arn:aws:iam::{HUB}:role/broker"
NAMED = {"Null": {"sts:SourceIdentity": "false"}}
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
WHO = {"SourceIdentity": "user.111111111111.bot"}
BLUE = {"StringEquals": {"aws:RequestTag/team": "blue"}}


def trust(*statements: dict[str, Any]) -> str:
    return document(*({"Principal": {"AWS": BROKER}, **each} for each in statements))


ROLES: dict[str, tuple[str, int]] = {
    "named": (trust(allow("sts:AssumeRole", NAMED), *map(allow, ACTIONS[1:])), 3600),
    "long": (trust(*map(allow, ACTIONS)), 43200),
    "unnamed": (trust(allow("sts:AssumeRole")), 3600),
    "bot-only": (
        trust(
            allow("sts:AssumeRole", {"StringLike": {"sts:SourceIdentity": "user.*.bot"}}),
            allow("sts:SetSourceIdentity"),
        ),
        3600,
    ),
    "not-ours": (
        trust({**allow("sts:AssumeRole"), "Principal": {"AWS": f"arn:aws:iam::{HUB}:role/x"}}),
        3600,
    ),
    "external-id": (
        trust(allow("sts:AssumeRole", {"StringEquals": {"sts:ExternalId": "xyz"}}), *map(allow, ACTIONS[1:])),
        3600,
    ),
    "session-name": (
        trust(
            allow("sts:AssumeRole", {"StringLike": {"sts:RoleSessionName": "good-*"}}),
            *map(allow, ACTIONS[1:]),
        ),
        3600,
    ),
    "blue-only": (
        trust(*(allow(action, BLUE if action == "sts:TagSession" else None) for action in ACTIONS)),
        3600,
    ),
    "denied": (
        trust(
            *map(allow, ACTIONS),
            {
                **allow("sts:AssumeRole", {"StringEquals": {"aws:PrincipalAccount": HUB}}),
                "Effect": "Deny",
                "Principal": "*",
            },
        ),
        3600,
    ),
    "another-organization": (
        trust(
            *(
                {
                    **allow(action, {"StringEquals": {"aws:PrincipalOrgID": "o-nosuchorg1"}}),
                    "Principal": {"AWS": "*"},
                }
                for action in ACTIONS
            )
        ),
        3600,
    ),
    "by-principal-arn": (
        trust(
            allow("sts:AssumeRole", {"ArnEquals": {"aws:PrincipalArn": BROKER}}),
            allow("sts:SetSourceIdentity"),
        ),
        3600,
    ),
}
"""Role in the spoke account to its trust policy and longest duration."""


@pytest.fixture(scope="module")
def deployment(bootstrap: Deployment) -> Deployment:
    """The emulator, with the roles above in the spoke account."""
    iam = bootstrap.root_client("iam", SPOKE)
    for name, (policy, longest) in ROLES.items():
        iam.create_role(
            RoleName=name, Path="/hubspoke/", AssumeRolePolicyDocument=policy, MaxSessionDuration=longest
        )
        iam.put_role_policy(
            RoleName=name,
            PolicyName="work",
            PolicyDocument=document(
                allow(
                    "s3:ListAllMyBuckets",
                    {"StringEquals": {"aws:SourceIdentity": WHO["SourceIdentity"]}},
                    Resource="*",
                )
            ),
        )
    return bootstrap


def broker(deployment: Deployment, *statements: dict[str, Any]) -> Any:
    """Make STS as a session of the broker role, with just these permissions, as a function has one."""
    iam = deployment.root_client("iam")
    anyone = document(allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{HUB}:root"}))
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="broker", AssumeRolePolicyDocument=anyone)
    iam.put_role_policy(RoleName="broker", PolicyName="p", PolicyDocument=document(*statements))
    session = client(deployment, "sts", user(deployment, "starter", allow("sts:AssumeRole", Resource=BROKER)))
    session = session.assume_role(RoleArn=BROKER, RoleSessionName="vend")
    return client(deployment, "sts", session["Credentials"])


@pytest.fixture
def sts(deployment: Deployment) -> Any:
    """STS as the hub's function calls it, with the policy that the template gives it."""
    return broker(
        deployment,
        allow("sts:AssumeRole", NAMED, Resource="*"),
        allow("sts:SetSourceIdentity", Resource="*"),
        allow("sts:TagSession", Resource="*"),
    )


def assume(sts: Any, role: str, **parameters: Any) -> Any:
    arn = f"arn:aws:iam::{SPOKE}:role/hubspoke/{role}"
    return sts.assume_role(**{"RoleArn": arn, "RoleSessionName": "bot-1", **parameters})


def refused(sts: Any, role: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        assume(sts, role, **parameters)
    return str(caught.value.response["Error"]["Code"])


def test_a_source_identity_is_taken_and_returned(sts: Any) -> None:
    assert assume(sts, "named", **WHO)["SourceIdentity"] == WHO["SourceIdentity"]


def test_the_vended_session_carries_it_on(deployment: Deployment, sts: Any) -> None:
    named = assume(sts, "named", **WHO)["Credentials"]
    client(deployment, "s3", named).list_buckets()
    other = assume(sts, "named", SourceIdentity="user.111111111111.other")["Credentials"]
    with pytest.raises(ClientError, match="AccessDenied"):
        client(deployment, "s3", other).list_buckets()


def test_none_is_refused_by_a_policy_that_wants_one(sts: Any) -> None:
    assert refused(sts, "named") == "AccessDenied"


def test_the_trust_alone_can_want_one(deployment: Deployment) -> None:
    free = broker(deployment, *(allow(action, Resource="*") for action in ACTIONS))
    assert refused(free, "named") == "AccessDenied"
    assert "SourceIdentity" not in assume(free, "long")


def test_the_caller_alone_can_want_one(sts: Any) -> None:
    assert refused(sts, "long") == "AccessDenied"


def test_the_trust_can_match_on_it(sts: Any) -> None:
    assume(sts, "bot-only", **WHO)
    assert refused(sts, "bot-only", SourceIdentity="user.111111111111.mallory") == "AccessDenied"


def test_the_trust_must_let_it_be_set(sts: Any) -> None:
    assert refused(sts, "unnamed", **WHO) == "AccessDenied"


@pytest.mark.parametrize("missing", ACTIONS)
def test_the_caller_needs_each_action(deployment: Deployment, missing: str) -> None:
    less = broker(deployment, *(allow(action, Resource="*") for action in ACTIONS if action != missing))
    tags = [{"Key": "team", "Value": "blue"}]
    assert refused(less, "long", Tags=tags, **WHO) == "AccessDenied"


def test_the_trust_must_let_tags_be_set(sts: Any) -> None:
    assert refused(sts, "bot-only", Tags=[{"Key": "team", "Value": "blue"}], **WHO) == "AccessDenied"
    assume(sts, "named", Tags=[{"Key": "team", "Value": "blue"}], **WHO)


def test_a_role_is_found_by_its_whole_arn(sts: Any) -> None:
    assert refused(sts, "named", RoleArn=f"arn:aws:iam::{SPOKE}:role/named", **WHO) == "AccessDenied"
    assert refused(sts, "named", RoleArn=f"arn:aws:iam::{SPOKE}:role/other/named", **WHO) == "AccessDenied"
    assert refused(sts, "nosuch", **WHO) == "AccessDenied"


LARGE = document(allow("s3:ListAllMyBuckets", Resource="*", Sid="A" * 2048))
TAG = {"Key": "team", "Value": "blue"}


@pytest.mark.parametrize(
    ("role", "parameters"),
    [
        ("long", {"DurationSeconds": 3601}),
        ("long", {"DurationSeconds": 899}),
        ("long", {"DurationSeconds": 43201}),
        ("named", {"DurationSeconds": 7200}),
        ("named", {"RoleSessionName": "a b"}),
        ("named", {"RoleSessionName": "a"}),
        ("named", {"RoleSessionName": "a" * 65}),
        ("named", {"ExternalId": "x"}),
        ("named", {"Policy": LARGE}),
        ("named", {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]}),
    ],
)
def test_limits_are_validation_errors(sts: Any, role: str, parameters: dict[str, Any]) -> None:
    assert refused(sts, role, **WHO, **parameters) == "ValidationError"


@pytest.mark.parametrize(
    ("role", "right", "wrong"),
    [
        ("external-id", {"ExternalId": "xyz"}, {"ExternalId": "abc"}),
        ("external-id", {"ExternalId": "xyz"}, {}),
        ("session-name", {"RoleSessionName": "good-1"}, {"RoleSessionName": "bad-1"}),
        ("blue-only", {"Tags": [TAG]}, {"Tags": [{**TAG, "Value": "red"}]}),
        ("blue-only", {"Tags": [TAG]}, {"Tags": [{**TAG, "Key": "other"}]}),
    ],
)
def test_what_a_trust_asks_for_is_asked_for(
    sts: Any, role: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """The same call passes with the right thing, so it is that which is missing."""
    assume(sts, role, **WHO, **right)
    assert refused(sts, role, **WHO, **wrong) == "AccessDenied"


@pytest.mark.parametrize("role", ["not-ours", "denied", "another-organization"])
def test_a_trust_that_does_not_let_us_refuses(sts: Any, role: str) -> None:
    """Another principal, an explicit Deny beside an Allow, another organization."""
    assert refused(sts, role, **WHO) == "AccessDenied"


def test_a_role_outside_the_callers_own_policy_is_refused(deployment: Deployment) -> None:
    """Across accounts both sides decide: the trust lets the broker in, its own policy doesn't."""
    only = f"arn:aws:iam::{SPOKE}:role/hubspoke/long"
    narrow = broker(deployment, *(allow(action, Resource=only) for action in ACTIONS))
    assume(narrow, "long", **WHO)
    assert refused(narrow, "named", **WHO) == "AccessDenied"


def test_an_explicit_deny_of_the_callers_beats_its_allow(deployment: Deployment) -> None:
    deny = {**allow("sts:AssumeRole", Resource="*"), "Effect": "Deny"}
    denied = broker(deployment, *(allow(action, Resource="*") for action in ACTIONS), deny)
    assert refused(denied, "long", **WHO) == "AccessDenied"


@pytest.mark.parametrize("policy", ["{", '{"x": 1}', '{"Version": "2012-10-17", "Statement": [{}]}'])
def test_a_session_policy_that_is_none_is_refused(sts: Any, policy: str) -> None:
    assert refused(sts, "named", **WHO, Policy=policy) == "MalformedPolicyDocument"


@pytest.fixture
def worker(deployment: Deployment) -> Iterator[str]:
    """A role in the spoke that may list buckets and tables, for this test alone."""
    iam = deployment.root_client("iam", SPOKE)
    iam.create_role(
        RoleName="worker",
        Path="/hubspoke/",
        AssumeRolePolicyDocument=trust(*map(allow, ACTIONS)),
    )
    may = [allow(action, Resource="*") for action in ("s3:ListAllMyBuckets", "dynamodb:ListTables")]
    iam.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=document(*may))
    yield "worker"
    for name in iam.list_role_policies(RoleName="worker")["PolicyNames"]:
        iam.delete_role_policy(RoleName="worker", PolicyName=name)
    iam.delete_role(RoleName="worker")


def code(call: Callable[..., Any], **parameters: Any) -> str:
    """Call; return the error's code, or nothing."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_a_session_can_do_what_its_role_can_and_no_more(
    deployment: Deployment, sts: Any, worker: str
) -> None:
    key = assume(sts, worker, **WHO)["Credentials"]
    dynamodb = client(deployment, "dynamodb", key)
    assert code(dynamodb.list_tables) == code(client(deployment, "s3", key).list_buckets) == ""
    assert code(dynamodb.describe_table, TableName="any") == "AccessDeniedException"
    assert code(client(deployment, "iam", key).list_users) == "AccessDenied"


def test_a_session_policy_narrows_and_never_widens(deployment: Deployment, sts: Any, worker: str) -> None:
    policy = document(allow("s3:*", Resource="*"), allow("iam:*", Resource="*"))
    key = assume(sts, worker, **WHO, Policy=policy)["Credentials"]
    assert code(client(deployment, "s3", key).list_buckets) == ""
    assert code(client(deployment, "dynamodb", key).list_tables) == "AccessDeniedException"
    assert code(client(deployment, "iam", key).list_users) == "AccessDenied"
    assert code(client(deployment, "s3", key).create_bucket, Bucket="made") == "AccessDenied"


def test_a_revocation_ends_the_sessions_issued_before_it(
    deployment: Deployment, sts: Any, worker: str
) -> None:
    """As the console's "revoke active sessions" writes it: a Deny by aws:TokenIssueTime."""
    s3 = client(deployment, "s3", assume(sts, worker, **WHO)["Credentials"])
    assert code(s3.list_buckets) == ""

    def revoke(before: timedelta) -> None:
        when = (datetime.now(UTC) + before).strftime("%Y-%m-%dT%H:%M:%SZ")
        older = {"DateLessThan": {"aws:TokenIssueTime": when}}
        deny = {**allow("*", older, Resource="*"), "Effect": "Deny"}
        deployment.root_client("iam", SPOKE).put_role_policy(
            RoleName=worker, PolicyName="revoke", PolicyDocument=document(deny)
        )

    revoke(timedelta(minutes=-5))
    assert code(s3.list_buckets) == ""
    revoke(timedelta(minutes=5))
    assert code(s3.list_buckets) == "AccessDenied"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ({"SecretAccessKey": "wrong"}, "SignatureDoesNotMatch"),
        ({"SessionToken": None}, "InvalidClientTokenId"),
        ({"SessionToken": "bogus"}, "InvalidClientTokenId"),
        ({"AccessKeyId": "ASIAUNKNOWN123456789"}, "InvalidClientTokenId"),
        ({"AccessKeyId": "AKIAUNKNOWN123456789", "SessionToken": None}, "InvalidClientTokenId"),
    ],
)
def test_a_session_is_its_key_its_secret_and_its_token(
    deployment: Deployment, sts: Any, spoil: dict[str, Any], expected: str
) -> None:
    issued = assume(sts, "named", **WHO)["Credentials"]
    assert code(client(deployment, "sts", issued).get_caller_identity) == ""
    assert code(client(deployment, "sts", {**issued, **spoil}).get_caller_identity) == expected


def test_a_key_that_is_switched_off_is_no_key(deployment: Deployment) -> None:
    key = user(deployment, "leaver")
    sts = client(deployment, "sts", key)
    assert code(sts.get_caller_identity) == ""
    deployment.root_client("iam").update_access_key(
        UserName="leaver", AccessKeyId=key["AccessKeyId"], Status="Inactive"
    )
    assert code(sts.get_caller_identity) == "InvalidClientTokenId"


@pytest.mark.parametrize(("minutes", "accepted"), [(-20, False), (-3, True), (3, True), (20, False)])
def test_a_signature_is_good_for_some_minutes(
    deployment: Deployment, minutes: int, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SigV4's date may be off by five minutes, before and after."""
    sts = client(deployment, "sts", user(deployment, "starter"))
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: moment.replace(tzinfo=None))
    assert code(sts.get_caller_identity) == ("" if accepted else "SignatureDoesNotMatch")


def test_the_principal_arn_is_the_roles(sts: Any) -> None:
    assume(sts, "by-principal-arn", **WHO)


def test_a_deny_of_plain_http_does_not_hit_loopback(deployment: Deployment) -> None:
    s3 = deployment.root_client("s3")
    s3.create_bucket(Bucket="over-tls", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::over-tls/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="over-tls", Policy=document(deny))
    iam = deployment.root_client("iam")
    iam.create_user(UserName="writer")
    iam.put_user_policy(
        UserName="writer", PolicyName="p", PolicyDocument=document(allow("s3:PutObject", Resource="*"))
    )
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    assert "LOCALHUB" in key["AccessKeyId"]
    assert len(key["AccessKeyId"]) == 20
    client(deployment, "s3", key).put_object(Bucket="over-tls", Key="k", Body=b"")


def test_a_wrong_secret_is_refused(deployment: Deployment, sts: Any) -> None:
    issued = assume(sts, "named", **WHO)["Credentials"]
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(deployment, "sts", {**issued, "SecretAccessKey": "wrong"}).get_caller_identity()


IMPORTS = """
import importlib.util

def handler(event, context):
    return {name: importlib.util.find_spec(name) is not None for name in event}
"""


def test_a_function_sees_its_package_and_the_runtime_alone(deployment: Deployment) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("asked.py", IMPORTS)
    deployment.root_client("iam").create_role(
        RoleName="function",
        AssumeRolePolicyDocument=document(
            allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
        ),
    )
    functions = deployment.root_client("lambda")
    functions.create_function(
        FunctionName="asked",
        Runtime="python3.13",
        Handler="asked.handler",
        Role=f"arn:aws:iam::{HUB}:role/function",
        Code={"ZipFile": zipped.getvalue()},
    )
    there = ["asked", "json", "ssl", "boto3", "botocore", "urllib3"]
    absent = ["hubspoke_contract", "hubspoke_grants", "hubspoke_local", "cedarpy", "requests", "pytest"]
    reply = functions.invoke(FunctionName="asked", Payload=json.dumps(there + absent))
    found = json.loads(reply["Payload"].read())
    assert found == dict.fromkeys(there, True) | dict.fromkeys(absent, False)


def test_the_emulator_ends_with_whoever_started_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    emulator.start()
    process = emulator._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()  # as the system does for a process that is killed
    assert process.wait(10) in (0, -signal.SIGTERM)
    assert not emulator.alive()
