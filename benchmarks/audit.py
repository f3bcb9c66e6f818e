"""``python -m benchmarks.audit [EVENTS]``: what an audit takes of time and memory, by a million events.

Half of the records are vends in the hub's account, with their rows; the others are the same calls in the
spokes' accounts. Fails where a process's whole memory passes its gate, however many events there are.
"""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.gates import Measured
from hubspoke_admin.reconcile import Ours, Reconciliation, Window
from hubspoke_admin.trail import assumed, records
from hubspoke_admin.trail_files import log_files, place
from hubspoke_local.package import PROJECT
from tests.support.cloudtrail import (
    EXECUTION_ROLE,
    HUB,
    NOW,
    SPOKE,
    assume_role,
    hours,
    in_the_spoke,
    row,
    write,
)

EVENTS: Final = 1_000_000
MEMORY_GATE: Final = 100
"""MB: Python is some 30 of it, SQLite's pages 16; then two chunks and a record."""

_IN_A_FILE: Final = 5_000


def main(arguments: list[str]) -> int:
    """Write the files, audit them, and return 1 where the memory's gate is passed."""
    vends = (int(arguments[0]) if arguments else EVENTS) // 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for begin in range(0, vends, _IN_A_FILE):
            numbers = range(begin, min(begin + _IN_A_FILE, vends))
            write(folder, _packed(assume_role(each, _at(each)) for each in numbers), HUB, unique=f"{begin}")
            write(
                folder, _packed(in_the_spoke(each, _at(each)) for each in numbers), SPOKE, unique=f"{begin}"
            )
        before, began = _peak(), time.perf_counter()
        read = _audit(folder, vends)
        seconds, peak = time.perf_counter() - began, _peak()
    print(f"{read} records and {vends} rows in {seconds:.1f} s, {read / seconds:.0f} records a second")
    print(f"peak memory of the process: {peak:.0f} MB, {before:.0f} MB of it before; gate {MEMORY_GATE} MB")
    return 1 if peak > MEMORY_GATE else 0


def measure() -> Measured:
    """Measure in a process of its own, whose memory is then the audit's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.audit"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    found = re.search(r"^peak memory of the process: (\d+) MB", done.stdout, re.MULTILINE)
    return Measured(
        "audit of a million CloudTrail events, MB in all", float(found[1]) if found else None, MEMORY_GATE
    )


def _audit(folder: Path, vends: int) -> int:
    window = Window(NOW - hours(1), NOW + hours(2), NOW + hours(2))
    ours, read = Ours(frozenset({EXECUTION_ROLE}), ["role/hubspoke/*"]), 0
    with Reconciliation(ours, window) as reconciliation:
        for file in log_files(place(str(folder)), window.since, window.until):
            with file.open() as opened, reconciliation.whole():
                for record in records(opened):
                    read += 1
                    if known := assumed(record):
                        reconciliation.take_record(known)
        reconciliation.take_vends(row(each, _at(each)) for each in range(vends))
        if (paired := reconciliation.paired()) != vends or any(reconciliation.findings()):
            raise AssertionError(f"{paired} of {vends} were paired")
    return read


def _at(number: int) -> Any:
    return NOW + timedelta(milliseconds=number * 3)


def _packed(written: Iterator[dict[str, Any]]) -> bytes:
    return gzip.compress(
        b'{"Records": [' + b",".join(json.dumps(each).encode() for each in written) + b"]}", 1
    )


def _peak() -> float:
    # Not ru_maxrss: a process inherits that of the one that started it.
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None  # noqa: S101 - Linux says it of every process
    return int(found[1]) / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
