"""Each operator against known, missing and unknown keys."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_admin.iam.conditions import holds
from hubspoke_admin.iam.patterns import Texts
from hubspoke_admin.iam.policy import Condition
from hubspoke_admin.iam.request import PRESENT, Present, Request, Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
HUB_ROLE = "arn:aws:iam::111111111111:role/hub/vend"
Given = str | tuple[str, ...] | Present

POSITIVE = (
    *("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "IpAddress"),
    *(f"{kind}Equals" for kind in ("Numeric", "Date")),
    *(
        f"{kind}{order}Than{equals}"
        for kind in ("Numeric", "Date")
        for order in ("Less", "Greater")
        for equals in ("", "Equals")
    ),
)
NEGATED = (
    *("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"),
    *("NumericNotEquals", "DateNotEquals", "NotIpAddress"),
)


def said(operator: str, asked: str | tuple[str, ...], keys: Mapping[str, Given], key: str = "aws:X") -> Truth:
    """Say what a condition holds for a request in which no other keys are."""
    values = (asked,) if isinstance(asked, str) else asked
    request = Request("sts:AssumeRole", "*", keys=keys, absent=lambda _: True)
    return holds(Condition(operator, key, values), Texts(request, has_variables=True))


def of(operator: str, asked: str | tuple[str, ...], value: Given) -> Truth:
    return said(operator, asked, {"aws:X": value})


COMPARED: dict[str, list[tuple[str, str, bool]]] = {
    "StringEquals": [
        ("a", "a", True),
        ("a", "A", False),
        ("*", "a", False),
        ("", "", True),
        ("", "a", False),
    ],
    "StringEqualsIgnoreCase": [("aB", "Ab", True), ("a", "b", False), ("A*", "ab", False)],
    "StringLike": [("a*", "ab", True), ("a*", "Ab", False), ("?", "ab", False), ("${*}", "a", False)],
    "ArnEquals": [(HUB_ROLE, HUB_ROLE, True), ("arn:aws:iam::*:role/hub/*", HUB_ROLE, True)],
    "ArnLike": [
        ("arn:aws:iam::111111111111:role/*", HUB_ROLE, True),
        ("arn:aws:iam::111111111111:role/vend", HUB_ROLE, False),
    ],
    "Bool": [("true", "true", True), ("TRUE", "true", True), ("false", "true", False)],
    "NumericEquals": [
        ("900", "900", True),
        ("900.0", "0900", True),
        ("900", "901", False),
        ("-1", "1", False),
    ],
    "NumericLessThan": [("900", "899", True), ("900", "900", False), ("900", "1000", False)],
    "NumericLessThanEquals": [("900", "900", True), ("900", "900.5", False)],
    "NumericGreaterThan": [("900", "1000", True), ("900", "900", False)],
    "NumericGreaterThanEquals": [("900", "900", True), ("900", "899.9", False)],
    "DateEquals": [
        ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00+01:00", True),
        ("2026-11-22", "2026-11-22T00:00:00Z", True),
        ("1795341600", "2026-11-22T10:00:00Z", True),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.5Z", False),
        ("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59", False),
    ],
    "DateLessThan": [
        ("2026-11-22T10:00Z", "2026-11-22T09:59:59Z", True),
        ("2026-11-22", "2026-11-22", False),
    ],
    "DateLessThanEquals": [("2026-11-22", "2026-11-22", True), ("2026-11-22", "2026-11-23", False)],
    "DateGreaterThan": [("2026-11-22", "2026-11-23", True), ("2026-11-22", "2026-11-22", False)],
    "DateGreaterThanEquals": [("2026-11-22", "2026-11-22", True), ("2026-11-22", "2026-11-21", False)],
    "IpAddress": [
        ("203.0.113.0/24", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.7", True),
        ("0.0.0.0/0", "203.0.113.7", True),
        ("0.0.0.0/0", "2001:db8::7", False),
        ("2001:db8::/32", "2001:DB8::7", True),
        ("203.0.113.0/24", "198.51.100.1", False),
    ],
}


@pytest.mark.parametrize(
    ("operator", "asked", "value", "found"),
    [(name, *case) for name, cases in COMPARED.items() for case in cases],
)
def test_values_are_compared_by_their_type(operator: str, asked: str, value: str, found: bool) -> None:
    """What is asked for, the request's value, and whether the first admits the second."""
    assert of(operator, asked, value) is (YES if found else NO)


@pytest.mark.parametrize("negated", NEGATED)
def test_a_negated_operator_says_the_opposite(negated: str) -> None:
    """For each pair of values that its plain one takes."""
    plain = negated.replace("Not", "", 1)
    for asked, value, found in COMPARED[plain]:
        assert of(negated, asked, value) is (NO if found else YES)


