"""``hubspoke roles``: what the caller may take."""

import json
import sys

from hubspoke.cli.options import command_parser, hub, parse
from hubspoke.cli.table import table
from hubspoke.exit_codes import Exit
from hubspoke_contract.reply import RoleOffer

_EXAMPLES = """\
  hubspoke roles
  hubspoke roles --format json | jq -r '.[] | .AccountId + "/" + .RoleName'
"""


def main(argv: list[str]) -> int:
    """Print the roles, as a table or as a JSON list."""
    parser = command_parser("roles", "List the roles you may take.", _EXAMPLES)
    parser.add_argument("--format", choices=("table", "json"), default="table", help="table or json")
    given = parse(parser, argv)
    if given is None:
        return Exit.OK
    offers = list(hub(given).roles())
    if given.format == "json":
        sys.stdout.write(json.dumps([offer.to_document() for offer in offers], indent=2) + "\n")
    elif offers:
        sys.stdout.write(table([_HEADINGS, *map(_row, offers)]))
    else:
        sys.stderr.write("hubspoke: no role is granted to you\n")
    return Exit.OK


_HEADINGS = ("ROLE", "NAME", "OU", "UP TO", "SESSION POLICIES")


def _row(offer: RoleOffer) -> tuple[str, ...]:
    policies = ", ".join(offer.session_policies) or "-"
    return (
        f"{offer.account}/{offer.role}",
        offer.account_name,
        offer.org_unit,
        f"{offer.max_duration} s",
        f"{policies} (one is required)" if offer.session_policy_required else policies,
    )
