"""APIs that look shut and aren't, and APIs as AWS shows them."""

import json
from typing import Any

import pytest

from hubspoke.findings import Finding
from hubspoke_admin.doctor import gateway
from tests.support.findings import codes

_HUB = "111111111111"
_CALLER = "222222222222"
_OURS = "o-exampleorgid"
_API = f"arn:aws:execute-api:eu-west-1:{_HUB}:abcdef1234"


def _policy(resource: str, *more: object) -> dict[str, Any]:
    said = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": resource}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", **said, "Condition": {"StringEquals": {"aws:PrincipalOrgID": _OURS}}},
            {"Effect": "Deny", **said, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": _OURS}}},
            {"Effect": "Deny", **said, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            *more,
        ],
    }


def _examine(document: object, organization: str | None = _OURS) -> list[Finding]:
    return gateway.examine(document, _HUB, organization, _CALLER, f"{_API}/prod")


@pytest.mark.parametrize(
    "resource",
    [
        "execute-api:/*",
        f"{_API}/*",
        f"{_API}/prod/*",
        "arn:*:execute-api:*:*:*/*",
        "*",
        "execute-api:/prod/*",
    ],
)
def test_the_hubs_policy_is_right_as_it_is_written_and_as_aws_shows_it(resource: str) -> None:
    """API Gateway writes the API's whole ARN in place of execute-api:/, and shows that."""
    shown = gateway.parse(json.dumps(_policy(resource)).replace('"', '\\"'))
    assert codes(_examine(shown)) == ["GatewayLetsIn"]


def _allow(principal: object = "*", resource: str = f"{_API}/*", **condition: object) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "execute-api:*",
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


_PLAIN = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(_allow(), id="as AWS shows it"),
        pytest.param(_allow(resource="execute-api:/*"), id="as it is written"),
        pytest.param(_allow(resource=f"{_API}/prod/POST/v1/*"), id="one method"),
        pytest.param(_allow(resource="arn:aws:execute-api:*:*:*/*/POST/v1/vends"), id="of any API"),
        pytest.param(_allow({"AWS": "*"}), id="in an object"),
        pytest.param(
            _allow(StringEqualsIfExists={"aws:PrincipalOrgID": _OURS}), id="accounts without organization"
        ),
        pytest.param(_allow(StringNotLike={"aws:PrincipalAccount": "9*"}), id="all but some"),
    ],
)
def test_an_api_that_is_open_is_wrong(statement: object) -> None:
    """Whoever isn't of the organization stays outside, by whatever method."""
    document = {"Version": "2012-10-17", "Statement": [statement, _PLAIN]}
    assert "GatewayOpen" in codes(_examine(document))


def test_a_denial_of_plain_http_for_one_method_is_none() -> None:
    """What is denied of one method is open for the rest."""
    document = _policy(f"{_API}/*")
    document["Statement"][2]["Resource"] = f"{_API}/prod/GET/*"
    assert "GatewayWithoutTls" in codes(_examine(document))


def test_an_organization_that_nobody_knows_here_is_unseen() -> None:
    """Where the hub's organization can't be read, its API isn't wrong for asking for it."""
    assert codes(_examine(_policy("execute-api:/*"), None)) == ["GatewayConditionUnknown"]


@pytest.mark.parametrize("account", [_CALLER, f"arn:aws:iam::{_CALLER}:root"])
def test_a_listed_account_is_let_in_as_aws_shows_it(account: str) -> None:
    """AWS shows the ARN of an account's root in place of its number."""
    listed = _allow({"AWS": account}, StringNotEquals={"aws:PrincipalAccount": _HUB})
    document = {"Version": "2012-10-17", "Statement": [listed, _PLAIN]}
    assert codes(_examine(document, None)) == ["GatewayLetsIn"]
