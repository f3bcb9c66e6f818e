"""hubspoke.transport, over real sockets."""

import base64
import http.client
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import hubspoke
from hubspoke.endpoint import parse
from hubspoke.outages import Outages
from hubspoke.own_credentials import OwnCredentials
from hubspoke.replies import Reply
from hubspoke.transport import Transport
from hubspoke_contract.secret import Secret
from tests.support.fake_hub import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    Answer,
    FakeHub,
    document,
    fake_hub,
    gateway,
    refusal,
)

_OWN = OwnCredentials(ACCESS_KEY_ID, Secret(SECRET_ACCESS_KEY), Secret(SESSION_TOKEN))


class _Caller:
    """A transport, and whose credentials sign."""

    def __init__(self, transport: Transport, own: OwnCredentials) -> None:
        self._transport = transport
        self._own = own

    def call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        return self._transport.call(self._own, method, path, body)


def _transport(
    *endpoints: str,
    timeout: float = 5,
    retries: int = 2,
    own: OwnCredentials = _OWN,
    ca_bundle: str | None = None,
) -> _Caller:
    places = [(parse(endpoint), REGION) for endpoint in endpoints]
    return _Caller(Transport(places, timeout, retries, ca_bundle, Outages(None)), own)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/identity", None),
        ("GET", "/v1/roles?NextToken=ab%2Bc%2F%3D%3D", None),
        ("POST", "/v1/accounts/222222222222/roles/plain/credentials", b"{}"),
        ("POST", "/v1/accounts/222222222222/roles/a+b=c,d.e@f-g_h/credentials", b'{"Reason": "\\u00e9"}'),
    ],
)
@pytest.mark.parametrize("token", [Secret(SESSION_TOKEN), None])
def test_another_signer_gets_the_same_signature(
    hub: FakeHub, method: str, path: str, body: bytes | None, token: Secret | None
) -> None:
    """botocore agrees, over the bytes that came over the wire, whatever a role's name holds."""
    hub.script = [document(200, {})]
    own = OwnCredentials(ACCESS_KEY_ID, Secret(SECRET_ACCESS_KEY), token)
    _transport(hub.endpoint, own=own).call(method, path, body)
    (seen,) = hub.seen
    assert (seen.method, seen.target, seen.signature_is_good) == (method, "/prod" + path, True)
    assert seen.headers.get("X-Amz-Security-Token", seen.headers.get("x-amz-security-token")) == (
        token and token.reveal()
    )


def test_the_fake_hub_notices_a_changed_body(hub: FakeHub) -> None:
    """What the test above says is worth something."""
    own = OwnCredentials(ACCESS_KEY_ID, Secret("another"), None)
    with pytest.raises(hubspoke.OwnCredentialsError):
        _transport(hub.endpoint, own=own).call("GET", "/v1/identity")
    assert not hub.seen[0].signature_is_good


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(hub: FakeHub, status: int) -> None:
    """A signed request goes where the caller said, or nowhere."""
    with fake_hub() as other:
        hub.script = [Answer(status, b"", {"Location": f"{other.endpoint}/v1/identity"})]
        with pytest.raises(hubspoke.ReplyMalformed, match="elsewhere"):
            _transport(hub.endpoint).call("GET", "/v1/identity")
        assert other.seen == []
    assert len(hub.seen) == 1


