"""What both ways to a spoke's credentials can do: through the hub, or by a hub role directly."""

from typing import Protocol

from hubspoke.cache import Entry
from hubspoke_contract.names import Target
from hubspoke_contract.request import VendRequest


class Route(Protocol):
    """A way to credentials, as the commands use it. May be shared by threads."""

    def obtain(self, target: Target, request: VendRequest) -> Entry:
        """Return credentials that are good now, kept or new.

        Raises:
            HubspokeError: see ``hubspoke.exceptions``.
        """

    def remember(self, words: str, target: Target, request: VendRequest) -> None:
        """Let ``quick`` answer the command line that asked so, by its ``shortcut.name``."""
