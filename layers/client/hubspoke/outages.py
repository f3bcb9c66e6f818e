"""Which of a hub's endpoints were down a moment ago: they are left alone for a while.

Kept in memory, and in the cache's directory where there is one, so that the next process need not find
it out again.
"""

import time

from hubspoke.cache import MARK_LASTS, Cache
from hubspoke.kept import digest


class Outages:
    """The outages that this process knows of. Any thread may ask."""

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self._began: dict[str, float] = {}

    def begin(self, url: str) -> None:
        """Note that an endpoint is down, from now on."""
        self._began[url] = time.time()
        if self._cache:
            self._cache.mark(_name(url))

    def lasts(self, url: str) -> bool:
        """Tell whether an endpoint was down less than a minute ago, as far as anybody noticed."""
        known = [self._began.get(url), self._cache.marked(_name(url)) if self._cache else None]
        now = time.time()
        # A clock that was set back would have it last for longer.
        return any(began is not None and 0 <= now - began < MARK_LASTS for began in known)

    def end(self, url: str) -> None:
        """Note that an endpoint answers again."""
        self._began.pop(url, None)
        if self._cache:
            self._cache.unmark(_name(url))


def _name(url: str) -> str:
    return digest(url.encode())
