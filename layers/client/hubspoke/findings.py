"""What ``doctor`` found: one finding a thing that was looked at, and what a list of them comes to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one thing is."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSEEN = "unseen"
    """It matters, and the credentials at hand can't see it."""
    NOTED = "noted"
    """Worth knowing, and neither right nor wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Nothing in it is secret."""

    step: str
    """Which part of the chain: ``credentials``, ``trust``."""
    verdict: Verdict
    code: str
    """What was found, for programs: ``TrustExternalId``. One code has one verdict always."""
    says: str
    """The same for people, in a line."""
    mend: str = ""
    """What to do about it: a command or the exact change, in lines. Empty where nothing is to be done."""

    def to_document(self) -> dict[str, str]:
        """Return it as JSON has it, without what is empty."""
        pairs = {
            "Step": self.step,
            "Verdict": str(self.verdict),
            "Code": self.code,
            "Says": self.says,
            "Mend": self.mend,
        }
        return {name: text for name, text in pairs.items() if text}


def right(step: str, code: str, says: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(step, Verdict.RIGHT, code, says)


def wrong(step: str, code: str, says: str, mend: str) -> Finding:
    """Say that something is not as it should be, and what mends it."""
    return Finding(step, Verdict.WRONG, code, says, mend)


def unseen(step: str, code: str, says: str, mend: str) -> Finding:
    """Say that something which matters can't be seen, and what would show it."""
    return Finding(step, Verdict.UNSEEN, code, says, mend)


def noted(step: str, code: str, says: str, mend: str = "") -> Finding:
    """Say something worth knowing."""
    return Finding(step, Verdict.NOTED, code, says, mend)


def worst(findings: Iterable[Finding]) -> Verdict:
    """Say what findings come to: wrong if anything is, else unseen if anything is, else right."""
    verdicts = {finding.verdict for finding in findings}
    return next((each for each in (Verdict.WRONG, Verdict.UNSEEN) if each in verdicts), Verdict.RIGHT)


def summary(findings: Sequence[Finding]) -> str:
    """Count them: ``9 right, 1 wrong``."""
    counts = {each: sum(finding.verdict is each for finding in findings) for each in Verdict}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
