"""``hubspoke-admin grants fetch`` and ``history``: what is in force, and was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_grants.bundle import encode
from tests.support.fake_regions import OPERATOR_ARN, FakeRegions, Fault
from tests.support.grants import document
from tests.unit.admin.conftest import AWAY, HOME

Run = Callable[..., Any]


def grants(name: str = "one") -> dict[str, Any]:
    """Write a bundle that is told apart by its policy's name."""
    return document(f'@id("{name}") permit (principal, action, resource);')


def test_what_is_in_force_is_fetched(run: Run, aws: FakeRegions, tmp_path: Path) -> None:
    """Standard output and a file get the same bytes, as ``grants build`` writes them."""
    aws.regions[HOME].put(encode(grants()))
    aws.regions[HOME].put(encode(grants("two")))
    to_stdout, to_file = run("grants", "fetch"), run("grants", "fetch", "--output", tmp_path / "b")

    assert to_stdout.out == (tmp_path / "b").read_bytes() == encode(grants("two")) + b"\n"
    assert to_file.err == f"hubspoke-admin: {tmp_path / 'b'}: version {grants('two')['Version']}\n"


@pytest.mark.usefixtures("both")
def test_an_older_version_is_fetched_wherever_it_is(run: Run, aws: FakeRegions) -> None:
    """``--version`` is looked for in every Region."""
    aws.regions[AWAY].put(encode(grants()))
    aws.regions[AWAY].put(encode(grants("two")))

    assert run("grants", "fetch", "--version", grants()["Version"]).out == encode(grants()) + b"\n"


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("away", [encode(grants("two")), b"{}", None])
def test_regions_that_differ_are_not_guessed_between(run: Run, aws: FakeRegions, away: bytes | None) -> None:
    """Where not every Region has the same in force, none is passed off as it."""
    aws.regions[HOME].put(encode(grants()))
    aws.regions[AWAY].put(away)
    ran = run("grants", "fetch")

    assert (ran.code, ran.out) == (3, b"")
    assert "not every Region has the same bundle in force" in ran.err
    assert run("grants", "fetch", "--regions", HOME).code == 0


@pytest.mark.parametrize("arguments", [[], ["--version", "0" * 16]])
def test_nothing_to_fetch_is_said(run: Run, aws: FakeRegions, arguments: list[str]) -> None:
    """An empty bucket and an unknown version are no bundle."""
    ran = run("grants", "fetch", *arguments)

    assert (ran.code, ran.out) == (3, b"")
    assert "grants history" in ran.err


def test_a_file_that_cannot_be_written_is_named(run: Run, aws: FakeRegions, tmp_path: Path) -> None:
    """The message says where."""
    aws.regions[HOME].put(encode(grants()))
    ran = run("grants", "fetch", "--output", tmp_path / "missing/b")

    assert ran.code == 3
    assert ran.err.startswith(f"hubspoke-admin: {tmp_path / 'missing/b'}: ")


def test_the_history_says_when_who_and_why(run: Run, folder: Path, aws: FakeRegions) -> None:
    """Newest first; what came from elsewhere has neither publisher nor reason."""
    aws.regions[HOME].put(b"foreign")
    aws.regions[HOME].put(encode(grants()))
    run("grants", "publish", folder, "--reason", "für Łódź: 100%")
    rows = json.loads(run("grants", "history", "--format", "json").out)

    assert [(row["Publisher"], row["Reason"], row["Roles"]) for row in rows] == [
        (OPERATOR_ARN, "für Łódź: 100%", 4),
        (None, None, 1),
        (None, None, None),
    ]
    assert rows[1] == {
        "Region": HOME,
        "At": "2026-01-01T00:00:01Z",
        "Version": grants()["Version"],
        "Roles": 1,
        "Publisher": None,
        "Reason": None,
    }


def test_the_history_reads_no_more_than_it_shows(run: Run, aws: FakeRegions) -> None:
    """``--limit`` bounds what is read as well."""
    for place in range(6):
        aws.regions[HOME].put(encode(grants(f"p{place}")))
    ran = run("grants", "history", "--limit", "2")

    assert ran.out.decode().count("\n") == 3
    assert aws.operations().count("GetObject") == 2


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1_0", "٣", "9" * 8])
def test_a_limit_of_nothing_is_refused(run: Run, aws: FakeRegions, limit: str) -> None:
    """A list of none answers nothing."""
    assert run("grants", "history", "--limit", limit).code == 2


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("operation", ["ListObjectVersions", "GetObject"])
def test_a_region_that_cannot_be_read_ends_the_history(run: Run, aws: FakeRegions, operation: str) -> None:
    """Part of a history is none."""
    aws.regions[AWAY].put(encode(grants()))
    aws.faults[AWAY, operation] = Fault()
    ran = run("grants", "history")

    assert (ran.code, ran.out) == (3, b"")
    assert AWAY in ran.err
