"""The query of ``GET /v1/vends``, and its strict decoding: like a vend's body, nothing is coerced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from hubspoke_contract import limits
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import ACCOUNT_PATTERN, NAME_PATTERN, AccountId
from hubspoke_contract.vends import Criteria, is_vend_id

TIME_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z"
PATTERNS: Final = {
    "AccountId": ACCOUNT_PATTERN,
    "RoleName": NAME_PATTERN,
    "Principal": f'Caller::(?:User|Role)::"{ACCOUNT_PATTERN}/{NAME_PATTERN}"',
    "AccessKeyId": "ASIA[A-Z0-9]{12,124}",
    "Since": TIME_PATTERN,
    "Until": TIME_PATTERN,
    "NextToken": "[0-9a-z]{26}",
}
"""What the query may hold; each may be left out, and must match in full."""

_LOOKS_BACK: Final = timedelta(hours=1)
"""Where Since is left out."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Between these every vend lies, and there is room in the calendar to look back from and to go beyond."""


@dataclass(frozen=True, slots=True)
class VendsQuery:
    """The query, decoded."""

    criteria: Criteria
    below: str | None
    """The id to go on from."""


def decode_vends_query(unverified: Mapping[str, str], now: datetime) -> VendsQuery:
    """Decode the query.

    Raises:
        Refused: ``QueryInvalid`` or ``NextTokenInvalid``.
    """
    if not unverified.keys() <= PATTERNS.keys():
        raise Refused(Problem.QueryInvalid)
    for key, value in unverified.items():
        if not re.fullmatch(PATTERNS[key], value):
            if key == "NextToken":
                raise Refused(Problem.NextTokenInvalid)
            raise Refused(Problem.QueryInvalid)
    account = unverified.get("AccountId")
    below = unverified.get("NextToken")
    if below is not None and not is_vend_id(below):
        raise Refused(Problem.NextTokenInvalid)
    until = _time(unverified["Until"]) if "Until" in unverified else now
    since = _time(unverified["Since"]) if "Since" in unverified else until - _LOOKS_BACK
    if not timedelta(0) <= until - since <= timedelta(days=limits.VENDS_RANGE_MAX):
        raise Refused(Problem.QueryInvalid)
    return VendsQuery(
        Criteria(
            since=since,
            until=until,
            access_key_id=unverified.get("AccessKeyId"),
            principal=unverified.get("Principal"),
            account=AccountId(account) if account is not None else None,
            role=unverified.get("RoleName"),
        ),
        below,
    )


def _time(raw: str) -> datetime:
    try:
        at = datetime.fromisoformat(raw).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(Problem.QueryInvalid) from None
    if not _FIRST <= at <= _LAST:
        raise Refused(Problem.QueryInvalid)
    return at
