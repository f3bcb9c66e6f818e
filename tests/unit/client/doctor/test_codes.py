"""hubspoke.doctor.codes: every code, with its verdict, its exit code, its documentation and its tests."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspoke.doctor.codes import EXITS, exit_code
from hubspoke.exit_codes import Exit
from hubspoke.findings import Finding, Verdict, noted, right, unseen, wrong

_ROOT = Path(__file__).parents[4]
_STEPS = sorted((_ROOT / "layers/client/hubspoke/doctor").glob("*.py"))
_DOCUMENT = (_ROOT / "docs/doctor.md").read_text()
_VERDICTS = set(map(str, Verdict))
_ROW = re.compile(r"^\| `([A-Za-z]+)` \| (right|wrong|unseen|noted) \| ([0-9]*) ?\| (.+) \|$", re.MULTILINE)


def _made() -> Iterator[tuple[str, str]]:
    """Yield the code and the verdict of each finding that the package's text makes."""
    for path in _STEPS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _VERDICTS:
                code = node.args[1]
                assert isinstance(code, ast.Constant), f"{path.name}: a code that isn't written out"
                yield code.value, node.func.id


def test_a_code_has_one_verdict() -> None:
    """Or a program couldn't go by it."""
    made = set(_made())
    assert len(made) == len({code for code, _ in made}) > 100
    assert all(re.fullmatch("(?:[A-Z][a-z]*)+", code) for code, _ in made)


def test_whatever_is_wrong_has_an_exit_code() -> None:
    """And nothing else has: no other is success."""
    assert set(EXITS) == {code for code, verdict in _made() if verdict == "wrong"}
    assert Exit.OK not in EXITS.values()


def test_the_documents_have_each_code_once() -> None:
    """With its verdict and its exit code, and something to read."""
    rows = _ROW.findall(_callers_part())
    assert sorted((code, verdict, number) for code, verdict, number, _ in rows) == sorted(
        (code, verdict, str(EXITS[code].value) if verdict == "wrong" else "")
        for code, verdict in set(_made())
    )


def _callers_part() -> str:
    return _DOCUMENT.partition("\n## For callers\n")[2].partition("\n## ")[0]


def test_each_code_is_reached_by_a_test() -> None:
    """It stands in one, by its name."""
    texts = "".join(
        path.read_text()
        for path in [
            *Path(__file__).parent.glob("test_*.py"),
            Path(__file__).parents[1] / "cli/test_doctor.py",
        ]
        if path != Path(__file__)
    )
    assert [code for code, _ in sorted(set(_made())) if f'"{code}"' not in texts] == []


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], Exit.OK),
        ([right("a", "A", "a"), unseen("a", "B", "b", "c"), noted("a", "C", "c")], Exit.OK),
        ([noted("a", "C", "c"), wrong("a", "NameUnknown", "b", "c")], Exit.UNREACHABLE),
        ([wrong("a", "RoleNotOffered", "b", "c"), wrong("a", "NameUnknown", "b", "c")], Exit.DENIED),
    ],
)
def test_the_first_thing_that_is_wrong_decides(findings: list[Finding], expected: Exit) -> None:
    """It is what the rest comes of, as a rule."""
    assert exit_code(findings) is expected
