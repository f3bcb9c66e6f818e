"""What is different between two lists of accounts, as ``accounts.json`` and bundles hold them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Change = Literal["Added", "Removed", "Moved", "Renamed", "Retagged"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is different about one account. ``None`` where there is no account on that side."""

    Id: str
    Change: Change
    Before: str | dict[str, str] | None
    """The OU's path, the name, or the tags: what the change is about."""
    After: str | dict[str, str] | None


def compare(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[Difference, ...]:
    """List what is different, ordered by account. An account can be moved, renamed and retagged at once."""
    old, new = ({account["Id"]: account for account in accounts} for accounts in (before, after))
    return tuple(
        each for number in sorted(old | new) for each in _compare(number, old.get(number), new.get(number))
    )


def _compare(
    number: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Difference]:
    if old is None or new is None:
        if new is not None:
            yield Difference(number, "Added", None, new["OrgUnit"])
        elif old is not None:
            yield Difference(number, "Removed", old["OrgUnit"], None)
        return
    kinds: tuple[tuple[Change, str], ...] = (("Moved", "OrgUnit"), ("Renamed", "Name"), ("Retagged", "Tags"))
    for change, key in kinds:
        if old[key] != new[key]:
            yield Difference(number, change, old[key], new[key])
