"""``hubspoke doctor``: what is right and what is wrong between the caller and a role."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hubspoke import settings
from hubspoke.arguments import path_and_name
from hubspoke.cli import direct, findings
from hubspoke.cli.options import Parser, command_parser, parse, target
from hubspoke.doctor import cache_step, configuration, credentials, grant, vend, way
from hubspoke.doctor import direct as direct_steps
from hubspoke.doctor.calling import Call
from hubspoke.doctor.codes import exit_code
from hubspoke.doctor.credentials import Signer
from hubspoke.endpoint import Endpoint, parse_all
from hubspoke.exceptions import ConfigurationError
from hubspoke.exit_codes import Exit
from hubspoke.findings import Finding, summary, worst
from hubspoke.hub import Hub
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke_contract.names import Target

if TYPE_CHECKING:
    import boto3

_EXAMPLES: Final = """\
  hubspoke doctor
  hubspoke doctor 222222222222/automation-spoke-role
  hubspoke doctor 222222222222/automation-spoke-role --vend
  hubspoke doctor --profile sso --format json | jq -r '.Findings[] | select(.Verdict == "wrong") | .Code'
  hubspoke doctor 888888888888/automation-spoke-role --hub-account 999999999999 --hub-role automation-hub-role

It needs your own credentials and nothing else. Exit code: 0 where nothing is wrong, else that of the first
thing that is; docs/doctor.md has every code and its mend.
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser("doctor", "Find out what is wrong between you and a role.", _EXAMPLES)
    made.set_defaults(may_pick=False)
    role = made.add_argument_group("the role")
    role.add_argument("target", nargs="?", metavar="ACCOUNT/ROLE", help="twelve digits and a role's name")
    role.add_argument("-s", "--spoke-account", metavar="ACCOUNT", help="instead (ASSUME_ROLE_SPOKE_ACCOUNT)")
    role.add_argument("-S", "--spoke-role", metavar="ROLE", help="instead (ASSUME_ROLE_SPOKE_ROLE)")
    role.add_argument(
        "--vend", action="store_true", help="vend it as well: recorded like any other, and thrown away"
    )
    made.add_argument("--format", choices=("table", "json"), default="table", help="table or json")
    direct.add_options(made)
    return made


def main(argv: list[str]) -> int:
    """Print what is found, as lines or as JSON."""
    reader = parser()
    given = parse(reader, argv)
    if given is None:
        return Exit.OK
    found = list(_walk(reader, given))
    if given.format == "json":
        document = {"Verdict": str(worst(found)), "Findings": [each.to_document() for each in found]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        findings.write(found)
        sys.stderr.write(f"hubspoke: {summary(found)}\n")
    return exit_code(found)


def _walk(reader: Parser, given: argparse.Namespace) -> Iterator[Finding]:
    known = settings.read()
    by_hub_role = (given.hub_account, given.hub_role) != (None, None)
    # Variables that contradict each other are a finding here, and wrong usage elsewhere.
    if problem := configuration.choice(known, given.endpoint, by_hub_role=by_hub_role):
        yield problem
        return
    is_direct = direct.is_chosen(given)
    role = _target(reader, given)
    yield from configuration.examine(
        known, settings.environment(), endpoint=given.endpoint, profile=given.profile, direct=is_direct
    )
    yield from _directly(given, role) if is_direct else _through_the_hub(given, role)
    kept = role and Target(role.account, path_and_name(role.role)[1])
    yield from cache_step.examine(known.cache_directory, kept, unused=given.no_cache)


def _target(reader: Parser, given: argparse.Namespace) -> Target | None:
    known = settings.read()
    named = (given.target, given.spoke_account, given.spoke_role, known.spoke_account, known.spoke_role)
    if any(each is not None for each in named):
        return target(reader, given)
    if given.vend:
        reader.error("--vend: which role? Give ACCOUNT/ROLE")
    return None


def _directly(given: argparse.Namespace, role: Target | None) -> Iterator[Finding]:
    # What is kept of the hub role would hide what is wrong with it now.
    route = direct.hub_role(argparse.Namespace(**{**vars(given), "no_cache": True}))
    region = way.region_of(None, given.region, route.own)
    if isinstance(region, Finding):
        yield region
        return
    signer = credentials.examine(route.own, region, given.profile)
    yield from signer.findings
    if signer.own is None:
        return
    hub_role = direct_steps.examine(route, signer)
    yield hub_role
    if role is None or not given.vend:
        yield direct_steps.skipped()
    elif hub_role.code == "HubRoleAssumed":
        yield direct_steps.vend(route, signer, role)


def _through_the_hub(given: argparse.Namespace, role: Target | None) -> Iterator[Finding]:
    known = settings.read()
    raw = known.endpoint if given.endpoint is None else given.endpoint
    if not raw:
        return
    try:
        places = parse_all(raw)
    except ConfigurationError as error:
        yield way.not_an_endpoint(raw, error)
        return
    settings.enter_profile(given.profile)  # as for every call
    chain = OwnCredentialChain(known, given.profile, None)
    signer: Signer | None = None
    for place in places:
        region = way.region_of(place, given.region, chain)
        if isinstance(region, Finding):
            yield region
            return
        if signer is None:
            signer = credentials.examine(chain, region, given.profile)
            yield from signer.findings
        found = _endpoint(given, place, region, chain, signer, role)
        yield from found if len(places) == 1 else _named(place, found)


def _endpoint(
    given: argparse.Namespace,
    place: Endpoint,
    region: str,
    chain: OwnCredentialChain,
    signer: Signer,
    role: Target | None,
) -> Iterator[Finding]:
    found, seen = way.reach(place, region, signer)
    yield from found
    if seen is None:
        return
    call = Call(place, region, signer.caller, signer.partition)
    hub = _hub(given, place, region, chain)
    offer, granted = grant.examine(hub, call, seen, role)
    yield from granted
    if role is not None and given.vend:
        yield vend.examine(hub, call, role, offer)
    elif offer is not None:
        yield vend.skipped()


def _hub(given: argparse.Namespace, place: Endpoint, region: str, chain: OwnCredentialChain) -> Hub:
    # What has been resolved is not asked for again: it may be a program, and that a person.
    source: boto3.Session | None = chain.source()  # type: ignore[assignment]
    return Hub(place.url, region=region, session=source, cache=False, retries=given.retries)


def _named(place: Endpoint, found: Iterator[Finding]) -> Iterator[Finding]:
    host = urlsplit(place.url).netloc
    for each in found:
        yield replace(each, says=f"{host}: {each.says}")
