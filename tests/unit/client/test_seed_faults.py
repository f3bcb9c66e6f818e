"""The faults of assume-spoke-role, whose options and variables the direct route takes: each is absent."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import boto3
import pytest

import hubspoke
from hubspoke.cli import main
from tests.support.fake_aws import FakeAws

HUB, SPOKE = "999999999999", "888888888888"
EXTERNAL_ID = "this-is-my-automation"
DIRECT = (
    "--hub-account",
    HUB,
    "--hub-role",
    "hub-role",
    "--spoke-account",
    SPOKE,
    "--spoke-role",
    "spoke-role",
)
SHOW = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")


def run(*command: str, options: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hubspoke", "run", *DIRECT, *options, "--", *command],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.usefixtures("sts")
def test_prints_the_childs_error_and_exits_0() -> None:
    """The child's exit code is ours, and its error is its own."""
    done = run("sh", "-c", "echo wrong >&2; exit 7")
    assert (done.returncode, done.stderr) == (7, "wrong\n")


@pytest.mark.usefixtures("sts")
def test_no_signal_forwarding() -> None:
    """A signal reaches the child."""
    command = ["sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hubspoke", "run", *DIRECT, "--", *command], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 9
    process.stdout.close()


def test_session_string_declared_but_unusable(sts: FakeAws) -> None:
    """The option names both sessions."""
    assert run("true", options=("--session-string", "me@company.com")).returncode == 0
    assert [params["RoleSessionName"] for params in sts.assumed] == ["me@company.com"] * 2


def test_an_empty_external_id_is_sent_which_sts_refuses(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left out, whether it is an empty variable, an empty option, an empty argument or none."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "")
    assert main(["env", *DIRECT, "--no-cache"]) == 0
    assert main(["env", *DIRECT, "--no-cache", "--external-id", ""]) == 0
    hubspoke.HubRole(HUB, "hub-role", external_id="", cache=False).credentials(SPOKE, "spoke-role")
    assert len(sts.assumed) == 6
    assert all("ExternalId" not in params for params in sts.assumed)


def test_the_account_prefix_eats_13_of_the_64_characters(sts: FakeAws) -> None:
    """All 64 are the caller's; one more is refused with the limit."""
    assert main(["env", *DIRECT, "--session-string", "x" * 64]) == 0
    assert sts.assumed[1]["RoleSessionName"] == "x" * 64
    assert main(["env", *DIRECT, "--session-string", "x" * 65]) == 64


def test_the_external_id_shows_in_help_and_argv(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help shows no value, the option isn't advertised, and the child's argv and environment lack it."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", EXTERNAL_ID)
    assert main(["run", "--help"]) == 0
    out = capsys.readouterr().out
    assert EXTERNAL_ID not in out
    assert "--external-id-file" in out
    assert not re.search(r"--external-id\b(?!-file)", out)
    child = run("sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline")
    assert (child.returncode, EXTERNAL_ID in child.stdout) == (0, False)
    assert sts.assumed[0]["ExternalId"] == EXTERNAL_ID


@pytest.mark.parametrize("command", ["run", "env", "credential-process"])
def test_h_shadows_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """-h is help, as everywhere."""
    assert main([command, "-h"]) == 0
    assert "usage: hubspoke" in capsys.readouterr().out


def test_the_callers_config_object_is_mutated(sts: FakeAws) -> None:
    """The caller's session has its own credentials and Region before, during and after."""
    session = boto3.Session("AKIACALLER", "secret", region_name="eu-west-1")
    before = session.get_credentials()
    hubspoke.assume_spoke_role(
        hub_account=HUB, hub_role="hub-role", spoke_account=SPOKE, spoke_role="spoke-role", session=session
    )
    after = session.get_credentials()
    assert after is before
    assert (after and after.access_key, session.region_name) == ("AKIACALLER", "eu-west-1")
    assert sts.signers[0] == "AKIACALLER"


def test_arn_aws_hard_coded(sts: FakeAws) -> None:
    """The partition is the Region's."""
    assert main(["env", *DIRECT, "--region", "us-gov-west-1"]) == 0
    assert sts.assumed[0]["RoleArn"] == f"arn:aws-us-gov:iam::{HUB}:role/hub-role"


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("--hub-account", "9999"),
        ("--spoke-account", "88888888888a"),
        ("--hub-role", "a role"),
        ("--spoke-role", "role*"),
        ("--external-id", "x"),
        ("--session-string", "me at company"),
        ("--duration", "899"),
        ("--region", "no/region"),
    ],
)
def test_no_validation(sts: FakeAws, option: str, wrong: str) -> None:
    """What STS would refuse, or worse, take, never gets there."""
    assert main(["env", *DIRECT, option, wrong]) == 64
    assert sts.assumed == []


def test_no_duration(sts: FakeAws) -> None:
    """The spoke's session lasts as long as was asked for; 3600 s otherwise."""
    assert main(["env", *DIRECT, "--duration", "15m"]) == 0
    assert [params["DurationSeconds"] for params in sts.assumed] == ["3600", "900"]


def test_no_caching(sts: FakeAws) -> None:
    """The same again costs no call."""
    assert run("true").returncode == run("true").returncode == 0
    assert len(sts.assumed) == 2


@pytest.mark.parametrize("option", [("--tag", "team=blue"), ("--reason", "INC-1")])
def test_no_tags_and_no_source_identity(
    sts: FakeAws, option: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """They need the hub, which says so instead of leaving them out; the trust policies know none."""
    assert main(["env", *DIRECT, *option]) == 64
    assert "needs the hub" in capsys.readouterr().err
    assert main(["env", *DIRECT]) == 0
    assert all(not {"SourceIdentity", "Tags.member.1.Key"} & params.keys() for params in sts.assumed)


def test_no_region(sts: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """--region is an option, and a missing one is named."""
    monkeypatch.delenv("AWS_REGION")
    assert main(["env", *DIRECT]) == 78
    assert main(["env", *DIRECT, "--region", "eu-west-1"]) == 0
    assert len(sts.assumed) == 2


@pytest.mark.usefixtures("sts")
def test_the_expiration_is_in_gos_own_format() -> None:
    """RFC 3339, and the older names of the variables are there for those who read them."""
    found = json.loads(run(*SHOW).stdout)
    left = datetime.fromisoformat(found["AWS_SESSION_EXPIRATION"]).timestamp() - time.time()
    assert 3500 < left < 3700
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", found["AWS_SESSION_EXPIRATION"])
    assert found["AWS_SECURITY_TOKEN"] == found["AWS_SESSION_TOKEN"]


@pytest.mark.usefixtures("sts")
def test_inherited_profile_variables_left_in_place(tmp_path: Path) -> None:
    """The child has no profile that would contradict its credentials."""
    config = tmp_path / "config"
    config.write_text("[profile mine]\nregion = eu-west-1\n")
    done = run(*SHOW, AWS_PROFILE="mine", AWS_DEFAULT_PROFILE="mine", AWS_CONFIG_FILE=str(config))
    assert not {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} & json.loads(done.stdout).keys()
