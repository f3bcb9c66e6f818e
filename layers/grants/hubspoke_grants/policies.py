"""A bundle's policies, parsed once, and for each caller those that can be about it.

A policy whose scope names one principal says nothing of any other, and its conditions are never looked
at for another. Leaving it out changes no answer, and a caller then costs what its own policies do and those
that name nobody (docs/adr/0004).
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import cedarpy

Uid = tuple[str, str]
"""An entity's type and id."""

_SLICES_KEPT: Final = 256
_ASSUME: Final = {"type": "Action", "id": "assume"}


@dataclass(frozen=True, slots=True)
class Slice:
    """The policies that can be about one caller."""

    policies: cedarpy.PolicySet
    reach: frozenset[Uid] | None
    """Entities in which, or as which, every role lies that a permit could be about; ``None`` for any role."""

    def reaches(self, lineage: Iterable[Uid]) -> bool:
        """Tell whether any permit can be about a role, given the role's own entity and all above it."""
        return self.reach is None or not self.reach.isdisjoint(lineage)


class Policies:
    """All policies of a bundle, and their ``text``."""

    def __init__(self, text: str) -> None:
        """Parse a text of policies.

        Raises:
            ValueError: it is not Cedar, or one of them is a template.
        """
        self.text = text
        parsed = json.loads(cedarpy.policies_to_json_str(text))
        if parsed["templates"] or parsed["templateLinks"]:
            raise ValueError("a policy is a template")
        self._general: list[Any] = []
        self._named: defaultdict[Uid, list[Any]] = defaultdict(list)
        for policy in parsed["staticPolicies"].values():
            scope = policy["principal"]
            kept = self._named[_uid(scope["entity"])] if scope["op"] == "==" else self._general
            kept.append(policy)
        self._base = cedarpy.PolicySet.from_str(_text(self._general))
        self._slices: dict[Uid, Slice] = {}

    def about(self, principal: Uid) -> Slice:
        """Return the policies that can be about a principal."""
        found = self._slices.get(principal)
        if found is None:
            own = self._named.get(principal, [])
            policies = self._base.with_added_str(_text(own)) if own else self._base
            found = Slice(policies, _reach([*self._general, *own]))
            if len(self._slices) >= _SLICES_KEPT:
                del self._slices[next(iter(self._slices))]
            self._slices[principal] = found
        return found


def _reach(policies: Iterable[Any]) -> frozenset[Uid] | None:
    reached: set[Uid] = set()
    for policy in policies:
        if policy["effect"] != "permit" or _is_of_another_action(policy["action"]):
            continue
        scope = policy["resource"]
        place = scope["in"]["entity"] if "in" in scope else scope.get("entity")
        if place is None:
            return None
        reached.add(_uid(place))
    return frozenset(reached)


def _is_of_another_action(scope: Any) -> bool:
    return bool(scope["op"] == "==" and scope["entity"] != _ASSUME)


def _text(policies: list[Any]) -> str:
    numbered = {str(number): policy for number, policy in enumerate(policies)}
    return cedarpy.policies_from_json_str(
        json.dumps({"staticPolicies": numbered, "templates": {}, "templateLinks": []})
    )


def _uid(entity: Any) -> Uid:
    return entity["type"], entity["id"]
