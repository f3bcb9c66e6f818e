"""The threat table, and its proof: take each defence away, and see a test fail."""

import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from soak import suite
from soak.report import Outcome, say
from soak.tree import IMPORT_ROOTS, WORK, copy_to, environment, python

_TABLE: Final = Path(__file__).with_name("defences.toml")
_PACKAGES: Final = (
    "hubspoke_contract",
    "hubspoke_grants",
    "hubspoke",
    "vending",
    "hubspoke_admin",
    "hubspoke_local",
)


@dataclass(frozen=True, slots=True)
class Defence:
    """One defence: what it does, where it stands, and who misses it."""

    threat: int
    what: str
    file: str
    takes: str
    """The text that is taken out: it stands in the file once."""
    puts: str
    """What stands there instead; mostly nothing."""
    tests: tuple[str, ...]
    """Each of them, or one of its cases, fails without the defence."""

    def is_there(self, root: Path) -> bool:
        """Tell whether its text stands in the file, once."""
        return (root / self.file).read_text(encoding="utf-8").count(self.takes) == 1


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat, and what is built against it."""

    number: int
    name: str
    none: str | None
    """Why there is no defence to take away."""
    defences: tuple[Defence, ...]


@cache
def threats() -> tuple[Threat, ...]:
    """Read the table."""
    return tuple(
        Threat(
            number=raw["number"],
            name=raw["name"],
            none=raw.get("none"),
            defences=tuple(
                Defence(
                    threat=raw["number"],
                    what=each["what"],
                    file=each["file"],
                    takes=each["takes"],
                    puts=each.get("puts", ""),
                    tests=tuple(each["tests"]),
                )
                for each in raw.get("defence", ())
            ),
        )
        for raw in tomllib.loads(_TABLE.read_text(encoding="utf-8"))["threat"]
    )


def defences() -> list[Defence]:
    """List every defence."""
    return [each for threat in threats() for each in threat.defences]


def run(only: str = "") -> Outcome:
    """Take every defence away, one at a time; ``only`` those whose description holds a text."""
    chosen = [each for each in defences() if only in each.what]
    root = WORK / "defences"
    copy_to(root)
    _check_imports(root)
    faults = list(_untouched(root, chosen))
    for place, defence in enumerate(chosen, 1):
        fault = _without(root, defence)
        say(f"  {place}/{len(chosen)} {defence.threat}: {defence.what}: {fault or 'a test fails without it'}")
        if fault:
            faults.append(fault)
    result = f"{len(faults)} not proved" if faults else "each one's tests fail without it, and pass with it"
    return Outcome(f"{len(chosen)} defences", result, not faults)


def _check_imports(root: Path) -> None:
    """See to it that the copy's code is what the tests import, and not the installed one."""
    program = "".join(f"import {name}; print({name}.__file__);" for name in _PACKAGES)
    done = subprocess.run(  # noqa: S603
        python("-c", program), cwd=root, env=environment(root), capture_output=True, text=True, check=True
    )
    found = [Path(line) for line in done.stdout.split()]
    if len(found) != len(_PACKAGES) or not all(root.resolve() in path.resolve().parents for path in found):
        raise RuntimeError(f"not the copy's code: {found}; look at {', '.join(IMPORT_ROOTS)}")


def _untouched(root: Path, chosen: list[Defence]) -> Iterator[str]:
    tests = sorted({test for defence in chosen for test in defence.tests})
    ran = suite.run(tests, report=root / "report.xml", root=root, environment=environment(root))
    if ran.code != 0:
        say(ran.output[-2000:])
        yield "the tests do not pass with every defence in place"
    else:
        say(f"  {len(ran.passed)} tests pass with every defence in place")


def _without(root: Path, defence: Defence) -> str | None:
    """Take a defence away and run its tests; say what is wrong, if none of them minds."""
    if not defence.is_there(root):
        return f"its text does not stand once in {defence.file}"
    file = root / defence.file
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace(defence.takes, defence.puts), encoding="utf-8")
    try:
        ran = suite.run(defence.tests, report=root / "report.xml", root=root, environment=environment(root))
    finally:
        file.write_text(whole, encoding="utf-8")
    for test in defence.tests:
        if not any(_is_of(name, test) for name in ran.failed):
            why = next((f": {text[:200]}" for name, text in ran.broke.items() if _is_of(name, test)), "")
            return f"{test} does not fail by an assertion{why}" + (
                "" if ran.failed or why else ran.output[-300:]
            )
    return None


def _is_of(name: str, test: str) -> bool:
    return name == test or name.startswith((f"{test}[", f"{test}::"))
