"""The part of the long programme that kills: when it passes, and what it says."""

import pytest

from soak import kills

_NOTHING = {"kills": 10, "torn": 0, "locked": 0, "temporary": 3, "orphans": 0, "late": 0, "vends": 3}


def test_nothing_found_is_a_pass() -> None:
    """Temporary files may be left: the next start sweeps them."""
    outcome = kills.judged(_NOTHING)
    assert (outcome.number, outcome.passed) == ("10 kills", True)
    assert "3 temporary files left, 0 of them after the next start" in outcome.result


@pytest.mark.parametrize("changed", [{"torn": 1}, {"locked": 1}, {"orphans": 1}, {"late": 1}, {"vends": 0}])
def test_anything_found_is_none(changed: dict[str, int]) -> None:
    """Nor is a run in which nothing was vended."""
    assert not kills.judged(_NOTHING | changed).passed
