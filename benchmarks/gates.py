"""What a benchmark measured, and the most it may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: a ratio or a size, ``None`` where it couldn't be measured, and its gate."""

    name: str
    value: float | None
    gate: float

    @property
    def verdict(self) -> str:
        """``ok``, ``TOO MUCH``, or that it wasn't measured."""
        if self.value is None:
            return "not measured"
        return "ok" if self.value <= self.gate else "TOO MUCH"
