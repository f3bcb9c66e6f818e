"""``hubspoke-admin policy caller``: what a caller needs in its own account."""

import argparse
from typing import TYPE_CHECKING

from hubspoke_admin.commands.policy.arguments import read_caller
from hubspoke_admin.commands.policy.hub import add_grants, granted_bundle, read_apis, read_hub
from hubspoke_admin.commands.policy.printing import AT_A_HUB, add_document, add_inline
from hubspoke_admin.documents import callers
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_admin.exceptions import DocumentRefused, UsageError
from hubspoke_contract.names import Target

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.documents.placements import Placement
    from hubspoke_admin.documents.statements import Document
    from hubspoke_grants.bundle import Bundle
    from hubspoke_grants.caller import Caller

_DESCRIPTION = "Lets a caller of hubspoke get credentials, and nothing else"


def add(documents: "Commands") -> None:
    """Add the command."""
    parser = add_document(
        documents,
        "caller",
        "what a caller needs: to invoke the hub's API for what the grants give it, or to assume the hub role",
        """  hubspoke-admin policy caller --principal 'Caller::User::"111111111111/inventory-bot"'\n"""
        """  hubspoke-admin policy caller --principal 'Caller::User::"111111111111/inventory-bot"' \\\n"""
        f"      {AT_A_HUB} --endpoint https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod\n"
        f"  hubspoke-admin policy caller --route direct {AT_A_HUB}\n",
        _make,
        Route.HUB,
        Route.DIRECT,
    )
    parser.add_argument(
        "--principal",
        metavar="PRINCIPAL",
        help="who calls, as policies write it, or the ARN of a user or role",
    )
    parser.add_argument(
        "--unique-id", metavar="ID", help="AIDA… or AROA… (default: one that no policy names)"
    )
    parser.add_argument(
        "--session", metavar="NAME", help="of a role; policies see it under Identity Center's"
    )
    parser.add_argument(
        "--endpoint", metavar="URL,…", help="the hub's, one a Region (default: what its stacks say)"
    )
    parser.add_argument(
        "--any-account",
        action="store_true",
        help="name roles and no accounts, where the list is too long; the grants still decide",
    )
    add_inline(parser, "the principal")
    add_grants(parser)


def _make(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import InlinePolicy, ManagedPolicy

    route = Route(options.route)
    if options.principal is None and (route is Route.HUB or options.inline):
        raise UsageError("""say who calls: --principal 'Caller::User::"ACCOUNT/NAME"', or an ARN""")
    if route is Route.DIRECT and (options.endpoint or options.any_account):
        raise UsageError("--endpoint and --any-account go with --route hub; the hub role is no API")
    who, partition = (None, None) if options.principal is None else read_caller(options)
    if options.inline and who is not None and who.permission_set is not None:
        raise UsageError("--inline: put it into the permission set; Identity Center makes the role from that")
    hub = read_hub(options, route)
    if partition not in (None, hub.partition):
        raise UsageError(f"--principal {options.principal}: is not in the partition {hub.partition}")
    if who is None:
        name = f"assume-{hub.role_name}"
        return ManagedPolicy(name, "/", callers.by_hub_role(hub), _DESCRIPTION)
    document = callers.by_hub_role(hub) if route is Route.DIRECT else _by_hub(options, hub, who)
    name = f"{who.name}-{'direct' if route is Route.DIRECT else 'hubspoke'}"
    if options.inline:
        return InlinePolicy(name, "user" if who.entity_type == "Caller::User" else "role", who.name, document)
    return ManagedPolicy(name, "/", document, _DESCRIPTION)


def _by_hub(options: argparse.Namespace, hub: Hub, who: "Caller") -> "Document":
    from hubspoke_admin.reach import what_can

    bundle = granted_bundle(options)
    targets = [Target(one.account, one.role) for one in what_can(bundle, who)]
    if not targets:
        raise DocumentRefused(
            f"{who.principal} may take nothing: write a policy that permits it, then ask again"
        )
    return callers.by_hub(
        hub,
        read_apis(options, hub),
        targets,
        audits=_audits(bundle, who),
        any_account=options.any_account,
    )


def _audits(bundle: "Bundle", who: "Caller") -> bool:
    """Tell whether a caller may read the ledger: the hub's as a whole, or any account's."""
    from hubspoke_admin.alike import Alike, grouped
    from hubspoke_admin.cedar import policies_of
    from hubspoke_grants.decision import may_audit

    groups = grouped([[number] for number in bundle.accounts], Alike(bundle, policies_of(bundle)).account)
    return any(may_audit(bundle, who, number) for number in (None, *(group[0] for group in groups)))
