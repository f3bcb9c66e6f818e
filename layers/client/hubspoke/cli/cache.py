"""``hubspoke cache``: what is kept, and how to get rid of it. Asks no hub."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hubspoke import settings
from hubspoke.cache_contents import Kept, clear, contents
from hubspoke.cli.options import Parser, parse, plain_parser
from hubspoke.cli.table import table
from hubspoke.exceptions import ConfigurationError
from hubspoke.exit_codes import Exit
from hubspoke_contract import names
from hubspoke_contract.reply import format_time

_EXAMPLES = """\
  hubspoke cache list
  hubspoke cache clear --expired
  hubspoke cache clear 222222222222/automation-spoke-role
  hubspoke cache list --format json | jq -r '.[] | select(.Fresh) | .RoleName'
"""

_HEADINGS: Final = ("ROLE", "VENDED", "EXPIRES", "FRESH")
_DAMAGED: Final = ("(damaged)", "-", "-", "no")


def parser() -> Parser:
    """Return the command's parser."""
    made = plain_parser("cache", "List or clear the credentials that are kept on this disk.", _EXAMPLES)
    made.add_argument("action", choices=("list", "clear"), help="list, or clear: all, or what is named")
    made.add_argument("target", nargs="?", metavar="ACCOUNT/ROLE", help="clear: of this role alone")
    made.add_argument("--expired", action="store_true", help="clear: what can't be used any more")
    made.add_argument("--format", choices=("table", "json"), help="list: table or json")
    return made


def main(argv: list[str]) -> int:
    """List what is kept, or remove it and say how many credentials that were."""
    reader = parser()
    given = parse(reader, argv)
    if given is None:
        return Exit.OK
    directory = settings.read().cache_directory
    if directory is None:
        raise ConfigurationError("Where is the cache? There is no home: set HUBSPOKE_CACHE_DIR.")
    return _clear(reader, given, directory) if given.action == "clear" else _list(reader, given, directory)


def _list(reader: Parser, given: argparse.Namespace, directory: Path) -> int:
    if given.target is not None or given.expired:
        reader.error("list shows everything: ACCOUNT/ROLE and --expired are for clear")
    found, now = contents(directory), datetime.now(UTC)
    if given.format == "json":
        documents = [_document(each, now) for each in found if each.entry]
        sys.stdout.write(json.dumps(documents, indent=2) + "\n")
    elif found:
        sys.stdout.write(table([_HEADINGS, *(_row(each, now) for each in found)]))
    else:
        sys.stderr.write(f"hubspoke: nothing is kept in {str(directory)!r}\n")
    return Exit.OK


def _clear(reader: Parser, given: argparse.Namespace, directory: Path) -> int:
    if given.format is not None:
        reader.error("--format is for list")
    if given.target is not None and given.expired:
        reader.error("give ACCOUNT/ROLE or --expired, not both")
    number = clear(directory, _chosen(reader, given))
    sys.stdout.write(f"{number} removed\n")
    return Exit.OK


def _chosen(reader: Parser, given: argparse.Namespace) -> Callable[[Kept], bool] | None:
    if given.expired:
        now = datetime.now(UTC)
        return lambda each: each.entry is None or not each.entry.is_usable(now)
    if given.target is None:
        return None
    target = names.target(given.target)
    if target is None:
        reader.error("ACCOUNT/ROLE must be twelve digits, a slash and a role's name")
    return lambda each: each.target == target


def _row(each: Kept, now: datetime) -> tuple[str, ...]:
    if each.entry is None:
        return _DAMAGED
    fresh = "yes" if each.entry.is_fresh(now) else "no"
    ends = format_time(each.entry.credentials.expiration)
    return (str(each.target or "(unknown)"), format_time(each.entry.obtained), ends, fresh)


def _document(each: Kept, now: datetime) -> dict[str, object]:
    assert each.entry is not None  # noqa: S101 - the caller leaves the damaged ones out
    target = each.target
    return {
        "AccountId": target.account if target else None,
        "RoleName": target.role if target else None,
        "Vended": format_time(each.entry.obtained),
        "Expiration": format_time(each.entry.credentials.expiration),
        "Fresh": each.entry.is_fresh(now),
    }
