"""The documents and the commands' own examples agree with the parser: what they show can be typed."""

import argparse
import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from hubspoke_admin.cli import _parser, main

ROOT = Path(__file__).parents[3]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_CODE = re.compile(r"```[a-z]*\n(.*?)```|(`+)(.+?)\2", re.DOTALL)
_CALL = re.compile(
    r"(?<![\w./-])hubspoke-admin (?=[a-z])"
    r"""((?:'[^'\n]*'|"[^"\n]*"|\\\n|[^\n|;&)"`>#'])+)"""
)


def commands(
    parser: argparse.ArgumentParser, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """List the parsers that take arguments of their own, by their full names."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield name, parser
    for group in groups:
        for word, below in group.choices.items():
            yield from commands(below, f"{name} {word}".strip())


COMMANDS = dict(commands(_parser()))


def calls(text: str) -> Iterator[str]:
    """Find what is typed after ``hubspoke-admin``."""
    for found in _CALL.finditer(text.replace("\\|", "|")):
        yield found[1].replace("\\\n", " ").strip()


def documented() -> list[tuple[str, str]]:
    """Return every call in the documents' code, with its document."""
    return [
        (path.relative_to(ROOT).as_posix(), call)
        for path in DOCUMENTS
        for code in _CODE.finditer(path.read_text())
        for call in calls(code[1] or code[3])
    ]


def in_help() -> list[tuple[str, str]]:
    """Return every call among the commands' examples, with the command."""
    return [(name, call) for name, parser in COMMANDS.items() for call in calls(parser.epilog or "")]


def check(call: str) -> None:
    """Parse a call; where it stops short of what its command needs, see that its options are there.

    Raises:
        AssertionError: it can't be typed.
    """
    words = [word for word in shlex.split(call) if word not in {"…", "..."}]
    name = max(
        (each for each in COMMANDS if words[: each.count(" ") + 1] == each.split()), key=len, default=None
    )
    if name is None:
        assert any(each.startswith(" ".join(words)) for each in COMMANDS), "no such command"
        return
    rest = words[name.count(" ") + 1 :]
    known = {option for action in COMMANDS[name]._actions for option in action.option_strings}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known
    if rest and "…" not in call:
        complaint = io.StringIO()
        try:
            with redirect_stderr(complaint):
                COMMANDS[name].parse_args(rest)
        except SystemExit:
            assert "required" in complaint.getvalue(), complaint.getvalue().splitlines()[-1]


@pytest.mark.parametrize(("where", "call"), [*documented(), *in_help()])
def test_what_is_shown_can_be_typed(where: str, call: str) -> None:
    """In the documents, and in each command's examples."""
    try:
        check(call)
    except AssertionError as error:
        pytest.fail(f"{where}: hubspoke-admin {call}: {error}")


@pytest.mark.parametrize(
    "call",
    [call for _, call in in_help() if call.startswith("policy ") and "--hub-account" in call],
)
def test_an_example_that_asks_nothing_prints_its_document(
    call: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it stands, from this checkout's folder and its grants."""
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(call)) == 0
    assert "Statement" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("where", "call"), [each for each in [*documented(), *in_help()] if each[1].startswith("grants init ")]
)
def test_a_new_folder_of_grants_is_not_one_that_is_there(where: str, call: str) -> None:
    """What a guide has people make from this checkout is refused if it is there already, as grants/ is."""
    folder = (ROOT / call.split()[2]).resolve()
    assert not (folder.is_relative_to(ROOT) and folder.exists()), where


def test_the_documents_show_enough_to_check() -> None:
    """The search finds them: each command in the documents, and among its own examples."""
    shown = {call for _, call in documented()}
    assert {
        name for name in COMMANDS if not any(f"{call} ".startswith(f"{name} ") for call in shown)
    } == set()
    examples = in_help()
    assert {name for name in COMMANDS if not any(of == name for of, _ in examples)} == set()


@pytest.mark.parametrize(
    "call", ["nonesuch", "who ASIAIOSFODNN7EXAMPLE --nonesuch", "grants rollback --to", "vends --format xml"]
)
def test_what_cant_be_typed_is_found(call: str) -> None:
    """Or the checks above would say nothing."""
    with pytest.raises(AssertionError):
        check(call)
