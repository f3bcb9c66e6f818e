"""pytest, run in a process of its own, and what it says happened."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from soak.tree import ROOT, python

_BY_ASSERTION: Final = ("AssertionError", "assert ", "Failed: ", "a planted secret is in: ")
"""How the message of a test begins that failed because it found something, and not because it broke."""


@dataclass(slots=True)
class Ran:
    """One run."""

    code: int
    output: str
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Each test that failed by an assertion, and its message."""
    broke: dict[str, str] = field(default_factory=dict)
    """Each that failed otherwise: an import, a fixture, an exception that no test expects."""
    properties: list[tuple[str, str]] = field(default_factory=list)
    """What tests recorded."""

    def total(self, name: str) -> int:
        """Add up the numbers that tests recorded under a name."""
        return sum(int(value) for key, value in self.properties if key == name)


def run(
    tests: Sequence[str],
    *options: str,
    report: Path,
    root: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run tests, named as pytest names them."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    done = subprocess.run(  # noqa: S603
        python(
            *("-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, *options),
            *(f"--junitxml={report}", "-o", "junit_family=xunit1"),
        ),
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    ran = Ran(done.returncode, done.stdout + done.stderr)
    if report.exists():
        _read(report, ran)
    return ran


def _read(report: Path, ran: Ran) -> None:
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('file')}::{case.get('name')}"
        ran.properties += [(each.get("name", ""), each.get("value", "")) for each in case.iter("property")]
        failure, error = case.find("failure"), case.find("error")
        if error is not None:
            ran.broke[name] = error.get("message", "")
        elif failure is None:
            ran.passed.append(name)
        else:
            message = failure.get("message", "")
            kind = ran.failed if message.startswith(_BY_ASSERTION) else ran.broke
            kind[name] = message
