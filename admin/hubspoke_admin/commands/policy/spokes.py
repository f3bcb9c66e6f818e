"""``hubspoke-admin policy spoke-trust|spoke-boundary``: a role in a spoke."""

import argparse
import os
from typing import TYPE_CHECKING

from hubspoke_admin.commands.policy.arguments import read_account, read_external_id, read_role
from hubspoke_admin.commands.policy.hub import add_grants, granted, read_hub
from hubspoke_admin.commands.policy.printing import (
    AT_A_HUB,
    IN_ORGANIZATION,
    add_document,
    add_trust_quota,
    trust_quota,
)
from hubspoke_admin.documents import spokes
from hubspoke_admin.documents.estate import Route, SpokeRole
from hubspoke_admin.exceptions import UsageError

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.documents.placements import Placement


def add(documents: "Commands") -> None:
    """Add the commands."""
    trust = add_document(
        documents,
        "spoke-trust",
        "who may assume a role in a spoke: the hub's function, the hub role of the direct route, or both",
        f"  hubspoke-admin policy spoke-trust --role automation-spoke-role {IN_ORGANIZATION}\n"
        "  hubspoke-admin policy spoke-trust --route direct --role automation-spoke-role\n"
        f"  hubspoke-admin policy spoke-trust --route both --role automation-spoke-role {AT_A_HUB} \\\n"
        "      --format terraform\n",
        _trust,
        *Route,
    )
    _add_role(trust)
    trust.add_argument(
        "--direct-external-id",
        metavar="ID",
        help="what callers of the direct route send; its variable is better than the option "
        "(default: $ASSUME_ROLE_EXTERNAL_ID, or none)",
    )
    add_trust_quota(trust)
    boundary = add_document(
        documents,
        "spoke-boundary",
        "what no session of a role in a spoke may do: write IAM, make itself a successor",
        "  hubspoke-admin policy spoke-boundary --role automation-spoke-role\n"
        "  hubspoke-admin policy spoke-boundary --role deploy-spoke-role --allow-pass-role \\\n"
        "      --format cloudformation\n",
        _boundary,
        of_a_hub=False,
    )
    _add_role(boundary)
    boundary.add_argument(
        "--allow-role-chaining", action="store_true", help="let sessions assume further roles"
    )
    boundary.add_argument(
        "--allow-pass-role", action="store_true", help="let sessions pass roles to services"
    )


def _add_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", required=True, metavar="NAME", help="the role's name without its path")
    parser.add_argument(
        "--account",
        metavar="ID",
        help="the spoke; needed where the role differs between accounts (default: all that have it)",
    )
    add_grants(parser)


def _role(options: argparse.Namespace) -> SpokeRole:
    name = read_role(options.role)
    account = None if options.account is None else read_account("--account", options.account)
    return granted(options).role(name, account)


def _trust(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import InOwnAccount, Role

    quota, route = trust_quota(options), Route(options.route)
    external_id = _direct_external_id(options, route)
    hub, role = read_hub(options, route), _role(options)
    return Role(
        role.name,
        role.path,
        spokes.trust(hub, role, route, external_id),
        "Vended by hubspoke",
        InOwnAccount(hub.partition, role.boundary),
        quota,
    )


def _direct_external_id(options: argparse.Namespace, route: Route) -> str | None:
    if route.by_hub_role:
        given = options.direct_external_id
        return read_external_id(os.environ.get("ASSUME_ROLE_EXTERNAL_ID") if given is None else given)
    if options.direct_external_id is not None:
        raise UsageError("--direct-external-id goes with --route direct or both; the grants have the hub's")
    return None


def _boundary(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import ManagedPolicy

    role = _role(options)
    document = spokes.boundary(chains_roles=options.allow_role_chaining, passes_roles=options.allow_pass_role)
    return ManagedPolicy(
        role.boundary.rpartition("/")[2], role.path, document, "Ceiling of a role vended by hubspoke"
    )
