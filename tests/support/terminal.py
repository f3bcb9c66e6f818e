"""A command at a real terminal: a pty that a person could sit at."""

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Terminal:
    """The person's side."""

    def __init__(self, process: "subprocess.Popen[bytes]", fd: int) -> None:
        self.process = process
        self.shown = ""
        """All that was on the screen."""
        self._read_to = 0
        self._fd = fd

    def type(self, text: str) -> None:
        """Press keys. ``\\x03`` is Ctrl-C, ``\\x04`` Ctrl-D."""
        os.write(self._fd, text.encode())

    def until(self, text: str, seconds: float = 20) -> str:
        """Return what is shown after what was waited for before, up to and including ``text``."""
        end, since = time.monotonic() + seconds, self._read_to
        while (found := self.shown.find(text, since)) < 0:
            assert time.monotonic() < end, f"no {text!r} in {self.shown!r}"
            assert self._read(0.1) or self.process.poll() is None, f"ended with {self.shown!r}"
        self._read_to = found + len(text)
        return self.shown[since : self._read_to]

    def end(self, seconds: float = 20) -> int:
        """Wait for the command's end, and return its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still up: {self.shown!r}"
            self._read(0.05)
        while self._read(0):
            pass
        return self.process.returncode

    def echoes(self) -> bool:
        """Say whether what is typed is shown."""
        return bool(termios.tcgetattr(self._fd)[3] & termios.ECHO)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self._fd, 65536)
        except OSError:  # Linux's way to say that nobody is at the other side any more
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)


@contextmanager
def terminal(argv: list[str], environ: dict[str, str], *, stdout: int | None = None) -> Iterator[Terminal]:
    """Run a command at a terminal of its own, which all three streams are but for a given ``stdout``."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env=environ,
            start_new_session=True,
            # The new session's terminal: Ctrl-C is a signal only there.
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        theirs = -1
        try:
            yield Terminal(process, ours)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)


def _take_terminal() -> None:
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
