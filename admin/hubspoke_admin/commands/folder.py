"""``hubspoke-admin grants build``: work on a grants folder, without AWS."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import AdminError, Exit
from hubspoke_admin.output import say

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands


def add(commands: "Commands") -> None:
    """Add the commands."""
    building = command(
        commands,
        "build",
        "make one bundle of a grants folder",
        "  hubspoke-admin grants build grants/\n  hubspoke-admin grants build grants/ --output bundle.json\n",
    )
    add_folder(building)
    building.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write it (default: standard output)"
    )
    building.set_defaults(command=_build)


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the argument FOLDER."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that holds roles.yaml")


def _build(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.source import build
    from hubspoke_grants.bundle import encode

    document = build(options.folder)
    if options.output is None:
        sys.stdout.buffer.write(encode(document) + b"\n")
        return Exit.OK
    try:
        options.output.write_bytes(encode(document) + b"\n")
    except OSError as error:
        raise AdminError(f"{options.output}: {error.strerror}") from None
    say(f"{options.output}: version {document['Version']}")
    return Exit.OK
