"""The handler, with any event: always a well-formed answer and one audit record, never a fault of ours."""

# ruff: noqa: S101 - an assertion is how a target says that a promise is broken

import copy
import importlib
import io
import json
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest

from hubspoke_admin.source import build
from hubspoke_contract.errors import RETRY_AFTER, STATUS, Code, Problem
from hubspoke_contract.names import account_id
from hubspoke_contract.reply import Credentials, Identity, RolesPage
from hubspoke_grants import bundle
from soak.fuzz.take import Take, put
from soak.fuzz.wire import Answer, answer_with
from tests.support.fake_aws import FakeAws
from tests.unit.vending.conftest import ENVIRONMENT

_ROOT: Final = Path(__file__).parents[2]
_SAMPLES: Final = [json.loads(path.read_text()) for path in sorted((_ROOT / "events").glob("*.json"))]
_IDENTITY: Final = ("userArn", "accountId", "caller", "user", "principalOrgId", "sourceIp", "userAgent")
_PLACES: Final[list[tuple[str, ...]]] = [
    ("body",),
    ("path",),
    ("httpMethod",),
    ("resource",),
    ("queryStringParameters",),
    ("multiValueQueryStringParameters",),
    ("headers",),
    ("multiValueHeaders",),
    ("pathParameters",),
    ("stageVariables",),
    ("isBase64Encoded",),
    ("queryStringParameters", "NextToken"),
    ("headers", "content-type"),
    ("requestContext",),
    ("requestContext", "path"),
    ("requestContext", "stage"),
    ("requestContext", "requestId"),
    ("requestContext", "identity"),
    *(("requestContext", "identity", name) for name in _IDENTITY),
]
_CONTEXT: Final = SimpleNamespace(aws_request_id="lambda", get_remaining_time_in_millis=lambda: 28_000)


def seeds() -> list[bytes]:
    """Give the sample events, whole and with each of their parts replaced."""
    whole = [b"\0" + json.dumps(sample).encode() for sample in _SAMPLES]
    vend = next(place for place, sample in enumerate(_SAMPLES) if sample["httpMethod"] == "POST")
    patched = [put(64, vend, place, 0, "x") for place in range(len(_PLACES))]
    typed = [put(64, vend, place, 3, '{"a": [7]}') for place in range(len(_PLACES))]
    bodies = [
        put(64, vend, 0, 0, body)
        for body in (
            '{"DurationSeconds": 900, "Reason": "why", "Tags": [{"Key": "a", "Value": "b"}]}',
            '{"SessionPolicy": "read-only", "DurationSeconds": 1e400}',
        )
    ]
    return [*whole, *patched, *typed, *bodies]


def one(data: bytes) -> None:
    """Hand the handler one event."""
    event = _event(data)
    hub = _hub()
    hub.forget()
    reply = hub.handler.handler(copy.deepcopy(event), _CONTEXT)
    (record,) = hub.records()
    _check_shape(reply)
    document = json.loads(reply["body"])
    if reply["statusCode"] == 200:
        _check_answer(document, hub.aws)
        return
    problem = Problem[record["outcome"]]
    assert document.keys() == {"Code", "Message", "RequestId"}, document
    assert (document["Code"], document["Message"]) == (problem.code.value, problem.message)
    assert reply["statusCode"] == STATUS[Code(document["Code"])]
    assert ("Retry-After" in reply["multiValueHeaders"]) == (problem.code in RETRY_AFTER)
    # A fault of ours is only excused where the event is none that API Gateway could send.
    assert problem is not Problem.Internal or not _is_gateways(event), record
    assert problem is Problem.Internal or reply["statusCode"] < 500, record


def _event(data: bytes) -> Any:
    take = Take(data)
    if take.byte() < 64:
        text = take.rest().decode("utf-8", "surrogateescape")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    event = copy.deepcopy(take.choice(_SAMPLES))
    for _ in range(6):
        if not take.more:
            break
        *outer, last = take.choice(_PLACES)
        inner: Any = event
        for key in outer:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner[last] = take.value()
    return event


