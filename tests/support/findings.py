"""Reading what doctor found."""

from collections.abc import Iterable

from hubspoke.findings import Finding, Verdict


def codes(findings: Iterable[Finding]) -> list[str]:
    """Return the codes, in their order."""
    return [each.code for each in findings]


def wrongs(findings: Iterable[Finding]) -> list[str]:
    """Return the codes of what is wrong, in their order."""
    return [each.code for each in findings if each.verdict is Verdict.WRONG]


def only(findings: Iterable[Finding], code: str) -> Finding:
    """Return the one finding of a code."""
    (found,) = [each for each in findings if each.code == code]
    return found
