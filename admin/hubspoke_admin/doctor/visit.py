"""A visit: what is the same for all roles is looked at once, then the roles, several accounts at a time."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from hubspoke import settings
from hubspoke.doctor import cache_step, configuration, way
from hubspoke.findings import Finding, Verdict, unseen, worst
from hubspoke_admin import hubs
from hubspoke_admin.doctor import chain, fullness, hub_trust, surroundings
from hubspoke_admin.doctor.chain import Estate
from hubspoke_admin.doctor.grants import InForce
from hubspoke_admin.doctor.reading import CannotSee, Reader
from hubspoke_admin.doctor.surroundings import unread
from hubspoke_admin.documents.estate import Hub, Route, execution_role
from hubspoke_admin.exceptions import AwsError, UsageError
from hubspoke_contract.names import AccountId, Target
from hubspoke_grants.caller import Caller
from hubspoke_grants.source_identity import source_identity

_ACCOUNTS_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know."""

    targets: tuple[Target, ...]
    """Empty for every role of the grants in force."""
    route: Route
    caller: Caller | None
    hub_role: str | None
    """ARN."""
    trusts: frozenset[str]
    doctor_role: str
    organization: str | None
    direct_external_id: str | None = field(repr=False)
    principal_arn: str | None = None
    """The caller's, where it was given as one."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found."""

    surroundings: tuple[Finding, ...]
    roles: Mapping[Target, tuple[Finding, ...]]

    @property
    def verdict(self) -> Verdict:
        """What it all comes to."""
        return worst([*self.surroundings, *(each for found in self.roles.values() for each in found)])

    def to_document(self) -> dict[str, Any]:
        """Write it for programs."""
        return {
            "Verdict": str(self.verdict),
            "Hub": [each.to_document() for each in self.surroundings],
            "Roles": [
                {
                    "AccountId": target.account,
                    "RoleName": target.role,
                    "Verdict": str(worst(found)),
                    "Findings": [each.to_document() for each in found],
                }
                for target, found in self.roles.items()
            ],
        }


def pay(
    asked: Asked,
    session: boto3.Session,
    regions: Sequence[str],
    stack: str,
    progress: Callable[[int, int], None],
) -> Report:
    """Look at everything that was asked about.

    Args:
        asked: what is wanted.
        session: the operator's.
        regions: every Region that has a hub.
        stack: the hub's stack's name.
        progress: is told how many accounts are done, of how many.

    Raises:
        AwsError: nothing can be said at all: the operator's credentials or the hub's stack can't be read.
        UsageError: every role was asked about, and there are no grants to list them.
    """
    who = hubs.operator(session, regions)
    stacks, found = _stacks(session, regions, stack) if asked.route.by_hub else ([], [])
    reader = Reader(session, who, [each.region for each in stacks] or regions[:1], asked.doctor_role)
    estate, more = _estate(asked, stacks, reader, sorted({*regions} - {each.region for each in stacks}))
    found += more
    targets = asked.targets or tuple(estate.in_force.granted.bundle.roles if estate.in_force.granted else ())
    if not targets:
        why = next((each.says for each in found if each.step == "grants"), "they have no role.")
        raise UsageError(f"--all lists the roles of the grants in force: {why} Name roles.")
    way_there = [*_settings(), *(each for place in _endpoints(stacks) for each in _way(place))]
    way_there += _cache(targets)
    roles = _roles(estate, targets, reader, progress)
    # Asked of the ledger role by role, so not for ten thousand of them.
    for target in asked.targets if stacks else ():
        roles[target] += (fullness.examine(stacks, target),)
    return Report((*way_there, *found), roles)


def _stacks(
    session: boto3.Session, regions: Sequence[str], stack: str
) -> tuple[list[hubs.Hub], list[Finding]]:
    """Read the stacks of all Regions that can be: one that is down keeps nobody from looking at the others.

    Raises:
        AwsError: none can be read.
    """
    found: list[hubs.Hub] = []
    failed: list[AwsError] = []
    for region in regions:
        try:
            found.append(hubs.hub(session, region, stack))
        except AwsError as error:
            failed.append(error)
    if not found:
        raise failed[0]
    return found, [unread("hub", "HubStackUnread", error) for error in failed]


