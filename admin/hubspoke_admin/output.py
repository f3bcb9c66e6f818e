"""What a command prints: a table for people, JSON for programs."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hubspoke.cli.table import table


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add ``--format``."""
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="for people or for programs (default: table)",
    )


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
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


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
