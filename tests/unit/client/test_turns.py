"""hubspoke.turns: one at a time, by threads and processes, and no lock that stays."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from hubspoke import kept, turns
from hubspoke.exceptions import AccessDenied, HubUnreachable
from hubspoke.settings import environment

_KEY = "a" * 64


def _nothing() -> None:
    """Say that nothing has arrived."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Make a cache's directory."""
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def folder(place: Path) -> Iterator[int]:
    """Open it."""
    opened = kept.open_directory(place)
    yield opened
    os.close(opened)


def _as_process(name: str, folder: int, seconds: float = 5) -> AbstractContextManager[turns.Turn]:
    """Wait for a turn as another process would: with no thread of ours before it."""
    return turns.turn(name, folder, _KEY, seconds, _nothing)


def test_a_turn_is_waited_for(folder: int) -> None:
    """And comes when the one before has ended."""
    order = []

    def second() -> None:
        with _as_process("two", folder):
            order.append("second")

    with _as_process("one", folder):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_turn_that_does_not_come(folder: int, name: str) -> None:
    """Whether a thread of ours has it or another process: an error that says so, and in time."""
    with (
        _as_process("one", folder),
        pytest.raises(HubUnreachable, match="Another process"),
        _as_process(name, folder, seconds=0.1),
    ):
        pass


@pytest.mark.parametrize("name", ["one", "two"])
def test_what_arrives_ends_the_wait(folder: int, name: str) -> None:
    """It need not be waited for any longer, though the turn isn't over."""
    arrived: list[str] = []
    thread = threading.Timer(0.1, arrived.append, ["credentials"])
    with turns.turn("one", folder, _KEY, 5, _nothing) if name == "two" else _as_process("x", folder):
        thread.start()
        with turns.turn(name, folder, _KEY, 5, lambda: arrived[0] if arrived else None) as found:
            assert found == "credentials"
    thread.join()


def test_a_lock_that_is_swept_while_it_is_waited_for_locks_nobody_out(place: Path, folder: int) -> None:
    """Whoever waited on it waits on the new one."""
    inside, worst = [0], [0]

    def take(name: str) -> None:
        with _as_process(name, folder):
            inside[0] += 1
            worst[0] = max(worst[0], inside[0])
            time.sleep(0.05)
            inside[0] -= 1

    with _as_process("one", folder):
        waiting = [threading.Thread(target=take, args=(f"early {number}",)) for number in range(3)]
        for thread in waiting:
            thread.start()
        time.sleep(0.1)
        (place / f"{_KEY}.lock").unlink()
        late = [threading.Thread(target=take, args=(f"late {number}",)) for number in range(3)]
        for thread in late:
            thread.start()
        time.sleep(0.02)
    for thread in waiting + late:
        thread.join()
    assert worst == [1]


def test_a_held_lock_is_not_swept(place: Path, folder: int) -> None:
    """A free one is."""
    with _as_process("one", folder):
        turns.sweep(folder, f"{_KEY}.lock")
        assert (place / f"{_KEY}.lock").exists()
    turns.sweep(folder, f"{_KEY}.lock")
    assert not (place / f"{_KEY}.lock").exists()


@pytest.mark.parametrize("planted", ["a link", "a dangling link", "a FIFO", "a folder", "another's"])
def test_a_lock_that_was_planted_is_not_used(place: Path, folder: int, planted: str, tmp_path: Path) -> None:
    """Nor is what it leads to made, or touched."""
    lock, target = place / f"{_KEY}.lock", tmp_path / "target"
    if planted == "a FIFO":
        os.mkfifo(lock, 0o600)
    elif planted == "a folder":
        lock.mkdir(mode=0o700)
    elif planted == "another's":
        lock.touch(mode=0o644)
    else:
        lock.symlink_to(target)
        if planted == "a link":
            target.write_text("as it was")
    with pytest.raises(OSError), _as_process("one", folder):
        pass
    assert (target.read_text() if target.exists() else None) == ("as it was" if planted == "a link" else None)


