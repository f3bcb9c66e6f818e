"""Roles that spokes trust, and that anybody could become."""

from typing import Any

import pytest

from hubspoke.findings import Finding
from hubspoke_admin.doctor import hub_trust, surroundings
from tests.support.findings import codes, wrongs

_HUB = "arn:aws:iam::999999999999:role/automation-hub-role"
_VEND = "arn:aws:iam::111111111111:role/hubspoke-prod-eu-west-1-vend"
_SSO = "arn:aws:iam::999999999999:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_????????????????"
_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _trust(principal: object, condition: object = None, action: object = "sts:AssumeRole") -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


def _document(*statements: object) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _of_the_hub_role(*statements: object) -> list[Finding]:
    return hub_trust.of_hub_role(_HUB, _document(*statements))


@pytest.mark.parametrize(
    "statement",
    [
        _trust("*"),
        _trust({"AWS": "*"}, action="sts:*"),
        _trust("*", {"StringEquals": {"sts:ExternalId": "known-to-many"}}),
        _trust("*", {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}),
        _trust("*", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
        _trust("*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
    ],
)
def test_a_hub_role_that_strangers_may_assume_is_wrong(statement: dict[str, Any]) -> None:
    """Whoever is let in here is let in by every spoke."""
    assert wrongs(_of_the_hub_role(statement)) == ["HubTrustAnybody"]


@pytest.mark.parametrize(
    "statement",
    [
        _trust({"AWS": "arn:aws:iam::999999999999:user/bot"}),
        _trust({"AWS": "arn:aws:iam::999999999999:root"}, {"ArnLike": {"aws:PrincipalArn": [_SSO]}}),
        _trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}),
        _trust("*", {"StringLike": {"aws:PrincipalArn": _SSO}}),
    ],
)
def test_a_hub_role_that_is_there_for_some_is_right(statement: dict[str, Any]) -> None:
    """Callers, permission sets and an organization are known; which callers, the trust says."""
    assert _of_the_hub_role(statement) == []


def test_the_functions_role_is_lambdas() -> None:
    """As the template has it."""
    assert hub_trust.of_function_role(_VEND, _document(_LAMBDA)) == []


@pytest.mark.parametrize(
    "statement",
    [
        _trust({"AWS": "arn:aws:iam::111111111111:role/debug"}),
        _trust({"AWS": "arn:aws:iam::111111111111:root"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        _trust("*"),
        _trust({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
        _trust({"Federated": "arn:aws:iam::111111111111:oidc-provider/x"}, action="sts:AssumeRoleWith*"),
        {"Effect": "Allow", "NotPrincipal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
)
def test_a_functions_role_that_another_may_assume_is_wrong(statement: dict[str, Any]) -> None:
    """Its sessions are outside the function, and what they take is in no ledger."""
    assert set(codes(hub_trust.of_function_role(_VEND, _document(_LAMBDA, statement)))) == {"HubTrustOthers"}


@pytest.mark.parametrize("document", [None, {"Statement": [{"Effect": "Allow", "Action": "sts:*"}]}])
def test_a_trust_that_cant_be_read_is_wrong(document: object) -> None:
    """Nothing is right because nobody could read it."""
    assert wrongs(hub_trust.of_function_role(_VEND, document)) == ["HubTrustUnreadable"]
    assert wrongs(hub_trust.of_hub_role(_HUB, document)) == ["HubTrustUnreadable"]


def test_a_hub_role_is_looked_at_where_no_caller_is_named() -> None:
    """Strangers are nobody's caller."""
    assert codes(surroundings.of_hub_role(_HUB, _document(_trust("*")), None, None)) == ["HubTrustAnybody"]
