"""The ``hubspoke`` command: answered from the cache where that can be, else by ``hubspoke.cli``.

``credential-process`` is run by every AWS tool at every start, so this way takes little longer than
Python itself. It does nothing that the other way wouldn't, and whatever is unusual is left to it.
"""

import gc
import os
import sys
import time

from hubspoke import kept, places, shortcut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_INTERRUPTED = 130
"""``Exit.INTERRUPTED``, without what that imports."""


def main() -> "NoReturn":
    """Run the command line, and end the process with its exit code."""
    try:
        try:
            _answer(sys.argv[1:])
        except (OSError, ValueError):
            pass  # what is wrong is for the command line to say
        # What is imported now stays: to look through it for garbage is a twentieth of a vend's time.
        gc.set_threshold(100_000)
        from hubspoke.cli import main as command_line

        _leave(command_line())
    except KeyboardInterrupt:
        os._exit(_INTERRUPTED)  # while modules are imported, for instance


def _leave(code: int) -> "NoReturn":
    """End the process without taking every module apart, which would be a sixth of a vend's time."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass  # closed, or its reader has gone: the command line has said what there is to say
    os._exit(code)


def _answer(argv: list[str]) -> None:
    """End the process with the answer, if one is kept; else return."""
    command, *words = argv or [""]
    if command == "credential-process":
        if found := _kept(words):
            left = found.process_document().encode()
            while left:
                left = left[os.write(1, left) :]
            os._exit(0)
    elif command == "run" and "--" in words:
        cut = words.index("--")
        child = words[cut + 1 :]
        if child and (found := _kept(words[:cut])):
            from hubspoke.child_environment import child_environment
            from hubspoke.execute import execute

            execute(child, child_environment(os.environ, found))


def _kept(words: list[str]) -> kept.Kept | None:
    directory = places.cache_directory(os.environ)
    if directory is None:
        return None
    folder = kept.open_directory(directory)
    try:
        entry = kept.read(folder, shortcut.name(words, os.environ)).decode("ascii")
        found = kept.decode(kept.read(folder, entry)) if "/" not in entry else None
    finally:
        os.close(folder)
    return found if found and found.is_fresh(time.time()) else None
