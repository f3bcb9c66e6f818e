"""Where credentials are kept on this disk: whether they can be, and what is kept of a role."""

import os
import shlex
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hubspoke import kept, turns
from hubspoke.cache import LOCK, TEMPORARY
from hubspoke.cache_contents import contents
from hubspoke.exceptions import CacheUnusable
from hubspoke.findings import Finding, noted, right, wrong
from hubspoke_contract.names import Target
from hubspoke_contract.reply import format_time

_STEP: Final = "cache"
_ROOM: Final = 1024 * 1024
"""Bytes: some hundred entries."""


def examine(directory: Path | None, target: Target | None, *, unused: bool) -> list[Finding]:
    """Look at the cache's directory, and at what it holds.

    Args:
        directory: where it is; ``None`` where there is no home.
        target: the role whose credentials are looked for.
        unused: whether ``--no-cache`` is given.
    """
    if unused or directory is None:
        why = "--no-cache is given" if unused else "there is no home, and HUBSPOKE_CACHE_DIR isn't set"
        return [noted(_STEP, "CacheOff", f"Nothing is kept on disk: {why}.")]
    problem = _unusable(directory)
    if problem:
        return [problem]
    if not os.path.lexists(directory):
        return [right(_STEP, "CacheEmpty", f"{directory} isn't there yet, and can be made.")]
    try:
        return [
            right(_STEP, "CacheUsable", f"{directory} is yours alone, and can be written to."),
            *_held(directory, target),
            *_left_over(directory),
        ]
    except (CacheUnusable, OSError):
        mend = (
            f"rm -r {shlex.quote(str(directory))}   # nothing in it but credentials that can be vended anew"
        )
        return [wrong(_STEP, "CacheUnreadable", f"{directory} can't be listed.", mend)]


def _unusable(directory: Path) -> Finding | None:
    there = next(path for path in (directory, *directory.parents) if _may_be(path))
    shown, quoted = str(there), shlex.quote(str(there))
    elsewhere = "or set HUBSPOKE_CACHE_DIR to another place. Until then, each call vends anew."
    try:
        state = there.lstat() if there == directory else there.stat()
    except OSError:
        return wrong(
            _STEP, "CacheUnreadable", f"{shown} can't be looked at.", f"Mend its folders, {elsewhere}"
        )
    if stat.S_ISLNK(state.st_mode):
        says = f"{shown} is a symbolic link, which is never followed."
        return wrong(_STEP, "CacheLink", says, f"rm {quoted}, {elsewhere}")
    if not stat.S_ISDIR(state.st_mode):
        return wrong(_STEP, "CacheNoDirectory", f"{shown} is no directory.", f"Move it away, {elsewhere}")
    if there == directory and state.st_uid != os.geteuid():
        says = f"{shown} belongs to another user."
        return wrong(_STEP, "CacheForeign", says, f"sudo chown -R $(id -u) {quoted}, {elsewhere}")
    if there == directory and state.st_mode & 0o077:
        says = f"{shown} is open to others (mode {stat.S_IMODE(state.st_mode):04o})."
        return wrong(_STEP, "CacheOpen", says, f"chmod 700 {quoted}, {elsewhere}")
    if not os.access(there, os.W_OK | os.X_OK):
        return wrong(
            _STEP, "CacheReadOnly", f"{shown} can't be written to.", f"chmod u+wx {quoted}, {elsewhere}"
        )
    return _no_room(there, elsewhere)


def _may_be(path: Path) -> bool:
    """Tell whether something is there, or can't be looked at: a name that is too long, for instance."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _no_room(there: Path, elsewhere: str) -> Finding | None:
    disk = os.statvfs(there)
    free = disk.f_bavail * disk.f_frsize
    if free >= _ROOM:
        return None
    says = f"The disk of {there} is full: {free} bytes are left."
    return wrong(_STEP, "CacheFull", says, f"Make room, {elsewhere}")


def _held(directory: Path, target: Target | None) -> list[Finding]:
    now = datetime.now(UTC)
    found: list[Finding] = []
    entries = contents(directory)
    for each in entries:
        if each.entry is not None and target is not None and each.target == target:
            ends = format_time(each.entry.credentials.expiration)
            usable = "good" if each.entry.is_fresh(now) else "no longer fresh"
            found.append(
                noted(
                    _STEP,
                    "CacheHolds",
                    f"Credentials of {target}, for whoever got them, are kept until {ends}: {usable}.",
                )
            )
    if any(each.entry is None for each in entries):
        says = "A kept entry is damaged, or another version's: it is not used."
        found.append(noted(_STEP, "CacheDamaged", says, "hubspoke cache clear --expired"))
    return found


def _left_over(directory: Path) -> list[Finding]:
    folder = kept.open_directory(directory)
    try:
        names, held = _names_and_locks(folder)
    finally:
        os.close(folder)
    found: list[Finding] = []
    if held:
        says = f"Other processes are vending right now: {held}."
        found.append(noted(_STEP, "CacheLocked", says, "They let go of it when they end, however they do."))
    if any(TEMPORARY.fullmatch(name) for name in names):
        says = "There are files that a killed process left: the next vend sweeps them."
        found.append(noted(_STEP, "CacheLeftOver", says))
    return found


def _names_and_locks(folder: int) -> tuple[list[str], int]:
    """Return what is in the folder, and how many of its locks somebody holds."""
    names = os.listdir(folder)
    return names, sum(turns.is_held(folder, name) for name in names if LOCK.fullmatch(name))
