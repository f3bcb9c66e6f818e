"""hubspoke.sign_in: which hosts, which address, and what becomes of a bad answer."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hubspoke import sign_in
from hubspoke.exceptions import (
    ArgumentInvalid,
    ConfigurationError,
    HubspokeError,
    HubUnavailable,
    HubUnreachable,
    ReplyMalformed,
    SignInRefused,
)
from hubspoke.sign_in import require_grammar, sign_in_url
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.reply import Credentials
from tests.plugins.canary import Canaries
from tests.support.entries import entry
from tests.support.fake_sign_in import TOKEN, FakeSignIn, fake_sign_in

_TARGET = Target(AccountId("222222222222"), RoleName("automation-spoke-role"))


@pytest.fixture
def endpoint() -> Iterator[FakeSignIn]:
    """Serve a sign-in endpoint."""
    with fake_sign_in() as served:
        yield served


def _credentials(partition: str = "aws", secret: str = "spoke-secret") -> Credentials:  # noqa: S107
    found = entry(_TARGET, secret=secret).credentials
    return replace(found, assumed_role_arn=found.assumed_role_arn.replace("arn:aws:", f"arn:{partition}:"))


def _url(override: str | None, partition: str = "aws", **given: Any) -> str:
    asked: dict[str, Any] = {"service": None, "region": None, "ca_bundle": None, **given}
    return sign_in_url(_credentials(partition), override=override, **asked)


def _query(url: str) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(urlsplit(url).query, strict_parsing=True).items()}


def test_the_url_signs_in_with_the_token(endpoint: FakeSignIn) -> None:
    """And holds none of the credentials."""
    url = _url(endpoint.endpoint)
    assert url.startswith(f"{endpoint.endpoint}/federation?")
    assert _query(url) == {
        "Action": "login",
        "Issuer": "hubspoke",
        "Destination": "https://console.aws.amazon.com/console/home",
        "SigninToken": TOKEN,
    }


def test_the_credentials_go_in_a_body_and_without_a_duration(endpoint: FakeSignIn) -> None:
    """An address ends in logs; and of chained credentials AWS takes no duration."""
    _url(endpoint.endpoint)
    (seen,) = endpoint.seen
    assert (seen.method, seen.target) == ("POST", "/federation")
    assert sorted(seen.form) == ["Action", "Session"]
    assert json.loads(seen.form["Session"]) == {
        "sessionId": "ASIAENTRY",
        "sessionKey": "spoke-secret",
        "sessionToken": "spoke-token",
    }


def test_an_endpoint_that_takes_no_body_is_asked_as_aws_documents_it(endpoint: FakeSignIn) -> None:
    """Once, and only on 405."""
    endpoint.methods = ("GET",)
    assert _query(_url(endpoint.endpoint))["SigninToken"] == TOKEN
    assert [seen.method for seen in endpoint.seen] == ["POST", "GET"]
    assert endpoint.seen[0].form == endpoint.seen[1].form


@pytest.mark.parametrize(
    ("partition", "region", "host", "console"),
    [
        ("aws", None, "signin.aws.amazon.com", "console.aws.amazon.com"),
        ("aws", "eu-west-1", "eu-west-1.signin.aws.amazon.com", "eu-west-1.console.aws.amazon.com"),
        ("aws-cn", None, "signin.amazonaws.cn", "console.amazonaws.cn"),
        ("aws-cn", "cn-north-1", "cn-north-1.signin.amazonaws.cn", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", None, "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
        (
            "aws-us-gov",
            "us-gov-west-1",
            "us-gov-west-1.signin.amazonaws-us-gov.com",
            "us-gov-west-1.console.amazonaws-us-gov.com",
        ),
        ("aws-eusc", None, "eusc-de-east-1.signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
    ],
)
def test_each_partition_has_its_hosts(
    partition: str, region: str | None, host: str, console: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only thing sent there is what this test keeps from leaving."""
    asked: list[str] = []
    monkeypatch.setattr(sign_in, "_token", lambda url, *_: asked.append(url) or TOKEN)
    url = _url(None, partition, region=region, service="s3")
    assert asked == [f"https://{host}/federation"]
    assert urlsplit(url).hostname == host
    wanted = f"https://{console}/s3/home" + (f"?region={region}" if region else "")
    assert _query(url)["Destination"] == wanted


