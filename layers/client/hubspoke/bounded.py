"""Work that ends in time, or is given up on.

A name server that hangs, or a reply that drips byte by byte, is bounded by no socket timeout. So the
work is done on a thread that one can stop waiting for, and that stands ready for the next: a new one for
each call would take longer than to sign and send it.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

_READY_FOR: Final = 20.0
"""Seconds after which a thread that nobody needs ends."""

_T = TypeVar("_T")


class _Worker:
    """A thread, and what it is to do next."""

    def __init__(self) -> None:
        self.work = SimpleQueue[tuple[Callable[[], Any], SimpleQueue[Any]]]()
        # Not waited for when the process ends: it may hang as long as its socket does.
        threading.Thread(target=self._run, name="hubspoke-call", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                work, done = self.work.get(timeout=_READY_FOR)
            except Empty:
                try:
                    _ready.remove(self)
                except ValueError:
                    continue  # somebody has just taken this one
                return
            done.put(_outcome(work))
            del work, done  # they hold what was asked, and the reply
            _ready.append(self)


_ready = deque[_Worker]()
"""Those that wait for work. Its methods are atomic."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ready.clear)  # a fork has none of its parent's threads


def within(seconds: float, work: Callable[[], _T]) -> _T:
    """Return what ``work`` returns, or raise what it raises.

    Raises:
        TimeoutError: it did neither in so many seconds. It ends when its socket does, or with the process.
    """
    if seconds <= 0:
        raise TimeoutError
    try:
        worker = _ready.pop()
    except IndexError:
        worker = _Worker()
    done = SimpleQueue[Any]()
    worker.work.put((work, done))
    try:
        found, error = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return found  # type: ignore[no-any-return]


def _outcome(work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return work(), None
    except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
        return None, error
