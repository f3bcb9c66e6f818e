"""The parts of the long programme, in the order in which they run.

Each takes its size from a variable of the environment, or from ``SOAK_SCALE``, a factor for all.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from soak import defences, kills, load, mutation, suite
from soak.fuzz import TARGETS
from soak.report import Outcome, say
from soak.tree import ROOT, WORK, python

PROPERTIES: Final = (
    "tests/unit/contract/test_arns.py",
    "tests/unit/contract/test_names.py",
    "tests/unit/contract/test_request.py",
    "tests/unit/vending/test_identity.py",
)
PROPERTIES_LEAST: Final = 15
_BATCH: Final = 20_000
"""Examples of one property in one process: hypothesis remembers all that it has tried."""

_PERMITS_LEAST: Final = 0.3
_STATISTIC: Final = re.compile(r"^stat::(\w+): +([0-9]+)", re.MULTILINE)
_COVERAGE: Final = re.compile(r"cov: ([0-9]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One part."""

    name: str
    what: str
    variable: str | None
    """What its size is taken from; ``None`` where it is always whole."""
    size: int
    """Its whole size."""
    run: Callable[[int], Outcome]


def size_of(part: Part) -> int:
    """Say how large a part is to be: its variable's number, or its whole size, scaled."""
    given = os.environ.get(part.variable, "") if part.variable else ""
    if given:
        return max(1, int(given))
    return max(1, round(part.size * float(os.environ.get("SOAK_SCALE") or 1)))


