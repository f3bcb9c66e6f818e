"""A role's trust, held against what the hub asks of it."""

from collections.abc import Callable
from typing import Any

import pytest

from hubspoke.findings import Finding, Verdict
from hubspoke_admin.doctor import trust as judging
from hubspoke_admin.doctor.asking import Asking
from tests.unit.admin.doctor.conftest import (
    AWAY_ROLE,
    EXTERNAL_ID,
    HOME_ROLE,
    HUB,
    HUB_ROLE,
    ORGANIZATION,
    ROLE,
    asking,
    expected,
)

Document = dict[str, Any]
HUB_ROLES = (HOME_ROLE, AWAY_ROLE)
STRANGER = "arn:aws:iam::121212121212:role/stranger"
GONE = "AROAABCDEFGHIJKLMNOPQ"
ASSUMES = {"Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}


def examine(
    document: Any, *askings: Asking, trusted: tuple[str, ...] = (HOME_ROLE, AWAY_ROLE)
) -> list[Finding]:
    """Judge it."""
    return judging.examine(document, expected(*askings, trusted=trusted))


def codes(document: Any, *askings: Asking) -> list[str]:
    """List what is wrong, unseen or noted."""
    return [each.code for each in examine(document, *askings) if each.verdict is not Verdict.RIGHT]


def statement(document: Document, sid: str) -> Document:
    """Find a statement."""
    found: Document = next(each for each in document["Statement"] if each["Sid"] == sid)
    return found


def test_the_right_trust_is_right(trust: Document) -> None:
    """It lets both Regions in, and asks for what it should."""
    (found,) = examine(trust)
    assert (found.code, found.verdict, found.mend) == ("TrustRight", Verdict.RIGHT, "")
    assert HOME_ROLE in found.says
    assert AWAY_ROLE in found.says


@pytest.mark.parametrize("principal", [STRANGER, "121212121212", GONE])
def test_one_region_whose_role_is_not_trusted_is_named_once_with_that_role(
    trust: Document, principal: str
) -> None:
    """Though three statements leave it out."""
    for each in trust["Statement"]:
        each["Principal"]["AWS"] = HOME_ROLE
    (found,) = examine(trust)

    assert found.code == "TrustPrincipal"
    assert f"not {AWAY_ROLE}." in found.says
    assert found.mend.startswith(f"In Assume, name {AWAY_ROLE} as principal.")
    trust["Statement"][0]["Principal"]["AWS"] = principal
    assert {each.code for each in examine(trust)} <= {"TrustPrincipal", "TrustPrincipalGone"}


def test_a_role_made_anew_is_a_stranger(trust: Document) -> None:
    """What its ARN was is its old unique id now."""
    for each in trust["Statement"]:
        each["Principal"]["AWS"] = [GONE, "AROAZYXWVUTSRQPONMLKJ"]
    assert codes(trust) == ["TrustPrincipalGone", "TrustPrincipalGone"]
    assert "even if another of its name is there" in examine(trust)[0].says


def test_who_is_gone_beside_the_hub_is_noted(trust: Document) -> None:
    """It lets nobody in any more."""
    statement(trust, "Assume")["Principal"]["AWS"].append(GONE)
    found = examine(trust)
    assert [each.code for each in found] == ["TrustRight", "TrustLeftover"]
    assert found[1].verdict is Verdict.NOTED


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": STRANGER},
        {"AWS": "arn:aws:iam::121212121212:user/stranger"},
        {"AWS": "arn:aws:sts::121212121212:assumed-role/stranger/session"},
        {"Service": "ec2.amazonaws.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
)
@pytest.mark.parametrize("condition", [{}, {"StringEquals": {"sts:ExternalId": "theirs"}}])
def test_somebody_in_a_statement_of_their_own_is_named(
    trust: Document, principal: Document, condition: Document
) -> None:
    """It is not taken for the one that should name the hub."""
    own = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
    trust["Statement"].append(own)
    (found,) = examine(trust)
    assert found.code == "TrustOthers"
    assert "statement 4" in found.says
    assert next(iter(principal.values())) in found.says


def test_somebody_beside_one_region_is_named_while_the_other_is_missing(trust: Document) -> None:
    """The statement is the hub's, so whoever else is in it isn't in the hub's place."""
    for each in trust["Statement"]:
        each["Principal"]["AWS"] = [HOME_ROLE, STRANGER]
    assert codes(trust) == ["TrustPrincipal", "TrustOthers"]


def test_whoever_may_be_trusted_beside_the_hub_is_right(trust: Document) -> None:
    """As the hub role of the direct route, if an operator says so."""
    own = {"Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}
    trust["Statement"].append(own)
    assert codes(trust) == ["TrustOthers"]
    (found,) = examine(trust, trusted=(*HUB_ROLES, HUB_ROLE))
    assert found.code == "TrustRight"


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"AWS": ["*"]}, {"AWS": "121212121212"}, {"AWS": "arn:aws:iam::121212121212:root"}],
)
def test_anybody_in_a_statement_of_their_own_is_named(trust: Document, principal: Any) -> None:
    """With or without an organization: their own policies decide then."""
    own = {"Sid": "Open", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust["Statement"].append(
        own | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-other00000", "sts:ExternalId": "x"}}}
    )
    assert "TrustAnybody" in codes(trust)


@pytest.mark.parametrize("principal", [{"AWS": HUB}, {"AWS": f"arn:aws:iam::{HUB}:root"}, "*"])
@pytest.mark.parametrize("operator", ["ArnEquals", "ArnLike", "StringEquals", "StringLike"])
def test_an_account_narrowed_to_the_hubs_roles_is_right(
    trust: Document, principal: Any, operator: str
) -> None:
    """A principal that IAM stores by name, not by unique id."""
    for each in trust["Statement"]:
        each["Principal"] = principal
        each.setdefault("Condition", {})[operator] = {
            **each.get("Condition", {}).get(operator, {}),
            "aws:PrincipalArn": [HOME_ROLE, AWAY_ROLE],
        }
    assert codes(trust) == []


@pytest.mark.parametrize(
    "values", [[HOME_ROLE, AWAY_ROLE, STRANGER], [HOME_ROLE, AWAY_ROLE, f"arn:aws:iam::{HUB}:role/*"]]
)
def test_an_account_narrowed_to_more_than_the_hub_is_not(trust: Document, values: list[str]) -> None:
    """One name too many, or one with a star."""
    statement(trust, "Assume")["Principal"] = {"AWS": HUB}
    statement(trust, "Assume")["Condition"]["ArnLike"] = {"aws:PrincipalArn": values}
    assert codes(trust) == ["TrustAnybody"]


# --- what is asked of the hub -------------------------------------------------------------------


def test_another_external_id_is_named_and_neither_is_said(trust: Document) -> None:
    """What doctor prints may be pasted anywhere."""
    statement(trust, "Assume")["Condition"]["StringEquals"]["sts:ExternalId"] = "of-somebody-else"
    (found,) = examine(trust)
    assert found.code == "TrustExternalId"
    assert EXTERNAL_ID not in found.says + found.mend
    assert "of-somebody-else" not in found.says + found.mend


def test_an_external_id_that_none_sends_is_named(trust: Document) -> None:
    """On either route; nor is it said."""
    (found,) = examine(trust, asking(external_id=None))
    assert (found.code, "and none is sent" in found.says) == ("TrustExternalId", True)
    assert EXTERNAL_ID not in found.says + found.mend


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringLike": {"sts:ExternalId": "*"}},
        {"Null": {"sts:ExternalId": "false"}},
        {"StringEqualsIfExists": {"sts:ExternalId": EXTERNAL_ID}},
    ],
)
def test_no_external_id_asked_for_is_named(trust: Document, condition: Document | None) -> None:
    """Or any: whoever doesn't know it gets in."""
    asked = statement(trust, "Assume")["Condition"]
    del asked["StringEquals"]
    for operator, keys in (condition or {}).items():
        asked[operator] = asked.get(operator, {}) | keys
    assert codes(trust) == ["TrustAsksNoExternalId"] * 2


