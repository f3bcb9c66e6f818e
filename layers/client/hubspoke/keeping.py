"""Vended once, kept, and renewed in time: what both routes do with credentials once they can get them."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from hubspoke import turns
from hubspoke.cache import Cache, Entry
from hubspoke.exceptions import (
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    HubUnreachable,
    MfaCodeNeeded,
    ReplyMalformed,
    TooManyRequests,
)
from hubspoke_contract.reply import Credentials

PASSING: Final = (
    HubUnreachable,
    ReplyMalformed,  # a captive portal, a proxy's page: whoever that was, it was no decision of the hub's
    TooManyRequests,
    HubThrottled,
    HubUnavailable,
    MfaCodeNeeded,
)
"""What good credentials are not lost to. A refusal is another matter."""

_log = logging.getLogger(__name__)


class Keeper:
    """Credentials by key: on disk where there is a cache, and in memory where that can't be written."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self._unwritten: dict[str, Entry] = {}

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self._cache is not None

    def remember(self, words: str, key: str) -> None:
        """Let a command line be answered by the entry from now on; see ``shortcut``."""
        if self._cache is not None and key not in self._unwritten:
            self._cache.remember(words, key)

    def get(
        self,
        key: str,
        ask: Callable[[], Credentials],
        is_right: Callable[[Credentials], bool],
        seconds: float,
    ) -> Entry:
        """Return what is kept under ``key`` while it is fresh; else ask, and keep what comes.

        Args:
            key: of the cache; everything that decides what ``ask`` brings.
            ask: brings new credentials, or raises a ``HubspokeError``.
            is_right: whether kept credentials are what is asked for; a file may have been swapped.
            seconds: to wait at most for another thread or process that asks for the same.

        Raises:
            HubspokeError: there are none that are good, and asking failed.
        """
        if self._cache is None:
            return _vended(ask)
        found = self._kept(key, is_right)
        if found and found.is_fresh(datetime.now(UTC)):
            _log.info("from the cache, good until %s", found.credentials.expiration)
            return found
        began = time.time()
        try:
            with self._cache.turn(key, seconds, lambda: self._fresh(key, is_right)) as turn:
                if isinstance(turn, Entry):
                    return turn
                # Whoever had the turn before has most likely brought them.
                found = self._kept(key, is_right) or found
                if found and found.is_fresh(datetime.now(UTC)):
                    return found
                if failure := turn.failure_since(began):
                    raise failure
                try:
                    vended = _vended(ask)
                except HubspokeError as error:
                    turn.failed(error)
                    raise
                self._keep(key, vended)
                return vended
        except PASSING as error:
            # Never lose good credentials to a hub that is down.
            if found is None or not found.is_usable(datetime.now(UTC)):
                raise
            _log.warning("%s: the cached credentials are used, which still last a little", error.code)
            return found

    def _kept(self, key: str, is_right: Callable[[Credentials], bool]) -> Entry | None:
        found = self._unwritten.get(key) or (self._cache.load(key) if self._cache else None)
        return found if found and is_right(found.credentials) else None

    def _fresh(self, key: str, is_right: Callable[[Credentials], bool]) -> Entry | None:
        found = self._kept(key, is_right)
        return found if found and found.is_fresh(datetime.now(UTC)) else None

    def _keep(self, key: str, entry: Entry) -> None:
        if self._cache is None or self._cache.store(key, entry):
            self._unwritten.pop(key, None)
        else:
            self._unwritten[key] = entry


class Held:
    """One entry in memory, shared by threads: one gets it, and a failure is all theirs who waited."""

    def __init__(self) -> None:
        self._entry: Entry | None = None

    def get(self, obtain: Callable[[], Entry]) -> Entry:
        """Return the entry while it is fresh; else what ``obtain`` brings.

        Raises:
            HubspokeError: obtaining failed, and the entry isn't good any more.
        """
        if found := self._fresh():
            return found
        began = time.time()
        try:
            # Whoever has the turn ends in time, but for a person who looks for an MFA device.
            with turns.turn(f"held {id(self)}", None, "", threading.TIMEOUT_MAX, self._fresh) as turn:
                if isinstance(turn, Entry):
                    return turn
                if found := self._fresh():
                    return found
                if failure := turn.failure_since(began):
                    raise failure
                try:
                    self._entry = obtain()
                except HubspokeError as error:
                    turn.failed(error)
                    raise
                return self._entry
        except PASSING:
            # Where there is no cache, nobody else has kept it.
            if self._entry is None or not self._entry.is_usable(datetime.now(UTC)):
                raise
            return self._entry

    def _fresh(self) -> Entry | None:
        return self._entry if self._entry and self._entry.is_fresh(datetime.now(UTC)) else None


def _vended(ask: Callable[[], Credentials]) -> Entry:
    now = datetime.now(UTC)
    return Entry(ask(), now)
