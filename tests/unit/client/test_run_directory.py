"""hubspoke.run_directory: private, and gone when its server is."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hubspoke.exceptions import CannotOpen
from hubspoke.run_directory import RunDirectory

_HOLD = """
import time
from hubspoke.run_directory import RunDirectory
print(RunDirectory().write("token", "x"), flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Use a temporary directory of the test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_its_files_are_the_users_alone() -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        with RunDirectory() as directory:
            path = directory.write("token", "text")
            assert path.read_text() == "text"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_it_is_removed_at_the_end(temporary: Path) -> None:
    """With what is in it, and after an error too."""
    with RunDirectory() as directory:
        directory.write("token", "text")
    assert list(temporary.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), RunDirectory():
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []


def test_what_a_killed_server_left_is_removed_and_no_others(temporary: Path) -> None:
    """The one whose server is at work stays, and so does what merely looks alike."""
    (temporary / "hubspoke-serve-foreign").mkdir()
    (temporary / "hubspoke-serve-file").write_text("")
    (temporary / "hubspoke-serve-link").symlink_to("/nonesuch")
    process = subprocess.Popen([sys.executable, "-c", _HOLD], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    token = Path(process.stdout.readline().strip())
    with RunDirectory():
        assert token.exists()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    assert token.exists()
    with RunDirectory():
        assert not token.parent.exists()
    assert sorted(path.name for path in temporary.iterdir()) == [
        "hubspoke-serve-file",
        "hubspoke-serve-foreign",
        "hubspoke-serve-link",
    ]


def test_a_file_is_never_written_over() -> None:
    """It would be somebody else's."""
    with RunDirectory() as directory:
        directory.write("token", "text")
        with pytest.raises(CannotOpen, match="TMPDIR"):
            directory.write("token", "other")


def test_no_place_for_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(tempfile, "tempdir", "/nonesuch")
    with pytest.raises(CannotOpen, match="TMPDIR"):
        RunDirectory()
