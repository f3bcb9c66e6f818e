"""The roles on offer, as the options name hub and caller; what was listed is remembered for completion."""

import argparse

from hubspoke import remembered_offers, settings
from hubspoke.hub import Hub
from hubspoke_contract.reply import RoleOffer


def on_offer(given: argparse.Namespace, hub: Hub) -> list[RoleOffer]:
    """Return every role that the hub offers the caller.

    Raises:
        HubspokeError: see ``hubspoke.exceptions``.
    """
    offers = list(hub.roles())
    directory = settings.read().cache_directory
    if directory and not given.no_cache:
        remembered_offers.remember(directory, _file_name(given), offers)
    return offers


def remembered(given: argparse.Namespace) -> dict[str, str] | None:
    """Return account names by ``ACCOUNT/ROLE``, as listed some minutes ago; ``None`` if that was not done."""
    directory = settings.read().cache_directory
    if directory is None or given.no_cache:
        return None
    return remembered_offers.recall(directory, _file_name(given))


def _file_name(given: argparse.Namespace) -> str:
    return remembered_offers.file_name((given.endpoint, given.region, given.profile), settings.environment())
