"""hubspoke.hub and hubspoke.refreshing_session, against a hub on loopback."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

import hubspoke
from hubspoke import Hub
from hubspoke.kept import encode
from tests.plugins.canary import Canaries
from tests.support.fake_hub import (
    ACCESS_KEY_ID,
    ACCOUNT,
    ROLE,
    SECRET_ACCESS_KEY,
    VENDED_SECRET,
    VENDED_TOKEN,
    Answer,
    FakeHub,
    document,
    gateway,
    offer,
    refusal,
    vended,
)


def test_credentials_are_vended(hub: FakeHub) -> None:
    """The request is the contract's, and so is the reply."""
    found = Hub(cache=False).credentials(
        ACCOUNT,
        ROLE,
        duration=timedelta(minutes=15),
        session_policy="read-only",
        tags={"team": "blue"},
        reason="INC-1",
    )
    assert (found.account, found.secret_access_key.reveal()) == (ACCOUNT, VENDED_SECRET)
    (seen,) = hub.seen
    assert seen.target == f"/prod/v1/accounts/{ACCOUNT}/roles/{ROLE}/credentials"
    assert seen.body == (
        b'{"DurationSeconds": 900, "SessionPolicy": "read-only", '
        b'"Tags": [{"Key": "team", "Value": "blue"}], "Reason": "INC-1"}'
    )


def test_from_env_is_what_the_environment_says(hub: FakeHub) -> None:
    """No argument is needed."""
    assert Hub.from_env().identity().label == "inventory-bot"
    assert hub.seen[0].signature_is_good


def test_no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.delenv("HUBSPOKE_ENDPOINT", raising=False)
    with pytest.raises(hubspoke.ConfigurationError, match="HUBSPOKE_ENDPOINT"):
        Hub()


def test_a_plain_endpoint_is_refused_before_credentials_are_looked_for() -> None:
    """Nothing is signed for it."""
    with pytest.raises(hubspoke.ConfigurationError, match="https"):
        Hub("http://hub.example.com")


def test_no_region(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_REGION"):
        Hub().identity()
    assert hub.seen == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"retries": -1},
        {"region": "x/y"},
    ],
)
def test_arguments_that_cant_be_right(arguments: dict[str, Any]) -> None:
    """Refused at once."""
    with pytest.raises(hubspoke.ArgumentInvalid):
        Hub("https://hub.example.com", **arguments)


def test_a_session_and_a_profile_contradict() -> None:
    """Which of them should sign?"""
    with pytest.raises(hubspoke.ArgumentInvalid):
        Hub("https://hub.example.com", session=boto3.Session(), profile="x")


def test_roles_come_page_by_page(hub: FakeHub) -> None:
    """Till there is no further page; a token is sent back as it came."""
    hub.script = [
        document(200, {"Roles": [offer()], "NextToken": "a+/=& b"}),
        document(200, {"Roles": [], "NextToken": "c"}),
        document(200, {"Roles": [offer("333333333333")]}),
    ]
    assert [each.account for each in Hub().roles()] == [ACCOUNT, "333333333333"]
    assert hub.seen[1].target == "/prod/v1/roles?NextToken=a%2B%2F%3D%26%20b"
    assert all(seen.signature_is_good for seen in hub.seen)


@pytest.mark.parametrize("token", ["again", "x" * 257])
def test_pages_that_never_end_are_not_asked_for(hub: FakeHub, token: str) -> None:
    """A token that comes twice, or could not be one."""
    hub.script = [document(200, {"Roles": [], "NextToken": token}) for _ in range(9)]
    with pytest.raises(hubspoke.ReplyMalformed):
        list(Hub().roles())
    assert len(hub.seen) <= 2


def test_a_reply_for_another_role_is_not_used_nor_kept(
    hub: FakeHub, shown: Callable[[BaseException], str]
) -> None:
    """Not even once, and its secrets are in no traceback."""
    hub.script = [document(200, vended("333333333333"))]
    with pytest.raises(hubspoke.ReplyMalformed) as raised:
        Hub().credentials(ACCOUNT, ROLE)
    assert VENDED_SECRET not in shown(raised.value)
    assert VENDED_TOKEN not in shown(raised.value)
    Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 2


