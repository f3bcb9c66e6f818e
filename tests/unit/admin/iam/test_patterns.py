"""Wildcards, variables, and the parts of an ARN."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_admin.iam.patterns import Texts, covers, matches, matches_arn
from hubspoke_admin.iam.request import PRESENT, Present, Request, Truth, known

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
ROLE = "arn:aws:iam::222222222222:role/hubspoke/automation"
KEYS: dict[str, str | tuple[str, ...] | Present] = {
    "aws:PrincipalTag/team": "kestrel",
    "aws:PrincipalTag/star": "*",
    "aws:TagKeys": ("a", "b"),
    "aws:SourceIp": PRESENT,
}


def pattern(text: str, *, wild: bool = True, has_variables: bool = True) -> tuple[object, ...]:
    return Texts(Request("sts:AssumeRole", "*", keys=KEYS), has_variables).pattern(text, wild=wild)


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("*", "", YES),
        ("*", "a/b:c", YES),
        ("?", "", NO),
        ("?", "/", YES),
        ("a*", "a", YES),
        ("a*c", "abbbc", YES),
        ("a*c", "abbbcd", NO),
        ("*a*b*", "xxaxxbxx", YES),
        ("*a*b*", "xxbxxaxx", NO),
        ("a?c", "abc", YES),
        ("a?c", "ac", NO),
        ("", "", YES),
        ("", "a", NO),
        ("a.c", "abc", NO),
        ("[a-z]", "b", NO),
        ("A", "a", NO),
        ("a", "a\n", NO),
        ("a*", "a\nb", YES),
    ],
)
def test_wildcards_match_the_whole_text(asked: str, text: str, found: Truth) -> None:
    """A star is any number of characters, a question mark one, and nothing else is special."""
    assert matches(pattern(asked), text) is found


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_wildcards_match_what_an_expression_does(asked: str, text: str) -> None:
    """The same as the plain translation into a regular expression."""
    expression = "".join({"*": ".*", "?": "."}.get(each, each) for each in asked)

    assert matches(pattern(asked), text) is known(re.fullmatch(expression, text) is not None)


def test_a_hostile_pattern_takes_no_longer_than_its_length() -> None:
    """Stars upon stars, which make an expression go back and forth for years, end at once."""
    assert matches(pattern("*a" * 500 + "b"), "a" * 2000) is NO
    assert matches(pattern("*" * 5000 + "b"), "a" * 2000) is NO


def test_where_nothing_is_wild_a_star_is_a_star() -> None:
    """StringEquals compares characters."""
    assert matches(pattern("*", wild=False), "anything") is NO
    assert matches(pattern("*", wild=False), "*") is YES


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        ("${aws:PrincipalTag/team}", "kestrel", YES),
        ("${AWS:principaltag/TEAM}-*", "kestrel-7", YES),
        ("${aws:PrincipalTag/team}", "heron", NO),
        ("${aws:PrincipalTag/star}", "anything", NO),
        ("${aws:PrincipalTag/star}", "*", YES),
        ("${sts:ExternalId, 'heron'}", "heron", YES),
        ("x${sts:ExternalId, ''}", "x", YES),
        ("${aws:PrincipalTag/team, 'heron'}", "heron", NO),
        ("${*}${?}${$}", "*?$", YES),
        ("${*}", "anything", NO),
        ("${aws:PrincipalTag/team", "${aws:PrincipalTag/team", YES),
        ("$${", "$${", YES),
    ],
)
def test_a_variable_stands_for_its_value(asked: str, text: str, found: Truth) -> None:
    """Its value is compared by the letter, whatever characters are in it."""
    assert matches(pattern(asked), text) is found


@pytest.mark.parametrize(
    "variable",
    [
        "${aws:username}",
        "${aws:TagKeys}",
        "${aws:SourceIp}",
        "${sts:ExternalId}",
        "${sts:ExternalId, heron}",
        "${}",
    ],
)
def test_a_variable_whose_value_is_not_known_may_match(variable: str) -> None:
    """No value, several values, or one that nobody here knows: the rest of the text still decides."""
    assert matches(pattern(f"home/{variable}/x"), "home/kestrel/x") is UNKNOWN
    assert matches(pattern(f"home/{variable}/x"), "home/kestrel/y") is NO


def test_an_old_policy_has_no_variables() -> None:
    """There ``${…}`` stands for itself."""
    old = pattern("${aws:PrincipalTag/team}", has_variables=False)

    assert matches(old, "kestrel") is NO
    assert matches(old, "${aws:PrincipalTag/team}") is YES


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ROLE, YES),
        ("arn:aws:iam::222222222222:role/*", YES),
        ("arn:*:iam::*:role/hubspoke/automatio?", YES),
        ("arn:*:*:*:*:*", YES),
        ("arn:aws:iam::*:*", YES),
        ("arn:aws:iam::222222222222:role/automation", NO),
        ("arn:aws:iam:*:role/hubspoke/automation", UNKNOWN),
        ("arn:aws:*:role/hubspoke/automation", UNKNOWN),
        ("arn:aws:s3:*", NO),
        ("*", UNKNOWN),
        ("*:*:*:*:*:role/other", NO),
        ("arn:aws:iam::2222*role/hubspoke/automation:x*", NO),
        ("*:aws:*iam:*:*:*:automation", NO),
        ("arn:aws:iam::${aws:username}:role/hubspoke/automation", UNKNOWN),
        ("arn:aws:iam::${aws:username}:role/other", NO),
    ],
)
def test_an_arn_is_compared_part_by_part(asked: str, found: Truth) -> None:
    """Six parts against six; where there are fewer, what AWS does isn't known, unless nothing fits anyway."""
    assert matches_arn(pattern(asked), ROLE) is found


