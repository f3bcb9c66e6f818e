"""Does a policy let a request through, and if not, what in it stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubspoke_admin.iam.conditions import holds
from hubspoke_admin.iam.patterns import Texts, covers, matches, with_wildcards
from hubspoke_admin.iam.policy import Names, Statement, principals
from hubspoke_admin.iam.request import Request, Truth, all_of, any_of
from hubspoke_admin.iam.trusted import trusts

__all__ = ["Judgement", "Obstacle", "judge", "obstacles", "principals"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why one statement doesn't, or perhaps doesn't, apply to one request."""

    part: str
    """``Principal``, ``Action``, ``Resource`` or ``Condition``."""
    truth: Truth
    """NO, or UNKNOWN where it may be none."""
    operator: str = ""
    """A condition's, as the document writes it."""
    key: str = ""
    asked: tuple[str, ...] = ()
    """What the document asks for; with ``not:`` before it, what it leaves out."""


Weighed = tuple[Statement, tuple[Obstacle, ...]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy says to a request, and by which statements."""

    allowed: Truth
    denied_by: tuple[Weighed, ...]
    """The Deny statements that apply, with no obstacles, and those that may, with what isn't known."""
    allowed_by: tuple[Statement, ...]
    nearest: Weighed | None
    """Of the Allow statements that don't apply for certain, the one with the least in the way."""


def judge(statements: Sequence[Statement], request: Request) -> Judgement:
    """Say what a policy answers to a request: a Deny that applies wins, and nothing is allowed by silence."""
    weighed = [(each, obstacles(each, request)) for each in statements]
    allows = [(each, found) for each, found in weighed if each.allows]
    denies = [(each, found) for each, found in weighed if not each.allows]
    denied = any_of(_applies(found) for _, found in denies)
    return Judgement(
        allowed=all_of([any_of(_applies(found) for _, found in allows), ~denied]),
        denied_by=tuple((each, found) for each, found in denies if _applies(found) is not Truth.NO),
        allowed_by=tuple(each for each, found in allows if not found),
        nearest=min(((each, found) for each, found in allows if found), key=_distance, default=None),
    )


def obstacles(statement: Statement, request: Request) -> tuple[Obstacle, ...]:
    """List what keeps a statement from applying to a request; nothing, if it applies."""
    return tuple(each for each in _weigh(statement, request) if each.truth is not Truth.YES)


def _weigh(statement: Statement, request: Request) -> Iterator[Obstacle]:
    texts = Texts(request, statement.has_variables)
    yield Obstacle("Action", _acts(statement.action, request.action), asked=statement.action.asked)
    if statement.principal is not None:
        yield Obstacle("Principal", trusts(statement.principal, request), asked=statement.principal.asked)
    if statement.resource is not None:
        yield Obstacle("Resource", _covers(statement.resource, texts), asked=statement.resource.asked)
    for each in statement.conditions:
        yield Obstacle("Condition", holds(each, texts), each.operator, each.key, each.values)


def _acts(named: Names, action: str) -> Truth:
    found = any_of(matches(with_wildcards(each.lower()), action.lower()) for each in named.values)
    return ~found if named.negated else found


def _covers(named: Names, texts: Texts) -> Truth:
    found = any_of(covers(texts.pattern(each, wild=True), texts.request.resource) for each in named.values)
    return ~found if named.negated else found


def _applies(found: Sequence[Obstacle]) -> Truth:
    return all_of(each.truth for each in found)


def _distance(weighed: Weighed) -> tuple[bool, int, int, int, int]:
    """Order statements by what is in their way: one that may apply comes before any that surely doesn't."""
    _, found = weighed
    action, principal, resource, conditions = (
        sum(each.part == part for each in found) for part in ("Action", "Principal", "Resource", "Condition")
    )
    return _applies(found) is Truth.NO, action, principal, resource, conditions
