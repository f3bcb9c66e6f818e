"""Vended credentials on the caller's own disk: files only this user can read, never trusted blindly.

A cache that can't be read or written costs a warning and a vend, never the command.
"""

import hashlib
import json
import logging
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hubspoke_contract.limits import DURATION_MAX
from hubspoke_contract.reply import Credentials, MalformedReply, format_time, parse_time

_VERSION: Final = 1
_ENTRY_MAX: Final = 64 * 1024
"""Bytes. A session token is a few kilobytes at most."""

_LEAST: Final = 60
"""Seconds. What is closer to its end could expire on the way to AWS."""

_NAME: Final = re.compile(r"[0-9a-f]{64}\.json")
_TEMPORARY: Final = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{16}\.tmp")
_TEMPORARY_AGE: Final = 60
"""Seconds after which a temporary file was left by a process that was killed."""

_log = logging.getLogger(__name__)


def margin(lifetime: float) -> int:
    """Return how many seconds before their end credentials of this ``lifetime`` are renewed.

    A quarter of it and at most 15 minutes, the time at which botocore and the AWS CLI renew theirs: a
    cache that held on longer would be asked again at each of their calls.
    """
    return max(_LEAST, min(900, int(lifetime) // 4))


@dataclass(frozen=True, slots=True)
class Entry:
    """Credentials, and when they were vended."""

    credentials: Credentials
    obtained: datetime

    @property
    def lifetime(self) -> float:
        """Seconds from the vend to the end."""
        return (self.credentials.expiration - self.obtained).total_seconds()

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether there is no need to renew them yet."""
        return self._left(now) > margin(self.lifetime)

    def is_usable(self, now: datetime) -> bool:
        """Tell whether they can still be handed out when there is no way to renew them."""
        return self._left(now) > _LEAST

    def _left(self, now: datetime) -> float:
        return (self.credentials.expiration - now).total_seconds()


def key(inputs: Sequence[object]) -> str:
    """Return the name for everything a vend depends on.

    JSON, since it quotes: no two lists have one encoding, which joining with a separator can't promise.
    """
    return hashlib.sha256(json.dumps([_VERSION, *inputs]).encode()).hexdigest()


class Cache:
    """The directory of entries. POSIX only: elsewhere it warns and holds nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, name: str) -> Entry | None:
        """Return the entry, if there is one and it is to be trusted. It may have expired."""
        try:
            with self._opened() as folder:
                return _read(folder, f"{name}.json")
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(error)
            return None

    def store(self, name: str, entry: Entry) -> None:
        """Put an entry in place of the one before, whole or not at all; sweep what is old."""
        try:
            _make(self._directory)
            with self._opened() as folder:
                _write(folder, name, entry)
                _sweep(folder)
        except OSError as error:
            self._warn(error)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        # Everything after goes through this descriptor: a path swapped underneath changes nothing.
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        folder = os.open(self._directory, flags)
        try:
            _require_private(os.fstat(folder), "the directory must be yours, with mode 0700")
            yield folder
        finally:
            os.close(folder)

    def _warn(self, error: OSError) -> None:
        _log.warning("cache %s is not used: %s", self._directory, error.strerror or "unknown error")


def _require_private(found: os.stat_result, otherwise: str) -> None:
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(0, otherwise)


def _make(directory: Path) -> None:
    # mkdir's own parents=True would leave the parents' mode to the umask.
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def _read(folder: int, name: str) -> Entry | None:
    # O_NONBLOCK: a FIFO planted under the name must not hang the open.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise PermissionError(0, "an entry must be a regular file")
        _require_private(found, "an entry must be yours, with mode 0600")
        content = file.read(_ENTRY_MAX + 1)
    entry = _decode(content)
    if entry is None:
        _log.warning("a cached entry is damaged, and is not used")
    return entry


def _decode(content: bytes) -> Entry | None:
    try:
        document: Any = json.loads(content)
        return Entry(
            credentials=Credentials.from_document(document["Credentials"]),
            obtained=parse_time(document["Obtained"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError, MalformedReply):
        return None


def _write(folder: int, name: str, entry: Entry) -> None:
    temporary = f".{name}.{os.urandom(8).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=folder), "w", encoding="utf-8") as file:
            json.dump(
                {"Obtained": format_time(entry.obtained), "Credentials": entry.credentials.to_document()},
                file,
            )
        os.replace(temporary, f"{name}.json", src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _remove(folder, temporary)
        raise


def _sweep(folder: int) -> None:
    """Remove what has expired by its age alone, and what killed processes left; nothing else's files."""
    now = time.time()
    for name in os.listdir(folder):
        age = (
            DURATION_MAX if _NAME.fullmatch(name) else _TEMPORARY_AGE if _TEMPORARY.fullmatch(name) else None
        )
        if age is None:
            continue
        try:
            written = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
        except FileNotFoundError:
            continue
        if now - written > age + timedelta(minutes=5).total_seconds():
            _remove(folder, name)


def _remove(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
