"""What policies look at, and what they compare it with: read off their conditions as Cedar's JSON has them.

A path is written as in a policy: ``principal.name``, ``resource.account.name``, ``context.sessionPolicy``;
a tag as ``resource.account[environment]``. Two values that no comparison tells apart are alike to the
policies: callers are represented, and roles grouped, by that. Whatever isn't recognised is reported as
``loose``, so that nobody takes it for alike.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubspoke_admin.cedar import Policy

Pattern = tuple[str | None, ...]
"""Of ``like``: one character each, or ``None`` for the wildcard."""

ANY_TAG = "*"


@dataclass(slots=True)
class Comparisons:
    """What some policies compare."""

    literals: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By path: the texts it is compared with."""
    patterns: dict[str, set[Pattern]] = field(default_factory=lambda: defaultdict(set))
    """By path: what it is ``like``."""
    beside: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """By path: the expressions that it is compared with and that are no literals."""
    asked: set[str] = field(default_factory=set)
    """Paths that ``has`` or ``hasTag`` asks for."""
    entities: set[tuple[str, str]] = field(default_factory=set)
    """Type and id of every entity that is named, scopes included."""
    loose: set[str] = field(default_factory=set)
    """Paths that stand anywhere else."""

    def whole(self, path: str) -> bool:
        """Tell whether any two values at a path may be told apart."""
        return path in self.loose or path in self.beside


def comparisons(policies: Iterable[Policy]) -> Comparisons:
    """Read policies, scopes and conditions."""
    found = Comparisons()
    for policy in policies:
        for scope in ("principal", "action", "resource"):
            _entities(policy.body[scope], found)
        for condition in policy.body["conditions"]:
            _read(condition["body"], found)
    return found


def paths_in(expression: Any) -> set[str]:
    """List the paths that an expression looks at, in whatever way."""
    path = _path(expression)
    if path:
        return {path}
    inner = expression.values() if isinstance(expression, dict) else expression
    return set().union(*map(paths_in, inner)) if isinstance(expression, dict | list) else set()


def texts_in(expression: Any) -> set[str]:
    """List the literal texts in an expression."""
    if isinstance(expression, list):
        return set().union(*map(texts_in, expression))
    if not isinstance(expression, dict):
        return set()
    value = expression.get("Value")
    return ({value} if isinstance(value, str) else set()).union(*map(texts_in, expression.values()))


def _entities(scope: Any, found: Comparisons) -> None:
    """Note the entities that a scope names."""
    named = [scope.get("entity"), scope.get("in", {}).get("entity"), *scope.get("entities", [])]
    found.entities |= {(entity["type"], entity["id"]) for entity in named if entity}


def _path(expression: Any) -> str | None:
    if not isinstance(expression, dict) or len(expression) != 1:
        return None
    [(operator, operands)] = expression.items()
    if operator == "Var":
        return str(operands)
    if operator == ".":
        left = _path(operands["left"])
        return f"{left}.{operands['attr']}" if left else None
    if operator == "getTag":
        left, key = _path(operands["left"]), _text(operands["right"])
        return f"{left}[{key}]" if left and key is not None else None
    return None


def _text(expression: Any) -> str | None:
    value = expression.get("Value") if isinstance(expression, dict) else None
    return value if isinstance(value, str) else None


def _read(expression: Any, found: Comparisons) -> None:
    if isinstance(expression, list):
        for item in expression:
            _read(item, found)
    path = _path(expression)
    if path:
        found.loose.add(path)
    elif isinstance(expression, dict):
        for operator, operands in expression.items():
            _read_operator(operator, operands, found)


def _read_operator(operator: str, operands: Any, found: Comparisons) -> None:
    if operator == "Value":
        if isinstance(operands, dict) and "__entity" in operands:
            entity = operands["__entity"]
            found.entities.add((entity["type"], entity["id"]))
        return
    if not isinstance(operands, dict):
        _read(operands, found)
        return
    left, right = operands.get("left"), operands.get("right")
    path = _path(left)
    if operator in ("==", "!=", "<", "<=", ">", ">="):
        _compare(left, right, found)
    elif operator == "contains" and isinstance(left, dict) and "Set" in left:
        for item in left["Set"]:
            _compare(item, right, found)
    elif operator == "like" and path:
        found.patterns[path].add(_pattern(operands["pattern"]))
    elif operator == "has" and path:
        found.asked.add(f"{path}.{operands['attr']}")
    elif operator == "hasTag" and path and _text(right) is not None:
        found.asked.add(f"{path}[{_text(right)}]")
    elif operator in ("hasTag", "getTag") and path:
        found.loose.add(f"{path}[{ANY_TAG}]")
        _read(right, found)
    elif operator == "in" and path and _are_entities(right):
        _read(right, found)
    elif operator == "is" and path:
        _read(operands.get("in", []), found)
    else:
        for operand in operands.values():
            _read(operand, found)


def _compare(left: Any, right: Any, found: Comparisons) -> None:
    """Note a comparison, whichever way round it is written."""
    for one, other in ((left, right), (right, left)):
        path = _path(one)
        if path is None:
            _read(one, found)
        elif "Value" not in other:
            found.beside[path].append(other)
        elif (text := _text(other)) is not None:
            found.literals[path].add(text)


def _are_entities(expression: Any) -> bool:
    items = expression.get("Set", [expression]) if isinstance(expression, dict) else []
    return bool(items) and all(
        isinstance(item, dict) and isinstance(item.get("Value"), dict) and "__entity" in item["Value"]
        for item in items
    )


def _pattern(parts: Iterable[Any]) -> Pattern:
    found: list[str | None] = []
    for part in parts:
        found += [None] if part == "Wildcard" else list(part["Literal"])
    return tuple(found)