def test_netrc_is_not_used(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would replace the signature, and tell the hub a password."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hush\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    _transport(hub.endpoint).call("GET", "/v1/identity")
    (seen,) = hub.seen
    assert seen.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert base64.b64encode(b"someone:hush").decode() not in str(seen.headers)


def test_loopback_goes_through_no_proxy(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's own loopback is another machine's."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert _transport(hub.endpoint).call("GET", "/v1/identity").status == 200


def test_a_proxy_is_used_for_the_rest(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for a tunnel, and sees no header of ours."""
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{hub.port}")
    with pytest.raises(hubspoke.HubUnreachable):
        _transport("https://hub.invalid/prod", retries=0).call("GET", "/v1/identity")
    assert hub.seen == []  # a CONNECT, which the fake hub doesn't serve


@pytest.mark.parametrize("code", ["Throttled", "Unavailable"])
def test_a_busy_hub_is_tried_again(hub: FakeHub, code: str) -> None:
    """With a new signature, and its answer is the one that counts."""
    hub.script = [refusal(503, code, Retry_After="0"), refusal(503, code, Retry_After="0")]
    assert _transport(hub.endpoint).call("GET", "/v1/identity").status == 200
    assert len(hub.seen) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_without_the_hub_is_tried_again(hub: FakeHub, status: int) -> None:
    """Its 5xx hold none of our codes."""
    hub.script = [Answer(status, b"<html>oops</html>")]
    assert _transport(hub.endpoint).call("GET", "/v1/identity").status == 200


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(400, "InvalidRequest"), hubspoke.RequestInvalid),
        (refusal(403, "AccessDenied"), hubspoke.AccessDenied),
        (refusal(429, "TooManyRequests", Retry_After="1"), hubspoke.TooManyRequests),
        (refusal(502, "SpokeRefused"), hubspoke.SpokeRefused),
        (gateway(403, "AccessDeniedException"), hubspoke.CallNotAllowed),
        (gateway(403, "ExpiredTokenException"), hubspoke.OwnCredentialsError),
        (gateway(429, "TooManyRequestsException"), hubspoke.TooManyRequests),
        (Answer(404, b"{}"), hubspoke.ReplyMalformed),
    ],
)
def test_a_refusal_is_final(hub: FakeHub, answer: Answer, kind: type[hubspoke.HubspokeError]) -> None:
    """Asking again would not change it, or make it worse."""
    hub.script = [answer]
    with pytest.raises(kind):
        _transport(hub.endpoint).call("GET", "/v1/identity")
    assert len(hub.seen) == 1


def test_retries_end(hub: FakeHub) -> None:
    """As many as asked for, and the last answer is raised."""
    hub.script = [refusal(503, "Throttled", Retry_After="0") for _ in range(5)]
    with pytest.raises(hubspoke.HubThrottled):
        _transport(hub.endpoint, retries=1).call("GET", "/v1/identity")
    assert len(hub.seen) == 2


def test_retry_after_is_honoured(hub: FakeHub) -> None:
    """The hub knows best."""
    hub.script = [refusal(503, "Throttled", Retry_After="1")]
    began = time.monotonic()
    _transport(hub.endpoint).call("GET", "/v1/identity")
    assert time.monotonic() - began >= 1


def test_a_wait_beyond_the_deadline_is_not_begun(hub: FakeHub) -> None:
    """The caller learns at once."""
    hub.script = [refusal(503, "Unavailable", Retry_After="60")]
    began = time.monotonic()
    with pytest.raises(hubspoke.HubUnavailable) as raised:
        _transport(hub.endpoint).call("GET", "/v1/identity")
    assert time.monotonic() - began < 2
    assert raised.value.retry_after == 60


@pytest.mark.parametrize(
    "answer",
    [Answer(200, b"{}" * 50, delay=30), Answer(200, b"{}" * 50, drip=0.2)],
    ids=["silent", "dripping"],
)
def test_the_deadline_holds(hub: FakeHub, answer: Answer) -> None:
    """For a hub that says nothing, and for one that says it byte by byte."""
    hub.script = [answer]
    began = time.monotonic()
    with pytest.raises(hubspoke.HubUnreachable, match="in time"):
        _transport(hub.endpoint, timeout=0.6).call("GET", "/v1/identity")
    assert time.monotonic() - began < 2


def test_a_truncated_reply_is_no_reply(hub: FakeHub) -> None:
    """It may read as whole, and isn't."""
    hub.script = [Answer(200, b'{"a": 1} and more', truncate_at=8)]
    with pytest.raises(hubspoke.HubUnreachable):
        _transport(hub.endpoint, retries=0).call("GET", "/v1/identity")


def test_nobody_listens(shown: Callable[[BaseException], str]) -> None:
    """One typed exception, that says what to check and holds nothing of the request."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(hubspoke.HubUnreachable, match="HUBSPOKE_ENDPOINT") as raised:
            _transport(f"http://127.0.0.1:{port}").call("GET", "/v1/identity")
    assert SECRET_ACCESS_KEY not in shown(raised.value)
    assert SESSION_TOKEN not in shown(raised.value)


def test_no_tls_where_it_is_asked_for(hub: FakeHub) -> None:
    """Says that it is the certificate."""
    with pytest.raises(hubspoke.HubUnreachable, match="certificate"):
        _transport(f"https://127.0.0.1:{hub.port}", retries=0).call("GET", "/v1/identity")


def test_a_ca_bundle_that_is_not_there() -> None:
    """Names the variables."""
    transport = _transport("https://127.0.0.1:1", retries=0, ca_bundle="/nonesuch")
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_CA_BUNDLE"):
        transport.call("GET", "/v1/identity")


def test_what_is_not_http() -> None:
    """An SSH server, say."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-hush\r\n\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(hubspoke.HubUnreachable) as raised:
            _transport(f"http://127.0.0.1:{server.getsockname()[1]}", retries=0).call("GET", "/")
        thread.join()
    assert "hush" not in raised.value.diagnostics()


def test_a_huge_reply_is_not_read_to_its_end(hub: FakeHub) -> None:
    """Six megabytes are more than a Lambda can answer with."""
    hub.script = [Answer(200, b" " * (8 << 20))]
    assert len(_transport(hub.endpoint, timeout=10).call("GET", "/v1/identity").body) < 7 << 20


def test_the_client_sends_no_more_than_it_must(hub: FakeHub) -> None:
    """No version, no platform, no cookie."""
    _transport(hub.endpoint).call("GET", "/v1/identity")
    names = {name.lower() for name in hub.seen[0].headers}
    assert names <= {
        "host", "accept", "accept-encoding", "user-agent", "authorization", "x-amz-date",
        "x-amz-content-sha256", "x-amz-security-token",
    }  # fmt: skip


def test_the_fake_hub_refuses_the_unsigned(hub: FakeHub) -> None:
    """Or the tests above would prove nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", hub.port)
    connection.request("GET", "/prod/v1/identity")
    assert connection.getresponse().status == 403
    connection.close()
