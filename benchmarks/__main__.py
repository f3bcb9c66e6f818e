"""``make bench``: measure, print each figure beside its gate, and fail past one."""

import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import audit, client, grants
from benchmarks.gates import Measured
from benchmarks.hub import Bench
from hubspoke_local.package import PROJECT


def main() -> int:
    """Return the number to exit with: 1 where a gate is passed."""
    print(
        f"On Python {platform.python_version()}, {platform.machine()}; ratios are to bare boto3, where "
        "nothing else is said. About four minutes"
    )
    print(f"{'':76}{'measured':>9}{'gate':>9}", flush=True)
    too_much = unmeasured = 0
    (PROJECT / ".build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PROJECT / ".build") as work:
        for row in _rows(Path(work)):
            value = "-" if row.value is None else f"{row.value:.2f}"
            print(f"{row.name:76}{value:>9}{row.gate:>9.2f}  {row.verdict}", flush=True)
            too_much += row.value is not None and row.value > row.gate
            unmeasured += row.value is None
    if unmeasured:
        print("Instructions are counted by valgrind, which is not on PATH.")
    return 1 if too_much else 0


def _rows(work: Path) -> Iterator[Measured]:
    yield from Bench(work).measure()
    yield from grants.measure()
    yield audit.measure()
    yield from client.Bench(work).measure()


if __name__ == "__main__":
    sys.exit(main())
