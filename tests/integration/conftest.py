"""One embedded hub for all integration tests, from the project's own templates."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.hub import EmbeddedHub

Run = Callable[..., "Done"]


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read its output as JSON."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHub]:
    """The hub, with the starting grants in force."""
    with EmbeddedHub.start(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture
def run(hub: EmbeddedHub, tmp_path: Path) -> Run:
    """Run a command as one of the demo's callers would, in a shell of their own, with a cache of its own."""

    def call(
        *argv: str, profile: str = "inventory-bot", without: tuple[str, ...] = (), **variables: str
    ) -> Done:
        environment = hub.environment(profile) | {"HUBSPOKE_CACHE_DIR": str(tmp_path / "cache")} | variables
        for name in without:
            environment.pop(name, None)
        done = subprocess.run(
            argv,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return call