@pytest.mark.parametrize(
    ("operator", "asked", "value"),
    [
        ("Bool", "yes", "true"),
        ("Bool", "true", "1"),
        ("NumericEquals", "nine", "9"),
        ("NumericEquals", "9", ""),
        ("NumericEquals", "1e3", "1000"),
        ("NumericEquals", "٩", "9"),
        ("NumericEquals", "9\n", "9"),
        ("NumericLessThan", "9" * 40, "9"),
        ("DateEquals", "2026", "2026-01-01"),
        ("DateEquals", "2026-02-31", "2026-03-03"),
        ("DateEquals", "2026-11-22T10:00:00", "2026-11-22T10:00:00Z"),
        ("DateEquals", "1795341600000", "2026-11-22T10:00:00Z"),
        ("DateLessThan", "tomorrow", "2026-11-22"),
        ("DateLessThan", "0000-01-01", "2026-11-22"),
        ("IpAddress", "203.0.113.0/33", "203.0.113.7"),
        ("IpAddress", "203.0.113.0/24", "here"),
        ("NotIpAddress", "nowhere", "203.0.113.7"),
        ("ArnLike", "*", HUB_ROLE),
        ("StringEquals", "${aws:username}", "joe"),
        ("StringNotEquals", "${aws:username}", "joe"),
    ],
)
def test_values_that_cannot_be_compared_are_not_guessed_at(operator: str, asked: str, value: str) -> None:
    """A text of another type than the operator's may hold or not."""
    assert of(operator, asked, value) is UNKNOWN


def test_one_of_the_values_asked_for_is_enough() -> None:
    """Values are alternatives."""
    assert of("StringEquals", ("a", "b"), "b") is YES
    assert of("StringEquals", ("a", "b"), "c") is NO
    assert of("NumericEquals", ("nine", "9"), "9") is YES
    assert of("NumericEquals", ("nine", "9"), "8") is UNKNOWN


def test_a_negated_operator_wants_none_of_them() -> None:
    """Neither a nor b."""
    assert of("StringNotEquals", ("a", "b"), "b") is NO
    assert of("StringNotEquals", ("a", "b"), "c") is YES


@pytest.mark.parametrize("operator", POSITIVE)
def test_without_its_key_a_plain_operator_does_not_hold(operator: str) -> None:
    """There is nothing that could be equal."""
    assert said(operator, "x", {}) is NO


@pytest.mark.parametrize("operator", NEGATED)
def test_without_its_key_a_negated_operator_holds(operator: str) -> None:
    """What isn't there equals nothing."""
    assert said(operator, "x", {}) is YES


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
def test_if_exists_holds_without_the_key(operator: str) -> None:
    """It asks nothing of a request that lacks it."""
    assert said(f"{operator}IfExists", "x", {}) is YES


def test_if_exists_compares_a_key_that_is_there() -> None:
    """Then it is the operator that it is made of."""
    assert of("StringEqualsIfExists", "a", "a") is YES
    assert of("StringEqualsIfExists", "a", "b") is NO
    assert of("StringNotLikeIfExists", "a*", "ab") is NO


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
@pytest.mark.parametrize("shape", ["{}", "{}IfExists", "ForAllValues:{}", "ForAnyValue:{}IfExists"])
def test_of_an_unknown_key_no_operator_says_anything(operator: str, shape: str) -> None:
    """Whether the key is there decides too, so nothing is certain."""
    request = Request("sts:AssumeRole", "*")
    condition = Condition(shape.format(operator), "aws:PrincipalOrgID", ("x",))

    assert holds(condition, Texts(request, has_variables=True)) is UNKNOWN


@pytest.mark.parametrize("operator", [*POSITIVE, *NEGATED])
def test_of_an_unknown_value_no_operator_says_anything(operator: str) -> None:
    """That the key is there says nothing of its value."""
    assert of(operator, "x", PRESENT) is UNKNOWN
    assert of(f"{operator}IfExists", "x", PRESENT) is UNKNOWN


@pytest.mark.parametrize(
    ("operator", "asked", "found"),
    [
        ("StringLike", "*", YES),
        ("StringLike", "**", YES),
        ("StringNotLike", "*", NO),
        ("ForAnyValue:StringLike", "*", YES),
        ("StringLike", "?*", UNKNOWN),
        ("StringLike", "", UNKNOWN),
        ("StringEquals", "*", UNKNOWN),
        ("ArnLike", "*", UNKNOWN),
    ],
)
def test_a_lone_star_takes_any_value_that_is_there(operator: str, asked: str, found: Truth) -> None:
    """It is how a trust demands a source identity, whichever."""
    assert of(operator, asked, PRESENT) is found
    assert of(operator, ("kestrel", asked), PRESENT) is found


@pytest.mark.parametrize("value", ["x", PRESENT, ("x", "y")])
def test_null_asks_whether_the_key_is_there(value: Given) -> None:
    """Its value doesn't matter."""
    assert of("Null", "false", value) is YES
    assert of("Null", "true", value) is NO
    assert said("Null", "true", {}) is YES
    assert said("Null", "FALSE", {}) is NO
    assert of("Null", ("true", "false"), value) is YES
    assert of("Null", "maybe", value) is UNKNOWN


