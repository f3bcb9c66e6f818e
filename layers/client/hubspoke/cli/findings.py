"""Findings for people to read: a line each, and what mends it beneath."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final, TextIO

from hubspoke.findings import Finding, Verdict
from hubspoke.printable import printable

_COLOURS: Final = {Verdict.RIGHT: "32", Verdict.WRONG: "31", Verdict.UNSEEN: "33", Verdict.NOTED: "36"}


def write(findings: Sequence[Finding], stream: TextIO | None = None) -> None:
    """Write findings to a stream, stdout by default; in colour on a terminal, unless ``NO_COLOR`` is set."""
    out = stream or sys.stdout
    coloured = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    out.writelines(f"{line}\n" for line in lines(findings, coloured=coloured))


def lines(findings: Sequence[Finding], *, coloured: bool = False) -> Iterator[str]:
    """Write findings as lines, with verdicts and steps in columns."""
    width = max((len(finding.step) for finding in findings), default=0)
    for finding in findings:
        verdict = f"{finding.verdict:<6}"
        if coloured:
            verdict = f"\x1b[{_COLOURS[finding.verdict]}m{verdict}\x1b[0m"
        yield f"{verdict}  {finding.step:<{width}}  {_what(finding)}".rstrip()
        for line in finding.mend.splitlines():
            yield f"{'':<{width + 10}}{printable(line)}".rstrip()


def _what(finding: Finding) -> str:
    said = printable(finding.says)
    # What is wrong can be looked up and searched for by its code.
    return said if finding.verdict in (Verdict.RIGHT, Verdict.NOTED) else f"{finding.code}: {said}"
