"""``GET /v1/vends``: the ledger's rows, for those whom a policy lets read them."""

import copy
import json
import time
from types import ModuleType
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_contract import limits
from hubspoke_contract.vends import VENDED
from hubspoke_grants import bundle
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, Reply, dynamodb_error
from tests.unit.vending.conftest import ROOT, Invoke, event
from vending.ledger import PAGE


def asking(**query: str) -> dict[str, Any]:
    """Write the auditor's request."""
    asked = event("vends")
    asked["queryStringParameters"] = query or None
    asked["multiValueQueryStringParameters"] = {key: [value] for key, value in query.items()} or None
    return asked


def as_caller(asked: dict[str, Any], name: str) -> dict[str, Any]:
    """Have another user of the hub's account send it."""
    changed = copy.deepcopy(asked)
    identity = changed["requestContext"]["identity"]
    identity["userArn"] = f"arn:aws:iam::111111111111:user/{name}"
    return changed


def granted(aws: FakeAws, *policies: str) -> None:
    """Put policies of the test's own in force, beside the starting ones."""
    document = build(ROOT / "grants")
    document["Policies"] += "".join(policies)
    document["Version"] = bundle.version_of(document)
    aws.bundle = bundle.encode(document)


def answer(reply: dict[str, Any]) -> Any:
    """Read an answer that must be one."""
    assert reply["statusCode"] == 200, reply["body"]
    return json.loads(reply["body"])


def test_a_vend_is_found_with_its_outcome(invoke: Invoke, aws: FakeAws, canaries: Canaries) -> None:
    """By account, by key, by caller, by role and by time alone: who, what, why, and nothing secret."""
    vended = answer(invoke(event("vend")))
    for query in (
        {"AccountId": "222222222222"},
        {"AccountId": "222222222222", "RoleName": "automation-spoke-role"},
        {"AccessKeyId": vended["AccessKeyId"]},
        {"Principal": 'Caller::User::"111111111111/inventory-bot"'},
        {},
    ):
        found = answer(invoke(asking(**query)))
        assert [row["VendId"] for row in found["Vends"]] == [vended["VendId"]], query
        assert "NextToken" not in found
        (row,) = found["Vends"]
        assert (row["Outcome"], row["AccessKeyId"]) == (VENDED, vended["AccessKeyId"])
        assert row["Policies"] == "inventory-reads-workloads"
        assert row.keys().isdisjoint({"SecretAccessKey", "SessionToken"})


@pytest.mark.parametrize(
    "query",
    [
        {"AccountId": "333333333333"},
        {"AccountId": "222222222222", "RoleName": "deploy-spoke-role"},
        {"AccessKeyId": "ASIANOBODYSKEY000000"},
        {"Principal": 'Caller::Role::"111111111111/inventory-bot"'},
        {"Since": "2020-01-01T00:00:00Z", "Until": "2020-01-02T00:00:00Z"},
    ],
)
def test_what_was_not_asked_for_is_not_shown(query: dict[str, str], invoke: Invoke) -> None:
    """Every part of the query narrows."""
    invoke(event("vend"))
    assert answer(invoke(asking(**query))) == {"Vends": []}


@pytest.mark.parametrize("query", [{}, {"AccountId": "222222222222"}, {"AccountId": "999999999999"}])
def test_without_a_grant_the_ledger_is_closed(query: dict[str, str], invoke: Invoke, aws: FakeAws) -> None:
    """Whoever may take roles may not read what others took, and DynamoDB isn't even asked."""
    refused = invoke(as_caller(asking(**query), "inventory-bot"))
    assert refused["statusCode"] == 403
    assert json.loads(refused["body"])["Code"] == "AccessDenied"
    assert aws.calls == ["GetObject"]


def test_an_account_that_is_forbidden_is_left_out_of_the_whole(invoke: Invoke, aws: FakeAws) -> None:
    """A forbid on an account holds also where the hub as a whole is read."""
    granted(
        aws,
        '@id("not-dev") forbid (principal, action == Action::"audit", resource in Account::"222222222222");',
    )
    invoke(event("vend"))

    assert answer(invoke(asking())) == {"Vends": []}
    assert invoke(asking(AccountId="222222222222"))["statusCode"] == 403


