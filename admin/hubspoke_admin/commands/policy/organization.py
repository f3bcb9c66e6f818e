"""``hubspoke-admin policy scp|rcp``: what AWS Organizations holds against everybody."""

import argparse
from typing import TYPE_CHECKING

from hubspoke_admin.commands.policy.arguments import read_administrators
from hubspoke_admin.commands.policy.hub import add_grants, granted, read_hub
from hubspoke_admin.commands.policy.printing import AT_A_HUB, IN_ORGANIZATION, add_document
from hubspoke_admin.documents import organization
from hubspoke_admin.documents.estate import Route
from hubspoke_admin.exceptions import UsageError

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.documents.placements import Placement


def add(documents: "Commands") -> None:
    """Add the commands."""
    control = add_document(
        documents,
        "scp",
        "a service control policy that protects vended roles, the hub's roles and function, and trails",
        f"  hubspoke-admin policy scp {AT_A_HUB} \\\n"
        "      --administrator 'arn:aws:iam::*:role/stacksets-exec-*'\n",
        _scp,
        *Route,
    )
    control.add_argument(
        "--administrator",
        action="append",
        required=True,
        metavar="ARN",
        help="who may change what is protected, stars allowed; more than once",
    )
    add_grants(control)
    resource = add_document(
        documents,
        "rcp",
        "a resource control policy that lets nobody but the hub assume vended roles",
        f"  hubspoke-admin policy rcp {AT_A_HUB} {IN_ORGANIZATION}\n",
        _rcp,
        *Route,
    )
    add_grants(resource)


def _scp(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import OrganizationPolicy

    route = Route(options.route)
    hub = read_hub(options, route)
    administrators = read_administrators(options.administrator, hub)
    document = organization.service_control(hub, granted(options).roles(), route, administrators)
    return OrganizationPolicy(
        "hubspoke-protect",
        "SERVICE_CONTROL_POLICY",
        document,
        "Protects what hubspoke vends, and the hub, from everybody but its administrators",
    )


def _rcp(options: argparse.Namespace) -> "Placement":
    from hubspoke_admin.documents.placements import OrganizationPolicy

    if options.organization is None:
        raise UsageError("an RCP is of an organization: say --organization o-…")
    route = Route(options.route)
    hub = read_hub(options, route)
    document = organization.resource_control(hub, granted(options).roles(), route)
    return OrganizationPolicy(
        "hubspoke-only-the-hub",
        "RESOURCE_CONTROL_POLICY",
        document,
        "Lets nobody but the hub assume what hubspoke vends",
    )
