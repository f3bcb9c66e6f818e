"""How often a caller may vend: counted for each alone, and nobody passes uncounted."""

import dataclasses
import json
import time
from types import ModuleType
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants import bundle
from tests.support.fake_aws import FakeAws, dynamodb_error
from tests.unit.vending.conftest import ROOT, Invoke, audit_of, event


@pytest.fixture
def twice(aws: FakeAws) -> None:
    """Two vends a minute: every profile's, for each caller."""
    document = build(ROOT / "grants")
    for profile in document["Profiles"]:
        profile["VendsPerMinute"] = 2
    document["Version"] = bundle.version_of(document)
    aws.bundle = bundle.encode(document)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the clock that the windows are told by."""
    return lambda second: monkeypatch.setattr("vending.rates.time.time", lambda: second)


@pytest.mark.usefixtures("twice")
def test_more_than_the_profile_allows_is_refused(
    invoke: Invoke, aws: FakeAws, at: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A 429 says how much of the minute is left; STS and the ledger are not asked."""
    at(1_800_000_000.0 - 1_800_000_000 % 60 + 17)
    assert [invoke(event("vend"))["statusCode"] for _ in range(2)] == [200, 200]
    del aws.calls[:]

    refused = invoke(event("vend"))

    assert refused["statusCode"] == 429
    assert json.loads(refused["body"])["Code"] == "TooManyRequests"
    assert refused["multiValueHeaders"]["Retry-After"] == ["43"]
    assert aws.calls == ["UpdateItem:rates"]
    assert audit_of(caplog)[-1]["outcome"] == "RateExceeded"


@pytest.mark.usefixtures("twice")
def test_the_next_minute_begins_at_nought(invoke: Invoke, aws: FakeAws, at: Any) -> None:
    """What was used up is used up for a minute."""
    minute = time.time() // 60 * 60
    for second, status in ((59.9, 200), (59.9, 200), (59.9, 429), (60, 200), (61, 200), (119, 429)):
        at(minute + second)
        assert invoke(event("vend"))["statusCode"] == status


@pytest.mark.usefixtures("twice")
def test_one_callers_burst_is_nobody_elses(invoke: Invoke, aws: FakeAws, at: Any) -> None:
    """Another caller, and another role profile of the same caller, count for themselves."""
    at(time.time() // 60 * 60)
    burst = [invoke(event("vend"))["statusCode"] for _ in range(20)]
    other = [invoke(event("vend-with-session-policy"))["statusCode"] for _ in range(2)]

    assert (burst.count(200), burst.count(429)) == (2, 18)
    assert other == [200, 200]
    assert len(aws.rates) == 2
    assert len(aws.rows) == 4


def test_what_is_not_permitted_is_not_counted(invoke: Invoke, aws: FakeAws) -> None:
    """Nobody uses up a window by asking for what they may not have."""
    invoke(event("refused-not-granted"))
    assert aws.rates == {}


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "ProvisionedThroughputExceededException", "ResourceNotFoundException"]
)
def test_who_cannot_be_counted_is_not_let_through(code: str, invoke: Invoke, aws: FakeAws) -> None:
    """The limit fails closed, and nothing is in its way once DynamoDB is well."""
    aws.faults["UpdateItem:rates"] = dynamodb_error(400, code)
    refused = invoke(event("vend"))
    assert (refused["statusCode"], json.loads(refused["body"])["Code"]) == (503, "Unavailable")
    assert "AssumeRole" not in aws.calls
    assert aws.rows == {}
    aws.faults.clear()
    assert invoke(event("vend"))["statusCode"] == 200


def test_a_user_and_a_role_of_one_name_are_two(function: ModuleType, aws: FakeAws) -> None:
    """The count is by the whole principal."""
    rates, grants = function.hub.rates, function.bundles.current(time.monotonic() + 5)
    caller = function.identify(event("vend"))
    profile = next(iter(grants.roles.values()))
    for kind in ("USER", "ROLE"):
        twin = dataclasses.replace(caller, kind=type(caller.kind)[kind])
        rates.admit(twin, profile, time.monotonic() + 5)
    assert len(aws.rates) == 2
