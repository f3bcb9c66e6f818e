"""Become another command: what ``run`` ends with."""

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn


def execute(command: list[str], environ: "Mapping[str, str]") -> "NoReturn":
    """Replace this process: exit code, signals and terminal are then the command's own.

    Raises:
        OSError: there is no such command, or it can't be executed. Nothing has changed then.
    """
    # Python ignores these, and an ignored signal stays so across exec: 'yes | head' would never end.
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGPIPE, signal.SIGXFSZ)}
    try:
        os.execvpe(command[0], command, environ)  # noqa: S606 - argv, never a shell
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
