"""Which roles were on offer a moment ago, for a shell that completes a word: a private file of the cache.

It decides nothing: a role that is no longer on offer is refused when it is asked for.
"""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from hubspoke import kept, shortcut
from hubspoke.cache import Cache
from hubspoke_contract.names import target
from hubspoke_contract.reply import RoleOffer

_FORM: Final = "hubspoke-offers 1"
_AGE_MAX: Final = 300
"""Seconds that a list is good for."""
_SIZE_MAX: Final = 8 * 1024 * 1024
"""Bytes. Some ten thousand accounts with a few roles each."""


def file_name(calling: Iterable[str | None], environ: Mapping[str, str]) -> str:
    """Return the name of the list that belongs to a caller and a hub.

    Args:
        calling: the options that say which hub, and who calls.
        environ: whose variables say the rest; the AWS files' state counts too.
    """
    words = ["roles", *(repr(each) for each in calling)]
    return f"{shortcut.name(words, environ).partition('.')[0]}.offers"


def remember(directory: Path, name: str, offers: Iterable[RoleOffer]) -> None:
    """Write the list."""
    lines = [f"{each.account}/{each.role}\t{each.account_name}" for each in offers if _is_line(each)]
    Cache(directory).keep_offers(name, "\n".join([_FORM, *lines, ""]).encode())


def recall(directory: Path, name: str) -> dict[str, str] | None:
    """Return the accounts' names by ``ACCOUNT/ROLE``; ``None`` where no list is to be used."""
    try:
        content = _read(directory, name)
        form, *lines, end = content.decode().split("\n")
    except (OSError, ValueError):
        return None
    rows = dict(line.split("\t", 1) for line in lines if "\t" in line)
    whole = form == _FORM and end == "" and len(rows) == len(lines)
    return rows if whole and all(map(target, rows)) and "".join(rows.values()).isprintable() else None


def _is_line(offer: RoleOffer) -> bool:
    return offer.account_name.isprintable()


def _read(directory: Path, name: str) -> bytes:
    folder = kept.open_directory(directory)
    try:
        with os.fdopen(kept.open_private(folder, name, os.O_RDONLY), "rb") as file:
            age = time.time() - os.fstat(file.fileno()).st_mtime
            if not 0 <= age <= _AGE_MAX:
                raise FileNotFoundError
            return file.read(_SIZE_MAX)
    finally:
        os.close(folder)
