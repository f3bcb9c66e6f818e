"""The stage of a fault: the function in a warm execution environment, and AWS at the other end.

The handler's module is imported once for all faults of a line, as Lambda would keep it: what a fault
leaves behind in it meets the next one. AWS is on loopback sockets.
"""

import dataclasses
import importlib
import json
import logging
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config
from botocore.retries.standard import ExponentialBackoff

from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws
from tests.unit.vending.conftest import ENVIRONMENT, STARTING_BUNDLE, event
from vending.audit import AuditStream
from vending.bundles import Bundles, Moment
from vending.deadline import Deadlines

_CONTEXT = SimpleNamespace(aws_request_id="lambda-request-id", get_remaining_time_in_millis=lambda: 28_000)

WHOLE_REQUEST = 25.0
"""Seconds in which a request ends, whatever happens (docs/architecture.md)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a request comes to: for the caller, and in the audit record."""

    status: int
    code: str
    name: str


GRANTED = Outcome(200, "OK", "Vended")


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """All that one request left behind."""

    reply: dict[str, Any]
    outcome: Outcome
    record: dict[str, Any]
    counted: set[str]
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The reply's body."""
        document: dict[str, Any] = json.loads(self.reply["body"])
        return document


class Clock:
    """Both clocks of the loader, which a test moves."""

    def __init__(self) -> None:
        self._now = Moment.now()

    def __call__(self) -> Moment:
        return self._now

    def move(self, seconds: float) -> None:
        """Let time pass, as it does."""
        self._now = Moment(self._now.monotonic + seconds, self._now.wall + seconds)


