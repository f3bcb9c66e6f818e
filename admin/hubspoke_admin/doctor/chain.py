"""One role's chain, from the grants to the role: each part is looked at, whatever the others say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from hubspoke.findings import Finding, unseen, wrong
from hubspoke_admin.doctor import grants, permissions, role, trust
from hubspoke_admin.doctor.asking import Asking
from hubspoke_admin.doctor.mends import Mends
from hubspoke_admin.doctor.permissions import Held
from hubspoke_admin.doctor.reading import Account, CannotSee, RoleSeen
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_admin.iam.request import PRESENT, Present
from hubspoke_contract.names import Target
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.caller import Caller


@dataclass(frozen=True, slots=True)
class Estate:
    """What is the same for all roles, read once."""

    hub: Hub
    route: Route
    held: Mapping[str, Held]
    """ARN of whoever assumes roles in spokes to what it may do; without those that can't be read."""
    regions: Mapping[str, str]
    """ARN of the function's role in a Region to that Region."""
    in_force: grants.InForce
    caller: Caller | None
    source_identity: str | None
    """What the caller's vends carry; ``None`` where no caller is named."""
    direct_external_id: str | None = field(repr=False)
    trusts: frozenset[str]
    """Whom spokes may trust beside the hub."""


def examine(estate: Estate, target: Target, account: Account | Finding) -> list[Finding]:
    """Look at everything between the hub and one role.

    Args:
        estate: the hub.
        target: the role.
        account: its account, open to be read; or why it isn't.
    """
    profile = estate.in_force.profile(target)
    found = list(grants.examine(estate.in_force, target, estate.caller)) if estate.route.by_hub else []
    seen = _seen(target, account)
    mends = _mends(estate, target, profile, seen)
    if estate.route.by_hub and profile is not None:
        found += _by_hub(estate, profile, target, mends)
    if estate.route.by_hub_role and isinstance(seen, RoleSeen):
        found += _may(estate, _direct(estate, seen.arn), mends.hub_role)
    if isinstance(seen, Finding):
        make = mends.role(external_id=bool(profile and profile.external_id))
        return [*found, replace(seen, mend=make) if seen.code == "RoleMissing" else seen]
    if isinstance(account, Account):
        found += account.regions
        bounds = role.Bounds(
            profile.path if profile else None, estate.route.by_hub, mends.boundary, mends.session
        )
        found += role.examine(seen, account, bounds)
    return [*found, *_trust(estate, profile, seen, mends)]


def _seen(target: Target, account: Account | Finding) -> RoleSeen | Finding:
    if isinstance(account, Finding):
        return account
    try:
        found = account.role(target.role)
    except CannotSee as unread:
        return unread.finding
    return found or wrong(
        "role", "RoleMissing", f"There is no role {target.role} in {target.account}.", "Make it."
    )


def _mends(estate: Estate, target: Target, profile: RoleProfile | None, seen: RoleSeen | Finding) -> Mends:
    path = profile.path if profile else "/"
    if isinstance(seen, Finding):
        return Mends(estate.hub, target, path, estate.route)
    hub, route = estate.hub, estate.route
    # Whoever may be trusted beside the hub, and is, has to stay.
    beside = sorted(estate.trusts & trust.trusted(seen.trust))
    if beside and not route.by_hub_role:
        hub, route = replace(hub, role_arn=beside[0]), Route.BOTH
    others = tuple(each for each in beside if each != hub.role_arn)
    asks = trust.asks_for_external_id(seen.trust, hub.role_arn) if route.by_hub_role else False
    return Mends(hub, target, path if profile else seen.path, route, seen.stack, asks, others)


def _by_hub(estate: Estate, profile: RoleProfile, target: Target, mends: Mends) -> Iterator[Finding]:
    arn = f"arn:{estate.hub.partition}:iam::{target.account}:role{profile.path}{profile.role}"
    for asking in _hub_askings(estate, profile, arn):
        yield from _may(estate, asking, mends.hub_stack)


def _may(estate: Estate, asking: Asking, mend: str) -> list[Finding]:
    may = estate.held.get(asking.principal)
    # That it can't be read has been said, once for all roles.
    return [] if may is None else permissions.examine(may, asking, mend)


def _trust(estate: Estate, profile: RoleProfile | None, seen: RoleSeen, mends: Mends) -> Iterator[Finding]:
    askings: list[Asking] = []
    if estate.route.by_hub and profile is not None:
        askings += _hub_askings(estate, profile, seen.arn)
    if estate.route.by_hub_role:
        askings.append(_direct(estate, seen.arn))
    if not askings:
        says = f"What would be asked of {seen.arn} isn't known, since it is in no role profile."
        yield unseen("trust", "TrustNotJudged", says, "List it in roles.yaml, and publish.")
        return
    trusted = frozenset(estate.hub.assuming(estate.route)) | estate.trusts
    yield from trust.examine(seen.trust, trust.Expected(tuple(askings), trusted, mends.trust))


def _hub_askings(estate: Estate, profile: RoleProfile, arn: str) -> list[Asking]:
    source_identity: str | Present = estate.source_identity or PRESENT
    return [
        Asking(
            principal,
            arn,
            estate.hub.organization,
            external_id=profile.external_id,
            source_identity=source_identity,
            tags=profile.tags,
            tag_keys=tuple(sorted(profile.caller_tag_keys)),
            region=estate.regions.get(principal),
        )
        for principal in estate.hub.execution_roles
    ]


def _direct(estate: Estate, arn: str) -> Asking:
    return Asking(estate.hub.role_arn, arn, estate.hub.organization, external_id=estate.direct_external_id)
