"""hubspoke.cli.configure: against a hub on loopback, and with botocore reading what was written."""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.configloader import load_config

from hubspoke.cli import main
from tests.support.fake_hub import ACCESS_KEY_ID, SECRET_ACCESS_KEY, FakeHub, document, offer

_OWN = (
    "[default]\r\nregion = eu-west-1\n# mine\n[profile sso]\n"
    f"aws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}"
)
_NAME = "dev-automation-spoke-role"
_TWO = ["--name", "{account}"]


@pytest.fixture
def config(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person's own config file, with CRLF and LF and no end to its last line; the profile ``sso`` calls."""
    assert hub.endpoint
    path = tmp_path / ".aws/config"
    path.parent.mkdir()
    path.write_bytes(_OWN.encode())
    monkeypatch.delenv("AWS_CONFIG_FILE", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "sso")
    return path


def _offer(hub: FakeHub, *offers: dict[str, Any]) -> None:
    hub.script = [document(200, {"Roles": list(offers)})]


def test_botocore_reads_a_profile_for_each_role(
    config: Path, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """With this very command, the hub, and the profile that signs."""
    assert main(["configure", *_TWO, "--set-region", "eu-west-2", "--duration", "15m"]) == 0
    profiles = load_config(str(config))["profiles"]
    assert set(profiles) == {"default", "sso", "222222222222", "333333333333"}
    assert profiles["222222222222"]["region"] == "eu-west-2"
    words = shlex.split(profiles["222222222222"]["credential_process"])
    assert words == [
        *[sys.executable, "-m", "hubspoke"],
        *["credential-process", "222222222222/automation-spoke-role", "--profile", "sso"],
        *["--endpoint", hub.endpoint, "--region", "eu-west-1", "--duration", "900"],
    ]
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"hubspoke: {config}: 2 profiles written, 0 removed\n")
    assert config.read_bytes().startswith(_OWN.encode())


def test_a_second_run_changes_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the file's time."""
    assert main(["configure", *_TWO]) == 0
    before = config.stat()
    assert main(["configure", *_TWO]) == 0
    assert config.stat() == before
    assert "nothing to change" in capsys.readouterr().err


def test_a_dry_run_prints_what_would_change(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And no line of the person's, which may hold keys; and writes nothing."""
    assert main(["configure", *_TWO, "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert config.read_bytes() == _OWN.encode()
    assert "+[profile 222222222222]\n" in printed.out
    assert "+credential_process = " in printed.out
    assert not any(word in printed.out for word in (ACCESS_KEY_ID, SECRET_ACCESS_KEY, "mine"))
    assert main(["configure", *_TWO]) == 0
    assert main(["configure", *_TWO, "--dry-run"]) == 0
    assert capsys.readouterr().out == ""


def test_a_dry_run_makes_no_file(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor its folder."""
    config.unlink()
    config.parent.rmdir()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.delenv("AWS_PROFILE")
    assert main(["configure", *_TWO, "--dry-run"]) == 0
    assert not config.parent.exists()
    assert main(["configure", *_TWO]) == 0
    assert [stat.S_IMODE(path.stat().st_mode) for path in (config, config.parent)] == [0o600, 0o700]
    capsys.readouterr()


def test_words_choose_the_roles(config: Path) -> None:
    """As ``hubspoke roles`` does; what was written before stays."""
    assert main(["configure", *_TWO, "222222222222", "DEV"]) == 0
    assert main(["configure", *_TWO, "333333333333"]) == 0
    assert {"222222222222", "333333333333"} < set(load_config(str(config))["profiles"])


def test_pruning_takes_away_what_is_no_longer_on_offer(config: Path, hub: FakeHub) -> None:
    """And what has another name now; nothing without being told to."""
    assert main(["configure", *_TWO]) == 0
    _offer(hub, offer())
    assert main(["configure"]) == 0
    assert {_NAME, "222222222222", "333333333333"} < set(load_config(str(config))["profiles"])
    _offer(hub, offer())
    assert main(["configure", "--prune", "--dry-run"]) == 0
    assert {_NAME, "222222222222", "333333333333"} < set(load_config(str(config))["profiles"])
    _offer(hub, offer())
    assert main(["configure", "--prune"]) == 0
    assert set(load_config(str(config))["profiles"]) == {"default", "sso", _NAME}
    _offer(hub)
    assert main(["configure", "--prune"]) == 0
    assert config.read_bytes() == _OWN.encode() + b"\r\n"


@pytest.mark.parametrize("where", ["config", "credentials"])
def test_a_profile_of_the_persons_own_is_never_shadowed(
    config: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor written over: it is passed over, with a word."""
    with (config.parent / where).open("a") as file:
        file.write(f"\n[profile '{_NAME}']\nregion = x\n" if where == "config" else f"[{_NAME}]\nx = y\n")
    before = config.read_bytes()
    assert main(["configure", "222222222222"]) == 0
    assert config.read_bytes() == before
    assert f"profile {_NAME}: not written, since you have one" in capsys.readouterr().err


def test_two_roles_with_one_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """64, and which ones; nothing is written."""
    assert main(["configure"]) == 64
    assert "222222222222/automation-spoke-role and 333333333333/" in capsys.readouterr().err
    assert config.read_bytes() == _OWN.encode()


def test_the_profile_that_signs_is_never_ours(
    config: Path, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """78, before anything is asked: it would have to ask itself for its own credentials."""
    assert main(["configure", *_TWO, "--profile", "sso"]) == 0
    before, calls = config.read_bytes(), len(hub.seen)
    capsys.readouterr()
    assert main(["configure", *_TWO, "--profile", "222222222222"]) == 78
    assert "--profile" in capsys.readouterr().err
    assert (config.read_bytes(), len(hub.seen)) == (before, calls)


def test_a_role_that_needs_a_session_policy(
    config: Path, hub: FakeHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gets the only one there is; with a choice of several, it is passed over with a word."""
    _offer(
        hub,
        offer(SessionPolicyRequired=True),
        offer("333333333333", SessionPolicyRequired=True, SessionPolicies=["a", "b"]),
    )
    assert main(["configure", *_TWO]) == 0
    profiles = load_config(str(config))["profiles"]
    assert "--session-policy read-only" in profiles["222222222222"]["credential_process"]
    assert "333333333333" not in profiles
    assert "choice of session policy" in capsys.readouterr().err


def test_a_duration_is_cut_to_what_the_role_allows(config: Path, hub: FakeHub) -> None:
    """Or the hub would refuse each vend."""
    _offer(hub, offer(MaxDurationSeconds=1200))
    assert main(["configure", "--duration", "1h"]) == 0
    assert "--duration 1200" in config.read_text()


def test_own_keys_in_the_environment_need_no_profile(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in CI."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    assert main(["configure", *_TWO]) == 0
    assert "--profile" not in config.read_text()


def test_a_path_with_a_space_works(config: Path, tmp_path: Path) -> None:
    """The command is called by its whole path, quoted as botocore and a shell read it."""
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    script = folder / "hubspoke"
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom hubspoke.quick import main\nsys.exit(main())\n")
    script.chmod(0o755)
    subprocess.run([script, "configure", *_TWO], check=True, capture_output=True)
    process = load_config(str(config))["profiles"]["222222222222"]["credential_process"]
    assert shlex.split(process)[0] == str(script)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_CONFIG_FILE": str(config)}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from botocore.session import Session\n"
            "found = Session(profile='222222222222').get_credentials()\n"
            "print(found.access_key, found.method)",
        ],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("ASIAFAKEHUB")
    assert done.stdout.endswith("custom-process\n")


@pytest.mark.parametrize(
    "argv",
    [
        ["--name", "{nonesuch}"],
        ["--name", "a b"],
        ["--set-region", "no/region"],
        ["--duration", "3601"],
        ["--duration", "x"],
        ["--nonesuch"],
    ],
)
def test_wrong_arguments(
    config: Path, hub: FakeHub, argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """64, before anything is asked or written."""
    assert main(["configure", *argv]) == 64
    assert capsys.readouterr().err.count("\n") <= 2
    assert (hub.seen, config.read_bytes()) == ([], _OWN.encode())


def test_a_file_that_cant_be_written(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """73, and why."""
    config.unlink()
    config.mkdir()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    assert main(["configure", *_TWO]) == 73
    assert capsys.readouterr().err.count("\n") == 1


def test_no_role_on_offer(config: Path, hub: FakeHub, capsys: pytest.CaptureFixture[str]) -> None:
    """A word, and nothing else."""
    _offer(hub)
    assert main(["configure"]) == 0
    assert "no role is on offer" in capsys.readouterr().err
    assert config.read_bytes() == _OWN.encode()
