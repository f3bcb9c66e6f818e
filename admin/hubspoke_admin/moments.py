"""Times as operators type them: so long ago, or a date with its hour."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from hubspoke_admin.exceptions import UsageError

_AGO: Final = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Beyond these is nothing to ask about, and between them room in the calendar to look a little further."""
_LONGEST: Final = timedelta(days=36_500)


def length(option: str, raw: str) -> timedelta:
    """Read a length of time, as in ``90s``, ``15m``, ``24h`` and ``7d``.

    Raises:
        UsageError: it isn't one. The text names the option.
    """
    found = _AGO.fullmatch(raw)
    lasting = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if lasting is None or lasting > _LONGEST:
        raise UsageError(f"{option} {raw!r} is no length of time; write 90s, 15m, 24h or 7d")
    return lasting


def moment(option: str, raw: str, now: datetime) -> datetime:
    """Read a time: a length, meaning so long before ``now``, or RFC 3339.

    Raises:
        UsageError: it is neither. The text names the option.
    """
    try:
        at = now - length(option, raw) if _AGO.fullmatch(raw) else _date(raw)
    except (UsageError, ValueError, OverflowError):
        at = None
    if at is not None and _FIRST <= at <= _LAST:
        return at
    raise UsageError(f"{option} {raw!r} is no time; write 24h, 7d or 2026-01-31T00:00:00Z")


def _date(raw: str) -> datetime | None:
    return datetime.fromisoformat(raw).astimezone(UTC) if _RFC_3339.fullmatch(raw) else None
