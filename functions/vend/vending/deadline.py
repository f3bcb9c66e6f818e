"""Calls to AWS that end in time, whatever the other side does.

A request has 25 seconds in all: API Gateway gives up after 29, Lambda ends the function after 28, and
a function that is ended writes no audit record. So every call has an hour by which it has ended.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

from hubspoke_contract.errors import Problem

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when each part of a request has ended, as ``time.monotonic()`` counts."""

    grants: float
    before_sts: float
    sts: float
    outcome: float

    @classmethod
    def of(cls, began: float) -> "Deadlines":
        """Divide a request's time: STS gets most, and the ledger's last write its own share."""
        return cls(grants=began + 6, before_sts=began + 11, sts=began + 18, outcome=began + 24)


def by(deadline: float, call: "Callable[[], _Answer | Problem]", late: Problem) -> "_Answer | Problem":
    """Make a call that ends by the deadline, even when its answer trickles in byte by byte.

    botocore's timeouts are for each read, so they don't bound a slow drip; a thread that can be left
    behind does. Such a thread ends with its connection, and nobody looks at what it got.

    Args:
        deadline: the ``time.monotonic()`` by which to have returned.
        call: returns its answer or a problem. It must not raise.
        late: the problem when there is no answer in time.
    """
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        return late
    worker = _idle.pop() if _idle else _Worker()
    return worker.ask(call, remaining, late)


class _Worker:
    """A thread that makes one call after another, for as long as none of them is late."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, daemon=True).start()

    def ask(
        self, call: "Callable[[], _Answer | Problem]", seconds: float, late: Problem
    ) -> "_Answer | Problem":
        """Make a call; when it is late, this worker and whatever it comes to know are left behind."""
        answers: SimpleQueue[_Answer | Problem] = SimpleQueue()

        def answer() -> None:
            try:
                answers.put(call())
            except BaseException:  # noqa: BLE001 - what breaks here would be printed, text and all
                answers.put(Problem.Internal)

        self._calls.put(answer)
        try:
            answered = answers.get(timeout=seconds)
        except Empty:
            self._calls.put(None)
            return late
        _idle.append(self)
        return answered

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            # The next one may be long in coming; this one holds what it was answered.
            del call


_idle: list[_Worker] = []
"""One at most on Lambda, where a request waits for each of its calls; a new thread for each costs more."""
