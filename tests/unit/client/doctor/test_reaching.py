"""hubspoke.doctor.reaching and connecting: why an endpoint isn't reached, on real sockets."""

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubspoke import settings
from hubspoke.connections import Connections, Trust
from hubspoke.doctor import connecting, reaching
from hubspoke.doctor.reaching import Reached
from hubspoke.endpoint import parse
from tests.faults.certificates import Certificates
from tests.plugins.canary import Canaries
from tests.support.connect_proxy import ConnectProxy, connect_proxy
from tests.support.fake_hub import Answer, FakeHub, document, fake_hub, gateway
from tests.support.findings import codes, only, wrongs

_REFUSED = gateway(403, "MissingAuthenticationTokenException")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make an authority of the run's own."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def proxy(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectProxy]:
    """Serve a proxy, behind which every name is a hub by TLS that is called hub.invalid."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    with (
        fake_hub(tls=lambda accepted: certificates.serve(accepted, "hub")) as served,
        connect_proxy(served.port) as between,
    ):
        yield between


def _reach(url: str) -> Reached:
    place = parse(url)
    return reaching.examine(place, Connections(place, Trust(settings.read().ca_bundle)))


def _by_tls(certificates: Certificates, name: str) -> Callable[[socket.socket], ssl.SSLSocket]:
    return lambda accepted: certificates.serve(accepted, name)


def test_an_endpoint_that_is_well(hub: FakeHub) -> None:
    """Is asked once, without a signature or a token."""
    assert codes(_reach(hub.endpoint).findings) == ["EndpointAnswers", "TlsNone", "UnsignedRefused"]
    (seen,) = hub.seen
    assert not {"authorization", "x-amz-security-token"} & {name.lower() for name in seen.headers}


def test_an_endpoint_by_tls_that_is_well(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its certificate is right in all three ways."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    with fake_hub(tls=_by_tls(certificates, "good")) as served:
        assert codes(_reach(served.endpoint).findings) == ["EndpointAnswers", "TlsGood", "UnsignedRefused"]


@pytest.mark.parametrize(
    ("name", "code"),
    [("self-signed", "TlsUntrusted"), ("expired", "TlsOutOfDate"), ("another-name", "TlsOtherName")],
)
def test_what_is_wrong_with_a_certificate_is_told_apart(
    certificates: Certificates, name: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing was sent."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    with fake_hub(tls=_by_tls(certificates, name)) as served:
        reached = _reach(served.endpoint)
        assert (codes(reached.findings), reached.reply) == (["EndpointConnects", code], None)
        assert served.seen == []


def test_an_authority_that_nobody_named(certificates: Certificates) -> None:
    """Is untrusted, however good the certificate."""
    with fake_hub(tls=_by_tls(certificates, "good")) as served:
        assert wrongs(_reach(served.endpoint).findings) == ["TlsUntrusted"]


def test_a_server_without_tls(hub: FakeHub) -> None:
    """An https address of what speaks plain HTTP."""
    assert codes(_reach(hub.endpoint.replace("http:", "https:")).findings) == ["EndpointConnects", "TlsFails"]


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_bundle_that_is_none(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not there, or something else."""
    if content:
        (tmp_path / "bundle.pem").write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    assert codes(_reach("https://127.0.0.1:1/prod").findings) == ["CaBundleUnreadable"]


def test_a_name_that_nobody_has() -> None:
    """It is said, since that is what is mistyped."""
    found = only(_reach("https://abc123.execute-api.invalid/prod").findings, "NameUnknown")
    assert "abc123.execute-api.invalid" in found.says


def test_a_port_that_nobody_listens_on() -> None:
    """Unlike a name that isn't there."""
    assert codes(_reach("https://127.0.0.1:1/prod").findings) == ["ConnectionRefused"]


def test_an_endpoint_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections, and says nothing: waited for no longer than can be."""
    monkeypatch.setattr(reaching, "_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert codes(_reach(f"http://127.0.0.1:{silent.getsockname()[1]}/prod").findings) == [
            "ConnectionLate"
        ]


def test_an_answer_that_drips(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte by byte, it is bounded by no socket's timeout."""
    monkeypatch.setattr(reaching, "_SECONDS", 0.3)
    hub.script = [Answer(403, b"x" * 1000, drip=0.05)]
    assert codes(_reach(hub.endpoint).findings) == ["ConnectionLate"]


