"""Reading documents as IAM stores them, and refusing what it never would."""

from typing import Any

import pytest

from hubspoke_admin.iam.policy import Condition, Names, PolicyUnreadable, Statement, principals, read

HUB_ROLE = "arn:aws:iam::111111111111:role/hub"
ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}


def document(*statements: Any, **parts: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)} | parts


def one(**parts: Any) -> Statement:
    (found,) = read(document(ALLOW | parts))
    return found


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ALLOW.items() if key != name}


def test_a_lone_statement_needs_no_list() -> None:
    """IAM stores both forms."""
    assert read(document(Statement=ALLOW)) == read(document(ALLOW))


def test_values_need_no_list_either() -> None:
    """A text is as good as a list of it."""
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    listed = {"StringEquals": {"sts:ExternalId": ["x"]}}

    alone = one(Condition=condition)

    assert alone.conditions == one(Condition=listed).conditions
    assert alone.action == one(Action=["sts:AssumeRole"]).action
    assert alone.principal == one(Principal={"AWS": [HUB_ROLE]}).principal


def test_a_statement_goes_by_its_sid() -> None:
    """What a person reads is the Sid that the document gives."""
    assert one(Sid="HubOnly").sid == "HubOnly"


@pytest.mark.parametrize("sid", [{}, {"Sid": ""}])
def test_without_a_sid_it_goes_by_its_place(sid: dict[str, str]) -> None:
    """The first statement is statement 1."""
    assert [each.sid for each in read(document(ALLOW, ALLOW | sid))] == ["statement 1", "statement 2"]


def test_the_raw_document_is_kept() -> None:
    """A statement can be shown as it lies in the account."""
    assert one().document == ALLOW


def test_a_policy_without_a_version_has_no_variables() -> None:
    """IAM takes the oldest version for granted, in which ``${…}`` stands for itself."""
    old = {"Statement": [ALLOW]}

    assert [each.has_variables for each in read(old)] == [False]
    assert [each.has_variables for each in read(old | {"Version": "2008-10-17"})] == [False]
    assert one().has_variables


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (900, "900"), (1.5, "1.5"), ("true", "true")]
)
def test_json_values_are_taken_for_texts(value: object, text: str) -> None:
    """IAM takes booleans and numbers without quotes."""
    assert one(Condition={"Bool": {"aws:x": value}}).conditions == (Condition("Bool", "aws:x", (text,)),)


def test_what_is_left_out_is_marked() -> None:
    """NotAction, NotResource and NotPrincipal are the others' opposites."""
    (found,) = read(
        document({"Effect": "Deny", "NotPrincipal": "*", "NotAction": "a:b", "NotResource": ["*"]})
    )

    assert (found.principal, found.action, found.resource) == (
        Names(("*",), negated=True),
        Names(("a:b",), negated=True),
        Names(("*",), negated=True),
    )
    assert found.action.asked == ("not:a:b",)


@pytest.mark.parametrize(
    ("named", "listed"),
    [
        ("*", ("*",)),
        ({"AWS": "*"}, ("*",)),
        ({"AWS": [HUB_ROLE, "111111111111"]}, (f"AWS:{HUB_ROLE}", "AWS:111111111111")),
        (
            {"Service": "lambda.amazonaws.com", "Federated": ["idp"]},
            ("Service:lambda.amazonaws.com", "Federated:idp"),
        ),
        ({"Service": "*"}, ("Service:*",)),
        ({"CanonicalUser": "79a5"}, ("CanonicalUser:79a5",)),
        ({}, ()),
    ],
)
def test_principals_are_listed_by_kind(named: object, listed: tuple[str, ...]) -> None:
    """Everybody is one star, however it is written."""
    assert principals(one(Principal=named)) == listed


def test_whom_an_allow_leaves_out_is_told_apart() -> None:
    """NotPrincipal lets in everybody else."""
    (found,) = read(document({"Effect": "Allow", "NotPrincipal": {"AWS": HUB_ROLE}, "Action": "*"}))

    assert principals(found) == (f"not:AWS:{HUB_ROLE}",)


def test_a_deny_lets_nobody_in() -> None:
    """Neither does a statement of an identity policy, which names nobody."""
    assert principals(one(Effect="Deny")) == ()
    assert principals(read(document(without("Principal")))[0]) == ()


UNREADABLE: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "a text": '{"Version": "2012-10-17"}',
    "a number": 1,
    "keys that are no texts": {1: 2},
    "no statement": {"Version": "2012-10-17"},
    "a version to come": document(ALLOW, Version="2032-10-17"),
    "a version that is a list": document(ALLOW, Version=["2012-10-17"]),
    "another element": document(ALLOW, Statements=[]),
    "an element in lower case": document(ALLOW | {"condition": {}}),
    "a misspelt condition": document(ALLOW | {"Conditions": {"Bool": {"aws:SecureTransport": "false"}}}),
    "a statement that is a text": document("Allow"),
    "a list of lists": document([ALLOW]),
    "no effect": document(without("Effect")),
    "an effect in lower case": document(ALLOW | {"Effect": "allow"}),
    "an effect that is a list": document(ALLOW | {"Effect": ["Allow"]}),
    "a Sid that is a number": document(ALLOW | {"Sid": 1}),
    "no action": document(without("Action")),
    "both actions": document(ALLOW | {"NotAction": "sts:*"}),
    "both principals": document(ALLOW | {"NotPrincipal": "*"}),
    "both resources": document(ALLOW | {"Resource": "*", "NotResource": "*"}),
    "an action that is null": document(ALLOW | {"Action": None}),
    "an action that is an object": document(ALLOW | {"Action": {"sts": "AssumeRole"}}),
    "a list in the actions": document(ALLOW | {"Action": [["sts:AssumeRole"]]}),
    "a principal without its kind": document(ALLOW | {"Principal": HUB_ROLE}),
    "a principal that is a list": document(ALLOW | {"Principal": ["*"]}),
    "a principal that is a number": document(ALLOW | {"Principal": {"AWS": 111111111111}}),
    "a condition that is a list": document(ALLOW | {"Condition": [{}]}),
    "an operator without keys": document(ALLOW | {"Condition": {"Bool": "true"}}),
    "a value that is null": document(ALLOW | {"Condition": {"Bool": {"aws:x": None}}}),
    "a value that is an object": document(ALLOW | {"Condition": {"Bool": {"aws:x": {}}}}),
    "a list in the values": document(ALLOW | {"Condition": {"Bool": {"aws:x": [["true"]]}}}),
    "a number without end": document(ALLOW | {"Condition": {"NumericEquals": {"aws:x": 10**5000}}}),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE)
def test_what_iam_never_stores_is_refused(raw: object) -> None:
    """Nothing is passed over: what isn't understood might be what decides."""
    with pytest.raises(PolicyUnreadable):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        document(ALLOW | {"\x1b[2J": 1}),
        document(ALLOW | {"Condition": {"\x1b[2J": "true"}}),
        document(ALLOW | {"Condition": {"\x1b[2J": {"aws:x": None}}}),
    ],
)
def test_what_is_said_of_it_is_safe_to_print(raw: object) -> None:
    """A document's own words can't drive a terminal."""
    with pytest.raises(PolicyUnreadable) as refused:
        read(raw)
    assert str(refused.value).isprintable()
