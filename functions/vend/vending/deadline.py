"""Calls to AWS that end in time, whatever the other side does.

A request has 25 seconds in all: API Gateway gives up after 29, Lambda ends the function after 28, and
a function that is ended writes no audit record. So every call has an hour by which it has ended.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
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
    answers: list[_Answer | Problem] = []
    thread = Thread(target=lambda: answers.append(call()), daemon=True)
    thread.start()
    thread.join(remaining)
    if answers:
        return answers[0]
    # A thread that ended without an answer broke; one that goes on is late.
    return late if thread.is_alive() else Problem.Internal