def test_what_may_let_a_stranger_to_the_external_id_in_is_named(trust: Document) -> None:
    """Though it depends on something else that isn't known."""
    statement(trust, "Assume")["Condition"]["StringEquals"] = {"aws:SourceVpce": "vpce-1"}
    assert set(codes(trust)) == {"TrustConditionUnknown", "TrustAsksNoExternalId"}


@pytest.mark.parametrize("operator", ["", "StringLikeIfExists"])
def test_no_source_identity_asked_for_is_named(trust: Document, operator: str) -> None:
    """A session could be nobody's."""
    asked = statement(trust, "Assume")["Condition"]
    del asked["Null"]
    if operator:
        asked[operator] = {"sts:SourceIdentity": "*"}
    assert codes(trust) == ["TrustAsksNoSourceIdentity"] * 2


@pytest.mark.parametrize(
    ("carried", "found"), [("user.111111111111.bot", ["TrustSourceIdentity"]), ("role.111111111111.bot", [])]
)
def test_a_source_identity_that_is_known_is_compared(trust: Document, carried: str, found: list[str]) -> None:
    """That of the caller whom an operator names."""
    statement(trust, "Assume")["Condition"]["StringLike"] = {"sts:SourceIdentity": "role.*"}
    assert codes(trust, asking(source_identity=carried)) == found


