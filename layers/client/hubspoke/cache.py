"""Vended credentials on the caller's own disk: files only this user can read, never trusted blindly.

A cache that can't be read or written costs a warning and a vend, never the command. ``kept`` has the
files' form, and reads them.
"""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Final

from hubspoke import kept, turns
from hubspoke_contract.limits import DURATION_MAX
from hubspoke_contract.names import account_id
from hubspoke_contract.reply import Credentials, format_time
from hubspoke_contract.secret import Secret

_VERSION: Final = 2
ENTRY: Final = re.compile(r"[0-9a-f]{64}\.entry")
WORDS: Final = re.compile(r"[0-9a-f]{64}\.words")
_PACKED: Final = re.compile(r"[0-9]{0,4}")
"""Percent, if STS said."""
OFFERS: Final = re.compile(r"[0-9a-f]{64}\.offers")
LOCK: Final = re.compile(r"[0-9a-f]{64}\.lock")
MARK: Final = re.compile(r"[0-9a-f]{64}\.mark")
TEMPORARY: Final = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{16}\.tmp")

MARK_LASTS: Final = 60
"""Seconds that a mark is of interest."""

_AGES: Final = (
    (ENTRY, DURATION_MAX),
    (WORDS, DURATION_MAX),
    (OFFERS, DURATION_MAX),
    (LOCK, DURATION_MAX),
    (MARK, MARK_LASTS),
    (TEMPORARY, 60),
)
"""Seconds after which a file holds nothing that is good; a temporary one's writer was killed."""
_SWEEPS: Final = 60
"""Seconds between two sweeps of one process: each looks at every file."""
_SLACK: Final = 300
"""Seconds that a file may be older than all it can hold, before it is swept."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Credentials, and when they were vended."""

    credentials: Credentials
    obtained: datetime

    @property
    def lifetime(self) -> float:
        """Seconds from the vend to the end."""
        return (self.credentials.expiration - self.obtained).total_seconds()

    def kept(self) -> kept.Kept:
        """Return it in the form that is written, printed and handed to children."""
        return kept.Kept(self._lines())

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether there is no need to renew them yet."""
        return self.kept().is_fresh(now.timestamp())

    def is_usable(self, now: datetime) -> bool:
        """Tell whether they can still be handed out when there is no way to renew them."""
        return self.kept().is_usable(now.timestamp())

    def encoded(self) -> bytes:
        """Return the file's content."""
        return kept.encode(self._lines())

    def _lines(self) -> list[str]:
        found = self.credentials
        return [
            str(int(self.obtained.timestamp())),
            str(int(found.expiration.timestamp())),
            found.access_key_id,
            found.secret_access_key.reveal(),
            found.session_token.reveal(),
            format_time(found.expiration),
            found.account,
            found.assumed_role_arn,
            found.source_identity,
            found.vend_id,
            "" if found.packed_policy_size is None else str(found.packed_policy_size),
        ]


def key(inputs: Sequence[object]) -> str:
    """Return the key of everything a vend depends on.

    JSON, since it quotes: no two lists have one encoding, which joining with a separator can't promise.
    """
    return kept.digest(json.dumps([_VERSION, *inputs]).encode())


