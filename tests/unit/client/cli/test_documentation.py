"""Help and documents agree with the commands: what they show can be typed."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from hubspoke.cli.options import COMMANDS, Parser, UsageError, top_parser
from hubspoke.exit_codes import Exit

_ROOT = Path(__file__).parents[4]
_DOCUMENTS = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]

_CODE = re.compile(r"```[a-z]*\n(.*?)```|(`+)(.+?)\2", re.DOTALL)
_CALL = re.compile(
    r"(?<![\w./-])(?<!from )hubspoke (?=[a-z]|--version|--help)"
    r"""((?:'[^'\n]*'|"[^"\n)]*"|\\\n|[^\n|;&)"`>#'])+)"""
)
_PLACEHOLDER = re.compile(r"[A-Z]+(?:=[A-Z]+)?")


def _parser(command: str) -> Parser:
    parser = import_module(f"hubspoke.cli.{command.replace('-', '_')}").parser()
    assert isinstance(parser, Parser)
    return parser


def _calls(text: str) -> Iterator[str]:
    for found in _CALL.finditer(text.replace("\\|", "|")):
        yield found[1].replace("\\\n", " ")


def _documented() -> list[tuple[str, str]]:
    return [
        (path.relative_to(_ROOT).as_posix(), call)
        for path in _DOCUMENTS
        for code in _CODE.finditer(path.read_text())
        for call in _calls(code[1] or code[3])
    ]


def _in_help() -> list[tuple[str, str]]:
    return [(name, call) for name in COMMANDS for call in _calls(_parser(name).epilog or "")]


def _check(call: str) -> None:
    """Parse a call; where it has placeholders, see that its command and options are there.

    Raises:
        UsageError: it can't be typed.
    """
    words = [word for word in shlex.split(call) if word not in {"…", "..."}]
    cut = words.index("--") if "--" in words else len(words)
    words = ["222222222222/role" if word == "ACCOUNT/ROLE" else word for word in words[:cut]]
    command, *rest = words
    if command not in COMMANDS:
        top_parser().parse_args(words)
        return
    parser = _parser(command)
    if any(_PLACEHOLDER.fullmatch(word.strip("[]")) for word in rest):
        known = {name for action in parser._actions for name in action.option_strings}
        assert {word for word in rest if word.startswith("--")} <= known
    else:
        parser.parse_args(rest)


@pytest.mark.parametrize(("where", "call"), [*_documented(), *_in_help()])
def test_what_is_shown_can_be_typed(where: str, call: str) -> None:
    """In the documents, and in each command's examples."""
    try:
        _check(call)
    except UsageError as error:
        pytest.fail(f"{where}: hubspoke {call}: {error}")


def test_the_documents_show_enough_to_check() -> None:
    """The search finds them: each command, in the documents and among its own examples."""
    assert {call.split()[0] for _, call in _documented()} >= set(COMMANDS)
    assert {name for name, call in _in_help() if call.split()[0] == name} == set(COMMANDS)


@pytest.mark.parametrize(
    "call", ["whoami --nonesuch", "nonesuch", "env ACCOUNT/ROLE --format xml", "env x --nonesuch NAME"]
)
def test_what_cant_be_typed_is_found(call: str) -> None:
    """Or the checks above would say nothing."""
    with pytest.raises((UsageError, AssertionError)):
        _check(call)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_that_a_help_names_is_there(command: str) -> None:
    """Its own, in its help texts."""
    parser = _parser(command)
    known = {name for action in parser._actions for name in action.option_strings}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", parser.format_help()))
    assert named <= known


def test_each_command_is_in_the_callers_table() -> None:
    """With what it prints or does."""
    text = (_ROOT / "docs/callers.md").read_text()
    assert [
        name for name in COMMANDS if not re.search(rf"^\| `hubspoke {name}[` ]", text, re.MULTILINE)
    ] == []


def test_the_callers_exit_codes_are_the_tables() -> None:
    """One table, in the code, in --help and in the documents."""
    rows = re.findall(r"^\| ([0-9]+) \| (.+) \|$", (_ROOT / "docs/callers.md").read_text(), re.MULTILINE)
    assert [(int(number), meaning) for number, meaning in rows] == [
        (code.value, code.meaning) for code in Exit
    ]


def _scripts() -> list[str]:
    workflow = yaml.safe_load((_ROOT / "examples" / "github-actions" / "spokes.yaml").read_text())
    document = re.search(r"```sh\n(set -e\n.*?)```", (_ROOT / "docs" / "shells.md").read_text(), re.DOTALL)
    assert document is not None
    steps = (step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"])
    return [*(script for script in steps if "hubspoke " in script and "pipx" not in script), document[1]]


@pytest.mark.parametrize("script", _scripts())
def test_a_script_that_gets_no_credentials_goes_no_further(script: str, tmp_path: Path) -> None:
    """What it does next would be done as the caller, in an account of the caller's."""
    (tmp_path / "hubspoke").write_text("#!/bin/sh\nexit 77\n")
    (tmp_path / "aws").write_text("#!/bin/sh\necho went on\n")
    for name in ("hubspoke", "aws"):
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", "-e", "-c", f"{script}\naws"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (77, "")
