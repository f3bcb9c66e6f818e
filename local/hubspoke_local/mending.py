"""How a private name of ministack is replaced: loudly, where it isn't there."""

import importlib
from collections.abc import Callable
from typing import Any


class StrictnessError(RuntimeError):
    """The emulator isn't the one that the mends were written for."""


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by ``make(its present value)``; the name must exist."""
    if not hasattr(owner, name):
        raise StrictnessError(f"{owner.__name__} has no {name}: the mends need another look")
    setattr(owner, name, make(getattr(owner, name)))


def module(name: str) -> Any:
    """Import one of ministack's modules, late: its settings are read when it is imported."""
    return importlib.import_module(name)
