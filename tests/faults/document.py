"""Writes the tables of docs/faults.md from those that the tests play: ``python -m tests.faults.document``."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults import bundle_faults, ledger_faults, sts_faults
from tests.faults.scene import Outcome

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
BEGIN = "<!-- Written by python -m tests.faults.document, from what the tests play. -->"

_HEAD = [
    "| what goes wrong | the caller gets | audit record | ledger row | over |",
    "| --- | --- | --- | --- | --- |",
]

_NEXT = "next vend"
_NEXT_LOOK = "next vend, or next look"

_ROUTES: dict[str, dict[str, Outcome]] = {
    "The way to STS": sts_faults.UNCONNECTED | {name: fault.meets for name, fault in sts_faults.TLS.items()},
    **{
        group: {name: fault.meets for name, fault in faults.items()}
        for group, faults in sts_faults.ANSWERS.items()
    },
}


def rendered() -> str:
    """Write the document's tables."""
    return "\n".join([BEGIN, *_sts(), *_ledger(), *_bundle(), ""])


def _sts() -> Iterator[str]:
    yield from ("", "## STS", "")
    for group, faults in _ROUTES.items():
        yield from (f"### {group}", "", *_HEAD)
        yield from (_row(name, meets, meets.name, _NEXT) for name, meets in faults.items())
        yield ""


def _ledger() -> Iterator[str]:
    yield from ("## The ledger", "", *_HEAD)
    for name, (operation, fault) in ledger_faults.FAULTS.items():
        yield _row(name, ledger_faults.FAILED, ledger_faults.row_of(operation, fault) or "none", _NEXT)


def _bundle() -> Iterable[str]:
    yield from ("", "## The bundle", "", *_HEAD)
    for name in bundle_faults.FAULTS:
        yield _row(name, bundle_faults.REFUSED, "none", _NEXT_LOOK)


def _row(name: str, meets: Outcome, row: str, over: str) -> str:
    return f"| {name} | {meets.status} {meets.code} | {meets.name} | {row} | {over} |"


if __name__ == "__main__":
    written, begin, _ = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text(written + rendered())
