"""CloudTrail's records and files, for tests to spoil, and rows of the ledger that pair with them."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hubspoke_contract import vends
from hubspoke_contract.reply import format_time
from hubspoke_contract.vends import Vend

HUB, SPOKE = "111111111111", "222222222222"
EXECUTION_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"
SPOKE_ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/app"
NOW = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)

Record = dict[str, Any]


def vend_id(number: int, at: datetime = NOW) -> str:
    """Make the id of a row of this time; another number, another id."""
    return vends.vend_id(at.timestamp(), number.to_bytes(10))


def assume_role(number: int = 0, at: datetime = NOW, **changes: Any) -> Record:
    """Make the hub's record of a vend; a change replaces a part or, by ``None``, drops it."""
    session = f"bot-{vend_id(number, at)}"
    record: Record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAVEND:function",
            "arn": f"arn:aws:sts::{HUB}:assumed-role/hubspoke-prod-eu-west-1-vend/function",
            "accountId": HUB,
            "accessKeyId": "ASIAFUNCTION00000000",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": EXECUTION_ROLE, "accountId": HUB}},
        },
        "eventTime": format_time(at),
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": "eu-west-1",
        "requestParameters": {
            "roleArn": SPOKE_ROLE,
            "roleSessionName": session,
            "sourceIdentity": "user.111111111111.bot",
        },
        "responseElements": {"credentials": {"accessKeyId": f"ASIA{number:016d}"}},
        "recipientAccountId": HUB,
        "eventID": f"event-{number}",
    }
    record |= changes
    return {name: value for name, value in record.items() if value is not None}


def in_the_spoke(number: int = 0, at: datetime = NOW, caller: str = HUB, **changes: Any) -> Record:
    """Make the spoke's record of an AssumeRole: it knows the caller's account alone."""
    identity = {"type": "AWSAccount", "principalId": "AROAVEND:function", "accountId": caller}
    return assume_role(number, at, **{"userIdentity": identity, "recipientAccountId": SPOKE} | changes)


def row(number: int = 0, at: datetime = NOW, **changes: Any) -> Vend:
    """Make the ledger's row of a vend."""
    parts: dict[str, Any] = {
        "VendId": vend_id(number, at),
        "At": format_time(at),
        "Principal": f'Caller::User::"{HUB}/bot"',
        "Account": SPOKE,
        "Role": "app",
        "Outcome": "Vended",
        "AccessKeyId": f"ASIA{number:016d}",
        "RoleArn": SPOKE_ROLE,
        "RoleSessionName": f"bot-{vend_id(number, at)}",
        "Policies": "all-of-dev",
        "Reason": "a test",
    }
    return Vend(**parts | changes)


def packed(*records: Record) -> bytes:
    """Make a log file."""
    return gzip.compress(json.dumps({"Records": records}).encode(), compresslevel=1)


def name_of(account: str = HUB, at: datetime = NOW, unique: str = "0123456789abcdef") -> str:
    """Name a log file as CloudTrail does."""
    return f"{account}_CloudTrail_eu-west-1_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"


def write(folder: Path, content: bytes, account: str = HUB, at: datetime = NOW, unique: str = "0") -> Path:
    """Put a log file where an organization's trail has it."""
    place = folder / f"AWSLogs/o-abcde12345/{account}/CloudTrail/eu-west-1/{at:%Y/%m/%d}"
    place.mkdir(parents=True, exist_ok=True)
    file = place / name_of(account, at, unique)
    file.write_bytes(content)
    return file


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)
