"""``hubspoke-admin grants publish``: put grants in force."""

import argparse
from typing import TYPE_CHECKING

from hubspoke_admin.commands import command
from hubspoke_admin.commands.folder import add_folder
from hubspoke_admin.exceptions import Exit
from hubspoke_admin.hubs import add_hub_options, hubs

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands


def add(commands: "Commands") -> None:
    """Add the commands."""
    publishing = command(
        commands,
        "publish",
        "build a grants folder and put it in force in every Region",
        "  hubspoke-admin grants publish grants/\n"
        "  hubspoke-admin grants publish grants/ --regions eu-west-1,us-east-1\n",
    )
    add_folder(publishing)
    add_hub_options(publishing)
    publishing.set_defaults(command=_publish)


def _publish(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.publish import publish
    from hubspoke_admin.source import build

    document = build(options.folder)
    publish(hubs(options), document)
    roles = sum(len(profile["Accounts"]) for profile in document["Profiles"])
    print(f"published version {document['Version']}: {roles} roles in {len(document['Accounts'])} accounts")
    return Exit.OK
