"""Each running hub has a folder of its own, which goes when it does."""

from pathlib import Path

import pytest

from hubspoke_local import workspace
from hubspoke_local.workspace import AlreadyRunningError, another, only


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workspace, "LOCAL", tmp_path / "a folder")


def test_a_folder_is_private_and_goes_in_the_end() -> None:
    with only("serve") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "aws").mkdir()
    assert not folder.exists()


def test_only_one_at_a_time() -> None:
    with only("serve") as folder:
        (folder / "kept").touch()
        with pytest.raises(AlreadyRunningError), only("serve"):
            pass
        assert (folder / "kept").exists()
    with only("serve"):
        pass


def test_what_a_killed_one_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "a folder" / "serve" / "tmp"
    left.mkdir(parents=True)
    with only("serve"):
        assert not left.exists()


def test_others_run_side_by_side() -> None:
    with another("demo") as one, another("demo") as two:
        assert one != two
        assert one.exists()
    assert not one.exists()
    assert not two.exists()


def test_the_next_one_sweeps_what_killed_ones_left(tmp_path: Path) -> None:
    left = tmp_path / "a folder" / "demo-killed"
    left.mkdir(parents=True)
    with another("demo"):
        assert not left.exists()
