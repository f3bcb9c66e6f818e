"""One vend, whose credentials are thrown away at once."""

from typing import Final

from hubspoke.doctor import refusals
from hubspoke.doctor.calling import Call
from hubspoke.exceptions import AccessDenied, HubspokeError
from hubspoke.findings import Finding, noted, right, wrong
from hubspoke.hub import Hub
from hubspoke_contract.limits import DURATION_MIN
from hubspoke_contract.names import Target
from hubspoke_contract.reply import RoleOffer

_STEP: Final = "vend"
_REASON: Final = "hubspoke doctor"


def examine(hub: Hub, call: Call, target: Target, offer: RoleOffer | None) -> Finding:
    """Vend the role for as short as can be, with the first session policy on offer where one is required.

    Args:
        hub: without a cache.
        call: who calls which endpoint.
        target: the role.
        offer: the hub's, if it makes one: what isn't on offer is asked for all the same.
    """
    policy = offer.session_policies[0] if offer and offer.session_policy_required else None
    try:
        found = hub.credentials(*target, duration=DURATION_MIN, session_policy=policy, reason=_REASON)
    except HubspokeError as error:
        if offer and isinstance(error, AccessDenied):
            return _stopped(target, error)
        path = f"POST/v1/accounts/{target.account}/roles/{target.role}/credentials"
        return refusals.finding(_STEP, error, call, path)
    packed = found.packed_policy_size
    size = "" if packed is None else f" Its policies and tags take {packed} % of what STS packs."
    return right(_STEP, "Vended", f"{target} was vended, and thrown away: vend {found.vend_id}.{size}")


def _stopped(target: Target, error: AccessDenied) -> Finding:
    return wrong(
        _STEP,
        "OfferRefused",
        f"{target} is granted to you, and the hub refuses it: a quarantine, or grants that changed just now.",
        "Ask the hub's operators whether you, the role or its account is in quarantine.\nRequestId: "
        f"{error.request_id}",
    )


def skipped() -> Finding:
    """Say that nothing was vended."""
    return noted(
        _STEP,
        "VendSkipped",
        "Whether the spoke's role lets the hub in isn't tried.",
        "--vend tries it: a vend like any other, in the ledger and in CloudTrail, that nobody uses.",
    )
