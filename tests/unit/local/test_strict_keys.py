"""Whose signature counts on the emulator, and what an API says when its function fails.

Requests are signed by hand, with botocore's own signer, and sent over the socket as they are.
"""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from hubspoke_local.deploy import Deployment
from hubspoke_local.emulator import Emulator
from tests.support.accounts import HUB, REGION, SPOKE, allow, client, document, user

ROOT = Path(__file__).parents[3]
PLANTED = "planted-4f1c0e"
WHO_AM_I = urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"})
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

FUNCTION = f"""
import json, os

SECRET = "{PLANTED}"

def handler(event, context):
    asked = event["queryStringParameters"]["how"]
    if asked == "raise":
        raise KeyError(SECRET)
    if asked == "exit":
        os._exit(3)
    if asked == "environment":
        return {{"statusCode": 200, "body": json.dumps(dict(os.environ))}}
    return {{
        "text": SECRET,
        "list": [SECRET],
        "nothing": None,
        "no status": {{"body": SECRET}},
        "a status in words": {{"statusCode": SECRET, "body": ""}},
        "a body of another type": {{"statusCode": 200, "body": {{"a": SECRET}}}},
        "well": {{"statusCode": 200, "body": json.dumps({{"well": True}})}},
    }}[asked]
"""


@dataclass(frozen=True, slots=True)
class Api:
    """A deployed API with one method, which IAM guards and a function serves."""

    url: str
    deployment: Deployment
    key: dict[str, str]
    """Of a user that may call it."""


@pytest.fixture(scope="module")
def api(bootstrap: Deployment) -> Api:
    """Deploy it piece by piece, so that no template stands in between."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("fails.py", FUNCTION)
    service = {"Principal": {"Service": "lambda.amazonaws.com"}}
    bootstrap.root_client("iam").create_role(
        RoleName="fails", AssumeRolePolicyDocument=document(allow("sts:AssumeRole", **service))
    )
    functions = bootstrap.root_client("lambda")
    arn = functions.create_function(
        FunctionName="fails",
        Runtime="python3.13",
        Handler="fails.handler",
        Role=f"arn:aws:iam::{HUB}:role/fails",
        Code={"ZipFile": zipped.getvalue()},
    )["FunctionArn"]
    gateway = bootstrap.root_client("apigateway")
    name = gateway.create_rest_api(name="fails")["id"]
    root = gateway.get_resources(restApiId=name)["items"][0]["id"]
    where = {"restApiId": name, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**where, authorizationType="AWS_IAM")
    gateway.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
    )
    gateway.create_deployment(restApiId=name, stageName="prod")
    functions.add_permission(
        FunctionName="fails",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{HUB}:{name}/*/GET/",
    )
    may = user(bootstrap, "may-call", allow("execute-api:Invoke", Resource="*"))
    return Api(f"{bootstrap._endpoint}/_aws/execute-api/{name}/prod/", bootstrap, may)


def send(
    method: str,
    url: str,
    key: tuple[str, str] | None,
    service: str = "execute-api",
    region: str = REGION,
    *,
    body: str = "",
    headers: dict[str, str] | None = None,
    signer: Callable[..., Any] = SigV4Auth,
) -> requests.Response:
    """Sign for a service and a Region, and send; without a key, send unsigned."""
    request = AWSRequest(method, url, headers=headers or {}, data=body)
    if key is not None:
        signer(Credentials(*key), service, region).add_auth(request)
    prepared = request.prepare()
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method, prepared.url, headers=dict(prepared.headers), data=body, allow_redirects=False
        )


def pair(key: dict[str, str]) -> tuple[str, str]:
    return key["AccessKeyId"], key["SecretAccessKey"]


# ---- the credential scope

WRONG_REGION = "Credential should be scoped to a valid region, not 'us-east-1'. "


def wrong_service(right: str) -> str:
    return f"Credential should be scoped to correct service: '{right}'. "


API_SCOPES = [
    ("s3", REGION, wrong_service("execute-api")),
    ("sts", REGION, wrong_service("execute-api")),
    ("apigateway", REGION, wrong_service("execute-api")),
    ("execute-api", "us-east-1", WRONG_REGION),
    ("sts", "us-east-1", WRONG_REGION + wrong_service("execute-api")),
]


def test_an_api_takes_its_own_scope(api: Api) -> None:
    """The counterpart of what follows, by header and by query."""
    for signer in (SigV4Auth, SigV4QueryAuth):
        answer = send("GET", api.url + "?how=well", pair(api.key), signer=signer)
        assert (answer.status_code, answer.json()) == (200, {"well": True})


@pytest.mark.parametrize("signer", [SigV4Auth, SigV4QueryAuth])
@pytest.mark.parametrize(("service", "region", "said"), API_SCOPES)
def test_an_api_refuses_another_scope(
    api: Api, service: str, region: str, said: str, signer: Callable[..., Any]
) -> None:
    """API Gateway's words for it, seen in reports of people who signed for the wrong thing."""
    answer = send("GET", api.url + "?how=well", pair(api.key), service, region, signer=signer)
    assert answer.status_code == 403
    assert answer.json() == {"message": said}
    assert answer.headers["x-amzn-errortype"] == "InvalidSignatureException"
    assert answer.headers["content-type"] == "application/json"


