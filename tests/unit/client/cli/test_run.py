"""hubspoke.cli.run: through a process of its own, since it becomes the command."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, VENDED_TOKEN, FakeHub, refusal

_TARGET = f"{ACCOUNT}/{ROLE}"
_SHOW = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]


def _run(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hubspoke", "run", *argv],
        capture_output=True,
        text=True,
        env=os.environ | env,
        check=False,
        timeout=30,
    )


@pytest.mark.usefixtures("hub")
def test_the_child_has_the_roles_variables() -> None:
    """And none that contradicts them."""
    done = _run(
        _TARGET,
        "--",
        *_SHOW,
        AWS_PROFILE="x",
        AWS_ROLE_ARN="x",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="x",
        MINE="ä b",
    )
    found = json.loads(done.stdout)
    assert (found["AWS_SECRET_ACCESS_KEY"], found["AWS_SECURITY_TOKEN"]) == (VENDED_SECRET, VENDED_TOKEN)
    assert (found["AWS_ACCOUNT_ID"], found["AWS_REGION"], found["MINE"]) == (ACCOUNT, "eu-west-1", "ä b")
    assert not {"AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"} & found.keys()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("code", [0, 1, 7, 64, 77, 255])
def test_the_exit_code_is_the_childs(code: int) -> None:
    """Whatever it is."""
    assert _run(_TARGET, "--", "sh", "-c", f"exit {code}").returncode == code


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGHUP"])
def test_a_death_by_signal_is_the_childs(name: str) -> None:
    """Our parent sees what a shell would have seen."""
    number = getattr(signal, name)
    assert _run(_TARGET, "--", "sh", "-c", f"kill -{number} $$").returncode == -number


def test_signals_reach_the_child(hub: FakeHub) -> None:
    """It is the same process: there is nothing between them."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hubspoke",
            "run",
            _TARGET,
            "--",
            "sh",
            "-c",
            "trap 'exit 9' TERM; echo up; read x",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    assert process.wait(10) == 9
    process.stdin.close()
    process.stdout.close()
    assert len(hub.seen) == 1


@pytest.mark.usefixtures("hub")
def test_a_broken_pipe_ends_the_child() -> None:
    """Python ignores SIGPIPE; the child must not inherit that."""
    done = _run(_TARGET, "--", "sh", "-c", "kill -PIPE $$; exit 5")
    assert done.returncode == -signal.SIGPIPE


@pytest.mark.usefixtures("hub")
def test_stdin_is_the_childs() -> None:
    """The terminal too, by the same token."""
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke", "run", _TARGET, "--", "cat"],
        input="through\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "through\n"


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("command", ["nonesuch-command", "/nonesuch/command", "/dev/null/x", ""])
def test_a_command_that_does_not_exist(command: str) -> None:
    """127, as a shell has it."""
    done = _run(_TARGET, "--", command)
    assert (done.returncode, done.stderr.count("\n")) == (127, 1)
    assert "no such command" in done.stderr


@pytest.mark.usefixtures("hub")
def test_a_command_that_cant_be_executed(tmp_path: Path) -> None:
    """126, as a shell has it."""
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n")
    plain.chmod(0o644)
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x00\x01")
    garbage.chmod(0o755)
    for command in (plain, garbage, tmp_path):
        done = _run(_TARGET, "--", str(command))
        assert (done.returncode, done.stderr.count("\n")) == (126, 1)


def test_a_refusal_runs_nothing(hub: FakeHub, tmp_path: Path) -> None:
    """Non-zero, the word AccessDenied, no traceback."""
    hub.script = [refusal(403, "AccessDenied")]
    done = _run(_TARGET, "--", "touch", str(tmp_path / "ran"))
    assert done.returncode == 77
    assert "AccessDenied" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("hub")
def test_what_follows_the_dashes_is_the_childs() -> None:
    """Options of ours, and further dashes, too."""
    done = _run(_TARGET, "--", "echo", "--verbose", "--", "-x", "--help")
    assert done.stdout == "--verbose -- -x --help\n"
    assert done.stderr == ""


def test_the_role_may_stand_in_variables(hub: FakeHub) -> None:
    """An option beats its variable, and ACCOUNT/ROLE both."""
    variables = {"ASSUME_ROLE_SPOKE_ACCOUNT": "333333333333", "ASSUME_ROLE_SPOKE_ROLE": "of-the-variable"}
    assert _run("--", "true", **variables).returncode == 0
    assert _run("--spoke-account", "444444444444", "--", "true", **variables).returncode == 0
    assert _run("--spoke-role", "of-the-option", "--", "true", **variables).returncode == 0
    assert _run(_TARGET, "--", "true", **variables).returncode == 0
    assert [seen.target.split("/")[4:7:2] for seen in hub.seen] == [
        ["333333333333", "of-the-variable"],
        ["444444444444", "of-the-variable"],
        ["333333333333", "of-the-option"],
        [ACCOUNT, ROLE],
    ]
