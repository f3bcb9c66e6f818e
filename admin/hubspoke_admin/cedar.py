"""Cedar policies one by one: their text, where it stands, and which callers and actions they are about.

Of a grants folder each policy knows its file and line; of a bundle, only its text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cedarpy

from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Kind

_TOKENS: Final = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<comment>//[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)'
    r"|(?P<operator>&&|\|\||[!+*.-]|\bif\b|\bhas\b)|(?P<other>\S)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One policy. Compared by identity: of two files, two policies."""

    name: str
    """Its ``@id``."""
    text: str
    """From the first token to the semicolon."""
    body: Mapping[str, Any]
    """As Cedar writes it in JSON: ``effect``, ``principal``, ``action``, ``resource``, ``conditions``."""
    path: Path | None
    line: int
    """Where the text begins. Counts from 1."""

    @property
    def is_permit(self) -> bool:
        """Whether it permits; else it forbids."""
        return bool(self.body["effect"] == "permit")

    @property
    def place(self) -> str:
        """``FILE:LINE`` of a folder's policy, empty of a bundle's."""
        return f"{self.path}:{self.line}" if self.path else ""

    def at(self, fragment: str) -> str:
        """Give ``FILE:LINE`` of something in the policy, or of its beginning where that isn't clear."""
        before, found, after = self.text.partition(fragment)
        return f"{self.path}:{self.line + (before.count(chr(10)) if found and fragment not in after else 0)}"

    @property
    def is_about_anybody(self) -> bool:
        """Whether its scope names no single principal."""
        scope = self.body["principal"]
        return scope["op"] in ("All", "is") and "in" not in scope

    def admits(self, kind: Kind, key: str) -> bool:
        """Tell whether its scope lets a caller by: a policy that doesn't is no part of the decision."""
        scope = self.body["principal"]
        named = scope.get("entity") or scope.get("in", {}).get("entity")
        entity_type = f"Caller::{kind.value}"
        if scope.get("entity_type", entity_type) != entity_type:
            return False
        # Callers have no parents, so "in" is "==" for them.
        return named is None or (named["type"], named["id"]) == (entity_type, key)

    def covers(self, *places: tuple[str, str]) -> bool:
        """Tell whether its scope lets a resource by, given as type and id, and then all that it is in."""
        scope = self.body["resource"]
        named = scope.get("entity") or scope.get("in", {}).get("entity")
        if scope.get("entity_type", places[0][0]) != places[0][0]:
            return False
        reached = places[:1] if scope["op"] == "==" else places
        return named is None or (named["type"], named["id"]) in reached

    def acts(self, action: str) -> bool:
        """Tell whether its scope has an action."""
        scope = self.body["action"]
        named = [scope["entity"]] if "entity" in scope else scope.get("entities")
        return named is None or any(entity["id"] == action for entity in named)


@dataclass(frozen=True, slots=True)
class Statement:
    """What stands between two semicolons of a text of policies."""

    line: int
    text: str
    depth: int
    """How deep its brackets go."""
    operators: int


def statements(text: str) -> Iterator[Statement]:
    """Part a text into its policies, before Cedar sees it. Strings and comments are passed over."""
    start: int | None = None
    depth = deepest = operators = 0
    for token in _TOKENS.finditer(text):
        if token["comment"]:
            continue
        start = token.start() if start is None else start
        depth += bool(token["open"]) - bool(token["close"])
        deepest, operators = max(deepest, depth), operators + bool(token["operator"])
        if token["end"]:
            yield _statement(text, start, token.end(), deepest, operators)
            start, depth, deepest, operators = None, 0, 0, 0
    if start is not None:
        yield _statement(text, start, len(text), deepest, operators)


def policies_of(bundle: Bundle) -> list[Policy]:
    """List a bundle's policies, in its order."""
    return parsed(bundle.policies.text)


def parsed(text: str, path: Path | None = None) -> list[Policy]:
    """List a text's policies. A policy without an ``@id`` has an empty name.

    Raises:
        ValueError: Cedar doesn't read it.
    """
    bodies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    # Cedar names policies by their order: policy0, policy1, …
    return [
        Policy(
            name=bodies[f"policy{place}"].get("annotations", {}).get("id") or "",
            text=statement.text,
            body=bodies[f"policy{place}"],
            path=path,
            line=statement.line,
        )
        for place, statement in enumerate(statements(text))
    ]


def _statement(text: str, start: int, end: int, depth: int, operators: int) -> Statement:
    return Statement(text.count("\n", 0, start) + 1, text[start:end], depth, operators)
