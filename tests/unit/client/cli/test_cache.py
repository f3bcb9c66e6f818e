"""``hubspoke cache``, and what it sees of the cache."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubspoke import Hub
from hubspoke.cache import Cache
from hubspoke.cli import main
from hubspoke.kept import encode, open_directory
from hubspoke.turns import turn
from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, VENDED_TOKEN, FakeHub

_OTHER = "333333333333"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Name the cache's directory. It isn't there yet."""
    return tmp_path / ".cache" / "hubspoke"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command; return its exit code and what it printed."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["cache", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture
def filled(hub: FakeHub, directory: Path) -> Path:
    """Vend for two accounts, one of them by the command line; the hub is asked no more."""
    Hub().credentials(_OTHER, "deploy")
    assert main(["credential-process", f"{ACCOUNT}/{ROLE}"]) == 0
    assert sorted(path.suffix for path in directory.iterdir()) == [
        ".entry",
        ".entry",
        ".lock",
        ".lock",
        ".words",
    ]
    hub.seen.clear()
    return directory


def _expire(directory: Path, account: str) -> None:
    """Make an account's entry one of yesterday."""
    for path in directory.glob("*.entry"):
        lines = path.read_text().split("\n")[1:-2]
        if account in lines:
            times = [str(int(line) - 86400) for line in lines[:2]]
            path.write_bytes(encode([*times, *lines[2:]]))


def _suffixes(directory: Path) -> list[str]:
    return sorted(path.suffix for path in directory.iterdir())


