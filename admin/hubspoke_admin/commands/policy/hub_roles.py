"""``hubspoke-admin policy hub-permissions|hub-trust|sso-trust``: the hub's roles."""

import argparse
from typing import TYPE_CHECKING

from hubspoke_admin.commands.policy.arguments import (
    read_account,
    read_permission_sets,
    read_principals,
    read_role,
    read_spoke_roles,
)
from hubspoke_admin.commands.policy.hub import add_grants, granted, read_hub
from hubspoke_admin.commands.policy.printing import (
    AT_A_HUB,
    IN_ORGANIZATION,
    add_document,
    add_inline,
    add_trust_quota,
    trust_quota,
)
from hubspoke_admin.documents import hub_roles
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_admin.exceptions import DocumentRefused, UsageError

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.documents.placements import Placement, Role
    from hubspoke_admin.documents.statements import Document


def add(documents: "Commands") -> None:
    """Add the commands."""
    permissions = add_document(
        documents,
        "hub-permissions",
        "what the hub may do in spokes: its function's role, or the hub role of the direct route",
        f"  hubspoke-admin policy hub-permissions {IN_ORGANIZATION}\n"
        f"  hubspoke-admin policy hub-permissions --route direct {AT_A_HUB} --role automation-spoke-role\n",
        _permissions,
        Route.HUB,
        Route.DIRECT,
    )
    permissions.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="NAME",
        help="direct route: this role, and others named so (default: all that anybody may take)",
    )
    permissions.add_argument(
        "--spoke-roles",
        metavar="PATTERN",
        help="hub's route: as the stack's output SpokeRoles, role/hubspoke/* (default: by the path that the "
        "grants' roles have)",
    )
    add_inline(permissions, "the hub's role")
    add_grants(permissions)
    trust = add_document(
        documents,
        "hub-trust",
        "who may assume the hub role of the direct route: users and roles",
        f"  hubspoke-admin policy hub-trust {AT_A_HUB} \\\n"
        f"      --principal arn:aws:iam::111111111111:user/sys-automation {IN_ORGANIZATION}\n",
        _trust,
    )
    trust.add_argument(
        "--principal",
        action="append",
        required=True,
        metavar="ARN",
        help="of a user or role, exact; more than once",
    )
    add_trust_quota(trust)
    sso = add_document(
        documents,
        "sso-trust",
        "who may assume the hub role of the direct route: people with an Identity Center permission set",
        f"  hubspoke-admin policy sso-trust {AT_A_HUB} --permission-set PowerUserAccess {IN_ORGANIZATION}\n"
        f"  hubspoke-admin policy sso-trust {AT_A_HUB} --permission-set '*-PowerUserAccess' \\\n"
        "      --account 555555555555\n",
        _sso_trust,
    )
    sso.add_argument(
        "--permission-set",
        action="append",
        required=True,
        metavar="NAME",
        help="its name, or *-NAME for all with that ending; more than once",
    )
    sso.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ID",
        help="where the people sign in; more than once (default: the hub role's account)",
    )
    add_trust_quota(sso)


def _permissions(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import InlinePolicy, ManagedPolicy

    route = Route(options.route)
    if options.role and route is Route.HUB:
        raise UsageError("--role goes with --route direct; the hub's function goes by --spoke-roles")
    if options.spoke_roles and route is Route.DIRECT:
        raise UsageError("--spoke-roles goes with --route hub; the hub role goes by --role")
    names = [read_role(name) for name in options.role]
    hub = read_hub(options, route)
    if route is Route.DIRECT:
        document = hub_roles.role_permissions(hub, granted(options).roles(names))
        holders = [hub.role_name]
    else:
        document = _of_the_function(options, hub)
        holders = [arn.rpartition("/")[2] for arn in hub.execution_roles]
    if options.inline and len(holders) > 1:
        raise UsageError("--inline is for one role: name one Region by --regions")
    if options.inline:
        return InlinePolicy("assume-spoke-roles", "role", holders[0], document)
    name = f"{holders[0] if route is Route.DIRECT else 'hubspoke'}-assume-spoke-roles"
    return ManagedPolicy(name, "/", document, "Lets the hub of hubspoke assume roles in spokes")


def _of_the_function(options: argparse.Namespace, hub: Hub) -> "Document":
    from hubspoke_admin.documents.granted import outside, spoke_roles_of

    roles = granted(options).roles()
    pattern = read_spoke_roles(options.spoke_roles) if options.spoke_roles else spoke_roles_of(roles)
    if missed := outside(pattern, roles):
        raise DocumentRefused(
            f"the hub could not assume {', '.join(role.resource for role in missed)}: not within {pattern}"
        )
    return hub_roles.execution_permissions(hub, pattern)


def _trust(options: argparse.Namespace) -> "Placement":
    hub = read_hub(options, Route.DIRECT)
    return _hub_role(options, hub, hub_roles.trust(hub, read_principals(options.principal, hub)))


def _sso_trust(options: argparse.Namespace) -> "Placement":
    sets = read_permission_sets(options.permission_set)
    accounts = [read_account("--account", number) for number in dict.fromkeys(options.account)]
    hub = read_hub(options, Route.DIRECT)
    return _hub_role(options, hub, hub_roles.sso_trust(hub, accounts or [hub.role_account], sets))


def _hub_role(options: argparse.Namespace, hub: Hub, document: "Document") -> "Role":
    from hubspoke_admin.documents.placements import Role

    return Role(
        hub.role_name,
        hub.role_path,
        document,
        "Assumed by callers of the direct route, on the way to a spoke",
        trust_max=trust_quota(options),
    )