@pytest.mark.parametrize("partition", ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-new", ""])
def test_an_unknown_partition_is_refused(partition: str, endpoint: FakeSignIn) -> None:
    """Credentials go to no host that is guessed."""
    with pytest.raises(ConfigurationError, match="partition"):
        _url(endpoint.endpoint, partition)
    assert endpoint.seen == []


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "cn-north-1"),
        ("aws", "us-gov-west-1"),
        ("aws", "us-iso-east-1"),
        ("aws", "eusc-de-east-1"),
        ("aws-cn", "eu-west-1"),
        ("aws-us-gov", "us-east-1"),
        ("aws-eusc", "eu-west-1"),
    ],
)
def test_another_partitions_region_is_refused(partition: str, region: str, endpoint: FakeSignIn) -> None:
    """Before anything is sent."""
    with pytest.raises(ArgumentInvalid, match="partition"):
        _url(endpoint.endpoint, partition, region=region)
    assert endpoint.seen == []


@pytest.mark.parametrize(
    "service",
    ["", "S3", "s3/", "../x", "s3?x=y", "s3#x", "a.b", "@evil.test", "s3\n", "é", "-s3", "x" * 64, "%73"],
)
def test_an_odd_service_is_refused(service: str) -> None:
    """It would become part of an address."""
    with pytest.raises(ArgumentInvalid, match="service"):
        require_grammar(service, None)


@pytest.mark.parametrize(
    "region",
    ["", "eu", "EU-WEST-1", "eu-west-1.evil.test", "eu-west-1/", "evil.test#eu-west-1", "eu-west-1\n"],
)
def test_an_odd_region_is_refused(region: str) -> None:
    """It would become part of a host's name."""
    with pytest.raises(ArgumentInvalid, match="Region"):
        require_grammar(None, region)


@pytest.mark.parametrize(
    "override", ["http://evil.test", "ftp://127.0.0.1", "https://a@b", "https://x/?y", "x"]
)
def test_an_override_must_be_https_or_loopback(override: str) -> None:
    """Nothing is sent in the clear."""
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL_SIGNIN"):
        _url(override)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b"hush", SignInRefused),
        (403, b"hush", SignInRefused),
        (500, b"hush", HubUnavailable),
        (503, b"hush", HubUnavailable),
        (404, b"hush", ReplyMalformed),
        (302, b"", ReplyMalformed),
        (200, b"<html>hush", ReplyMalformed),
        (200, b"", ReplyMalformed),
        (200, b"[" * 100_000, ReplyMalformed),
        (200, b"[]", ReplyMalformed),
        (200, b"{}", ReplyMalformed),
        (200, b'{"SigninToken": 1}', ReplyMalformed),
        (200, b'{"SigninToken": ""}', ReplyMalformed),
        (200, b'{"SigninToken": "a&Destination=https://evil.test"}', ReplyMalformed),
        (200, b'{"SigninToken": "a\\nb"}', ReplyMalformed),
        (200, b'{"SigninToken": "' + b"a" * 100_000 + b'"}', ReplyMalformed),
    ],
)
def test_a_bad_answer_is_told_and_nothing_of_it_used(
    status: int, body: bytes, error: type[HubspokeError], endpoint: FakeSignIn
) -> None:
    """Each has its error, and no redirect is followed."""
    endpoint.status, endpoint.body = status, body
    endpoint.headers = {"Location": f"{endpoint.endpoint}/elsewhere"}
    with pytest.raises(error) as caught:
        _url(endpoint.endpoint)
    assert "hush" not in str(caught.value)
    assert len(endpoint.seen) == 1


def test_no_answer_is_told(endpoint: FakeSignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bounded time, and when nobody is there at all."""
    with pytest.raises(HubUnreachable):
        _url("http://127.0.0.1:1")
    monkeypatch.setattr(sign_in, "_SECONDS", 0.2)
    endpoint.silent = threading.Event()
    with pytest.raises(HubUnreachable):
        _url(endpoint.endpoint)


@pytest.mark.parametrize("status", [200, 400, 404, 503])
def test_the_credentials_are_in_no_log_and_no_exception(
    status: int,
    endpoint: FakeSignIn,
    canaries: Canaries,
    shown: Callable[[BaseException], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At DEBUG, and with every local variable shown; nor is the token."""
    caplog.set_level(logging.DEBUG)
    secret = canaries.plant("the spoke's secret")
    canaries.adopt("the sign-in token", TOKEN)
    endpoint.status = status
    given: dict[str, Any] = {"service": None, "region": None, "ca_bundle": None}
    if status == 200:
        assert TOKEN in sign_in_url(_credentials(secret=secret), override=endpoint.endpoint, **given)
        return
    with pytest.raises(HubspokeError) as caught:
        sign_in_url(_credentials(secret=secret), override=endpoint.endpoint, **given)
    canaries.check("the exception", shown(caught.value))
