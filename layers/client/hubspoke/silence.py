"""No line of AWS's libraries while a call of ours is made: at DEBUG they log whole replies of STS.

The levels that a program has set stay as they are, and so do its own calls' lines.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_LIBRARIES: Final = ("boto3", "botocore", "urllib3")
_silent: ContextVar[bool] = ContextVar("silent", default=False)


class _Silence(logging.Filter):
    def filter(self, _record: logging.LogRecord) -> bool:
        """Let nothing through while a call of ours is made in this thread."""
        return not _silent.get()


_SILENCE: Final = _Silence()


@contextmanager
def silence() -> Iterator[None]:
    """Drop what the libraries log in this thread until the block ends."""
    # A filter holds for its own logger and for none below it; adding it again changes nothing.
    for name in list(logging.Logger.manager.loggerDict):
        if name.split(".", 1)[0] in _LIBRARIES:
            logging.getLogger(name).addFilter(_SILENCE)
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)
