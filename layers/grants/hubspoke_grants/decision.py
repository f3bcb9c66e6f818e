"""The one decision: may this caller take this role, so long, with this session policy?

Everything that decides goes through ``decide``: the function, the operators' CLI, the tests; ``offer``
asks the same policies over every limit, and ``may_audit`` about the ledger. No permit, no vend; a
policy that fails to evaluate, a role or a session policy the bundle doesn't know, a tag the profile
doesn't list: no vend.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import cedarpy

from hubspoke_contract.errors import Problem
from hubspoke_contract.names import AccountId, PolicyName, Target
from hubspoke_contract.reply import RoleOffer
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Account, Bundle, RoleProfile
from hubspoke_grants.caller import Caller
from hubspoke_grants.entities import HUB, account_entities, caller_entity, lineage, role_entities, uid
from hubspoke_grants.policies import Slice

_ENTITIES_KEPT: Final = 1024
"""Pairs of a caller and a role whose entities stay parsed: parsing them is half of a decision."""


@dataclass(frozen=True, slots=True)
class Permit:
    """A yes, and exactly what may be asked of STS."""

    profile: RoleProfile
    duration: int
    """Seconds."""
    session_policy: str | None
    """The policy's text."""
    tags: tuple[tuple[str, str], ...]
    policies: tuple[str, ...]
    """Ids of the Cedar policies that permitted it."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A no, and why, for the audit record."""

    problem: Problem
    policies: tuple[str, ...]
    """Ids of the Cedar policies that forbade it; empty where none permitted."""


def decide(bundle: Bundle, caller: Caller, target: Target, request: VendRequest) -> Permit | Denial:
    """Decide one request. Left-out durations mean the longest the role's profile allows."""
    profile = bundle.roles.get(target)
    if profile is None:
        return Denial(Problem.RoleUnknown, ())
    duration = request.duration if request.duration is not None else profile.max_duration
    if duration > profile.max_duration:
        return Denial(Problem.NotGranted, ())
    if request.session_policy is not None and request.session_policy not in profile.session_policies:
        return Denial(Problem.NotGranted, ())
    if not profile.caller_tag_keys.issuperset(key for key, _ in request.tags):
        return Denial(Problem.NotGranted, ())

    asked = _cedar_request(caller, target, duration, request.session_policy)
    entities = _entities(caller, target, profile.name, bundle.accounts[target.account])
    answer = cedarpy.is_authorized(asked, _about(bundle, caller).policies, entities)
    policies = _policy_ids(answer)
    if answer.diagnostics.errors:
        # Cedar leaves a policy that errs out of account. Were it a forbid, that would be a yes.
        return Denial(Problem.PolicyError, policies)
    if answer.decision is not cedarpy.Decision.Allow:
        return Denial(Problem.NotGranted, policies)
    if not _is_named(answer):
        # A policy without a name would leave a vend that the ledger can't explain.
        return Denial(Problem.PolicyError, policies)
    return Permit(
        profile=profile,
        duration=duration,
        session_policy=bundle.session_policies[request.session_policy] if request.session_policy else None,
        tags=profile.tags + request.tags,
        policies=policies,
    )


def granted(bundle: Bundle, caller: Caller, target: Target) -> list[tuple[PolicyName | None, int]]:
    """List all that the caller may ask of a role: session policy, or none, and duration in seconds.

    Exact: a decision can only change at the durations that the bundle lists.
    """
    profile, account, about = bundle.roles[target], bundle.accounts[target.account], _about(bundle, caller)
    if not about.reaches(lineage(target, account)):
        return []
    durations = sorted({*(d for d in bundle.durations if d <= profile.max_duration), profile.max_duration})
    grid: list[tuple[PolicyName | None, int]] = [
        (policy, duration) for policy in (None, *profile.session_policies) for duration in durations
    ]
    answers = cedarpy.is_authorized_batch(
        [_cedar_request(caller, target, duration, policy) for policy, duration in grid],
        about.policies,
        # Asked about once: kept, a list of ten thousand would push out what vends ask about again.
        _entities.__wrapped__(caller, target, profile.name, account),
    )
    return [
        cell
        for cell, answer in zip(grid, answers, strict=True)
        if answer.decision is cedarpy.Decision.Allow and not answer.diagnostics.errors and _is_named(answer)
    ]


def offer(bundle: Bundle, caller: Caller, target: Target) -> RoleOffer | None:
    """Say within what limits the caller may take a role, or ``None`` when not at all."""
    cells = granted(bundle, caller, target)
    if not cells:
        return None
    profile, account = bundle.roles[target], bundle.accounts[target.account]
    with_policy = {policy for policy, _ in cells}
    return RoleOffer(
        account=target.account,
        account_name=account.name,
        org_unit=account.org_unit,
        account_tags=account.tags,
        role=target.role,
        max_duration=max(duration for _, duration in cells),
        session_policies=tuple(name for name in profile.session_policies if name in with_policy),
        session_policy_required=None not in with_policy,
    )


def may_audit(bundle: Bundle, caller: Caller, account: AccountId | None) -> tuple[str, ...]:
    """Say by which policies the caller may read the ledger's rows about an account: none means no.

    Args:
        bundle: the grants in force.
        caller: who asks.
        account: which account; ``None`` for the hub as a whole, and so for accounts it no longer knows.
    """
    if account is None:
        resource, above = HUB, []
    elif (known := bundle.accounts.get(account)) is not None:
        resource, above = uid("Account", account), account_entities(known)
    else:
        return ()
    answer = cedarpy.is_authorized(
        {
            "principal": uid(caller.entity_type, caller.key),
            "action": uid("Action", "audit"),
            "resource": resource,
            "context": {},
        },
        _about(bundle, caller).policies,
        json.dumps([caller_entity(caller), *above]),
    )
    permitted = answer.decision is cedarpy.Decision.Allow and not answer.diagnostics.errors
    return _policy_ids(answer) if permitted and _is_named(answer) else ()


def _about(bundle: Bundle, caller: Caller) -> Slice:
    return bundle.policies.about((caller.entity_type, caller.key))


def _cedar_request(
    caller: Caller, target: Target, duration: int, policy: PolicyName | None
) -> dict[str, Any]:
    context: dict[str, Any] = {"duration": duration}
    if policy is not None:
        context["sessionPolicy"] = policy
    return {
        "principal": uid(caller.entity_type, caller.key),
        "action": uid("Action", "assume"),
        "resource": uid("SpokeRole", str(target)),
        "context": context,
    }


@lru_cache(maxsize=_ENTITIES_KEPT)
def _entities(caller: Caller, target: Target, profile: str, account: Account) -> cedarpy.Entities:
    return cedarpy.Entities.from_json_str(
        json.dumps([caller_entity(caller), *role_entities(target, profile, account)])
    )


def _is_named(answer: cedarpy.AuthzResult) -> bool:
    policies = _policy_ids(answer)
    return len(policies) == len(answer.diagnostics.reasons) and "" not in policies


def _policy_ids(answer: cedarpy.AuthzResult) -> tuple[str, ...]:
    # A bundle's policies all carry @id: the build insists on it.
    return tuple(sorted(answer.diagnostics.id_annotations_by_reason.values()))
