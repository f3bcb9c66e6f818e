"""hubspoke.cli.completion and candidates: what they offer, and what the real shells make of it."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

from hubspoke.cli import main
from hubspoke.cli.candidates import candidates
from hubspoke.cli.options import COMMANDS
from tests.support.fake_hub import FakeHub, document, offer
from tests.support.shells import command, evaluate
from tests.support.terminal import terminal

_FORMATS = {"bash", "fish", "tcsh", "powershell", "cmd", "dotenv", "ini", "json", "process"}
_TARGETS = {"222222222222/automation-spoke-role", "333333333333/automation-spoke-role"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ro"], {"roles"}),
        (["--v"], {"--version"}),
        (["whoami", "--format", ""], {"table", "json"}),
        (["whoami", "--format", "j"], {"json"}),
        (["whoami", "--format=j"], {"--format=json"}),
        (["env", "--for"], {"--format"}),
        (["env", "--format="], {f"--format={name}" for name in _FORMATS}),
        (["env", "--no-cache", "--no"], set()),
        (["env", "--tag", "a=b", "--ta"], {"--tag"}),
        (["env", "--region", ""], set()),
        (["env", ""], _TARGETS),
        (["env", "--format", "json", "--no-cache", "3"], {"333333333333/automation-spoke-role"}),
        (["env", "222222222222/automation-spoke-role", ""], set()),
        (["run", "222222222222/automation-spoke-role", ""], {"--"}),
        (["run", "222222222222/automation-spoke-role", "--", ""], set()),
        (["completion", ""], {"bash", "zsh", "fish"}),
        (["roles", "word", ""], set()),
        (["nonesuch", ""], set()),
        (["nonesuch"], set()),
    ],
)
@pytest.mark.usefixtures("hub")
def test_what_could_stand_there(words: list[str], expected: set[str]) -> None:
    """Commands, options that aren't given yet, their values, and the roles on offer."""
    assert set(candidates(words)) == expected


def test_every_command_and_each_of_its_options_is_offered() -> None:
    """They are the parsers' own."""
    assert set(COMMANDS) < set(candidates([""]))
    for each in COMMANDS:
        shown = import_module(f"hubspoke.cli.{each.replace('-', '_')}").parser().format_help()
        assert set(candidates([each, "-"])) >= {*re.findall(r"^  (?:-\w, )?(--[a-z-]+)", shown, re.MULTILINE)}
        assert "--help" in candidates([each, "-"])


