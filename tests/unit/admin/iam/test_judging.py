"""What a policy says, by which statements, and what is in the way."""

from typing import Any

import pytest

from hubspoke_admin.iam.judging import Judgement, Obstacle, judge, obstacles
from hubspoke_admin.iam.policy import read
from hubspoke_admin.iam.request import PRESENT, Request, Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
VENDER = "arn:aws:iam::111111111111:role/hub/vend"
ROLE = "arn:aws:iam::222222222222:role/hubspoke/automation"
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "kestrel"}}
OTHER_ID = {"StringEquals": {"sts:ExternalId": "heron"}}
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
ASSUME = Request("sts:AssumeRole", ROLE, VENDER, {"sts:ExternalId": "kestrel", "sts:SourceIdentity": PRESENT})


def trust(sid: str, **parts: Any) -> dict[str, Any]:
    named = {"Effect": "Allow", "Principal": {"AWS": VENDER}, "Action": "sts:AssumeRole"}
    return {"Sid": sid} | named | parts


def judged(*statements: dict[str, Any], request: Request = ASSUME) -> Judgement:
    return judge(read({"Version": "2012-10-17", "Statement": list(statements)}), request)


def in_the_way(request: Request = ASSUME, **parts: Any) -> tuple[Obstacle, ...]:
    (statement,) = read({"Version": "2012-10-17", "Statement": trust("Vend", **parts)})
    return obstacles(statement, request)


def nearest(*statements: dict[str, Any]) -> str:
    found = judged(*statements).nearest
    assert found is not None
    return found[0].sid


def test_a_statement_with_nothing_in_the_way_allows() -> None:
    """Principal, action and condition meet the request."""
    found = judged(trust("Vend", Condition=EXTERNAL_ID))

    assert (found.allowed, found.denied_by, found.nearest) == (YES, (), None)
    assert [each.sid for each in found.allowed_by] == ["Vend"]


def test_nothing_is_allowed_by_silence() -> None:
    """A policy without statements, or of denials alone, allows nothing."""
    assert judged().allowed is NO
    assert judged(trust("Never", Effect="Deny", Action="iam:*")).allowed is NO


@pytest.mark.parametrize("order", [1, -1])
def test_a_deny_wins_wherever_it_stands(order: int) -> None:
    """Whatever is allowed beside it."""
    found = judged(*[trust("Vend"), trust("Never", Effect="Deny", Principal="*")][::order])

    assert found.allowed is NO
    assert [(each.sid, unknown) for each, unknown in found.denied_by] == [("Never", ())]
    assert [each.sid for each in found.allowed_by] == ["Vend"]


def test_a_deny_that_may_apply_leaves_it_unknown() -> None:
    """What isn't known of it is said."""
    found = judged(trust("Vend"), trust("Elsewhere", Effect="Deny", Condition=IN_ORGANIZATION))

    assert found.allowed is UNKNOWN
    ((denies, (unknown,)),) = found.denied_by
    assert (denies.sid, unknown.key, unknown.truth) == ("Elsewhere", "aws:PrincipalOrgID", UNKNOWN)


def test_where_nothing_allows_a_deny_that_may_apply_changes_nothing() -> None:
    """The answer is no either way."""
    found = judged(
        trust("Vend", Condition=OTHER_ID), trust("Never", Effect="Deny", Condition=IN_ORGANIZATION)
    )

    assert found.allowed is NO


def test_a_deny_that_surely_does_not_apply_is_not_listed() -> None:
    """One known obstacle is enough, whatever else isn't known."""
    found = judged(trust("Vend"), trust("Never", Effect="Deny", Action="iam:*", Condition=IN_ORGANIZATION))

    assert (found.allowed, found.denied_by) == (YES, ())


def test_an_allow_that_may_apply_leaves_it_unknown() -> None:
    """It neither allows nor doesn't."""
    found = judged(trust("Vend", Condition=IN_ORGANIZATION))

    assert (found.allowed, found.allowed_by) == (UNKNOWN, ())


