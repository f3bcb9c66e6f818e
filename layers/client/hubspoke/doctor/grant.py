"""What the hub offers the caller, and what a grant would have to say for a role that it doesn't."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from hubspoke.doctor import refusals
from hubspoke.doctor.calling import ROLES, Call
from hubspoke.exceptions import HubspokeError, HubUnavailable
from hubspoke.findings import Finding, noted, right, wrong
from hubspoke.hub import Hub
from hubspoke.printable import shortened
from hubspoke_contract.names import ACCOUNT_PATTERN, NAME_PATTERN, Target
from hubspoke_contract.reply import Identity, RoleOffer

_STEP: Final = "grant"
_PRINCIPAL: Final = re.compile(rf'Caller::(?:User|Role)::"{ACCOUNT_PATTERN}/{NAME_PATTERN}"')
_NEAR: Final = 0.85
"""Of two names in 29 characters, some four may differ."""


def examine(
    hub: Hub, call: Call, seen: Identity, target: Target | None
) -> tuple[RoleOffer | None, list[Finding]]:
    """Ask what is on offer; return the offer of the target too, if it is."""
    try:
        offers = list(hub.roles())
    except HubUnavailable as error:
        return None, [_no_grants(error)]
    except HubspokeError as error:
        return None, [refusals.finding(_STEP, error, call, ROLES)]
    if target is None:
        return None, [_all(offers)]
    offer = next((each for each in offers if (each.account, each.role) == target), None)
    return offer, [_offered(offer) if offer else _not_offered(target, call, seen, offers)]


def _no_grants(error: HubUnavailable) -> Finding:
    return wrong(
        _STEP,
        "GrantsUnavailable",
        "The hub knows you, and can't say what you may take: it has no grants that are in force.",
        f"Try again in a minute; if it lasts, tell the hub's operators: it vends to nobody then.\n"
        f"RequestId: {error.request_id}",
    )


def _all(offers: Sequence[RoleOffer]) -> Finding:
    if not offers:
        return noted(
            _STEP, "NothingOffered", "No role is granted to you.", "Ask the hub's operators for a grant."
        )
    says = f"{len(offers)} roles are granted to you; 'hubspoke roles' lists them."
    mend = "hubspoke doctor ACCOUNT/ROLE looks at one of them."
    return noted(_STEP, "RolesOffered", says, mend)


def _offered(offer: RoleOffer) -> Finding:
    limits = f"up to {offer.max_duration} s"
    if offer.session_policies:
        names = shortened(", ".join(offer.session_policies))
        limits += (
            f"; session policies: {names}{' (one is required)' if offer.session_policy_required else ''}"
        )
    return right(_STEP, "RoleOffered", f"{offer.account}/{offer.role} is granted to you: {limits}.")


def _principal(call: Call, seen: Identity) -> str:
    """Return who calls, by STS's word or else the hub's: a principal or nothing, since it is pasted."""
    return call.principal if call.caller or not _PRINCIPAL.fullmatch(seen.principal) else seen.principal


def _not_offered(target: Target, call: Call, seen: Identity, offers: Sequence[RoleOffer]) -> Finding:
    named = [f"{each.account}/{each.role}" for each in offers]
    near = get_close_matches(str(target), named, n=3, cutoff=_NEAR)
    policy = (
        f"permit (principal == {_principal(call, seen)}, "
        f'action == Action::"assume", resource == SpokeRole::"{target}");'
    )
    meant = f"Did you mean {' or '.join(near)}?\n" if near else ""
    return wrong(
        _STEP,
        "RoleNotOffered",
        f"No grant gives you {target}, or there is no such role.",
        f"{meant}'hubspoke roles' lists what you may take. To ask the hub's operators for more, give them "
        "the policy:\n"
        f"  {policy}\n"
        "The account and the role must be in the hub's grants as well (accounts.json and roles.yaml).",
    )
