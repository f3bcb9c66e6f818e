"""hubspoke.sts and hubspoke.sts_replies: STS failing in every way, over a real socket."""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import hubspoke
from hubspoke import HubRole
from hubspoke.exceptions import HubspokeError
from tests.support.connect_proxy import connect_proxy
from tests.support.fake_aws import FakeAws, Params, Reply, sts_error, sts_session

HUB, SPOKE = "999999999999", "888888888888"
HUB_ROLE, SPOKE_ROLE = "automation-hub-role", "automation-spoke-role"


def ask(retries: int = 0, timeout: float = 10) -> hubspoke.Credentials:
    role = HubRole(HUB, HUB_ROLE, cache=False, retries=retries, timeout=timeout)
    return role.credentials(SPOKE, SPOKE_ROLE)


def changed(**parts: str | None) -> Callable[[Params], Reply]:
    return lambda params: sts_session(params, **({"secret": "secret", "token": "token"} | parts))  # type: ignore[arg-type]


def on_the_second(answer: Callable[[Params], Reply]) -> Callable[[Params], Reply]:
    return lambda params: (answer if SPOKE in params["RoleArn"] else changed())(params)


@pytest.mark.parametrize(
    ("status", "code", "kind", "says"),
    [
        (403, "AccessDenied", hubspoke.HubRoleRefused, "sts:AssumeRole"),
        (403, "ExpiredToken", hubspoke.OwnCredentialsError, "expired"),
        (403, "ExpiredTokenException", hubspoke.OwnCredentialsError, "expired"),
        (403, "InvalidClientTokenId", hubspoke.OwnCredentialsError, "access key"),
        (403, "SignatureDoesNotMatch", hubspoke.OwnCredentialsError, "clock"),
        (400, "IncompleteSignature", hubspoke.OwnCredentialsError, "secret access key"),
        (400, "RequestExpired", hubspoke.OwnCredentialsError, "clock"),
        (400, "ValidationError", hubspoke.RequestInvalid, "session string"),
        (403, "RegionDisabledException", hubspoke.ConfigurationError, "--region"),
        (400, "Throttling", hubspoke.HubThrottled, "again"),
        (503, "RequestLimitExceeded", hubspoke.HubThrottled, "again"),
        (429, "Unheard", hubspoke.HubThrottled, "again"),
        (503, "ServiceUnavailable", hubspoke.HubUnavailable, "again"),
        (500, "InternalFailure", hubspoke.HubUnavailable, "again"),
        (400, "Unheard", hubspoke.ReplyMalformed, "AWS_ENDPOINT_URL_STS"),
    ],
)
def test_a_refusal_is_known_by_its_code(
    sts: FakeAws, status: int, code: str, kind: type[HubspokeError], says: str
) -> None:
    """Each says what to do, none in AWS's own words, and all with the call's id."""
    sts.sts = lambda _: sts_error(status, code, "planted words of AWS")
    with pytest.raises(kind, match=says) as raised:
        ask()
    assert "planted" not in raised.value.diagnostics()
    assert raised.value.diagnostics().count("\n") <= 1
    assert raised.value.request_id == "r"
    assert len(sts.assumed) == 1


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("AccessDenied", hubspoke.SpokeRefused, "external id"),
        ("ExpiredToken", hubspoke.OwnCredentialsError, "--no-cache"),
        ("InvalidClientTokenId", hubspoke.OwnCredentialsError, "--no-cache"),
        ("Throttling", hubspoke.HubThrottled, "again"),
    ],
)
def test_the_spokes_refusal_is_not_the_hub_roles(
    sts: FakeAws, code: str, kind: type[HubspokeError], says: str
) -> None:
    """It is another account's trust policy that needs mending, or a session that isn't the caller's own."""
    sts.sts = on_the_second(lambda _: sts_error(403, code))
    with pytest.raises(kind, match=says):
        ask()