def test_a_source_identity_that_is_not_known_is_not_compared(trust: Document) -> None:
    """It depends on the caller."""
    statement(trust, "Assume")["Condition"]["StringLike"] = {"sts:SourceIdentity": "role.*"}
    assert codes(trust, asking()) == ["TrustConditionUnknown"]


def test_a_role_without_tags_needs_no_leave_to_tag(trust: Document) -> None:
    """And one with tags does."""
    trust["Statement"].remove(statement(trust, "Tags"))
    assert codes(trust) == []
    tagged = asking(tags=(("team", "platform"),))
    (found,) = examine(trust, tagged)
    assert (found.code, "session tags" in found.says) == ("TrustTagSession", True)


def test_tags_that_are_not_the_profiles_are_named(trust: Document) -> None:
    """By value or by key."""
    tagged = asking(tags=(("team", "platform"),), tag_keys=("ticket",))
    statement(trust, "Tags")["Condition"] = {"StringEquals": {"aws:RequestTag/team": "Platform"}}
    assert codes(trust, tagged) == ["TrustTags"]
    statement(trust, "Tags")["Condition"] = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    assert codes(trust, tagged) == ["TrustTags"]
    statement(trust, "Tags")["Condition"] = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "ticket"]}}
    assert codes(trust, tagged) == []


def test_a_missing_statement_is_named_by_its_action(trust: Document) -> None:
    """Once for each Region, since each has a role of its own."""
    trust["Statement"] = []
    assert codes(trust, asking()) == ["TrustAction", "TrustSetSourceIdentity"]


def test_another_organization_is_named_with_the_hubs(trust: Document) -> None:
    """Where that is known; else it can't be told."""
    statement(trust, "Assume")["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = "o-another000"
    (found,) = examine(trust, asking(organization=ORGANIZATION))
    assert (found.code, f"to {ORGANIZATION}." in found.mend) == ("TrustOrganization", True)
    assert codes(trust, asking()) == ["TrustConditionUnknown"]


def test_no_organization_asked_for_is_noted(trust: Document) -> None:
    """It names the role, which is enough."""
    (right, noted) = examine(trust, asking(organization=ORGANIZATION))
    assert (right.code, noted.code) == ("TrustRight", "TrustAsksNoOrganization")


# --- what stands in the way ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({}, "TrustDenies"),
        ({"StringNotEquals": {"aws:PrincipalAccount": "121212121212"}}, "TrustDenies"),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "TrustDenyUnknown"),
    ],
)
def test_a_deny_is_named(trust: Document, condition: Document, code: str) -> None:
    """Or, where it depends on what isn't known, said to be unknown."""
    denies = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    trust["Statement"].append(denies | {"Condition": condition})
    (found,) = examine(trust)
    assert found.code == code
    assert "No" in found.says


