"""The client's cache: any bytes in a file are an entry that can be used, or none; never an error."""

# ruff: noqa: S101 - an assertion is how a target says that a promise is broken

import atexit
import json
import logging
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from hubspoke.cache import Cache, Entry
from hubspoke_contract.names import AccountId
from hubspoke_contract.reply import Credentials
from hubspoke_contract.secret import Secret

_NAME: Final = "0" * 64


def seeds() -> list[bytes]:
    """Give an entry as the cache writes it, and near misses."""
    good = Entry(
        Credentials(
            access_key_id="ASIAFAKEFAKEFAKEFAKE",
            secret_access_key=Secret("secret"),
            session_token=Secret("token"),
            expiration=datetime(2030, 1, 1, tzinfo=UTC),
            account=AccountId("222222222222"),
            assumed_role_arn="arn:aws:sts::222222222222:assumed-role/app-role/bot-01",
            source_identity="user.111111111111.bot",
            vend_id="01jdx5m2v8k3q7r9s1t4w6y8z0",
            packed_policy_size=6,
        ),
        obtained=datetime(2029, 12, 31, 23, tzinfo=UTC),
    )
    folder = _folder()
    Cache(folder).store(_NAME, good)
    written = (folder / f"{_NAME}.json").read_bytes()
    document = json.loads(written)
    return [
        written,
        written[: len(written) // 2],
        b"",
        b"[" * 5000,
        json.dumps({**document, "Obtained": "0001-01-01T00:00:00+23:59"}).encode(),
        json.dumps({**document, "Obtained": "9999-12-31T23:59:59-23:59"}).encode(),
        json.dumps({**document, "Credentials": [document["Credentials"]]}).encode(),
    ]


def one(data: bytes) -> None:
    """Load one file, and use what it holds."""
    logging.getLogger("hubspoke").setLevel(logging.ERROR)
    file = _folder() / f"{_NAME}.json"
    file.write_bytes(data)
    file.chmod(0o600)
    entry = Cache(_folder()).load(_NAME)
    if entry is None:
        return
    now = datetime.now(UTC)
    assert entry.is_usable(now) or not entry.is_fresh(now)
    assert entry.credentials.account.isdigit()
    assert entry.credentials.secret_access_key.reveal()
    # What would be handed out is written for the caller and read again by what it calls.
    if entry.is_usable(now):
        assert Credentials.from_document(entry.credentials.to_document()) == entry.credentials


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hubspoke-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
