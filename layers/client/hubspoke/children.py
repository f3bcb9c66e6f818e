"""Commands run side by side: each in a session of its own, with what it prints kept within bounds.

A session of its own, so that a signal reaches all of a command and nothing else, and that a command which
would ask at the terminal fails at once instead of being stopped for ever in the background.
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

_POLL: Final = 0.05
"""Seconds, at most, after which the end of a command is noticed."""

_GRACE: Final = 5.0
"""Seconds from SIGTERM to SIGKILL for a command that ran out of time."""

_REST: Final = 1.0
"""Seconds for what a command that has ended left in its pipes."""

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it printed."""

    exit_code: int
    """128 and the signal's number where one ended it, as a shell has it."""
    stdout: bytes
    stderr: bytes
    """Both empty where they went to files."""
    truncated: bool
    """Whether there was more of one of them than is kept."""
    timed_out: bool


class Children:
    """The commands that run now, until they are told to stop."""

    def __init__(self, *, timeout: float | None, max_output: int) -> None:
        """Say what each may take.

        Args:
            timeout: seconds.
            max_output: bytes kept of stdout, and of stderr; the rest is read and dropped.
        """
        self._timeout = timeout
        self._max_output = max_output
        self._running: set[subprocess.Popen[bytes]] = set()
        # One that a signal handler can take while its thread has it.
        self._lock = threading.RLock()
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether no further command is started."""
        return self._stopping

    @property
    def all_ended(self) -> bool:
        """Whether they were told to stop, and have."""
        return self._stopping and not self._running

    def stop(self, number: int) -> None:
        """Start no more, and pass a signal on to those that run; the second time, kill them.

        May be called by a signal handler.
        """
        number, self._stopping = signal.SIGKILL if self._stopping else number, True
        with self._lock:
            for process in self._running:
                _send(process, number)

    def run(
        self, command: Sequence[str], environ: Mapping[str, str], files: tuple[Path, Path] | None = None
    ) -> Ended | None:
        """Run a command to its end; ``None`` where none may be started any more.

        Args:
            command: argv; never a shell's.
            environ: the whole of its environment.
            files: where stdout and stderr go, instead of being kept; written anew.

        Raises:
            OSError: it can't be executed, or a file can't be written.
        """
        outputs = [_create(path) for path in files] if files else [subprocess.PIPE] * 2
        try:
            with self._lock:
                if self._stopping:
                    return None
                process = subprocess.Popen(  # noqa: S603 - argv, never a shell
                    command,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=outputs[0],
                    stderr=outputs[1],
                    start_new_session=True,
                )
                self._running.add(process)
        finally:
            for descriptor in outputs if files else ():
                os.close(descriptor)
        with process:
            return self._attend(process)

    def _attend(self, process: subprocess.Popen[bytes]) -> Ended:
        until = time.monotonic() + self._timeout if self._timeout is not None else None
        timed_out, pause = False, _POLL / 10
        with _Printed((process.stdout, process.stderr), self._max_output) as printed:
            while not _has_ended(process):
                if printed.is_open:
                    printed.read(_POLL)
                else:
                    time.sleep(pause)
                    pause = min(2 * pause, _POLL)
                if until is not None and time.monotonic() >= until:
                    _send(process, signal.SIGKILL if timed_out else signal.SIGTERM)
                    timed_out, until = True, time.monotonic() + _GRACE
            with self._lock:
                # What it left in its session ends with it: it holds the credentials, and maybe the pipes.
                _send(process, signal.SIGKILL)
                self._running.discard(process)
                code = process.wait()
            # What has left its session may go on printing for ever.
            until = time.monotonic() + _REST
            while printed.is_open and time.monotonic() < until and printed.read(_POLL):
                pass
        stdout, stderr = map(bytes, printed.kept)
        return Ended(128 - code if code < 0 else code, stdout, stderr, printed.truncated, timed_out)


class _Printed:
    """What comes of a command's stdout and stderr, up to a number of bytes each."""

    def __init__(self, streams: Sequence[IO[bytes] | None], most: int) -> None:
        self.kept = [bytearray() for _ in streams]
        self.truncated = False
        """Whether there was more, which was dropped."""
        self._most = most
        self._selector = selectors.DefaultSelector()
        for stream, buffer in zip(streams, self.kept, strict=True):
            if stream is not None:
                self._selector.register(stream, selectors.EVENT_READ, buffer)

    @property
    def is_open(self) -> bool:
        """Whether anything can still come."""
        return bool(self._selector.get_map())

    def read(self, seconds: float) -> bool:
        """Take what is there or comes within so many seconds, and say whether there was any."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            chunk = os.read(key.fd, _CHUNK)
            if not chunk:
                self._selector.unregister(key.fileobj)
            room = self._most - len(key.data)
            key.data.extend(chunk[:room])
            self.truncated |= len(chunk) > room
        return bool(ready)

    def __enter__(self) -> "_Printed":
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()


def _create(path: Path) -> int:
    # O_NOFOLLOW: the folder may be one that others can write to.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(file, 0o600)  # one that was there already
    except OSError:
        os.close(file)
        raise
    return file


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell, and leave it to be waited for: until then nobody else can get its number."""
    if hasattr(os, "waitid"):
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    return process.poll() is not None  # macOS, before Python 3.13


def _send(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended; macOS forbids what is sent to a group of such