@pytest.mark.parametrize(
    ("operator", "key", "value", "code"),
    [
        ("ArnLike", "aws:PrincipalArn", STRANGER, "TrustCondition"),
        ("Bool", "aws:MultiFactorAuthPresent", "true", "TrustCondition"),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", "TrustConditionUnknown"),
        ("StringEquals", "aws:SourceVpce", "vpce-1", "TrustConditionUnknown"),
        ("StringAlike", "aws:PrincipalArn", HOME_ROLE, "TrustConditionUnknown"),
        ("StringEquals", "aws:RequestedRegion", "eu-central-1", "TrustCondition"),
    ],
)
def test_a_condition_that_is_not_met_or_not_known_is_named(
    trust: Document, operator: str, key: str, value: str, code: str
) -> None:
    """With its operator and its key."""
    asked = statement(trust, "Assume")["Condition"]
    asked[operator] = asked.get(operator, {}) | {key: value}
    (found,) = examine(trust, asking(region="eu-west-1"))
    assert found.code == code
    assert f"{operator} {key}" in found.says


def test_the_condition_of_somebody_elses_statement_is_not_the_hubs(trust: Document) -> None:
    """Only that it isn't theirs is said."""
    statement(trust, "Assume")["Principal"]["AWS"] = STRANGER
    statement(trust, "Assume")["Condition"]["StringEquals"]["sts:ExternalId"] = "theirs"
    assert "TrustExternalId" not in codes(trust)
    assert "TrustPrincipal" in codes(trust)


@pytest.mark.parametrize(
    "document",
    [
        None,
        "",
        "{",
        "*",
        [],
        7,
        {},
        {"Statement": "all"},
        {"Statement": [None]},
        {"Statement": [{"Effect": "Allow"}]},
        {"Statement": [{"Effect": "allow", "Principal": "*", "Action": "*"}]},
        {"Statement": [{"Effect": "Allow", "Principal": 7, "Action": "sts:AssumeRole"}]},
        {"Statement": [{"Effect": "Allow", "Principal": {"AWS": [[]]}, "Action": "sts:AssumeRole"}]},
        {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": [None]}]},
        {"Version": "2012-10-17", "Statement": [], "Principle": {}},
    ],
)
def test_what_is_no_policy_is_wrong(document: Any) -> None:
    """Never right, and never an exception."""
    (found,) = examine(document)
    assert (found.code, found.mend) == ("TrustUnreadable", "write it anew")


@pytest.mark.parametrize("spoil", [lambda trust: trust["Statement"].clear(), lambda trust: trust.clear()])
def test_the_commands_are_said_once(trust: Document, spoil: Callable[[Document], None]) -> None:
    """Beneath the last of what they mend."""
    spoil(trust)
    found = examine(trust)
    assert sum("write it anew" in each.mend for each in found) == 1
    assert found[-1].mend.endswith("write it anew")


def test_a_hub_role_of_the_direct_route_needs_no_more_than_to_be_let_in() -> None:
    """No source identity and no tags."""
    direct = Asking(HUB_ROLE, ROLE, None)
    only = {"Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}
    (found,) = examine({"Version": "2012-10-17", "Statement": only}, direct, trusted=(HUB_ROLE,))
    assert found.code == "TrustRight"


@pytest.mark.parametrize(
    ("document", "asks"),
    [
        ({"Statement": {**ASSUMES, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}}, True),
        ({"Statement": {**ASSUMES, "Condition": {"StringLike": {"STS:externalid": ["x", "y"]}}}}, True),
        ({"Statement": ASSUMES}, False),
        ({"Statement": {**ASSUMES, "Principal": {"AWS": STRANGER}, "Condition": {}}}, False),
        ("nonsense", True),
    ],
)
def test_whether_somebody_is_asked_for_an_external_id(document: Any, asks: bool) -> None:
    """It has to be asked for in what is written in its place."""
    assert judging.asks_for_external_id(document, HUB_ROLE) is asks
