"""The hub's gates: what the function costs beside bare boto3 that makes the same AWS calls.

Both run over the same loopback sockets, and how many calls each made is checked. Instructions are
counted by cachegrind, since they repeat where times don't; the CPU ratio is the wider backstop.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.gates import Measured
from hubspoke_local.package import PACKAGES, PROJECT, from_environment, lay_out

FEW, MANY = 50, 150
"""Vends of two runs: what a warm one costs is the difference, divided."""
ROUNDS: Final = 5
TIMED: Final = 301
_HERE: Final = Path(__file__).parent
_LEDGER: Final = ("UpdateItem:rates", "PutItem", "BatchGetItem", "UpdateItem")
_FUNCTION: Final = ("Vend", "ContractLayer", "GrantsLayer")
_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "ASIABENCHMARKBENCHMA",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_SESSION_TOKEN": "not-a-token",
}
_SETTINGS: Final = {
    "AWS_REGION": "eu-west-1",
    "HUBSPOKE_ENVIRONMENT": "prod",
    "HUBSPOKE_LEDGER_TABLE": "ledger",
    "HUBSPOKE_QUARANTINE_TABLE": "quarantine",
    "HUBSPOKE_RATES_TABLE": "rates",
    "HUBSPOKE_BUNDLE_BUCKET": "bundles",
    "HUBSPOKE_BUNDLE_KEY": "bundle.json",
    "HUBSPOKE_BUNDLE_OWNER": "111111111111",
    "HUBSPOKE_BUNDLE_MAX_AGE": "900",
    "HUBSPOKE_VERSION": "benchmark",
}


class BenchmarkError(RuntimeError):
    """A run didn't do what it was to measure. The message says what it did."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a program took."""

    cpu: float
    memory: int
    instructions: int | None = None


class Aws:
    """The fake AWS, in its own process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = self._line()

    def calls(self) -> Counter[str]:
        """Count the calls since the last time, by operation."""
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Counter(json.loads(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        line = self._process.stdout.readline().strip()
        if not line:
            raise BenchmarkError("the fake AWS ended")
        return line


@contextmanager
def aws() -> Iterator[Aws]:
    """Run a fake AWS for a while."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.aws"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Aws(process)
        finally:
            process.kill()


class Bench:
    """Runs the two programs in a work folder, and checks that they made the calls they should."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._valgrind = shutil.which("valgrind")
        for package in PACKAGES:
            if package.resource in _FUNCTION:
                lay_out(package, work / package.resource, from_environment)
        self._calls = work / "calls.json"
        self._run("vends.py", "0", "capture", str(self._calls), expected=1, ledger=True)

    def measure(self) -> Iterator[Measured]:
        """Measure all of it, row by row."""
        yield self._size()
        timed = [(self._ours(TIMED), self._bare(TIMED)) for _ in range(ROUNDS)]
        yield Measured("warm vend, CPU", statistics.median(ours.cpu / bare.cpu for ours, bare in timed), 1.4)
        yield Measured(
            "resident memory", statistics.median(ours.memory / bare.memory for ours, bare in timed), 1.8
        )
        yield from self._instructions()

    def _size(self) -> Measured:
        files = (path for name in _FUNCTION for path in (self._work / name).rglob("*") if path.is_file())
        return Measured(
            "unzipped function and layers, MB", sum(path.stat().st_size for path in files) / 1e6, 40
        )

    def _instructions(self) -> Iterator[Measured]:
        names = ("init and first vend", "warm vend", "warm vend without DynamoDB against AssumeRole")
        gates = (1.15, 1.20, 1.40)
        if self._valgrind is None:
            for name, gate in zip(names, gates, strict=True):
                yield Measured(f"{name}, instructions", None, gate)
            return
        with ThreadPoolExecutor(2) as side_by_side:
            ours_first, bare_first = side_by_side.map(
                lambda run: run(1, True, True), (self._ours, self._bare)
            )
            yield _ratio(names[0], [ours_first], [bare_first], gates[0])
            for name, gate, ledger in ((names[1], gates[1], True), (names[2], gates[2], False)):
                runs = [(run, count) for count in (MANY, FEW) for run in (self._ours, self._bare)]
                ours_many, bare_many, ours_few, bare_few = side_by_side.map(
                    lambda each, ledger=ledger: each[0](each[1], ledger, True), runs
                )
                yield _ratio(name, [ours_many, ours_few], [bare_many, bare_few], gate)

    def _ours(self, vends: int, ledger: bool = True, counted: bool = False) -> Run:
        options = () if ledger else ("without-ledger",)
        return self._run("vends.py", str(vends), *options, expected=vends, ledger=ledger, counted=counted)

    def _bare(self, vends: int, ledger: bool = True, counted: bool = False) -> Run:
        options = () if ledger else ("without-ledger",)
        return self._run(
            "bare.py", str(vends), str(self._calls), *options, expected=vends, ledger=ledger, counted=counted
        )

    def _run(self, program: str, *arguments: str, expected: int, ledger: bool, counted: bool = False) -> Run:
        shipped = [self._work / "Vend", *(self._work / layer / "python" for layer in _FUNCTION[1:])]
        path = shipped if program == "vends.py" else [Path(sysconfig.get_path("purelib"))]
        note = self._work / f"{program}-{os.getpid()}-{'-'.join(arguments[:1])}-{ledger}-{counted}.cachegrind"
        valgrind = [
            str(self._valgrind),
            "--tool=cachegrind",
            "--cache-sim=no",
            f"--cachegrind-out-file={note}",
        ]
        with aws() as server:
            done = subprocess.run(
                [*(valgrind if counted else []), sys.executable, "-S", str(_HERE / program), *arguments],
                env={
                    **_SETTINGS,
                    **_CREDENTIALS,
                    "AWS_ENDPOINT_URL": server.url,
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join(map(str, path)),
                    "PYTHONHASHSEED": "0",
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            calls = server.calls()
        if done.returncode:
            raise BenchmarkError(f"{program} {' '.join(arguments)}: {done.stderr.strip()[-2000:]}")
        wanted = Counter(
            {"AssumeRole": expected, "GetObject": 1, **dict.fromkeys(_LEDGER, expected * ledger)}
        )
        if calls != +wanted:
            raise BenchmarkError(f"{program} made {dict(calls)}, and not {dict(+wanted)}")
        figures = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("{")))
        instructions = (
            int(re.findall(r"^summary: (\d+)", note.read_text(), re.MULTILINE)[0]) if counted else None
        )
        return Run(figures["cpu"], figures["pages"], instructions)


def _ratio(name: str, ours: list[Run], bare: list[Run], gate: float) -> Measured:
    def cost(runs: list[Run]) -> int:
        first, *rest = (run.instructions or 0 for run in runs)
        return first - sum(rest)

    return Measured(f"{name}, instructions", cost(ours) / cost(bare), gate)
