"""IAM's condition operators.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
and of keys with several values …/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import ipaddress
import operator as comparing
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from hubspoke_admin.iam.patterns import Pattern, Texts, matches, matches_arn
from hubspoke_admin.iam.policy import Condition
from hubspoke_admin.iam.request import Present, Truth, all_of, any_of, known

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?"
)
# Fewer digits could be a year, more of them milliseconds.
_EPOCH_SECONDS: Final = re.compile("[0-9]{9,11}")

Comparison = Callable[[Texts, str, str], Truth]
"""Compares what the document asks for with one value of the request."""


def holds(condition: Condition, texts: Texts) -> Truth:
    """Say whether a condition holds for a request."""
    operator = _operator(condition.operator)
    found = texts.request.values(condition.key)
    if operator is None or found is None or not condition.values:
        return Truth.UNKNOWN
    if operator.name == "null":
        return _is_null(condition.values, found == ())
    if found == ():
        return operator.without_key
    if isinstance(found, Present):
        truth = known(True) if operator.takes_anything(condition.values) else Truth.UNKNOWN
        return ~truth if operator.negated else truth
    return operator.over([operator.one(texts, condition.values, value) for value in found])


@dataclass(frozen=True, slots=True)
class _Operator:
    name: str
    """In lower case and without its ``Not``."""
    negated: bool
    quantifier: str
    if_exists: bool

    @property
    def without_key(self) -> Truth:
        """What it says of a request without its key."""
        if self.quantifier:
            # With IfExists too: https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
            return known(self.quantifier == "forallvalues")
        return known(self.if_exists or self.negated)

    def takes_anything(self, asked: tuple[str, ...]) -> bool:
        """Tell whether every value there can be is matched."""
        return self.name == "stringlike" and any(each and not each.strip("*") for each in asked)

    def one(self, texts: Texts, asked: tuple[str, ...], value: str) -> Truth:
        """Say whether one value of the request is, or is not, among those asked for."""
        found = any_of(_COMPARISONS[self.name](texts, each, value) for each in asked)
        return ~found if self.negated else found

    def over(self, truths: list[Truth]) -> Truth:
        """Join what is said of each value of the request."""
        if self.quantifier:
            return all_of(truths) if self.quantifier == "forallvalues" else any_of(truths)
        # AWS doesn't say what it does with several values where the document foresees one.
        return truths[0] if len(truths) == 1 else Truth.UNKNOWN


def _operator(written: str) -> _Operator | None:
    quantifier, _, name = written.lower().rpartition(":")
    base = name.removesuffix("ifexists")
    negated, base = base in _NEGATED, _NEGATED.get(base, base)
    if base == "null" and (quantifier or name != base):
        return None
    if base not in _COMPARISONS.keys() | {"null"} or quantifier not in ("", "forallvalues", "foranyvalue"):
        return None
    return _Operator(base, negated, quantifier, if_exists=name.endswith("ifexists"))


def _is_null(asked: tuple[str, ...], absent: bool) -> Truth:
    wanted = {"true": known(absent), "false": known(not absent)}
    return any_of(wanted.get(each.lower(), Truth.UNKNOWN) for each in asked)


def _by_pattern(match: Callable[[Pattern, str], Truth], *, wild: bool, fold: bool = False) -> Comparison:
    def compare(texts: Texts, asked: str, value: str) -> Truth:
        pattern = texts.pattern(asked, wild=wild)
        if fold:
            pattern = tuple(each.lower() if isinstance(each, str) else each for each in pattern)
        return match(pattern, value.lower() if fold else value)

    return compare


def _by_order(
    parse: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]
) -> Comparison:
    def compared(_: Texts, asked: str, value: str) -> Truth:
        left, right = parse(value), parse(asked)
        return Truth.UNKNOWN if left is None or right is None else known(compare(left, right))

    return compared


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _moment(text: str) -> Decimal | None:
    """Read a date as seconds since 1970."""
    if _EPOCH_SECONDS.fullmatch(text):
        return Decimal(text)
    if not _DATE.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # a 31st of February
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return Decimal(str((found - datetime.fromtimestamp(0, UTC)).total_seconds()))


def _bool(_: Texts, asked: str, value: str) -> Truth:
    pair = {asked.lower(), value.lower()}
    return known(len(pair) == 1) if pair <= {"true", "false"} else Truth.UNKNOWN


def _address(_: Texts, asked: str, value: str) -> Truth:
    try:
        return known(ipaddress.ip_address(value) in ipaddress.ip_network(asked, strict=False))
    except ValueError:
        return Truth.UNKNOWN


_ORDERS: Final = {
    "equals": comparing.eq,
    "lessthan": comparing.lt,
    "lessthanequals": comparing.le,
    "greaterthan": comparing.gt,
    "greaterthanequals": comparing.ge,
}
_COMPARISONS: Final[Mapping[str, Comparison]] = {
    "stringequals": _by_pattern(matches, wild=False),
    "stringequalsignorecase": _by_pattern(matches, wild=False, fold=True),
    "stringlike": _by_pattern(matches, wild=True),
    # AWS: these two behave identically.
    "arnequals": _by_pattern(matches_arn, wild=True),
    "arnlike": _by_pattern(matches_arn, wild=True),
    "bool": _bool,
    "ipaddress": _address,
    **{f"numeric{name}": _by_order(_number, order) for name, order in _ORDERS.items()},
    **{f"date{name}": _by_order(_moment, order) for name, order in _ORDERS.items()},
}
_NEGATED: Final = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}
