"""The AWS config file, replaced whole or not at all, as the person has it: mode, owner, symlink.

POSIX only, as is the rest of the command line.
"""

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hubspoke.exceptions import AwsConfigError
from hubspoke.printable import printable

_SIZE_MAX: Final = 16 * 1024 * 1024
"""Bytes. Ten thousand profiles of ours are a third of it; what is larger is no config file."""
_WAIT: Final = 10.0
"""Seconds, for another run to end."""
_POLL: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Found:
    content: bytes
    state: os.stat_result | None
    """``None`` where there is no file yet."""


def read(path: Path) -> bytes:
    """Return the content; nothing for a file that isn't there.

    Raises:
        AwsConfigError: it can't be read, is too large, or is no regular file.
    """
    with _explained(path):
        return _read(path).content


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> bool:
    """Replace the content by what ``change`` makes of it, and say whether there was anything to change.

    A new file has mode 0600, in a folder of 0700. No second run is at work meanwhile.

    Raises:
        AwsConfigError: it can't be read or written. It is as it was.
    """
    with _explained(path):
        # What a symlink leads to is replaced, and not the link.
        real = Path(os.path.realpath(path))
        _make(real.parent)
        with _locked(real.parent):
            _sweep(real)
            found = _read(real)
            content = change(found.content)
            if content == found.content:
                return False
            _replace(real, found, content)
            return True


def _read(path: Path) -> _Found:
    try:
        # O_NONBLOCK: a FIFO must not hang the open.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return _Found(b"", None)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(0, "it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(_SIZE_MAX + 1)
    finally:
        os.close(descriptor)
    if len(content) > _SIZE_MAX:
        raise OSError(0, "it is too large")
    if b"\0" in content:  # UTF-16, as some editors and PowerShell write; no AWS tool reads it
        raise OSError(0, "it is not a text file")
    return _Found(content, state)


def _replace(path: Path, found: _Found, content: bytes) -> None:
    if found.state is not None and not found.state.st_mode & stat.S_IWUSR:
        raise OSError(0, "it is read-only")
    temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if found.state is not None:
                _take_after(file.fileno(), found.state)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if _state(path) != _identity(found.state):
            raise OSError(0, "another program has changed it meanwhile: try again")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _take_after(descriptor: int, state: os.stat_result) -> None:
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (state.st_uid, state.st_gid):
        os.fchown(descriptor, state.st_uid, state.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(state.st_mode))


def _state(path: Path) -> tuple[int, ...]:
    try:
        return _identity(path.stat())
    except FileNotFoundError:
        return ()


def _identity(state: os.stat_result | None) -> tuple[int, ...]:
    return (state.st_ino, state.st_size, state.st_mtime_ns) if state else ()


def _make(folder: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # The folder itself is locked: a lock's file would be one more thing in it.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + _WAIT
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise OSError(0, "another 'hubspoke configure' is at work on it") from None
                time.sleep(_POLL)
        yield
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove what a killed run left. Under the lock, no other run's file is in use."""
    form = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.new")
    for left in path.parent.iterdir():
        if form.fullmatch(left.name):
            left.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    reason = None
    try:
        yield
    except OSError as error:
        reason = error.strerror or "unknown error"
    if reason is not None:
        shown = printable(str(path))
        raise AwsConfigError(f"{shown} is as it was: {reason}. AWS_CONFIG_FILE can name another.")
