"""hubspoke.fan_out: so many at a time, and an outcome for each."""

import threading
import time
from collections.abc import Callable

import pytest

from hubspoke.exceptions import AccessDenied, ArgumentInvalid, HubspokeError, TooManyRequests
from hubspoke.fan_out import Outcome, Result, attempt, fan_out
from hubspoke_contract.names import Target, target

TARGETS = [found for number in range(40) if (found := target(f"{number:012}/read"))]


def done(which: Target) -> Outcome[str]:
    return Outcome(which, Result.SUCCEEDED, str(which))


def test_an_outcome_for_each() -> None:
    """None twice, none lost, a target that is named twice once."""
    outcomes = list(fan_out([*TARGETS, *TARGETS], done, 8))
    assert sorted(outcome.target for outcome in outcomes) == TARGETS
    assert all(outcome.value == str(outcome.target) and outcome.succeeded for outcome in outcomes)


def test_no_more_at_a_time_than_said_and_no_fewer() -> None:
    """Each waits for three others: with fewer threads nothing would end."""
    barrier, running, most = threading.Barrier(4, timeout=10), set[Target](), list[int]()

    def work(which: Target) -> Outcome[str]:
        running.add(which)
        barrier.wait()
        most.append(len(running))
        barrier.wait()
        running.discard(which)
        return done(which)

    assert len(list(fan_out(TARGETS, work, 4))) == len(TARGETS)
    assert max(most) == 4


def test_outcomes_come_when_they_are_there() -> None:
    """A slow spoke keeps nobody else's."""
    end = threading.Event()

    def work(which: Target) -> Outcome[str]:
        if which is TARGETS[0]:
            end.wait(10)
        return done(which)

    outcomes = fan_out(TARGETS[:5], work, 2)
    assert [next(outcomes).target for _ in range(4)] == TARGETS[1:5]
    end.set()
    assert next(outcomes).target == TARGETS[0]


def test_left_early_it_starts_no_more() -> None:
    """Ctrl-C in the caller's loop, or a ``break``."""
    began = []

    def work(which: Target) -> Outcome[str]:
        began.append(which)
        time.sleep(0.01)
        return done(which)

    outcomes = fan_out(TARGETS, work, 2)
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    at_the_end = len(began)
    time.sleep(0.1)
    assert len(began) <= at_the_end + 2 < len(TARGETS)


def test_no_more_is_begun_than_somebody_takes() -> None:
    """A slow reader keeps no estate's output in memory; and the threads end with the generator."""
    began = []

    def work(which: Target) -> Outcome[str]:
        began.append(which)
        return done(which)

    outcomes = fan_out(TARGETS, work, 3)
    next(outcomes)
    time.sleep(0.1)
    assert len(began) <= 1 + 2 * 3
    workers = [thread for thread in threading.enumerate() if thread.name.startswith("hubspoke-map-")]
    outcomes.close()  # type: ignore[attr-defined]
    for worker in workers:
        worker.join(10)
        assert not worker.is_alive()
    assert len(began) <= 1 + 2 * 3


def test_given_up_the_rest_is_not_started() -> None:
    """Also what hangs; what had ended is told as it was."""
    never, over = threading.Event(), threading.Event()

    def work(which: Target) -> Outcome[str]:
        if which is not TARGETS[0]:
            over.set()
            never.wait(10)
        return done(which)

    outcomes = list(fan_out(TARGETS[:6], work, 2, over.is_set))
    never.set()
    assert [outcome.result for outcome in outcomes] == [Result.SUCCEEDED] + [Result.NOT_STARTED] * 5
    assert {outcome.target for outcome in outcomes} == set(TARGETS[:6])


class Limited:
    """Work that is one too many for the hub so often, and then succeeds."""

    def __init__(self, times: int, retry_after: int | None = 0) -> None:
        self.calls = 0
        self._times = times
        self._error = TooManyRequests("Wait.", retry_after=retry_after)

    def __call__(self, which: Target) -> Outcome[str]:
        self.calls += 1
        return done(which) if self.calls > self._times else Outcome(which, Result.REFUSED, error=self._error)


@pytest.mark.parametrize(
    ("times", "result", "calls"),
    [(1, Result.SUCCEEDED, 2), (4, Result.SUCCEEDED, 5), (99, Result.REFUSED, 5)],
)
def test_what_is_asked_to_wait_waits(
    times: int, result: Result, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estate is larger than what a caller may vend in a minute; but not for ever."""
    monkeypatch.setattr("hubspoke.fan_out._SPREAD", 0.0)
    work = Limited(times)
    (outcome,) = fan_out(TARGETS[:1], work, 1)
    assert (outcome.result, work.calls) == (result, calls)


def test_left_early_nothing_waits_to_begin_again() -> None:
    """What the hub asked to wait is given up."""
    work = Limited(99, retry_after=60)
    outcomes = fan_out(TARGETS[:3], lambda which: done(which) if which is TARGETS[0] else work(which), 1)
    assert next(outcomes).target == TARGETS[0]
    while work.calls == 0:
        time.sleep(0.01)
    outcomes.close()  # type: ignore[attr-defined]
    time.sleep(0.05)
    assert work.calls == 1
    assert not [
        thread for thread in threading.enumerate() if thread.name == "hubspoke-map-0" and thread.is_alive()
    ]


@pytest.mark.parametrize("concurrency", [0, -1, 65])
def test_the_concurrency_has_bounds(concurrency: int) -> None:
    """Said at once, before the first outcome is asked for."""
    with pytest.raises(ArgumentInvalid, match="1 to 64"):
        fan_out(TARGETS, done, concurrency)


def _refuse() -> None:
    raise AccessDenied("No grant lets you.")


def _break(_: object = None) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("begin", "work", "result", "error"),
    [
        (lambda: None, lambda _: None, Result.SUCCEEDED, None),
        (_refuse, lambda _: None, Result.REFUSED, HubspokeError),
        (_break, lambda _: None, Result.FAILED, ZeroDivisionError),
        (lambda: None, _break, Result.FAILED, ZeroDivisionError),
        (lambda: None, lambda _: _refuse(), Result.FAILED, HubspokeError),
    ],
)
def test_refusals_and_failures_are_apart(
    begin: Callable[[], None],
    work: Callable[[None], None],
    result: Result,
    error: type[Exception] | None,
) -> None:
    """Refused is what had no credentials to begin with, and nothing else is."""
    outcome = attempt(TARGETS[0], begin, work)
    assert (outcome.target, outcome.result) == (TARGETS[0], result)
    assert error is None if outcome.error is None else isinstance(outcome.error, error or ())
    assert outcome.seconds >= 0


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_function_that_would_end_its_thread_is_an_outcome_too(error: BaseException) -> None:
    """None would come otherwise, and whoever waits for it would wait for ever."""

    def work(_: object) -> None:
        raise error

    outcomes = fan_out(TARGETS[:2], lambda which: attempt(which, lambda: None, work), 2)
    assert [(outcome.result, outcome.error) for outcome in outcomes] == [(Result.FAILED, error)] * 2
