"""Texts of a policy with their wildcards and variables, and what they match."""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hubspoke_admin.iam.request import Request, Truth, known

_COLONS_OF_AN_ARN: Final = 5


class Wild(enum.Enum):
    """What stands in a pattern for characters that it doesn't say."""

    ONE = "?"
    ANY = "*"
    VARIABLE = "${}"
    """A policy variable whose value nobody here knows."""


Pattern = tuple[str | Wild, ...]
"""Single characters, and what stands for some."""


_WILDCARDS: Final[dict[str, str | Wild]] = {"*": Wild.ANY, "?": Wild.ONE}


def with_wildcards(text: str) -> Pattern:
    """Read a text in which nothing but wildcards stands for something else."""
    return tuple(_WILDCARDS.get(each, each) for each in text)


@dataclass(frozen=True, slots=True)
class Texts:
    """Reads the texts of one statement for one request."""

    request: Request
    has_variables: bool

    def pattern(self, text: str, *, wild: bool) -> Pattern:
        """Fill a text's variables in, and take its ``*`` and ``?`` for wildcards if they are any here."""
        return tuple(self._steps(text, wild))

    def _steps(self, text: str, wild: bool) -> Iterator[str | Wild]:
        while text:
            plain, opened, rest = text.partition("${") if self.has_variables else (text, "", "")
            name, closed, after = rest.partition("}")
            if not closed:
                plain, after = text, ""
            yield from with_wildcards(plain) if wild else plain
            if opened and closed:
                yield from self._variable(name)
            text = after

    def _variable(self, name: str) -> Iterable[str | Wild]:
        if name in ("*", "?", "$"):
            return name
        key, _, default = (each.strip() for each in name.partition(","))
        match self.request.values(key):
            case (str(one),):
                return one
            case () if len(default) > 1 and default[0] == default[-1] == "'":
                return default[1:-1]
        # What AWS does with a variable that has several values, or none, differs by where it stands.
        return (Wild.VARIABLE,)


def matches(pattern: Pattern, text: str) -> Truth:
    """Say whether a pattern matches the whole of a text, its wildcards crossing whatever they meet."""
    found = _glob(pattern, text)
    return Truth.UNKNOWN if found and Wild.VARIABLE in pattern else known(found)


def matches_arn(pattern: Pattern, arn: str) -> Truth:
    """Say whether a pattern matches an ARN in each of its six parts."""
    parts, asked = arn.split(":", _COLONS_OF_AN_ARN), _parts(pattern)
    whole = matches(pattern, arn)
    # A variable's value may bring colons of its own. Something that is no ARN has no parts to compare.
    if whole is not Truth.YES or not len(parts) == len(asked) == _COLONS_OF_AN_ARN + 1:
        return whole if whole is Truth.NO else Truth.UNKNOWN
    return known(all(map(_glob, asked, parts)))


def covers(pattern: Pattern, resource: str) -> Truth:
    """Say whether a pattern of a statement's Resource covers a resource's ARN."""
    whole = matches(pattern, resource)
    if all(each is Wild.ANY for each in pattern):
        return whole
    # AWS says that a wildcard stays in its part unless it ends it, and fills up short ARNs in some policies:
    # where that makes a difference, nothing is certain.
    filled = pattern + (":", Wild.ANY) * (_COLONS_OF_AN_ARN + 1 - len(_parts(pattern)))
    return whole if matches_arn(filled, resource) is whole else Truth.UNKNOWN


def _parts(pattern: Pattern) -> list[Pattern]:
    colons = [at for at, each in enumerate(pattern) if each == ":"][:_COLONS_OF_AN_ARN]
    begins, ends = [0, *(at + 1 for at in colons)], [*colons, len(pattern)]
    return [pattern[begin:end] for begin, end in zip(begins, ends, strict=True)]


def _glob(pattern: Pattern, text: str) -> bool:
    """Match by going back to the last star alone: never more steps than the two lengths' product."""
    at = begin = 0
    star: int | None = None
    step = 0
    while at < len(text):
        asked = pattern[step] if step < len(pattern) else None
        if asked is Wild.ANY or asked is Wild.VARIABLE:
            star, begin, step = step, at, step + 1
        elif asked is Wild.ONE or asked == text[at]:
            step, at = step + 1, at + 1
        elif star is not None:
            begin += 1
            at, step = begin, star + 1
        else:
            return False
    return all(each is Wild.ANY or each is Wild.VARIABLE for each in pattern[step:])
