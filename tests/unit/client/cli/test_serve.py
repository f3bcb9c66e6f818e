"""hubspoke serve: through a process of its own, asked as SDKs ask."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hubspoke import settings
from hubspoke.cli import main
from tests.plugins.canary import Canaries
from tests.support.common_options import common_options
from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, VENDED_TOKEN, FakeHub, refusal

_TARGET = f"{ACCOUNT}/{ROLE}"
_OTHER = f"333333333333/{ROLE}"
_SERVE = [sys.executable, "-m", "hubspoke", "serve"]

Process = subprocess.Popen[str]


@contextmanager
def _serving(*argv: str, lines: int = 1, **env: str) -> Iterator[tuple[Process, str]]:
    """Serve, and hand over what was printed when it was ready."""
    process = subprocess.Popen(
        [*_SERVE, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=settings.environment() | env,
    )
    assert process.stdout is not None
    try:
        yield process, "".join(process.stdout.readline() for _ in range(lines))
    finally:
        process.kill()
        process.communicate(timeout=10)


def _fetch(document: dict[str, Any], path: str = _TARGET, **fields: str) -> tuple[int, dict[str, Any]]:
    token = Path(document["Variables"]["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text()
    request = urllib.request.Request(  # noqa: S310 - its own address
        f"{document['Endpoint']}/{path}", headers={"Authorization": token, **fields}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_named_roles_are_vended_before_it_is_ready(hub: FakeHub) -> None:
    """And then served; what is printed as JSON is all that a program needs."""
    with _serving(_TARGET, _OTHER, _TARGET, "--format", "json") as (_, printed):
        assert len(hub.seen) == 2
        document = json.loads(printed)
        assert list(document["Roles"]) == [_TARGET, _OTHER]
        assert document["Roles"][_OTHER] == f"{document['Endpoint']}/{_OTHER}"
        assert _fetch(document)[1]["SecretAccessKey"] == VENDED_SECRET
        assert _fetch(document, _OTHER)[1]["AccountId"] == "333333333333"
        assert _fetch(document, Host="evil.test")[0] == 403
        assert len(hub.seen) == 2


def test_what_is_not_named_is_not_served(hub: FakeHub) -> None:
    """So that programs can be kept apart by a server each; the hub isn't even asked."""
    with _serving(_TARGET, "--format", "json") as (_, printed):
        status, document = _fetch(json.loads(printed), _OTHER)
        assert (status, document["Code"]) == (404, "NoSuchRole")
        assert len(hub.seen) == 1


