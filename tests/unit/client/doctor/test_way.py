"""hubspoke.doctor.way, gateway and identity: from the credentials to how the hub sees the caller."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hubspoke import settings
from hubspoke.doctor import credentials, way
from hubspoke.doctor import gateway as gateway_step
from hubspoke.endpoint import parse
from hubspoke.findings import Finding, Verdict
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke_contract.errors import Problem
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, sts_error, sts_identity
from tests.support.fake_hub import (
    IDENTITY,
    REGION,
    REQUEST_ID,
    SESSION_TOKEN,
    Answer,
    FakeHub,
    document,
    fake_hub,
    gateway,
    refusal,
)
from tests.support.findings import codes, only, wrongs

_UNSIGNED = gateway(403, "MissingAuthenticationTokenException")
_WELL = ["CredentialsFound", "CallerKnown", "EndpointAnswers", "TlsNone", "UnsignedRefused", "ClockRight"]


@pytest.fixture(autouse=True)
def _sts(sts: FakeAws) -> None:
    """Let STS know the caller."""


def _chain() -> OwnCredentialChain:
    return OwnCredentialChain(settings.read(), None, None)


def _examine(hub: FakeHub, *answers: Answer) -> list[Finding]:
    hub.script = [_UNSIGNED, *answers] if answers else []
    return way.examine(hub.endpoint, region=None, profile=None)


def test_all_is_well(hub: FakeHub) -> None:
    """In the order of the way."""
    found = _examine(hub)
    assert codes(found) == [*_WELL, "GatewayAllows", "IdentitySeen"]
    assert [seen.signature_is_good for seen in hub.seen] == [False, True]
    assert IDENTITY["SourceIdentity"] in only(found, "IdentitySeen").says  # type: ignore[operator]


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("http://hub.example.com/prod", "EndpointNotTls"),
        ("HTTP://hub.example.com", "EndpointNotTls"),
        ("https://user:hush@hub.example.com/", "EndpointInvalid"),
        ("https://hub.example.com/?hush", "EndpointInvalid"),
        ("https://hüsh.example.com/", "EndpointInvalid"),
        ("https://hub.example.com:99999/", "EndpointInvalid"),
        ("hub.example.com", "EndpointInvalid"),
        ("\x1b[2Jhush", "EndpointInvalid"),
        ("", "EndpointInvalid"),
    ],
)
def test_an_address_that_is_none(endpoint: str, code: str) -> None:
    """Isn't quoted: it may hold a password. Nobody is asked."""
    (found,) = way.examine(endpoint, region=None, profile=None)
    assert found.code == code
    assert "hush" not in found.says + found.mend


@pytest.mark.parametrize(
    ("region", "variable", "expected"),
    [
        (None, "", "RegionMissing"),
        (None, "EU_WEST", "RegionInvalid"),
        ("eu west", "eu-west-1", "RegionInvalid"),
        ("", "", "RegionMissing"),
    ],
)
def test_a_region_that_is_none(
    hub: FakeHub, region: str | None, variable: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be signed then."""
    monkeypatch.setenv("AWS_REGION", variable)
    assert codes(way.examine(hub.endpoint, region=region, profile=None)) == [expected]
    assert hub.seen == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (gateway(403, "AccessDeniedException"), "CallNotAllowed"),
        (gateway(403, "MissingAuthenticationTokenException"), "RouteMissing"),
        (gateway(403, "UnrecognizedClientException"), "GatewayKeyUnknown"),
        (gateway(403, "ExpiredTokenException"), "GatewayTokenExpired"),
        (gateway(403, "InvalidSignatureException"), "SignatureRefused"),
        (gateway(403, "IncompleteSignatureException:http://internal.amazon.com/"), "SignatureRefused"),
        (gateway(403, "SignatureDoesNotMatch"), "SignatureRefused"),
        (gateway(403, "RequestExpired"), "SignatureOutOfDate"),
        (gateway(403, "ForbiddenException"), "ForbiddenOutside"),
        (gateway(403, None), "ForbiddenOutside"),
        (Answer(403, b"<html>\x1b[2J"), "ForbiddenOutside"),
        (refusal(403, "AccessDenied", Problem.CallerUnknown.message), "HubDenies"),
        (refusal(400, "InvalidRequest", Problem.RouteUnknown.message), "RequestInvalid"),
        (refusal(429, "TooManyRequests", Problem.RateExceeded.message), "RateExceeded"),
        (gateway(429, None), "RateExceeded"),
        (refusal(503, "Throttled", Problem.StsThrottled.message), "HubThrottled"),
        (refusal(503, "Unavailable", Problem.GrantsUnavailable.message), "HubDown"),
        (gateway(504, None), "HubDown"),
        (refusal(502, "SpokeRefused", Problem.SpokeDenied.message), "SpokeRefuses"),
        (Answer(raw=b""), "HubSilent"),
        (Answer(302, headers={"Location": "https://x.invalid"}), "NotAHub"),
        (refusal(403, "AccessDenied", "\x1b[2J"), "NotAHub"),
        (Answer(200, b"\x00\xff"), "NotAHub"),
        (Answer(200, b"[" * 100_000), "NotAHub"),
        (Answer(200, b" " * (7 << 20)), "NotAHub"),
        (document(200, {**IDENTITY, "AccountId": "1"}), "NotAHub"),
    ],
)
def test_what_a_signed_call_brings_is_told_apart(hub: FakeHub, answer: Answer, code: str) -> None:
    """Who refused: API Gateway, the hub, or somebody else."""
    found = _examine(hub, answer)
    assert wrongs(found) == [code]
    assert only(found, code).mend
    assert "\x1b" not in repr(found).replace("\\x1b", "")


def test_a_hub_that_is_slow_is_waited_for_no_longer_than_can_be(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where it drips."""
    monkeypatch.setattr(gateway_step, "_SECONDS", 0.3)
    assert wrongs(_examine(hub, Answer(200, b" " * 1000, drip=0.05))) == ["HubSilent"]


def test_the_statement_that_lacks_is_printed(hub: FakeHub) -> None:
    """With the operators' command, for the caller as they name it."""
    mend = only(_examine(hub, gateway(403, "AccessDeniedException")), "CallNotAllowed").mend
    assert """hubspoke-admin policy caller --principal 'Caller::User::"111111111111/inventory-bot"'""" in mend
    assert '"arn:aws:execute-api:eu-west-1:HUB-ACCOUNT:API-ID/STAGE/GET/v1/identity"' in mend


def test_the_hubs_own_words_come_with_the_request_id(hub: FakeHub) -> None:
    """Its operators find the call by it."""
    answer = refusal(403, "AccessDenied", Problem.CallerUnknown.message)
    mend = only(_examine(hub, answer), "HubDenies").mend
    assert Problem.CallerUnknown.message in mend
    assert REQUEST_ID in mend


def test_a_region_that_was_said_is_doubted_before_one_that_the_name_says(hub: FakeHub) -> None:
    """A signature is for one Region."""
    found = only(_examine(hub, gateway(403, "InvalidSignatureException")), "SignatureRefused")
    assert "eu-west-1" in found.says
    assert "--region, AWS_REGION or the profile" in found.mend


def test_a_wrong_clock_is_seen_before_the_signature(hub: FakeHub) -> None:
    """And is the first thing that is wrong."""
    hub.script = [replace(_UNSIGNED, clock=timedelta(hours=1)), gateway(403, "InvalidSignatureException")]
    found = way.examine(hub.endpoint, region=None, profile=None)
    assert wrongs(found) == ["ClockWrong", "SignatureRefused"]
    assert "60 minutes behind" in only(found, "ClockWrong").says


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": 'Caller::User::"111111111111/other"'},
        {"Principal": 'Caller::Role::"111111111111/inventory-bot"'},
        {"AccountId": "222222222222", "Principal": 'Caller::User::"222222222222/inventory-bot"'},
        {"AccountId": "222222222222"},
    ],
)
def test_a_hub_that_sees_somebody_else(hub: FakeHub, changes: dict[str, str]) -> None:
    """Is not to be trusted."""
    hub.script = [_UNSIGNED, document(200, IDENTITY | changes)]
    place, signer = parse(hub.endpoint), credentials.examine(_chain(), REGION, None)
    found, seen = way.reach(place, REGION, signer)
    assert (wrongs(found), seen) == (["IdentityDiffers"], None)


