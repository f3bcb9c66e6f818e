"""What a part found, and how it says so while it runs."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one part."""

    number: str
    """How much was run: what truly was, not what was asked for."""
    result: str
    passed: bool


def say(text: str) -> None:
    """Write a line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
