"""hubspoke.cli.map: one command over many spokes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hubspoke import Hub
from hubspoke.cli import main
from tests.support.fake_hub import (
    ROLE,
    SECRET_ACCESS_KEY,
    VENDED_SECRET,
    VENDED_TOKEN,
    Answer,
    FakeHub,
    Seen,
    document,
    offer,
    refusal,
)

DEV, PROD, SANDBOX = "222222222222", "333333333333", "444444444444"
REFUSED = "555555555555"


@pytest.fixture
def estate(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """Offer three roles, and refuse a fourth."""
    granted = hub.answer
    offers = [
        offer(DEV),
        offer(PROD, OrgUnit="ou-root/Workloads/Prod", AccountTags={"environment": "prod"}),
        offer(SANDBOX, "other-role", OrgUnit="ou-root/Sandbox", AccountTags={}),
    ]

    def answer(seen: Seen) -> Answer:
        if seen.target.endswith("/roles"):
            return document(200, {"Roles": offers})
        return refusal(403, "AccessDenied", "No grant lets you.") if REFUSED in seen.target else granted(seen)

    monkeypatch.setattr(hub, "answer", answer)
    return hub


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    return sorted(found, key=lambda line: line["AccountId"])


@pytest.mark.parametrize(
    ("selection", "accounts"),
    [
        (["--ou", "Workloads"], [DEV, PROD]),
        (["--ou", "Workloads/Prod", "--ou", "ou-root/Sandbox"], [PROD, SANDBOX]),
        (["--role", ROLE], [DEV, PROD]),
        (["--role", ROLE, "--role", "other-role"], [DEV, PROD, SANDBOX]),
        (["--tag", "environment=dev"], [DEV]),
        (["--account", DEV, "--account", SANDBOX], [DEV, SANDBOX]),
        (["--account", DEV, "--role", ROLE], [DEV]),
        (["--ou", "Workloads", "--role", ROLE, "--tag", "environment=prod"], [PROD]),
        (["--all"], [DEV, PROD, SANDBOX]),
    ],
)
@pytest.mark.usefixtures("estate")
def test_the_selection(selection: list[str], accounts: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Each spoke once, as its role."""
    assert main(["map", *selection, "--format", "json", "--", "sh", "-c", "echo $AWS_ACCOUNT_ID"]) == 0
    found = lines(capfd)
    assert [line["AccountId"] for line in found] == accounts
    assert [line["Stdout"].strip() for line in found] == accounts


