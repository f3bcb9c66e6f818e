"""The function as Lambda runs it, with AWS at the other end of a loopback socket."""

import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants import bundle
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws

ROOT = Path(__file__).parents[3]
STARTING_BUNDLE = bundle.encode(build(ROOT / "grants"))

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "HUBSPOKE_ENVIRONMENT": "test",
    "AWS_ACCESS_KEY_ID": "ASIAHUBHUBHUBHUBHUBH",
    "AWS_SECRET_ACCESS_KEY": "the-execution-role's-secret",
    "AWS_SESSION_TOKEN": "the-execution-role's-token",
    "HUBSPOKE_LEDGER_TABLE": "ledger",
    "HUBSPOKE_QUARANTINE_TABLE": "quarantine",
    "HUBSPOKE_RATES_TABLE": "rates",
    "HUBSPOKE_BUNDLE_BUCKET": "bundles",
    "HUBSPOKE_BUNDLE_KEY": "bundle.json",
    "HUBSPOKE_BUNDLE_OWNER": "111111111111",
    "HUBSPOKE_BUNDLE_MAX_AGE": "900",
    "HUBSPOKE_VERSION": "test",
}
"""What Lambda and ``template.yaml`` tell the function."""

Invoke = Callable[[Any], dict[str, Any]]


@pytest.fixture
def aws(canaries: Canaries) -> Iterator[FakeAws]:
    """AWS, all well, with planted secrets and the starting grants.

    A server for each test: what one left behind may still call, and must not call the next one's.
    """
    with FakeAws() as server:
        server.bundle = STARTING_BUNDLE
        server.secret, server.token = canaries.plant("secret key"), canaries.plant("session token")
        yield server


@pytest.fixture
def function(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The handler's module, freshly imported: an execution environment that has just started."""
    for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": aws.url}).items():
        monkeypatch.setenv(name, value)
    # Loggers are global, and whoever ran the client's command line has left one of the same name.
    monkeypatch.delitem(logging.Logger.manager.loggerDict, "hubspoke", raising=False)
    sys.modules.pop("vending.handler", None)
    module = importlib.import_module("vending.handler")
    # A page then ends by what is on it, however busy the machine is.
    object.__setattr__(module.hub, "page_time", 60.0)
    yield module
    sys.modules.pop("vending.handler", None)


@pytest.fixture
def invoke(function: ModuleType) -> Invoke:
    """Call the handler as Lambda does."""
    context = SimpleNamespace(aws_request_id="lambda-request-id", get_remaining_time_in_millis=lambda: 28_000)
    return lambda event: function.handler(event, context)


def event(name: str) -> dict[str, Any]:
    """Read a sample event."""
    document: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return document


def audit_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Pick the audit records out of what the function logged."""
    return [vars(record)["audit"] for record in caplog.records if record.message == "audit"]