@dataclasses.dataclass
class Scene:
    """One test's stage."""

    function: ModuleType
    aws: FakeAws
    sts: FakeAws
    """The same as ``aws`` unless STS has a line of its own."""
    elsewhere: FakeAws
    """A server that nobody may ever talk to."""
    canaries: Canaries
    capfd: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    patch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        for server in (self.aws, self.sts, self.elsewhere):
            server.reset()
        self.aws.bundle = STARTING_BUNDLE
        self.sts.secret = self.canaries.plant("secret key")
        self.sts.token = self.canaries.plant("session token")
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.canaries.adopt(f"the hub's own {name}", ENVIRONMENT[name])
        self.clock = Clock()
        self._well = self.sts.sts, self.sts.front
        self._hurried = pytest.MonkeyPatch()
        # The waits between attempts, and nothing else of them: STS's are ours, the others' botocore's.
        self.patch.setattr("vending.sts.BACKOFF", 0.001)
        self.patch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)
        # The loader begins anew, so that each test has its own bundle and its own time.
        used = self.function.bundles
        bundles = Bundles(used._s3, used._place, used._max_age, self.clock)
        self.patch.setattr(self.function, "bundles", bundles)
        self.patch.setattr(self.function, "hub", dataclasses.replace(self.function.hub, bundles=bundles))

    def hurry(self, **seconds: float) -> None:
        """Have a part of a request end after fewer seconds than it may, so that tests of it are short."""
        of = Deadlines.of
        self._hurried.setattr(
            Deadlines,
            "of",
            lambda began: dataclasses.replace(
                of(began), **{part: began + length for part, length in seconds.items()}
            ),
        )

    def lose_patience(self, seconds: float) -> None:
        """Have STS's client give up on a silent connection sooner than it does."""
        used = self.function.hub.sts
        impatient = self.function._session.client(
            "sts",
            endpoint_url=used.meta.endpoint_url,
            config=used.meta.config.merge(Config(connect_timeout=seconds, read_timeout=seconds)),
            verify=used._endpoint.http_session._verify,
        )
        self._hurried.setattr(self.function, "hub", dataclasses.replace(self.function.hub, sts=impatient))

    def meet_by(self, front: Callable[[socket.socket], socket.socket]) -> None:
        """Say how STS meets a connection when all is well; each call then gets a connection of its own."""
        answer = self.sts.sts
        closing = {"Connection": "close"}
        self._well = lambda params: dataclasses.replace(answer(params), headers=closing), front

    def move_sts(self, server: FakeAws) -> None:
        """Have another server be STS."""
        server.secret, server.token = self.sts.secret, self.sts.token
        self.sts = server

    def take_time(self) -> None:
        """Have all parts of a request end when they do, and the function's own client be patient."""
        self._hurried.undo()

    def mend(self) -> None:
        """Let all be well again; what still drips or hangs goes on doing so."""
        self.take_time()
        self.aws.faults.clear()
        self.aws.lost_replies.clear()
        self.aws.quarantine.clear()
        self.aws.bundle = STARTING_BUNDLE
        self.aws.bucket_owner = ENVIRONMENT["HUBSPOKE_BUNDLE_OWNER"]
        self.sts.sts, self.sts.front = self._well

    def vend(self, sample: str = "vend") -> Seen:
        """Have the handler answer one request, and look at everything it wrote meanwhile."""
        self.caplog.clear()
        self.capfd.readouterr()
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            (stream,) = [found for found in self.function.logger.handlers if isinstance(found, AuditStream)]
            patch.setattr(stream, "stream", sys.stdout)
            reply: dict[str, Any] = self.function.handler(event(sample), _CONTEXT)
        seconds = time.monotonic() - began
        written, complained = self.capfd.readouterr()
        self.canaries.check("stdout", written)
        self.canaries.check("stderr", complained)
        self.canaries.check("the logs", repr([vars(record) for record in self.caplog.records]))
        assert [record.name for record in self.caplog.records if record.levelno >= logging.WARNING] == []
        self.canaries.check("the headers", json.dumps(reply["multiValueHeaders"]))
        self.canaries.check("the ledger", json.dumps(self.aws.rows))
        lines = [json.loads(line) for line in written.splitlines()]
        (record,) = [line["audit"] for line in lines if line.get("message") == "audit"]
        (metrics,) = [line["_aws"]["CloudWatchMetrics"] for line in lines if "_aws" in line]
        assert len(lines) == 2, lines
        if reply["statusCode"] != 200:
            self.canaries.check("the body", reply["body"])
            document = json.loads(reply["body"])
            assert document.keys() == {"Code", "Message", "RequestId"}
            assert document["Code"] == record["code"]
        return Seen(
            reply=reply,
            outcome=Outcome(reply["statusCode"], record["code"], record["outcome"]),
            record=record,
            counted={metric["Name"] for directive in metrics for metric in directive["Metrics"]},
            seconds=seconds,
        )

    def check_refusal(self, seen: Seen, expected: Outcome) -> None:
        """Check what every refused request has to show, whatever refused it."""
        assert seen.outcome == expected
        assert expected.name in seen.counted
        assert "Vended" not in seen.counted
        assert seen.seconds < WHOLE_REQUEST
        assert ("Retry-After" in seen.reply["multiValueHeaders"]) == (expected.status == 503)
        assert self.elsewhere.calls == []

    def check_granted(self) -> Seen:
        """Check that a vend is granted, recorded, and its caller's own."""
        seen = self.vend()
        assert seen.outcome == GRANTED, seen.record
        row = self.row(seen.record["vend_id"])
        assert row["Outcome"] == "Vended"
        assert row["AccessKeyId"] == seen.document["AccessKeyId"]
        assert seen.document["SecretAccessKey"] == self.sts.secret
        assert seen.document["SessionToken"] == self.sts.token
        assert seen.document["AssumedRoleArn"].endswith(seen.record["vend_id"])
        return seen

    def row(self, vend_id: str) -> dict[str, str]:
        """Read a row of the ledger."""
        return {name: next(iter(value.values())) for name, value in self.aws.rows[vend_id].items()}


Start = Callable[[dict[str, str]], ModuleType]


def start(environment: dict[str, str], folder: Path) -> ModuleType:
    """Start an execution environment: a handler's module of its own, with clients of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **ENVIRONMENT,
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            **environment,
        }.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            patch.delenv(name, raising=False)
        # The logger outlives the module, and the test that starts it: so its stream must, too.
        patch.setattr(sys, "stdout", sys.__stdout__)
        sys.modules.pop("vending.handler", None)
        module = importlib.import_module("vending.handler")
        sys.modules.pop("vending.handler")
        return module
