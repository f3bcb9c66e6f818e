"""Who can take a role, and what a caller can take: ``decide`` asked over everything that can differ.

Exact: durations and session policies are a finite grid, callers are represented, and roles that no
policy tells apart are asked about once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hubspoke_admin.alike import Alike, grouped
from hubspoke_admin.cedar import Policy, policies_of
from hubspoke_admin.representatives import Representative, representatives
from hubspoke_contract.names import Target
from hubspoke_contract.reply import RoleOffer
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import offer


def admitting(policies: Iterable[Policy], caller: Caller) -> tuple[Policy, ...]:
    """List the policies whose scope lets a caller by: the others can't change its answers."""
    return tuple(policy for policy in policies if policy.admits(caller.kind, caller.key))


def who_can(bundle: Bundle, target: Target) -> Iterator[tuple[Representative, RoleOffer]]:
    """Find everybody who can take a role, and within what.

    Raises:
        CallersUncountable: the callers that the policies tell apart can't all be tried.
    """
    for representative in representatives(policies_of(bundle), [bundle]):
        offered = offer(bundle, representative.caller, target)
        if offered is not None:
            yield representative, offered


def what_can(bundle: Bundle, caller: Caller) -> list[RoleOffer]:
    """List every role that a caller can take, and within what."""
    alike = Alike(bundle, admitting(policies_of(bundle), caller))
    found: list[RoleOffer] = []
    for group in grouped([[target] for target in bundle.roles], alike.role):
        offered = offer(bundle, caller, group[0])
        if offered is not None:
            found += [_elsewhere(bundle, offered, target) for target in group]
    return sorted(found, key=lambda one: (one.account, one.role))


def _elsewhere(bundle: Bundle, offered: RoleOffer, target: Target) -> RoleOffer:
    account = bundle.accounts[target.account]
    return replace(
        offered,
        account=target.account,
        account_name=account.name,
        org_unit=account.org_unit,
        account_tags=account.tags,
        role=target.role,
    )