class Cache:
    """The directory of entries. POSIX only: elsewhere it warns and holds nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._warned = set[str]()
        self._swept = -inf

    @property
    def directory(self) -> Path:
        """Where the entries are. It may not be there yet."""
        return self._directory

    def load(self, key: str) -> Entry | None:
        """Return the entry, if there is one and it is to be trusted. It may have expired."""
        try:
            with self._opened() as folder:
                content = kept.read(folder, f"{key}.entry")
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(error)
            return None
        entry = decoded(content)
        if entry is None:
            self._warn(OSError(0, "an entry is damaged"))
        return entry

    def store(self, key: str, entry: Entry) -> bool:
        """Put an entry in place of the one before, whole or not at all; say whether that was done.

        What is old is swept.
        """
        return self._write(f"{key}.entry", entry.encoded(), sweep=True)

    def remember(self, words: str, key: str) -> None:
        """Note that the command line whose ``shortcut.name`` is ``words`` was answered by the entry."""
        self._write(words, f"{key}.entry".encode(), sweep=False)

    def keep_offers(self, name: str, content: bytes) -> None:
        """Put a list of roles on offer in place of the one before; see ``remembered_offers``."""
        self._write(name, content, sweep=False)

    def mark(self, key: str) -> None:
        """Note for other processes that something happened just now."""
        self._write(f"{key}.mark", b"", sweep=False)

    def marked(self, key: str) -> float | None:
        """Return when it happened, in seconds since 1970, if that was noted and is not swept yet."""
        try:
            with self._opened() as folder:
                return kept.written(folder, f"{key}.mark")
        except OSError:
            return None  # what is wrong with the directory is said where credentials are looked for

    def unmark(self, key: str) -> None:
        """Take a note back."""
        try:
            with self._opened() as folder:
                remove(folder, f"{key}.mark")
        except OSError:
            pass  # it was not written either, or is soon forgotten

    @contextmanager
    def turn(
        self, key: str, seconds: float, arrived: Callable[[], Entry | None]
    ) -> Iterator[turns.Turn | Entry]:
        """Wait until nobody else vends for ``key``, or until an entry has ``arrived``; see ``turns``.

        Where the directory can't be used, other processes can't be seen, and only threads wait.

        Raises:
            HubUnreachable: the turn did not come in so many seconds.
        """
        place = str(self._directory)
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(self._made())
                turn = stack.enter_context(turns.turn(place, folder, key, seconds, arrived))
            except OSError as error:
                self._warn(error)
                turn = stack.enter_context(turns.turn(place, None, key, seconds, arrived))
            yield turn

    def _write(self, name: str, content: bytes, *, sweep: bool) -> bool:
        try:
            with self._made() as folder:
                _write(folder, name, content)
                if sweep and time.monotonic() - self._swept >= _SWEEPS:
                    self._swept = time.monotonic()
                    _sweep(folder)
        except OSError as error:
            self._warn(error)
            return False
        return True

    def _made(self) -> AbstractContextManager[int]:
        """Open the directory, and make it first where it isn't there."""
        if not self._directory.exists():
            _make(self._directory)
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[int]:
        folder = kept.open_directory(self._directory)
        try:
            yield folder
        finally:
            os.close(folder)

    def _warn(self, error: OSError) -> None:
        reason = error.strerror or "unknown error"
        if reason not in self._warned:
            self._warned.add(reason)
            _log.warning("cache %s is not used: %s", self._directory, reason)


def _make(directory: Path) -> None:
    # mkdir's own parents=True would leave the parents' mode to the umask.
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def decoded(content: bytes) -> Entry | None:
    """Read an entry's file; ``None`` where it is damaged, or another version's."""
    found = kept.decode(content)
    if found is None:
        return None
    account, packed = account_id(found.account), found.packed_policy_size
    if account is None or not _PACKED.fullmatch(packed):
        return None
    credentials = Credentials(
        access_key_id=found.access_key_id,
        secret_access_key=Secret(found.secret_access_key),
        session_token=Secret(found.session_token),
        expiration=datetime.fromtimestamp(found.expires, UTC),
        account=account,
        assumed_role_arn=found.assumed_role_arn,
        source_identity=found.source_identity,
        vend_id=found.vend_id,
        packed_policy_size=int(packed) if packed else None,
    )
    return Entry(credentials, datetime.fromtimestamp(found.obtained, UTC))


def _write(folder: int, name: str, content: bytes) -> None:
    temporary = f".{name[:64]}.{os.urandom(8).hex()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        remove(folder, temporary)
        raise


def _sweep(folder: int) -> None:
    """Remove what has expired by its age alone, and what killed processes left; nothing else's files."""
    now = time.time()
    for name in os.listdir(folder):
        age = next((age for form, age in _AGES if form.fullmatch(name)), None)
        if age is None:
            continue
        try:
            written = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
            if now - written > age + _SLACK:
                (turns.sweep if LOCK.fullmatch(name) else remove)(folder, name)
        except OSError:
            continue  # another process's sweep was first, or it isn't ours to remove


def remove(folder: int, name: str) -> None:
    """Remove a file of the cache, which another process may have removed before."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
