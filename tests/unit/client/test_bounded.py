"""hubspoke.bounded."""

import threading
import time

import pytest

from hubspoke.bounded import within


def test_what_comes_in_time_is_returned() -> None:
    """An error too, where it is what the work returns."""
    error = KeyError("x")
    assert within(5, lambda: error) is error


def test_what_it_raises_is_raised() -> None:
    """In the caller's thread."""
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_what_takes_too_long_is_given_up_on() -> None:
    """Whatever it waits for, and the next work is done all the same."""
    over = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: over.wait(10))
    assert within(5, lambda: "next") == "next"
    over.set()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_time_at_all(seconds: float) -> None:
    """Nothing is begun."""
    begun: list[int] = []
    with pytest.raises(TimeoutError):
        within(seconds, lambda: begun.append(1))
    assert begun == []
