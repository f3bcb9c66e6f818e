"""hubspoke.cli.direct: which route a command line means, and the direct one's options."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hubspoke.cli import main
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws
from tests.support.fake_hub import FakeHub
from tests.support.terminal import terminal

HUB, SPOKE = "999999999999", "888888888888"
TARGET = f"{SPOKE}/automation-spoke-role"
OPTIONS = ("--hub-account", HUB, "--hub-role", "automation-hub-role")
SERIAL = f"arn:aws:iam::{HUB}:mfa/sys-automation"
ENDPOINT = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set assume-spoke-role's variables."""
    monkeypatch.setenv("ASSUME_ROLE_HUB_ACCOUNT", HUB)
    monkeypatch.setenv("ASSUME_ROLE_HUB_ROLE", "automation-hub-role")
    monkeypatch.setenv("ASSUME_ROLE_SPOKE_ACCOUNT", SPOKE)
    monkeypatch.setenv("ASSUME_ROLE_SPOKE_ROLE", "automation-spoke-role")


def asked(sts: FakeAws) -> list[str]:
    return [params["RoleArn"] for params in sts.assumed]


@pytest.mark.parametrize("command", ["env", "credential-process"])
def test_the_options_name_all_of_it(sts: FakeAws, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command that vends takes them."""
    assert main([command, TARGET, *OPTIONS]) == 0
    assert asked(sts) == [
        f"arn:aws:iam::{HUB}:role/automation-hub-role",
        f"arn:aws:iam::{SPOKE}:role/automation-spoke-role",
    ]
    assert sts.secret in capsys.readouterr().out


@pytest.mark.usefixtures("variables")
def test_the_variables_name_all_of_it(sts: FakeAws) -> None:
    """As assume-spoke-role has them."""
    assert main(["env"]) == 0
    assert asked(sts)[1] == f"arn:aws:iam::{SPOKE}:role/automation-spoke-role"


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--hub-account", "999999999998"), "999999999998:role/automation-hub-role"),
        (("--hub-role", "team/other"), f"{HUB}:role/team/other"),
        (("--spoke-account", "777777777777"), "777777777777:role/automation-spoke-role"),
        (("--spoke-role", "hubspoke/other"), f"{SPOKE}:role/hubspoke/other"),
        (("666666666666/x/y",), "666666666666:role/x/y"),
    ],
)
def test_an_option_beats_its_variable(sts: FakeAws, options: tuple[str, ...], expected: str) -> None:
    """Each by itself."""
    assert main(["env", *options]) == 0
    assert any(arn.endswith(expected) for arn in asked(sts))


def test_the_short_options(sts: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """As assume-spoke-role has them, but for -h, which is help."""
    roles = ("--hub-account", HUB, "-H", "hub-role", "-s", SPOKE, "-S=spoke-role")
    assert main(["env", *roles, "-e", "an-external-id", "-r", "0", "-v"]) == 0
    assert sts.assumed[1]["RoleArn"] == f"arn:aws:iam::{SPOKE}:role/spoke-role"
    assert sts.assumed[1]["ExternalId"] == "an-external-id"
    assert "sts:AssumeRole" in capsys.readouterr().err


def test_a_session_string_and_an_external_id_by_variable(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And an option beats it; an empty one sends none."""
    monkeypatch.setenv("ASSUME_ROLE_SESSION_STRING", "me@company.com")
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "by-variable")
    for options in ((), ("--session-string", "other", "--external-id", "by-option"), ("--external-id", "")):
        assert main(["env", TARGET, *OPTIONS, "--no-cache", *options]) == 0
    assert [params["RoleSessionName"] for params in sts.assumed[::2]] == [
        "me@company.com",
        "other",
        "me@company.com",
    ]
    assert [params.get("ExternalId") for params in sts.assumed[::2]] == ["by-variable", "by-option", None]


@pytest.mark.parametrize("content", ["an-external-id", "an-external-id\n", "an-external-id\r\n"])
def test_an_external_id_from_a_file(sts: FakeAws, tmp_path: Path, content: str) -> None:
    """A line break at its end is the editor's."""
    (tmp_path / "id").write_bytes(content.encode())
    assert main(["env", TARGET, *OPTIONS, "--external-id-file", str(tmp_path / "id")]) == 0
    assert sts.assumed[1]["ExternalId"] == "an-external-id"


