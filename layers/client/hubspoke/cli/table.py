"""Rows for people to read. What the hub says is printed only where it is printable."""

from collections.abc import Sequence

from hubspoke.printable import printable


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows with their columns aligned."""
    cleaned = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cleaned, strict=True)]
    lines = (
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in cleaned
    )
    return "".join(line.rstrip() + "\n" for line in lines)
