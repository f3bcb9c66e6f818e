"""One vend at a time for one key, across threads and processes: the others wait, and take what it brought.

A thread first has its turn among its process's threads, and then holds a lock on the key's file: the
system lets go of it when the holder ends, however it ends, so that no lock is ever stale. A failure is
left for those who waited meanwhile; else each would run into it, one after the other.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from hubspoke.exceptions import HubspokeError, HubUnreachable, by_code
from hubspoke.kept import open_private

try:
    import fcntl
except ImportError:
    pass  # Windows, where the cache holds nothing, and no lock is asked for

_POLL_FIRST: Final = 0.005
_POLL_LONGEST: Final = 0.05
"""Seconds between two tries of a lock that another process holds."""

_FAILURE_MAX: Final = 8192
"""Bytes. The contract's longest message is a thousand characters, of six bytes each at most in JSON."""

_WAITED: Final = "Another process is vending the same credentials and has not come to an end: try again."


_T = TypeVar("_T")


class _Among:
    """The threads of this process that want the same."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.failed: tuple[float, HubspokeError] | None = None
        """When, in seconds since 1970, and how the last of them failed."""


_among: dict[tuple[str, str], _Among] = {}
"""By directory and key. One for all hubs of a process."""

_held = set[int]()
"""The locks' files that are open."""


class Turn:
    """The right to vend for a key, until the block ends."""

    def __init__(self, among: _Among, file: int | None) -> None:
        self._among = among
        self._file = file

    def failure_since(self, began: float) -> HubspokeError | None:
        """Return what whoever vended while we waited, since ``began`` seconds, ran into."""
        now = time.time()
        if self._among.failed is not None:
            at, error = self._among.failed
            if began <= at <= now:
                return error.copy()
        try:
            found = json.loads(os.pread(self._file, _FAILURE_MAX, 0)) if self._file is not None else {}
            if not began <= float(found["At"]) <= now:
                return None
            kind = by_code(found["Code"])
            return kind(str(found["Message"]), request_id=found["RequestId"], retry_after=found["RetryAfter"])
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def failed(self, error: HubspokeError) -> None:
        """Leave a failure for those who wait."""
        at = time.time()
        self._among.failed = at, error.copy()
        if self._file is None:
            return
        left: dict[str, Any] = {
            "At": at,
            "Code": error.code,
            "Message": error.message,
            "RequestId": error.request_id,
            "RetryAfter": error.retry_after,
        }
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(left).encode(), 0)
        except OSError:
            pass  # they will see for themselves


@contextmanager
def turn(
    directory: str, folder: int | None, key: str, seconds: float, arrived: Callable[[], _T | None]
) -> Iterator[Turn | _T]:
    """Wait for the turn of ``key``, for so many seconds, or until what is wanted is there.

    Args:
        directory: the cache's, which the key belongs to.
        folder: its descriptor; ``None`` where there is none, and other processes can't be seen.
        key: of the cache.
        seconds: to wait at most.
        arrived: asked while waiting; what it returns is yielded in place of a turn.

    Raises:
        HubUnreachable: it didn't come.
        OSError: the lock's file can't be made or locked.
    """
    until = time.monotonic() + seconds
    among, process = _among.setdefault((directory, key), _Among()), os.getpid()
    waited = not among.lock.acquire(blocking=False)
    if waited and not among.lock.acquire(timeout=seconds):
        raise HubUnreachable(_WAITED)
    try:
        if waited and (found := arrived()) is not None:
            yield found
        elif folder is None:
            yield Turn(among, None)
        else:
            with _lock_of(folder, f"{key}.lock", until, arrived) as held:
                yield Turn(among, held) if isinstance(held, int) else held
    finally:
        if process == os.getpid():
            among.lock.release()


@contextmanager
def _lock_of(folder: int, name: str, until: float, arrived: Callable[[], _T | None]) -> Iterator[int | _T]:
    held, process = _locked(folder, name, until, arrived), os.getpid()
    try:
        yield held
    finally:
        if isinstance(held, int) and process == os.getpid():
            _let_go(held)


def _let_go(file: int) -> None:
    _held.discard(file)
    # Said aloud: a child forked meanwhile may hold the descriptor too, and closing ours would not do.
    fcntl.flock(file, fcntl.LOCK_UN)
    os.close(file)


def _forget() -> None:
    """Give up, in a child just forked, what only its parent's threads will end.

    The locks stay the parent's: a child that outlives it must not hold them.
    """
    for file in _held:
        os.close(file)
    _held.clear()
    _among.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def sweep(folder: int, name: str) -> None:
    """Remove a lock's file, unless somebody holds it."""
    file = open_private(folder, name, os.O_RDWR)
    try:
        if _lock(file) and _is_current(file, folder, name):
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(file)


def is_held(folder: int, name: str) -> bool:
    """Tell whether somebody holds a lock's file; one that can't be looked at is nobody's."""
    try:
        file = open_private(folder, name, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(file)
    finally:
        os.close(file)


def _locked(folder: int, name: str, until: float, arrived: Callable[[], _T | None]) -> int | _T:
    """Return the locked file, or what arrived while it was waited for."""
    while True:
        file = open_private(folder, name, os.O_RDWR | os.O_CREAT)
        _held.add(file)
        try:
            found = _waited(file, until, arrived)
            # Swept while we waited, it would lock nobody out.
            if found is None and _is_current(file, folder, name):
                return file
        except BaseException:
            _let_go(file)
            raise
        _let_go(file)
        if found is not None:
            return found


def _waited(file: int, until: float, arrived: Callable[[], _T | None]) -> _T | None:
    """Lock the file; return what arrived before that came about."""
    pause = _POLL_FIRST
    while not _lock(file):
        if time.monotonic() >= until:
            raise HubUnreachable(_WAITED)
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
        pause = min(2 * pause, _POLL_LONGEST)
        if (found := arrived()) is not None:
            return found
    return None


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(file: int, folder: int, name: str) -> bool:
    try:
        return os.fstat(file).st_ino == os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino
    except FileNotFoundError:
        return False
