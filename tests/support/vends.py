"""Rows of the ledger, as DynamoDB has them."""

from datetime import UTC, datetime
from typing import Any

from hubspoke_contract.vends import ID_ALPHABET, day_of, least_id

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BOT = 'Caller::User::"111111111111/bot"'


def row(at: datetime, place: int = 0, **parts: str | int) -> dict[str, Any]:
    """Write a row.

    Args:
        at: when it was made.
        place: tells rows of one time apart, and chooses the shard.
        parts: what is to stand in it besides or instead.
    """
    tail = ID_ALPHABET[place // 32 % 32] + ID_ALPHABET[place % 32]
    vend_id = least_id(at)[:-2] + tail
    values: dict[str, str | int] = {
        "VendId": vend_id,
        "Day": day_of(vend_id),
        "At": at.isoformat(),
        "Principal": BOT,
        "Account": "222222222222",
        "Role": "app-role",
        "Outcome": "Vended",
    } | parts
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()
    }
