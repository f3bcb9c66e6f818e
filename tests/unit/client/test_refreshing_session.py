"""hubspoke.refreshing_session: real boto3 clients, against an AWS on loopback that notes whose key signed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.credentials import RefreshableCredentials

import hubspoke
from hubspoke import Hub, refreshing_session
from tests.support.fake_hub import ACCOUNT, ROLE, Answer, FakeHub, refusal

_WHO = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn</Arn><UserId>id</UserId><Account>222222222222</Account></GetCallerIdentityResult>"
    b"<ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)


class Aws:
    """Where the session's calls go: the address, and the access key of each call."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.keys: list[str] = []


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Serve GetCallerIdentity."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            served.keys.append(self.headers["Authorization"].split("Credential=")[1].split("/")[0])
            self.send_response(200)
            self.send_header("Content-Length", str(len(_WHO)))
            self.end_headers()
            self.wfile.write(_WHO)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        served = Aws(server.server_address[1])
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield served
        server.shutdown()
        thread.join()


def _client(session: boto3.Session, aws: Aws) -> Any:
    return session.client("sts", endpoint_url=aws.url, region_name="eu-west-1")


def _pass(session: boto3.Session, seconds: float) -> None:
    """Let time pass, for the session alone: its credentials are that much nearer to their end."""
    found = session.get_credentials()
    assert isinstance(found, RefreshableCredentials)
    found._expiry_time -= timedelta(seconds=seconds)
    renewal = found._refresh_using
    credentials = renewal.entry.credentials
    object.__setattr__(credentials, "expiration", credentials.expiration - timedelta(seconds=seconds))


def _calls(session: boto3.Session, aws: Aws, threads: int, each: int = 2) -> list[str]:
    """Call AWS on so many threads, each with a client of its own; return the keys that signed."""
    clients = [_client(session, aws) for _ in range(threads)]
    aws.keys.clear()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda client: [client.get_caller_identity() for _ in range(each)], clients))
    return aws.keys


@pytest.mark.parametrize("duration", [900, 3600])
@pytest.mark.parametrize("cache", [True, False])
def test_a_session_renews_in_time_and_not_at_each_call(
    hub: FakeHub, aws: Aws, duration: int, cache: bool
) -> None:
    """Not while they are good, also where botocore's own window is all of their lifetime."""
    session = Hub(cache=cache).session(ACCOUNT, ROLE, duration=duration)
    keys = _calls(session, aws, threads=4, each=3)
    assert (len(set(keys)), len(keys), len(hub.seen)) == (1, 12, 1)


@pytest.mark.parametrize("duration", [900, 3600])
@pytest.mark.parametrize("left", [200, 30, -30], ids=["due", "in the last minute", "over"])
def test_many_threads_renew_once(hub: FakeHub, aws: Aws, duration: int, left: int) -> None:
    """And no call is signed with what has ended."""
    session = Hub(cache=False).session(ACCOUNT, ROLE, duration=duration)
    (old,) = set(_calls(session, aws, threads=1))
    _pass(session, duration - left)
    keys = _calls(session, aws, threads=24)
    assert len(hub.seen) == 2
    assert len(keys) == 48
    if left <= 60:
        assert old not in keys
    assert set(_calls(session, aws, threads=4)) == set(keys) - {old}
    assert len(hub.seen) == 2


def test_while_one_renews_the_others_go_on(hub: FakeHub, aws: Aws) -> None:
    """A hub that takes its time holds up one thread and no more."""
    session = Hub(cache=False).session(ACCOUNT, ROLE, duration=900)
    client = _client(session, aws)
    _pass(session, 750)
    hub.script = [Answer(503, delay=3)]
    renewing = Thread(target=lambda: _client(session, aws).get_caller_identity())
    renewing.start()
    while len(hub.seen) < 2:
        time.sleep(0.01)
    began = time.monotonic()
    client.get_caller_identity()
    assert time.monotonic() - began < 2
    hub.closed.set()
    renewing.join()


_DOWN = [
    Answer(503),
    refusal(503, "Unavailable"),
    refusal(503, "Throttled"),
    refusal(429, "TooManyRequests"),
    Answer(raw=b""),
]


@pytest.mark.parametrize("answer", _DOWN, ids=["gateway", "Unavailable", "Throttled", "429", "silent"])
@pytest.mark.parametrize("left", [200, 70])
def test_a_failed_renewal_is_no_error_while_they_last(
    hub: FakeHub, aws: Aws, answer: Answer, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    """One try and one warning, whatever many threads call; after a pause it is tried again."""
    session = Hub(cache=False, retries=0).session(ACCOUNT, ROLE, duration=900)
    (old,) = set(_calls(session, aws, threads=1))
    _pass(session, 900 - left)
    hub.script = [answer]
    assert set(_calls(session, aws, threads=8)) == {old}
    assert len(hub.seen) == 2
    assert [record.name for record in caplog.records] == ["hubspoke.refreshing_session"]


def test_after_a_pause_a_renewal_is_tried_again(
    hub: FakeHub, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And comes about when the hub is back."""
    monkeypatch.setattr(refreshing_session, "_PAUSE", 0.0)
    session = Hub(cache=False, retries=0).session(ACCOUNT, ROLE, duration=900)
    _pass(session, 750)
    hub.script = [Answer(503)]
    client = _client(session, aws)
    client.get_caller_identity()
    client.get_caller_identity()
    assert len(hub.seen) == 3
    assert aws.keys[0] != aws.keys[1]


def test_what_has_ended_is_an_error_that_says_why(hub: FakeHub, aws: Aws) -> None:
    """The hub's own, out of the call that needed it; it is not asked at each further call."""
    session = Hub(cache=False, retries=0).session(ACCOUNT, ROLE, duration=900)
    client = _client(session, aws)
    _pass(session, 890)
    hub.script = [refusal(503, "Unavailable")]
    for _ in range(3):
        with pytest.raises(hubspoke.HubUnavailable):
            client.get_caller_identity()
    assert (len(hub.seen), aws.keys) == (2, [])


def test_a_refused_renewal_ends_the_session_when_they_end(hub: FakeHub, aws: Aws) -> None:
    """A grant was taken back: what was vended lasts, nothing follows, and the hub isn't asked each time."""
    session = Hub(cache=False).session(ACCOUNT, ROLE, duration=900)
    client = _client(session, aws)
    _pass(session, 750)
    hub.script = [refusal(403, "AccessDenied")]
    for _ in range(3):
        client.get_caller_identity()
    _pass(session, 100)
    with pytest.raises(hubspoke.AccessDenied):
        client.get_caller_identity()
    assert (len(hub.seen), len(aws.keys)) == (2, 3)


def test_two_sessions_of_one_role_share_what_is_kept(hub: FakeHub, aws: Aws) -> None:
    """Through the cache: the second costs no vend."""
    hub_of_one, hub_of_other = Hub.from_env(), Hub.from_env()
    keys = _calls(hub_of_one.session(ACCOUNT, ROLE), aws, threads=2, each=1)[:]
    keys += _calls(hub_of_other.session(ACCOUNT, ROLE), aws, threads=2, each=1)
    assert (len(set(keys)), len(hub.seen)) == (1, 1)


def test_the_time_that_passes_is_the_sessions_own(hub: FakeHub) -> None:
    """What the tests above rely on."""
    session = Hub(cache=False).session(ACCOUNT, ROLE, duration=900)
    _pass(session, 600)
    found = session.get_credentials()
    assert isinstance(found, RefreshableCredentials)
    left = found._expiry_time - datetime.now(UTC)
    assert timedelta(seconds=290) < left < timedelta(seconds=301)
