"""Many who want the same credentials at once: threads and processes, and what goes wrong meanwhile."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hubspoke
from hubspoke import Hub, kept
from hubspoke.cache import Cache
from hubspoke.kept import encode
from hubspoke.settings import environment
from tests.support.fake_hub import ACCOUNT, ROLE, Answer, FakeHub, gateway, refusal

_HERD = Path(__file__).parents[3] / "benchmarks" / "herd.py"
_VEND = f"from hubspoke import Hub; print(Hub(retries=0).credentials({ACCOUNT!r}, {ROLE!r}).access_key_id)"
_FULL = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)); {_VEND}"


def _process(code: str = _VEND, **environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment() | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _at_once(number: int, work: Callable[[], object]) -> list[object]:
    """Do it on so many threads at the same moment; return what came, errors too."""
    gate = threading.Barrier(number)

    def one(_: int) -> object:
        gate.wait()
        try:
            return work()
        except hubspoke.HubspokeError as error:
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def _wait_for(hub: FakeHub, calls: int) -> None:
    until = time.monotonic() + 20
    while len(hub.seen) < calls:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_herd_vends_once(hub: FakeHub) -> None:
    """16 processes of 8 threads, one key: one call, and everybody gets what it brought."""
    done = subprocess.run(
        [sys.executable, str(_HERD), "16", "8"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(hub.seen) == 1


def test_other_keys_do_not_wait(hub: FakeHub) -> None:
    """The hub was asked for each at the same time."""
    hub.script = [Answer(503, delay=5)]
    slow = threading.Thread(target=lambda: _at_once(1, lambda: Hub(retries=0).credentials(ACCOUNT, "slow")))
    slow.start()
    _wait_for(hub, 1)
    began = time.monotonic()
    Hub().credentials(ACCOUNT, ROLE)
    assert time.monotonic() - began < 4
    hub.closed.set()
    slow.join()


def test_a_killed_process_does_not_hold_the_others_up(hub: FakeHub) -> None:
    """They get on within two seconds."""
    hub.script = [Answer(503, delay=60)]
    with _process() as holder:
        _wait_for(hub, 1)
        with _process() as waiting:
            time.sleep(0.5)
            assert waiting.poll() is None
            holder.kill()
            began = time.monotonic()
            out, err = waiting.communicate(timeout=30)
        assert (waiting.returncode, err) == (0, "")
    assert out.startswith("ASIA")
    assert time.monotonic() - began < 2
    assert len(hub.seen) == 2


@pytest.mark.parametrize("place", ["cache", "/dev/null/nonesuch"])
def test_threads_share_a_failure(hub: FakeHub, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who waited for it, with or without a directory; who comes later sees for themselves."""
    if place != "cache":
        monkeypatch.setenv("HUBSPOKE_CACHE_DIR", place)
    hub.script = [refusal(403, "AccessDenied", Retry_After="5")]
    hub.script[0].delay = 0.6
    shared = Hub()
    found = _at_once(8, lambda: shared.credentials(ACCOUNT, ROLE))
    assert {type(each) for each in found} == {hubspoke.AccessDenied}
    assert len(set(map(id, found))) == 8
    assert len(hub.seen) == 1
    assert shared.credentials(ACCOUNT, ROLE).account == ACCOUNT


def test_processes_share_a_failure(hub: FakeHub) -> None:
    """With its message and its request's id."""
    hub.script = [refusal(403, "AccessDenied", "No grant lets you.")]
    hub.script[0].delay = 1.5
    code = (
        "import hubspoke, sys\nhub = hubspoke.Hub()\nprint('ready', flush=True)\nsys.stdin.read()\n"
        "try:\n    hub.credentials('222222222222', 'automation-spoke-role')\n"
        "except hubspoke.AccessDenied as error:\n    print(error.diagnostics())"
    )
    started = [_process(code) for _ in range(3)]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:  # all at once, or as good as
        assert each.stdin is not None
        each.stdin.close()
        each.stdin = None
    said = {each.communicate(timeout=30) for each in started}
    ((out, err),) = said
    assert "No grant lets you." in out
    assert "RequestId" in out
    assert err == ""
    assert len(hub.seen) == 1
    assert Hub().credentials(ACCOUNT, ROLE).account == ACCOUNT


def test_a_failed_renewal_is_no_error_for_anybody(hub: FakeHub, tmp_path: Path) -> None:
    """While the credentials last: one call, and all go on with them."""
    hub.lifetime = 300
    first = Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().split("\n")[1:-2]
    entry.write_bytes(encode([str(int(lines[0]) - 3300), *lines[1:]]))
    hub.script = [Answer(503, delay=0.3)]
    shared = Hub(retries=0)
    assert _at_once(8, lambda: shared.credentials(ACCOUNT, ROLE)) == [first] * 8
    assert len(hub.seen) == 2


@pytest.mark.parametrize("place", ["/dev/null/nonesuch", "/sys/hubspoke"], ids=["no folder", "read-only"])
def test_a_cache_that_cant_be_made(
    place: str, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning; threads still share one vend, and what it brought is kept in memory."""
    monkeypatch.setenv("HUBSPOKE_CACHE_DIR", place)
    shared = Hub()
    found = _at_once(8, lambda: shared.credentials(ACCOUNT, ROLE))
    assert found == [shared.credentials(ACCOUNT, ROLE)] * 8
    assert len(hub.seen) == 1
    (warning,) = caplog.records
    assert place in warning.getMessage()


def test_a_cache_of_somebody_elses(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Is left as it is. Only root can give a folder away, so it is the reader who becomes another."""
    (tmp_path / ".cache" / "hubspoke").mkdir(parents=True, mode=0o700)
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    shared = Hub()
    _at_once(8, lambda: shared.credentials(ACCOUNT, ROLE))
    assert len(hub.seen) == 1
    assert not list((tmp_path / ".cache" / "hubspoke").iterdir())
    (warning,) = caplog.records
    assert "must be yours" in warning.getMessage()


def test_a_full_disk(hub: FakeHub, tmp_path: Path) -> None:
    """Here a limit on what a file may hold: one warning, credentials, and nothing half-written."""
    with _process(_FULL) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out.startswith("ASIA")) == (0, True)
    assert err.count("is not used") == 1
    assert not [path for path in (tmp_path / ".cache" / "hubspoke").iterdir() if path.suffix != ".lock"]
    assert len(hub.seen) == 1


