"""The client's cache: any bytes in a file are an entry that can be used, or none; never an error."""

# ruff: noqa: S101 - an assertion is how a target says that a promise is broken

import atexit
import logging
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from hubspoke.cache import Cache, Entry
from hubspoke.kept import encode
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
    written = (folder / f"{_NAME}.entry").read_bytes()
    lines = written.decode().split("\n")[1:-2]
    return [
        written,
        written[: len(written) // 2],
        b"",
        encode(["0", *lines[1:]]),
        encode([lines[0], "9" * 10, *lines[2:]]),
        encode([*lines[:-1], "9" * 5000]),
        encode(lines[:-1]),
    ]


def one(data: bytes) -> None:
    """Load one file, and use what it holds: as it is, and under a digest that is true of it."""
    logging.getLogger("hubspoke").setLevel(logging.ERROR)
    _load(data)
    _load(encode(data.decode("ascii", "replace").replace("\ufffd", "?").split("\n")[1:-2]))


def _load(content: bytes) -> None:
    file = _folder() / f"{_NAME}.entry"
    file.write_bytes(content)
    file.chmod(0o600)
    entry = Cache(_folder()).load(_NAME)
    if entry is None:
        return
    now = datetime.now(UTC)
    assert entry.is_usable(now) or not entry.is_fresh(now)
    assert entry.credentials.account.isdigit()
    assert entry.encoded()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hubspoke-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
