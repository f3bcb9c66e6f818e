"""docs/doctor.md, "For operators": every code that hubspoke-admin doctor has, with its verdict."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from hubspoke.findings import Verdict
from hubspoke_admin.doctor import permissions, role, trust

_ROOT = Path(__file__).parents[3]
_PART = (_ROOT / "docs/doctor.md").read_text().partition("\n## For operators\n")[2]
_ROW = re.compile(r"^\| [a-z-]* ?\| (`.+?`) \| (right|wrong|unseen|noted) \| .+ \|$", re.MULTILINE)

# What isn't written where a finding is made, but in a table beside it.
_TABLES = {
    "wrong": {*trust._NEEDED.values(), *trust._KEYS.values(), "TrustAction", "TrustCondition", "HubBoundary"}
    | {*permissions._MAY_NOT.values(), "HubMayNotTagSession"},
    "noted": {code for code, _ in role._CHOICES.values()},
}


def _made() -> Iterator[tuple[str, str]]:
    for verdict, codes in _TABLES.items():
        yield from ((code, verdict) for code in codes)
    for path in sorted((_ROOT / "admin/hubspoke_admin/doctor").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            verdict = {"unread": "unseen"}.get(node.func.id, node.func.id)
            if verdict in set(map(str, Verdict)) and isinstance(node.args[1], ast.Constant):
                yield node.args[1].value, verdict


def test_the_document_has_each_code_with_its_verdict() -> None:
    rows = [
        (code, verdict)
        for codes, verdict in _ROW.findall(_PART)
        for code in re.findall("`([A-Za-z]+)`", codes)
    ]
    assert sorted(rows) == sorted(set(_made()))
    assert len(rows) == len({code for code, _ in rows}) > 50


def test_its_codes_are_not_the_callers_ones() -> None:
    """Both stand in one output, and a code has one meaning."""
    callers = {
        node.args[1].value
        for path in (_ROOT / "layers/client/hubspoke/doctor").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in set(map(str, Verdict))
        and isinstance(node.args[1], ast.Constant)
    }
    assert callers.isdisjoint(code for code, _ in _made())
    assert len(callers) > 100
