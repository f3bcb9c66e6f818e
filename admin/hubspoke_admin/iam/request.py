"""One request, as far as it is known, and the three answers there can be to it."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final


class Truth(enum.Enum):
    """Kleene's three truths. ``~`` is not; compare with ``is``, since none of them is true or false."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __invert__(self) -> "Truth":
        return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(self, Truth.UNKNOWN)

    def __bool__(self) -> bool:
        # By default every member is true: `if judgement.allowed` would let everything through.
        raise TypeError("a Truth is compared with `is`")


def all_of(truths: Iterable[Truth]) -> Truth:
    """Say whether all are: NO if one isn't, else UNKNOWN if one is unknown. Of none, YES."""
    found = set(truths)
    return next((each for each in (Truth.NO, Truth.UNKNOWN) if each in found), Truth.YES)


def any_of(truths: Iterable[Truth]) -> Truth:
    """Say whether one is: YES if one is, else UNKNOWN if one is unknown. Of none, NO."""
    return ~all_of(~each for each in truths)


def known(answer: bool) -> Truth:
    """Give the truth of what is known for certain."""
    return Truth.YES if answer else Truth.NO


@dataclass(frozen=True, slots=True)
class Present:
    """A key that is in the request with a value that nobody here knows."""


PRESENT: Final = Present()


def absent_by_default(key: str) -> bool:
    """Tell the keys that come with AssumeRole's own parameters: what isn't given, isn't in the request.

    ``aws:MultiFactorAuthPresent`` is none of them. A role's session has it, as ``false``, and a user's key
    hasn't: what ``BoolIfExists`` says depends on which.
    """
    name = key.lower()
    return name.startswith(("sts:", "aws:requesttag/")) or name == "aws:tagkeys"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to AWS, as far as somebody here knows it."""

    action: str
    """Service and action: ``sts:AssumeRole``."""
    resource: str
    """The ARN of what is asked for; ``*`` for an action that has no resource."""
    principal: str | None = None
    """The ARN of the IAM user or role that asks: the role's with its path, not the session's. ``None`` for
    identity policies and boundaries, which name none."""
    keys: Mapping[str, str | tuple[str, ...] | Present] = field(default_factory=dict, repr=False)
    """Condition keys in the request; an external id may be among them. Names compare without regard to case;
    no values is as good as no key."""
    absent: Callable[[str], bool] = absent_by_default
    """Whether a key that isn't among them is known not to be in the request. Of others nothing is known."""

    def values(self, key: str) -> tuple[str, ...] | Present | None:
        """Return a key's values: none if it isn't in the request, ``None`` if nobody knows."""
        name = key.lower()
        for each, value in self.keys.items():
            if each.lower() == name:
                return (value,) if isinstance(value, str) else value
        return () if self.absent(key) else None

    @property
    def unique_id(self) -> str | None:
        """The principal's unique id, where ``aws:userid`` says it."""
        return self._user_id()[0]

    @property
    def session(self) -> str | None:
        """The role session's name, where ``aws:userid`` says it."""
        return self._user_id()[1]

    def _user_id(self) -> tuple[str | None, str | None]:
        match self.values("aws:userid"):
            case (str(one),):
                unique_id, _, session = one.partition(":")
                return unique_id, session or None
        return None, None
