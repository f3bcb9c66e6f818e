"""STS's reply, through botocore's parser: a session of the very role that was asked for, or a problem."""

# ruff: noqa: S101, PT017 - an assertion is how a target says that a promise is broken

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from unittest import mock
from xml.etree import ElementTree

import boto3
from botocore.config import Config

from hubspoke_contract.errors import Refused
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.decision import Permit
from soak.fuzz.take import Take
from soak.fuzz.wire import Answer, answer_with
from tests.support.fake_aws import sts_error, sts_session
from vending import sts

_STATUSES: Final = (200, 200, 200, 400, 403, 500, 503, 301, 204)
_PROFILE: Final = RoleProfile(
    name="automation",
    role=RoleName("automation-spoke-role"),
    path="/hubspoke/",
    external_id=None,
    max_duration=3600,
    session_policies=(),
    tags=(),
    caller_tag_keys=frozenset(),
    vends_per_minute=600,
)
_ASKED: Final = sts.Assumption(
    partition="aws",
    target=Target(AccountId("222222222222"), RoleName("automation-spoke-role")),
    permit=Permit(_PROFILE, duration=900, session_policy=None, tags=(), policies=("p",)),
    session_name="inventory-bot-01",
    source_identity="user.111111111111.inventory-bot",
)


def seeds() -> list[bytes]:
    """Give a good reply, good ones about somebody else, and STS's errors."""
    good = sts_session(_wire(), "secret", "token").body
    others = [
        sts_session(_wire(), "secret", "token", **change).body
        for change in (
            {"Arn": "arn:aws:sts::222222222222:assumed-role/admin/inventory-bot-01"},
            {"SourceIdentity": None},
            {"Expiration": None},
            {"AccessKeyId": "AKIAFAKEFAKEFAKEFAKE"},
        )
    ]
    errors = [sts_error(400, code).body for code in ("AccessDenied", "Throttling", "ExpiredToken", "Unknown")]
    return [b"\0" + body for body in (good, *others)] + [b"\3" + body for body in errors]


def one(data: bytes) -> None:
    """Have STS answer with one body."""
    take = Take(data)
    stub = _stub()
    stub.answer = Answer(take.choice(_STATUSES), body := take.rest(), {"Content-Type": "text/xml"})
    began = datetime.now(UTC)
    try:
        # Without the waits between attempts, which are no part of what is read here.
        with mock.patch.object(sts, "BACKOFF", 0.0):
            session, _ = sts.assume(stub.client, _ASKED, time.monotonic() + 5)
    except Refused as refused:
        assert refused.__context__ is None
        return
    _check(session, body, began)


def _check(session: sts.Session, body: bytes, began: datetime) -> None:
    """Look at what was believed with another parser's eyes."""
    texts: dict[str, set[str]] = {}
    for element in ElementTree.fromstring(body).iter():  # noqa: S314 - nothing else is at stake
        texts.setdefault(element.tag.rpartition("}")[2], set()).add(element.text or "")
    assert stub_arn() in texts["Arn"]
    assert _ASKED.source_identity in texts["SourceIdentity"]
    assert session.access_key_id in texts["AccessKeyId"]
    assert session.access_key_id.startswith("ASIA")
    assert session.secret_access_key.reveal() in texts["SecretAccessKey"]
    assert session.session_token.reveal() in texts["SessionToken"]
    assert session.secret_access_key.reveal()
    assert began - timedelta(seconds=1) < session.expiration < began + timedelta(seconds=900 + 310)


def stub_arn() -> str:
    """Write the ARN that the session must have, without the code that is being tested."""
    return "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-01"


def _wire() -> dict[str, str]:
    return {
        "RoleArn": "arn:aws:iam::222222222222:role/hubspoke/automation-spoke-role",
        "RoleSessionName": "inventory-bot-01",
        "SourceIdentity": "user.111111111111.inventory-bot",
        "DurationSeconds": "900",
    }


class _Stub:
    """An STS client, and what its next call is answered with."""

    def __init__(self) -> None:
        self.answer = Answer(200, b"", {})
        self.client: Any = boto3.client(
            "sts",
            region_name="eu-west-1",
            aws_access_key_id="ASIAHUBHUBHUBHUBHUBH",
            aws_secret_access_key="hub",  # noqa: S106 - a fuzzer's
            config=Config(retries={"total_max_attempts": 1}),
        )
        answer_with(self.client, lambda _: self.answer)


@cache
def _stub() -> _Stub:
    return _Stub()
