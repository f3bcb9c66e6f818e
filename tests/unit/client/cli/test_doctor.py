"""``hubspoke doctor``: the steps in their order, on both routes, and what scripts see of it."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hubspoke.cli import main
from hubspoke.cli.candidates import candidates
from hubspoke_contract.errors import Problem
from tests.plugins.canary import Canaries
from tests.support.common_options import common_options
from tests.support.fake_aws import FakeAws, sts_error
from tests.support.fake_hub import (
    ACCESS_KEY_ID,
    ACCOUNT,
    IDENTITY,
    REQUEST_ID,
    ROLE,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    VENDED_SECRET,
    VENDED_TOKEN,
    Answer,
    FakeHub,
    document,
    fake_hub,
    gateway,
    refusal,
)
from tests.support.terminal import terminal

TARGET = f"{ACCOUNT}/{ROLE}"
DIRECT = ("--hub-account", "999999999999", "--hub-role", "automation-hub-role")
_UNSIGNED = gateway(403, "MissingAuthenticationTokenException")


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", *words, "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


def _codes(found: dict[str, Any]) -> list[str]:
    return [each["Code"] for each in found["Findings"]]


def _wrongs(found: dict[str, Any]) -> list[str]:
    return [each["Code"] for each in found["Findings"] if each["Verdict"] == "wrong"]


@pytest.mark.usefixtures("sts")
def test_all_is_well(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each on stdout, the count on stderr, and success."""
    assert main(["doctor", TARGET, "--vend"]) == 0
    printed = capsys.readouterr()
    steps = [line.split()[1] for line in printed.out.splitlines() if line.startswith(("right", "noted"))]
    assert list(dict.fromkeys(steps)) == [
        "configuration",
        "credentials",
        "endpoint",
        "tls",
        "clock",
        "gateway",
        "identity",
        "grant",
        "vend",
        "cache",
    ]
    assert printed.err == "hubspoke: 11 right, 2 noted\n"
    assert [seen.method for seen in hub.seen] == ["GET", "GET", "GET", "POST"]


