"""hubspoke.cli: what every command does, in process and out."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hubspoke
from hubspoke.cli import main
from hubspoke.cli.options import COMMANDS
from hubspoke.exit_codes import Exit
from hubspoke.settings import environment
from tests.support.fake_hub import (
    ACCESS_KEY_ID,
    REQUEST_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    VENDED_SECRET,
    VENDED_TOKEN,
    Answer,
    FakeHub,
    document,
    gateway,
    offer,
    refusal,
    vended,
)

TARGET = "222222222222/automation-spoke-role"


def test_alone_it_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    """With every command, and the table of exit codes."""
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert all(f"\n  {code.value:<6}{code.meaning}" in out for code in Exit)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And exits with 0, and shows no traceback."""
    assert main([command, "--help"]) == 0
    assert "examples:" in capsys.readouterr().out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    """As the distribution has it."""
    assert main(["--version"]) == 0
    assert re.fullmatch(r"hubspoke [0-9.]+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    "argv",
    [
        ["nonesuch"],
        ["--nonesuch"],
        ["--verbose", "whoami"],
        ["whoami", "extra"],
        ["whoami", "--format", "xml"],
        ["whoami", "--retries", "x"],
        ["whoami", "--retries", "-1"],
        ["whoami", "--region", "no/region"],
        ["roles", "--form", "json"],
        ["env"],
        ["env", "222222222222"],
        ["env", "222222222222/"],
        ["env", "/role"],
        ["env", "22222222222/role"],
        ["env", "222222222222/path/role"],
        ["env", "222222222222/.."],
        ["env", TARGET, "extra"],
        ["env", TARGET, "--spoke-role", "role"],
        ["env", TARGET, "--spoke-account", "222222222222"],
        ["env", "--spoke-account", "222222222222"],
        ["env", "--spoke-account", "x", "--spoke-role", "y"],
        ["env", TARGET, "--duration", "899"],
        ["env", TARGET, "--duration", "3601"],
        ["env", TARGET, "--duration", "2h"],
        ["env", TARGET, "--duration", "1.5h"],
        ["env", TARGET, "--duration", " 900 "],
        ["env", TARGET, "--duration", "9_00"],
        ["env", TARGET, "--duration", "-900"],
        ["env", TARGET, "--tag", "no-equals"],
        ["env", TARGET, "--tag", "=x"],
        ["env", TARGET, "--tag", "a=1", "--tag", "a=2"],
        ["env", TARGET, "--tag", "a=1", "--tag", "A=2"],
        ["env", TARGET, "--tag", "aws:a=1"],
        ["env", TARGET, "--session-policy", "a/b"],
        ["env", TARGET, "--reason", "two\nlines"],
        ["env", TARGET, "--reason", ""],
        ["env", "\x1b[2Jesc"],
        ["whoami", "--profile", ""],
        ["env", "--spoke-account", "", "--spoke-role", "x"],
        ["env", TARGET, "--spoke-role", ""],
        ["run", TARGET],
        ["run", TARGET, "--"],
        ["run", TARGET, "true"],
        ["run", "--", "true"],
        ["run", TARGET, "--nonesuch", "--", "true"],
        ["credential-process", TARGET, "--format", "json"],
    ],
)
def test_wrong_arguments(hub: FakeHub, argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """64, one or two lines that can be printed, and no call."""
    assert main(argv) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("hubspoke: ")
    assert printed.err.count("\n") <= 2
    assert "Traceback" not in printed.err
    assert "\x1b" not in printed.err
    assert hub.seen == []


_DENIED = refusal(403, "AccessDenied", "No grant lets you.")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (_DENIED, 77, ["AccessDenied: No grant lets you.", REQUEST_ID]),
        (gateway(403, "AccessDeniedException"), 77, ["AccessDenied", "execute-api:Invoke", REQUEST_ID]),
        (refusal(400, "InvalidRequest"), 65, ["InvalidRequest"]),
        (refusal(429, "TooManyRequests"), 75, ["TooManyRequests"]),
        (refusal(502, "SpokeRefused"), 71, ["SpokeRefused"]),
        (refusal(503, "Throttled"), 75, ["Throttled"]),
        (refusal(503, "Unavailable"), 75, ["Unavailable"]),
        (gateway(403, "ExpiredTokenException"), 67, ["expired", "sign in"]),
        (gateway(403, "InvalidSignatureException"), 67, ["signature"]),
        (gateway(403, "UnrecognizedClientException"), 67, ["access key"]),
        (gateway(403, "MissingAuthenticationTokenException"), 78, ["--endpoint"]),
        (gateway(500, "InternalServerErrorException"), 75, ["Unavailable"]),
        (Answer(200, b"<html>hush</html>"), 76, ["ReplyMalformed"]),
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/"}), 76, ["elsewhere"]),
        (Answer(404, b'{"message": "hush"}'), 76, ["isn't a hub"]),
    ],
)
def test_what_the_hub_answers(
    hub: FakeHub, answer: Answer, code: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A code and one or two lines that say what to do, and nothing on stdout."""
    hub.script = [answer]
    assert main(["credential-process", TARGET, "--retries", "0"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(word in printed.err for word in words)
    assert printed.err.count("\n") <= 2
    assert "hush" not in printed.err
    assert "gateway's own text" not in printed.err


def test_a_hub_that_cant_be_reached(capsys: pytest.CaptureFixture[str]) -> None:
    """69, and what to check."""
    assert main(["whoami", "--endpoint", "http://127.0.0.1:1", "--retries", "0"]) == 69
    assert "HUBSPOKE_ENDPOINT" in capsys.readouterr().err


@pytest.mark.parametrize(
    "endpoint",
    [[], ["--endpoint", "http://hub.example.com"], ["--endpoint", "https://user:hush@h.example.com"]],
)
def test_an_endpoint_that_is_missing_or_wrong(
    endpoint: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """78, and which option to give."""
    assert main(["whoami", *endpoint]) == 78
    err = capsys.readouterr().err
    assert "HUBSPOKE_ENDPOINT" in err
    assert "hush" not in err


def test_own_credentials_that_are_missing(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """67, and how to get some."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert main(["whoami"]) == 67
    assert "AWS_PROFILE" in capsys.readouterr().err
    assert hub.seen == []


def test_own_credentials_that_have_expired(
    monkeypatch: pytest.MonkeyPatch, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """67, before anything is sent."""
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z")
    assert main(["whoami"]) == 67
    assert "expired" in capsys.readouterr().err
    assert hub.seen == []


def test_an_expired_sso_session_shows_no_traceback(hub: FakeHub, tmp_path: Path) -> None:
    """botocore logs one, with its own text, as a warning."""
    config = tmp_path / "config"
    config.write_text(
        "[profile sso]\nsso_session = org\nsso_account_id = 111111111111\nsso_role_name = reader\n"
        "[sso-session org]\nsso_start_url = https://example.com\nsso_region = eu-west-1\n"
        "[profile process]\ncredential_process = sh -c 'echo hush >&2; exit 3'\n"
    )
    for profile in ("sso", "process"):
        done = _cli("whoami", "--profile", profile, env={"AWS_CONFIG_FILE": str(config)})
        assert done.returncode == 67
        assert done.stderr.startswith("hubspoke: OwnCredentialsError: ")
        assert done.stderr.count("\n") == 1


def test_a_fault_of_ours_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """70, and the error's type alone: its text could hold anything."""
    from hubspoke.cli import whoami

    def fail(_argv: list[str]) -> int:
        raise RuntimeError("hush")

    monkeypatch.setattr(whoami, "main", fail)
    assert main(["whoami"]) == 70
    assert capsys.readouterr().err == "hubspoke: InternalError: RuntimeError. This is a fault in hubspoke.\n"


def test_ctrl_c_is_quiet(hub: FakeHub) -> None:
    """130, no traceback."""
    hub.script = [Answer(200, b"{}" * 9, delay=20)]
    process = subprocess.Popen(
        [sys.executable, "-m", "hubspoke", "whoami"], stderr=subprocess.PIPE, text=True
    )
    while not hub.seen:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (130, "")


@pytest.mark.parametrize("module", ["hubspoke.kept", "hubspoke.cli", "hubspoke.cli.options"])
def test_ctrl_c_before_the_command_is_read_is_quiet_too(module: str) -> None:
    """While modules are imported, which is most of the time that a command takes."""
    program = f"""
import builtins, os, signal, sys
import_ = builtins.__import__
def interrupted(name, *rest, **more):
    if name == {module!r}:
        os.kill(os.getpid(), signal.SIGINT)
    return import_(name, *rest, **more)
from hubspoke.quick import main
for each in [each for each in sys.modules if each.startswith({module!r})]:
    del sys.modules[each]
builtins.__import__ = interrupted
if {module!r} == "hubspoke.kept":
    from hubspoke import quick
    quick._kept = lambda words: __import__("hubspoke.kept")
sys.argv[1:] = ["credential-process", {TARGET!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("credential-process {} >&-", 0),
        ("env {} >&-", 0),
        ("env {} <&- >&- 2>&-", 0),
        ("run --no-cache {} -- true >&-", 0),
        ("run {} -- false <&- >&- 2>&-", 1),
        ("run {} -- nonesuch-command 2>&-", 127),
        ("run {} -- nonesuch-command 2>/dev/full", 127),
        ("env nonsense 2>&-", 64),
        ("env nonsense 2>/dev/full", 64),
        ("nonesuch 2>/dev/full", 64),
        ("--version >&-", 0),
        ("roles >&-", 0),
        ("cache list >&-", 0),
    ],
)
@pytest.mark.usefixtures("hub")
def test_a_stream_that_is_closed_or_full_is_not_a_fault_of_ours(command: str, code: int) -> None:
    """Nobody reads what would be written there, and the exit code is what it is otherwise."""
    shell = f"exec {sys.executable} -m hubspoke {command.format(TARGET)}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == code
    assert "Error" not in done.stderr


def test_a_terminal_that_cant_show_a_character_costs_the_character(hub: FakeHub) -> None:
    """An account's name may hold any: ``PYTHONIOENCODING``, or a locale of one byte a character."""
    hub.script = [document(200, {"Roles": [offer(AccountName="Zür\u2603")]})]
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke", "roles"],
        capture_output=True,
        env=environment() | {"PYTHONIOENCODING": "latin-1"},
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Z\xfcr\\u2603" in done.stdout


@pytest.mark.usefixtures("hub")
def test_a_full_disk_is_said() -> None:
    """It isn't a fault of ours, and must not pass for a file with the credentials in it."""
    for command in (f"env {TARGET}", f"credential-process {TARGET}", f"credential-process {TARGET}", "roles"):
        shell = f"exec {sys.executable} -m hubspoke {command} >/dev/full"
        done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False, timeout=30)
        assert (done.returncode, done.stderr.count("\n")) == (74, 1)
        assert "can't be written: No space left on device" in done.stderr


def test_a_reader_that_goes_away_is_quiet(hub: FakeHub) -> None:
    """``hubspoke roles | true``."""
    assert hub.seen == []
    process = subprocess.Popen(
        [sys.executable, "-m", "hubspoke", "roles"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(10) == 0


@pytest.mark.parametrize("command", ["env", "credential-process"])
def test_verbose_says_what_is_done_and_no_secret(
    hub: FakeHub, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Endpoint, Region, retries, request id, and then the cache; on stderr."""
    hub.script = [
        refusal(503, "Unavailable", Retry_After="0"),
        document(200, vended(), x_amzn_RequestId=REQUEST_ID),
    ]
    assert main([command, TARGET, "--verbose"]) == 0
    assert main([command, TARGET, "--verbose"]) == 0
    err = capsys.readouterr().err
    for word in (hub.endpoint, "eu-west-1", "trying again", REQUEST_ID, "from the cache"):
        assert word in err
    for secret in (SECRET_ACCESS_KEY, SESSION_TOKEN, VENDED_SECRET, VENDED_TOKEN, ACCESS_KEY_ID, "AWS4-HMAC"):
        assert secret not in err


def test_without_verbose_stderr_is_empty(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A script can rely on it."""
    assert hub.seen == []
    assert main(["credential-process", TARGET]) == 0
    assert capsys.readouterr().err == ""


def test_a_cached_command_imports_no_http_client(hub: FakeHub) -> None:
    """Neither requests nor botocore, which take ten times as long as Python itself."""
    assert main(["credential-process", TARGET]) == 0
    script = "import sys\nfrom hubspoke.cli import main\n"
    script += f"main({['env', TARGET]!r})\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "hubspoke.hub" in loaded
    assert not {"requests", "urllib3", "requests_aws4auth", "botocore", "boto3", "http.client"} & loaded
    assert len(hub.seen) == 1


# These have more to them than a call of the hub: their own tests give them the same options.
_WITHOUT_A_CALL = {"serve", "console", "doctor", "completion", "cache"}


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - _WITHOUT_A_CALL))
def test_each_command_takes_the_common_options(
    command: str, hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same ones everywhere, and they beat the variables."""
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", "https://hub.invalid")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    config = tmp_path / "config"
    config.write_text(
        f"[profile me]\naws_access_key_id={ACCESS_KEY_ID}\naws_secret_access_key={SECRET_ACCESS_KEY}\n"
    )
    argv = [command] if command in {"roles", "whoami", "map"} else [command, TARGET]
    argv += [
        "--endpoint",
        hub.endpoint,
        "--region",
        "eu-west-1",
        "--profile",
        "me",
        "--retries",
        "0",
        "--no-cache",
    ]
    argv += ["--all"] if command == "map" else []
    argv += ["--", "true"] if command in {"run", "map"} else []
    done = _cli(*argv, env={"AWS_CONFIG_FILE": str(config), "AWS_ACCESS_KEY_ID": "AKIAOTHER"})
    assert done.returncode == 0, done.stderr
    assert hub.seen[0].signature_is_good
    assert not (tmp_path / ".cache").exists()


def _cli(*argv: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    from hubspoke.settings import environment

    return subprocess.run(
        [sys.executable, "-m", "hubspoke", *argv],
        capture_output=True,
        text=True,
        env=environment() | (env or {}),
        check=False,
        timeout=30,
    )


def test_the_exceptions_codes_are_those_of_the_table() -> None:
    """One table."""
    kinds: list[Any] = [getattr(hubspoke, name) for name in hubspoke.__all__]
    codes = {kind.exit_code for kind in kinds if hasattr(kind, "exit_code")}
    assert codes < set(Exit)
    assert json.dumps(sorted(codes)) == "[64, 65, 66, 67, 69, 71, 75, 76, 77, 78]"
