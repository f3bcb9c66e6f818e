"""hubspoke.hub.Hub.map: a function over many spokes."""

import json
import threading
import time

import boto3
import pytest

from hubspoke import AccessDenied, ArgumentInvalid, Hub, NothingSelected, Selection
from hubspoke.fan_out import Result
from hubspoke_contract.names import Target
from tests.support.fake_hub import Answer, FakeHub, Seen, document, offer, refusal

WORKLOADS = Selection(org_units=["Workloads"])


def account(session: boto3.Session, target: Target) -> str:
    credentials = session.get_credentials()
    assert credentials is not None
    return f"{target.account} {credentials.get_frozen_credentials().access_key is not None}"


def test_the_function_has_a_session_of_each_spoke(hub: FakeHub) -> None:
    """And the target; what it returns is the outcome's value."""
    outcomes = list(Hub().map(account, WORKLOADS, duration=900, region_name="eu-west-1"))
    assert {outcome.value for outcome in outcomes} == {"222222222222 True", "333333333333 True"}
    assert all(outcome.succeeded for outcome in outcomes)
    assert [json.loads(seen.body) for seen in hub.seen if seen.method == "POST"] == [
        {"DurationSeconds": 900}
    ] * 2


def test_results_failures_and_refusals_are_apart(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its error; one doesn't keep the others."""
    granted = hub.answer

    def answer(seen: Seen) -> Answer:
        if seen.target.endswith("/roles"):
            return document(200, {"Roles": [offer(f"{number:012}") for number in (1, 2, 3)]})
        return refusal(403, "AccessDenied") if "/000000000002/" in seen.target else granted(seen)

    def work(session: boto3.Session, target: Target) -> str:
        if target.account.endswith("3"):
            raise ZeroDivisionError
        return "done"

    monkeypatch.setattr(hub, "answer", answer)
    outcomes = {outcome.target.account: outcome for outcome in Hub().map(work, WORKLOADS)}
    results = [outcome.result for _, outcome in sorted(outcomes.items())]
    assert results == [Result.SUCCEEDED, Result.REFUSED, Result.FAILED]
    assert isinstance(outcomes["000000000002"].error, AccessDenied)  # type: ignore[index]
    assert isinstance(outcomes["000000000003"].error, ZeroDivisionError)  # type: ignore[index]


def test_what_cant_be_right_is_raised_at_once(hub: FakeHub) -> None:
    """Not at the first outcome, and nothing is vended."""
    with pytest.raises(ArgumentInvalid):
        Hub().map(account, WORKLOADS, duration=1)
    with pytest.raises(ArgumentInvalid):
        Hub().map(account, WORKLOADS, concurrency=0)
    assert not hub.seen
    with pytest.raises(NothingSelected):
        Hub().map(account, Selection(roles=["nonesuch"]))
    assert all(seen.method == "GET" for seen in hub.seen)


def test_ctrl_c_in_the_callers_loop_starts_no_more(hub: FakeHub) -> None:
    """The KeyboardInterrupt is the caller's own."""
    selection = Selection(accounts=[f"{number:012}" for number in range(30)], roles=["read"])
    began, lock = [], threading.Lock()

    def work(session: boto3.Session, target: Target) -> None:
        with lock:
            began.append(target)

    def loop() -> None:
        for _ in Hub(cache=False).map(work, selection, concurrency=2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop()
    time.sleep(0.2)
    assert len(began) <= 1 + 2 * 2


def test_sessions_share_what_they_read_of_aws(hub: FakeHub) -> None:
    """A session that reads the services' models anew costs more than a vend."""

    def work(session: boto3.Session, target: Target) -> object:
        return session._session.get_component("data_loader")

    loaders = {id(outcome.value) for outcome in Hub().map(work, WORKLOADS)}
    assert len(loaders) == 1
