"""What both doctors can say: one code has one verdict, and whatever is wrong has something to do about it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hubspoke.doctor
import hubspoke_admin.doctor

FOLDERS = [Path(module.__file__ or "").parent for module in (hubspoke.doctor, hubspoke_admin.doctor)]
VERDICTS = ("right", "wrong", "unseen", "noted")


def findings() -> Iterator[tuple[str, str, str]]:
    """List where something is said, its verdict and its code, as far as the code stands there."""
    for folder in FOLDERS:
        for file in sorted(folder.glob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id in VERDICTS and len(node.args) >= 2:
                    for code in codes(node.args[1]):
                        yield f"{file.name}:{node.lineno}", node.func.id, code


def codes(said: ast.expr) -> Iterator[str]:
    """Read a code, or both of a choice; a name's value is some table's."""
    for node in ast.walk(said):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_one_code_has_one_verdict_always() -> None:
    """In both doctors together: programs go by the code."""
    verdicts = defaultdict(set)
    for _, verdict, code in findings():
        verdicts[code].add(verdict)
    assert {code: found for code, found in verdicts.items() if len(found) > 1} == {}
    assert len(verdicts) >= 60


def test_codes_are_words_joined() -> None:
    """As an error's code is, everywhere else."""
    odd = [(where, code) for where, _, code in findings() if not (code.isascii() and code.isalpha())]
    assert odd == []
    assert all(code[0].isupper() for _, _, code in findings())
