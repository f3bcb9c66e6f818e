"""hubspoke.remembered_offers: a list that is whole, recent and the person's own, or none."""

import os
import stat
import time
from pathlib import Path

import pytest

from hubspoke.remembered_offers import file_name, recall, remember
from hubspoke_contract.reply import RoleOffer
from tests.support.fake_hub import offer

_NAME = file_name((None, None, None), {})
_LIST = {"222222222222/automation-spoke-role": "dev", "333333333333/automation-spoke-role": "dev"}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache's directory that has a list."""
    offers = [offer(), offer("333333333333"), offer("444444444444", AccountName="two\nlines")]
    remember(tmp_path / "cache", _NAME, map(RoleOffer.from_document, offers))
    return tmp_path / "cache"


def test_it_comes_back(cache: Path) -> None:
    """Without the account whose name would be another line, or steer a terminal."""
    assert recall(cache, _NAME) == _LIST
    assert stat.S_IMODE((cache / _NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("age", [301, -60])
def test_an_old_list_is_not_used(cache: Path, age: int) -> None:
    """Nor one from the future, which would never grow old."""
    os.utime(cache / _NAME, (time.time() - age,) * 2)
    assert recall(cache, _NAME) is None


def test_a_list_open_to_others_is_not_used(cache: Path) -> None:
    """Somebody else may have written it."""
    (cache / _NAME).chmod(0o666)
    assert recall(cache, _NAME) is None


def test_a_link_is_not_followed(cache: Path, tmp_path: Path) -> None:
    """Wherever it leads."""
    (cache / _NAME).rename(tmp_path / "elsewhere")
    (cache / _NAME).symlink_to(tmp_path / "elsewhere")
    assert recall(cache, _NAME) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hubspoke-offers 1\n222222222222/x\tdev",
        b"hubspoke-offers 2\n222222222222/x\tdev\n",
        b"hubspoke-offers 1\nno-target\tdev\n",
        b"hubspoke-offers 1\n222222222222/x\td\x1bev\n",
        b"hubspoke-offers 1\n222222222222/x\n",
        b"hubspoke-offers 1\n\xff\tdev\n",
        b"hubspoke-offers 1\n222222222222/x\ta\n222222222222/x\tb\n",
    ],
)
def test_a_damaged_list_is_not_used(cache: Path, content: bytes) -> None:
    """Cut, changed, or another version's."""
    (cache / _NAME).write_bytes(content)
    assert recall(cache, _NAME) is None


def test_without_a_list() -> None:
    """As before the first time."""
    assert recall(Path("/nonesuch"), _NAME) is None


def test_each_caller_and_each_hub_has_its_own() -> None:
    """By options and variables; a secret is in none of the names."""
    names = {
        file_name(calling, environ)
        for calling in [(None, None, None), ("a", None, None), (None, "a", None), (None, None, "a")]
        for environ in [{}, {"AWS_PROFILE": "x"}, {"HUBSPOKE_ENDPOINT": "x"}, {"AWS_ACCESS_KEY_ID": "x"}]
    }
    assert len(names) == 16
    assert file_name((), {"AWS_SECRET_ACCESS_KEY": "x"}) == file_name((), {"AWS_SECRET_ACCESS_KEY": "y"})