def test_what_is_printed_makes_a_shell_the_role(hub: FakeHub, tmp_path: Path) -> None:
    """botocore, which nobody here wrote, has the last word on it."""
    script = (
        f'eval "$LINES"; exec {sys.executable} -c \'import botocore.session as b; '
        "c = b.Session().get_credentials(); print(c.method, c.secret_key)'"
    )
    with _serving(_TARGET, lines=4) as (_, printed):
        assert "AWS_BEARER_TOKEN_BEDROCK" in printed
        for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_PROFILE"):
            done = subprocess.run(
                ["sh", "-c", script],
                env=settings.environment() | {"LINES": printed, name: "x"},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.stdout == f"container-role {VENDED_SECRET}\n", done.stderr
    assert len(hub.seen) == 1


@pytest.mark.usefixtures("hub")
def test_the_default_profile_does_not_win(tmp_path: Path) -> None:
    """A copy without its credentials is exported beside the endpoint."""
    (tmp_path / "config").write_text("[default]\nrole_arn = x\nregion = eu-west-2\n")
    with _serving(_TARGET, "--format", "json", AWS_CONFIG_FILE=str(tmp_path / "config")) as (_, printed):
        copy = Path(json.loads(printed)["Variables"]["AWS_CONFIG_FILE"])
        assert copy.read_text() == "[default]\nregion = eu-west-2\n"


def test_the_tokens_file_is_the_users_alone_and_goes_at_the_end(hub: FakeHub) -> None:
    """Its content is in no argument and on no terminal."""
    with _serving(_TARGET, "--format", "json") as (process, printed):
        file = Path(json.loads(printed)["Variables"]["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        token = file.read_text()
        assert len(token) == 43
        assert token not in printed
        process.terminate()
        assert process.communicate(timeout=10)[1].count("\n") == 1
        assert not file.parent.exists()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_it_ends_when_it_is_told_to(name: str) -> None:
    """Cleanly: 0, its port free again, and not a word."""
    with _serving(_TARGET, "--format", "json") as (process, printed):
        process.send_signal(getattr(signal, name))
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        port = int(json.loads(printed)["Endpoint"].rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=2)


def test_without_names_a_role_is_vended_once_it_is_asked_for(hub: FakeHub) -> None:
    """What is printed is what is on offer; what is asked for, the hub decides."""
    with _serving("--format", "json") as (_, printed):
        document = json.loads(printed)
        assert list(document["Roles"]) == [_TARGET, _OTHER]
        assert len(hub.seen) == 1
        assert _fetch(document)[0] == 200
        assert _fetch(document)[0] == 200
        assert len(hub.seen) == 2
        hub.script = [refusal(403, "AccessDenied", "No grant lets you.")]
        assert _fetch(document, "444444444444/other") == (
            403,
            {"Code": "AccessDenied", "Message": "No grant lets you."},
        )
        assert _fetch(document)[0] == 200


def test_several_roles_share_the_lines_for_a_shell(hub: FakeHub) -> None:
    """The one to choose is left to the reader: the lines can be evaluated as they are."""
    with _serving(_TARGET, _OTHER, lines=6) as (_, printed):
        lines = printed.splitlines()
        assert [line.split()[0] for line in lines] == ["unset", "export", "#", "#", "#", "#"]
        assert lines[4].startswith("# export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:")
        assert lines[4].endswith(f"/{_OTHER}")


def test_the_limits_are_for_every_role(hub: FakeHub) -> None:
    """As of any vend."""
    with _serving(_TARGET, _OTHER, "--duration", "15m", "--reason", "INC-1", "--format", "json"):
        assert {seen.body for seen in hub.seen} == {b'{"DurationSeconds": 900, "Reason": "INC-1"}'}


def test_the_role_may_stand_in_variables(hub: FakeHub) -> None:
    """As for every command."""
    variables = {"ASSUME_ROLE_SPOKE_ACCOUNT": "333333333333", "ASSUME_ROLE_SPOKE_ROLE": ROLE}
    with _serving("--format", "json", **variables) as (_, printed):
        assert list(json.loads(printed)["Roles"]) == [_OTHER]


def test_one_that_expired_meanwhile_is_renewed(hub: FakeHub) -> None:
    """The asker waits only where there is nothing good."""
    hub.lifetime = 61
    with _serving(_TARGET, "--format", "json") as (_, printed):
        document = json.loads(printed)
        keys = {_fetch(document)[1]["AccessKeyId"] for _ in range(2)}
        time.sleep(1.2)
        assert _fetch(document)[1]["AccessKeyId"] not in keys


def test_the_common_options_are_taken(hub: FakeHub, tmp_path: Path) -> None:
    """The same as everywhere, and they beat the variables."""
    words, variables = common_options(hub, tmp_path)
    with _serving(_TARGET, *words, "--format", "json", **variables) as (_, printed):
        assert _fetch(json.loads(printed))[0] == 200
    assert hub.seen[0].signature_is_good
    assert not (tmp_path / ".cache").exists()


def test_a_refusal_is_told_before_it_is_ready(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """With its own exit code, and nothing on stdout."""
    hub.script = [refusal(403, "AccessDenied")]
    assert main(["serve", _TARGET]) == 77
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 2)
    assert printed.err.startswith("hubspoke: AccessDenied: ")


@pytest.mark.usefixtures("hub")
def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """72, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", _TARGET, "--port", str(taken.getsockname()[1])]) == 72
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "x"],
        ["--port", "８０"],
        ["222222222222"],
        [_TARGET, "x"],
        [_TARGET, "--spoke-role", "x"],
        ["--spoke-account", "222222222222"],
        [_TARGET, "--format", "xml"],
        [_TARGET, "--duration", "3601"],
    ],
)
def test_wrong_arguments(argv: list[str], hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """64, and no call."""
    assert main(["serve", *argv]) == 64
    assert capsys.readouterr().out == ""
    assert hub.seen == []


def test_nothing_secret_is_said(hub: FakeHub, canaries: Canaries) -> None:
    """Not even where all that is done is told."""
    canaries.adopt("the secret key", VENDED_SECRET)
    canaries.adopt("the session token", VENDED_TOKEN)
    with _serving("--format", "json", "--no-cache", "--verbose") as (process, printed):
        document = json.loads(printed)
        file = Path(document["Variables"]["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
        canaries.adopt("the endpoint's token", file.read_text())
        assert _fetch(document)[0] == 200
        assert _fetch(document, Authorization="wrong")[0] == 401
        hub.script = [refusal(403, "AccessDenied")]
        assert _fetch(document, _OTHER)[0] == 403
        process.terminate()
        out, err = process.communicate(timeout=10)
    assert "AccessDenied" in err
    canaries.check("what was printed", printed + out + err)