@pytest.mark.usefixtures("sts")
def test_nothing_is_vended_unless_it_is_asked_for(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """And how to ask is said."""
    code, found = _json(capsys, TARGET)
    assert (code, found["Verdict"]) == (0, "right")
    assert "VendSkipped" in _codes(found)
    assert {seen.method for seen in hub.seen} == {"GET"}


@pytest.mark.usefixtures("sts", "hub")
def test_without_a_role_the_way_to_the_hub_is_walked(capsys: pytest.CaptureFixture[str]) -> None:
    """And the roles are counted."""
    code, found = _json(capsys)
    assert (code, _codes(found)[-2:]) == (0, ["RolesOffered", "CacheEmpty"])


@pytest.mark.usefixtures("sts")
def test_a_role_that_isnt_granted_ends_with_its_code(
    hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong comes with what mends it, on stdout."""
    assert main(["doctor", f"{ACCOUNT}/automation-spoke-roel"]) == 77
    out = capsys.readouterr().out
    assert "wrong   grant          RoleNotOffered: " in out
    assert f"Did you mean {TARGET}?" in out


def test_what_is_unseen_is_no_failure(hub: FakeHub, capsys: pytest.CaptureFixture[str], sts: FakeAws) -> None:
    """A network may have no way to STS: the document says so."""
    sts.identity = lambda: sts_error(403, "RegionDisabledException")
    code, found = _json(capsys)
    assert (code, found["Verdict"]) == (0, "unseen")


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize(
    ("answer", "code", "exit_code"),
    [
        (gateway(403, "AccessDeniedException"), "CallNotAllowed", 77),
        (gateway(403, "UnrecognizedClientException"), "GatewayKeyUnknown", 67),
        (refusal(503, "Unavailable", Problem.GrantsUnavailable.message), "HubDown", 75),
        (Answer(200, b"\x00\xff"), "NotAHub", 76),
    ],
)
def test_the_first_thing_that_is_wrong_is_the_exit_code(
    hub: FakeHub, answer: Answer, code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of every other command; and the role isn't asked about."""
    hub.script = [_UNSIGNED, answer]
    done, found = _json(capsys, TARGET, "--vend")
    assert (done, found["Verdict"], _wrongs(found)) == (exit_code, "wrong", [code])
    assert len(hub.seen) == 2


@pytest.mark.usefixtures("sts")
def test_a_wrong_clock_goes_before_what_it_breaks(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature, that is."""
    hub.script = [Answer(403, b"", _UNSIGNED.headers, clock=timedelta(minutes=-6))]
    code, found = _json(capsys)
    assert (code, _wrongs(found)) == (67, ["ClockWrong"])


@pytest.mark.usefixtures("sts")
def test_each_endpoint_is_looked_at_and_named(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """The credentials once."""
    with fake_hub() as other:
        other.script = [document(200, IDENTITY)]
        code, found = _json(capsys, "--endpoint", f"{hub.endpoint}, {other.endpoint}")
        assert (code, _wrongs(found)) == (76, ["UnsignedAnswered"])
        assert _codes(found).count("CredentialsFound") == 1
        named = [each["Says"] for each in found["Findings"] if each["Step"] == "endpoint"]
        assert named[0].startswith(f"127.0.0.1:{hub.port}: ")
        assert named[-1].startswith(f"127.0.0.1:{other.port}: ALARM")


@pytest.mark.usefixtures("sts")
def test_the_options_are_those_of_every_command(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And go before the variables."""
    words, variables = common_options(hub, tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, found = _json(capsys, *words)
    assert code == 0
    assert {"KeysUnused", "CacheOff", "IdentitySeen"} <= {*_codes(found)}
    assert any("the AWS config file" in each["Says"] for each in found["Findings"])
    assert len(hub.seen) == 3
    assert all(seen.signature_is_good for seen in hub.seen[1:])
    assert not (tmp_path / ".cache").exists()


@pytest.mark.usefixtures("sts")
def test_a_program_that_has_the_credentials_is_run_once(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may ask a person for a code."""
    script, log = tmp_path / "process.py", tmp_path / "log"
    keys = {"Version": 1, "AccessKeyId": ACCESS_KEY_ID, "SecretAccessKey": SECRET_ACCESS_KEY}
    script.write_text(f"open({str(log)!r}, 'a').write('x')\nprint({json.dumps(keys)!r})")
    (tmp_path / "config").write_text(f"[profile me]\ncredential_process = {sys.executable} {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with fake_hub() as other:
        words = ("--profile", "me", "--endpoint", f"{hub.endpoint},{other.endpoint}")
        code, _ = _json(capsys, TARGET, "--vend", *words)
    assert code == 0
    assert log.read_text() == "x"


@pytest.mark.usefixtures("sts", "hub")
def test_variables_of_both_routes_are_a_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is what doctor is for; whatever else is given."""
    monkeypatch.setenv("ASSUME_ROLE_HUB_ROLE", "hub")
    for words in ((), (TARGET,), (TARGET, "--vend")):
        code, found = _json(capsys, *words)
        assert (code, _codes(found)) == (64, ["RoutesBoth"])


@pytest.mark.parametrize(
    ("endpoint", "codes", "exit_code"),
    [
        (None, ["EndpointMissing"], 78),
        ("", ["EndpointMissing"], 78),
        ("http://hub.example.com", ["EndpointNotTls"], 78),
        ("https://hub.example.com,", ["EndpointInvalid"], 78),
        ("https://hub.example.com,https://hub.example.com/", ["EndpointInvalid"], 78),
        ("https://hub.example.com", ["RegionMissing"], 78),
    ],
)
def test_an_endpoint_that_cant_be_right(
    endpoint: str | None,
    codes: list[str],
    exit_code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Is found before anybody is asked; what can be looked at all the same, is."""
    monkeypatch.delenv("AWS_REGION")
    code, found = _json(capsys, *(() if endpoint is None else ("--endpoint", endpoint)))
    assert (code, _wrongs(found)) == (exit_code, codes)
    assert _codes(found)[-1] == "CacheEmpty"


@pytest.mark.usefixtures("sts", "hub")
@pytest.mark.parametrize("content", ["[profile me\n", "\x00\x01\x02", "[profile me]\nretry_mode = hush\n"])
def test_an_aws_file_that_is_broken(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it breaks, each step says what it can."""
    (tmp_path / "config").write_text(content)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    code, found = _json(capsys, "--profile", "me")
    assert code == (67 if "hush" in content else 73)
    assert _codes(found)[-1] == "CacheEmpty"
    assert "hush" not in str(found)
    assert _json(capsys)[0] in {0, 73}


@pytest.mark.parametrize(
    "words",
    [
        ("--vend",),
        ("nonsense",),
        (f"{TARGET}/more",),
        ("22222222222/role",),
        (TARGET, "--spoke-role", "x"),
        ("-s", ACCOUNT),
        (TARGET, "more"),
        ("--format", "xml"),
        ("--endpoint", "https://hub.example.com", *DIRECT),
        ("--mfa-serial", "arn:aws:iam::111111111111:mfa/me"),
        (TARGET, *DIRECT, "--external-id", "no space"),
        (TARGET, *DIRECT, "--external-id-file", "/nonesuch"),
        (TARGET, "--hub-role", "alone"),
        ("--session-policy", "x"),
        ("--region", "eu west", *DIRECT),
        ("\x1b[2J",),
    ],
)
@pytest.mark.usefixtures("hub")
def test_a_command_line_that_cant_be_right(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """64, one or two lines, and nobody is asked."""
    assert main(["doctor", *words]) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert 1 <= printed.err.count("\n") <= 2
    assert "\x1b" not in printed.err


def test_the_direct_route(sts: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """The spoke's role by --vend alone."""
    code, found = _json(capsys, TARGET, *DIRECT)
    assert (code, len(sts.assumed)) == (0, 1)
    assert _codes(found) == [
        "RouteDirect",
        "StsElsewhere",
        "CredentialsFound",
        "CallerKnown",
        "HubRoleAssumed",
        "SpokeRoleSkipped",
        "CacheEmpty",
    ]
    code, found = _json(capsys, TARGET, *DIRECT, "--vend")
    assert (code, len(sts.assumed)) == (0, 3)
    assert "SpokeRoleAssumed" in _codes(found)


def test_the_direct_route_is_walked_anew(sts: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """What is kept of the hub role would hide what is wrong with it now; what is kept is left."""
    assert main(["env", TARGET, *DIRECT]) == 0
    capsys.readouterr()
    sts.sts = lambda _: sts_error(403, "AccessDenied")
    code, found = _json(capsys, TARGET, *DIRECT, "--vend")
    assert (code, _wrongs(found)) == (77, ["HubRoleRefused"])
    assert "CacheHolds" in _codes(found)


@pytest.mark.parametrize(
    ("variables", "codes"),
    [
        ({"AWS_REGION": ""}, ["RegionMissing"]),
        ({"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}, ["CredentialsExpired"]),
    ],
)
def test_the_direct_route_goes_no_further_than_it_can(
    sts: FakeAws,
    variables: dict[str, str],
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """STS isn't asked without a Region or credentials."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    _, found = _json(capsys, TARGET, *DIRECT, "--vend")
    assert _wrongs(found) == codes
    assert sts.calls == []


def test_a_code_is_asked_for_once_on_the_terminal(sts: FakeAws) -> None:
    """And serves both hops."""
    serial = "arn:aws:iam::111111111111:mfa/me"
    words = [sys.executable, "-m", "hubspoke", "doctor", TARGET, *DIRECT, "--mfa-serial", serial, "--vend"]
    with terminal(words, dict(os.environ)) as person:
        person.until("MFA code of")
        person.type("123456\n")
        assert person.end() == 0
    assert person.shown.count("MFA code of") == 1
    assert [params.get("TokenCode") for params in sts.assumed] == ["123456", None]


@pytest.mark.usefixtures("sts")
def test_no_secret_is_printed(
    hub: FakeHub, canaries: Canaries, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Neither the caller's own nor what was vended, whatever goes wrong; and nothing is written to disk."""
    for name, secret in {
        "own secret": SECRET_ACCESS_KEY,
        "own token": SESSION_TOKEN,
        "secret": VENDED_SECRET,
        "token": VENDED_TOKEN,
    }.items():
        canaries.adopt(name, secret)
    for script in (
        [],
        [_UNSIGNED, Answer(500, SESSION_TOKEN.encode())],
        [Answer(200, VENDED_TOKEN.encode())],
    ):
        hub.script = [*script]
        for words in ((), ("--format", "json"), ("--verbose",)):
            main(["doctor", TARGET, "--vend", *words])
    for words in ((), ("--format", "json")):
        main(["doctor", TARGET, *DIRECT, "--vend", *words])
    printed = capsys.readouterr()
    canaries.check("the output", printed.out + printed.err)
    assert not (tmp_path / ".cache").exists()


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize(
    "identity",
    [
        IDENTITY | {"Principal": "\x1b]0;owned\x07", "SourceIdentity": "a\nb"},
        IDENTITY | {"SourceIdentity": "\u202e\x9b31m" * 100_000},
        IDENTITY | {"Label": "\ud800"},
    ],
)
def test_a_hub_steers_no_terminal(
    hub: FakeHub, identity: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor floods it."""
    hub.script = [_UNSIGNED, document(200, identity)]
    main(["doctor", TARGET])
    out = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e") & set(out)
    assert len(out) < 10_000


@pytest.mark.usefixtures("sts")
def test_a_refusal_comes_with_the_id_of_the_request(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """In its own line, to be copied."""
    hub.script = [_UNSIGNED, refusal(403, "AccessDenied", Problem.CallerUnknown.message)]
    assert main(["doctor"]) == 77
    assert f"RequestId: {REQUEST_ID}\n" in capsys.readouterr().out


@pytest.mark.usefixtures("sts")
def test_ctrl_c_ends_it_at_once(hub: FakeHub) -> None:
    """With 130 and no traceback, while an answer is waited for."""
    hub.script = [Answer(403, b"", delay=60)]
    words = [sys.executable, "-m", "hubspoke", "doctor"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while not hub.seen:
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, "", "")


@pytest.mark.usefixtures("hub")
def test_a_shell_completes_its_roles() -> None:
    """As of every command that takes one."""
    assert TARGET in candidates(["doctor", ""])
    assert {"--vend", "--format", "--hub-role"} <= set(candidates(["doctor", "--"]))


def test_other_commands_load_nothing_of_it(hub: FakeHub) -> None:
    """It is for the day when something is wrong."""
    listing = "import sys; from hubspoke.cli import main; main(['whoami']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert "hubspoke.transport" in done.stdout.split()
    assert not [
        name for name in done.stdout.split() if name.startswith(("hubspoke.doctor", "hubspoke.findings"))
    ]
