"""The roles on offer, searched as a person would. Pure."""

from collections.abc import Iterable, Sequence

from hubspoke_contract.reply import RoleOffer


def matching(offers: Iterable[RoleOffer], words: Sequence[str]) -> list[RoleOffer]:
    """Return the offers that have every word, in whatever case, in account, name, OU, role or tags.

    A tag is searched as ``key=value``, a role as ``ACCOUNT/ROLE``: ``environment=prod`` is a word.
    """
    wanted = [word.casefold() for word in words]
    return [offer for offer in offers if all(word in _text(offer) for word in wanted)]


def _text(offer: RoleOffer) -> str:
    tags = (f"{key}={value}" for key, value in offer.account_tags)
    # A line break between two fields: no word of a command line's, typed or quoted by mistake, spans them.
    fields = (f"{offer.account}/{offer.role}", offer.account_name, offer.org_unit, *tags)
    return "\n".join(fields).casefold()