def test_a_full_disk_leaves_what_was_good(hub: FakeHub, tmp_path: Path) -> None:
    """The entry before is still whole."""
    hub.lifetime = 100
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    before = entry.read_bytes()
    entry.write_bytes(encode(["1", *before.decode().split("\n")[2:-2]]))  # due
    due = entry.read_bytes()
    with _process(_FULL) as process:
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert entry.read_bytes() == due
    assert len(hub.seen) == 2


def test_without_a_cache_every_call_vends(hub: FakeHub) -> None:
    """As asked for."""
    shared = Hub(cache=False)
    _at_once(8, lambda: shared.credentials(ACCOUNT, ROLE))
    assert len(hub.seen) == 8


@pytest.mark.parametrize("cut", [0, 1, 30, 200, -1, -2, -70])
def test_a_truncated_entry_is_vended_anew(
    cut: int, hub: FakeHub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And is whole again afterwards."""
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    entry.write_bytes(entry.read_bytes()[:cut])
    Hub().credentials(ACCOUNT, ROLE)
    Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 2
    assert [record.getMessage() for record in caplog.records if "damaged" in record.getMessage()]


@pytest.mark.parametrize("place", range(0, 900, 90))
def test_a_changed_byte_makes_no_entry(place: int, hub: FakeHub, tmp_path: Path) -> None:
    """Wherever it is."""
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    content = bytearray(entry.read_bytes())
    content[place % len(content)] ^= 1
    entry.write_bytes(content)
    assert kept.decode(bytes(content)) is None
    Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 2


@pytest.mark.parametrize("answer", [None, Answer(503)], ids=["the hub is up", "the hub is down"])
def test_an_entry_from_the_future_is_not_used(hub: FakeHub, tmp_path: Path, answer: Answer | None) -> None:
    """The clock was an hour ahead when it was vended, or is behind now: who knows how long it lasts."""
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().split("\n")[1:-2]
    entry.write_bytes(encode([str(int(lines[0]) + 3600), str(int(lines[1]) + 3600), *lines[2:]]))
    if answer:
        hub.script = [answer]
        with pytest.raises(hubspoke.HubUnavailable):
            Hub(retries=0).credentials(ACCOUNT, ROLE)
    Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 2 + (answer is not None)


def test_an_entry_from_an_hour_ago_is_renewed(hub: FakeHub, tmp_path: Path) -> None:
    """The clock was an hour behind: what it says has ended."""
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().split("\n")[1:-2]
    entry.write_bytes(encode([str(int(lines[0]) - 3600), str(int(lines[1]) - 3600), *lines[2:]]))
    Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 2


def test_a_clock_that_is_off_is_told(hub: FakeHub) -> None:
    """AWS takes no signature of another hour."""
    hub.script = [gateway(403, "InvalidSignatureException")]
    with pytest.raises(hubspoke.OwnCredentialsError, match="clock"):
        Hub().identity()


def test_what_is_killed_at_any_moment_leaves_the_cache_whole(tmp_path: Path) -> None:
    """A hundred times: no torn file, no lock that stays, no orphan after the next start."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.kills", str(tmp_path / "cache"), "50"],
        cwd=Path(__file__).parents[3],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["kills"], found["vends"]) == (100, 3)
    assert (found["torn"], found["locked"], found["orphans"], found["late"]) == (0, 0, 0, 0)


_NOT_POSIX = f"""
import os, sys
sys.modules["fcntl"] = None
for name in ("geteuid", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fork", "register_at_fork"):
    delattr(os, name)
{_VEND}
"""


def test_elsewhere_than_on_posix_it_vends_and_keeps_nothing(hub: FakeHub, tmp_path: Path) -> None:
    """With a warning: there is no way to keep a file to oneself that this code knows."""
    for _ in range(2):
        with _process(_NOT_POSIX) as process:
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out.startswith("ASIA")) == (0, True)
        assert "POSIX" in err
    assert len(hub.seen) == 2
    assert not list((tmp_path / ".cache" / "hubspoke").iterdir())


@pytest.mark.parametrize("mask", [0o000, 0o277, 0o777])
def test_whatever_the_umask_credentials_come(mask: int, hub: FakeHub, tmp_path: Path) -> None:
    """And nothing that is kept is open to others."""
    before = os.umask(mask)
    try:
        assert Hub().credentials(ACCOUNT, ROLE).account == ACCOUNT
    finally:
        os.umask(before)
    for path in (tmp_path / ".cache" / "hubspoke").glob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_folder_that_is_swapped_is_not_followed(hub: FakeHub, tmp_path: Path) -> None:
    """Not even between being made and being opened: what counts is what was opened."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "hubspoke").symlink_to(elsewhere)
    assert Hub().credentials(ACCOUNT, ROLE).account == ACCOUNT
    assert not list(elsewhere.iterdir())
    assert Cache(tmp_path / ".cache" / "hubspoke").load("a" * 64) is None
