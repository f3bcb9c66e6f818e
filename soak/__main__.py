"""Run the long programme, or the parts that are named, and write what they found."""

import sys
import time
from datetime import UTC, datetime

from soak import figures, verification
from soak.programme import PARTS, Part, chosen, size_of
from soak.report import Outcome, say
from soak.tree import WORK, commit


def main(names: list[str]) -> int:
    """Run; the exit code tells whether all of it passed."""
    try:
        parts = list(chosen(names))
    except KeyError as unknown:
        say(f"no such part: {unknown.args[0]}; known are {', '.join(part.name for part in PARTS)}")
        return 2
    WORK.mkdir(exist_ok=True)
    at = commit()
    failed = [part.name for part in parts if not _run(part, at)]
    say(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def _run(part: Part, at: str) -> bool:
    size = size_of(part)
    command = f"make soak PART={part.name}" + (f" {part.variable}={size}" if part.variable else "")
    say(f"{part.name}: {part.what} ({command})")
    began = time.monotonic()
    try:
        outcome = part.run(size)
    except Exception as error:  # noqa: BLE001 - a part that breaks has failed, and the others still run
        outcome = Outcome("-", f"it broke: {type(error).__name__}: {error}"[:300].replace("\n", " "), False)
    known = figures.read()
    known[part.name] = figures.Figure(
        number=outcome.number,
        result=outcome.result,
        passed=outcome.passed,
        commit=at,
        command=command,
        seconds=round(time.monotonic() - began),
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=figures.machine(),
    )
    figures.write(known)
    verification.write()
    say(f"{part.name}: {outcome.number}: {outcome.result}")
    return outcome.passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
