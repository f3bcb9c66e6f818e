"""``hubspoke-admin policy``: IAM documents of callers, hub, spokes and organization, a module a family."""

from typing import TYPE_CHECKING

from hubspoke_admin.commands import group
from hubspoke_admin.commands.policy import callers, hub_roles, organization, spokes

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands


def add(commands: "Commands") -> None:
    """Add the commands."""
    documents = group(commands, "policy", "write an IAM document of hub, spokes, callers or organization")
    for module in (callers, hub_roles, spokes, organization):
        module.add(documents)
