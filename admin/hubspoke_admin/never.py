"""Find what a policy names and the folder doesn't have, and policies that can never match.

Exact or silent: a policy is tried alone, as a permit, with every caller that it can tell from another, on
every role and account that it can tell apart, at every duration and with every session policy.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

import cedarpy

from hubspoke_admin.alike import Alike, grouped, units
from hubspoke_admin.cedar import Policy, parsed
from hubspoke_admin.comparisons import comparisons
from hubspoke_admin.exceptions import CallersUncountable
from hubspoke_admin.representatives import representatives
from hubspoke_contract import limits
from hubspoke_contract.names import AccountId, Target
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.decision import may_audit, offer
from hubspoke_grants.durations import numbers_compared_with
from hubspoke_grants.policies import Policies

TRIES_MAX: Final = 100_000
"""Callers times roles and accounts, of one policy: some minutes. Past that nothing is said of it."""


def unknown_names(policies: Iterable[Policy], bundle: Bundle) -> Iterator[str]:
    """Name each account, OU, role, profile and session policy that isn't there and a policy speaks of."""
    org_units = {unit for path in {one.org_unit for one in bundle.accounts.values()} for unit in units(path)}
    entities: dict[str, tuple[Collection[str], str]] = {
        "Account": (bundle.accounts.keys(), "is not in accounts.json"),
        "Hub": (["hub"], "is not the hub"),
        "OrgUnit": (org_units, "holds no account of accounts.json"),
        "SpokeRole": ({str(target) for target in bundle.roles}, "is no role of roles.yaml in that account"),
    }
    texts: dict[str, tuple[Collection[str], str]] = {
        "resource.profile": ({p.name for p in bundle.roles.values()}, "is no profile of roles.yaml"),
        "context.sessionPolicy": (bundle.session_policies.keys(), "is no file in session-policies/"),
    }
    for policy in policies:
        found = comparisons([policy])
        for kind, name in sorted(found.entities):
            known, message = entities.get(kind, ([name], ""))
            if name not in known:
                written = f'{kind}::"{name}"'
                yield f"{policy.at(written)}: {written} {message}; {_instead(name, known)}"
        for path, (known, message) in texts.items():
            for name in sorted(found.literals.get(path, set()) - set(known)):
                where = policy.at(f'"{name}"')
                yield f'{where}: {path} "{name}" {message}; {_instead(name, known)}'


def never_matching(policies: Iterable[Policy], bundle: Bundle) -> Iterator[str]:
    """Name each policy that matches no request at all, with what in it stands in the way."""
    whole = Alike(bundle, policies := list(policies))
    roles = grouped([[target] for target in bundle.roles], whole.role)
    accounts = grouped([[number] for number in bundle.accounts], whole.account)
    for policy in policies:
        reason = _reason(policy, bundle, [group[0] for group in roles], [group[0] for group in accounts])
        if reason:
            yield f'{policy.place}: @id("{policy.name}") can never match: {reason}'


def _reason(policy: Policy, bundle: Bundle, roles: list[Target], accounts: list[AccountId]) -> str | None:
    """Say why a policy can't match; ``None`` when it can, or when that can't be known."""
    alone = _as_permit(policy, policy.body["conditions"])
    try:
        if _matches(alone, bundle, roles, accounts):
            return None
        if not _matches(_as_permit(policy, []), bundle, roles, accounts):
            if policy.is_about_anybody or _somebody(policy):
                return (
                    "its scope selects no role that roles.yaml gives to any account; name one that is there"
                )
            return (
                'its principal can\'t exist; write "ACCOUNT/NAME": twelve digits, and a name without its path'
            )
        if _matches(alone, _allowing(bundle, longest=limits.DURATION_MAX), roles, accounts):
            return "its roles are given for less time; raise max_duration in roles.yaml, or ask for less here"
        if _matches(alone, _timeless(policy, bundle), roles, accounts):
            return f"no vend has such a duration; write {limits.DURATION_MIN} to {limits.DURATION_MAX}"
        if _matches(alone, _allowing(bundle, session_policies=True), roles, accounts):
            return "no role it selects offers that session policy; list it in the profile's session_policies"
    except CallersUncountable:
        return None
    return (
        "no caller, role, duration from 900 to 3600 and session policy make its conditions true together; "
        "compare with values that occur"
    )


def _matches(policy: Policy, bundle: Bundle, roles: list[Target], accounts: list[AccountId]) -> bool:
    alone = replace(bundle, policies=Policies(policy.text))
    alike = Alike(bundle, [policy])
    callers = [one.caller for one in representatives([policy], [bundle])]
    targets = [group[0] for group in grouped([[target] for target in roles], alike.role)]
    numbers = [group[0] for group in grouped([[number] for number in accounts], alike.account)]
    if len(callers) * (len(targets) + len(numbers)) > TRIES_MAX:
        raise CallersUncountable(policy.name)
    assumes = policy.acts("assume") and any(
        offer(alone, caller, target) for target in targets for caller in callers
    )
    return assumes or (
        policy.acts("audit")
        and any(may_audit(alone, caller, number) for number in (None, *numbers) for caller in callers)
    )


def _as_permit(policy: Policy, conditions: object) -> Policy:
    """Write a policy so that matching shows: as a permit."""
    body = {**policy.body, "effect": "permit", "conditions": conditions}
    text = cedarpy.policies_from_json_str(
        json.dumps({"templates": {}, "staticPolicies": {"policy0": body}, "templateLinks": []})
    )
    return parsed(text)[0]


def _somebody(policy: Policy) -> bool:
    return bool(representatives([_as_permit(policy, [])], []))


def _allowing(bundle: Bundle, longest: int | None = None, session_policies: bool = False) -> Bundle:
    """Give a bundle whose profiles allow more."""
    return replace(
        bundle,
        roles={
            target: replace(
                profile,
                max_duration=longest or profile.max_duration,
                session_policies=tuple(bundle.session_policies)
                if session_policies
                else profile.session_policies,
            )
            for target, profile in bundle.roles.items()
        },
    )


def _timeless(policy: Policy, bundle: Bundle) -> Bundle:
    """Give a bundle in which every duration counts that a policy compares with, however short or long."""
    numbers = numbers_compared_with(policy.body["conditions"])
    near = sorted({number + step for number in numbers for step in (-1, 0, 1)}) or [limits.DURATION_MAX]
    return replace(_allowing(bundle, longest=near[-1]), durations=tuple(near))


def _instead(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    if close:
        return f"did you mean {close[0]}?"
    shown = sorted(known)[:5]
    return f"write one of {', '.join(shown)}{', …' if len(known) > 5 else ''}" if shown else "there are none"
