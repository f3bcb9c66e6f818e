"""Credentials of many roles, kept good in memory for as long as a server runs.

Whoever asks while good ones are there never waits: new ones are fetched aside, ahead of the end, and a
failed try changes nothing but when the next is made. A refusal ends them: they are handed out no more.
Time is the wall clock's, looked at anew each time, since a monotonic one stands still while a laptop sleeps.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from hubspoke import replies
from hubspoke.cache import Entry
from hubspoke.exceptions import HubspokeError, HubUnavailable, HubUnreachable
from hubspoke.keeping import PASSING
from hubspoke.kept import Kept, margin
from hubspoke_contract.names import Target

_WAIT: Final = 60.0
"""Seconds that one may wait where there are no good ones. Each route ends sooner by itself."""

_PAUSE_FIRST: Final = 1.0
_PAUSE_LONGEST: Final = 60.0
"""Seconds between two tries that fail, doubled from the first to the longest."""

_LOOK_LEAST: Final = 0.2
_LOOK: Final = 10.0
"""Seconds between two looks at the clock, at most: so long is nobody told that a laptop woke up."""

_LATE: Final = "The credentials did not come in time: try again."
_FAULT: Final = "The credentials could not be renewed, by a fault in hubspoke: try again, and report it."

_log = logging.getLogger(__name__)


class _Role:
    """What is known of one role. The lock of ``Renewing`` guards it."""

    __slots__ = ("again_at", "asking", "failure", "found", "pause", "wanted")

    def __init__(self) -> None:
        self.found: Kept | None = None
        self.failure: HubspokeError = HubUnreachable(_LATE)
        self.again_at = 0.0
        self.pause = 0.0
        self.asking = False
        self.wanted = False
        """Whether anybody took the present credentials: what nobody uses isn't vended again and again."""


class Renewing:
    """Vends once a role is asked for, and renews what is in use."""

    def __init__(self, obtain: Callable[[Target], Entry], clock: Callable[[], float] = time.time) -> None:
        """Take what brings credentials, from any thread, and the time in seconds since 1970."""
        self._obtain = obtain
        self._clock = clock
        self._roles: dict[Target, _Role] = {}
        self._changed = threading.Condition()
        self._ended = threading.Event()

    def hold(self, target: Target, entry: Entry) -> None:
        """Begin with credentials that are there already."""
        with self._changed:
            role = self._roles.setdefault(target, _Role())
            role.found, role.wanted = entry.kept(), True

    def get(self, target: Target) -> Kept:
        """Return credentials of a role that are good now.

        Raises:
            HubspokeError: there are none, and the last try failed so, or is not over.
        """
        until = time.monotonic() + _WAIT
        with self._changed:
            role = self._roles.setdefault(target, _Role())
            while True:
                now = self._clock()
                self._renew_where_due(target, role, now)
                if role.found and role.found.is_usable(now):
                    role.wanted = True
                    return role.found
                if not role.asking:
                    raise role.failure.copy()
                if not self._changed.wait(until - time.monotonic()):
                    raise HubUnreachable(_LATE)

    def run(self) -> None:
        """Renew ahead of the end whatever is in use, until ``end``."""
        wait = 0.0
        while not self._ended.wait(wait):
            wait = min(max(self.look(), _LOOK_LEAST), _LOOK)

    def look(self) -> float:
        """Begin to renew what is in use and due; return the seconds until more is."""
        with self._changed:
            now = self._clock()
            for target, role in self._roles.items():
                if role.wanted:
                    self._renew_where_due(target, role, now)
            return min((_due(role) - now for role in self._roles.values()), default=_LOOK)

    def end(self) -> None:
        """Let ``run`` return."""
        self._ended.set()

    def _renew_where_due(self, target: Target, role: _Role, now: float) -> None:
        if role.asking or (role.found and role.found.is_fresh(now)):
            return
        # A pause that is longer than any can be was counted before the clock was set back.
        if now < role.again_at <= now + 2 * _PAUSE_LONGEST:
            return
        # Aside: whoever asked may give up, and what comes is good for the next.
        aside = threading.Thread(target=self._renew, args=(target, role), name="hubspoke-renew", daemon=True)
        try:
            aside.start()
        except RuntimeError:
            return  # the system has no thread for us now: the next who looks tries again
        role.asking = True

    def _renew(self, target: Target, role: _Role) -> None:
        found, failure = None, None
        try:
            found = self._obtain(target).kept()
        except HubspokeError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a thread's outermost edge; its text could hold anything
            _log.warning("InternalError: %s. This is a fault in hubspoke.", type(error).__name__)
            failure = HubUnavailable(_FAULT)
        with self._changed:
            self._take(role, found, failure)
            if failure:
                _log.warning("%s: %s", target, failure.diagnostics())

    def _take(self, role: _Role, found: Kept | None, failure: HubspokeError | None) -> None:
        now = self._clock()
        fresh = found is not None and found.is_fresh(now)
        if found and found.is_usable(now):
            role.found, role.wanted = found, role.wanted and not fresh
        else:
            role.failure = failure or replies.not_a_hub()
            if not isinstance(role.failure, PASSING):
                role.found = None  # a refusal is one, here as for every other command
        if fresh:
            role.pause = role.again_at = 0.0
        else:
            # Old ones, handed out while there is no way to new ones, count as a try that failed.
            asked = float(failure.retry_after or 0) if failure else 0.0
            role.pause = min(max(2 * role.pause, _PAUSE_FIRST), _PAUSE_LONGEST)
            role.again_at = now + max(role.pause, min(asked, _PAUSE_LONGEST))
        role.asking = False
        self._changed.notify_all()


def _due(role: _Role) -> float:
    """Return when a role's credentials are to be renewed, in seconds since 1970."""
    if role.found is None or not role.wanted or role.asking:
        return float("inf")
    return max(role.found.expires - margin(role.found.expires - role.found.obtained), role.again_at)
