"""What the client leaves on a caller's machine works: profiles in the AWS config, variables in a shell."""

from pathlib import Path

import pytest

from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run
from tests.support.shells import command

_ARN = "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-"
_IDENTITY = ("aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text")


@pytest.fixture
def config(hub: EmbeddedHub, tmp_path: Path) -> Path:
    """A copy of the embedded hub's AWS config file, for a test to write to."""
    path = tmp_path / "config"
    path.write_bytes(Path(hub.settings()["AWS_CONFIG_FILE"]).read_bytes())
    return path


def test_a_profile_that_configure_wrote_works(run: Run, config: Path) -> None:
    """With the AWS CLI, by its name alone: no variable says which hub, or who signs."""
    before = config.read_bytes()
    shown = run("hubspoke", "configure", "--dry-run", AWS_CONFIG_FILE=str(config))
    assert "+[profile dev-automation-spoke-role]\n" in shown.out
    assert config.read_bytes() == before
    assert run("hubspoke", "configure", AWS_CONFIG_FILE=str(config)).code == 0
    assert config.read_bytes().startswith(before)
    names = ("HUBSPOKE_ENDPOINT", "AWS_PROFILE")
    for how in (
        [*_IDENTITY, "--profile", "dev-automation-spoke-role"],
        ["env", "AWS_PROFILE=dev-automation-spoke-role", *_IDENTITY],
    ):
        done = run(*how, without=names, AWS_CONFIG_FILE=str(config))
        assert done.out.startswith(_ARN), done.err


@pytest.mark.parametrize(
    ("shell", "script"),
    [
        ("bash", 'eval "$(hubspoke env {})"'),
        ("zsh", 'eval "$(hubspoke env {})"'),
        ("fish", "hubspoke env {} --format fish | source"),
        ("tcsh", 'eval "`hubspoke env {} --format tcsh`"'),
    ],
)
def test_a_shell_acts_as_the_role(run: Run, shell: str, script: str) -> None:
    """Without a profile, though the shell had one."""
    line = f"{script.format('222222222222/automation-spoke-role')}; {' '.join(_IDENTITY)}"
    done = run(*command(shell, "-c", line))
    assert done.out.startswith(_ARN), done.err


def test_a_search_of_the_roles(run: Run) -> None:
    """By a tag of the account, among others."""
    assert [
        role["AccountId"] for role in run("hubspoke", "roles", "ENVIRONMENT=prod", "--format", "json").json()
    ] == ["333333333333"]
    assert run("hubspoke", "roles", "workloads", "nonesuch").err == (
        "hubspoke: none of the roles you may take has these words\n"
    )
