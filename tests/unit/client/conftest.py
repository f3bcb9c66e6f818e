"""A hub on loopback, and an environment that holds nothing but a caller of it."""

import os
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fake_aws import FakeAws
from tests.support.fake_hub import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    FakeHub,
    fake_hub,
)

_PREFIXES = ("AWS_", "HUBSPOKE_", "ASSUME_ROLE_", "XDG_")
_NAMES = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave nothing of the developer's own AWS set-up, and set a caller's keys."""
    for name in list(os.environ):
        if name.startswith(_PREFIXES) or name in _NAMES or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION_TOKEN)
    monkeypatch.setenv("AWS_REGION", REGION)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Serve a hub, which the environment names."""
    with fake_hub() as served:
        monkeypatch.setenv("HUBSPOKE_ENDPOINT", served.endpoint)
        yield served


@pytest.fixture
def shown() -> Callable[[BaseException], str]:
    """Return what an error reporter that prints every local variable would make of an exception."""

    def show(error: BaseException) -> str:
        # The test's own frame is left out: it holds what it looks for.
        below = error.__traceback__.tb_next if error.__traceback__ else None
        found = traceback.TracebackException(type(error), error, below, capture_locals=True)
        return "".join(found.format()) + repr(error) + repr(vars(error))

    return show


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    """Serve STS, which the environment names, for the direct route."""
    with FakeAws() as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", served.url)
        yield served
