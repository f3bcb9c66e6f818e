"""``hubspoke-admin grants init|check|build|test``: work on a grants folder, without AWS."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import AdminError, Exit, GrantsInvalid
from hubspoke_admin.output import add_format, say, show

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands


def add(commands: "Commands") -> None:
    """Add the commands."""
    starting = command(
        commands,
        "init",
        "write a commented starting folder",
        "  hubspoke-admin grants init ../hub-grants/\n",
    )
    starting.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a folder that is empty, or isn't there"
    )
    starting.set_defaults(command=_init)
    checking = command(
        commands,
        "check",
        "find every mistake in a grants folder, each with file, line and what to write instead",
        "  hubspoke-admin grants check grants/\n  hubspoke-admin grants check grants/ --format json\n",
    )
    add_folder(checking)
    add_format(checking)
    checking.set_defaults(command=_check)
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
    testing = command(
        commands,
        "test",
        "run the tests of a grants folder: who must get a role, and who must not",
        "  hubspoke-admin grants test grants/\n  hubspoke-admin grants test grants/ --format json\n",
    )
    add_folder(testing)
    add_format(testing)
    testing.set_defaults(command=_test)


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the argument FOLDER."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that holds roles.yaml")


def _init(options: argparse.Namespace) -> Exit:
    from hubspoke_admin import starting

    starting.write(options.folder)
    say(f"{options.folder}: written; next: hubspoke-admin grants check {options.folder}")
    return Exit.OK


def _check(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.grants_tests import read_cases
    from hubspoke_admin.source import read_grants

    mistakes: list[str] = []
    for read in (read_grants, read_cases):
        try:
            read(options.folder)
        except GrantsInvalid as error:
            mistakes += error.mistakes
    mistakes = list(dict.fromkeys(mistakes))
    if options.format == "json":
        show(options, ["Mistake"], [{"Mistake": mistake} for mistake in mistakes])
    elif mistakes:
        print("\n".join(mistakes))
    else:
        print(f"{options.folder}: no mistakes")
    return Exit.NO if mistakes else Exit.OK


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


def _test(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.grants_tests import failures, read_cases
    from hubspoke_admin.source import read_grants

    cases = read_cases(options.folder)
    failed = failures(options.folder, cases, read_grants(options.folder).bundle)
    show(
        options,
        ["Test", "Principal", "Role", "Expected", "Decided", "Policies", "Place"],
        [failure.to_document() for failure in failed],
    )
    say(f"{len(cases)} tests, {len(failed)} failed")
    return Exit.NO if failed else Exit.OK
