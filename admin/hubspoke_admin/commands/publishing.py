"""``hubspoke-admin grants publish``, ``rollback``, ``fetch`` and ``history``: what is in force, and was."""

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hubspoke_admin.commands import command
from hubspoke_admin.commands.folder import add_folder
from hubspoke_admin.exceptions import AdminError, AwsError, Exit, GrantsInvalid, UsageError
from hubspoke_admin.hubs import add_hub_options, hubs, operator
from hubspoke_admin.output import add_format, add_limit, limit, say, show
from hubspoke_contract.limits import REASON_MAX
from hubspoke_contract.reply import format_time
from hubspoke_contract.request import is_reason

if TYPE_CHECKING:
    from hubspoke_admin.bundles import InForce
    from hubspoke_admin.commands import Commands
    from hubspoke_grants.bundle import Bundle

_HISTORY = 20


def add(commands: "Commands") -> None:
    """Add the commands."""
    publishing = command(
        commands,
        "publish",
        "build a grants folder, test it, say who gains and who loses, and put it in force in every Region",
        "  hubspoke-admin grants publish grants/\n"
        "  hubspoke-admin grants publish grants/ --reason 'inventory for the new OU'\n"
        "  hubspoke-admin grants publish grants/ --based-on 0f1e2d3c4b5a6978\n"
        "  hubspoke-admin grants publish grants/ --regions eu-west-1,us-east-1\n",
    )
    add_folder(publishing)
    publishing.add_argument(
        "--based-on", metavar="VERSION", help="refuse where another version is in force than this one"
    )
    publishing.add_argument(
        "--accounts-from-folder",
        action="store_true",
        help="take accounts.json, also where the inventory keeps the accounts as the organization has them",
    )
    publishing.set_defaults(command=_publish)
    rolling_back = command(
        commands,
        "rollback",
        "put the grants before the last change back in force in every Region, or a version you name",
        "  hubspoke-admin grants rollback --reason 'prod was open'\n"
        "  hubspoke-admin grants rollback --to 0f1e2d3c4b5a6978\n",
    )
    rolling_back.add_argument("--to", metavar="VERSION", help="a version that 'grants history' lists")
    rolling_back.set_defaults(command=_rollback)
    for parser in (publishing, rolling_back):
        parser.add_argument("--reason", metavar="TEXT", help="why; 'grants history' shows it")
    fetching = command(
        commands,
        "fetch",
        "write the bundle that is in force, or was",
        "  hubspoke-admin grants fetch --output in-force.json\n"
        "  hubspoke-admin grants fetch --version 0f1e2d3c4b5a6978\n"
        "  hubspoke-admin grants diff in-force.json grants/\n",
    )
    fetching.add_argument("--version", metavar="VERSION", help="one that 'grants history' lists")
    fetching.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write it (default: standard output)"
    )
    fetching.set_defaults(command=_fetch)
    telling = command(
        commands,
        "history",
        "list what was put in force, newest first: when, by whom, why",
        "  hubspoke-admin grants history\n  hubspoke-admin grants history --limit 100 --format json\n",
    )
    add_limit(telling, _HISTORY, "a Region")
    add_format(telling)
    telling.set_defaults(command=_history)
    for parser in (publishing, rolling_back, fetching, telling):
        add_hub_options(parser)


