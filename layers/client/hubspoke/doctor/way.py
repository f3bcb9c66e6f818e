"""The way to the hub: the caller's own credentials, one endpoint, and how the hub sees the caller."""

from typing import Final

from hubspoke import settings
from hubspoke.connections import Connections, Trust
from hubspoke.doctor import clock, credentials, gateway, identity, reaching
from hubspoke.doctor.calling import Call
from hubspoke.doctor.credentials import Signer
from hubspoke.endpoint import Endpoint, is_region, parse
from hubspoke.exceptions import ConfigurationError
from hubspoke.findings import Finding, unseen, wrong
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke.silence import silence
from hubspoke_contract.reply import Identity

_STEP: Final = "configuration"


def examine(endpoint: str, *, region: str | None, profile: str | None) -> list[Finding]:
    """Look at everything between the caller and the hub. Never raises for what it finds.

    Args:
        endpoint: one address of the hub's API.
        region: the hub's, where the address doesn't name it; by default the environment's or the profile's.
        profile: an AWS profile whose credentials sign; by default the environment's.
    """
    try:
        place = parse(endpoint)
    except ConfigurationError as error:
        return [not_an_endpoint(endpoint, error)]
    chain = OwnCredentialChain(settings.read(), profile, None)
    signed_for = region_of(place, region, chain)
    if isinstance(signed_for, Finding):
        return [signed_for]
    signer = credentials.examine(chain, signed_for, profile)
    found, _ = reach(place, signed_for, signer)
    return [*signer.findings, *found]


def reach(place: Endpoint, region: str, signer: Signer) -> tuple[list[Finding], Identity | None]:
    """Look at one endpoint, and return how the hub behind it sees the caller as well, if it says."""
    with silence():
        connections = Connections(place, Trust(settings.read().ca_bundle))
        reached = reaching.examine(place, connections)
        found = [*reached.findings]
        if reached.reply is None:
            return [*found, _unasked("the endpoint gives no answer that a hub gives")], None
        found += clock.examine(reached.reply)
        if signer.own is None:
            return [*found, _unasked("there are no credentials to sign with")], None
        call = Call(place, region, signer.caller, signer.partition)
        answered = gateway.examine(call, connections, signer.own)
        if answered.reply is None:
            return [*found, *answered.findings], None
        seen, finding = identity.examine(answered.reply, signer.caller)
        return [*found, *answered.findings, finding], seen


def region_of(place: Endpoint | None, given: str | None, chain: OwnCredentialChain) -> str | Finding:
    """Return the Region that calls are signed for, or what is wrong with it.

    Args:
        place: the hub's; ``None`` on the direct route.
        given: as an option has it.
        chain: the caller's own credentials, whose profile may name one.
    """
    found = (place.region if place else None) or given or settings.read().region or chain.region()
    if found is None:
        return wrong(
            _STEP,
            "RegionMissing",
            "Nothing says which Region is to be called: no option, variable or profile, nor an endpoint's "
            "name.",
            "Set --region or AWS_REGION: to the hub's Region or, without a hub, to yours.",
        )
    if not is_region(found):
        return wrong(
            _STEP,
            "RegionInvalid",
            "What is given as the Region isn't the name of one.",
            "Set --region or AWS_REGION to a name such as eu-west-1.",
        )
    return found


def not_an_endpoint(raw: str, error: ConfigurationError) -> Finding:
    """Say what is wrong with an address. It isn't quoted: it may hold a password."""
    if raw.strip().lower().startswith("http:"):
        return wrong(
            _STEP,
            "EndpointNotTls",
            "The endpoint begins with http://: what is signed could be read and replayed.",
            "Begin it with https:// in --endpoint or HUBSPOKE_ENDPOINT.",
        )
    return wrong(_STEP, "EndpointInvalid", "The endpoint isn't one that is signed for.", error.message)


def _unasked(why: str) -> Finding:
    return unseen(
        "gateway",
        "HubUnasked",
        f"The hub wasn't asked who you are: {why}.",
        "Mend what is wrong above, and run this again.",
    )
