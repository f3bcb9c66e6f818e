"""hubspoke.doctor.grant and vend: what is offered, and what one vend brings."""

import json
from dataclasses import replace

import pytest

from hubspoke.doctor import grant, vend
from hubspoke.doctor.calling import Call
from hubspoke.endpoint import parse
from hubspoke.findings import Finding
from hubspoke.hub import Hub
from hubspoke_contract.arns import principal
from hubspoke_contract.errors import Problem
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.reply import Identity, RoleOffer
from tests.plugins.canary import Canaries
from tests.support.fake_hub import (
    ACCOUNT,
    IDENTITY,
    REGION,
    REQUEST_ID,
    ROLE,
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
from tests.support.findings import codes

TARGET = Target(AccountId(ACCOUNT), RoleName(ROLE))
OFFER = RoleOffer.from_document(offer())
SEEN = Identity.from_document(IDENTITY)


def _call(hub: FakeHub) -> Call:
    return Call(parse(hub.endpoint), REGION, principal("arn:aws:iam::111111111111:user/inventory-bot"), "aws")


def _grant(hub: FakeHub, *offers: object, target: Target | None = TARGET) -> Finding:
    hub.script = [document(200, {"Roles": list(offers)})]
    _, (found,) = grant.examine(Hub(retries=0, cache=False), _call(hub), SEEN, target)
    return found


def _vend(hub: FakeHub, answer: Answer | None = None, offered: RoleOffer | None = OFFER) -> Finding:
    hub.script = [answer] if answer else []
    return vend.examine(Hub(retries=0, cache=False), _call(hub), TARGET, offered)


def test_what_is_offered_has_its_limits(hub: FakeHub) -> None:
    """The longest session, and the session policies."""
    found = _grant(hub, offer("333333333333"), offer(MaxDurationSeconds=900, SessionPolicyRequired=True))
    assert found.code == "RoleOffered"
    assert "up to 900 s" in found.says
    assert "read-only (one is required)" in found.says
    assert "policies" not in _grant(hub, offer(SessionPolicies=[])).says


def test_what_isnt_offered_has_the_policy_to_ask_for(hub: FakeHub) -> None:
    """As a grants' author writes it."""
    found = _grant(hub, offer("333333333333", "other"))
    assert found.code == "RoleNotOffered"
    assert (
        'permit (principal == Caller::User::"111111111111/inventory-bot", action == Action::"assume", '
        f'resource == SpokeRole::"{TARGET}");'
    ) in found.mend
    assert "Did you mean" not in found.mend


def test_that_policy_is_one_that_the_grants_take(hub: FakeHub) -> None:
    """By Cedar's own parser."""
    import cedarpy

    text = next(line for line in _grant(hub).mend.splitlines() if line.strip().startswith("permit"))
    assert "permit" in cedarpy.policies_to_json_str(text)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ('Caller::Role::"111111111111/ci"', 'Caller::Role::"111111111111/ci"'),
        ('Caller::User::"111111111111/x", action, resource); permit (principal', "PRINCIPAL"),
        ('Caller::User::"111111111111/x"\n', "PRINCIPAL"),
        ("", "PRINCIPAL"),
    ],
)
def test_that_policy_holds_nothing_that_a_hub_makes_up(hub: FakeHub, said: str, written: str) -> None:
    """Where STS names nobody, the hub's word is taken for a principal, and for nothing else."""
    hub.script = [document(200, {"Roles": []})]
    call, seen = replace(_call(hub), caller=None), replace(SEEN, principal=said)
    _, (found,) = grant.examine(Hub(retries=0, cache=False), call, seen, TARGET)
    assert f"permit (principal == {written}, action == " in found.mend
    assert found.mend.count("permit") == 1


@pytest.mark.parametrize(
    ("account", "role"),
    [
        ("222222222223", ROLE),
        (ACCOUNT, "automation-spoke-roel"),
        (ACCOUNT, "Automation-spoke-role"),
        (ACCOUNT, "automation_spoke_role"),
    ],
)
def test_a_name_that_is_nearly_right(hub: FakeHub, account: str, role: str) -> None:
    """The one that may be meant is said."""
    near = Target(AccountId(account), RoleName(role))
    found = _grant(hub, offer(), offer("999999999999", "quite-another"), target=near)
    assert f"Did you mean {TARGET}?" in found.mend
    assert "quite-another" not in found.mend


