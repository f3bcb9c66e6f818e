"""Folders under ``.local``: one for each running hub, locked while it runs, gone when it ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from hubspoke_local.accounts import PROJECT

LOCAL: Final = PROJECT / ".local"
ENV: Final = LOCAL / "env"
"""What another shell sources to use the hub of ``make local``."""

_LOCK: Final = "lock"


class AlreadyRunningError(RuntimeError):
    """Another process holds the folder."""


@contextmanager
def only(name: str) -> Iterator[Path]:
    """Hold ``.local/<name>``; raise ``AlreadyRunningError`` while another process does."""
    folder = LOCAL / name
    with _held(folder):
        for old in folder.iterdir():
            # Left by one that was killed; the lock says it is gone.
            if old.name != _LOCK:
                _remove(old)
        yield folder


@contextmanager
def another(name: str) -> Iterator[Path]:
    """Hold a new folder ``.local/<name>-…``, and remove those whose holders were killed."""
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    for old in LOCAL.glob(f"{name}-*"):
        try:
            with _held(old):
                pass
        except AlreadyRunningError:
            continue
    with _held(Path(tempfile.mkdtemp(prefix=f"{name}-", dir=LOCAL))) as folder:
        yield folder


@contextmanager
def _held(folder: Path) -> Iterator[Path]:
    """Lock a folder, and remove it in the end."""
    lock = _lock(folder)
    try:
        yield folder
    finally:
        _remove(folder)
        lock.close()


def _lock(folder: Path) -> IO[bytes]:
    while True:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = (folder / _LOCK).open("wb")
        except FileNotFoundError:
            continue  # removed in between by the one that held it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(f"{folder} is in use") from None
        try:
            if os.path.samestat(os.fstat(lock.fileno()), (folder / _LOCK).stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()  # we locked a file that has just been removed: begin again


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
