"""One vend at a time for one key, across threads and processes: the others wait, and take what it brought.

A thread first has its turn among its process's threads, and then holds a lock on the key's file: the
system lets go of it when the holder ends, however it ends, so that no lock is ever stale. A failure is
left in the file for those who waited meanwhile; else each would run into it, one after the other.
"""

import fcntl
import json
import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hubspoke.exceptions import HubspokeError, HubUnreachable, by_code
from hubspoke.kept import open_private

_POLL_FIRST: Final = 0.005
_POLL_LONGEST: Final = 0.05
"""Seconds between two tries of a lock that another process holds."""

_FAILURE_MAX: Final = 4096
"""Bytes. The contract's longest message is a thousand characters."""

_WAITED: Final = "Another process is vending the same credentials and has not come to an end: try again."

_threads: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
"""By directory and key. One for all hubs of a process."""


class Turn:
    """The right to vend for a key, until the block ends."""

    def __init__(self, file: int | None) -> None:
        self._file = file

    def failure_since(self, began: float) -> HubspokeError | None:
        """Return what whoever vended while we waited, since ``began`` seconds, ran into."""
        try:
            found = json.loads(os.pread(self._file, _FAILURE_MAX, 0)) if self._file is not None else {}
            if not began <= float(found["At"]) <= time.time():
                return None
            kind = by_code(found["Code"])
            return kind(str(found["Message"]), request_id=found["RequestId"], retry_after=found["RetryAfter"])
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def failed(self, error: HubspokeError) -> None:
        """Leave a failure for those who wait."""
        if self._file is None:
            return
        left: dict[str, Any] = {
            "At": time.time(),
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
def turn(directory: str, folder: int | None, key: str, seconds: float) -> Iterator[Turn]:
    """Wait for the turn of ``key``, for so many seconds.

    Args:
        directory: the cache's, which the key belongs to.
        folder: its descriptor; ``None`` where there is none, and other processes can't be seen.
        key: of the cache.
        seconds: to wait at most.

    Raises:
        HubUnreachable: it didn't come.
        OSError: the lock's file can't be made or locked.
    """
    until = time.monotonic() + seconds
    among_threads = _threads[directory, key]
    if not among_threads.acquire(timeout=seconds):
        raise HubUnreachable(_WAITED)
    try:
        if folder is None:
            yield Turn(None)
            return
        file = _locked(folder, f"{key}.lock", until)
        try:
            yield Turn(file)
        finally:
            # Said aloud: a child forked meanwhile holds the descriptor too, and closing ours would not do.
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)
    finally:
        among_threads.release()


def sweep(folder: int, name: str) -> None:
    """Remove a lock's file, unless somebody holds it."""
    file = open_private(folder, name, os.O_RDWR)
    try:
        if _lock(file) and _is_current(file, folder, name):
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(file)


def _locked(folder: int, name: str, until: float) -> int:
    pause = _POLL_FIRST
    while True:
        file = open_private(folder, name, os.O_RDWR | os.O_CREAT)
        try:
            while not _lock(file):
                if time.monotonic() >= until:
                    raise HubUnreachable(_WAITED)
                time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
                pause = min(2 * pause, _POLL_LONGEST)
            # Swept while we waited, it would lock nobody out.
            if _is_current(file, folder, name):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


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
