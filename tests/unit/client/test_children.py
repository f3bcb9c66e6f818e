"""hubspoke.children: real commands, side by side."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hubspoke.children import Children, Ended

ENVIRON = {"PATH": os.environ["PATH"], "MARK": "ours"}


def sh(script: str, *, timeout: float | None = None, max_output: int = 1000) -> Ended:
    ended = Children(timeout=timeout, max_output=max_output).run(["sh", "-c", script], ENVIRON)
    assert ended is not None
    return ended


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and isn't waited for yet doesn't."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_it_prints_is_kept_apart() -> None:
    """With its exit code."""
    assert sh("echo out; echo err >&2; exit 3") == Ended(
        3, b"out\n", b"err\n", truncated=False, timed_out=False
    )


def test_it_has_the_environment_it_is_given_and_no_stdin() -> None:
    """Nothing of ours, and a command that reads gets the end of file."""
    assert sh("cat; echo $MARK; env | wc -l").stdout.split()[0] == b"ours"
    done = Children(timeout=None, max_output=10000).run(
        [sys.executable, "-c", "import os; print(*os.environ)"], ENVIRON
    )
    assert done is not None
    assert set(done.stdout.decode().split()) - {"LC_CTYPE"} == set(ENVIRON)


def test_arguments_are_never_a_shells() -> None:
    """Whatever they look like."""
    done = Children(timeout=None, max_output=100).run(["echo", "$(id)", "; id", "*"], ENVIRON)
    assert done is not None
    assert done.stdout == b"$(id) ; id *\n"


def test_memory_is_bounded_and_the_command_goes_on() -> None:
    """What is too much is read and dropped: a full pipe would stop it for ever."""
    ended = sh("head -c 3000000 /dev/zero; echo x >&2; exit 5", max_output=1000)
    assert (len(ended.stdout), ended.stderr, ended.exit_code, ended.truncated) == (1000, b"x\n", 5, True)
    assert not sh("printf 1234567890", max_output=10).truncated


@pytest.mark.parametrize(("script", "code"), [("kill -TERM $$", 143), ("kill -KILL $$", 137)])
def test_a_death_by_signal_is_128_and_its_number(script: str, code: int) -> None:
    """As a shell has it."""
    assert sh(script).exit_code == code


def test_what_takes_too_long_is_ended() -> None:
    """Politely."""
    ended = sh("trap 'echo bye; exit 0' TERM; while :; do sleep 0.02; done", timeout=1)
    assert (ended.timed_out, ended.exit_code, ended.stdout) == (True, 0, b"bye\n")


def test_what_takes_too_long_and_ignores_it_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A while later."""
    monkeypatch.setattr("hubspoke.children._GRACE", 0.1)
    assert sh("trap '' TERM; while :; do sleep 0.02; done", timeout=1).exit_code == 137


def test_what_it_leaves_behind_ends_with_it() -> None:
    """It would keep the credentials, and the pipe: it isn't waited for either."""
    ended = sh("sleep 60 & echo $!; exit 4")
    assert ended.exit_code == 4
    wait_for(lambda: not is_alive(int(ended.stdout)))


def test_what_left_its_session_is_not_waited_for() -> None:
    """A daemon that holds the pipe for ever holds nothing up."""
    ended = sh("setsid sleep 60 & echo $!")
    try:
        assert ended.stdout.strip().isdigit()
    finally:
        os.kill(int(ended.stdout), signal.SIGKILL)


def test_what_left_its_session_and_prints_on_is_not_listened_to() -> None:
    """It would never come to an end."""
    began = time.monotonic()
    assert sh("setsid timeout 20 yes & sleep 0.2").exit_code == 0
    assert time.monotonic() - began < 10


def test_it_has_no_terminal_of_ours() -> None:
    """It would be stopped at the first question, and never end."""
    assert sh("ps -o tty= -o pid= -o sid= -p $$").stdout.split()[0] == b"?"


def test_files_take_the_output_where_they_are_given(tmp_path: Path) -> None:
    """As it comes, of any size, written anew, for the user alone."""
    files = (tmp_path / "a.out", tmp_path / "a.err")
    files[0].write_text("what was there before, and is longer")
    ended = Children(timeout=None, max_output=1).run(["sh", "-c", "echo out; echo err >&2"], ENVIRON, files)
    assert ended == Ended(0, b"", b"", truncated=False, timed_out=False)
    assert [path.read_text() for path in files] == ["out\n", "err\n"]
    assert files[1].stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_there_is_made_private(tmp_path: Path) -> None:
    """As a new one is: what a command prints of a spoke is nobody else's."""
    files = (tmp_path / "x.out", tmp_path / "x.err")
    files[0].touch(0o644)
    assert Children(timeout=None, max_output=0).run(["true"], ENVIRON, files) is not None
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    """The folder may be one that others can write to."""
    (tmp_path / "a.out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        Children(timeout=None, max_output=1).run(["true"], ENVIRON, (tmp_path / "a.out", tmp_path / "a.err"))
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("command", [["/nonesuch"], ["/dev/null"]])
def test_what_cant_be_executed(command: list[str]) -> None:
    """An OSError, and nothing is left running."""
    children = Children(timeout=None, max_output=1)
    with pytest.raises(OSError):
        children.run(command, ENVIRON)
    children.stop(signal.SIGINT)
    assert children.all_ended


class Running:
    """Commands on threads of their own."""

    def __init__(self, script: str, number: int) -> None:
        self.children = Children(timeout=None, max_output=1000)
        self.ended: list[Ended | None] = []
        self._threads = [threading.Thread(target=self._run, args=(script,)) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def _run(self, script: str) -> None:
        self.ended.append(self.children.run(["sh", "-c", script], ENVIRON))

    def join(self) -> None:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


def test_stopped_all_get_the_signal_with_what_they_started(tmp_path: Path) -> None:
    """And no further one is started."""
    running = Running(f"sleep 60 & touch {tmp_path}/$$; wait", 3)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 3)
    assert not running.children.all_ended
    running.children.stop(signal.SIGTERM)
    running.join()
    assert [ended.exit_code for ended in running.ended if ended] == [143] * 3
    assert running.children.all_ended
    assert running.children.run(["touch", str(tmp_path / "late")], ENVIRON) is None
    assert not (tmp_path / "late").exists()


def test_stopped_twice_they_are_killed(tmp_path: Path) -> None:
    """Whoever ignored the first."""
    running = Running(f"trap '' INT; touch {tmp_path}/$$; while :; do sleep 0.02; done", 2)
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    running.children.stop(signal.SIGINT)
    time.sleep(0.1)
    assert running.ended == []
    running.children.stop(signal.SIGINT)
    running.join()
    assert [ended.exit_code for ended in running.ended if ended] == [137] * 2


def test_many_that_start_while_they_are_stopped() -> None:
    """Each either got the signal or never began: none is left."""
    running = Running("exec sleep 60", 40)
    time.sleep(0.02)
    running.children.stop(signal.SIGTERM)
    running.join()
    assert len(running.ended) == 40
    assert {ended.exit_code for ended in running.ended if ended} <= {143}
    assert (
        subprocess.run(["pgrep", "-P", str(os.getpid()), "sleep"], capture_output=True, check=False).stdout
        == b""
    )
