"""``make demo`` and ``make local`` as a person meets them, from a copy of the project."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".local", ".build", ".tools", ".*_cache", ".hypothesis", "__pycache__"
)

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, in a folder whose path holds a space."""
    return Path(shutil.copytree(ROOT, tmp_path / "a copy", ignore=NOT_COPIED, symlinks=True))


@pytest.fixture
def start(project: Path) -> Start:
    """Start a command of the embedded hub in the copy."""

    def begin(command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "hubspoke_local", command],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project / "local")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return begin


def left_in(project: Path) -> set[str]:
    """Name what is in .local apart from the log."""
    return {path.name for path in (project / ".local").iterdir()} - {"log"}


def test_the_demo_tells_its_story_and_leaves_nothing(project: Path, start: Start) -> None:
    """Every step happens, the demo says so and ends with 0."""
    demo = start("demo")
    told, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, told
    assert "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-" in told
    assert "AccessDenied" in told
    assert "✓ the vend id that ends the session's name leads to who, what, when and by which policy" in told
    assert "✓ the very next vend: refused" in told
    assert "✓ the next vend: granted again" in told
    assert "\x1b" not in told
    assert left_in(project) == set()


def test_a_demo_that_does_not_hold_fails(project: Path, start: Start) -> None:
    """With the grant taken out of the starting set, the demo says which step it was, and ends with 1."""
    policies = project / "grants/policies/inventory.cedar"
    policies.write_text(policies.read_text().replace("inventory-bot", "somebody-else"))
    demo = start("demo")
    told, _ = demo.communicate(timeout=120)
    assert demo.returncode == 1, told
    assert "Traceback" not in told
    assert left_in(project) == set()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_local_serves_another_shell_until_it_is_told_to_end(
    project: Path, start: Start, ending: signal.Signals
) -> None:
    """.local/env makes a shell a caller; when the hub ends, neither files nor listeners are left."""
    serving = start("serve")
    env = project / ".local/env"
    try:
        for _ in range(600):
            if env.exists() or serving.poll() is not None:
                break
            time.sleep(0.1)
        script = (
            ". .local/env && export AWS_PROFILE=inventory-bot && echo $HUBSPOKE_ENDPOINT && "
            "hubspoke run 222222222222/automation-spoke-role -- "
            "aws sts get-caller-identity --query Arn --output text"
        )
        done = subprocess.run(["sh", "-c", script], cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        endpoint, arn = done.stdout.split()
        assert arn.startswith("arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-")
        again = start("serve")
        assert "already up" in again.communicate(timeout=60)[0]
        assert again.returncode == 1
    finally:
        serving.send_signal(ending)
        told, _ = serving.communicate(timeout=30)
    assert "Traceback" not in told
    assert left_in(project) == set()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", urlsplit(endpoint).port or 0)) != 0
