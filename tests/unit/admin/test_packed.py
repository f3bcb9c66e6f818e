"""How full each role profile's sessions are, by the ledger's rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_admin.packed import NEARLY_FULL, Fullness, PackedSize, fullness, largest
from hubspoke_contract.vends import Vend


def vend(number: int, size: int | None, profile: str | None = "app", outcome: str = "Vended") -> Vend:
    """Make a row: the number tells it apart, and is the minute it was made in."""
    return Vend(
        VendId=f"vend-{number}",
        At=f"2026-03-01T12:{number:02}:00Z",
        Principal='Caller::User::"111111111111/bot"',
        Account="222222222222",
        Role="app-role",
        Outcome=outcome,
        PackedPolicySize=size,
        Profile=profile,
    )


def test_the_largest_is_found_with_its_vend() -> None:
    """By profile; of equal ones the first."""
    rows = [vend(4, 7), vend(3, 9), vend(2, 9), vend(1, 80, "deploy"), vend(0, None)]

    assert largest(rows) == {
        "app": PackedSize(9, "vend-3", "2026-03-01T12:03:00Z"),
        "deploy": PackedSize(80, "vend-1", "2026-03-01T12:01:00Z"),
    }


def test_rows_without_a_size_have_no_largest() -> None:
    """A profile of which nothing was measured isn't there, and nothing used is something measured."""
    assert largest([]) == {}
    assert largest([vend(0, None)]) == {}
    assert largest([vend(0, 0)])["app"].percent == 0


def test_rows_of_before_the_ledger_kept_profiles_are_one_of_their_own() -> None:
    """They are not taken for another's."""
    found = fullness([vend(1, 6), vend(0, 50, None)])

    assert [(each.profile, each.vends) for each in found] == [(None, 1), ("app", 1)]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 100) | st.none())))
def test_a_sum_leaves_no_vend_out(drawn: list[tuple[str | None, int | None]]) -> None:
    """Every size is counted once; the median is one of them, and none is over the largest."""
    rows = [vend(number % 60, size, profile) for number, (profile, size) in enumerate(drawn)]
    found = fullness(rows)

    assert sum(each.vends for each in found) == sum(row.PackedPolicySize is not None for row in rows)
    assert {each.profile: each.largest for each in found} == largest(rows)
    for each in found:
        of = [row.PackedPolicySize for row in rows if row.Profile == each.profile]
        sizes = sorted(size for size in of if size is not None)
        assert (each.median, each.vends) == (sizes[len(sizes) // 2], len(sizes))


@pytest.mark.parametrize(
    ("size", "full"), [(0, False), (6, False), (79, False), (80, True), (81, True), (100, True)]
)
def test_nearly_full_begins_where_the_alarm_does(size: int, full: bool) -> None:
    """At eighty percent, which is the first that counts."""
    assert NEARLY_FULL == 80
    (found,) = fullness([vend(0, size)])
    assert found.is_nearly_full is full


def test_a_refusal_for_its_size_is_fuller_than_full() -> None:
    """It has no size; a profile with one stands first, whatever was measured of the others."""
    rows = [vend(2, 100), vend(1, None, "deploy", "SpokePolicyTooLarge"), vend(0, None, "else", "NotGranted")]
    first, second = fullness(rows)

    assert first == Fullness("deploy", vends=0, too_large=1, median=None, largest=None)
    assert first.is_nearly_full
    assert (second.profile, second.too_large) == ("app", 0)
