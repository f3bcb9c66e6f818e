"""At which durations a set of policies can change its answer.

That makes discovery exact: a policy may only compare ``context.duration`` with whole numbers it
names, so between two such numbers every answer is the same.
"""

from collections.abc import Iterable
from typing import Any, Final

from hubspoke_contract.limits import DURATION_MAX, DURATION_MIN

_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_CONTEXT: Final = {"Var": "context"}
_DURATION: Final = {".": {"left": _CONTEXT, "attr": "duration"}}


class DurationComputed(Exception):
    """Raised for a policy that does anything else with the duration than compare it with numbers."""


def numbers_compared_with(condition: Any) -> set[int]:
    """List the whole numbers that a condition, as Cedar's JSON has it, compares the duration with.

    Raises:
        DurationComputed: the duration, or the whole context, stands anywhere else.
    """
    if isinstance(condition, list):
        return set().union(*map(numbers_compared_with, condition))
    if not isinstance(condition, dict):
        return set()
    if condition in (_DURATION, _CONTEXT):
        raise DurationComputed
    (operator, operands), *rest = condition.items() or [("", None)]
    if not rest and isinstance(operands, dict):
        left, right = operands.get("left"), operands.get("right")
        if operator in _COMPARISONS and _DURATION in (left, right):
            return _numbers([right if left == _DURATION else left])
        if operator == "contains" and right == _DURATION and isinstance(left, dict) and "Set" in left:
            return _numbers(left["Set"])
        if operator in (".", "has") and left == _CONTEXT:
            return set()
    return set().union(*map(numbers_compared_with, condition.values()))


def durations_that_matter(numbers: Iterable[int]) -> list[int]:
    """Turn the numbers that policies name into the durations, in seconds, at which to ask them."""
    near = {number + step for number in numbers for step in (-1, 0, 1)}
    return sorted({DURATION_MIN, DURATION_MAX} | {n for n in near if DURATION_MIN <= n <= DURATION_MAX})


def _numbers(values: Iterable[Any]) -> set[int]:
    found = [value.get("Value") if isinstance(value, dict) else None for value in values]
    if not all(type(number) is int for number in found):
        raise DurationComputed
    return {number for number in found if number is not None}