def _is_gateways(event: Any) -> bool:
    """Tell whether an event has the types that API Gateway documents for a proxy integration."""
    if not isinstance(event, dict):
        return False

    def mapping(name: str, is_value: Any) -> bool:
        found = event.get(name)
        return found is None or (isinstance(found, dict) and all(map(is_value, found.values())))

    def is_text(value: Any) -> bool:
        return isinstance(value, str)

    def are_texts(value: Any) -> bool:
        return isinstance(value, list) and bool(value) and all(map(is_text, value))

    return (
        all(is_text(event.get(name)) for name in ("path", "httpMethod", "resource"))
        and isinstance(event.get("isBase64Encoded"), bool)
        and (event.get("body") is None or is_text(event["body"]))
        and all(
            mapping(name, is_text)
            for name in ("headers", "queryStringParameters", "pathParameters", "stageVariables")
        )
        and all(mapping(name, are_texts) for name in ("multiValueHeaders", "multiValueQueryStringParameters"))
    )


def _check_shape(reply: Any) -> None:
    assert reply.keys() >= {"statusCode", "multiValueHeaders", "body", "isBase64Encoded"}, reply
    assert reply["isBase64Encoded"] is False
    assert reply["statusCode"] in (200, *STATUS.values())
    headers = reply["multiValueHeaders"]
    assert headers["Cache-Control"] == ["no-store"]
    assert headers["Content-Type"] == ["application/json"]
    assert all(isinstance(value, str) for values in headers.values() for value in values)
    json.dumps(reply).encode()


def _check_answer(document: Any, aws: FakeAws) -> None:
    if "SecretAccessKey" in document:
        row = aws.rows[Credentials.from_document(document).vend_id]
        assert row["Outcome"] == {"S": "Vended"}
        assert "SecretAccessKey" not in row
    elif "Roles" in document:
        RolesPage.from_document(document)
    elif "Vends" in document:
        assert document.keys() <= {"Vends", "NextToken"}
        assert all({"VendId", "Outcome"} < row.keys() for row in document["Vends"])
    elif "Principal" in document:
        assert account_id(Identity.from_document(document).account)
    else:
        assert document.keys() == {"Version", "BundleVersion", "BundleAgeSeconds"}


class _Hub:
    """The function, freshly started, with AWS answering in the same process."""

    def __init__(self) -> None:
        self.aws = FakeAws()
        self._bundle = bundle.encode(build(_ROOT / "grants"))
        self._log = io.StringIO()
        for name in [name for name in os.environ if name.startswith(("AWS_", "HUBSPOKE_", "POWERTOOLS_"))]:
            del os.environ[name]
        os.environ |= ENVIRONMENT
        # Its audit records and its metrics both go to standard output, which it takes at its start.
        sys.stdout = self._log
        self.handler: ModuleType = importlib.import_module("vending.handler")
        self.forget()
        hub = self.handler.hub
        for client in (hub.sts, hub.ledger.dynamodb, hub.bundles._s3):
            answer_with(client, self._answer)

    def forget(self) -> None:
        """Forget the request before."""
        self.aws.reset()
        self.aws.bundle = self._bundle
        self._log.seek(0)
        self._log.truncate()

    def records(self) -> list[dict[str, Any]]:
        """Give the audit records of this request."""
        lines = [json.loads(line) for line in self._log.getvalue().splitlines() if line.startswith("{")]
        return [line["audit"] for line in lines if line.get("message") == "audit"]

    def _answer(self, request: AWSPreparedRequest) -> Answer:
        # A client's headers may be bytes, and its body text: what is sent on a socket is neither.
        raw: dict[str, Any] = dict(request.headers.items())
        headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in raw.items()}
        body: Any = request.body or b""
        asked: Any = SimpleNamespace(command=request.method, headers=_Headers(headers))
        reply = self.aws.answer(asked, body.encode() if isinstance(body, str) else body)
        return Answer(reply.status, reply.body, {"Content-Type": reply.content_type, **reply.headers})


class _Headers(dict[str, str]):
    """Headers, found in any case."""

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


@cache
def _hub() -> _Hub:
    return _Hub()
