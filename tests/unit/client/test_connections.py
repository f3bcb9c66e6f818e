"""hubspoke.connections, over real sockets: kept open, shared by threads, by TLS and through proxies."""

import os
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import hubspoke
from hubspoke import Hub, connections
from tests.faults.certificates import Certificates
from tests.support.connect_proxy import ConnectProxy, connect_proxy
from tests.support.fake_hub import (
    SESSION_TOKEN,
    Answer,
    FakeHub,
    document,
    fake_hub,
    refusal,
)

_NO_WORD = Answer(raw=b"")


@pytest.fixture
def kept() -> Iterator[FakeHub]:
    """Serve a hub that keeps its connections open."""
    with fake_hub(keep_alive=True) as served:
        yield served


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make an authority of the run's own."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def by_tls(certificates: Certificates) -> Iterator[FakeHub]:
    """Serve a hub by TLS, whose authority nobody trusts by default."""
    with fake_hub(keep_alive=True, tls=lambda accepted: certificates.serve(accepted, "good")) as served:
        yield served


@pytest.fixture
def proxy(certificates: Certificates) -> Iterator[ConnectProxy]:
    """Serve a proxy, behind which every name is a hub by TLS that is called hub.invalid."""
    with (
        fake_hub(keep_alive=True, tls=lambda accepted: certificates.serve(accepted, "hub")) as served,
        connect_proxy(served.port) as between,
    ):
        yield between


def _call(served: FakeHub, calls: int = 1, **options: int) -> Hub:
    hub = Hub(served.endpoint, **{"retries": 0, **options})  # type: ignore[arg-type]
    for _ in range(calls):
        hub.identity()
    return hub


def test_one_thread_needs_one_connection(kept: FakeHub) -> None:
    """However often it calls."""
    _call(kept, calls=20)
    assert (kept.connections, len(kept.seen)) == (1, 20)


def test_threads_share_the_connections(kept: FakeHub) -> None:
    """There are no more of them than calls at a time, and no reply gets to another thread."""
    hub = Hub(kept.endpoint, cache=False)
    with ThreadPoolExecutor(8) as pool:
        accounts = [f"{number:012}" for number in range(80)]
        found = list(pool.map(lambda account: hub.credentials(account, "any").account, accounts))
    assert found == accounts
    assert kept.connections <= 8
    assert all(seen.signature_is_good for seen in kept.seen)


def test_a_connection_that_the_hub_has_closed_costs_no_error(kept: FakeHub) -> None:
    """Nor a try of those that the caller allows."""
    kept.script = [document(200, {}), document(200, {})]
    kept.script[0].hang_up = True
    hub = Hub(kept.endpoint, retries=0)
    with pytest.raises(hubspoke.ReplyMalformed):
        hub.identity()
    with pytest.raises(hubspoke.ReplyMalformed):
        hub.identity()
    assert (kept.connections, len(kept.seen)) == (2, 2)


def test_a_kept_connection_that_ends_without_a_word_is_replaced(kept: FakeHub) -> None:
    """The hub closed it as we wrote: nothing was answered, so the call is sent again, once."""
    hub = _call(kept)
    kept.script = [_NO_WORD]
    hub.identity()
    assert (kept.connections, len(kept.seen)) == (2, 3)


def test_a_replacement_is_new(kept: FakeHub) -> None:
    """Others that were kept would have ended with the first."""
    hub = Hub(kept.endpoint, retries=0)
    kept.script = [Answer(200, b"{}", {"Content-Type": "application/json"}, delay=0.2) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(hub.identity) for _ in range(4)]:
            assert isinstance(done.exception(), hubspoke.ReplyMalformed)
    kept.script = [_NO_WORD]
    hub.identity()
    assert kept.connections == 5


def test_a_new_connection_that_ends_without_a_word_is_an_error(kept: FakeHub) -> None:
    """The call may have been taken: to send it again is for whoever allows retries."""
    kept.script = [_NO_WORD]
    with pytest.raises(hubspoke.HubUnreachable):
        _call(kept)
    assert len(kept.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b'{"a": 1} and more', truncate_at=8),
        Answer(raw=b"SSH-2.0-hush\r\n\r\n"),
        Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"),
    ],
    ids=["truncated", "not HTTP", "torn"],
)
def test_an_answer_that_breaks_off_is_not_asked_for_again(kept: FakeHub, answer: Answer) -> None:
    """What was vended, was: a kept connection changes nothing about that."""
    hub = _call(kept)
    kept.script = [answer]
    with pytest.raises(hubspoke.HubUnreachable):
        hub.identity()
    assert len(kept.seen) == 2


def test_after_an_error_the_next_call_has_a_connection_of_its_own(kept: FakeHub) -> None:
    """What was left of a reply must not be read as the next one."""
    hub = Hub(kept.endpoint, retries=0, timeout=10)
    kept.script = [Answer(200, b" " * (8 << 20)), refusal(403, "AccessDenied")]
    with pytest.raises(hubspoke.ReplyMalformed):
        hub.identity()
    with pytest.raises(hubspoke.AccessDenied):
        hub.identity()
    assert hub.identity().account == "111111111111"
    assert kept.connections == 2


def test_a_reply_that_came_too_late_is_nobody_elses(kept: FakeHub) -> None:
    """Whoever waited for it has gone, and the next call gets its own."""
    hub = Hub(kept.endpoint, retries=0, timeout=0.5, cache=False)
    kept.script = [Answer(200, b'{"late": true}', delay=0.8)]
    with pytest.raises(hubspoke.HubUnreachable):
        hub.credentials("222222222222", "late")
    assert hub.credentials("333333333333", "next").account == "333333333333"