SOON, LATE = (
    (datetime.now(UTC) + timedelta(seconds=left)).strftime("%Y-%m-%dT%H:%M:%SZ") for left in (-1, 2 * 3600)
)
DISBELIEVED: dict[str, Callable[[Params], Reply]] = {
    "nothing": lambda _: Reply(200, b""),
    "HTML": lambda _: Reply(200, b"<html><body>Welcome</body></html>"),
    "JSON": lambda _: Reply(200, b'{"Credentials": {}}', "application/json"),
    "no XML": lambda _: Reply(200, b"Credentials"),
    "cut": lambda params: Reply(200, changed()(params).body[:300]),
    "a document type": lambda params: Reply(200, b"<!DOCTYPE x>" + changed()(params).body),
    "too large": lambda params: Reply(200, changed(token="t" * 300_000)(params).body),
    "no key id": changed(AccessKeyId=None),
    "an empty key id": changed(AccessKeyId=""),
    "no secret": changed(SecretAccessKey=None),
    "an empty secret": changed(SecretAccessKey=""),
    "a secret of two lines": changed(SecretAccessKey="a\nb"),
    "no token": changed(SessionToken=None),
    "an empty token": changed(SessionToken=""),
    "a token with a space": changed(SessionToken="a b"),
    "no end": changed(Expiration=None),
    "an end that is none": changed(Expiration="soon"),
    "an end that is past": changed(Expiration=SOON),
    "an end that is too far": changed(Expiration=LATE),
    "no role": changed(Arn=None),
    "another role": changed(Arn=f"arn:aws:sts::{SPOKE}:assumed-role/administrator/hubspoke"),
    "another account": changed(Arn=f"arn:aws:sts::777777777777:assumed-role/{SPOKE_ROLE}/hubspoke"),
    "another session": changed(Arn=f"arn:aws:sts::{SPOKE}:assumed-role/{SPOKE_ROLE}/other"),
    "another partition": changed(Arn=f"arn:aws-cn:sts::{SPOKE}:assumed-role/{SPOKE_ROLE}/hubspoke"),
    "two secrets": lambda params: Reply(
        200,
        changed()(params).body.replace(
            b"<SessionToken>", b"<SecretAccessKey>x</SecretAccessKey><SessionToken>"
        ),
    ),
    "two of all": lambda params: Reply(
        200,
        re.sub(rb"(<Credentials>.*</Credentials>)", rb"\1\1", changed()(params).body),
    ),
    "a source identity of two lines": changed(SourceIdentity="a\nb"),
    "a redirection": lambda _: Reply(302, b"", headers={"Location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("name", DISBELIEVED)
def test_a_reply_that_isnt_what_was_asked_for_is_not_believed(sts: FakeAws, name: str) -> None:
    """Nothing of it is used."""
    sts.sts = on_the_second(DISBELIEVED[name])
    with pytest.raises(hubspoke.ReplyMalformed, match="Nothing of the reply is used"):
        ask()


def test_what_is_believed_is_otherwise_believed(sts: FakeAws) -> None:
    """The same reply, with nothing changed."""
    sts.sts = on_the_second(changed())
    assert ask().session_token.reveal() == "token"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, b"x" * 500, cut_after=100), id="reset-in-the-body"),
        pytest.param(Reply(200, b"", raw=b""), id="closed-without-a-word"),
        pytest.param(Reply(200, b"", raw=b"no HTTP\r\n\r\n"), id="no-http"),
        pytest.param(Reply(200, b"x", raw=b"HTTP/1."), id="half-a-line"),
    ],
)
def test_a_broken_connection_is_no_answer(sts: FakeAws, reply: Reply) -> None:
    """STS is unreachable, as far as can be told."""
    sts.sts = lambda _: reply
    with pytest.raises(hubspoke.HubUnreachable, match="AWS STS gave no answer"):
        ask()


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(200, b"x", delay=5), id="silence"),
        pytest.param(Reply(200, b"x" * 500, drip=0.05), id="a-slow-drip"),
    ],
)
def test_no_answer_in_time(sts: FakeAws, reply: Reply) -> None:
    """The call ends when it was to end, though bytes keep coming."""
    sts.sts = lambda _: reply
    began = time.monotonic()
    with pytest.raises(hubspoke.HubUnreachable, match="in time"):
        ask(retries=2, timeout=0.5)
    assert time.monotonic() - began < 4


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to check is named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(hubspoke.HubUnreachable, match="AWS_REGION"):
            ask()


def test_an_sts_on_loopback_is_never_asked_through_a_proxy(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without TLS, the proxy would read the session's keys."""
    with connect_proxy(1) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with suppress(hubspoke.HubspokeError):  # this proxy leads nowhere
            ask()
        assert proxy.asked == []
    assert len(sts.assumed) == 2


def test_a_server_that_speaks_no_tls(sts: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy's CA is what to check."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url.replace("http:", "https:"))
    with pytest.raises(hubspoke.HubUnreachable, match="TLS"):
        ask()


def test_a_ca_bundle_that_isnt_there(sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable is named."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url.replace("http:", "https:"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "nonesuch.pem"))
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_CA_BUNDLE"):
        ask()


@pytest.mark.parametrize("config", ["[profile x\n", "[default]\nsts_regional_endpoints = nonesuch\n"])
def test_a_broken_config_file(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str
) -> None:
    """Whatever of it botocore needs; what it doesn't, it passes over."""
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    if "nonesuch" in config:
        assert ask().account == SPOKE
        return
    with pytest.raises(hubspoke.ConfigurationError, match="aws configure list"):
        ask()


@pytest.mark.parametrize("failing", [sts_error(503, "ServiceUnavailable"), sts_error(400, "Throttling")])
def test_it_is_tried_again_where_that_can_help(sts: FakeAws, failing: Reply) -> None:
    """As often as was said."""
    answers = [failing, failing]
    sts.sts = lambda params: answers.pop() if answers else changed()(params)
    assert ask(retries=2).account == SPOKE
    assert len(sts.assumed) == 4


def test_a_refusal_is_final(sts: FakeAws) -> None:
    """It is no other a second later."""
    sts.sts = lambda _: sts_error(403, "AccessDenied")
    with pytest.raises(hubspoke.HubRoleRefused):
        ask(retries=5)
    assert len(sts.assumed) == 1


def test_retries_end_in_time(sts: FakeAws) -> None:
    """However many were asked for."""
    sts.sts = lambda _: sts_error(503, "ServiceUnavailable")
    began = time.monotonic()
    with pytest.raises(hubspoke.HubUnavailable):
        ask(retries=9, timeout=1)
    assert time.monotonic() - began < 5


def test_botocores_own_retries_are_off(sts: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """They know no deadline."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    sts.sts = lambda _: sts_error(503, "ServiceUnavailable")
    with pytest.raises(hubspoke.HubUnavailable):
        ask()
    assert len(sts.assumed) == 1


def test_the_endpoint_is_the_regions_own() -> None:
    """The global one's tokens are not good in every Region."""
    from hubspoke.own_credentials import OwnCredentials
    from hubspoke.sts import Sts
    from hubspoke_contract.secret import Secret

    client = Sts("eu-west-1", None, None, 5, 0)._client(OwnCredentials("AKIA", Secret("s"), None))
    assert client.meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"
    client.close()
