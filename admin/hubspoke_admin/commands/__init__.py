"""The commands of ``hubspoke-admin``, one module each: arguments in, a call of what does it, output.

Each has ``add(commands)``, which hangs its parser under the group. Whatever is slow to import is
imported by the command that needs it.
"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def group(commands: "Commands", name: str, summary: str) -> "Commands":
    """Add a command that has commands of its own."""
    parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def command(commands: "Commands", name: str, summary: str, examples: str) -> argparse.ArgumentParser:
    """Add a command, whose help ends with examples."""
    return commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
