"""hubspoke.doctor.clock: how far is too far."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from hubspoke.doctor import clock
from hubspoke.replies import Reply

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def _reply(date: str | None) -> Reply:
    return Reply(403, b"", unverified_date=date, received=NOW)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0, "ClockRight"),
        (59, "ClockRight"),
        (60, "ClockDrifts"),
        (299, "ClockDrifts"),
        (300, "ClockWrong"),
        (86_400, "ClockWrong"),
    ],
)
def test_the_bounds(side: int, seconds: int, code: str) -> None:
    """Noted from a minute, wrong from the five that SigV4 tolerates; on both sides."""
    (found,) = clock.examine(_reply(format_datetime(NOW - side * timedelta(seconds=seconds))))
    assert found.code == code
    assert code == "ClockRight" or ("ahead of" if side > 0 else "behind") in found.says


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", "Mon, 32 Nov 2026 12:00:00 GMT", "\x1b[2J", "9" * 99]
)
def test_a_time_that_isnt_one_is_not_seen(date: str | None) -> None:
    """And nothing is said of the clock."""
    (found,) = clock.examine(_reply(date))
    assert found.code == "ClockUnseen"