STS_SCOPES = [
    ("execute-api", REGION, wrong_service("sts")),
    ("s3", REGION, wrong_service("sts")),
    ("iam", REGION, wrong_service("sts")),
    ("dynamodb", REGION, wrong_service("sts")),
    ("sts", "us-east-1", WRONG_REGION),
    ("iam", "us-east-1", WRONG_REGION + wrong_service("sts")),
]


def sts(deployment: Deployment, key: tuple[str, str] | None, *scope: str, **rest: Any) -> requests.Response:
    return send(
        "POST", deployment._endpoint + "/", key, *(scope or ("sts",)), body=WHO_AM_I, headers=FORM, **rest
    )


def test_sts_takes_its_own_scope(api: Api) -> None:
    assert sts(api.deployment, pair(api.key), "sts", REGION).status_code == 200


@pytest.mark.parametrize(("service", "region", "said"), STS_SCOPES)
def test_sts_refuses_another_scope(api: Api, service: str, region: str, said: str) -> None:
    """A regional endpoint of STS, whatever the signature was made for otherwise."""
    answer = sts(api.deployment, pair(api.key), service, region)
    assert answer.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    assert f"<Message>{said}</Message>" in answer.text.replace("&apos;", "'").replace("&#x27;", "'")


def test_assume_role_of_another_scope_gives_nothing(api: Api) -> None:
    """Not only who one is: an AssumeRole signed for the hub's API is no AssumeRole."""
    body = urlencode(
        {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": f"arn:aws:iam::{HUB}:role/fails",
            "RoleSessionName": "x1",
        }
    )
    answer = send("POST", api.deployment._endpoint + "/", pair(api.key), body=body, headers=FORM)
    assert answer.status_code == 403
    assert "AccessKeyId" not in answer.text


# ---- root, and nobody

BOGUS = ("00" * 32, "bootstrap", "test", "")
KEYS: dict[str, tuple[str, str] | None] = {
    "nobody": None,
    "test": ("test", "test"),
    "the hub's root": (HUB, "test"),
    "the hub's root, another secret": (HUB, BOGUS[0]),
    "the hub's root, the old secret": (HUB, BOGUS[1]),
    "a spoke's root": (SPOKE, "test"),
    "a root of nowhere": ("999999999999", "test"),
}


def calls(deployment: Deployment, key: tuple[str, str] | None) -> dict[str, requests.Response]:
    """Ask something harmless of each service that matters."""
    url, json_1_0 = deployment._endpoint, "application/x-amz-json-1.0"
    tables = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": json_1_0}
    users = urlencode({"Action": "ListUsers", "Version": "2010-05-08"})
    return {
        "sts": sts(deployment, key),
        "s3": send("GET", url + "/", key, "s3"),
        "an object": send("GET", url + "/private/object", key, "s3"),
        "dynamodb": send("POST", url + "/", key, "dynamodb", body="{}", headers=tables),
        "iam": send("POST", url + "/", key, "iam", "us-east-1", body=users, headers=FORM),
        "lambda": send("GET", url + "/2015-03-31/functions/", key, "lambda"),
    }


@pytest.fixture(scope="module")
def private(bootstrap: Deployment) -> None:
    """Something to find, were it shown."""
    s3 = bootstrap.root_client("s3")
    s3.create_bucket(Bucket="private", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="private", Key="object", Body=PLANTED.encode())


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("name", KEYS)
def test_no_service_honours_a_key_that_anybody_could_write(name: str, api: Api) -> None:
    """What the emulator alone takes for root, and what isn't signed, gets nowhere."""
    answers = calls(api.deployment, KEYS[name])
    answers["the api"] = send("GET", api.url + "?how=well", KEYS[name])
    for service, answer in answers.items():
        assert answer.status_code in (400, 403), service
        assert PLANTED not in answer.text
        assert "well" not in answer.text
    assert answers["the api"].headers["x-amzn-errortype"] in (
        "UnrecognizedClientException",
        "MissingAuthenticationTokenException",
    )


