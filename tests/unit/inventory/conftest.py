"""The inventory function on real sockets: AWS Organizations, the bucket, and STS."""

import hashlib
import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from hubspoke_grants.bundle import encode
from tests.support import grants
from tests.support.fake_aws import FakeAws
from tests.support.fake_organizations import FakeOrganizations

HUB = "111111111111"
ENVIRONMENT = {
    "HUBSPOKE_ENVIRONMENT": "prod",
    "HUBSPOKE_BUNDLE_BUCKET": "the-bucket",
    "HUBSPOKE_BUNDLE_KEY": "bundle.json",
    "HUBSPOKE_BUNDLE_OWNER": HUB,
    "HUBSPOKE_INVENTORY_SHRINK_MAX": "20",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "ASIAFUNCTION",
    "AWS_SECRET_ACCESS_KEY": "functions-secret",
    "AWS_MAX_ATTEMPTS": "1",
    "POWERTOOLS_METRICS_DISABLED": "false",
}


@dataclass
class Bucket:
    """One object behind S3's conditional requests."""

    url: str = ""
    body: bytes | None = None
    puts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers in lower case and bodies of the writes that were asked for."""
    fault: Callable[[str], tuple[int, str] | None] = lambda _method: None
    """Status and code that answer a request in place of the object."""

    @property
    def etag(self) -> str:
        """The object's ETag."""
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'

    @property
    def document(self) -> dict[str, Any]:
        """What is in force."""
        assert self.body is not None
        found: dict[str, Any] = json.loads(self.body)
        return found


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Hold the bundle of two accounts."""
    held = Bucket()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.headers["x-amz-expected-bucket-owner"] == HUB
            if held.fault("GET") or held.body is None:
                return self._refuse(*(held.fault("GET") or (404, "NoSuchKey")))
            return self._send(200, held.body)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.puts.append(({key.lower(): value for key, value in self.headers.items()}, body))
            if refusal := held.fault("PUT"):
                return self._refuse(*refusal)
            if self.headers["If-Match"] != held.etag:
                return self._refuse(412, "PreconditionFailed")
            held.body = body
            return self._send(200, b"")

        def _refuse(self, status: int, code: str) -> None:
            self._send(status, f"<Error><Code>{code}</Code><Message>planted</Message></Error>".encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("ETag", held.etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    yield held
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def organization() -> Iterator[FakeOrganizations]:
    """Stand in for AWS Organizations: ten accounts in ou-root/Workloads."""
    with FakeOrganizations() as fake:
        workloads = fake.unit(1, name="Workloads")
        for number in range(10):
            fake.account(number, workloads)
        yield fake


@pytest.fixture
def sts() -> Iterator[FakeAws]:
    """Stand in for STS."""
    with FakeAws() as fake:
        yield fake


def document_of(organization: FakeOrganizations, **changes: Any) -> dict[str, Any]:
    """Write the bundle document of an organization whose accounts are all in ou-root/Workloads."""
    accounts = [
        grants.account(number, Name=each["Name"], OrgUnit="ou-root/Workloads")
        for number, each in organization.accounts.items()
    ]
    chosen = grants.profile(
        Choice={"Ids": [], "OrgUnits": ["ou-root/Workloads"], "Tags": {"vend": "yes"}},
        Accounts=[account["Id"] for account in accounts],
    )
    return grants.document(
        **{"Accounts": accounts, "Profiles": [chosen], "AccountsFrom": "organization"} | changes
    )


@dataclass
class Function:
    """The function, and what a run of it wrote."""

    handler: Callable[[Any, Any], dict[str, Any]]
    printed: Callable[[], str]
    logged: pytest.LogCaptureFixture

    def run(self, event: Any = None, seconds: float = 900) -> "Run":
        """Invoke it once."""

        class Context:
            function_name = "hubspoke-prod-inventory"

            @staticmethod
            def get_remaining_time_in_millis() -> float:
                return seconds * 1000

        self.logged.clear()
        answer = self.handler(event or {"source": "aws.events"}, Context())
        (log,) = [each for each in self.logged.records if each.message == "inventory"]
        (emitted,) = [json.loads(line) for line in self.printed().splitlines() if "_aws" in line]
        assert vars(log)["inventory"] == answer
        names = [each["Name"] for each in emitted["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
        text = json.dumps([answer, emitted]) + self.logged.text
        return Run(answer, log.levelname, {name: emitted[name][0] for name in names}, text)


@dataclass
class Run:
    """The record, its level, the metrics, and all that was written."""

    record: dict[str, Any]
    level: str
    metrics: dict[str, float]
    text: str


@pytest.fixture
def function(
    bucket: Bucket,
    organization: FakeOrganizations,
    sts: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> Function:
    """Start the function as Lambda does, with the environment of the template and what a test changes."""
    bucket.body = encode(document_of(organization))
    changes = getattr(request, "param", {})
    for name, value in (ENVIRONMENT | changes).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", organization.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
    # Loggers are global, and whoever made one of this name before writes to a stream that has gone.
    monkeypatch.delitem(logging.Logger.manager.loggerDict, "hubspoke", raising=False)
    monkeypatch.delitem(sys.modules, "inventory.handler", raising=False)
    module = importlib.import_module("inventory.handler")
    return Function(module.handler, lambda: capsys.readouterr().out, caplog)
