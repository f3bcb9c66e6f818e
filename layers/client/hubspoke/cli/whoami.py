"""``hubspoke whoami``: how the hub sees the caller."""

import json
import sys

from hubspoke.cli.options import Parser, command_parser, hub, parse
from hubspoke.cli.table import table
from hubspoke.exit_codes import Exit

_EXAMPLES = """\
  hubspoke whoami
  hubspoke whoami --format json
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser("whoami", "Show how the hub sees you.", _EXAMPLES)
    made.add_argument("--format", choices=("table", "json"), default="table", help="table or json")
    return made


def main(argv: list[str]) -> int:
    """Print the identity, as a table or as JSON."""
    given = parse(parser(), argv)
    if given is None:
        return Exit.OK
    document = hub(given).identity().to_document()
    if given.format == "json":
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        sys.stdout.write(table([(key, str(value)) for key, value in document.items() if value is not None]))
    return Exit.OK