@pytest.mark.parametrize(
    "content", [None, b"", b"\n", b"two\nlines", b"with space", b"\xff\xfe", b"x" * 1225]
)
def test_a_file_that_holds_none(
    sts: FakeAws, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """64, and nothing of it is printed or sent."""
    if content is not None:
        (tmp_path / "id").write_bytes(content)
    assert main(["env", TARGET, *OPTIONS, "--external-id-file", str(tmp_path / "id")]) == 64
    err = capsys.readouterr().err
    assert err.count("\n") <= 2
    assert "lines" not in err
    assert sts.assumed == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--endpoint", ENDPOINT), "choose"),
        (("--session-policy", "read-only"), "--session-policy needs the hub"),
        (("--tag", "a=b"), "--tag needs the hub"),
        (("--reason", "INC-1"), "--reason needs the hub"),
        (("--external-id", "ab", "--external-id-file", "x"), "--external-id-file alone"),
        (("--external-id", "no space"), "external id"),
        (("--external-id", "x"), "2 to 1224"),
        (("--session-string", "x" * 65), "2 to 64"),
        (("--session-string", "me at company"), "2 to 64"),
        (("--mfa-code", "123456"), "--mfa-serial"),
        (("--mfa-serial", "x"), "list-mfa-devices"),
        (("--mfa-serial", SERIAL, "--mfa-code", "12345"), "six digits"),
        (("--duration", "3601"), "3600"),
        (("--duration", "2h"), "3600"),
        (("--hub-role", ""), "role"),
        (("--hub-account", "99999999999"), "twelve digits"),
        (("--hub-role", "arn:aws:iam::999999999999:role/x"), "role"),
    ],
)
def test_what_the_direct_route_refuses(
    sts: FakeAws, options: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """64, one or two lines that say what to do, and no call."""
    assert main(["env", TARGET, *OPTIONS, *options]) == 64
    printed = capsys.readouterr()
    assert says in printed.err
    assert (printed.out, printed.err.count("\n") <= 2) == ("", True)
    assert "no space" not in printed.err
    assert sts.assumed == []


@pytest.mark.parametrize("options", [OPTIONS[:2], OPTIONS[2:]])
def test_half_a_hub_role(sts: FakeAws, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Both options, and both variables, are named."""
    assert main(["env", TARGET, *options]) == 64
    err = capsys.readouterr().err
    assert all(name in err for name in ("--hub-account", "--hub-role", "ASSUME_ROLE_HUB_ROLE"))
    assert sts.assumed == []


def test_both_routes_by_variable(
    sts: FakeAws, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing decides, so the person has to; either of the two is enough to say it."""
    for name, value in (("ACCOUNT", HUB), ("ROLE", "automation-hub-role")):
        monkeypatch.setenv(f"ASSUME_ROLE_HUB_{name}", value)
        assert main(["env", TARGET]) == 64
        assert "unset one, or choose" in capsys.readouterr().err
        monkeypatch.delenv(f"ASSUME_ROLE_HUB_{name}")
    assert (sts.assumed, hub.seen) == ([], [])


@pytest.mark.usefixtures("variables")
def test_an_option_decides_over_the_other_routes_variables(
    sts: FakeAws, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them: the direct route's details are set aside with it."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "an-external-id")
    monkeypatch.setenv("ASSUME_ROLE_SESSION_STRING", "me@company.com")
    assert main(["env", "222222222222/automation-spoke-role", "--endpoint", hub.endpoint]) == 0
    assert (len(sts.assumed), len(hub.seen)) == (0, 1)
    assert main(["env", "--hub-role", "automation-hub-role"]) == 0
    assert (len(sts.assumed), len(hub.seen)) == (2, 1)


@pytest.mark.parametrize("name", ["ASSUME_ROLE_EXTERNAL_ID", "ASSUME_ROLE_SESSION_STRING"])
def test_a_detail_of_the_direct_route_isnt_passed_over_on_the_hubs(
    hub: FakeHub, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where variables alone decide, one that would have no effect is an error."""
    monkeypatch.setenv(name, "something")
    assert main(["env", "222222222222/automation-spoke-role"]) == 64
    assert name in capsys.readouterr().err
    assert hub.seen == []


@pytest.mark.parametrize(
    "options",
    [
        ("--external-id", "an-external-id"),
        ("--external-id-file", "x"),
        ("--session-string", "x"),
        ("--mfa-serial", SERIAL),
        ("--mfa-code", "123456"),
    ],
)
@pytest.mark.parametrize("endpoint", [(), ("--endpoint", ENDPOINT)])
def test_an_option_of_the_direct_route_on_the_hubs(
    hub: FakeHub, options: tuple[str, ...], endpoint: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Is named, with the route that it belongs to."""
    assert main(["env", "222222222222/automation-spoke-role", *endpoint, *options]) == 64
    assert f"{options[0]} belongs to the direct route" in capsys.readouterr().err
    assert hub.seen == []


def test_a_path_is_for_the_direct_route_alone(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """The hub knows its roles' paths."""
    assert main(["env", "222222222222/hubspoke/automation-spoke-role"]) == 64
    assert hub.seen == []


def test_the_help_holds_no_external_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither its value nor the option that would put it on a command line; -h is help."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "never-to-be-seen")
    assert main(["env", "-h"]) == 0
    out = capsys.readouterr().out
    assert "never-to-be-seen" not in out
    assert "--external-id " not in out
    assert "ASSUME_ROLE_EXTERNAL_ID" in out


def hubspoke(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as one that has no terminal."""
    return subprocess.run(
        [sys.executable, "-m", "hubspoke", *argv],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
    )


def test_without_a_terminal_no_code_is_asked_for(sts: FakeAws) -> None:
    """67, and the option is named."""
    done = hubspoke("env", TARGET, *OPTIONS, "--mfa-serial", SERIAL)
    assert (done.returncode, done.stdout) == (67, "")
    assert "--mfa-code" in done.stderr
    assert sts.assumed == []


def test_on_a_terminal_the_code_is_asked_for(sts: FakeAws, tmp_path: Path) -> None:
    """The question is on stderr, the answer shows nowhere, and stdout holds the result alone."""
    out, err = tmp_path / "out", tmp_path / "err"
    on_a_terminal = (sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])")
    command = f'exec {sys.executable} -m hubspoke "$@" > {out} 2> {err}'
    terminal = subprocess.Popen(
        [*on_a_terminal, "sh", "-c", command, "sh", "env", TARGET, *OPTIONS, "--mfa-serial", SERIAL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while not (err.exists() and "MFA code" in err.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    shown, _ = terminal.communicate("654321\n", timeout=30)
    assert "export AWS_ACCESS_KEY_ID='ASIAFAKEFAKEFAKEFAKE'\n" in out.read_text()
    assert err.read_text().splitlines()[0] == f"hubspoke: MFA code of {SERIAL}: "
    assert "654321" not in shown + err.read_text() + out.read_text()
    assert sts.assumed[0]["TokenCode"] == "654321"


@pytest.mark.parametrize(
    ("options", "remembered"),
    [
        ((), True),
        (("--session-string", "me@company.com"), True),
        (("--mfa-serial", SERIAL, "--mfa-code", "123456"), False),
        (("--external-id-file", "id"), False),
    ],
)
def test_a_command_line_is_remembered_where_it_means_the_same_again(
    sts: FakeAws, tmp_path: Path, options: tuple[str, ...], remembered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code is good once, and a file's content can change."""
    (tmp_path / "id").write_text("an-external-id")
    monkeypatch.chdir(tmp_path)
    words = ["credential-process", TARGET, *OPTIONS, *options]
    assert main(words) == 0
    kept = list((tmp_path / ".cache" / "hubspoke").glob("*.words"))
    assert bool(kept) is remembered
    if remembered:
        assert hubspoke(*words).returncode == 0
    assert len(sts.assumed) == 2


def test_a_change_in_the_file_is_another_vend(sts: FakeAws, tmp_path: Path) -> None:
    """The same words, and not the same credentials."""
    file = tmp_path / "id"
    words = ["credential-process", TARGET, *OPTIONS, "--external-id-file", str(file)]
    for content in ("first-id", "second-id"):
        file.write_text(content)
        assert main(words) == 0
    assert [params["ExternalId"] for params in sts.assumed] == ["first-id"] * 2 + ["second-id"] * 2


def test_no_secret_is_printed(
    sts: FakeAws, canaries: Canaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--verbose says what is done, with neither the external id nor a code in it."""
    external_id, code = "id-that-nobody-may-see", "918273"
    canaries.adopt("external id", external_id)
    sts.secret, sts.token = canaries.plant("secret"), canaries.plant("token")
    done = hubspoke(
        "run",
        TARGET,
        *OPTIONS,
        "--mfa-serial",
        SERIAL,
        "--mfa-code",
        code,
        "--verbose",
        "--",
        "true",
        ASSUME_ROLE_EXTERNAL_ID=external_id,
    )
    assert done.returncode == 0
    assert f"{HUB}/automation-hub-role" in done.stderr
    canaries.check("the output", done.stdout + done.stderr)
    assert code not in done.stdout + done.stderr
    for path in (tmp_path / ".cache" / "hubspoke").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        if path.suffix == ".entry":
            canaries.may_hold(path)
        assert code not in path.read_text() + path.name
        assert external_id not in path.read_text() + path.name


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize("interrupt", ["\x03", "123456\n"])
def test_a_code_that_a_thread_asks_for_leaves_the_terminal_as_it_was(interrupt: str) -> None:
    """Ctrl-C at the question ends map; what is typed later must be seen again."""
    argv = [sys.executable, "-m", "hubspoke", "map", "--account", SPOKE, "--role", "automation-spoke-role"]
    argv += [*OPTIONS, "--mfa-serial", SERIAL, "--", "true"]
    with terminal(argv, dict(os.environ)) as screen:
        screen.until("MFA code of")
        time.sleep(0.2)
        screen.type(interrupt)
        code = screen.end()
        assert screen.echoes()
    assert code == (130 if interrupt == "\x03" else 0)