def test_every_part_in_the_way_is_named_as_the_document_writes_it() -> None:
    """Action, principal, resource and each condition, with what they ask for."""
    found = in_the_way(
        Action=["sts:TagSession"],
        Principal={"AWS": "999999999999"},
        NotResource=ROLE,
        Condition=OTHER_ID | {"Bool": {"aws:SecureTransport": True}},
    )

    assert found == (
        Obstacle("Action", NO, asked=("sts:TagSession",)),
        Obstacle("Principal", NO, asked=("AWS:999999999999",)),
        Obstacle("Resource", NO, asked=(f"not:{ROLE}",)),
        Obstacle("Condition", NO, "StringEquals", "sts:ExternalId", ("heron",)),
        Obstacle("Condition", UNKNOWN, "Bool", "aws:SecureTransport", ("true",)),
    )


@pytest.mark.parametrize(
    "action",
    ["sts:AssumeRole", "STS:assumerole", "sts:*", "*", "sts:Assume????", ["iam:*", "sts:AssumeRole"]],
)
def test_an_action_is_meant_by_name_and_wildcard_in_any_case(action: object) -> None:
    """IAM compares actions so."""
    assert in_the_way(Action=action) == ()


@pytest.mark.parametrize(
    "action", ["sts:AssumeRoleWithSAML", "sts:Assume", "iam:*", "sts", "", "sts:Assume${*}", "${aws:x}", []]
)
def test_another_action_is_not(action: object) -> None:
    """Neither does a variable stand for one."""
    (found,) = in_the_way(Action=action)

    assert (found.part, found.truth) == ("Action", NO)


def test_not_action_means_every_other() -> None:
    """The one that is named is in the way."""
    whole = trust("Vend")
    del whole["Action"]

    assert judged(whole | {"NotAction": "iam:*"}).allowed is YES
    assert judged(whole | {"NotAction": ["iam:*", "sts:assume*"]}).allowed is NO


def test_a_trust_policy_names_no_resource() -> None:
    """It is about its own role."""
    assert in_the_way() == ()


def test_one_of_the_resources_is_enough() -> None:
    """Of those that a NotResource names, none may be it."""
    other = "arn:aws:iam::222222222222:role/x"

    assert in_the_way(Resource=[other, ROLE]) == ()
    assert in_the_way(NotResource=[other]) == ()
    assert [each.part for each in in_the_way(NotResource=[other, ROLE])] == ["Resource"]


def test_an_identity_policy_names_no_principal() -> None:
    """Nobody looks at who asks."""
    identity = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/hubspoke/*"}

    assert judged(identity, request=Request("sts:AssumeRole", ROLE)).allowed is YES
    assert judged(identity, request=Request("sts:AssumeRole", ROLE.replace("hubspoke", "x"))).allowed is NO


def test_a_trust_policy_cannot_be_judged_without_who_asks() -> None:
    """A principal that nobody knows may be the one."""
    (found,) = in_the_way(Request("sts:AssumeRole", ROLE))

    assert (found.part, found.truth) == ("Principal", UNKNOWN)


def test_the_nearest_has_the_least_in_the_way() -> None:
    """A condition weighs less than a principal, and that less than an action."""
    by_action = trust("Action", Action="sts:TagSession")
    by_principal = trust("Principal", Principal={"AWS": "999999999999"})
    by_resource = trust("Resource", Resource="arn:aws:iam::222222222222:role/x")
    by_condition = trust("Condition", Condition=OTHER_ID | {"Null": {"sts:SourceIdentity": "true"}})
    by_less = trust("Less", Condition=OTHER_ID)
    ordered = [by_action, by_principal, by_resource, by_condition, by_less]

    assert [nearest(*ordered[: n + 1]) for n in range(len(ordered))] == [each["Sid"] for each in ordered]


def test_one_that_may_apply_is_nearer_than_one_that_surely_does_not() -> None:
    """It is what the answer hangs on."""
    unknown = IN_ORGANIZATION | {"Bool": {"aws:SecureTransport": "true"}}

    assert nearest(trust("No", Condition=OTHER_ID), trust("May", Condition=unknown)) == "May"


def test_among_equals_the_first_is_nearest() -> None:
    """In the document's order."""
    assert nearest(trust("First", Condition=OTHER_ID), trust("Second", Condition=OTHER_ID)) == "First"
