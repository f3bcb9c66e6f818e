"""How full the sessions of each role profile are, from the ledger's rows: values in, values out.

STS packs a session's policies and tags into a form of its own, and only its reply says how much of the room
they took. So this is what was measured of vends, and nothing that could be computed beforehand.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_high
from typing import Final

from hubspoke_contract.errors import Problem
from hubspoke_contract.vends import Vend

NEARLY_FULL: Final = 80
"""Percent; the alarm ``packed-policy-size`` has the same in ``template.yaml``. At 100, STS refuses."""


@dataclass(frozen=True, slots=True)
class PackedSize:
    """What one vend's session took of the room."""

    percent: int
    vend_id: str
    moment: str
    """When it was vended, RFC 3339, as its row says."""


@dataclass(frozen=True, slots=True)
class Fullness:
    """What is known of one role profile. ``None`` where no vend of it has a size."""

    profile: str | None
    """``None`` for rows of before the ledger kept it."""
    vends: int
    """How many have a size."""
    too_large: int
    """How many STS refused, since their policies and tags needed more room than there is."""
    median: int | None
    """Percent: half of the vends took no more. Of two in the middle, the greater."""
    largest: PackedSize | None

    @property
    def is_nearly_full(self) -> bool:
        """Tell whether the next tag or a longer policy may be one too many."""
        return self.too_large > 0 or (self.largest is not None and self.largest.percent >= NEARLY_FULL)


def largest(rows: Iterable[Vend]) -> dict[str | None, PackedSize]:
    """Find the largest packed size of each role profile; of equal ones, the first row's.

    Args:
        rows: in any order; those without a size are passed over.
    """
    found: dict[str | None, PackedSize] = {}
    for row in rows:
        _keep_larger(found, row)
    return found


def fullness(rows: Iterable[Vend]) -> list[Fullness]:
    """Sum up the rows by role profile, the fullest first. None of the rows is kept, so there may be many.

    Args:
        rows: newest first, so that of equal sizes the latest is shown. One that has no size and wasn't
            refused for it says nothing of packing.
    """
    sizes: dict[str | None, list[int]] = defaultdict(list)
    too_large: Counter[str | None] = Counter()
    greatest: dict[str | None, PackedSize] = {}
    for row in rows:
        if row.PackedPolicySize is not None:
            sizes[row.Profile].append(row.PackedPolicySize)
            _keep_larger(greatest, row)
        elif row.Outcome == Problem.SpokePolicyTooLarge.name:
            too_large[row.Profile] += 1
    found = [
        Fullness(
            profile=profile,
            vends=len(sizes[profile]),
            too_large=too_large[profile],
            median=median_high(sizes[profile]) if sizes[profile] else None,
            largest=greatest.get(profile),
        )
        for profile in {*sizes, *too_large}
    ]
    return sorted(found, key=_rank)


def _keep_larger(found: dict[str | None, PackedSize], row: Vend) -> None:
    size, profile = row.PackedPolicySize, row.Profile
    if size is not None and (profile not in found or size > found[profile].percent):
        found[profile] = PackedSize(size, row.VendId, row.At)


def _rank(found: Fullness) -> tuple[bool, int, str]:
    percent = found.largest.percent if found.largest is not None else 0
    return found.too_large == 0, -percent, found.profile or ""
