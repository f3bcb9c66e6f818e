"""hubspoke.cli.findings: lines for people, in colour on a terminal alone."""

import io

import pytest

from hubspoke.cli import findings
from hubspoke.findings import Finding, noted, right, unseen, wrong

FOUND = [
    right("tls", "TlsGood", "It is good."),
    wrong("endpoint", "NameUnknown", "No such name.", "Check it.\n  letter by letter"),
    unseen("clock", "ClockUnseen", "Who knows.", "Look."),
    noted("cache", "CacheOff", "Nothing is kept."),
]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _written(stream: io.StringIO, found: list[Finding]) -> str:
    findings.write(found, stream)
    return stream.getvalue()


def test_a_line_each_and_the_mend_beneath() -> None:
    """Steps in a column, and the code where it can be looked up."""
    assert _written(io.StringIO(), FOUND) == (
        "right   tls       It is good.\n"
        "wrong   endpoint  NameUnknown: No such name.\n"
        "                  Check it.\n"
        "                    letter by letter\n"
        "unseen  clock     ClockUnseen: Who knows.\n"
        "                  Look.\n"
        "noted   cache     Nothing is kept.\n"
    )


def test_nothing_found_is_nothing_written() -> None:
    """Not even an empty line."""
    assert _written(io.StringIO(), []) == ""


@pytest.fixture
def colourful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing of what the developer's terminal says."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.usefixtures("colourful")
def test_a_terminal_gets_colour() -> None:
    """Of the verdict alone, which is a word as well."""
    shown = _written(_Terminal(), FOUND)
    assert "\x1b[31mwrong \x1b[0m  endpoint  NameUnknown" in shown
    assert shown.count("\x1b[") == 2 * len(FOUND)


@pytest.mark.usefixtures("colourful")
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_whoever_wants_no_colour_gets_none(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is a terminal."""
    monkeypatch.setenv(name, value)
    assert "\x1b" not in _written(_Terminal(), FOUND)


@pytest.mark.usefixtures("colourful")
def test_an_empty_variable_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere (https://no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b[32m" in _written(_Terminal(), FOUND)


@pytest.mark.usefixtures("colourful")
def test_a_file_or_a_pipe_gets_no_colour() -> None:
    """It is no terminal."""
    assert "\x1b" not in _written(io.StringIO(), FOUND)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b31m", "a\rb", "a\x00b", "\u202e"])
def test_nothing_steers_a_terminal(hostile: str) -> None:
    """Neither by what is said nor by what mends it."""
    written = _written(io.StringIO(), [wrong("hub", "HubDenies", hostile, hostile)])
    assert not set(hostile) & set("\x1b\x9b\r\x00\u202e") & set(written)
    assert len(written.splitlines()) >= 2