def test_who_may_audit_an_account_may_not_the_hub(invoke: Invoke, aws: FakeAws) -> None:
    """A grant of one account is not a look at all."""
    granted(
        aws,
        '@id("one") permit (principal == Caller::User::"111111111111/one", action == Action::"audit", '
        'resource == Account::"222222222222");',
    )
    vended = answer(invoke(event("vend")))
    mine = answer(invoke(as_caller(asking(AccountId="222222222222"), "one")))

    assert [row["VendId"] for row in mine["Vends"]] == [vended["VendId"]]
    for query in ({}, {"AccountId": "333333333333"}, {"AccessKeyId": vended["AccessKeyId"]}):
        assert invoke(as_caller(asking(**query), "one"))["statusCode"] == 403


def test_pages_hold_every_row_once_newest_first(invoke: Invoke, aws: FakeAws) -> None:
    """From page to page by NextToken, to the end."""
    ids = [answer(invoke(event("vend")))["VendId"] for _ in range(PAGE + 5)]
    first = answer(invoke(asking()))
    second = answer(invoke(asking(NextToken=first["NextToken"])))

    assert len(first["Vends"]) == PAGE
    assert "NextToken" not in second
    shown = [row["VendId"] for page in (first, second) for row in page["Vends"]]
    assert shown == sorted(ids, reverse=True)


def test_rows_as_large_as_callers_can_make_them_fit_a_reply(
    function: ModuleType, invoke: Invoke, aws: FakeAws
) -> None:
    """Lambda answers nothing for more than six million bytes, so callers could hide what they took."""
    for _ in range(PAGE):
        invoke(event("vend"))
    for each in aws.rows.values():
        each["CallerTags"] = {"S": json.dumps({"key": "𐀀" * (limits.BODY_MAX // 4)})}
    object.__setattr__(function.hub, "page_time", 60.0)
    shown: list[str] = []
    query: dict[str, str] = {}
    while True:
        reply = invoke(asking(**query))
        assert len(json.dumps(reply)) < 6_000_000
        page = answer(reply)
        shown += [row["VendId"] for row in page["Vends"]]
        if "NextToken" not in page:
            break
        query = {"NextToken": page["NextToken"]}
    assert shown == sorted(aws.rows, reverse=True)


def test_a_page_that_takes_long_ends_and_the_next_goes_on(function: ModuleType, invoke: Invoke) -> None:
    """Whatever the ledger holds, a page is answered."""
    ids = sorted((answer(invoke(event("vend")))["VendId"] for _ in range(3)), reverse=True)
    object.__setattr__(function.hub, "page_time", 0.0)
    page = answer(invoke(asking()))

    assert [row["VendId"] for row in page["Vends"]] == ids[:1]
    object.__setattr__(function.hub, "page_time", 3.0)
    rest = answer(invoke(asking(NextToken=page["NextToken"])))
    assert [row["VendId"] for row in rest["Vends"]] == ids[1:]


@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
@pytest.mark.parametrize(
    "fault",
    [
        dynamodb_error(400, "ThrottlingException"),
        dynamodb_error(400, "ResourceNotFoundException"),
        Reply(200, b"<html>hello</html>", "text/html"),
        Reply(200, b"{}", "application/x-amz-json-1.0"),
        Reply(500),
    ],
)
def test_part_of_the_ledger_is_not_shown(operation: str, fault: Reply, invoke: Invoke, aws: FakeAws) -> None:
    """Where DynamoDB fails, the answer is that, and not a shorter list."""
    invoke(event("vend"))
    aws.faults[operation] = fault
    refused = invoke(asking())
    assert (refused["statusCode"], json.loads(refused["body"])["Code"]) == (503, "Unavailable")
    aws.faults.clear()
    assert len(answer(invoke(asking()))["Vends"]) == 1


def test_a_ledger_that_never_answers_is_left_behind(
    function: ModuleType, invoke: Invoke, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request ends in time."""
    invoke(event("vend"))
    aws.faults["Query"] = Reply(200, delay=3600)
    asked = function.hub.vends.__globals__["Deadlines"]
    early = asked(*[time.monotonic() + 0.5] * 4)
    monkeypatch.setattr(asked, "of", lambda _began: early)
    began = time.monotonic()
    assert invoke(asking())["statusCode"] == 503
    assert time.monotonic() - began < 2