def test_without_a_role_the_offers_are_counted(hub: FakeHub) -> None:
    """None at all is for the hub's operators."""
    assert _grant(hub, offer(), offer("333333333333"), target=None).says.startswith("2 roles")
    assert _grant(hub, target=None).code == "NothingOffered"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (gateway(403, "AccessDeniedException"), "CallNotAllowed"),
        (refusal(503, "Unavailable", Problem.GrantsUnavailable.message), "GrantsUnavailable"),
        (document(200, {"Roles": [{}]}), "NotAHub"),
        (document(200, {"Roles": [offer(RoleName="a/b")]}), "NotAHub"),
        (gateway(403, "ExpiredTokenException"), "CredentialsRefused"),
        (gateway(403, "MissingAuthenticationTokenException"), "RouteMissing"),
    ],
)
def test_offers_that_cant_be_had(hub: FakeHub, answer: Answer, code: str) -> None:
    """The hub without grants is told from one that is down."""
    hub.script = [answer]
    offered, found = grant.examine(Hub(retries=0, cache=False), _call(hub), SEEN, TARGET)
    assert (offered, codes(found)) == (None, [code])


def test_many_session_policies_are_cut(hub: FakeHub) -> None:
    """Nobody reads ten thousand names."""
    assert len(_grant(hub, offer(SessionPolicies=["x" * 60] * 10_000)).says) < 400


def test_a_vend_is_short_and_says_why(hub: FakeHub) -> None:
    """As little as can be, and recorded."""
    assert _vend(hub).code == "Vended"
    (seen,) = hub.seen
    assert json.loads(seen.body) == {"DurationSeconds": 900, "Reason": "hubspoke doctor"}


def test_a_session_policy_that_is_required_is_asked_with(hub: FakeHub) -> None:
    """The first on offer: one that isn't would be refused for that alone."""
    _vend(hub, offered=RoleOffer.from_document(offer(SessionPolicyRequired=True)))
    assert json.loads(hub.seen[0].body)["SessionPolicy"] == "read-only"


def test_what_is_vended_is_thrown_away(hub: FakeHub, canaries: Canaries) -> None:
    """Nothing of it is said or kept but its id, and how full it is."""
    canaries.adopt("secret", VENDED_SECRET)
    canaries.adopt("token", VENDED_TOKEN)
    found = _vend(hub)
    canaries.check("the finding", repr(found))
    assert "vend vend-1" in found.says
    assert "6 %" in found.says
    assert "%" not in _vend(hub, document(200, vended(PackedPolicySize=None))).says


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (refusal(400, "InvalidRequest", Problem.TagsInvalid.message), "RequestInvalid", "Tags must be"),
        (refusal(403, "AccessDenied", Problem.Quarantined.message), "OfferRefused", "quarantine"),
        (refusal(429, "TooManyRequests", Problem.RateExceeded.message), "RateExceeded", "Retry-After"),
        (refusal(502, "SpokeRefused", Problem.SpokeDenied.message), "SpokeRefuses", "trust policy"),
        (
            refusal(502, "SpokeRefused", Problem.SpokeSessionLimit.message),
            "SpokeRefuses",
            "MaxSessionDuration",
        ),
        (refusal(502, "SpokeRefused", Problem.SpokeRegionDisabled.message), "SpokeRefuses", "not enabled"),
        (refusal(503, "Throttled", Problem.StsThrottled.message), "HubThrottled", "Retry-After"),
        (refusal(503, "Unavailable", Problem.LedgerUnavailable.message), "HubDown", "operators"),
    ],
)
def test_each_code_of_the_contract_has_its_mend(hub: FakeHub, answer: Answer, code: str, says: str) -> None:
    """And the id that operators find the call by."""
    found = _vend(hub, answer)
    assert found.code == code
    assert says in found.mend
    assert REQUEST_ID in found.mend


def test_a_refusal_of_what_isnt_offered_is_the_grants(hub: FakeHub) -> None:
    """And no quarantine."""
    assert _vend(hub, refusal(403, "AccessDenied", Problem.NotGranted.message), None).code == "HubDenies"


def test_a_vend_that_a_policy_stops_has_its_own_statement(hub: FakeHub) -> None:
    """Who may ask for the identity may not yet vend."""
    found = _vend(hub, gateway(403, "AccessDeniedException"))
    assert found.code == "CallNotAllowed"
    assert f"POST/v1/accounts/{ACCOUNT}/roles/{ROLE}/credentials" in found.mend


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (document(200, vended(SecretAccessKey="hush me")), "NotAHub"),
        (document(200, vended("333333333333")), "NotAHub"),
        (Answer(200, b"hush" * 99, truncate_at=9), "HubSilent"),
    ],
)
def test_a_vend_that_is_none(hub: FakeHub, answer: Answer, code: str) -> None:
    """Nothing of it is said."""
    found = _vend(hub, answer)
    assert found.code == code
    assert "hush" not in repr(found)