def test_a_key_without_values_is_not_there() -> None:
    """A request without session tags has no tag keys."""
    assert of("Null", "true", ()) is YES
    assert of("StringEquals", "x", ()) is NO


def test_null_of_an_unknown_key_is_unknown() -> None:
    """Nobody knows whether it is there."""
    texts = Texts(Request("sts:AssumeRole", "*"), has_variables=True)

    assert holds(Condition("Null", "aws:PrincipalOrgID", ("true",)), texts) is UNKNOWN


SETS = [
    ("ForAllValues:StringEquals", ("a", "b"), ("a", "b"), YES),
    ("ForAllValues:StringEquals", ("a", "b"), ("a",), YES),
    ("ForAllValues:StringEquals", ("a",), ("a", "b"), NO),
    ("ForAllValues:StringLike", ("a*",), ("ab", "ac"), YES),
    ("ForAllValues:StringNotEquals", ("a",), ("b", "c"), YES),
    ("ForAllValues:StringNotEquals", ("a",), ("a", "b"), NO),
    ("ForAllValues:StringEquals", ("a",), (), YES),
    ("ForAllValues:StringNotEquals", ("a",), (), YES),
    ("ForAllValues:NumericEquals", ("1",), ("1", "x"), UNKNOWN),
    ("ForAllValues:NumericEquals", ("1",), ("2", "x"), NO),
    ("ForAnyValue:StringEquals", ("a",), ("a", "b"), YES),
    ("ForAnyValue:StringEquals", ("a",), ("b", "c"), NO),
    ("ForAnyValue:StringNotEquals", ("a",), ("a", "b"), YES),
    ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "b"), NO),
    ("ForAnyValue:StringEquals", ("a",), (), NO),
    ("ForAnyValue:StringNotEquals", ("a",), (), NO),
    ("ForAnyValue:StringEqualsIfExists", ("a",), (), NO),
    ("ForAllValues:StringEqualsIfExists", ("a",), (), YES),
    ("ForAnyValue:NumericEquals", ("1",), ("2", "x"), UNKNOWN),
    ("forallvalues:stringequals", ("a",), ("a",), YES),
]


@pytest.mark.parametrize(("operator", "asked", "values", "found"), SETS)
def test_sets_are_compared_value_by_value(
    operator: str, asked: tuple[str, ...], values: tuple[str, ...], found: Truth
) -> None:
    """All of the request's values, or any; without the key all of none, and none of any."""
    assert of(operator, asked, values) is found


def test_several_values_without_a_set_operator_are_not_guessed_at() -> None:
    """AWS says that such a policy needs one, and not what it does without."""
    assert of("StringEquals", "a", ("a", "b")) is UNKNOWN
    assert of("StringNotEquals", "c", ("a", "b")) is UNKNOWN
    assert of("StringEquals", "a", ("a",)) is YES


@pytest.mark.parametrize(
    "operator",
    [
        *(
            "BinaryEquals",
            "StringEqual",
            "StringNotEqualsNot",
            "NotStringEquals",
            "",
            "IfExists",
            "NullIfExists",
        ),
        *("ForAllValues:Null", "ForSomeValues:StringEquals", "ForAllValues:", ":StringEquals2", "Not"),
        *("ForAllValues:ForAnyValue:StringEquals", "StringEqualsIfExistsIfExists", "NumericNotLessThan"),
    ],
)
def test_an_operator_that_is_not_known_here_is_not_guessed_at(operator: str) -> None:
    """Neither with its key nor without."""
    assert of(operator, "true", "true") is UNKNOWN
    assert said(operator, "true", {}) is UNKNOWN


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "Null", "ForAllValues:StringLike"])
def test_a_condition_without_values_is_not_guessed_at(operator: str) -> None:
    """An empty list could be nothing or everything."""
    assert of(operator, (), "a") is UNKNOWN


def test_a_variable_in_a_condition_is_filled_in() -> None:
    """As in a role's trust that asks for the caller's own tag."""
    keys: dict[str, Given] = {"aws:RequestTag/team": "kestrel", "aws:PrincipalTag/team": "kestrel"}
    own = "${aws:PrincipalTag/team}"

    assert said("StringEquals", own, keys, "aws:RequestTag/team") is YES
    assert said("StringNotEquals", own, keys, "aws:RequestTag/team") is NO
    assert said("StringEquals", own, keys | {"aws:PrincipalTag/team": "heron"}, "aws:RequestTag/team") is NO


@given(
    st.sampled_from([*POSITIVE, *NEGATED, "Null"]) | st.text(max_size=12),
    st.lists(st.text(max_size=12), max_size=3),
    st.none() | st.text(max_size=20) | st.lists(st.text(max_size=12), max_size=3),
)
def test_no_condition_is_too_odd(operator: str, asked: list[str], value: str | list[str] | None) -> None:
    """Every operator, value and key get one of the three answers."""
    given_values = () if value is None else tuple(value) if isinstance(value, list) else value

    assert of(operator, tuple(asked), given_values) in Truth
