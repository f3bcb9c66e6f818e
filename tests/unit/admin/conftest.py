"""A grants folder to spoil, the CLI to run on it, and a stand-in for AWS on loopback."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from hubspoke_admin.cli import main
from tests.support.fake_regions import FakeRegions
from tests.support.grants import STARTING_GRANTS

HOME, AWAY = "eu-west-1", "us-east-1"
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


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegions]:
    """Stand in for AWS on a real socket, with a hub in two Regions and an operator's credentials."""
    with FakeRegions(HOME, AWAY) as fake:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it would remember the last test's credentials
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "operators-secret")
        monkeypatch.setenv("AWS_REGION", HOME)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield fake


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Operate both Regions."""
    monkeypatch.setenv("HUBSPOKE_REGIONS", f"{HOME},{AWAY}")
