"""``hubspoke roles``: what the caller may take."""

import json
import sys

from hubspoke import offers
from hubspoke.cli.offering import on_offer
from hubspoke.cli.options import Parser, command_parser, hub, parse
from hubspoke.cli.table import table
from hubspoke.exit_codes import Exit
from hubspoke_contract.reply import RoleOffer

_EXAMPLES = """\
  hubspoke roles
  hubspoke roles workloads environment=prod
  hubspoke roles --format json | jq -r '.[] | .AccountId + "/" + .RoleName'
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser("roles", "List the roles you may take.", _EXAMPLES)
    made.add_argument(
        "search",
        nargs="*",
        metavar="WORD",
        help="list those alone that have every word in account, name, OU, tags or role",
    )
    made.add_argument("--format", choices=("table", "json"), default="table", help="table or json")
    return made


def main(argv: list[str]) -> int:
    """Print the roles, as a table or as a JSON list."""
    given = parse(parser(), argv)
    if given is None:
        return Exit.OK
    every = on_offer(given, hub(given))
    found = offers.matching(every, given.search)
    if given.format == "json":
        sys.stdout.write(json.dumps([offer.to_document() for offer in found], indent=2) + "\n")
    elif found:
        sys.stdout.write(table([_HEADINGS, *map(_row, found)]))
    else:
        problem = "none of the roles you may take has these words" if every else "no role is granted to you"
        sys.stderr.write(f"hubspoke: {problem}\n")
    return Exit.OK


_TAGS_MAX = 60
_HEADINGS = ("ROLE", "NAME", "OU", "UP TO", "SESSION POLICIES", "TAGS")


def _row(offer: RoleOffer) -> tuple[str, ...]:
    policies = ", ".join(offer.session_policies) or "-"
    return (
        f"{offer.account}/{offer.role}",
        offer.account_name,
        offer.org_unit,
        f"{offer.max_duration} s",
        f"{policies} (one is required)" if offer.session_policy_required else policies,
        _cut(", ".join(f"{key}={value}" for key, value in offer.account_tags)) or "-",
    )


def _cut(text: str) -> str:
    """Keep a row readable: an account may have fifty tags. JSON has them all."""
    return text if len(text) <= _TAGS_MAX else f"{text[: _TAGS_MAX - 1]}…"