def test_the_second_call_is_answered_by_the_cache(hub: FakeHub) -> None:
    """For another Hub, as another process would have."""
    assert Hub().credentials(ACCOUNT, ROLE) == Hub().credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 1


def test_without_the_cache_nothing_is_kept(hub: FakeHub, tmp_path: Path) -> None:
    """Neither read nor written."""
    Hub(cache=False).credentials(ACCOUNT, ROLE)
    assert not (tmp_path / ".cache").exists()
    Hub().credentials(ACCOUNT, ROLE)
    Hub(cache=False).credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"account": "333333333333"},
        {"role": "deploy-spoke-role"},
        {"duration": 900},
        {"session_policy": "read-only"},
        {"tags": {"a": "b"}},
        {"reason": "INC-1"},
    ],
)
def test_each_input_has_an_entry_of_its_own(hub: FakeHub, changed: dict[str, Any]) -> None:
    """Never the credentials of another request."""
    asked: dict[str, Any] = {"account": ACCOUNT, "role": ROLE}
    Hub().credentials(**asked)
    Hub().credentials(**asked | changed)
    assert len(hub.seen) == 2


def test_another_caller_does_not_get_the_entry(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal that is theirs is."""
    Hub().credentials(ACCOUNT, ROLE)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASTRANGER00000000")
    hub.script = [refusal(403, "AccessDenied")]
    with pytest.raises(hubspoke.AccessDenied):
        Hub().credentials(ACCOUNT, ROLE)


def test_another_endpoint_or_region_has_entries_of_its_own(hub: FakeHub) -> None:
    """A hub in development is not the real one."""
    Hub().credentials(ACCOUNT, ROLE)
    with pytest.raises(hubspoke.OwnCredentialsError):
        Hub(region="us-east-1").credentials(ACCOUNT, ROLE)
    with pytest.raises(hubspoke.ConfigurationError):
        Hub(f"http://127.0.0.1:{hub.port}/other").credentials(ACCOUNT, ROLE)
    assert len(hub.seen) == 3


def test_an_entry_swapped_for_another_roles_is_not_used(hub: FakeHub, tmp_path: Path) -> None:
    """The name is not the proof."""
    Hub().credentials(ACCOUNT, ROLE)
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().replace(ROLE, "admin").split("\n")
    entry.write_bytes(encode(lines[1:-2]))
    assert Hub().credentials(ACCOUNT, ROLE).assumed_role_arn.split("/")[1] == ROLE
    assert len(hub.seen) == 2


def test_credentials_near_their_end_are_renewed(hub: FakeHub) -> None:
    """The cache hands out none that a long command would outlive."""
    hub.lifetime = 60
    first = Hub().credentials(ACCOUNT, ROLE)
    assert Hub().credentials(ACCOUNT, ROLE) != first


_DOWN = [
    gateway(429, "TooManyRequestsException"),
    refusal(429, "TooManyRequests"),
    refusal(503, "Throttled"),
    refusal(503, "Unavailable"),
    Answer(200, b"{}", truncate_at=1),
    Answer(200, b"<html>Welcome to our hotel"),
    Answer(302, headers={"Location": "http://hotel.example/"}),
]


def _age_the_cache(tmp_path: Path, seconds: int) -> None:
    """Make the one entry look as if it had been vended for longer, so that it is due."""
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().split("\n")[1:-2]
    entry.write_bytes(encode([str(int(lines[0]) - seconds), *lines[1:]]))


@pytest.mark.parametrize("answer", _DOWN)
def test_good_credentials_are_not_lost_to_a_failed_renewal(
    hub: FakeHub, tmp_path: Path, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """They are used while they last, with a warning, and stay on disk."""
    hub.lifetime = 300
    first = Hub().credentials(ACCOUNT, ROLE)
    _age_the_cache(tmp_path, 3300)
    hub.script = [answer]
    assert Hub(retries=0).credentials(ACCOUNT, ROLE) == first
    assert "cached credentials" in caplog.text


def test_a_refusal_is_not_papered_over_by_the_cache(hub: FakeHub, tmp_path: Path) -> None:
    """Whoever is refused is refused."""
    hub.lifetime = 300
    Hub().credentials(ACCOUNT, ROLE)
    _age_the_cache(tmp_path, 3300)
    hub.script = [refusal(403, "AccessDenied")]
    with pytest.raises(hubspoke.AccessDenied):
        Hub().credentials(ACCOUNT, ROLE)


def test_credentials_about_to_end_are_never_handed_out(hub: FakeHub) -> None:
    """Not even when there is nothing else."""
    hub.lifetime = 59
    Hub().credentials(ACCOUNT, ROLE)
    hub.script = [refusal(503, "Unavailable")]
    with pytest.raises(hubspoke.HubUnavailable):
        Hub(retries=0).credentials(ACCOUNT, ROLE)


def test_a_hub_may_be_shared_by_threads(hub: FakeHub) -> None:
    """Each call has a signer of its own."""
    shared, found = Hub(cache=False), []
    threads = [
        threading.Thread(target=lambda: found.append(shared.credentials(ACCOUNT, ROLE))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert all(seen.signature_is_good for seen in hub.seen)


def test_a_session_acts_as_the_role(hub: FakeHub) -> None:
    """Whatever else the environment or a profile says."""
    session = Hub().session(ACCOUNT, ROLE, region_name="us-west-2")
    found = session.get_credentials()
    assert found is not None
    assert (found.method, found.token, found.account_id) == ("hubspoke", VENDED_TOKEN, ACCOUNT)
    assert session.client("sts").meta.region_name == "us-west-2"
    assert len(hub.seen) == 1


def test_a_short_session_is_not_renewed_at_each_call(hub: FakeHub) -> None:
    """Credentials of 900 s are within botocore's own window from the start."""
    credentials = Hub(cache=False).session(ACCOUNT, ROLE, duration=900).get_credentials()
    assert credentials is not None
    for _ in range(5):
        credentials.get_frozen_credentials()
    assert len(hub.seen) == 1


def test_a_session_renews_itself(hub: FakeHub) -> None:
    """Once they are due, with or without the cache."""
    hub.lifetime = 40
    credentials = Hub().session(ACCOUNT, ROLE).get_credentials()
    assert credentials is not None
    before = credentials.get_frozen_credentials().access_key
    hub.lifetime = 3600
    renewed = credentials.get_frozen_credentials().access_key
    assert renewed != before
    assert credentials.get_frozen_credentials().access_key == renewed


def test_a_sessions_first_vend_fails_at_once(hub: FakeHub) -> None:
    """With the exception that a vend raises."""
    hub.script = [refusal(403, "AccessDenied")]
    with pytest.raises(hubspoke.AccessDenied):
        Hub().session(ACCOUNT, ROLE)


def test_own_credentials_of_a_given_session_sign(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the environment's don't."""
    own = boto3.Session(aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANOTHER000000000")
    assert Hub(session=own).identity().account == "111111111111"
    assert hub.seen[0].signature_is_good


def test_no_secret_surfaces(
    hub: FakeHub,
    canaries: Canaries,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    shown: Callable[[BaseException], str],
) -> None:
    """Not the caller's, not the vended ones: whatever is logged at DEBUG, raised, or left on disk."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", canaries.plant("own secret"))
    monkeypatch.setenv("AWS_SESSION_TOKEN", canaries.plant("own token"))
    good = vended(SecretAccessKey=canaries.plant("secret"), SessionToken=canaries.plant("token"))
    truncated = Answer(200, json.dumps(good).encode(), truncate_at=300)
    malformed = document(200, good | {"AccountId": 7})
    elsewhere = document(200, good | {"AccountId": "333333333333"})
    for answer in (truncated, malformed, elsewhere, refusal(403, "AccessDenied"), Answer(500, b"x")):
        hub.script = [answer]
        with pytest.raises(hubspoke.HubspokeError) as raised:
            Hub(retries=0).credentials(ACCOUNT, ROLE)
        canaries.check("the traceback", shown(raised.value))
    hub.script = [document(200, good)]
    canaries.check("the credentials", repr(Hub().credentials(ACCOUNT, ROLE)))
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    canaries.may_hold(entry)
