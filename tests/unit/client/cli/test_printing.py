"""The commands that print: env, credential-process, roles, whoami."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hubspoke.cli import main
from tests.support.fake_hub import (
    ACCOUNT,
    IDENTITY,
    ROLE,
    VENDED_SECRET,
    VENDED_TOKEN,
    FakeHub,
    document,
    offer,
    vended,
)

_TARGET = f"{ACCOUNT}/{ROLE}"


def test_a_shell_takes_what_env_prints(
    hub: FakeHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the values hold, and what contradicts them is unset."""
    monkeypatch.setenv("AWS_PROFILE", "x")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "x")
    hostile = "a'b\"c$(id)`id`\\"
    hub.script = [document(200, vended(SecretAccessKey=hostile))]
    assert main(["env", _TARGET]) == 0
    lines = capsys.readouterr().out
    assert f"export AWS_SESSION_TOKEN='{VENDED_TOKEN}'\n" in lines
    done = subprocess.run(
        ["sh", "-eu", "-c", f"{lines}\nprintf '%s' \"$AWS_SECRET_ACCESS_KEY\"; env | cut -d= -f1 >&2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == hostile
    assert not {"AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"} & set(done.stderr.split())


@pytest.mark.usefixtures("hub")
def test_a_name_that_a_shell_would_run_is_not_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unset would evaluate it, whatever the quotes."""
    monkeypatch.setenv("AWS_CONTAINER_x[$(touch ran)]", "1")
    monkeypatch.setenv("AWS_CONTAINER_y", "1")
    assert main(["env", _TARGET]) == 0
    printed = capsys.readouterr().out
    assert "touch" not in printed
    assert "AWS_CONTAINER_y" in printed


@pytest.mark.usefixtures("hub")
def test_env_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The variables, by name."""
    assert main(["env", _TARGET, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["AWS_ACCOUNT_ID"], found["AWS_SECRET_ACCESS_KEY"]) == (ACCOUNT, VENDED_SECRET)


@pytest.mark.usefixtures("hub")
def test_credential_process(capsys: pytest.CaptureFixture[str]) -> None:
    """The document of AWS's SDKs, on one line, with nothing of ours in it."""
    assert main(["credential-process", _TARGET]) == 0
    printed = capsys.readouterr().out
    found = json.loads(printed)
    assert printed.count("\n") == 1
    assert list(found) == [
        "Version",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
        "AccountId",
    ]
    assert (found["Version"], found["SessionToken"]) == (1, VENDED_TOKEN)


def test_a_profile_that_asks_itself_ends_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A credential_process that is to sign with its own profile is told so, not run for ever."""
    config = tmp_path / "config"
    command = [sys.executable, "-m", "hubspoke", "credential-process", _TARGET]
    config.write_text(f"[profile loop]\nregion = eu-west-1\ncredential_process = {shlex.join(command)}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "loop")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", "https://192.0.2.1/prod")
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 67
    assert "can't also be the one you call as" in done.stderr
    monkeypatch.setenv("HUBSPOKE_PROFILES_ASKED", "loop")
    assert main(["credential-process", _TARGET]) == 78
    assert "--profile" in capsys.readouterr().err


def test_what_a_vend_is_asked_with(hub: FakeHub) -> None:
    """Each option reaches the hub."""
    options = ["--duration", "15m", "--session-policy", "read-only", "--reason", "INC-1"]
    assert main(["env", _TARGET, *options, "--tag", "team=blue=green", "--tag", "empty="]) == 0
    assert json.loads(hub.seen[0].body) == {
        "DurationSeconds": 900,
        "SessionPolicy": "read-only",
        "Reason": "INC-1",
        "Tags": [{"Key": "empty", "Value": ""}, {"Key": "team", "Value": "blue=green"}],
    }


@pytest.mark.parametrize(("raw", "seconds"), [("900", 900), ("900s", 900), ("15m", 900), ("1h", 3600)])
def test_durations(hub: FakeHub, raw: str, seconds: int) -> None:
    """Seconds, minutes, hours."""
    assert main(["env", _TARGET, "--duration", raw]) == 0
    assert json.loads(hub.seen[0].body) == {"DurationSeconds": seconds}


@pytest.mark.usefixtures("hub")
def test_roles_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A list of exactly the roles on offer, with the wire's keys."""
    assert main(["roles", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == [offer(), offer("333333333333")]


def test_many_tags_are_cut_in_a_table(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a row stays readable."""
    hub.script = [document(200, {"Roles": [offer(AccountTags={f"key-{n}": "value" for n in range(50)})]})]
    assert main(["roles"]) == 0
    _, row = capsys.readouterr().out.splitlines()
    assert row.endswith("…")
    assert len(row) < 160


def test_roles_as_a_table(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person can paste; what can't be printed is replaced."""
    hub.script = [
        document(200, {"Roles": [offer(AccountName="d\x1b[31mev"), offer(SessionPolicyRequired=True)]})
    ]
    assert main(["roles"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.split() == ["ROLE", "NAME", "OU", "UP", "TO", "SESSION", "POLICIES", "TAGS"]
    assert second.startswith(f"{_TARGET}  d?[31mev  ou-root/Workloads/Dev  3600 s  read-only")
    assert third.endswith("read-only (one is required)  environment=dev")


@pytest.mark.parametrize(
    ("words", "accounts"),
    [
        (["DEV"], [ACCOUNT]),
        (["workloads", "environment=prod"], ["333333333333"]),
        (["222222222222/auto"], [ACCOUNT]),
        (["automation"], [ACCOUNT, "333333333333"]),
        (["dev", "prod"], []),
        (["dev ou-root"], []),
        ([""], [ACCOUNT, "333333333333"]),
    ],
)
def test_roles_are_searched(
    hub: FakeHub, words: list[str], accounts: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All words, in whatever case, in account, name, OU, tags or role."""
    prod = offer(
        "333333333333", AccountName="p", OrgUnit="ou-root/Workloads", AccountTags={"environment": "prod"}
    )
    hub.script = [document(200, {"Roles": [offer(), prod]})]
    assert main(["roles", *words, "--format", "json"]) == 0
    assert [each["AccountId"] for each in json.loads(capsys.readouterr().out)] == accounts


@pytest.mark.usefixtures("hub")
def test_a_search_without_a_find(capsys: pytest.CaptureFixture[str]) -> None:
    """Says that there are others."""
    assert main(["roles", "nonesuch"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hubspoke: none of the roles you may take has these words\n")


@pytest.mark.usefixtures("hub")
def test_env_for_other_shells_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    """By its format; the values' quoting is tested with the formats."""
    for form, line in [
        ("fish", f"set -gx AWS_SECRET_ACCESS_KEY '{VENDED_SECRET}';\n"),
        ("dotenv", f"AWS_SECRET_ACCESS_KEY={VENDED_SECRET}\n"),
        ("ini", f"[{ACCOUNT}-{ROLE}]\n"),
        ("process", '{"Version": 1, '),
    ]:
        assert main(["env", _TARGET, "--format", form]) == 0
        assert line in capsys.readouterr().out


def test_env_refuses_what_a_format_cant_carry(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """64, nothing on stdout, and no secret in what is said."""
    hub.script = [document(200, vended(SecretAccessKey='hush"&calc'))]
    assert main(["env", _TARGET, "--format", "cmd"]) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "hush" not in printed.err


def test_no_roles(hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """No table for people, an empty list for programs; neither is an error."""
    hub.script = [document(200, {"Roles": []}), document(200, {"Roles": []})]
    assert main(["roles"]) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "hubspoke: no role is granted to you\n")
    assert main(["roles", "--format", "json"]) == 0
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.usefixtures("hub")
def test_whoami(capsys: pytest.CaptureFixture[str]) -> None:
    """As the hub says it."""
    assert main(["whoami", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == IDENTITY
    assert main(["whoami"]) == 0
    assert "UniqueId        AIDAFAKEHUB\n" in capsys.readouterr().out
