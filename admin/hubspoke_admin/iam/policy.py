"""A policy document as IAM stores it, read once into what can be judged.

IAM refuses a document with an element that it doesn't know, so none lies in an account. Read as if the
element weren't there, it would be judged to do what it doesn't.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

_VERSIONS: Final = ("2008-10-17", "2012-10-17")
_DOCUMENT: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT: Final = frozenset({"Sid", "Effect", "Condition"})
_PARTS: Final = ("Principal", "Action", "Resource")
ANYBODY: Final = "*"


class PolicyUnreadable(ValueError):
    """This is no policy document that IAM would store."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a statement's ``Action`` and the like list, or what their ``Not…`` leaves out."""

    values: tuple[str, ...]
    negated: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The values for a person to read: those of a ``Not…`` with ``not:`` before them."""
        return tuple(f"not:{each}" for each in self.values) if self.negated else self.values


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key, with the values that the document compares it with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    sid: str
    """Its Sid; ``statement 2`` where it has none."""
    allows: bool
    document: Mapping[str, object] = field(repr=False, hash=False)
    """As it was read."""
    action: Names
    principal: Names | None = None
    """As ``AWS:arn…``, ``Service:…``, ``Federated:…`` or ``*``; ``None`` in identity policies."""
    resource: Names | None = None
    """``None`` in trust policies."""
    conditions: tuple[Condition, ...] = ()
    has_variables: bool = True
    """Whether ``${…}`` stands for something: only from version 2012-10-17 on."""


def read(document: object) -> tuple[Statement, ...]:
    """Read a policy document, as boto3 or ``json.loads`` gives it.

    Raises PolicyUnreadable if IAM would never have stored it.
    """
    policy = _object(document, "a policy document")
    _only(policy, _DOCUMENT, "A policy document")
    version = policy.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise PolicyUnreadable("The policy's Version is neither 2012-10-17 nor 2008-10-17.")
    if "Statement" not in policy:
        raise PolicyUnreadable("The policy document has no Statement.")
    found = policy["Statement"]
    statements = found if isinstance(found, list | tuple) else [found]
    return tuple(_statement(each, f"statement {at}", version) for at, each in enumerate(statements, 1))


def principals(statement: Statement) -> tuple[str, ...]:
    """List everybody whom a statement lets in, or with ``not:`` leaves out; nobody, if it denies."""
    if not statement.allows or statement.principal is None:
        return ()
    return statement.principal.asked


def _statement(raw: object, where: str, version: object) -> Statement:
    document = _object(raw, where)
    _only(document, _STATEMENT | {*_PARTS, *(f"Not{each}" for each in _PARTS)}, where)
    effect, sid = document.get("Effect"), document.get("Sid", "")
    if effect not in ("Allow", "Deny"):
        raise PolicyUnreadable(f"The Effect of {where} is neither Allow nor Deny.")
    if not isinstance(sid, str):
        raise PolicyUnreadable(f"The Sid of {where} is no text.")
    action = _part(document, "Action", where)
    if action is None:
        raise PolicyUnreadable(f"There is no Action in {where}.")
    return Statement(
        sid=sid or where,
        allows=effect == "Allow",
        document=document,
        action=action,
        principal=_part(document, "Principal", where),
        resource=_part(document, "Resource", where),
        conditions=tuple(_conditions(document.get("Condition", {}), where)),
        has_variables=version == _VERSIONS[1],
    )


def _part(document: Mapping[str, object], name: str, where: str) -> Names | None:
    written = [each for each in (name, f"Not{name}") if each in document]
    if len(written) > 1:
        raise PolicyUnreadable(f"There are both {name} and Not{name} in {where}.")
    for each in written:
        listed = _principals if name == "Principal" else _values
        return Names(tuple(listed(document[each], f"{each} of {where}")), each != name)
    return None


def _principals(raw: object, what: str) -> Iterator[str]:
    if raw == ANYBODY:
        yield ANYBODY
        return
    for kind, named in _object(raw, what).items():
        for each in _values(named, what):
            # The two ways to write everybody mean the same.
            yield ANYBODY if (kind, each) == ("AWS", ANYBODY) else f"{kind}:{each}"


def _conditions(raw: object, where: str) -> Iterator[Condition]:
    for operator, keys in _object(raw, f"Condition of {where}").items():
        what = f"{operator!r} of {where}"
        for key, values in _object(keys, what).items():
            listed = values if isinstance(values, list | tuple) else [values]
            yield Condition(operator, key, tuple(_scalar(each, what) for each in listed))


def _values(raw: object, what: str) -> Iterator[str]:
    for each in raw if isinstance(raw, list | tuple) else [raw]:
        if not isinstance(each, str):
            raise PolicyUnreadable(f"The {what} is neither a text nor a list of texts.")
        yield each


def _scalar(raw: object, what: str) -> str:
    """Write a value as IAM does: it takes booleans and numbers for texts."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str | int | float):
        try:
            return str(raw)
        except ValueError:  # a number of thousands of digits
            pass
    raise PolicyUnreadable(f"A value in {what} is neither a text, a number nor a boolean.")


def _object(raw: object, what: str) -> Mapping[str, object]:
    if not isinstance(raw, Mapping) or not all(isinstance(each, str) for each in raw):
        raise PolicyUnreadable(f"The JSON for {what} is no object.")
    return raw


def _only(document: Mapping[str, object], names: frozenset[str], where: str) -> None:
    if unknown := document.keys() - names:
        raise PolicyUnreadable(f"IAM knows no {min(unknown)!r} in {where}.")
