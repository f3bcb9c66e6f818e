"""This computer's clock, against the endpoint's."""

from datetime import timedelta
from typing import Final

from hubspoke.findings import Finding, noted, right, unseen, wrong
from hubspoke.replies import Reply

_STEP: Final = "clock"
_WRONG: Final = timedelta(minutes=5)
"""SigV4's own tolerance."""
_NOTED: Final = timedelta(minutes=1)


def examine(reply: Reply) -> list[Finding]:
    """Compare the time of a reply with ours."""
    ahead = reply.clock_offset
    if ahead is None:
        return [
            unseen(
                _STEP,
                "ClockUnseen",
                "The answer doesn't say what time it is.",
                "Compare 'date -u' with another clock: more than five minutes, and AWS takes no signature.",
            )
        ]
    off, side = abs(ahead), "ahead of" if ahead > timedelta() else "behind"
    says = f"This computer's clock is {_said(off)} {side} the endpoint's"
    if off >= _WRONG:
        return [
            wrong(
                _STEP, "ClockWrong", f"{says}: AWS takes no signature then.", "Set it, by NTP for instance."
            )
        ]
    if off >= _NOTED:
        return [
            noted(_STEP, "ClockDrifts", f"{says}; at five minutes, AWS takes no signature.", "Set it soon.")
        ]
    return [right(_STEP, "ClockRight", "This computer's clock is right to the minute.")]


def _said(off: timedelta) -> str:
    seconds = round(off.total_seconds())
    return f"{seconds} s" if seconds < 600 else f"about {round(seconds / 60)} minutes"