@pytest.mark.usefixtures("estate")
def test_accounts_from_stdin(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One list for many runs."""
    (tmp_path / "list").write_text(f"{DEV}\n{PROD}\n")
    with (tmp_path / "list").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert main(["map", "--account", "-", "--format", "json", "--", "true"]) == 0
    assert [line["AccountId"] for line in lines(capfd)] == [DEV, PROD]


@pytest.mark.usefixtures("estate")
def test_for_people_each_spokes_output_stands_under_its_heading(capfd: pytest.CaptureFixture[str]) -> None:
    """Whole, and stderr apart from stdout; nothing else is said when all went well."""
    script = "echo one; sleep 0.05; echo err >&2; printf two"
    assert main(["map", "--ou", "Workloads", "--", "sh", "-c", script]) == 0
    printed = capfd.readouterr()
    parts = [f"--- {account}/{ROLE}\none\ntwo\n" for account in (DEV, PROD)]
    assert printed.out in {"".join(parts), "".join(reversed(parts))}
    assert printed.err.count("--- ") == printed.err.count("\nerr\n") == 2
    assert printed.err.count("\n") == 4


@pytest.mark.usefixtures("estate")
def test_results_failures_and_refusals_are_apart(capfd: pytest.CaptureFixture[str]) -> None:
    """As JSON lines that all have the same keys; and the exit code is 1."""
    argv = ["map", "--role", ROLE, *(word for each in (DEV, PROD, REFUSED) for word in ("--account", each))]
    script = f"echo out; echo err >&2; test $AWS_ACCOUNT_ID = {DEV}"
    assert main([*argv, "--format", "json", "--", "sh", "-c", script]) == 1
    printed = capfd.readouterr()
    good, bad, refused = sorted(
        map(json.loads, printed.out.splitlines()), key=lambda line: str(line["AccountId"])
    )
    assert good.pop("Seconds") >= 0
    assert good == {
        "AccountId": DEV,
        "RoleName": ROLE,
        "Outcome": "Succeeded",
        "ExitCode": 0,
        "Stdout": "out\n",
        "Stderr": "err\n",
        "Truncated": False,
        "Code": None,
        "Message": None,
        "RequestId": None,
    }
    assert (bad["Outcome"], bad["ExitCode"], bad["Code"]) == ("Failed", 1, "CommandFailed")
    assert (refused["Outcome"], refused["ExitCode"], refused["Code"]) == ("Refused", None, "AccessDenied")
    assert refused["Message"] == "No grant lets you."
    assert refused["RequestId"]
    assert good.keys() | {"Seconds"} == bad.keys() == refused.keys()
    assert printed.err == "hubspoke: 1 succeeded, 1 failed, 1 refused\n"


@pytest.mark.usefixtures("estate")
def test_for_people_a_failure_and_a_refusal_are_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """On stderr, with the spoke."""
    assert main(["map", "--role", ROLE, "--account", DEV, "--account", REFUSED, "--", "false"]) == 1
    printed = capfd.readouterr()
    assert printed.out == ""
    assert f"hubspoke: {DEV}/{ROLE}: CommandFailed: The command ended with 1.\n" in printed.err
    assert f"hubspoke: {REFUSED}/{ROLE}: AccessDenied: No grant lets you.\n" in printed.err
    assert printed.err.endswith("hubspoke: 1 failed, 1 refused\n")


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["--account", "999999999999"], 66, "999999999999"),
        (["--ou", "Nowhere"], 66, "Nowhere"),
        (["--tag", "environment=nope"], 66, "environment=nope"),
        ([], 64, "--all"),
        (["--all", "--role", ROLE], 64, "everything"),
        (["--account", "22222222222"], 64, "twelve digits"),
        (["--role", "a/b"], 64, "role"),
        (["--role", ""], 64, "role"),
        (["--ou", "a//b"], 64, "organizational unit"),
        (["--ou", ""], 64, "organizational unit"),
        (["--tag", "environment"], 64, "KEY=VALUE"),
        (["--tag", "=dev"], 64, "KEY=VALUE"),
        (["--tag", "a=1", "--tag", "a=2"], 64, "twice"),
        (["--all", "--concurrency", "0"], 64, "1 to 64"),
        (["--all", "--concurrency", "65"], 64, "1 to 64"),
        (["--all", "--timeout", "0"], 64, "15m"),
        (["--all", "--timeout", "1.5h"], 64, "15m"),
        (["--all", "--max-output", "1g"], 64, "64k"),
        (["--all", "--duration", "3601"], 64, "3600"),
        (["--all", "--session-tag", "x"], 64, "KEY=VALUE"),
        (["--all", "--output", "/dev/null/x"], 64, "--output"),
        (["--all", "extra"], 64, "extra"),
    ],
)
def test_what_cant_be_right(
    argv: list[str], code: int, words: str, estate: FakeHub, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One or two lines that say so, nothing on stdout, nothing vended, nothing run."""
    assert main(["map", *argv, "--", "touch", str(tmp_path / "ran")]) == code
    printed = capfd.readouterr()
    assert words in printed.err
    assert (printed.out, printed.err.count("\n") <= 2) == ("", True)
    assert [seen for seen in estate.seen if seen.method == "POST"] == []
    assert not (tmp_path / "ran").exists()


def test_a_command_that_nobody_could_run(
    estate: FakeHub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As of ``run``, before anything is vended."""
    plain = tmp_path / "plain"
    plain.touch(mode=0o644)
    assert main(["map", "--all"]) == 64
    assert main(["map", "--all", "--", "nonesuch-command"]) == 127
    assert main(["map", "--all", "--", str(plain)]) == 126
    assert estate.seen == []
    assert capfd.readouterr().err.count("\n") == 4


@pytest.mark.usefixtures("estate")
def test_a_file_that_only_the_system_can_tell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Executable to look at, and no program: a failure of each spoke."""
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x00\x01")
    garbage.chmod(0o755)
    assert main(["map", "--account", DEV, "--format", "json", "--", str(garbage)]) == 1
    assert [(line["Outcome"], line["Code"]) for line in lines(capfd)] == [("Failed", "NotExecutable")]


@pytest.mark.usefixtures("estate")
def test_the_child_has_the_roles_variables_alone(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scrubbed of what would contradict them; its stdin is empty."""
    monkeypatch.setenv("AWS_ROLE_ARN", "x")
    monkeypatch.setenv("MINE", "ä b")
    show = "import json, os, sys; print(json.dumps(dict(os.environ) | {'stdin': sys.stdin.read()}))"
    assert main(["map", "--account", DEV, "--format", "json", "--", sys.executable, "-c", show]) == 0
    found = json.loads(lines(capfd)[0]["Stdout"])
    assert (found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"]) == (VENDED_SECRET, VENDED_TOKEN)
    assert (found["AWS_ACCOUNT_ID"], found["MINE"], found["stdin"]) == (DEV, "ä b", "")
    assert "AWS_ROLE_ARN" not in found


@pytest.mark.usefixtures("estate")
def test_nothing_of_ours_prints_a_secret(capfd: pytest.CaptureFixture[str]) -> None:
    """Verbosely, with failures and refusals."""
    argv = ["map", "--role", ROLE, "--account", DEV, "--account", REFUSED, "--verbose"]
    for form in ("text", "json"):
        assert main([*argv, "--format", form, "--", "false"]) == 1
    printed = capfd.readouterr()
    assert f"{DEV}/{ROLE}: failed, " in printed.err
    for secret in (VENDED_SECRET, VENDED_TOKEN, SECRET_ACCESS_KEY):
        assert secret not in printed.out + printed.err


@pytest.mark.usefixtures("estate")
def test_output_into_a_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file each, named by account and role; the folder is the user's own."""
    folder = tmp_path / "new" / "out"
    script = "echo $AWS_ACCOUNT_ID; echo err >&2"
    assert main(["map", "--ou", "Workloads", "--output", str(folder), "--", "sh", "-c", script]) == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        f"{account}-{ROLE}.{end}": text
        for account in (DEV, PROD)
        for end, text in (("out", f"{account}\n"), ("err", "err\n"))
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("estate")
def test_what_is_kept_of_an_output_is_bounded(capfd: pytest.CaptureFixture[str]) -> None:
    """And that there was more is said."""
    argv = ["map", "--account", DEV, "--format", "json", "--max-output", "1k"]
    assert main([*argv, "--", "head", "-c", "5000", "/dev/zero"]) == 0
    (line,) = lines(capfd)
    assert (len(line["Stdout"]), line["Truncated"]) == (1024, True)


@pytest.mark.usefixtures("estate")
def test_what_takes_too_long_is_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    """Ended, and told apart from one that failed by itself."""
    argv = ["map", "--account", DEV, "--format", "json", "--timeout", "1s"]
    assert main([*argv, "--", "sleep", "60"]) == 1
    (line,) = lines(capfd)
    assert (line["Outcome"], line["Code"]) == ("Failed", "TimedOut")


class WithoutAHub:
    """Another route than the hub's: it has credentials, and no list of roles."""

    def __init__(self) -> None:
        self.obtain, self.remember = Hub().obtain, Hub().remember


@pytest.mark.usefixtures("estate")
def test_without_a_hub_accounts_and_roles_have_to_be_named(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody knows which there are."""
    monkeypatch.setattr("hubspoke.cli.map.route", lambda _given: WithoutAHub())
    for selection in (["--all"], ["--ou", "x"], ["--tag", "a=b"], ["--account", DEV], ["--role", ROLE]):
        assert main(["map", *selection, "--", "touch", str(tmp_path / "ran")]) == 64
    assert capfd.readouterr().err.count("give --account and --role alone") == 5
    argv = ["map", "--account", PROD, "--account", DEV, "--account", DEV, "--role", ROLE, "--format", "json"]
    assert main([*argv, "--", "true"]) == 0
    assert [(line["AccountId"], line["Outcome"]) for line in lines(capfd)] == [
        (DEV, "Succeeded"),
        (PROD, "Succeeded"),
    ]
    assert not (tmp_path / "ran").exists()


@contextmanager
def running(tmp_path: Path, script: str, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    """Start ``map`` in a process of its own, over two spokes, one at a time."""
    argv = ["map", "--ou", "Workloads", "--concurrency", "1", "--format", "json", "--", "sh", "-c", script]
    process = subprocess.Popen(
        [sys.executable, "-m", "hubspoke", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    try:
        until = time.monotonic() + 20
        while not (tmp_path / "up").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{int(pid)}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.usefixtures("estate")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_the_commands_get_it_and_what_was_done_is_told(tmp_path: Path, number: int) -> None:
    """130; no further spoke is begun, nothing is orphaned, no traceback."""
    name = signal.Signals(number).name.removeprefix("SIG")
    script = f"trap 'echo cleaned; exit 7' {name}; echo $$ > pid; touch up; while :; do sleep 0.02; done"
    with running(tmp_path, script) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    first, second = map(json.loads, out.splitlines())
    assert (first["Outcome"], first["ExitCode"], first["Stdout"]) == ("Failed", 7, "cleaned\n")
    assert (second["Outcome"], second["ExitCode"]) == ("NotStarted", None)
    assert (process.returncode, err) == (130, "hubspoke: 1 failed, 1 not started\n")
    assert not is_alive((tmp_path / "pid").read_text())


@pytest.mark.usefixtures("estate")
def test_interrupted_twice_the_commands_are_killed(tmp_path: Path) -> None:
    """With what they started."""
    script = "trap '' INT; sleep 60 & echo $! > pid; touch up; while :; do sleep 0.02; done"
    with running(tmp_path, script) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert [json.loads(line)["ExitCode"] for line in out.splitlines()] == [137, None]
    assert process.returncode == 130
    assert not is_alive((tmp_path / "pid").read_text())


def test_interrupted_while_the_hub_says_nothing(
    estate: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A vend that hangs isn't waited for."""
    granted = estate.answer

    def answer(seen: Seen) -> Answer:
        if seen.method == "POST":
            (tmp_path / "up").touch()
            return Answer(200, b"{}", delay=60)
        return granted(seen)

    monkeypatch.setattr(estate, "answer", answer)
    with running(tmp_path, "true") as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    assert [json.loads(line)["Outcome"] for line in out.splitlines()] == ["NotStarted", "NotStarted"]
    assert process.returncode == 130


@pytest.mark.usefixtures("estate")
def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    """``hubspoke map … | head -1``: nothing is left running, and it isn't called well."""
    with running(tmp_path, "touch up; test -e go || sleep 0.3; echo $$ >> pids; sleep 0.1") as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert not any(map(is_alive, (tmp_path / "pids").read_text().split()))


@pytest.mark.usefixtures("estate")
def test_on_a_terminal_progress_is_one_line_that_is_written_over() -> None:
    """And a sum at the end; elsewhere there is neither."""
    ours, theirs = pty.openpty()
    argv = ["map", "--ou", "Workloads", "--", "true"]
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke", *argv],
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        check=True,
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert b"0/2 spokes\r\x1b[K" in shown
    assert b"1/2 spokes\r\x1b[K" in shown
    assert shown.endswith(b"hubspoke: 2 succeeded\r\n")
    assert "spokes" not in done.stdout


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""
