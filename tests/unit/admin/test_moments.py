"""Times as operators type them."""

from datetime import UTC, datetime, timedelta

import pytest

from hubspoke_admin.exceptions import UsageError
from hubspoke_admin.moments import length, moment

NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("0s", NOW),
        ("90s", NOW - timedelta(seconds=90)),
        ("15m", NOW - timedelta(minutes=15)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-25T11:00:00Z", NOW - timedelta(hours=1)),
        ("2026-11-25T13:00:00.5+01:00", NOW + timedelta(seconds=0.5)),
    ],
)
def test_a_time_is_so_long_ago_or_a_date(raw: str, expected: datetime) -> None:
    assert moment("--since", raw, NOW) == expected


@pytest.mark.parametrize(
    "raw",
    [
        *("", "h", "24", "24 h", "-1h", "1.5h", "1w", "٢h", "24h\n", "9999999s", "999999d"),
        *("2026-11-25", "2026-11-25T25:00:00Z", "2026-11-25T11:00:00", "2026-11-25 11:00:00Z"),
        *("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
    ids=repr,
)
def test_what_is_no_time_is_answered(raw: str) -> None:
    """The text names the option and shows how."""
    with pytest.raises(UsageError, match=r"--since .* write 24h, 7d or 2026"):
        moment("--since", raw, NOW)


@pytest.mark.parametrize("raw", ["", "1w", "2026-11-25T11:00:00Z", "999999d"])
def test_a_length_is_no_date(raw: str) -> None:
    with pytest.raises(UsageError, match=r"--delay .* write 90s"):
        length("--delay", raw)