@pytest.mark.parametrize("where", ["threads", "processes"])
def test_a_failure_is_for_those_who_waited(folder: int, where: str) -> None:
    """With all that it says; and in an object of its own, since a traceback is one thread's."""
    name, shared = ("one", None) if where == "threads" else ("two", folder)
    error = AccessDenied("No grant.", request_id="id-1", retry_after=3)
    began = time.time()
    with turns.turn("one", shared, _KEY, 5, _nothing) as turn:
        turn.failed(error)
    with turns.turn(name, shared, _KEY, 5, _nothing) as turn:
        found = turn.failure_since(began)
        assert turn.failure_since(time.time()) is None
    assert found is not error
    assert isinstance(found, AccessDenied)
    assert vars(found) == vars(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"At": "x"}',
        b'{"At": 0, "Code": "AccessDenied", "Message": "old", "RequestId": null, "RetryAfter": null}',
        b'{"At": 9e99, "Code": "AccessDenied", "Message": "to come", "RequestId": null, "RetryAfter": null}',
        b'{"At": NaN, "Code": "AccessDenied", "Message": "never", "RequestId": null, "RetryAfter": null}',
        b'{"At": %d, "Code": "NoSuchCode", "Message": "x", "RequestId": null, "RetryAfter": null}',
        b'{"At": %d, "Code": ["AccessDenied"], "Message": "x", "RequestId": null, "RetryAfter": null}',
        b'{"At": %d, "Code": "AccessDenied"}',
        b"[" * 5000,
        b"\xff" * 9000,
    ],
)
def test_a_failure_that_is_none_is_nobodys(place: Path, folder: int, content: bytes) -> None:
    """A torn note, an old one, one from the future: everybody sees for themselves."""
    lock = place / f"{_KEY}.lock"
    lock.touch(mode=0o600)
    lock.write_bytes(content % int(time.time() + 1) if b"%d" in content else content)
    with _as_process("fresh", folder) as turn:
        assert turn.failure_since(time.time() - 1) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_whatever_ends_a_turn_it_ends(folder: int, error: type[BaseException]) -> None:
    """For threads and for processes."""
    with pytest.raises(error), _as_process("one", folder):
        raise error
    for name in ("one", "two"):
        with _as_process(name, folder, seconds=0.2):
            pass


def test_a_fork_waits_like_any_other_process(folder: int) -> None:
    """It doesn't have the turn of the thread that its parent's is, nor hangs on that thread's lock."""
    with _as_process("one", folder), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12's, of a fork beside threads
        child = os.fork()
        if child == 0:
            try:
                with _as_process("one", folder, seconds=0.2):
                    os._exit(1)
            except HubUnreachable:
                os._exit(0)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with pytest.raises(HubUnreachable), _as_process("two", folder, seconds=0.1):
            pass


def test_a_fork_that_ends_its_parents_turn_does_not(folder: int) -> None:
    """It leaves the block as its parent will, and the lock stays."""
    turn = _as_process("one", folder)
    turn.__enter__()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            turn.__exit__(None, None, None)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with pytest.raises(HubUnreachable), _as_process("two", folder, seconds=0.1):
        pass
    turn.__exit__(None, None, None)


def _comes(folder: int, within: float) -> bool:
    try:
        with _as_process("next", folder, seconds=within):
            return True
    except HubUnreachable:
        return False


_HOLDER = """
import os, sys, time
from hubspoke import kept, turns
folder = kept.open_directory(sys.argv[1])
with turns.turn("holder", folder, "a" * 64, 5, lambda: None):
    if sys.argv[2] == "forks" and os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
    if sys.argv[2] == "alone":
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["alone", "forks"])
def test_a_killed_holder_holds_nothing(place: Path, folder: int, kind: str) -> None:
    """Also where a child of its goes on."""
    command = [sys.executable, "-c", _HOLDER, str(place), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as holder:
        assert holder.stdout is not None
        printed = int(holder.stdout.readline())
        holder.kill()
        assert _comes(folder, within=2)
        if kind == "forks":
            os.kill(printed, signal.SIGKILL)
