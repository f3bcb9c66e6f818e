"""Who is who on the embedded hub."""

from hubspoke_local.accounts import ADMINISTRATOR, CALLERS, PROFILES


def test_whoever_may_do_everything_is_offered_last() -> None:
    """``make local`` suggests the first, an ordinary caller, and lists the rest in this order."""
    assert PROFILES[0] == CALLERS[0]
    assert PROFILES.index(ADMINISTRATOR) == len(PROFILES) - 1
