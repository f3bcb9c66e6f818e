"""What the parts found when they last ran. Only the programme writes it."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, slots=True)
class Figure:
    """One run of one part."""

    number: str
    result: str
    passed: bool
    commit: str
    command: str
    seconds: int
    date: str
    """UTC."""
    machine: str


def machine() -> str:
    """Say what it ran on."""
    return f"{len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, {platform.machine()}"


def read() -> dict[str, Figure]:
    """Read the figures, by part."""
    if not _FILE.exists():
        return {}
    return {name: Figure(**raw) for name, raw in json.loads(_FILE.read_text(encoding="utf-8")).items()}


def write(figures: Mapping[str, Figure]) -> None:
    """Write them all."""
    document = {name: asdict(figure) for name, figure in figures.items()}
    _FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
