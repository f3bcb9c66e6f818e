"""The client's gates: what a command costs beside Python's own start, and many vends beside their ideal.

The client is laid out with its ``.pyc`` files, as pip leaves it; the hub is a process of its own.
Instructions are counted by cachegrind, since they repeat where times don't.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.gates import Measured
from hubspoke_local.package import PROJECT
from tests.faults.certificates import Certificates

ROUNDS: Final = 11
VENDS, AT_ONCE, SECONDS = 1000, 32, 0.05
PROCESSES, THREADS = 64, 32
_HERE: Final = Path(__file__).parent
_BIN: Final = Path(sys.executable).parent
_AWSCURL: Final = PROJECT / ".tools" / "awscurl" / "bin" / "awscurl"
_TARGET: Final = "222222222222/automation-spoke-role"
_PROCESS: Final = ("credential-process", _TARGET)
_UNTIL_EXEC: Final = """
import os, sys
os.execvpe = lambda *_: os._exit(0)
sys.argv[1:] = ["run", {target!r}, "--", "true"]
from hubspoke.quick import main
main()
"""
"""What comes after is ``true``'s own, counted apart: valgrind starts anew where a process becomes another."""


class BenchmarkError(RuntimeError):
    """A run didn't do what it was to measure. The message says what it did."""


class Hub:
    """A hub that grants everything, in its own process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = self._line()

    def vends(self) -> int:
        """Count the vends since the last time."""
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        line = self._process.stdout.readline().strip()
        if not line:
            raise BenchmarkError("the hub ended")
        return line


@contextmanager
def serving(seconds: float, *certificate: str) -> Iterator[Hub]:
    """Run a hub for a while, whose vends take so many seconds."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.vending_hub", str(seconds), *certificate],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Hub(process)
        finally:
            process.kill()