def test_a_list_names_roles_and_times_and_no_secret(
    filled: Path, hub: FakeHub, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """It asks nobody, and needs neither an endpoint nor credentials."""
    capsys.readouterr()
    code, out, err = said("list")
    assert (code, err) == (0, "")
    heading, *rows = out.splitlines()
    assert heading.split() == ["ROLE", "VENDED", "EXPIRES", "FRESH"]
    assert sorted(row.split()[0] for row in rows) == [f"{ACCOUNT}/{ROLE}", f"{_OTHER}/deploy"]
    assert {row.split()[3] for row in rows} == {"yes"}
    assert VENDED_SECRET not in out
    assert VENDED_TOKEN not in out
    assert hub.seen == []


@pytest.mark.usefixtures("filled")
def test_a_list_for_programs(
    said: Callable[..., tuple[int, str, str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the names that the API has; the access key isn't among them either."""
    capsys.readouterr()
    for name in ("HUBSPOKE_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    code, out, _ = said("list", "--format", "json")
    found = {each["AccountId"]: each for each in json.loads(out)}
    assert (code, set(found)) == (0, {ACCOUNT, _OTHER})
    one = found[_OTHER]
    assert set(one) == {"AccountId", "RoleName", "Vended", "Expiration", "Fresh"}
    assert (one["RoleName"], one["Fresh"]) == ("deploy", True)
    assert (
        datetime.fromisoformat(one["Vended"]) <= datetime.now(UTC) < datetime.fromisoformat(one["Expiration"])
    )
    assert VENDED_SECRET not in out


def test_an_entry_that_is_damaged_is_listed_as_that(
    filled: Path, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """And is no reason to stop, nor an entry for programs."""
    capsys.readouterr()
    damaged, opened = sorted(filled.glob("*.entry"))
    damaged.write_bytes(b"x")
    opened.chmod(0o644)
    assert said("list")[1].count("(damaged)") == 2
    assert json.loads(said("list", "--format", "json")[1]) == []


def test_nothing_is_kept(said: Callable[..., tuple[int, str, str]], directory: Path) -> None:
    """Which is no error, makes no directory, and is a list for programs."""
    code, out, err = said("list")
    assert (code, out) == (0, "")
    assert str(directory) in err
    assert said("list", "--format", "json")[:2] == (0, "[]\n")
    assert said("clear")[:2] == (0, "0 removed\n")
    assert not directory.exists()


def test_all_is_cleared(
    filled: Path, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that the cache writes; what isn't the cache's stays."""
    capsys.readouterr()
    Cache(filled).mark("a" * 64)
    (filled / f".{'c' * 64}.{'0' * 16}.tmp").touch(mode=0o600)
    (filled / "README").touch()
    assert said("clear") == (0, "2 removed\n", "")
    assert [path.name for path in filled.iterdir()] == ["README"]


def test_a_lock_that_is_held_is_not_cleared(
    filled: Path, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever vends right now still has its turn."""
    capsys.readouterr()
    folder = open_directory(filled)
    with turn("another process", folder, "a" * 64, 1, lambda: None):
        assert said("clear")[:2] == (0, "2 removed\n")
        assert _suffixes(filled) == [".lock"]
    os.close(folder)


def test_what_has_expired_is_cleared(
    filled: Path, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """With what is damaged, and with the shortcuts."""
    capsys.readouterr()
    assert said("clear", "--expired")[:2] == (0, "0 removed\n")
    assert _suffixes(filled).count(".words") == 1
    _expire(filled, _OTHER)
    (filled / f"{'d' * 64}.entry").touch(mode=0o600)
    assert said("clear", "--expired")[:2] == (0, "2 removed\n")
    assert _suffixes(filled) == [".entry", ".lock", ".lock"]
    assert json.loads(said("list", "--format", "json")[1])[0]["AccountId"] == ACCOUNT


def test_a_role_is_cleared(
    filled: Path, hub: FakeHub, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """And vended anew when it is asked for again; the other one isn't."""
    assert said("clear", f"{ACCOUNT}/{ROLE}")[1].endswith("1 removed\n")
    assert said("clear", f"{ACCOUNT}/{ROLE}")[1] == "0 removed\n"
    assert main(["credential-process", f"{ACCOUNT}/{ROLE}"]) == 0
    Hub().credentials(_OTHER, "deploy")
    assert len(hub.seen) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["show"],
        ["list", f"{ACCOUNT}/{ROLE}"],
        ["list", "--expired"],
        ["list", "--format", "xml"],
        ["clear", "--format", "json"],
        ["clear", "22222222222/role"],
        ["clear", ACCOUNT],
        ["clear", ""],
        ["clear", "\x1b[2J"],
        ["clear", f"{ACCOUNT}/{ROLE}", "--expired"],
        ["clear", f"{ACCOUNT}/{ROLE}", "more"],
        ["list", "--endpoint", "https://hub.example.com"],
        ["list", "--no-cache"],
    ],
)
def test_wrong_arguments(
    filled: Path,
    words: list[str],
    said: Callable[..., tuple[int, str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """64, nothing on stdout, and nothing removed. Options of the hub's are not among its own."""
    capsys.readouterr()
    code, out, err = said(*words)
    assert (code, out) == (64, "")
    assert err.startswith("hubspoke: ")
    assert "\x1b" not in err
    assert len(list(filled.glob("*.entry"))) == 2


@pytest.mark.parametrize("action", ["list", "clear"])
@pytest.mark.parametrize("planted", ["open to others", "a link", "a file"])
def test_a_directory_that_is_not_ours(
    action: str, planted: str, directory: Path, tmp_path: Path, said: Callable[..., tuple[int, str, str]]
) -> None:
    """74, and a line that says what to mend; nothing of it is read or removed."""
    directory.parent.mkdir()
    if planted == "a link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        directory.symlink_to(tmp_path / "elsewhere")
    elif planted == "a file":
        directory.touch()
    else:
        directory.mkdir()
        directory.chmod(0o755)
    code, out, err = said(action)
    assert (code, out) == (74, "")
    assert err.startswith("hubspoke: CacheUnusable: ")
    assert "HUBSPOKE_CACHE_DIR" in err
    assert err.count("\n") <= 2


def test_a_directory_of_somebody_elses(
    filled: Path,
    said: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Is neither listed nor cleared, whatever its mode. Only root can give it away: the reader changes."""
    capsys.readouterr()
    me = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    assert said("clear")[0] == 74
    assert said("list")[0] == 74
    assert len(list(filled.glob("*.entry"))) == 2


def test_an_entry_that_cant_be_removed(
    filled: Path, said: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder under an entry's name, here: 74, and no traceback."""
    capsys.readouterr()
    (filled / f"{'0' * 64}.entry").mkdir()
    code, _, err = said("clear")
    assert (code, err.startswith("hubspoke: CacheUnusable: ")) == (74, True)


def test_no_home(said: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A container whose user has no entry in passwd: the variable is named."""
    monkeypatch.setattr("hubspoke.places._home", lambda _: None)
    code, _, err = said("list")
    assert (code, "HUBSPOKE_CACHE_DIR" in err) == (78, True)
