"""Mutation: change the code that decides, identifies, hides and records, and see a test fail.

mutmut wants one root of sources and names modules by their paths, so it gets a copy of the project
in which the packages stand under ``src``. It changes the bodies of functions; what a module does as
it is imported (a regular expression, a table) is left alone.
"""

import json
import os
import shutil
import subprocess
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from soak.report import Outcome, say
from soak.tree import WORK, copy_to, python

LEAST: Final = 0.95
_EXPLAINED: Final = Path(__file__).with_name("survivors.toml")
_PACKAGES: Final = (
    "layers/contract/hubspoke_contract",
    "layers/grants/hubspoke_grants",
    "functions/vend/vending",
    "admin/hubspoke_admin",
    "layers/client/hubspoke",
)
MUTATED: Final = (
    "hubspoke_grants/decision.py",
    "hubspoke_grants/policies.py",
    "hubspoke_grants/source_identity.py",
    "vending/identity.py",
    "hubspoke_contract/secret.py",
    "vending/audit.py",
    "hubspoke/local_request.py",
)
"""The decision, the identity, what redacts (the secret's type and the record's fixed fields), and whom the
local endpoint answers."""

_TESTS: Final = (
    "tests/unit/contract/test_secret.py",
    "tests/unit/grants/test_decision.py",
    "tests/unit/grants/test_offer.py",
    "tests/unit/grants/test_policies.py",
    "tests/unit/vending/test_identity.py",
    "tests/unit/vending/test_audit.py",
    "tests/unit/client/test_local_request.py",
)
"""Tests of these modules alone. Those of the whole handler would find more, at ten times the time."""
_SETTINGS: Final = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/{name}" for name in MUTATED]}
also_copy = ["grants", "events", "functions", "layers", "template.yaml"]
process_isolation = "forkserver"
forkserver_warmup = "collect"
pytest_add_cli_args = ["-p", "no:cacheprovider", "--hypothesis-profile=mutation"]
pytest_add_cli_args_test_selection = {list(_TESTS)}
"""
# What mutmut writes of a run is pytest's exit code, or a signal that ended it. Only a test that failed, and a
# run that had no end, noticed the change; all else (not run, no test, pytest not started) did not.
_PASSED: Final = 0
_FAILED: Final = 1
_ENDLESS: Final = (-24, 24, 152)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test minds."""

    function: str
    takes: str
    puts: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a change makes no difference that a test should mind."""

    survivor: Survivor
    why: str


def explanations() -> list[Explanation]:
    """Read why the known survivors survive."""
    raw = tomllib.loads(_EXPLAINED.read_text(encoding="utf-8"))
    return [
        Explanation(Survivor(each["function"], each["takes"], each["puts"]), each["why"])
        for each in raw.get("survivor", ())
    ]


def run() -> Outcome:
    """Mutate, and compare what survived with what is explained."""
    root = WORK / "mutation"
    _lay_out(root)
    _mutate(root, "--max-children", str(len(os.sched_getaffinity(0))))
    codes = _codes(root)
    # A busy machine, or two runs of pytest that wanted one folder: asked again, one by one.
    if unclear := [name for name, code in codes.items() if code not in (_FAILED, _PASSED)]:
        say(f"  asked again: {len(unclear)}")
        _mutate(root, "--max-children", "1", *unclear)
        codes = _codes(root)
    alive = [name for name, code in codes.items() if code != _FAILED and code not in _ENDLESS]
    found = {_survivor(root, name) for name in alive}
    known = {each.survivor for each in explanations()}
    for survivor in sorted(found - known, key=str):
        say(f"  survived, not explained: {survivor}")
    for survivor in sorted(known - found, key=str):
        say(f"  explained, not a survivor: {survivor}")
    killed = len(codes) - len(alive)
    say(f"  exit codes: {dict(Counter(codes.values()))}")
    share = killed / len(codes) if codes else 0.0
    return Outcome(
        f"{len(codes)} mutants",
        f"{killed} killed ({share:.1%}), {len(alive)} survived, {len(found - known)} of them not explained",
        share >= LEAST and found == known,
    )


def _mutate(root: Path, *arguments: str) -> None:
    with (WORK / "mutation.log").open("a") as log:
        subprocess.run(  # noqa: S603
            python("-m", "mutmut", "run", *arguments),
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )


def _lay_out(root: Path) -> None:
    copy_to(root)
    (root / "src").mkdir()
    for package in _PACKAGES:
        shutil.move(root / package, root / "src")
    settings = root / "pyproject.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + _SETTINGS, encoding="utf-8")


def _codes(root: Path) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name in MUTATED:
        meta = root / "mutants" / "src" / f"{name}.meta"
        if meta.exists():
            found |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _survivor(root: Path, name: str) -> Survivor:
    done = subprocess.run(  # noqa: S603
        python("-m", "mutmut", "show", name), cwd=root, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith(("---", "+++"))]
    return Survivor(
        function=name.rpartition("__mutmut_")[0].replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", "."),
        takes="\n".join(line[1:].strip() for line in lines if line.startswith("-")),
        puts="\n".join(line[1:].strip() for line in lines if line.startswith("+")),
    )
