"""The emulator's process: started strict, on loopback, for as long as we live and no longer."""

import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from hubspoke_contract.secret import Secret
from hubspoke_local.accounts import HUB, REGION
from hubspoke_local.confinement import LOOPBACK, base_environment, free_port
from hubspoke_local.strict import RUNTIME_VARIABLE
from hubspoke_local.strict_trail import TRAIL_VARIABLE

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 5.0
_PORTS_TRIED: Final = 3


class EmulatorError(RuntimeError):
    """The emulator didn't start. The message says where its log is."""


class PortTakenError(EmulatorError):
    """Between our finding the port free and the emulator's binding it, another process did."""


class Emulator:
    """One ministack, keeping everything it writes under ``run_dir``."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._process: subprocess.Popen[bytes] | None = None
        self.log = run_dir / "emulator.log"
        self.trail = run_dir / "trail"
        """Where CloudTrail's files are, as they would lie in an organization trail's bucket."""
        self.endpoint = ""
        self.bootstrap = Secret(secrets.token_hex(32))
        """What root's first calls are signed with, and nothing but the process that deploys has."""

    def start(self) -> None:
        """Start the process and wait until it answers."""
        for _ in range(_PORTS_TRIED - 1):
            try:
                return self._start_on(free_port())
            except PortTakenError:
                continue
        return self._start_on(free_port())

    def _start_on(self, port: int) -> None:
        self.endpoint = f"http://{LOOPBACK}:{port}"
        (self._run_dir / "tmp").mkdir(exist_ok=True)
        self.trail.mkdir(exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hubspoke_local.strict"],
                cwd=self._run_dir,
                env=self._environment(port),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C at the terminal is for us to act on, in our order.
                start_new_session=True,
                bufsize=0,
            )
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        # One that has ended already has said why in its log, which _await_ready reads.
        with suppress(BrokenPipeError):
            self._process.stdin.write(self.bootstrap.reveal().encode() + b"\n")
        self._await_ready()

    def stop(self) -> None:
        """End the process and the functions it runs. Safe to call twice, and after a failed start."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - Popen was given a pipe
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def _environment(self, port: int) -> dict[str, str]:
        runtime = self._run_dir / "runtime"
        provide_runtime(runtime)
        return base_environment() | {
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "MINISTACK_ACCOUNT_ID": HUB,
            "MINISTACK_REGION": REGION,
            "TMPDIR": str(self._run_dir / "tmp"),
            # Nothing is persisted; were it, then here.
            "STATE_DIR": str(self._run_dir / "state"),
            "S3_DATA_DIR": str(self._run_dir / "s3"),
            "DOCKER_HOST": f"unix://{self._run_dir}/no-docker.sock",
            "PYTHONDONTWRITEBYTECODE": "1",
            RUNTIME_VARIABLE: str(runtime),
            TRAIL_VARIABLE: str(self.trail),
        }

    def _await_ready(self) -> None:
        # A proxy of the user's knows nothing of our loopback.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.alive():
            try:
                with direct.open(f"{self.endpoint}/_ministack/health", timeout=2):
                    if self.alive():
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        wrote = self.log.read_text(errors="replace").strip() or "it wrote nothing"
        if "already in use" in wrote:
            raise PortTakenError(f"Another process took the port first: {self.endpoint}")
        raise EmulatorError(f"The emulator did not start: {wrote.splitlines()[-1]}")


def provide_runtime(folder: Path) -> None:
    """Link into ``folder`` what Lambda's Python runtimes bring with them: boto3 and what it needs."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in set(_closure("boto3")):
        for file in distribution(name).files or ():
            top = file.parts[0]
            link = folder / top
            if top not in ("..", "__pycache__") and not link.exists():
                link.symlink_to(str(distribution(name).locate_file(top)))


def _closure(name: str) -> Iterator[str]:
    yield name
    for line in distribution(name).requires or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield from _closure(needed.name)
