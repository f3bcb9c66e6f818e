"""One piece of work for each of many spokes: so many at a time, outcomes as they come, none lost."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from queue import Empty, Queue
from typing import Final, Generic, TypeVar

from hubspoke.exceptions import ArgumentInvalid, HubspokeError, TooManyRequests
from hubspoke_contract.names import Target

CONCURRENCY: Final = 8  # and of Hub.map
CONCURRENCY_MAX: Final = 64

_POLL: Final = 0.2
"""Seconds between two looks at whether to give up."""

_PATIENCE: Final = 5
"""How often a vend is tried that is one too many for the hub's limit for a caller, which is for a minute."""

_PAUSE: Final = 2.0
"""Seconds to wait where a limit doesn't say how long."""

_SPREAD: Final = 1.0
"""Seconds."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_Way = TypeVar("_Way")


class Result(StrEnum):
    """How it went for one spoke."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    """There were credentials, and the work itself failed."""
    REFUSED = "Refused"
    """There were no credentials."""
    NOT_STARTED = "NotStarted"
    """Interrupted before."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_T]):
    """What came of one spoke."""

    target: Target
    result: Result
    value: _T | None = None
    """What the function returned."""
    error: BaseException | None = None
    """A ``HubspokeError`` where it is refused; what the function raised where it failed."""
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Whether ``value`` is what was wanted."""
        return self.result is Result.SUCCEEDED


def fan_out(
    targets: Iterable[Target],
    work: Callable[[Target], Outcome[_T]],
    concurrency: int,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome[_T]]:
    """Do ``work`` for each target, and yield what comes of it, in the order in which it comes.

    Left early, or interrupted, it starts no more; what runs goes on in threads that don't keep the process.
    Nor does it begin more than twice ``concurrency`` whose outcomes nobody has taken.

    Args:
        targets: to go through, each once.
        work: never raises.
        concurrency: threads, 1 to 64.
        is_over: asked a few times a second: whether what still runs isn't worth waiting for. What has not
            come by then is yielded as not started.

    Raises:
        ArgumentInvalid: the concurrency is out of bounds.
    """
    require_concurrency(concurrency)
    return _outcomes(dict.fromkeys(targets), work, concurrency, is_over)


def require_concurrency(concurrency: int) -> None:
    """Check a concurrency before anything is asked for.

    Raises:
        ArgumentInvalid: it is out of bounds.
    """
    if not 1 <= concurrency <= CONCURRENCY_MAX:
        raise ArgumentInvalid(f"The concurrency must be 1 to {CONCURRENCY_MAX}.")


def _outcomes(
    outstanding: dict[Target, None],
    work: Callable[[Target], Outcome[_T]],
    concurrency: int,
    is_over: Callable[[], bool],
) -> Iterator[Outcome[_T]]:
    waiting, stopped = deque(outstanding), threading.Event()
    # Bounded: while nobody takes outcomes, no more is begun and no more is kept in memory.
    done = Queue[Outcome[_T]](concurrency)

    def carry() -> None:
        while True:
            try:
                target = waiting.popleft()
            except IndexError:
                return
            done.put(_patiently(target, work, stopped))

    for number in range(min(concurrency, len(waiting))):
        threading.Thread(target=carry, name=f"hubspoke-map-{number}", daemon=True).start()
    try:
        while outstanding:
            # Asked before the wait, so that what ends meanwhile still comes.
            over = is_over()
            try:
                outcome = done.get(timeout=_POLL)
            except Empty:
                if over:
                    break
                continue
            del outstanding[outcome.target]
            yield outcome
        for target in outstanding:
            yield Outcome(target, Result.NOT_STARTED)
    finally:
        stopped.set()
        waiting.clear()
        # Each thread has room for its last outcome now, and ends.
        with suppress(Empty):
            while True:
                done.get_nowait()


def _patiently(
    target: Target, work: Callable[[Target], Outcome[_T]], stopped: threading.Event
) -> Outcome[_T]:
    """Do it again, after a while, where the hub asks for one: an estate may be larger than its limit."""
    for _ in range(_PATIENCE):
        outcome = work(target)
        if outcome.result is not Result.REFUSED or not isinstance(outcome.error, TooManyRequests):
            break
        asked = outcome.error.retry_after
        # Spread, since all threads are told the same second.
        pause = (_PAUSE if asked is None else asked) + random.random() * _SPREAD  # noqa: S311 - guards nothing
        _log.info("%s: the hub asks to wait %.0f s", target, pause)
        if stopped.wait(pause):
            break
    return outcome


def attempt(
    target: Target,
    begin: Callable[[], _Way],
    work: Callable[[_Way], _T],
    judge: Callable[[_T], Result] = lambda _: Result.SUCCEEDED,
) -> Outcome[_T]:
    """Get what is needed to begin with, and then work with it; catch whatever either raises.

    Args:
        target: whom it is for.
        begin: gets credentials, in whichever form; a ``HubspokeError`` of it is a refusal.
        work: an exception of it is a failure.
        judge: says what a value means.
    """
    began, stage = time.monotonic(), Result.REFUSED
    try:
        way = begin()
        stage = Result.FAILED
        value = work(way)
    except BaseException as error:  # noqa: BLE001 - a thread's outer edge: sys.exit() would end it in silence
        result = stage if isinstance(error, HubspokeError) else Result.FAILED
        return Outcome(target, result, error=error, seconds=time.monotonic() - began)
    return Outcome(target, judge(value), value, seconds=time.monotonic() - began)
