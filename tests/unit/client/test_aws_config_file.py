"""hubspoke.aws_config_file: whole or not at all, and as the person has it."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hubspoke import aws_config_file
from hubspoke.aws_config_file import read, rewrite
from hubspoke.exceptions import AwsConfigError


def _to(content: bytes) -> Callable[[bytes], bytes]:
    return lambda _: content


def test_a_new_file_is_private(tmp_path: Path) -> None:
    """And so is its folder, whatever the umask."""
    path = tmp_path / "home/.aws/config"
    before = os.umask(0)
    try:
        assert rewrite(path, _to(b"x"))
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert path.read_bytes() == b"x"


def test_mode_and_owner_stay(tmp_path: Path) -> None:
    """Whatever they are."""
    path = tmp_path / "config"
    path.write_bytes(b"old")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12346)
    owner = (path.stat().st_uid, path.stat().st_gid)
    assert rewrite(path, lambda content: content + b" new")
    assert path.read_bytes() == b"old new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (path.stat().st_uid, path.stat().st_gid) == owner


def test_a_symlink_stays_one(tmp_path: Path) -> None:
    """What it leads to is replaced: people keep such files elsewhere."""
    target = tmp_path / "dotfiles/aws-config"
    target.parent.mkdir()
    target.write_bytes(b"old")
    path = tmp_path / "config"
    path.symlink_to(target)
    assert rewrite(path, _to(b"new"))
    assert path.is_symlink()
    assert target.read_bytes() == b"new"


def test_nothing_to_change_writes_nothing(tmp_path: Path) -> None:
    """The very file stays."""
    path = tmp_path / "config"
    path.write_bytes(b"x")
    before = path.stat()
    assert not rewrite(path, _to(b"x"))
    assert path.stat() == before


def _folder(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(16 * 1024 * 1024 + 1)


def _read_only(path: Path) -> None:
    path.write_bytes(b"x")
    path.chmod(0o444)


def _utf_16(path: Path) -> None:
    path.write_text("[default]\n", encoding="utf-16")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"")


@pytest.mark.parametrize("make", [_folder, _fifo, _large, _read_only, _utf_16, _loop, _below_a_file])
def test_what_is_no_config_file_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """73, with the reason and the file's name."""
    path = tmp_path / "aws" / "config"
    path.parent.mkdir()
    make(path)
    with pytest.raises(AwsConfigError, match="config is as it was: ") as refused:
        rewrite(path, _to(b"new"))
    assert refused.value.exit_code == 73
    assert path.parent.is_file() or list(path.parent.iterdir()) == [path]


def test_reading_fails_alike(tmp_path: Path) -> None:
    """A dry run says the same; a file that isn't there is empty."""
    assert read(tmp_path / "none") == b""
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(AwsConfigError, match="regular"):
        read(tmp_path)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """By a limit on a file's size, as a disk that is full."""
    path = tmp_path / "config"
    path.write_bytes(b"old")
    script = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from hubspoke.aws_config_file import rewrite\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "rewrite(Path(sys.argv[1]), lambda _: b'n' * 1000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert "is as it was" in done.stderr
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_another_program_wrote_meanwhile_stays(tmp_path: Path) -> None:
    """The run ends, and is to be tried again."""
    path = tmp_path / "config"
    path.write_bytes(b"old")

    def change(content: bytes) -> bytes:
        path.write_bytes(b"the other's")
        return content + b" ours"

    with pytest.raises(AwsConfigError, match="another program"):
        rewrite(path, change)
    assert path.read_bytes() == b"the other's"
    assert list(tmp_path.iterdir()) == [path]


def test_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each waits for its turn."""
    path = tmp_path / "config"
    adding = [
        threading.Thread(target=rewrite, args=(path, lambda content, n=n: content + b"%d\n" % n))
        for n in range(16)
    ]
    for thread in adding:
        thread.start()
    for thread in adding:
        thread.join()
    assert sorted(map(int, path.read_text().split())) == list(range(16))


def test_a_run_that_does_not_end_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For longer than ten seconds."""
    monkeypatch.setattr(aws_config_file, "_WAIT", 0.1)

    def change(_: bytes) -> bytes:
        with pytest.raises(AwsConfigError, match="another 'hubspoke configure'"):
            rewrite(tmp_path / "config", _to(b"second"))
        return b"first"

    assert rewrite(tmp_path / "config", change)
    assert (tmp_path / "config").read_bytes() == b"first"


def test_what_a_killed_run_leaves_is_swept(tmp_path: Path) -> None:
    """kill -9 while it writes: the file is as it was, and the next run tidies up."""
    path = tmp_path / "config"
    path.write_bytes(b"old")
    script = (
        "import os, signal, sys; from pathlib import Path; from hubspoke import aws_config_file\n"
        "aws_config_file.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "aws_config_file.rewrite(Path(sys.argv[1]), lambda _: b'new')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / ".config.mine.new").write_bytes(b"")
    assert rewrite(path, _to(b"new"))
    assert sorted(each.name for each in tmp_path.iterdir()) == [".config.mine.new", "config"]
