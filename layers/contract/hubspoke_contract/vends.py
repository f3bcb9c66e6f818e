"""The ledger: its rows, its indexes, and how they are read.

The function writes the rows and answers ``GET /v1/vends`` from them; operators read the same table with
credentials of their own. Both find rows by this module, so that both see the same ones. It makes no
client: who calls brings one, of which ``Table`` says what is needed.

A row's id is a ULID, whose text sorts by the time it was made. So every index sorts by it, a range of ids
is a range of time, and the id of the last row seen is the place to go on from.
"""

import heapq
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any, Final, Protocol

from hubspoke_contract.names import AccountId

INTENDED: Final = "Intended"
"""The outcome of a row whose vend has not ended, or whose end could not be recorded."""

VENDED: Final = "Vended"
"""The outcome of a row whose credentials left; any other is the problem that stopped it."""

SHARDS: Final = 8
"""Partitions that a day's rows are spread over. DynamoDB writes a thousand items a second to one; the hub's
ceiling is STS's 600 vends a second."""

ID_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, in lower case: 26 of these, 48 bits of milliseconds and then 80 random ones."""

_VEND_ID: Final = re.compile(f"[0-7][{ID_ALPHABET}]{{25}}")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

_BATCH: Final = 100
"""DynamoDB API: the most keys that ``BatchGetItem`` takes."""

Item = Mapping[str, Mapping[str, Any]]


class Table(Protocol):
    """What is needed of a DynamoDB client."""

    @property
    def query(self) -> Callable[..., Mapping[str, Any]]:
        """``Query``."""

    @property
    def batch_get_item(self) -> Callable[..., Mapping[str, Any]]:
        """``BatchGetItem``."""


class RowsMissing(Exception):
    """Raised when DynamoDB gave part of an answer: a list with rows left out is no record."""


class RowInvalid(RowsMissing):
    """Raised for a row that the function can't have written, and so can't be read. The text is its id."""


@dataclass(frozen=True, slots=True)
class Vend:
    """A row. Texts as they were written; ``None`` where a row has no such part."""

    VendId: str
    At: str
    """When the intent was written, RFC 3339."""
    Principal: str
    """``Caller::Role::"555555555555/ci-deployer"``."""
    Account: str
    Role: str
    Outcome: str
    AccessKeyId: str | None = None
    Expiration: str | None = None
    SourceIdentity: str | None = None
    RoleSessionName: str | None = None
    RoleArn: str | None = None
    DurationSeconds: int | None = None
    SessionPolicy: str | None = None
    Policies: str | None = None
    """Ids of the policies that permitted it, with commas between them."""
    BundleVersion: str | None = None
    Reason: str | None = None
    CallerTags: str | None = None
    PackedPolicySize: int | None = None
    """Percent of what STS packs of a session's policies and tags; as STS replied, so only a vend has it."""
    Profile: str | None = None
    """The role profile's own name, as the grants had it."""
    Session: str | None = None
    UniqueId: str | None = None
    RequestId: str | None = None

    @classmethod
    def from_item(cls, item: Item) -> "Vend":
        """Read a row as DynamoDB returns it; attributes of later versions are passed over.

        Raises:
            RowInvalid: an attribute that every row has is missing, or one is of another type.
        """
        try:
            values = {name: _value(item[name]) for name in _NAMES if name in item}
            return cls(**values | {name: str(values[name]) for name in _ALWAYS})
        except (KeyError, TypeError, ValueError):
            raise RowInvalid(str(item.get("VendId", {}).get("S"))) from None

    def to_document(self) -> dict[str, object]:
        """Write the row with every key, as ``GET /v1/vends`` and ``--format json`` show it."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES: Final = tuple(each.name for each in fields(Vend))
_ALWAYS: Final = ("VendId", "At", "Principal", "Account", "Role", "Outcome")


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which rows. All that is given must hold; the first of key, caller and account chooses the index."""

    since: datetime
    until: datetime
    access_key_id: str | None = None
    principal: str | None = None
    account: AccountId | None = None
    role: str | None = None

    def index(self) -> tuple[str, str, list[str]]:
        """Name the index, its key, and the values of that: by time alone, one for each shard of a day."""
        if self.access_key_id is not None:
            return "ByAccessKeyId", "AccessKeyId", [self.access_key_id]
        if self.principal is not None:
            return "ByPrincipal", "Principal", [self.principal]
        if self.account is not None:
            return "ByAccount", "Account", [self.account]
        first, last = self.since.astimezone(UTC).date(), self.until.astimezone(UTC).date()
        return (
            "ByDay",
            "Day",
            [
                f"{last - timedelta(days=back)}/{shard}"
                for back in range((last - first).days + 1)
                for shard in range(SHARDS)
            ],
        )

    def matches(self, vend: Vend) -> bool:
        """Tell whether all that is given holds of a row."""
        wanted = {
            "AccessKeyId": self.access_key_id,
            "Principal": self.principal,
            "Account": self.account,
            "Role": self.role,
        }
        return all(value is None or getattr(vend, name) == value for name, value in wanted.items())


