"""The emulator as it runs here decides as STS and IAM do: the canary for the mends.

Each case is what AWS documents; where one fails after a change of ministack, the mend of that name in
``hubspoke_local.strict`` needs another look.
"""

import io
import json
import signal
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hubspoke_local.deploy import Deployment
from hubspoke_local.emulator import Emulator

HUB, SPOKE = "111111111111", "222222222222"
BROKER = f"arn:aws:iam::{HUB}:role/broker"
NAMED = {"Null": {"sts:SourceIdentity": "false"}}
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
WHO = {"SourceIdentity": "user.111111111111.bot"}


def allow(action: str, condition: Any = None, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **rest, **({"Condition": condition} if condition else {})}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


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
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        emulator.start()
        made = Deployment(emulator.endpoint)
        iam = made.root_client("iam", SPOKE)
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
        yield made
    finally:
        emulator.stop()


def client(deployment: Deployment, service: str, key: dict[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=deployment._endpoint,
        region_name="eu-west-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
        config=Config(retries={"max_attempts": 0}),
    )


def broker(deployment: Deployment, *statements: dict[str, Any]) -> Any:
    """Make STS as a session of the broker role, with just these permissions, as a function has one."""
    iam = deployment.root_client("iam")
    anyone = document(allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{HUB}:root"}))
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="broker", AssumeRolePolicyDocument=anyone)
    iam.put_role_policy(RoleName="broker", PolicyName="p", PolicyDocument=document(*statements))
    session = deployment.root_client("sts").assume_role(RoleArn=BROKER, RoleSessionName="vend")
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


@pytest.mark.parametrize(
    ("role", "parameters"),
    [
        ("long", {"DurationSeconds": 3601}),
        ("named", {"DurationSeconds": 7200}),
        ("named", {"RoleSessionName": "a b"}),
    ],
)
def test_limits_are_validation_errors(sts: Any, role: str, parameters: dict[str, Any]) -> None:
    assert refused(sts, role, **WHO, **parameters) == "ValidationError"


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
