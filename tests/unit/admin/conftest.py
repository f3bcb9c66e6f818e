"""A grants folder to spoil, the CLI to run on it, and a stand-in for S3 on loopback."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest

from hubspoke_admin.cli import main
from tests.support.grants import STARTING_GRANTS

ACCOUNT = {"Id": "222222222222", "Name": "dev", "OrgUnit": "ou-root/Dev", "Tags": {}}
POLICY = '@id("it") permit (principal, action, resource);\n'
ROLES = """\
roles:
  app:
    role: app-role
    accounts: {ids: ["222222222222"]}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Make the smallest grants folder that vends something."""
    folder = tmp_path / "small"
    (folder / "policies").mkdir(parents=True)
    (folder / "session-policies").mkdir()
    (folder / "accounts.json").write_text(json.dumps([ACCOUNT]))
    (folder / "roles.yaml").write_text(ROLES)
    (folder / "policies/all.cedar").write_text(POLICY)
    return folder


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: bytes
    err: str


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Ran]:
    """Run ``hubspoke-admin``. An exception that escapes fails the test, as it would show a traceback."""

    def run(*arguments: str | Path) -> Ran:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capfdbinary.readouterr()
        return Ran(code, out, err.decode())

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the starting grants to a folder of the test's own."""
    return shutil.copytree(STARTING_GRANTS, tmp_path / "grants")


@dataclass
class FakeS3:
    """What S3 answers, and what it was asked."""

    endpoint: str
    status: int = 200
    code: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    """Method, path, headers in lower case, body."""


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeS3]:
    """Stand in for S3 on a real socket, with an operator's credentials in the environment."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.requests.append((self.command, self.path, headers, body))
            error = f"<Error><Code>{fake.code}</Code><Message>planted</Message></Error>" if fake.code else ""
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(error)))
            self.end_headers()
            self.wfile.write(error.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeS3(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would remember the credentials of the last test
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", fake.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "operators-secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()
