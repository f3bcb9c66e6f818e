"""The long programme's own logic: sizes, figures read from tools, and the page that is written."""

import json
from pathlib import Path

import pytest

from soak import __main__ as command
from soak import figures, programme, suite, verification
from soak.figures import Figure
from soak.programme import PARTS, Part
from soak.report import Outcome
from soak.tree import ROOT

STATISTICS = """\
======= Hypothesis Statistics =======
tests/unit/x.py::test_one[a: b]:

  - during reuse phase (0.01 seconds):
    - Typical runtimes: < 1ms
    - 3 passing, 0 failing, and 0 invalid test cases

  - during generate phase (1.36 seconds):
    - Typical runtimes: < 1ms, of which < 1ms in data generation
    - 1000 passing, 0 failing, and 229 invalid test cases

  - Stopped because settings.max_examples=1000


tests/unit/x.py::test_two:

  - during generate phase (0.10 seconds):
    - 7 passing, 0 failing, and 0 invalid test cases
  - Stopped because nothing left to do
"""
FUZZED = """\
INFO: Instrumenting vending
#2\tINITED cov: 12 ft: 13 corp: 1/1b exec/s: 0 rss: 40Mb
#383703\tDONE   cov: 120 ft: 229 corp: 47/30Kb lim: 4429 exec/s: 18271 rss: 57Mb
stat::number_of_executed_units: 383703
stat::average_exec_per_sec:     18271
"""
FIGURE = Figure(
    number="7 things",
    result="0 differ | none",
    passed=True,
    commit="0123456789ab",
    command="make soak PART=oracle SOAK_DECISIONS=7",
    seconds=3725,
    date="2026-01-01",
    machine="2 cores",
)
PART = Part("sums", "sums are added", "SOAK_TEST_SUMS", 200, lambda size: Outcome(f"{size} sums", "ok", True))


def test_examples_are_counted_as_hypothesis_counts_them() -> None:
    """Every phase of every property."""
    assert programme.passing(STATISTICS) == {
        "tests/unit/x.py::test_one[a: b]": 1003,
        "tests/unit/x.py::test_two": 7,
    }


def test_a_fuzzers_figures_are_its_own(tmp_path: Path) -> None:
    """Runs, speed and the last coverage; nothing from a run that wrote no figures."""
    log = tmp_path / "log"
    log.write_text(FUZZED)
    assert programme.fuzzed(log) == "383703 runs (18271/s), coverage 120"
    log.write_text("Traceback (most recent call last): …")
    assert programme.fuzzed(log) == ""


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 200),
        ({"SOAK_SCALE": "0.1"}, 20),
        ({"SOAK_SCALE": "0.0001"}, 1),
        ({"SOAK_TEST_SUMS": "7"}, 7),
        ({"SOAK_TEST_SUMS": "7", "SOAK_SCALE": "10"}, 7),
        ({"SOAK_TEST_SUMS": "", "SOAK_SCALE": ""}, 200),
    ],
)
def test_a_parts_size_can_be_set(
    variables: dict[str, str], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own variable first, by the factor for all else."""
    for name in ("SOAK_SCALE", "SOAK_TEST_SUMS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert programme.size_of(PART) == expected


def test_at_least_fifteen_properties_are_scaled() -> None:
    """Each takes its number of examples from the profile: none of their files sets one."""
    texts = [(ROOT / name).read_text() for name in programme.PROPERTIES]

    assert sum(text.count("@given(") for text in texts) >= programme.PROPERTIES_LEAST
    assert not any("max_examples" in text for text in texts)


def test_a_part_that_is_not_known_is_not_passed_over(capsys: pytest.CaptureFixture[str]) -> None:
    """The known ones are listed, and nothing runs."""
    assert command.main(["fuz"]) == 2
    assert "fuzz" in capsys.readouterr().out


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have figures and page written into a folder of the test's, for parts of its own."""

    def breaks(_: int) -> Outcome:
        raise OSError("no such tool")

    broken = Part("broken", "it breaks", None, 1, breaks)
    for parts in ("soak.programme.PARTS", "soak.__main__.PARTS", "soak.verification.PARTS"):
        monkeypatch.setattr(parts, (broken, PART))
    monkeypatch.setattr("soak.__main__.WORK", tmp_path)
    monkeypatch.setattr(figures, "_FILE", tmp_path / "figures.json")
    monkeypatch.setattr(verification, "DOCUMENT", tmp_path / "verification.md")
    monkeypatch.setattr("soak.__main__.commit", lambda: "0123456789ab with changes")
    return tmp_path


def test_a_part_that_breaks_fails_the_run_and_stops_no_other(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are written down, the broken one as failed."""
    assert command.main([]) == 1
    found = json.loads((elsewhere / "figures.json").read_text())
    assert {name: figure["passed"] for name, figure in found.items()} == {"broken": False, "sums": True}
    assert "no such tool" in found["broken"]["result"]
    assert found["sums"]["command"] == "make soak PART=sums SOAK_TEST_SUMS=200"
    page = (elsewhere / "verification.md").read_text()
    assert "**failed:** it broke: OSError: no such tool" in page
    assert "| sums | 200 sums | ok | 0123456789ab with changes |" in page
    assert "failed: broken" in capsys.readouterr().out


def test_a_part_that_is_not_run_keeps_its_line(elsewhere: Path) -> None:
    """With the commit and the command that it is from."""
    command.main(["broken"])
    before = figures.read()["broken"]
    assert command.main(["sums"]) == 0
    assert figures.read()["broken"] == before
    assert set(figures.read()) == {"broken", "sums"}


def test_the_page_is_what_the_programme_writes() -> None:
    """Nothing in it is typed by hand: it is made of the figures, the defences and the survivors."""
    assert verification.DOCUMENT.read_text() == verification.document(figures.read())


def test_a_page_has_every_part_and_every_defence() -> None:
    """A part that never ran is listed as such; a bar in a text makes no column."""
    page = verification.document({"oracle": FIGURE})

    assert "| oracle | 7 things | 0 differ ∣ none | 0123456789ab |" in page
    assert "1 h 2 min" in page
    assert page.count("not run yet") == len(PARTS) - 1
    for part in PARTS:
        assert part.what in page


def test_a_report_tells_a_finding_from_a_breakage(tmp_path: Path) -> None:
    """What failed by an assertion, what broke, and what tests recorded."""
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n"
        "@pytest.fixture\ndef broken():\n    raise OSError\n\n"
        "def test_passes(record_property):\n    record_property('things', 3)\n\n"
        "def test_finds():\n    assert 1 == 2\n\n"
        "def test_expects():\n    with pytest.raises(OSError):\n        pass\n\n"
        "def test_breaks():\n    {}['x']\n\n"
        "def test_is_broken(broken):\n    pass\n"
    )
    ran = suite.run(["test_it.py"], report=tmp_path / "report.xml", root=tmp_path)

    assert ran.code == 1
    assert ran.passed == ["test_it.py::test_passes"]
    assert set(ran.failed) == {"test_it.py::test_finds", "test_it.py::test_expects"}
    assert set(ran.broke) == {"test_it.py::test_breaks", "test_it.py::test_is_broken"}
    assert ran.total("things") == 3
