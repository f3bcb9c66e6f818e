"""``hubspoke-admin doctor`` as it is typed: what it refuses, how it ends, and what it prints where."""

import copy
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_regions import Fault
from tests.support.fake_spokes import FakeSpokes
from tests.support.terminal import terminal
from tests.unit.admin.doctor.conftest import SPOKE, TARGET, TRUST, estate

__all__ = ["estate"]

Run = Callable[..., Any]
HUB_ROLE = "arn:aws:iam::999999999999:role/automation-hub-role"


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        ([], "--all"),
        (["--all", TARGET], "--all"),
        (["--all", "--route", "direct", "--hub-role", HUB_ROLE], "--all"),
        (["app-role"], "ACCOUNT/ROLE"),
        (["22222222222/app-role"], "ACCOUNT/ROLE"),
        (["2222222222222/app-role"], "ACCOUNT/ROLE"),
        (["٢٢٢٢٢٢٢٢٢٢٢٢/app-role"], "ACCOUNT/ROLE"),
        ([f"{SPOKE}/path/app-role"], "ACCOUNT/ROLE"),
        ([f"{SPOKE}/"], "ACCOUNT/ROLE"),
        ([f"{SPOKE}/*"], "ACCOUNT/ROLE"),
        ([f"{TARGET}\n"], "ACCOUNT/ROLE"),
        ([f"{SPOKE}/röle"], "ACCOUNT/ROLE"),
        ([f"arn:aws:iam::{SPOKE}:role/app-role"], "ACCOUNT/ROLE"),
        ([TARGET, ""], "ACCOUNT/ROLE"),
        ([TARGET, "--route", "other"], "--route"),
        ([TARGET, "--route", "direct"], "--hub-role"),
        ([TARGET, "--route", "both"], "--hub-role"),
        ([TARGET, "--route", "both", "--hub-role", f"{HUB_ROLE},{HUB_ROLE}2"], "--hub-role"),
        ([TARGET, "--route", "both", "--hub-role", "automation-hub-role"], "--hub-role"),
        ([TARGET, "--route", "both", "--hub-role", HUB_ROLE.replace("aws", "aws-mars")], "--hub-role"),
        ([TARGET, "--route", "both", "--hub-role", f"{HUB_ROLE}*"], "--hub-role"),
        ([TARGET, "--trusts", "*"], "--trusts"),
        ([TARGET, "--trusts", f"{HUB_ROLE},nobody"], "--trusts"),
        ([TARGET, "--trusts", "arn:aws:iam::999999999999:root"], "--trusts"),
        ([TARGET, "--doctor-role", ""], "--doctor-role"),
        ([TARGET, "--doctor-role", "/path/name"], "--doctor-role"),
        ([TARGET, "--doctor-role", "x" * 65], "--doctor-role"),
        ([TARGET, "--organization", "o-short"], "--organization"),
        ([TARGET, "--organization", "O-A1B2C3D4E5"], "--organization"),
        ([TARGET, "--organization", "o-a1b2c3d4e5\n"], "--organization"),
        ([TARGET, "--organization", ""], "--organization"),
        ([TARGET, "--regions", "here"], "--regions"),
        ([TARGET, "--regions", "eu-west-1,eu-west-1"], "--regions"),
        ([TARGET, "--stack", "a b"], "--stack"),
        ([TARGET, "--principal", "bot"], "--principal"),
        ([TARGET, "--principal", "arn:aws:iam::111111111111:root"], "--principal"),
        ([TARGET, "--principal", ""], "--principal"),
        ([TARGET, "--format", "yaml"], "--format"),
        ([TARGET, "--forma", "json"], "--forma"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nonsense_is_refused(run: Run, estate: FakeSpokes, arguments: list[str], mentions: str) -> None:
    """By name, before AWS is asked anything, and nothing goes to stdout."""
    done = run("doctor", *arguments)
    assert (done.code, done.out) == (2, b"")
    assert mentions in done.err
    assert estate.calls == []


def test_an_external_id_that_is_none_is_refused_and_not_repeated(
    run: Run, estate: FakeSpokes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is of use at all; it may be a real one with a blank behind it."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "of-my-own ")
    done = run("doctor", TARGET, "--route", "direct", "--hub-role", HUB_ROLE)
    assert done.code == 2
    assert "ASSUME_ROLE_EXTERNAL_ID" in done.err
    assert "of-my-own" not in done.err
    assert run("doctor", TARGET).code == 0


def test_all_right_is_zero(run: Run, estate: FakeSpokes) -> None:
    """With a line a step, and the count."""
    done = run("doctor", TARGET)
    assert (done.code, done.err) == (0, "")
    lines = done.out.decode().splitlines()
    assert {line.split()[0] for line in lines[:-2]} == {"right", "noted"}
    assert "right" in lines[-1]
    assert len({line.index(line.split()[2]) for line in lines if line.startswith("right   ")}) == 1


def test_something_wrong_is_one(run: Run, estate: FakeSpokes) -> None:
    """With its code, and the commands beneath it."""
    estate.roles[SPOKE, "app-role"]["MaxSession"] = 7200
    done = run("doctor", TARGET)
    assert (done.code, done.err) == (1, "")
    assert "SessionLength: Sessions may last 7200 s" in done.out.decode()
    assert "aws iam update-role --role-name app-role" in done.out.decode()


def test_something_unseen_is_three(run: Run, estate: FakeSpokes) -> None:
    """Nothing wrong, and not all of it seen."""
    estate.closed[SPOKE] = Fault()
    assert run("doctor", TARGET).code == 3


def test_wrong_is_worse_than_unseen(run: Run, estate: FakeSpokes) -> None:
    """It can be mended now."""
    estate.closed[SPOKE] = Fault()
    estate.rest_api = {}
    assert run("doctor", TARGET).code == 1


@pytest.mark.parametrize("fault", [Fault(), Fault(403, "ExpiredToken")])
def test_a_stack_that_cannot_be_read_ends_it(run: Run, estate: FakeSpokes, fault: Fault) -> None:
    """With AWS's code; nothing can be said then."""
    estate.faults["eu-west-1", "DescribeStacks"] = fault
    done = run("doctor", TARGET)
    assert (done.code, done.out) == (3, b"")
    assert fault.code in done.err
    assert "planted" not in done.err


def test_nobodys_credentials_end_it(run: Run, estate: FakeSpokes, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to look at."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    done = run("doctor", TARGET)
    assert (done.code, done.out) == (3, b"")
    assert "AWS_PROFILE" in done.err


@pytest.mark.parametrize("role", [[TARGET, "333333333333/other"], ["--all"]], ids=len)
def test_json_is_one_document(run: Run, estate: FakeSpokes, role: list[str]) -> None:
    """Whatever was found; with the verdict of all of it."""
    estate.roles[SPOKE, "app-role"]["MaxSession"] = 7200
    done = run("doctor", *role, "--format", "json")
    report = json.loads(done.out)
    assert (done.code, done.err) == (1, "")
    assert set(report) == {"Verdict", "Hub", "Roles"}
    assert report["Verdict"] == "wrong"
    for finding in (*report["Hub"], *(each for one in report["Roles"] for each in one["Findings"])):
        assert {"Step", "Verdict", "Code", "Says"} <= set(finding)
        assert ("Mend" in finding) or finding["Verdict"] in ("right", "noted")


def test_several_roles_show_what_is_to_be_mended(run: Run, estate: FakeSpokes) -> None:
    """A heading a role, and how many are how; all of it with ``--verbose``."""
    estate.role("333333333333", "app-role", TRUST)
    done = run("doctor", TARGET, "333333333333/app-role")
    text = done.out.decode()
    assert "333333333333/app-role\nwrong" in text
    assert f"\n{TARGET}\n" not in text
    assert text.endswith("\n2 roles: 1 right, 1 wrong\n")
    assert f"\n{TARGET}\nright" in run("doctor", TARGET, "333333333333/app-role", "--verbose").out.decode()


def test_a_role_named_twice_is_looked_at_once(run: Run, estate: FakeSpokes) -> None:
    """It is one."""
    assert len(json.loads(run("doctor", TARGET, TARGET, "--format", "json").out)["Roles"]) == 1


def test_what_iam_says_can_not_draw_on_a_terminal(run: Run, estate: FakeSpokes) -> None:
    """A Sid or a principal with control characters in it."""
    trust = copy.deepcopy(TRUST)
    trust["Statement"][0] |= {"Sid": "\x1b[2J\x07evil", "Principal": {"AWS": "arn:aws:iam::1:role/\x1b]0;x"}}
    estate.roles[SPOKE, "app-role"]["Trust"] = trust
    done = run("doctor", TARGET)
    assert done.code == 1
    assert b"\x1b" not in done.out
    assert b"\x07" not in done.out


def test_help_has_examples(run: Run) -> None:
    """And every option."""
    done = run("doctor", "--help")
    assert done.code == 0
    for each in ("examples:", "--route", "--principal", "--trusts", "--doctor-role", "--format", "--all"):
        assert each in done.out.decode()


# --- as a process -------------------------------------------------------------------------------

COMMAND = [str(Path(sys.executable).parent / "hubspoke-admin"), "doctor", TARGET]


@pytest.mark.parametrize(
    ("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals(estate: FakeSpokes, variables: dict[str, str], coloured: bool) -> None:
    """Unless whoever sits there wants none."""
    environment = {**os.environ, "TERM": "xterm", **variables}
    with terminal(COMMAND, environment) as person:
        assert person.end() == 0
    assert ("\x1b[32mright" in person.shown) is coloured
    assert ("\x1b" in person.shown) is coloured


def test_nothing_is_coloured_in_a_pipe(run: Run, estate: FakeSpokes) -> None:
    """It is for programs, or a file."""
    assert b"\x1b" not in run("doctor", TARGET).out


def test_a_reader_that_goes_away_ends_it_quietly(estate: FakeSpokes) -> None:
    """As ``| head`` does."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(COMMAND, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_ends_it_quietly(estate: FakeSpokes) -> None:
    """While an account is being read."""
    asked, over = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        over.wait(20)

    estate.meanwhile["eu-west-1", "DescribeStacks"] = hold
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert asked.wait(20)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
        over.set()
    assert (child.returncode, out, err) == (130, b"", b"")
