"""hubspoke.doctor.cache_step: whether credentials can be kept on this disk, and what is."""

import fcntl
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from hubspoke.cache import Cache, Entry, key
from hubspoke.doctor import cache_step
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.reply import Credentials
from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, vended
from tests.support.findings import codes, only

TARGET = Target(AccountId(ACCOUNT), RoleName(ROLE))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A cache's directory, as the client makes it."""
    made = tmp_path / "cache"
    made.mkdir(mode=0o700)
    return made


def _codes(directory: Path | None, *, unused: bool = False) -> list[str]:
    return codes(cache_step.examine(directory, TARGET, unused=unused))


def _store(directory: Path, account: str = ACCOUNT, lifetime: float = 3600) -> None:
    now = datetime.now(UTC)
    credentials = Credentials.from_document(vended(account, lifetime=lifetime))
    Cache(directory).store(key([account]), Entry(credentials, now - timedelta(seconds=30)))


def test_a_cache_that_is_well(directory: Path) -> None:
    """And one that isn't there yet, however deep, can be made."""
    assert _codes(directory) == ["CacheUsable"]
    assert _codes(directory / "a" / "b") == ["CacheEmpty"]
    assert not (directory / "a").exists()


def test_whoever_wants_none_has_none(directory: Path) -> None:
    """Nor whoever has no home."""
    assert _codes(directory, unused=True) == ["CacheOff"]
    assert _codes(None) == ["CacheOff"]


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_directory_that_is_open_to_others(directory: Path, mode: int) -> None:
    """With the command that mends it."""
    directory.chmod(mode)
    found = only(cache_step.examine(directory, TARGET, unused=False), "CacheOpen")
    assert f"{mode:04o}" in found.says
    assert found.mend.startswith(f"chmod 700 {directory}")


def test_a_link_is_not_followed(directory: Path, tmp_path: Path) -> None:
    """Wherever it leads; nor one that leads nowhere."""
    (tmp_path / "link").symlink_to(directory)
    (tmp_path / "nowhere").symlink_to(tmp_path / "nonesuch")
    assert _codes(tmp_path / "link") == ["CacheLink"]
    assert _codes(tmp_path / "nowhere") == ["CacheLink"]


def test_a_file_in_its_place(tmp_path: Path) -> None:
    """Or in its parent's."""
    (tmp_path / "file").touch()
    assert _codes(tmp_path / "file") == ["CacheNoDirectory"]
    assert _codes(tmp_path / "file" / "cache") == ["CacheNoDirectory"]


def test_somebody_elses_directory(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its mode."""
    uid = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert _codes(directory) == ["CacheForeign"]


def test_a_directory_that_cant_be_written_to(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root could all the same: so the system's word is what counts."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert _codes(directory) == ["CacheReadOnly"]
    assert _codes(directory / "below") == ["CacheReadOnly"]


def test_a_full_disk(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the system says."""
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=10, f_frsize=4096))
    assert _codes(directory) == ["CacheFull"]


def test_a_directory_that_cant_be_looked_at(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whatever reason, it is no traceback."""

    def denied(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "lstat", denied)
    assert _codes(directory) == ["CacheUnreadable"]


@pytest.mark.parametrize("name", ["x" * 300, "x/" * 3000, f"{'x' * 300}/cache"])
def test_a_name_that_is_too_long(directory: Path, name: str) -> None:
    """It can't be made either."""
    assert _codes(directory / name) == ["CacheUnreadable"]


def test_a_relative_name(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is looked for where the command runs."""
    monkeypatch.chdir(directory)
    assert _codes(Path("cache")) == ["CacheEmpty"]


def test_a_directory_that_cant_be_listed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that mends it is quoted as a shell wants it."""
    spaced = directory / "a cache"
    spaced.mkdir(mode=0o700)

    def denied(_: object) -> list[str]:
        raise PermissionError

    monkeypatch.setattr(os, "listdir", denied)
    found = only(cache_step.examine(spaced, TARGET, unused=False), "CacheUnreadable")
    assert f"rm -r '{spaced}'" in found.mend


def test_what_is_kept_of_the_role(directory: Path) -> None:
    """Of it alone, with its end; and never a secret."""
    _store(directory)
    _store(directory, "333333333333")
    found = cache_step.examine(directory, TARGET, unused=False)
    held = only(found, "CacheHolds")
    assert f"{TARGET}, for whoever got them, are kept until 20" in held.says
    assert held.says.endswith("good.")
    assert VENDED_SECRET not in repr(found)
    assert codes(cache_step.examine(directory, None, unused=False)) == ["CacheUsable"]


def test_what_is_kept_and_near_its_end(directory: Path) -> None:
    """It is renewed at the next call."""
    _store(directory, lifetime=50)
    assert "no longer fresh" in only(cache_step.examine(directory, TARGET, unused=False), "CacheHolds").says


def test_what_is_damaged_is_said_once(directory: Path) -> None:
    """However many there are."""
    for name in ("a", "b"):
        Cache(directory).keep_offers(f"{name * 64}.entry", b"damaged")
    assert _codes(directory) == ["CacheUsable", "CacheDamaged"]


def test_what_a_killed_process_left(directory: Path) -> None:
    """A half-written file; a lock that nobody holds is nothing to speak of."""
    (directory / f".{'a' * 64}.{'b' * 16}.tmp").touch(mode=0o600)
    (directory / f"{'a' * 64}.lock").touch(mode=0o600)
    (directory / "something-else").touch()
    assert _codes(directory) == ["CacheUsable", "CacheLeftOver"]


def test_a_lock_that_somebody_holds(directory: Path) -> None:
    """They are counted; one that isn't ours to open isn't."""
    (directory / f"{'b' * 64}.lock").symlink_to("/etc/passwd")
    lock = directory / f"{'a' * 64}.lock"
    lock.touch(mode=0o600)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = cache_step.examine(directory, TARGET, unused=False)
        assert only(found, "CacheLocked").says.endswith(": 1.")
    assert _codes(directory) == ["CacheUsable"]