def test_what_the_hub_is_about_to_close_is_not_kept(kept: FakeHub) -> None:
    """It says so: the next call is then the first of its connection, and not sent again by itself."""
    hub = Hub(kept.endpoint, retries=0)
    kept.script = [document(200, {}, Connection="close"), _NO_WORD]
    with pytest.raises(hubspoke.ReplyMalformed):
        hub.identity()
    with pytest.raises(hubspoke.HubUnreachable):
        hub.identity()
    assert (kept.connections, len(kept.seen)) == (2, 2)


def test_what_was_idle_for_long_is_not_used(kept: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind an address translation it may be gone without a word, as after a laptop's sleep."""
    hub = _call(kept)
    monkeypatch.setattr(connections, "_IDLE_LONGEST", 0.0)
    hub.identity()
    assert kept.connections == 2


def test_no_more_are_kept_than_may_be(kept: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a burst needed."""
    monkeypatch.setattr(connections, "_IDLE_MOST", 0)
    _call(kept, calls=3)
    assert kept.connections == 3


def test_a_fork_has_connections_of_its_own(kept: FakeHub) -> None:
    """The two processes would read each other's replies."""
    hub = _call(kept)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12's, of a fork beside threads
        child = os.fork()
    if child == 0:
        try:
            hub.identity()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept.connections == 2
    hub.identity()
    assert kept.connections == 2


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_own_ca_bundle_is_trusted(
    by_tls: FakeHub, certificates: Certificates, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whichever variable, a file here."""
    monkeypatch.setenv(variable, str(certificates.authority))
    _call(by_tls, calls=3)
    assert (by_tls.connections, len(by_tls.seen)) == (1, 3)


def test_a_folder_of_authorities_is_trusted(
    by_tls: FakeHub, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As OpenSSL wants them named."""
    named = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", certificates.authority],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tmp_path / "authorities").mkdir()
    (tmp_path / "authorities" / f"{named}.0").write_bytes(certificates.authority.read_bytes())
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "authorities"))
    _call(by_tls)


def test_the_ca_bundle_is_read_once(
    by_tls: FakeHub, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each connection would take four milliseconds for it: here the file has gone by then."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(certificates.authority.read_bytes())
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    monkeypatch.setattr(connections, "_IDLE_MOST", 0)
    hub = _call(by_tls)
    bundle.unlink()
    hub.identity()
    assert by_tls.connections == 2


def test_the_shared_context_checks_certificates_and_names(certificates: Certificates) -> None:
    """Whatever a request or a connection would say; and it is one for all of them."""
    trust = connections.Trust(str(certificates.authority))
    assert (trust.context().verify_mode, trust.context().check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trust.context() is trust.context()


@pytest.mark.parametrize("name", ["self-signed", "expired", "another-name"])
def test_a_certificate_that_is_not_the_hubs_is_not_accepted(
    certificates: Certificates, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to whoever has it."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    with fake_hub(tls=lambda accepted: certificates.serve(accepted, name)) as served:
        with pytest.raises(hubspoke.HubUnreachable, match="AWS_CA_BUNDLE"):
            _call(served)
        assert served.seen == []


def test_an_authority_that_nobody_named_is_not_trusted(by_tls: FakeHub) -> None:
    """requests' own bundle doesn't have it."""
    with pytest.raises(hubspoke.HubUnreachable, match="certificate"):
        _call(by_tls)
    assert by_tls.seen == []


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_bundle_that_is_none(
    by_tls: FakeHub, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names the variables, and nothing is sent."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_CA_BUNDLE"):
        _call(by_tls)
    assert by_tls.seen == []


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_sees_a_name_and_nothing_else(
    proxy: ConnectProxy, certificates: Certificates, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens a tunnel, in which the hub's certificate is checked and the call is made."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    monkeypatch.setenv(variable, proxy.url)
    hub = Hub("https://hub.invalid/prod", retries=0)
    assert [hub.identity().account for _ in range(3)] == ["111111111111"] * 3
    (head,) = proxy.asked
    assert head.startswith(b"CONNECT hub.invalid:443 HTTP/1.")
    assert b"AWS4-HMAC" not in head
    assert SESSION_TOKEN.encode() not in head


def test_a_proxy_that_wants_a_password_gets_it(
    proxy: ConnectProxy, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its address holds it: user:hush."""
    proxy.wants = b"Proxy-Authorization: Basic dXNlcjpodXNo"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:hush@"))
    assert Hub("https://hub.invalid/prod", retries=0).identity().account == "111111111111"


def test_a_proxy_that_refuses(proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text and the password stay out of what is said."""
    proxy.wants = b"Proxy-Authorization: Basic another"
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:hush@"))
    with pytest.raises(hubspoke.HubUnreachable, match="HTTPS_PROXY") as raised:
        Hub("https://hub.invalid/prod", retries=0).identity()
    assert "ush" not in raised.value.diagnostics().replace("hubspoke", "")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonesuch://x", "http://", "socks5://127.0.0.1:1"])
def test_a_proxy_that_is_none(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told with the variable to look at."""
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(hubspoke.HubUnreachable, match="HTTPS_PROXY"):
        Hub("https://hub.invalid/prod", retries=0).identity()


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["hub.invalid", ".invalid", "*", "a.test, hub.invalid"])
def test_no_proxy_is_honoured(
    proxy: ConnectProxy, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy isn't asked; nobody else knows the name."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv(variable, value)
    with pytest.raises(hubspoke.HubUnreachable):
        Hub("https://hub.invalid/prod", retries=0, timeout=5).identity()
    assert proxy.asked == []


def test_the_proxy_is_on_loopback(proxy: ConnectProxy) -> None:
    """Or the tests above would have asked somebody else."""
    assert urlsplit(proxy.url).hostname == "127.0.0.1"