def day_of(vend_id: str) -> str:
    """Return a row's partition of the index by time: the day of its id, and one of that day's shards."""
    return f"{_made_at(vend_id).date()}/{ID_ALPHABET.index(vend_id[-1]) % SHARDS}"


def vend_id(at: float, random: bytes) -> str:
    """Make an id of a time, in seconds since 1970, and ten random bytes."""
    return _id(int(at * 1000) << 80 | int.from_bytes(random))


def least_id(at: datetime) -> str:
    """Return the least id that a row made at this time, to the millisecond, can have."""
    # In whole numbers: as a float of seconds, some milliseconds come out as the one before.
    return _id(max(0, (at - _EPOCH) // _MILLISECOND) << 80)


def _id(number: int) -> str:
    return "".join(ID_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def _made_at(vend_id: str) -> datetime:
    milliseconds = reduce(lambda number, each: number << 5 | ID_ALPHABET.index(each), vend_id[:10], 0)
    return _EPOCH + milliseconds * _MILLISECOND


def is_vend_id(raw: str) -> bool:
    """Tell whether a text has the form of an id."""
    return _VEND_ID.fullmatch(raw) is not None


def find(table: Table, name: str, criteria: Criteria, below: str | None = None) -> Iterator[Vend]:
    """Yield the rows that meet the criteria, newest first, as they are read: see ``read``."""
    return filter(criteria.matches, read(table, name, criteria, below))


def read(table: Table, name: str, criteria: Criteria, below: str | None = None) -> Iterator[Vend]:
    """Yield the rows that the criteria's index leads to, newest first; not all of them meet the rest.

    Args:
        table: a DynamoDB client.
        name: the ledger's name.
        criteria: which rows.
        below: the id of the last row seen, to go on after it; of the form that ``is_vend_id`` tells.

    Raises:
        RowsMissing: DynamoDB left something out, twice.
        RowInvalid: one of the rows is not the function's.
        Exception: whatever the client raises.
    """
    least, most = least_id(criteria.since), least_id(criteria.until + _MILLISECOND)
    if below is not None and below < most:
        # The days after it have been read.
        most, criteria = below, replace(criteria, until=_made_at(below))
    if most <= least:
        # DynamoDB refuses bounds that are the wrong way round.
        return
    index, key, values = criteria.index()
    for day in _by_day(values):
        ids = heapq.merge(*(_ids(table, name, index, key, value, least, most) for value in day), reverse=True)
        for batch in _batches(ids):
            yield from _rows(table, name, batch)


def _by_day(values: Sequence[str]) -> list[Sequence[str]]:
    # Days follow each other, so only the shards of one day have to be merged.
    return [values[at : at + SHARDS] for at in range(0, len(values), SHARDS)]


def _ids(table: Table, name: str, index: str, key: str, value: str, least: str, below: str) -> Iterator[str]:
    start: dict[str, Any] = {}
    while True:
        page = table.query(
            TableName=name,
            IndexName=index,
            KeyConditionExpression="#key = :value AND VendId BETWEEN :least AND :below",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":least": {"S": least},
                ":below": {"S": below},
            },
            ScanIndexForward=False,
            Limit=_BATCH,
            **start,
        )
        yield from (item["VendId"]["S"] for item in page["Items"] if item["VendId"]["S"] < below)
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _batches(ids: Iterator[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for each in ids:
        batch.append(each)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(table: Table, name: str, ids: Sequence[str]) -> list[Vend]:
    """Read whole rows by their ids, in the order of the ids."""
    wanted = [{"VendId": {"S": each}} for each in ids]
    found: dict[str, Vend] = {}
    for _ in range(2):
        # Or a replica that is behind the index would hide a row, or show one without its end and its key.
        reply = table.batch_get_item(RequestItems={name: {"Keys": wanted, "ConsistentRead": True}})
        for item in reply["Responses"].get(name, []):
            found[item["VendId"]["S"]] = Vend.from_item(item)
        wanted = reply.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if not wanted:
            # One that an index still has and the table no longer does has reached its end in between.
            return [found[each] for each in ids if each in found]
    raise RowsMissing


def _value(attribute: Mapping[str, Any]) -> Any:
    return int(attribute["N"]) if "N" in attribute else attribute["S"]