def _settings() -> list[Finding]:
    """Look at the operator's own settings: whoever operates a hub mostly calls it too."""
    known, environ = settings.read(), settings.environment()
    found = configuration.examine(known, environ, endpoint=None, profile=None, direct=False)
    # Where the hub is, its stacks say.
    return [each for each in found if each.code != "EndpointMissing"]


def _cache(targets: Sequence[Target]) -> list[Finding]:
    """Look at what the operator's own client keeps."""
    target = targets[0] if len(targets) == 1 else None
    return cache_step.examine(settings.read().cache_directory, target, unused=False)


def _endpoints(stacks: Sequence[hubs.Hub]) -> list[tuple[str, str]]:
    """List each Region's endpoint: the stack's, or as HUBSPOKE_ENDPOINT has it."""
    told = [each.strip() for each in os.environ.get("HUBSPOKE_ENDPOINT", "").split(",") if each.strip()]
    return [
        (
            next((each for each in told if stack.output("ApiId") in each), stack.output("Endpoint")),
            stack.region,
        )
        for stack in stacks
    ]


def _way(endpoint: tuple[str, str]) -> list[Finding]:
    address, region = endpoint
    return [_as_operator(each, region) for each in way.examine(address, region=region, profile=None)]


def _as_operator(finding: Finding, region: str) -> Finding:
    """Take a refusal for what it is to an operator: who operates a hub need not be let in by it."""
    if finding.code not in ("CallNotAllowed", "HubDenies"):
        return finding
    says = f"You may not call the hub of {region} yourself, so whether its API answers callers isn't seen."
    return unseen(
        "gateway", "OwnCallRefused", says, "Allow yourself execute-api:Invoke on its GET/v1/identity."
    )


def _estate(
    asked: Asked, stacks: Sequence[hubs.Hub], reader: Reader, elsewhere: Sequence[str]
) -> tuple[Estate, list[Finding]]:
    execution_roles = {stack.output("ExecutionRoleArn"): stack.region for stack in stacks}
    hub_role = asked.hub_role or ""
    assuming = [*execution_roles, *([hub_role] if asked.route.by_hub_role else [])]
    assumers = surroundings.Assumers.read(assuming, reader)
    organization = asked.organization or assumers.organization()
    found = list(assumers.findings)
    in_force = InForce(None, {})
    if stacks:
        in_force, more = surroundings.of_grants(stacks)
        found += [*surroundings.of_gateways(stacks, organization, asked.caller), *more]
    for arn, document in assumers.trusts.items():
        if arn == hub_role:
            found += surroundings.of_hub_role(arn, document, asked.principal_arn, organization)
        else:
            found += hub_trust.of_function_role(arn, document)
    home = stacks[0].account if stacks else hub_role.split(":")[4]
    environment = stacks[0].output("Stage") if stacks else ""
    hub = Hub(reader.partition, AccountId(home), environment, tuple(execution_roles), hub_role, organization)
    # Spokes trust the functions of Regions that can't be looked at, too.
    others = [execution_role(hub.partition, hub.account, environment, each) for each in elsewhere if stacks]
    estate = Estate(
        hub=hub,
        route=asked.route,
        held=assumers.held,
        regions=execution_roles,
        in_force=in_force,
        caller=asked.caller,
        source_identity=source_identity(asked.caller) if asked.caller else None,
        direct_external_id=asked.direct_external_id,
        trusts=asked.trusts.union(others),
    )
    return estate, found


def _roles(
    estate: Estate, targets: Iterable[Target], reader: Reader, progress: Callable[[int, int], None]
) -> dict[Target, tuple[Finding, ...]]:
    accounts: dict[AccountId, list[Target]] = {}
    for target in targets:
        accounts.setdefault(target.account, []).append(target)
    found: dict[Target, tuple[Finding, ...]] = {}
    with ThreadPoolExecutor(_ACCOUNTS_AT_ONCE) as pool:
        visits = pool.map(lambda each: _account(estate, each, accounts[each], reader), accounts)
        for done, visited in enumerate(visits, 1):
            found |= visited
            progress(done, len(accounts))
    return dict(sorted(found.items()))


def _account(
    estate: Estate, number: AccountId, targets: Sequence[Target], reader: Reader
) -> dict[Target, tuple[Finding, ...]]:
    try:
        account = reader.open(number)
    except CannotSee as closed:
        return {target: tuple(chain.examine(estate, target, closed.finding)) for target in targets}
    return {target: tuple(chain.examine(estate, target, account)) for target in targets}
