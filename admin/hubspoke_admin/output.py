"""What a command prints: a table for people, JSON for programs."""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hubspoke.cli.table import table
from hubspoke_admin.exceptions import UsageError

LIMIT_MAX: Final = 1_000_000
"""Rows. All that are shown are held at once, for the columns' widths."""

_NUMBER: Final = re.compile("[0-9]{1,7}")
_NOT_ASCII: Final = re.compile("[^\n -~]")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``."""
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="for people or for programs (default: table)",
    )


def add_limit(parser: argparse.ArgumentParser, default: int, what: str) -> None:
    """Add ``--limit``; ``limit`` reads it."""
    parser.add_argument(
        "--limit", default=str(default), metavar="N", help=f"at most so many {what} (default: {default})"
    )


def limit(options: argparse.Namespace) -> int:
    """Read ``--limit``.

    Raises:
        UsageError: it is no whole number, or none that makes sense.
    """
    if not _NUMBER.fullmatch(options.limit) or not 1 <= int(options.limit) <= LIMIT_MAX:
        raise UsageError(f"--limit {options.limit!r}: write a whole number from 1 to {LIMIT_MAX}")
    return int(options.limit)


def show(options: argparse.Namespace, headings: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows: as a JSON list, or as a table of the columns that the headings name.

    Args:
        options: the parsed arguments, with ``format``.
        headings: keys of the rows, in the table's order. JSON has every key.
        rows: texts, numbers, yes or no, ``None`` for what isn't there, or lists of texts.
    """
    if options.format == "json":
        show_json(rows)
    elif rows:
        body = [[_cell(row.get(key)) for key in headings] for row in rows]
        sys.stdout.write(table([[_heading(key) for key in headings], *body]))


def show_json(document: Any) -> None:
    """Print a document as JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    sys.stdout.write(_NOT_ASCII.sub(_escaped, text) + "\n")


def _escaped(found: re.Match[str]) -> str:
    """Write a character as it is, or escaped as JSON has it where it could steer a terminal."""
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]


def say(text: str) -> None:
    """Tell a person something that is not the command's output."""
    sys.stderr.write(f"hubspoke-admin: {text}\n")


def _heading(key: str) -> str:
    """``AccessKeyId`` → ``ACCESS KEY ID``."""
    return "".join(f" {c}" if c.isupper() and i else c for i, c in enumerate(key)).upper()


def _cell(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