def test_the_roles_are_asked_for_once_in_some_minutes(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And for each caller, and each hub: the file is the caller's own."""
    monkeypatch.setenv("HUBSPOKE_CACHE_DIR", str(tmp_path / "cache"))
    assert len(hub.seen) == 0
    for _ in range(3):
        assert set(candidates(["run", ""])) == _TARGETS
    assert len(hub.seen) == 1
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    candidates(["run", ""])
    candidates(["run", "--region", "eu-west-1", ""])
    assert len(hub.seen) == 3
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    (file, *others) = sorted((tmp_path / "cache").iterdir())
    assert (stat.S_IMODE(file.stat().st_mode), file.suffix, len(others)) == (0o600, ".offers", 1)
    for each in (file, *others):
        os.utime(each, (time.time() - 301, time.time() - 301))
    candidates(["run", ""])
    assert len(hub.seen) == 4


def test_what_roles_lists_is_remembered(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """So that the Tab after it costs nothing."""
    assert main(["roles"]) == 0
    capsys.readouterr()
    assert candidates(["env", ""]) == dict.fromkeys(_TARGETS, "dev")
    assert len(hub.seen) == 1


def test_a_hub_that_is_down_or_slow_is_silence(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who pressed Tab waits for two seconds at most, and reads no error."""
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", "http://127.0.0.1:1")
    assert candidates(["env", ""]) == {}
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", "")
    assert candidates(["env", ""]) == {}
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", hub.endpoint)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    config = Path(os.environ["HOME"]) / "config"
    config.write_text("[profile slow]\ncredential_process = sleep 20\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    began = time.monotonic()
    argv = ["completion", "candidates", "--", "env", "--profile", "slow", ""]
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke", *argv], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert time.monotonic() - began < 15


@pytest.fixture
def environ(hub: FakeHub, tmp_path: Path) -> dict[str, str]:
    """A person's environment, with hubspoke on PATH, and a hub with a role that shells cut at."""
    roles = [
        offer("222222222222", "a=b@c.d"),
        offer("222222222222", "reader"),
        offer("333333333333", "reader"),
    ]
    hub.script = [document(200, {"Roles": roles})]
    # Remembered from here on: what a shell then shows doesn't depend on how busy the machine is.
    assert len(candidates(["env", ""])) == len(roles)
    (tmp_path / "bin").mkdir()
    found = shutil.which("hubspoke", path=str(Path(sys.executable).parent))
    assert found
    (tmp_path / "bin/hubspoke").symlink_to(found)
    (tmp_path / "bin/hubspoke-test-command").write_text("#!/bin/sh\n")
    (tmp_path / "bin/hubspoke-test-command").chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}


_LINES = [
    ("hubspoke who", {"whoami"}),
    ("hubspoke whoami --format ", {"table", "json"}),
    ("hubspoke whoami --format=j", {"--format=json"}),
    ("hubspoke env --no-c", {"--no-cache"}),
    ("hubspoke env 3", {"333333333333/reader"}),
    ("hubspoke env 222222222222/a=b", {"222222222222/a=b@c.d"}),
    ("hubspoke run 333333333333/reader ", {"--"}),
    ("hubspoke run 333333333333/reader -- hubspoke-test-c", {"hubspoke-test-command"}),
    ("hubspoke nonesuch ", set()),
]


@pytest.mark.parametrize(("line", "expected"), _LINES)
def test_fish(environ: dict[str, str], line: str, expected: set[str]) -> None:
    """By ``complete -C``, which is what Tab does."""
    script = f"hubspoke completion fish | source; complete -C {json.dumps(line)}"
    found = evaluate("fish", script, environ).splitlines()
    assert {row.split("\t")[0] for row in found} == expected


@pytest.mark.parametrize(("line", "expected"), _LINES)
def test_bash(environ: dict[str, str], line: str, expected: set[str]) -> None:
    """By what readline sets; it cuts words at ``=`` and ``@``, and takes no more than what follows."""
    script = """
        eval "$(hubspoke completion bash)"
        COMP_LINE=$1 COMP_POINT=${#1}
        cut=${1//=/ = }; cut=${cut//@/ @ }
        read -ra COMP_WORDS <<< "$cut"
        [[ $1 == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _hubspoke
        ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
    """
    found = evaluate("bash", f"set -- {json.dumps(line)}\n{script}", environ).split()
    cut = max(line.rfind(char) for char in " =@") - line.rfind(" ")
    assert set(found) == {word[cut:] for word in expected}


def test_bash_leaves_the_other_line_to_bash_completion(environ: dict[str, str]) -> None:
    """Where that is loaded: from the word after the dashes on."""
    script = """
        eval "$(hubspoke completion bash)"
        _command_offset() { COMPREPLY=("from-$1"); }
        COMP_WORDS=(hubspoke run 222222222222/reader -- git ch) COMP_CWORD=5
        COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=100
        _hubspoke
        echo "${COMPREPLY[@]}"
    """
    assert evaluate("bash", script, environ) == "from-4\n"


_ZSH = """
autoload -Uz compinit && compinit -u -d "$HOME/.zcompdump"
eval "$(hubspoke completion zsh)"
compadd() { builtin compadd -O found "$@"; print -rl -- "${(@)found}" >> "$HOME/found"; builtin compadd "$@" }
tab() { zle complete-word; : > "$HOME/done" }
zle -N tab; bindkey '^I' tab
PS1='ready> '
"""


def test_zsh(environ: dict[str, str], tmp_path: Path) -> None:
    """At a terminal, since zsh completes nowhere else; what it could add is written down as it does."""
    (tmp_path / "start").write_text(_ZSH)
    found, done = tmp_path / "found", tmp_path / "done"
    with terminal(command("zsh", "-i"), environ | {"TERM": "dumb"}) as screen:
        screen.type(f". {tmp_path / 'start'}\n")
        screen.until("ready> ")
        for line, expected in _LINES:
            found.write_text("")
            screen.type(f"\x15{line}\t")  # Ctrl-U takes away what stood there
            end = time.monotonic() + 20
            while not done.exists():
                assert time.monotonic() < end, screen.shown
                time.sleep(0.02)
            done.unlink()
            assert set(found.read_text().split()) == expected, line
