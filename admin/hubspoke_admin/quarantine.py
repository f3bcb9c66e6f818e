"""The quarantine's rows, in every Region: what may not be vended now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hubspoke_admin.hubs import Hub, calling
from hubspoke_contract import quarantine
from hubspoke_contract.reply import format_time


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, as one Region has it or several have it alike."""

    subject: str
    active: bool
    reason: str | None
    by: str | None
    """The ARN of who added it."""
    at: str | None
    expires_at: str | None
    """``None`` where it doesn't end by itself."""

    def to_row(self) -> dict[str, Any]:
        """Write it for output."""
        return {
            "Subject": self.subject,
            "State": "active" if self.active else "expired",
            "Reason": self.reason,
            "By": self.by,
            "At": self.at,
            "ExpiresAt": self.expires_at,
        }


def put(
    hub: Hub, subject: str, reason: str, by: str, at: datetime, expires_at: datetime | None
) -> Entry | None:
    """Quarantine a subject in one Region, and return what stood there before.

    Raises:
        AwsError: DynamoDB refused or was not reached.
    """
    item = {"Subject": {"S": subject}, "Reason": {"S": reason}, "By": {"S": by}, "At": {"S": format_time(at)}}
    if expires_at is not None:
        item[quarantine.EXPIRES_AT] = {"N": str(int(expires_at.timestamp()))}
    table = hub.output("QuarantineTable")
    reply = calling(
        f"{hub.region}: {subject} is NOT quarantined",
        lambda: hub.client("dynamodb").put_item(TableName=table, Item=item, ReturnValues="ALL_OLD"),
    )
    return _entry(reply["Attributes"], at) if "Attributes" in reply else None


def remove(hub: Hub, subject: str) -> bool:
    """Lift a quarantine in one Region, and tell whether there was one.

    Raises:
        AwsError: DynamoDB refused or was not reached.
    """
    table = hub.output("QuarantineTable")
    reply = calling(
        f"{hub.region}: {subject} is still quarantined",
        lambda: hub.client("dynamodb").delete_item(
            TableName=table, Key={"Subject": {"S": subject}}, ReturnValues="ALL_OLD"
        ),
    )
    return "Attributes" in reply


def entries(hub: Hub, now: datetime) -> list[Entry]:
    """List one Region's rows.

    Raises:
        AwsError: DynamoDB refused or was not reached.
    """
    table = hub.output("QuarantineTable")
    return calling(
        f"{hub.region}: the quarantine can't be read",
        lambda: [_entry(item, now) for item in _items(hub.client("dynamodb"), table)],
    )


def merged(found: Mapping[str, Sequence[Entry]]) -> list[dict[str, Any]]:
    """Bring the Regions' rows together: those alike are one, with where it is and where its subject is not.

    Args:
        found: each Region's rows.
    """
    regions: dict[Entry, list[str]] = {}
    for region, rows in found.items():
        for entry in rows:
            regions.setdefault(entry, []).append(region)
    missing = {
        entry.subject: [region for region, rows in found.items() if not _stops(rows, entry.subject)]
        for entry in regions
    }
    return [
        {**entry.to_row(), "Regions": where, "MissingIn": missing[entry.subject] if entry.active else []}
        for entry, where in sorted(regions.items(), key=lambda each: (each[0].subject, each[1]))
    ]


def is_known(subject: str, document: Mapping[str, Any]) -> bool:
    """Tell whether a bundle knows what a quarantine is about; callers are in none."""
    kind, _, name = subject.partition(":")
    if kind == "account":
        return any(account["Id"] == name for account in document.get("Accounts", []))
    if kind == "role":
        number, _, role = name.partition("/")
        return any(
            profile["RoleName"] == role and number in profile["Accounts"]
            for profile in document.get("Profiles", [])
        )
    return True


def _stops(rows: Iterable[Entry], subject: str) -> bool:
    return any(entry.active and entry.subject == subject for entry in rows)


def _items(dynamodb: Any, table: str) -> Iterator[Mapping[str, Any]]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def _entry(item: Mapping[str, Any], now: datetime) -> Entry:
    # A row may have been written by hand, with any or none of these.
    def text(name: str) -> str | None:
        value = item.get(name, {}).get("S")
        return value if isinstance(value, str) else None

    return Entry(
        subject=text("Subject") or "?",
        active=quarantine.is_active(item, now.timestamp()),
        reason=text("Reason"),
        by=text("By"),
        at=text("At"),
        expires_at=_expiry(item),
    )


def _expiry(item: Mapping[str, Any]) -> str | None:
    try:
        return format_time(datetime.fromtimestamp(float(item[quarantine.EXPIRES_AT]["N"]), UTC))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
