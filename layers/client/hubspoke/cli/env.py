"""``hubspoke env``: credentials as lines for a shell to evaluate."""

import json
import re
import sys

from hubspoke import settings
from hubspoke.child_environment import CONTRADICTING, contradicting, variables
from hubspoke.cli.options import add_vending, command_parser, parse, vend
from hubspoke.exit_codes import Exit

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTE, _ESCAPED = "'", "'\"'\"'"

_EXAMPLES = """\
  eval "$(hubspoke env 222222222222/automation-spoke-role)"
  hubspoke env 222222222222/automation-spoke-role --format json
"""


def main(argv: list[str]) -> int:
    """Print the variables to set, and those to unset."""
    parser = command_parser("env", "Print a spoke's credentials as shell variables.", _EXAMPLES)
    add_vending(parser)
    parser.add_argument("--format", choices=("bash", "json"), default="bash", help="bash (any sh) or json")
    given = parse(parser, argv)
    if given is None:
        return Exit.OK
    found = variables(vend(parser, given))
    if given.format == "json":
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return Exit.OK
    # A variable's name is run by a shell if it looks like an array's element, quoted or not.
    present = filter(_NAME.fullmatch, contradicting(settings.environment()))
    lines = [f"unset {' '.join(sorted({*CONTRADICTING, *present}))}"]
    # Always in quotes, so that a line's form doesn't depend on its value.
    lines += [f"export {name}='{value.replace(_QUOTE, _ESCAPED)}'" for name, value in found.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return Exit.OK
