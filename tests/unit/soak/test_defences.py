"""The threat table holds to the code: each defence is where it says, and so is each test."""

import subprocess
import sys
from pathlib import Path

import pytest

from soak import defences, suite
from soak.defences import Defence
from soak.tree import IMPORT_ROOTS, ROOT, environment

KNOWN = defences.defences()


def test_every_threat_is_answered() -> None:
    """Twenty threats, each with a defence or the reason why there is none."""
    threats = defences.threats()

    assert [threat.number for threat in threats] == list(range(1, 22))
    for threat in threats:
        assert bool(threat.defences) != (threat.none is not None), threat.name


@pytest.mark.parametrize("defence", KNOWN, ids=lambda defence: f"{defence.threat}: {defence.what}")
def test_a_defence_stands_where_the_table_says(defence: Defence) -> None:
    """Its text is in its file, once, and would be changed."""
    assert defence.is_there(ROOT)
    assert defence.takes != defence.puts
    assert defence.tests


def test_each_defence_is_described_once() -> None:
    """A description tells which one is meant."""
    assert len({defence.what for defence in KNOWN}) == len(KNOWN)


def test_every_test_of_the_table_exists() -> None:
    """pytest knows each by its name."""
    tests = sorted({test for defence in KNOWN for test in defence.tests})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


def copied(folder: Path) -> Path:
    """Make a project of one module and its test."""
    for root in IMPORT_ROOTS:
        (folder / root).mkdir(parents=True)
    (folder / "layers/contract/guarded.py").write_text(
        "def taken(number):\n    if number < 0:\n        return False\n    return True\n"
    )
    (folder / "test_it.py").write_text(
        "from guarded import taken\n\n"
        "def test_minds():\n    assert not taken(-1)\n\n"
        "def test_does_not_mind():\n    assert taken(1)\n\n"
        "def test_breaks():\n    {True: 1}[not taken(-1)]\n"
    )
    return folder


@pytest.mark.parametrize(
    ("takes", "test", "fault"),
    [
        ("    if number < 0:\n        return False\n", "test_it.py::test_minds", None),
        ("    if number < 0:\n        return False\n", "test_it.py::test_does_not_mind", "by an assertion"),
        ("    if number < 0:\n        return False\n", "test_it.py::test_breaks", "KeyError"),
        ("    if number < 0:\n", "test_it.py::test_minds", "by an assertion"),
        ("    if number > 0:\n", "test_it.py::test_minds", "does not stand once"),
    ],
    ids=["is minded", "is not minded", "breaks a test otherwise", "no longer compiles", "is not there"],
)
def test_only_an_assertion_proves_a_defence(takes: str, test: str, fault: str | None, tmp_path: Path) -> None:
    """A test that doesn't mind, that breaks otherwise, or that can't even be collected proves nothing."""
    root = copied(tmp_path)
    defence = Defence(1, "a guard", "layers/contract/guarded.py", takes, "", (test,))
    before = (root / defence.file).read_text()

    found = defences._without(root, defence)

    assert (found is None) == (fault is None)
    assert fault is None or fault in str(found)
    assert (root / defence.file).read_text() == before


def test_a_copys_code_is_what_is_imported(tmp_path: Path) -> None:
    """The installed packages don't hide those of a copy."""
    package = tmp_path / "layers/contract/hubspoke_contract"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (tmp_path / "test_it.py").write_text(
        "import hubspoke_contract\n\n"
        f"def test_where():\n    assert hubspoke_contract.__file__.startswith({str(tmp_path)!r})\n"
    )
    ran = suite.run(
        ["test_it.py"], report=tmp_path / "report.xml", root=tmp_path, environment=environment(tmp_path)
    )

    assert ran.passed == ["test_it.py::test_where"], ran.output
