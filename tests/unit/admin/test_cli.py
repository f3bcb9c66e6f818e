"""``hubspoke-admin``'s arguments."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.grants import STARTING_GRANTS


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bogus"],
        ["grants"],
        ["grants", "bogus"],
        ["grants", "build"],
        ["grants", "build", "a", "b"],
        ["grants", "build", "a", "--output"],
        ["grants", "build", "a", "--out", "b"],
        ["grants", "build", "a", "--bucket", "b"],
        ["grants", "publish"],
        ["grants", "publish", "a", "--bucket", "b"],
        ["grants", "publish", "a", "--regions"],
        ["grants", "publish", "a", "--based", "b"],
        ["grants", "rollback", "a"],
        ["grants", "history", "--lim", "5"],
        ["quarantine"],
        ["quarantine", "add", "--reason", "r"],
        ["quarantine", "add", "--everything"],
        ["quarantine", "add", "--everything", "--account", "222222222222", "--reason", "r"],
        ["quarantine", "remove"],
        ["quarantine", "remove", "--everything", "--reason", "r"],
        ["vends", "a"],
        ["grants", "publish", "a", "--output", "b"],
        ["audit", "x"],
        ["audit", "--trail"],
        ["audit", "--format", "xml"],
        ["who"],
        ["who", "a", "b"],
        ["grants", "init"],
        ["grants", "check"],
        ["grants", "test"],
        ["grants", "explain", "222222222222/a"],
        ["grants", "who-can"],
        ["grants", "what-can"],
        ["grants", "who-can", "222222222222/a", "--grants", "a", "--bundle", "b"],
        ["grants", "diff", "a"],
        ["--verbose"],
        ["--hel"],
        ["build", "grants"],
        ["org"],
        ["org", "pull"],
        ["org", "pull", "a", "--chec"],
        ["org", "push", "a"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_shown_the_usage(run: Callable[..., Any], arguments: list[str]) -> None:
    """Arguments that aren't known, cut short or missing end with 2 and the usage on stderr."""
    ran = run(*arguments)

    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("usage: hubspoke-admin")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["grants"],
        *(["grants", each] for each in ("build", "publish", "rollback", "fetch", "history")),
        ["quarantine"],
        *(["quarantine", each] for each in ("add", "remove", "list")),
        ["org"],
        ["org", "pull"],
        ["vends"],
        ["audit"],
        ["who"],
        *(
            ["grants", name]
            for name in (
                "init",
                "check",
                "build",
                "test",
                "explain",
                "who-can",
                "what-can",
                "diff",
                "publish",
            )
        ),
    ],
    ids=" ".join,
)
def test_help_is_on_standard_output(run: Callable[..., Any], arguments: list[str]) -> None:
    """Every command has help."""
    ran = run(*arguments, "--help")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(b"usage: hubspoke-admin")


def test_help_names_every_exit_code(run: Callable[..., Any]) -> None:
    """What a script may rely on is in the help."""
    shown = run("--help").out.decode()

    assert all(f"\n  {code:<3} " in shown for code in (0, 1, 2, 3, 130))


def test_the_module_runs_as_a_command() -> None:
    """``python -m hubspoke_admin.cli`` is the same command, with the same exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_admin.cli", "grants", "build", str(STARTING_GRANTS / "policies")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("hubspoke-admin: ")
    assert "Traceback" not in done.stderr
