"""The API's resource policy."""

import copy
import json
from typing import Any

import pytest

from hubspoke_admin.doctor import gateway
from tests.unit.admin.doctor.conftest import API, HUB, ORGANIZATION

STAGE = f"arn:aws:execute-api:eu-west-1:{HUB}:a1b2c3/prod"
LISTED, OTHER = "555555555555", "666666666666"
BY_ORGANIZATION: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        },
        API["Statement"][1],
    ],
}


def codes(document: Any, organization: str | None = None, caller: str | None = None) -> list[str]:
    """Judge it."""
    return [each.code for each in gateway.examine(document, HUB, organization, caller, STAGE)]


@pytest.mark.parametrize("document", [API, BY_ORGANIZATION])
def test_what_keeps_strangers_and_plain_http_out_is_right(document: Any) -> None:
    """By accounts, or by the organization."""
    assert codes(document) == ["GatewayRight"]


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "execute-api:/*",
        "arn:aws:execute-api:eu-west-1:111111111111:a1b2c3/*",
        "arn:aws-cn:execute-api:*:*:*/*",
    ],
)
def test_a_resource_is_read_as_it_is_written_and_as_it_is_stored(resource: str) -> None:
    """API Gateway makes the whole ARN of the short form."""
    document = copy.deepcopy(API)
    for each in document["Statement"]:
        each["Resource"] = resource
    assert codes(document, None, LISTED) == ["GatewayLetsIn"]
    document["Statement"][1]["Resource"] = "arn:aws:execute-api:eu-west-1:111111111111:a1b2c3/other/*"
    assert codes(document) == ["GatewayWithoutTls"]


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": HUB}}},
        {"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}},
        {"Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
    ],
)
def test_an_api_that_may_let_strangers_in_is_open(change: Any) -> None:
    """Also where it depends on what nobody knows."""
    document = copy.deepcopy(API)
    document["Statement"][0] |= change
    assert codes(document) == ["GatewayOpen"]


def test_plain_http_has_to_be_denied() -> None:
    """Where nothing allows it, an identity policy still does."""
    document = copy.deepcopy(API)
    document["Statement"].pop()
    assert codes(document) == ["GatewayWithoutTls"]


@pytest.mark.parametrize(
    ("document", "organization", "caller", "code"),
    [
        (API, None, LISTED, "GatewayLetsIn"),
        (API, None, OTHER, "GatewayRefuses"),
        (API, None, HUB, "GatewayByIdentity"),
        (BY_ORGANIZATION, ORGANIZATION, OTHER, "GatewayLetsIn"),
        (BY_ORGANIZATION, "o-another000", OTHER, "GatewayRefuses"),
        (BY_ORGANIZATION, None, OTHER, "GatewayConditionUnknown"),
    ],
)
def test_a_callers_account_is_asked_about(
    document: Any, organization: str | None, caller: str, code: str
) -> None:
    """By the list, or the organization."""
    assert codes(document, organization, caller) == [code]


@pytest.mark.parametrize("document", [None, "", "{", [], {"Statement": [{}]}])
def test_no_policy_is_wrong(document: Any) -> None:
    """An API without one takes whom their own policies let call it."""
    assert codes(document) == ["GatewayUnreadable"]


@pytest.mark.parametrize("escaped", [False, True])
def test_what_api_gateway_returns_is_read(escaped: bool) -> None:
    r"""It escapes the policy once more: {\"Version\": …}."""
    document = copy.deepcopy(API) | {"Id": 'a "quoted" \\ one'}
    text = json.dumps(document)
    if escaped:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    assert gateway.parse(text) == document


@pytest.mark.parametrize("raw", [None, "", "{", '{\\"', "no policy"])
def test_what_is_no_json_is_no_policy(raw: str | None) -> None:
    """Never an exception."""
    assert codes(gateway.parse(raw)) == ["GatewayUnreadable"]
