"""hubspoke.arguments."""

from datetime import timedelta
from typing import Any

import pytest

from hubspoke import ArgumentInvalid
from hubspoke.arguments import target, vend_request


@pytest.mark.parametrize(
    ("account", "expected"), [("012345678901", "012345678901"), (12345678901, "012345678901")]
)
def test_an_account_is_text_or_a_number(account: Any, expected: str) -> None:
    """A number has lost its leading zeros; they are given back."""
    assert target(account, "role").account == expected


@pytest.mark.parametrize(
    "account", ["", "12345678901", "1234567890123", "１" * 12, "12345678901\n", -1, 10**12, True, 1.0, None]
)
def test_what_is_no_account(account: Any) -> None:
    """Twelve ASCII digits, or nothing."""
    with pytest.raises(ArgumentInvalid):
        target(account, "role")


@pytest.mark.parametrize(
    "role", ["", ".", "..", "a/b", "a%2Fb", "a b", "a\n", "ä", "x" * 65, "role/path/name", None]
)
def test_what_is_no_role(role: Any) -> None:
    """A role's name, without its path, that a URL can hold as it is."""
    with pytest.raises(ArgumentInvalid):
        target("222222222222", role)


def test_a_duration_may_be_a_timedelta() -> None:
    """Seconds either way."""
    assert vend_request(timedelta(minutes=15), None, None, None).duration == 900


@pytest.mark.parametrize(
    "arguments",
    [
        (899, None, None, None),
        (3601, None, None, None),
        (True, None, None, None),
        (900.0, None, None, None),
        (timedelta(seconds=900, milliseconds=1), None, None, None),
        (None, "no/policy", None, None),
        (None, 7, None, None),
        (None, None, {"aws:x": "y"}, None),
        (None, None, {"a": "1", "A": "2"}, None),
        (None, None, {"a": 1}, None),
        (None, None, {"a": b"1"}, None),
        (None, None, ["a"], None),
        (None, None, None, ""),
        (None, None, None, "two\nlines"),
        (None, None, None, "x" * 257),
        (None, None, None, "\ud800"),
    ],
)
def test_what_the_hub_would_not_take_is_refused_here(arguments: Any) -> None:
    """One grammar for both ends, and no call for what can't be right."""
    with pytest.raises(ArgumentInvalid):
        vend_request(*arguments)


def test_tags_are_put_in_order() -> None:
    """Equal requests are equal on the wire, and in the cache."""
    assert vend_request(None, None, {"b": "2", "a": "1"}, None).tags == (("a", "1"), ("b", "2"))