class Bench:
    """Measures the client in a work folder."""

    def __init__(self, work: Path) -> None:
        self._work = work / "client"
        self._library = self._work / "lib"
        for package in ("layers/client/hubspoke", "layers/contract/hubspoke_contract"):
            shutil.copytree(
                PROJECT / package,
                self._library / Path(package).name,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        self._command = self._work / "hubspoke"
        shutil.copyfile(PROJECT / "layers/client/scripts/hubspoke", self._command)
        # This and not the environment's word: without .pyc files Python's compiler would be measured.
        _finished([sys.executable, "-m", "compileall", "-q", str(self._library)], {})

    def measure(self) -> Iterator[Measured]:
        """Measure all of it, row by row."""
        with serving(0) as hub:
            environ = self._environ(hub.url)
            _finished(self._hubspoke(*_PROCESS), environ)
            hub.vends()
            yield from self._cached(environ)
            if hub.vends():
                raise BenchmarkError("what was to be cached was vended")
            yield self._first(hub, environ)
        with serving(SECONDS) as hub:
            seconds = min(self._many("hubspoke", hub, {})["wall"] for _ in range(3))
            ideal = VENDS / AT_ONCE * SECONDS
            yield Measured(
                f"{VENDS} vends of {SECONDS * 1000:.0f} ms, {AT_ONCE} at once, no cache: wall by ideal",
                seconds / ideal,
                1.15,
            )
        yield self._by_tls()
        yield self._herd()

    def _cached(self, environ: dict[str, str]) -> Iterator[Measured]:
        valgrind = shutil.which("valgrind")
        names = [
            f"cached {what} by python -c pass, instructions" for what in ("credential-process", "run -- true")
        ]
        if valgrind is None:
            yield from (Measured(name, None, gate) for name, gate in zip(names, (1.10, 1.6), strict=True))
        else:
            bare = self._instructions([sys.executable, "-c", "pass"], environ)
            cached = self._instructions(self._hubspoke(*_PROCESS), environ)
            yield Measured(names[0], cached / bare, 1.10)
            run = [sys.executable, "-c", _UNTIL_EXEC.format(target=_TARGET)]
            # An eval of a few lines more than the command itself: to its disadvantage.
            until, true = self._instructions(run, environ), self._instructions(["true"], environ)
            yield Measured(names[1], (until + true) / bare, 1.6)
        ratio = _paired(self._hubspoke(*_PROCESS), [sys.executable, "-c", "pass"], environ, rounds=4 * ROUNDS)
        yield Measured("cached credential-process by python -c pass, CPU", ratio, 1.25)

    def _first(self, hub: Hub, environ: dict[str, str]) -> Measured:
        account, role = _TARGET.split("/")
        url = f"{hub.url}/v1/accounts/{account}/roles/{role}/credentials"
        scope = ["--service", "execute-api", "--region", environ["AWS_REGION"]]
        awscurl = [str(_AWSCURL), *scope, "-X", "POST", "-d", "{}", url]
        ratio = _paired(self._hubspoke(*_PROCESS, "--no-cache"), awscurl, environ, rounds=ROUNDS)
        if hub.vends() != 2 * (ROUNDS + 1):
            raise BenchmarkError("somebody did not vend")
        return Measured("first vend by awscurl, CPU", ratio, 0.65)

    def _by_tls(self) -> Measured:
        folder = self._work / "certificates"
        folder.mkdir()
        trusted = {"AWS_CA_BUNDLE": str(Certificates(folder).authority)}
        with serving(SECONDS, str(folder / "good.pem"), str(folder / "good.key")) as hub:
            kinds = ("hubspoke", "bare")
            pairs = [[self._many(kind, hub, trusted)["cpu"] for kind in kinds] for _ in range(5)]
        return Measured(
            f"{VENDS} vends by TLS, {AT_ONCE} at once: CPU by http.client with one context",
            statistics.median(ours / bare for ours, bare in pairs),
            3,
        )

    def _many(self, kind: str, hub: Hub, environ: dict[str, str]) -> dict[str, float]:
        done = _finished(
            [sys.executable, str(_HERE / "fan_out.py"), kind, str(VENDS), str(AT_ONCE)],
            self._environ(hub.url) | environ,
        )
        if (vends := hub.vends()) != VENDS + 1:
            raise BenchmarkError(f"{kind} made {vends} vends")
        found: dict[str, float] = json.loads(done)
        return found

    def _herd(self) -> Measured:
        with serving(SECONDS) as hub:
            environ = self._environ(hub.url) | {"HUBSPOKE_CACHE_DIR": str(self._work / "herd")}
            _finished(
                [sys.executable, str(_HERE / "herd.py"), str(PROCESSES), str(THREADS)], environ, timeout=120
            )
            return Measured(f"{PROCESSES} processes of {THREADS} threads, one key: vends", hub.vends(), 1)

    def _hubspoke(self, *words: str) -> list[str]:
        return [sys.executable, str(self._command), *words]

    def _environ(self, url: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._work),
            "PYTHONPATH": str(self._library),
            "PYTHONHASHSEED": "0",
            "HUBSPOKE_ENDPOINT": url,
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "ASIABENCHMARKBENCHMA",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            "AWS_SESSION_TOKEN": "not-a-token" * 50,
        }

    def _instructions(self, command: Sequence[str], environ: dict[str, str]) -> int:
        note = self._work / "cachegrind"
        _finished(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={note}", *command],
            environ,
        )
        return int(re.findall(r"^summary: (\d+)", note.read_text(), re.MULTILINE)[0])


def _paired(ours: Sequence[str], theirs: Sequence[str], environ: dict[str, str], rounds: int) -> float:
    """Return the ratio of the CPU that two commands take, run in turns; the first pair warms up."""
    pairs = [(_cpu(ours, environ), _cpu(theirs, environ)) for _ in range(rounds + 1)]
    return statistics.median(each / other for each, other in pairs[1:])


def _cpu(command: Sequence[str], environ: dict[str, str]) -> float:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchmarkError(f"{command[0]} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


def _finished(command: Sequence[str], environ: dict[str, str], timeout: float = 300) -> str:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode:
        raise BenchmarkError(f"{' '.join(command)}: {done.stderr.strip()[-2000:]}")
    return done.stdout
