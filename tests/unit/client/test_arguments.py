"""hubspoke.arguments."""

from datetime import timedelta
from typing import Any

import pytest

from hubspoke import ArgumentInvalid
from hubspoke.arguments import (
    external_id,
    path_and_name,
    session_string,
    target,
    target_by_path,
    vend_request,
)
from hubspoke_contract.secret import Secret


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


@pytest.mark.parametrize(
    ("role", "path", "name"),
    [("role", "/", "role"), ("team/role", "/team/", "role"), ("a/b/c", "/a/b/", "c")],
)
def test_a_role_may_follow_its_path_on_the_direct_route(role: str, path: str, name: str) -> None:
    """IAM's ARN wants the path; the session's ARN has the name alone."""
    assert path_and_name(target_by_path("222222222222", role).role) == (path, name)


@pytest.mark.parametrize(
    "role", ["", "/", "/role", "role/", "a//b", "..", "a/..", "a b/c", "ä/c", "a/c\n", None]
)
def test_what_is_no_path_and_role(role: Any) -> None:
    """Refused before an ARN is made of it."""
    with pytest.raises(ArgumentInvalid):
        target_by_path("222222222222", role)


@pytest.mark.parametrize("raw", [None, "", Secret("")])
def test_an_empty_external_id_is_none(raw: Any) -> None:
    """STS refuses an empty one."""
    assert external_id(raw) is None


@pytest.mark.parametrize("raw", ["x", "x" * 1225, "a b", "a\n", "ä" * 4, 12, Secret("a b")])
def test_what_is_no_external_id(raw: Any) -> None:
    """It isn't quoted."""
    with pytest.raises(ArgumentInvalid) as raised:
        external_id(raw)
    assert "a b" not in raised.value.message


def test_a_session_string_is_the_callers_whole() -> None:
    """All 64 characters; a constant where there is none."""
    assert session_string("x" * 64) == "x" * 64
    assert session_string("") == session_string(None) == "hubspoke"
