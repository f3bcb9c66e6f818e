"""What a person sees of the cache, and takes out of it: needs no hub and no credentials."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubspoke import kept, turns
from hubspoke.cache import ENTRY, LOCK, MARK, OFFERS, TEMPORARY, WORDS, Entry, decoded, remove
from hubspoke.exceptions import CacheUnusable
from hubspoke_contract import arns, names
from hubspoke_contract.names import Target


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the cache that holds credentials, and what is in it."""

    file: str
    entry: Entry | None
    """``None`` where it is damaged, or another version's."""

    @property
    def target(self) -> Target | None:
        """Whose credentials they are."""
        session = arns.principal(self.entry.credentials.assumed_role_arn) if self.entry else None
        return names.target(f"{session.account}/{session.name}") if session else None


def contents(directory: Path) -> list[Kept]:
    """List what is kept; nothing where there is no directory yet.

    Raises:
        CacheUnusable: the directory isn't the user's own, or can't be read.
    """
    with _opened(directory) as folder:
        return (
            []
            if folder is None
            else [_read(folder, name) for name in _names(folder) if ENTRY.fullmatch(name)]
        )


def clear(directory: Path, goes: Callable[[Kept], bool] | None) -> int:
    """Remove what is kept, and every shortcut to it; return how many credentials that were.

    Args:
        directory: the cache's.
        goes: which ones; ``None`` for all, and for whatever else the cache has written.

    Raises:
        CacheUnusable: the directory isn't the user's own, or a file in it can't be removed.
    """
    with _opened(directory) as folder:
        if folder is None:
            return 0
        there = _names(folder)
        found = [_read(folder, name) for name in there if ENTRY.fullmatch(name)]
        gone = [each.file for each in found if goes is None or goes(each)]
        # A shortcut that leads nowhere costs time once: so all of them go, whichever were meant.
        for name in [*gone, *filter(WORDS.fullmatch, there)] if gone or goes is None else []:
            remove(folder, name)
        if goes is None:
            _clear_the_rest(folder, there)
        return len(gone)


def _clear_the_rest(folder: int, there: list[str]) -> None:
    for name in there:
        if any(form.fullmatch(name) for form in (MARK, OFFERS, TEMPORARY)):
            remove(folder, name)
        elif LOCK.fullmatch(name):
            try:
                turns.sweep(folder, name)
            except OSError:
                pass  # somebody else was first, or planted it: it locks nobody out


def _read(folder: int, name: str) -> Kept:
    try:
        return Kept(name, decoded(kept.read(folder, name)))
    except OSError:
        return Kept(name, None)


def _names(folder: int) -> list[str]:
    return sorted(os.listdir(folder))


@contextmanager
def _opened(directory: Path) -> Iterator[int | None]:
    try:
        folder = kept.open_directory(directory)
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise CacheUnusable(_problem(error)) from None
    try:
        yield folder
    except OSError as error:
        raise CacheUnusable(_problem(error)) from None
    finally:
        os.close(folder)


def _problem(error: OSError) -> str:
    reason = error.strerror or "unknown error"
    return f"The cache's directory can't be used: {reason}. Mend it, or set HUBSPOKE_CACHE_DIR to another."
