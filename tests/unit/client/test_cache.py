"""hubspoke.cache."""

import functools
import logging
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hubspoke.cache import Cache, Entry, key
from hubspoke.kept import encode, margin
from hubspoke_contract.reply import Credentials
from tests.support.fake_hub import VENDED_SECRET, vended

_NAME = "a" * 64
_NOW = datetime.now(UTC).replace(microsecond=0)


@functools.cache  # or a second that turns between two of them would tell them apart
def _entry(lifetime: float = 3600, serial: int = 0) -> Entry:
    return Entry(Credentials.from_document(vended(lifetime=lifetime, serial=serial)), _NOW)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Name a directory that doesn't exist yet."""
    return tmp_path / "parent" / "cache"


@pytest.fixture
def cache(directory: Path) -> Cache:
    """Return a cache there."""
    return Cache(directory)


def test_what_is_stored_is_loaded(cache: Cache) -> None:
    """Whole, secrets and all."""
    cache.store(_NAME, _entry())
    assert cache.load(_NAME) == _entry()


def test_what_was_never_stored_is_missing_without_a_word(
    cache: Cache, caplog: pytest.LogCaptureFixture
) -> None:
    """The first use is no fault."""
    assert cache.load(_NAME) is None
    assert not caplog.records


def test_modes_do_not_depend_on_the_umask(cache: Cache, directory: Path) -> None:
    """0700 for what is made, 0600 for entries."""
    before = os.umask(0)
    try:
        cache.store(_NAME, _entry())
    finally:
        os.umask(before)
    modes = [
        path.stat().st_mode & 0o777 for path in (directory.parent, directory, directory / f"{_NAME}.entry")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_an_entry_is_replaced_whole(cache: Cache, directory: Path) -> None:
    """And no temporary file stays."""
    cache.store(_NAME, _entry(serial=1))
    cache.store(_NAME, _entry(serial=2))
    assert cache.load(_NAME) == _entry(serial=2)
    assert _names(directory) == [f"{_NAME}.entry"]


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o707])
def test_a_directory_open_to_others_is_not_used(
    cache: Cache, directory: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither read nor written, with a warning that says what to mend."""
    directory.mkdir(parents=True)
    directory.chmod(mode)
    cache.store(_NAME, _entry())
    assert cache.load(_NAME) is None
    assert _names(directory) == []
    assert "0700" in caplog.text


def test_a_directory_that_is_a_link_is_not_used(
    cache: Cache, directory: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever planted it would get the credentials."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    directory.parent.mkdir()
    directory.symlink_to(elsewhere)
    cache.store(_NAME, _entry())
    assert _names(elsewhere) == []
    assert "is not used" in caplog.text


def test_an_entry_that_is_a_link_is_not_read(
    cache: Cache, directory: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And a store replaces the link, not what it points to."""
    cache.store(_NAME, _entry())
    target = tmp_path / "target"
    (directory / f"{_NAME}.entry").rename(target)
    (directory / f"{_NAME}.entry").symlink_to(target)
    assert cache.load(_NAME) is None
    assert "is not used" in caplog.text
    before = target.read_bytes()
    cache.store(_NAME, _entry(serial=9))
    assert target.read_bytes() == before
    assert cache.load(_NAME) == _entry(serial=9)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_an_entry_open_to_others_is_not_read(cache: Cache, directory: Path, mode: int) -> None:
    """Somebody else may have written it."""
    cache.store(_NAME, _entry())
    (directory / f"{_NAME}.entry").chmod(mode)
    assert cache.load(_NAME) is None


@pytest.mark.parametrize("foreign", ["the directory", "an entry"])
def test_what_belongs_to_another_user_is_not_read(
    foreign: str, cache: Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever its mode. Only root can give a file away, so it is the reader who becomes another."""
    cache.store(_NAME, _entry())
    assert cache.load(_NAME) is not None
    me = os.geteuid()
    # Asked for the directory first, then for the file.
    readers = iter([me + 1] if foreign == "the directory" else [me, me + 1])
    monkeypatch.setattr(os, "geteuid", lambda: next(readers))
    assert cache.load(_NAME) is None
    assert f"{foreign} must be yours" in caplog.text


def test_a_fifo_does_not_hang(cache: Cache, directory: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nor any other thing that is no file."""
    directory.mkdir(parents=True, mode=0o700)
    os.mkfifo(directory / f"{_NAME}.entry", 0o600)
    assert cache.load(_NAME) is None
    assert "regular file" in caplog.text
    (directory / f"{'b' * 64}.entry").mkdir(mode=0o700)
    assert cache.load("b" * 64) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}",
        _entry().encoded()[:-1],
        _entry().encoded()[:-2] + b"\n",
        _entry().encoded()[:200],
        _entry().encoded() * 2,
        _entry().encoded().replace(b"vend-1", b"vend-2"),
        _entry().encoded().replace(b"222222222222", b"333333333333"),
        encode([]),
        encode(["soon", *["1"] * 10]),
        encode(["1" * 11, *["1"] * 10]),
        encode(["1"] * 11),
        encode(["1", "1", *["x"] * 4, "222222222222", "x", "x", "x", "many"]),
        encode(["1"] * 10),
        encode(["1"] * 12),
        b"\xff\x00",
        b"[" * 60_000,
        b" " * (1 << 20),
    ],
)
def test_a_damaged_entry_is_not_used(
    cache: Cache, directory: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It costs a warning, which repeats nothing of it, and the next store mends it."""
    cache.store(_NAME, _entry())
    (directory / f"{_NAME}.entry").write_bytes(content)
    assert cache.load(_NAME) is None
    assert "damaged" in caplog.text
    assert VENDED_SECRET not in caplog.text
    cache.store(_NAME, _entry())
    assert cache.load(_NAME) == _entry()


@pytest.mark.parametrize("where", ["/dev/null/cache", "/proc/cache"])
def test_a_cache_that_cant_be_written_costs_a_warning(where: str, caplog: pytest.LogCaptureFixture) -> None:
    """Never the command."""
    Cache(Path(where)).store(_NAME, _entry())
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_store_sweeps_what_is_old_and_ours(cache: Cache, directory: Path) -> None:
    """Expired entries and orphaned temporary files go; what is new, or not ours, stays."""
    cache.store(_NAME, _entry())
    old = time.time() - 4000
    gone = [f"{'b' * 64}.entry", f".{'c' * 64}.{'0' * 16}.tmp"]
    kept = ["README", f"{'d' * 64}.entry.bak", f".{'e' * 64}.{'0' * 16}.tmp"]
    for name in gone + kept:
        (directory / name).touch(mode=0o600)
    for name in gone + kept[:2]:
        os.utime(directory / name, (old, old))
    dangling = directory / f"{'f' * 64}.entry"
    dangling.symlink_to("nonesuch")
    os.utime(dangling, (old, old), follow_symlinks=False)
    Cache(directory).store(_NAME, _entry())  # the next process: one sweeps once a minute
    assert _names(directory) == sorted([*kept, f"{_NAME}.entry"])


@pytest.mark.parametrize(
    ("lifetime", "left", "fresh", "usable"),
    [
        (3600, 3600, True, True),
        (3600, 901, True, True),
        (3600, 900, False, True),
        (900, 226, True, True),
        (900, 225, False, True),
        (900, 61, False, True),
        (900, 60, False, False),
        (3600, 0, False, False),
        (3600, -1, False, False),
        (-7200, -3600, False, False),
    ],
)
def test_when_credentials_are_renewed(lifetime: float, left: float, fresh: bool, usable: bool) -> None:
    """A quarter of their life before the end, at most 15 minutes; never used in the last minute."""
    entry = _entry(lifetime)
    now = entry.credentials.expiration - timedelta(seconds=left)
    entry = Entry(entry.credentials, entry.credentials.expiration - timedelta(seconds=lifetime))
    assert (entry.is_fresh(now), entry.is_usable(now)) == (fresh, usable)


def test_the_margin_is_never_longer_than_the_life() -> None:
    """Or nothing would ever be fresh."""
    assert [margin(lifetime) for lifetime in (900, 1800, 3600, 43200)] == [225, 450, 900, 900]


def test_keys_do_not_collide() -> None:
    """Moving a character from one input to the next makes another key."""
    inputs: list[list[object]] = [
        ["ab", "c"],
        ["a", "bc"],
        ["abc"],
        ["a", "b", "c"],
        [["a", "b"], "c"],
        ["a,b", "c"],
        ['a","b', "c"],
        ["ab", "c", None],
        ["ab", "c", "None"],
        ["ab", "c", ""],
    ]
    assert len({key(each) for each in inputs}) == len(inputs)