def _properties(examples: int) -> Outcome:
    """Run every property over so many examples, in batches, each of its own chance."""
    done: dict[str, int] = {}
    for seed in range(-(-examples // _BATCH)):
        batch = min(_BATCH, examples - seed * _BATCH)
        ran = suite.run(
            PROPERTIES,
            *("-m", "hypothesis", "--hypothesis-profile=soak", f"--hypothesis-seed={seed}"),
            "--hypothesis-show-statistics",
            report=WORK / "properties.xml",
            environment={**os.environ, "HUBSPOKE_PROPERTY_EXAMPLES": str(batch)},
        )
        if ran.code != 0:
            say(ran.output[-4000:])
            return Outcome(f"{len(done)} properties", "a property does not hold", False)
        for name, number in passing(ran.output).items():
            done[name] = done.get(name, 0) + number
        say(f"  {len(done)} properties, {min(done.values())} examples each or more")
    return Outcome(
        f"{len(done)} properties, {min(done.values())} examples each or more, {sum(done.values())} in all",
        "all hold",
        len(done) >= PROPERTIES_LEAST,
    )


def passing(statistics: str) -> dict[str, int]:
    """Read from hypothesis's statistics how many examples of each property passed."""
    found: dict[str, int] = {}
    name = ""
    for line in statistics.splitlines():
        if line.startswith("tests/") and line.endswith(":"):
            name = line[:-1]
        elif name and (passed := re.search(r"- ([0-9]+) passing", line)):
            found[name] = found.get(name, 0) + int(passed[1])
    return found


def _oracle(decisions: int) -> Outcome:
    ran = suite.run(
        ["tests/oracle"],
        report=WORK / "oracle.xml",
        environment={**os.environ, "HUBSPOKE_ORACLE_DECISIONS": str(decisions)},
    )
    total, permits = ran.total("decisions"), ran.total("permits")
    if ran.code != 0:
        say(ran.output[-4000:])
        return Outcome(f"{total} decisions", "one differs", False)
    share = permits / total
    return Outcome(
        f"{total} decisions", f"0 differ, {share:.1%} of them permits", total > 0 and share >= _PERMITS_LEAST
    )


def _source_identities(callers: int) -> Outcome:
    ran = suite.run(
        ["tests/unit/vending/test_identity.py::test_among_many_callers_none_shares_a_source_identity"],
        report=WORK / "source-identities.xml",
        environment={**os.environ, "HUBSPOKE_SOURCE_IDENTITIES": str(callers)},
    )
    if ran.code != 0:
        say(ran.output[-4000:])
        return Outcome(f"{callers} callers", "two share one", False)
    return Outcome(
        f"{ran.total('callers')} callers, {ran.total('source identities')} of them different",
        "0 share one",
        True,
    )


def _fuzz(seconds: int) -> Outcome:
    """Fuzz each target for so many seconds, from its seeds and what earlier runs found."""
    found: list[str] = []
    crashed: list[str] = []
    for target in TARGETS:
        folder = WORK / "fuzz" / target
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "log"
        with log.open("w") as output:
            done = subprocess.run(  # noqa: S603
                python("-m", "soak.fuzz", target, "--seconds", str(seconds), "--folder", str(folder)),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        figures = fuzzed(log)
        found.append(f"{target} {figures}")
        if done.returncode != 0 or not figures:
            crashed.append(target)
        say(f"  {target}: {figures}{' - see ' + str(log) if target in crashed else ''}")
    return Outcome(
        f"{len(TARGETS)} targets, {seconds} s each: " + "; ".join(found),
        f"uncaught: {', '.join(crashed)}" if crashed else "0 uncaught",
        not crashed,
    )


def fuzzed(log: Path) -> str:
    """Read libFuzzer's own figures from what it wrote."""
    text = log.read_text(encoding="utf-8", errors="replace")
    statistics = dict(_STATISTIC.findall(text))
    coverage = _COVERAGE.findall(text)
    if "number_of_executed_units" not in statistics:
        return ""
    runs, speed = statistics["number_of_executed_units"], statistics.get("average_exec_per_sec", "?")
    return f"{runs} runs ({speed}/s), coverage {coverage[-1] if coverage else '?'}"


def _openapi(calls: int) -> Outcome:
    ran = suite.run(
        ["tests/integration/test_openapi.py"],
        report=WORK / "openapi.xml",
        environment={**os.environ, "HUBSPOKE_OPENAPI_CALLS": str(calls)},
    )
    if ran.code != 0:
        say(ran.output[-4000:])
        return Outcome(f"{calls} calls", "an answer is not as documented", False)
    made = ran.total("calls")
    return Outcome(
        f"{made} calls" if made else f"{calls} calls asked for", "0 server errors, 0 breaks of a schema", True
    )


PARTS: Final = (
    Part(
        "defences",
        "each defence is taken away, and a test must fail",
        None,
        1,
        lambda _: defences.run(os.environ.get("SOAK_DEFENCES", "")),
    ),
    Part(
        "properties",
        "hypothesis over identity, ARNs, names, source identities, requests",
        "SOAK_EXAMPLES",
        200_000,
        _properties,
    ),
    Part(
        "source-identities",
        "callers made to be mistaken for one another",
        "SOAK_CALLERS",
        1_000_000,
        _source_identities,
    ),
    Part(
        "oracle",
        "decisions against a reference that shares no code with them",
        "SOAK_DECISIONS",
        1_000_000,
        _oracle,
    ),
    Part("openapi", "calls made up from the API's description", "SOAK_CALLS", 5_000, _openapi),
    Part("fuzz", "atheris over what others wrote", "SOAK_FUZZ_SECONDS", 300, _fuzz),
    Part(
        "mutation",
        "mutmut over decision, identity, secret, audit record and local endpoint",
        None,
        1,
        lambda _: mutation.run(),
    ),
    Part("load", "vends through one warm function", "SOAK_VENDS", 200_000, load.run),
    Part("kills", "the client's cache, its writers killed at any moment", "SOAK_KILLS", 5_000, kills.run),
)


def chosen(names: list[str]) -> Iterator[Part]:
    """List the parts of these names, or all of them.

    Raises:
        KeyError: there is no such part.
    """
    known = {part.name: part for part in PARTS}
    for name in names:
        known[name]
    return (part for part in PARTS if not names or part.name in names)
