"""examples/github-actions: a workflow that is safe to copy."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hubspoke.cli.options import COMMANDS

WORKFLOW = Path(__file__).parents[2] / "examples" / "github-actions" / "spokes.yaml"


@pytest.fixture
def job() -> dict[str, Any]:
    """The workflow's one job."""
    (found,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    return dict(found)


def test_it_may_do_what_it_has_to_and_no_more(job: dict[str, Any]) -> None:
    """Nothing by default; the job reads the code and proves who it is."""
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}


def test_it_holds_no_key(job: dict[str, Any]) -> None:
    """Neither a secret of the repository's nor one that is written down."""
    text = WORKFLOW.read_text()
    assert "secrets." not in text
    assert not re.search(r"A[KS]IA[A-Z0-9]{16}|aws-(?:secret-)?access-key", text)


def test_every_action_is_pinned_by_its_commit(job: dict[str, Any]) -> None:
    """A tag can be moved. The version is for people."""
    lines = [line for line in WORKFLOW.read_text().splitlines() if "uses:" in line]
    assert len(lines) == sum("uses" in step for step in job["steps"]) == 2
    for line in lines:
        assert re.search(r"uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$", line), line


def test_nothing_a_pusher_writes_is_put_into_a_script(job: dict[str, Any]) -> None:
    """``${{ … }}`` is replaced before the shell reads it: values go by way of variables."""
    assert not [step["run"] for step in job["steps"] if "${{" in step.get("run", "")]


def test_its_commands_are_ours(job: dict[str, Any]) -> None:
    """Each ``hubspoke`` is followed by a command there is."""
    scripts = "\n".join(step.get("run", "") for step in job["steps"])
    named = re.findall(r"(?:^|\()hubspoke ([a-z-]+)", scripts, re.MULTILINE)
    assert named == ["run", "run", "env"]
    assert set(named) <= set(COMMANDS)