def test_a_role_is_compared_as_one(hub: FakeHub, sts: FakeAws) -> None:
    """Its session's name is a label."""
    sts.identity = lambda: sts_identity("arn:aws:sts::111111111111:assumed-role/ci/run-1")
    seen = IDENTITY | {"Principal": 'Caller::Role::"111111111111/ci"', "Label": "run-1"}
    assert wrongs(_examine(hub, document(200, seen))) == []


def test_without_sts_the_identity_is_the_hubs_word(hub: FakeHub, sts: FakeAws) -> None:
    """Which is said."""
    sts.identity = lambda: sts_error(403, "RegionDisabledException")
    found = _examine(hub)
    assert codes(found)[-1] == "IdentityUncompared"
    assert wrongs(found) == []


def test_without_credentials_the_endpoint_is_looked_at_all_the_same(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is signed."""
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
    found = _examine(hub)
    assert codes(found)[0] == "CredentialsExpired"
    assert codes(found)[-2:] == ["ClockRight", "HubUnasked"]
    assert len(hub.seen) == 1


def test_an_endpoint_that_isnt_there_is_asked_nothing() -> None:
    """What could not be looked at is said."""
    found = way.examine("https://127.0.0.1:1/prod", region="eu-west-1", profile=None)
    assert codes(found)[2:] == ["ConnectionRefused", "HubUnasked"]


def test_an_open_endpoint_gets_no_token(hub: FakeHub) -> None:
    """Whoever it is."""
    _examine(hub, document(200, IDENTITY))
    hub.script = [document(200, IDENTITY)]
    hub.seen.clear()
    assert wrongs(way.examine(hub.endpoint, region=None, profile=None)) == ["UnsignedAnswered"]
    assert SESSION_TOKEN not in repr(hub.seen)


def test_what_nobody_reads_to_its_end_is_cut(hub: FakeHub) -> None:
    """A principal of a megabyte, for instance."""
    found = _examine(hub, document(200, IDENTITY | {"Principal": "x" * (1 << 20)}))
    assert len(repr(found)) < 20_000


def test_no_secret_is_in_a_finding_or_a_log(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch, sts: FakeAws
) -> None:
    """Whatever is answered, with the libraries' loggers at DEBUG."""
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, canaries.plant(name))
    with fake_hub() as served:
        for answer in (document(200, IDENTITY), gateway(403, "InvalidSignatureException"), Answer(raw=b"")):
            found = _examine(served, answer)
            canaries.check("the findings", repr(found))


def test_every_mend_of_what_is_wrong_or_unseen_says_something(hub: FakeHub) -> None:
    """Whoever reads it has to do something."""
    found = _examine(hub, gateway(403, None))
    assert all(each.mend for each in found if each.verdict in (Verdict.WRONG, Verdict.UNSEEN))