def test_a_star_stays_within_its_part_of_an_arn() -> None:
    """The whole text would match, and part by part nothing does."""
    assert matches(pattern("arn:*:222222222222:*:*:*"), "arn:aws:iam::222222222222:role/a:b:c") is YES
    assert matches_arn(pattern("arn:*:222222222222:*:*:*"), "arn:aws:iam::222222222222:role/a:b:c") is NO


def test_something_that_is_no_arn_has_no_parts() -> None:
    """A key's value that isn't an ARN can't be told to match."""
    assert matches_arn(pattern("*:*:*:*:*:*"), "kestrel") is NO
    assert matches_arn(pattern("*"), "kestrel") is UNKNOWN


@pytest.mark.parametrize(
    ("asked", "resource", "found"),
    [
        ("*", ROLE, YES),
        ("**", ROLE, YES),
        ("*", "*", YES),
        (ROLE, "*", NO),
        (ROLE, ROLE, YES),
        ("arn:aws:iam::222222222222:role/*", ROLE, YES),
        ("arn:aws:iam::*:role/*/automation", ROLE, YES),
        ("arn:aws:iam::222222222222:role/auto*", ROLE, NO),
        ("arn:aws:iam::*", ROLE, YES),
        ("arn:aws:iam:*role/hubspoke/automation", ROLE, UNKNOWN),
        ("arn:aws:iam::2*ation", ROLE, UNKNOWN),
        ("arn:aws:iam", ROLE, UNKNOWN),
        ("arn:aws:s3", ROLE, NO),
        ("arn:*:222222222222*", ROLE, UNKNOWN),
        ("arn:*:222222222222:*:*:*", "arn:aws:iam::222222222222:role/a:b:c", UNKNOWN),
        ("arn:aws:iam::222222222222:role/${aws:username}/*", ROLE, UNKNOWN),
        ("arn:aws:iam::222222222222:role/hubspoke/${aws:PrincipalTag/team}", ROLE, NO),
    ],
)
def test_a_resource_is_covered_where_all_readings_say_so(asked: str, resource: str, found: Truth) -> None:
    """Of a wildcard across a colon, and of a short ARN, nothing is said that isn't known."""
    assert covers(pattern(asked), resource) is found


@given(st.text(string.printable, max_size=40), st.text(string.printable, max_size=40))
def test_no_text_is_too_odd(asked: str, text: str) -> None:
    """Every pattern and every text get an answer of their own kind."""
    for match in (matches, matches_arn, covers):
        assert match(pattern(asked), text) in Truth
