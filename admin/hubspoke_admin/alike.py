"""Which roles, and which accounts, some policies can't tell apart: they share one decision.

An estate has thousands of accounts and a few kinds of them. What puts two roles into one group is
everything that the policies look at, and nothing else.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache
from typing import TypeVar

from hubspoke_admin.cedar import Policy
from hubspoke_admin.comparisons import ANY_TAG, Comparisons, Pattern, comparisons
from hubspoke_contract.names import AccountId, Target
from hubspoke_grants.bundle import Account, Bundle

_Place = TypeVar("_Place")


class Alike:
    """What some policies can see of a bundle's roles and accounts."""

    def __init__(self, bundle: Bundle, policies: Iterable[Policy]) -> None:
        self._bundle = bundle
        self._found = comparisons(policies)
        self._of_role = cache(lambda account: self._account(account, "resource.account"))
        self._above = cache(self._named_units)

    def role(self, target: Target) -> Hashable:
        """Give equal values for roles that no policy tells apart; ``None`` for one that isn't there."""
        profile = self._bundle.roles.get(target)
        if profile is None:
            return None
        one = str(target)
        by_itself = ("SpokeRole", one) in self._found.entities or self._found.whole("resource")
        return profile, one if by_itself else "", self._of_role(target.account)

    def account(self, number: AccountId) -> Hashable:
        """Give equal values for accounts that no policy tells apart; ``None`` for one that isn't there."""
        if number not in self._bundle.accounts:
            return None
        return number if self._found.whole("resource") else self._account(number, "resource")

    def _account(self, number: AccountId, path: str) -> Hashable:
        account, found = self._bundle.accounts[number], self._found
        by_itself = ("Account", number) in found.entities or found.whole(path)
        return (
            number if by_itself else "",
            self._above(account.org_unit),
            _cell(found, f"{path}.name", account.name),
            self._tags(account, path),
        )

    def _tags(self, account: Account, path: str) -> Hashable:
        if f"{path}[{ANY_TAG}]" in self._found.loose:
            return account.tags
        return tuple(_cell(self._found, f"{path}[{key}]", value) for key, value in sorted(account.tags))

    def _named_units(self, unit: str) -> tuple[str, ...]:
        return tuple(name for name in units(unit) if ("OrgUnit", name) in self._found.entities)


def units(path: str) -> list[str]:
    """``a/b`` → ``a`` and ``a/b``: an OU and all above it."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def grouped(places: Iterable[Sequence[_Place]], key: Callable[[_Place], Hashable]) -> list[list[_Place]]:
    """Join groups of places by a key that all of a group share."""
    found: dict[Hashable, list[_Place]] = defaultdict(list)
    for group in places:
        found[key(group[0])] += group
    return list(found.values())


def _cell(found: Comparisons, path: str, value: str) -> Hashable:
    """Tell a value as far as policies can: whole, by the patterns it matches, or not at all."""
    if found.whole(path) or value in found.literals.get(path, ()):
        return path, value
    patterns = sorted(found.patterns.get(path, ()), key=str)
    if patterns or path in found.literals or path in found.asked:
        return path, tuple(_expression(pattern).fullmatch(value) is not None for pattern in patterns)
    return None


@cache
def _expression(pattern: Pattern) -> re.Pattern[str]:
    return re.compile("".join(".*" if step is None else re.escape(step) for step in pattern), re.DOTALL)