@pytest.mark.parametrize(
    "raw", [b"", b"SSH-2.0-hush\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
def test_an_answer_that_is_none(hub: FakeHub, raw: bytes) -> None:
    """Nothing at all, another protocol, or torn."""
    hub.script = [Answer(raw=raw)]
    assert codes(_reach(hub.endpoint).findings) == ["NoHttp"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (document(200, {"AccountId": "111111111111"}), "UnsignedAnswered"),
        (Answer(204), "UnsignedAnswered"),
        (Answer(302, headers={"Location": "https://elsewhere.invalid/"}), "EndpointRedirects"),
        (Answer(404, b"<html>"), "NotAnApi"),
        (Answer(401), "NotAnApi"),
        (Answer(429), "EndpointDown"),
        (Answer(503), "EndpointDown"),
        (Answer(500, b"\x00\xff" * 9999), "EndpointDown"),
    ],
)
def test_what_answers_whoever_doesnt_sign_is_sent_nothing_signed(
    hub: FakeHub, answer: Answer, code: str
) -> None:
    """An open endpoint is loudly wrong; and a session token would go with a signature."""
    hub.script = [answer]
    reached = _reach(hub.endpoint)
    assert (wrongs(reached.findings), reached.reply) == ([code], None)
    assert code != "UnsignedAnswered" or "ALARM" in only(reached.findings, code).says


@pytest.mark.parametrize("kind", [None, "ForbiddenException", "\x1b[2J"])
def test_a_refusal_in_other_words_is_gone_on_from(hub: FakeHub, kind: str | None) -> None:
    """A firewall's, or a private API's: the signed call tells."""
    hub.script = [gateway(403, kind)]
    reached = _reach(hub.endpoint)
    assert codes(reached.findings)[-1] == "UnsignedForbidden"
    assert reached.reply is not None


@pytest.mark.parametrize("kind", ["AccessDeniedException:http://internal/", "UnrecognizedClientException"])
def test_each_refusal_of_iams_is_one(hub: FakeHub, kind: str) -> None:
    """A resource policy's, or another gateway's words for it."""
    hub.script = [gateway(403, kind)]
    assert codes(_reach(hub.endpoint).findings)[-1] == "UnsignedRefused"


def test_a_proxy_is_named_without_its_password(
    proxy: ConnectProxy, canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its user."""
    secret = re.sub("[^A-Za-z0-9]", "", canaries.plant("password"))
    canaries.adopt("password", secret)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{secret}@127.0.0.1:{proxy.port}")
    findings = _reach("https://hub.invalid/prod").findings
    assert codes(findings) == ["ProxyUsed", "EndpointAnswers", "TlsGood", "UnsignedRefused"]
    assert f"127.0.0.1:{proxy.port}" in only(findings, "ProxyUsed").says
    canaries.check("the findings", repr(findings))


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://[", "socks5://127.0.0.1:1"])
def test_a_proxy_that_isnt_there(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or isn't one, or is one for which a library lacks."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    assert codes(_reach("https://hub.invalid/prod").findings) == ["ProxyUsed", "ProxyRefuses"]


def test_a_proxy_that_wants_a_password(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """407."""
    proxy.wants = b"Proxy-Authorization: Basic"
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    assert wrongs(_reach("https://hub.invalid/prod").findings) == ["ProxyRefuses"]


def test_a_proxy_that_no_proxy_takes_out_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor for loopback."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert codes(_reach("https://127.0.0.1:1/prod").findings) == ["ConnectionRefused"]
    monkeypatch.setenv("NO_PROXY", "hub.invalid")
    assert codes(_reach("https://hub.invalid/prod").findings) == ["NameUnknown"]


def test_exceptions_that_are_each_others_cause_are_looked_at_once() -> None:
    """Whoever chained them in a circle."""
    first, second = OSError("a"), OSError("b")
    first.__context__, second.__context__ = second, first
    assert codes(connecting.failed(parse("https://hub.invalid"), first)) == ["NoHttp"]
