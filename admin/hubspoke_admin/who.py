"""Whose a key or a call is: from an access key id, a vend's id or a CloudTrail record to the ledger's row."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from hubspoke_admin.exceptions import AdminError
from hubspoke_contract.vends import Criteria, Vend, find, is_vend_id

KEPT_FOR: Final = timedelta(days=401)
"""A day more than the function has its rows kept."""

ID_LENGTH: Final = 26
KEY: Final = re.compile(r"A[A-Z]{2}A[A-Z0-9]{12,124}")
_ROLE: Final = re.compile(
    r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(?:assumed-role/([^/]+)/.+|role/(?:.+/)?([^/]+))"
)


class Session(NamedTuple):
    """A session that a record names. Whoever may assume a role chooses the name: alone it proves nothing."""

    name: str
    account: str
    role: str | None
    """``None`` where another account's record doesn't tell it."""

    def is_of(self, vend: Vend) -> bool:
        """Tell whether it is the session of a vend."""
        return (
            self.name == vend.RoleSessionName
            and self.account == vend.Account
            and self.role in (vend.Role, None)
        )


@dataclass(frozen=True, slots=True)
class Clues:
    """What leads to a row: keys first, since a key has one row; then ids in session names."""

    keys: tuple[str, ...] = ()
    vend: str | None = None
    sessions: tuple[Session, ...] = ()


def clues_of(raw: str) -> Clues | None:
    """Read a key's or a vend's id; ``None`` if it is neither, so that it names a file."""
    if KEY.fullmatch(raw):
        return Clues(keys=(raw,))
    return Clues(vend=raw) if is_vend_id(raw) else None


def clues_in(document: str) -> Clues:
    """Read one CloudTrail record, alone or as the only one of a log file's ``Records``.

    Raises:
        AdminError: it is something else, or names no key and no session.
    """
    try:
        record = json.loads(document)
    except (ValueError, RecursionError):
        raise AdminError("the record is not JSON; give one CloudTrail record, as in a log file") from None
    if isinstance(record, dict) and isinstance(record.get("Records"), list):
        if len(record["Records"]) != 1:
            raise AdminError(f"there are {len(record['Records'])} records in it; give one")
        (record,) = record["Records"]
    if not isinstance(record, dict):
        raise AdminError("the record is no JSON object; give one CloudTrail record, as in a log file")
    identity, asked, answered = (
        _mapping(record.get(name)) for name in ("userIdentity", "requestParameters", "responseElements")
    )
    keys = (identity.get("accessKeyId"), _mapping(answered.get("credentials")).get("accessKeyId"))
    clues = Clues(
        keys=tuple(key for key in keys if isinstance(key, str) and KEY.fullmatch(key)),
        sessions=tuple(_sessions(identity, asked)),
    )
    if clues == Clues():
        raise AdminError("the record names no access key id and no session of the hub's")
    return clues


def look_up(dynamodb: Any, table: str, clues: Clues) -> Vend | None:
    """Find the row in one Region's ledger; ``None`` if it has none.

    Raises:
        RowsMissing: DynamoDB left something out.
        Exception: whatever the client raises.
    """
    now = datetime.now(UTC)
    for key in clues.keys:
        # A clock of the function's that is ahead of ours must not hide its rows.
        criteria = Criteria(now - KEPT_FOR, now + timedelta(hours=1), access_key_id=key)
        for vend in find(dynamodb, table, criteria):
            return vend
    if clues.vend is not None:
        return _row(dynamodb, table, clues.vend)
    for session in clues.sessions:
        row = _row(dynamodb, table, session.name[-ID_LENGTH:])
        if row is not None and session.is_of(row):
            return row
    return None


def _row(dynamodb: Any, table: str, vend_id: str) -> Vend | None:
    reply = dynamodb.get_item(TableName=table, Key={"VendId": {"S": vend_id}}, ConsistentRead=True)
    return Vend.from_item(reply["Item"]) if "Item" in reply else None


def _sessions(identity: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Session]:
    """List the sessions that called, or were asked for, and whose names end with a vend's id."""
    caller, principal = _text(identity.get("arn")), _text(identity.get("principalId"))
    for name, arn in (
        (caller.rpartition("/")[2], caller),
        (_text(asked.get("roleSessionName")), _text(asked.get("roleArn"))),
    ):
        if is_vend_id(name[-ID_LENGTH:]) and (found := _ROLE.fullmatch(arn)):
            yield Session(name, found[1], found[2] or found[3])
    name = principal.rpartition(":")[2]
    if not caller and is_vend_id(name[-ID_LENGTH:]):
        yield Session(name, _text(identity.get("accountId")), None)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