@pytest.mark.usefixtures("private")
def test_the_bootstrap_secret_is_for_the_control_plane_alone(api: Api) -> None:
    """Deploying works with it; STS and the API know no root even so."""
    key = (HUB, api.deployment._bootstrap.reveal())
    answers = calls(api.deployment, key)
    assert {name for name, answer in answers.items() if answer.status_code == 200} == answers.keys() - {"sts"}
    assert answers["an object"].text == PLANTED
    assert answers["sts"].status_code == 403
    refused = send("GET", api.url + "?how=well", key)
    assert (refused.status_code, "well" in refused.text) == (403, False)


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("AWSAccessKeyId=111111111111&Signature=x&Expires=9999999999", {}),
        ("AWSAccessKeyId=test&Signature=x&Expires=9999999999", {}),
        ("X-Amz-Credential=111111111111/20261124/eu-west-1/s3/aws4_request", {}),
        ("", {"Authorization": "AWS 111111111111:x"}),
        ("", {"Authorization": "AWS test:x"}),
        ("", {"Authorization": "Basic dGVzdDp0ZXN0"}),
        ("", {"Authorization": "Bearer Credential=111111111111/20261124/eu-west-1/s3/aws4_request"}),
        ("", {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261124/eu-west-1/s3/aws4_request"}),
        (
            "",
            {"Authorization": "AWS4-HMAC-SHA256 Credential=111111111111/20261124/eu-west-1/s3/aws4_request"},
        ),
    ],
)
def test_no_other_way_of_naming_a_key_makes_one_root(query: str, headers: dict[str, str], api: Api) -> None:
    for url in (api.deployment._endpoint + "/private/object", api.url):
        answer = send("GET", f"{url}?how=well&{query}", None, headers=headers)
        assert answer.status_code in (400, 403)
        assert PLANTED not in answer.text
        assert "well" not in answer.text


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize("key", [(HUB, "test"), ("test", "test")])
def test_a_presigned_url_of_root_opens_nothing(key: tuple[str, str], bootstrap: Deployment) -> None:
    by_anybody = client(bootstrap, "s3", {"AccessKeyId": key[0], "SecretAccessKey": key[1]})
    url = by_anybody.generate_presigned_url("get_object", Params={"Bucket": "private", "Key": "object"})
    answer = send("GET", url, None)
    assert answer.status_code == 403
    assert PLANTED not in answer.text


@pytest.mark.parametrize(
    "path", ["reset", "config", "ready", "lambda-code/fails", "ses/messages", "health/x"]
)
def test_the_emulators_own_paths_are_closed(path: str, bootstrap: Deployment) -> None:
    """They would reset and configure it, for anybody."""
    for method in ("GET", "POST"):
        answer = send(method, f"{bootstrap._endpoint}/_ministack/{path}", None)
        assert answer.status_code == 403
    assert send("GET", bootstrap._endpoint + "/_ministack/health", None).status_code == 200


def test_the_secret_is_not_in_the_functions_environment(api: Api) -> None:
    """Nor in the emulator's: functions inherit that."""
    answer = send("GET", api.url + "?how=environment", pair(api.key))
    assert answer.json()["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert api.deployment._bootstrap.reveal() not in answer.text


def test_each_run_has_its_own_secret(emulator: Emulator, tmp_path: Path) -> None:
    other = Emulator(tmp_path)
    assert emulator.bootstrap != other.bootstrap
    assert len(other.bootstrap.reveal()) >= 32
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        Deployment(emulator.endpoint, other.bootstrap).root_client("iam").list_users()


@pytest.mark.parametrize("line", ["", "\n", "short\n"])
def test_it_does_not_start_without_one(line: str, tmp_path: Path) -> None:
    """An emulator without a secret would have a root that anybody is."""
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_local.strict"],
        input=line,
        env={**os.environ, "AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "bootstrap secret" in done.stderr


# ---- what an API says


@pytest.mark.parametrize(
    "how",
    [
        "raise",
        "exit",
        "text",
        "list",
        "nothing",
        "no status",
        "a status in words",
        "a body of another type",
    ],
)
def test_a_functions_failure_is_nobodys_to_read(how: str, api: Api) -> None:
    """Lambda developer guide: a function's error or malformed reply is a 502 with a fixed text."""
    answer = send("GET", f"{api.url}?how={quote(how)}", pair(api.key))
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})
    assert answer.headers["content-type"] == "application/json"
    assert PLANTED not in answer.text + str(answer.headers)


def test_it_says_why_in_the_functions_log_alone(api: Api) -> None:
    """The control of the test above: the secret was there to be shown."""
    send("GET", api.url + "?how=raise", pair(api.key))
    logs = api.deployment.root_client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/fails")["events"]
    assert PLANTED in "".join(event["message"] for event in events)


def test_a_caller_without_a_policy_is_refused_as_on_aws(api: Api) -> None:
    """403, ``Message`` capitalised, and the type in a header, as a REST API does it."""
    stranger = user(api.deployment, "may-not-call")
    answer = send("GET", api.url + "?how=well", pair(stranger))
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"Message"}
    assert "is not authorized to perform: execute-api:Invoke" in answer.json()["Message"]


def test_a_wrong_signature_is_refused_as_on_aws(api: Api) -> None:
    answer = send("GET", api.url + "?how=well", (api.key["AccessKeyId"], "wrong"))
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == "InvalidSignatureException"
    assert answer.json().keys() == {"message"}
