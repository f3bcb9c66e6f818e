"""Whose a key or a call is: from an access key id, a vend's id or a CloudTrail record to the ledger's row."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hubspoke_admin.exceptions import AdminError
from hubspoke_contract.vends import Criteria, Vend, find, is_vend_id

KEPT_FOR: Final = timedelta(days=401)
"""A day more than the function has its rows kept."""

ID_LENGTH: Final = 26
KEY: Final = re.compile(r"A[A-Z]{2}A[A-Z0-9]{12,124}")


@dataclass(frozen=True, slots=True)
class Clues:
    """What leads to a row: keys first, since a key has one row; then ids at the ends of session names."""

    keys: tuple[str, ...] = ()
    vends: tuple[str, ...] = ()


def clues_of(raw: str) -> Clues | None:
    """Read a key's or a vend's id; ``None`` if it is neither, so that it names a file."""
    if KEY.fullmatch(raw):
        return Clues(keys=(raw,))
    return Clues(vends=(raw,)) if is_vend_id(raw) else None


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
    sessions = (identity.get("arn"), identity.get("principalId"), asked.get("roleSessionName"))
    clues = Clues(
        tuple(key for key in keys if isinstance(key, str) and KEY.fullmatch(key)),
        tuple(dict.fromkeys(_vend_ids(sessions))),
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
    for vend_id in clues.vends:
        reply = dynamodb.get_item(TableName=table, Key={"VendId": {"S": vend_id}}, ConsistentRead=True)
        if "Item" in reply:
            return Vend.from_item(reply["Item"])
    return None


def _vend_ids(sessions: tuple[Any, ...]) -> Iterator[str]:
    for session in sessions:
        if isinstance(session, str) and is_vend_id(session[-ID_LENGTH:]):
            yield session[-ID_LENGTH:]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
