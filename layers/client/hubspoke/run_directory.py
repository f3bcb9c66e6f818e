"""A private directory for as long as a server runs: its token, and what else programs must read.

Removed at the server's end. One whose server was killed is removed by the next: a lock, which the system
lets go of with its holder, tells them apart.
"""

import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final

from hubspoke.exceptions import CannotOpen

_PREFIX: Final = "hubspoke-serve-"
_NAME: Final = re.compile(_PREFIX + r"[A-Za-z0-9_]+")
_LOCK: Final = "lock"


class RunDirectory:
    """Mode 0700 under a name nobody can guess, in the user's temporary directory."""

    def __init__(self) -> None:
        """Make it, and remove what killed servers of this user left.

        Raises:
            CannotOpen: there is no temporary directory that can be written to.
        """
        made = None
        try:
            _sweep(Path(tempfile.gettempdir()))
            made = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError:
            made = None
        if made is None:
            raise CannotOpen("There is no temporary directory that can be written to: set TMPDIR to one.")
        self._path = made

    @property
    def lock(self) -> int:
        """The descriptor that has to stay open while the directory is in use."""
        return self._lock

    def write(self, name: str, content: str) -> Path:
        """Write a file that only this user can read, and return its path.

        Raises:
            CannotOpen: the disk is full, or the like.
        """
        path = self._path / name
        written = False
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(content)
            written = True
        except OSError:
            pass
        if not written:
            raise CannotOpen("A file of the local endpoint can't be written: check TMPDIR, and the disk.")
        return path

    def remove(self) -> None:
        """Remove it and everything in it."""
        shutil.rmtree(self._path, ignore_errors=True)
        os.close(self._lock)

    def __enter__(self) -> "RunDirectory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


def _sweep(parent: Path) -> None:
    for path in parent.iterdir():
        if _NAME.fullmatch(path.name):
            _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    try:
        found = path.lstat()
        if found.st_uid != os.geteuid() or not path.is_dir() or path.is_symlink():
            return
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return  # another's, or one that is just being made
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except OSError:
        pass  # its server is at work
    finally:
        os.close(lock)
