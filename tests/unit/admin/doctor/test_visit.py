"""The whole of it, against AWS on a real socket."""

from collections.abc import Callable

Doctor = Callable[..., tuple[int, dict[str, dict[str, str]]]]


def test_all_is_right(doctor: Doctor) -> None:
    """Two Regions, one role."""
    assert doctor() == (0, {})