def _publish(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.publish import keeping_accounts
    from hubspoke_admin.source import build

    _check_reason(options.reason)
    document = build(options.folder)
    states = _states(options)
    if options.based_on is not None and any(state.version != options.based_on for state in states):
        raise AwsError(
            f"version {options.based_on} is not what is in force, so nothing was published:\n"
            + "".join(f"  {state}\n" for state in states)
            + "look at it by 'hubspoke-admin grants fetch', then publish on top of it"
        )
    if not options.accounts_from_folder:
        kept = keeping_accounts(document, states)
        if kept is not document:
            say("the accounts are the organization's, as in force; accounts.json was passed over")
        document = kept
    bundle = _loaded(document)
    _check_tests(options.folder, bundle)
    _put_in_force(options, states, document, bundle)
    roles, accounts = len(bundle.roles), len(bundle.accounts)
    print(f"published version {document['Version']}: {roles} roles in {accounts} accounts")
    return Exit.OK


def _rollback(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.publish import keeping_accounts, to_roll_back_to

    _check_reason(options.reason)
    states = _states(options)
    found = {state.hub.region: to_roll_back_to(state, options.to) for state in states}
    before = {stored.version: stored for stored in found.values() if stored is not None}
    if not before:
        what = f"no version {options.to}" if options.to else "no other version"
        raise AdminError(f"the buckets hold {what}; see 'hubspoke-admin grants history'")
    if len(before) > 1:
        raise AdminError(
            "the Regions don't agree on what was in force before; name one of these by --to:\n"
            + "".join(f"  {region}: {old.version}\n" for region, old in found.items() if old).rstrip()
        )
    ((version, stored),) = before.items()
    document = keeping_accounts(stored.document or {}, states)
    _put_in_force(options, states, document, _loaded(document))
    as_it_was = "" if document["Version"] == version else f", with today's accounts: {document['Version']}"
    print(f"rolled back to version {version}{as_it_was}")
    return Exit.OK


def _fetch(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.bundles import agreed, in_force
    from hubspoke_admin.publish import to_roll_back_to
    from hubspoke_grants.bundle import encode

    states = [in_force(hub) for hub in hubs(options)]
    if options.version is None:
        document = agreed(states)
    else:
        had = (to_roll_back_to(state, options.version) for state in states)
        document = next((stored.document for stored in had if stored is not None), None)
    if document is None:
        what = f"no version {options.version}" if options.version else "nothing in force"
        raise AdminError(f"there is {what}; see 'hubspoke-admin grants history'")
    content = encode(document) + b"\n"
    if options.output is None:
        sys.stdout.buffer.write(content)
        return Exit.OK
    try:
        options.output.write_bytes(content)
    except OSError as error:
        raise AdminError(f"{options.output}: {error.strerror}") from None
    say(f"{options.output}: version {document['Version']}")
    return Exit.OK


def _history(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.bundles import history

    most = limit(options)
    found = hubs(options)
    rows = [
        {
            "Region": hub.region,
            "At": format_time(stored.at),
            "Version": stored.version,
            "Roles": stored.roles,
            "Publisher": stored.publisher,
            "Reason": stored.reason,
        }
        for hub in found
        for stored in islice(history(hub), most)
    ]
    rows.sort(key=lambda row: str(row["At"]), reverse=True)
    headings = ["At", "Version", "Roles", "Publisher", "Reason"]
    show(options, ["Region", *headings] if len(found) > 1 else headings, rows)
    return Exit.OK


def _check_reason(reason: str | None) -> None:
    if reason is not None and not is_reason(reason):
        raise UsageError(f"--reason must be one line of 1 to {REASON_MAX} characters that can be seen")


def _states(options: argparse.Namespace) -> list["InForce"]:
    """Read what is in force in every Region, before anything is written, and say where they differ."""
    from hubspoke_admin.bundles import in_force, regions_differ

    states = [in_force(hub) for hub in hubs(options)]
    if regions_differ(states):
        say("the Regions have DIFFERENT grants in force:" + "".join(f"\n  {state}" for state in states))
    return states


def _loaded(document: dict[str, Any]) -> "Bundle":
    from hubspoke_grants.bundle import BundleInvalid, encode, load

    try:
        return load(encode(document))
    except BundleInvalid as error:
        raise GrantsInvalid(
            f"version {document.get('Version')}: the hub would not load this: {error}"
        ) from None


def _check_tests(folder: Path, bundle: "Bundle") -> None:
    from hubspoke_admin.grants_tests import run

    failures = run(folder, bundle)
    if failures:
        raise GrantsInvalid(
            *(
                f"{each.place}: {each.name}: {each.principal} for {each.role} must be {each.expected}, "
                f"and is {each.decided}"
                for each in failures
            ),
            "the grants fail their own tests, so nothing was published",
        )


def _say_changes(states: Sequence["InForce"], bundle: "Bundle") -> None:
    """Say who gains and who loses what, against each version in force."""
    from hubspoke_admin.diff import compare

    in_force = {state.version: state.document for state in states if state.document}
    for version, document in in_force.items():
        try:
            changes = compare(_loaded(document), bundle)
        except AdminError as error:
            say(f"what changes against version {version} can't be said: {error}")
            continue
        say(f"against version {version}, in force until now: {len(changes) or 'no'} changes")
        for change in changes:
            shown = change.to_document()
            resources = ", ".join(map(str, cast("list[str]", shown["Examples"])))
            say(f"  {change.effect.value} {change.principal}: {change.action} {resources} ({change.limits})")


def _put_in_force(
    options: argparse.Namespace, states: Sequence["InForce"], document: dict[str, Any], bundle: "Bundle"
) -> None:
    from hubspoke_admin.bundles import metadata
    from hubspoke_admin.publish import publish

    _say_changes(states, bundle)
    by = operator(states[0].hub.session, [state.hub.region for state in states])
    publish(states, document, metadata(document["Version"], by, options.reason), options.typed)
