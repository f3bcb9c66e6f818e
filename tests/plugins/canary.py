"""Secrets that must not surface: planted at random in every test that asks, then looked for everywhere.

A test that uses the ``canaries`` fixture plants secrets where real ones would be. When it has run,
this plugin looks for them, in several encodings, in what the test wrote to stdout, to stderr, to the
logs at DEBUG and to its temporary folder; one that is found fails the test, whatever it asserted.
"""

import base64
import json
import logging
import secrets
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest


class Canaries:
    """The secrets of one test."""

    def __init__(self, tmp_path: Path) -> None:
        self._tmp_path = tmp_path
        self._planted: dict[str, str] = {}
        self._allowed: set[Path] = set()

    def plant(self, name: str) -> str:
        """Make a secret. It has the characters that encodings change."""
        self._planted[name] = f"{secrets.token_urlsafe(24)}/+={secrets.token_hex(8)}"
        return self._planted[name]

    def adopt(self, name: str, secret: str) -> None:
        """Look for a secret that something else made."""
        self._planted[name] = secret

    def may_hold(self, path: Path) -> None:
        """Except a file whose purpose is to hold credentials, such as the client's cache."""
        self._allowed.add(path.resolve())

    def found_in(self, text: str) -> list[str]:
        """Name the secrets that a text holds in any encoding."""
        return [
            name for name, secret in self._planted.items() if any(form in text for form in _forms(secret))
        ]

    def check(self, sink: str, text: str) -> None:
        """Fail at once when a text holds a secret. For what a plugin can't see: replies, child processes."""
        assert not self.found_in(text), f"{sink} holds {self.found_in(text)}"

    def check_traceback(self, error: BaseException) -> None:
        """Fail when a traceback with local variables, as crash reporters print them, holds a secret."""
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.check("the traceback", "".join(whole.format()))

    def found_in_files(self) -> list[str]:
        """Name the files of the test's folder that hold a secret and may not."""
        return [
            str(path)
            for path in self._tmp_path.rglob("*")
            if path.is_file()
            and path.resolve() not in self._allowed
            and self.found_in(path.read_bytes().decode("latin-1"))
        ]


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield secret.encode().hex()
    # base64 of a longer text that holds the secret: at each of the three alignments, less the ends.
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        yield encoded[4 : len(encoded) - 4]


_KEY = pytest.StashKey[Canaries]()


@pytest.fixture
def canaries(request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Canaries:
    """Plant secrets; whatever the test writes is searched for them when it ends."""
    caplog.set_level(logging.DEBUG)
    request.node.stash[_KEY] = Canaries(tmp_path)
    return request.node.stash[_KEY]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    """Search the sinks when a test's body has run."""
    report = yield
    planted = item.stash.get(_KEY, None)
    if planted is None or call.when != "call":
        return report
    sinks = {title: text for title, text in report.sections if planted.found_in(text)}
    leaks = [*sinks, *planted.found_in_files()]
    if leaks:
        report.outcome = "failed"
        report.longrepr = f"a planted secret is in: {', '.join(leaks)}"
        report.sections = [(title, text) for title, text in report.sections if title not in sinks]
    return report
