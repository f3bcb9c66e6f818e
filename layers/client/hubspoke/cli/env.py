"""``hubspoke env``: credentials as lines for a shell to evaluate, or for a file."""

import sys

from hubspoke import settings
from hubspoke.cli.options import Parser, add_vending, command_parser, parse, vend
from hubspoke.environment_formats import FORMATS, write
from hubspoke.exit_codes import Exit

_EXAMPLES = """\
  eval "$(hubspoke env 222222222222/automation-spoke-role)"
  hubspoke env 222222222222/automation-spoke-role --format fish | source
  hubspoke env 222222222222/automation-spoke-role --format json
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser("env", "Print a spoke's credentials as shell variables.", _EXAMPLES)
    add_vending(made)
    made.add_argument(
        "--format", choices=tuple(FORMATS), default="bash", help="bash (any sh, and zsh), or as listed"
    )
    return made


def main(argv: list[str]) -> int:
    """Print the variables to set, and those to unset where the form can."""
    asked = parser()
    given = parse(asked, argv)
    if given is None:
        return Exit.OK
    sys.stdout.write(write(given.format, vend(asked, given), settings.environment()))
    return Exit.OK
