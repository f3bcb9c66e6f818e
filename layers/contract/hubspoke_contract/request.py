"""What callers send: the body of a vend, and its strict decoding.

Keys are written as STS writes them. Nothing is coerced: what isn't exactly right is refused.
"""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from hubspoke_contract import limits
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import PolicyName, policy_name

KEYS: Final = ("DurationSeconds", "SessionPolicy", "Tags", "Reason")
"""What the body may hold; each may be left out."""

TAG_KEYS: Final = ("Key", "Value")
"""What each of the tags holds."""

TAG_CATEGORIES: Final = "LZN"
TAG_PUNCTUATION: Final = "_.:/=+-@"
"""STS API: ``Tag``. Letters, separators and numbers of any script, by Unicode's categories, and these."""

RESERVED_TAG_PREFIXES: Final = ("aws:", "hubspoke:")
"""Compared without case, as STS compares tag keys. ``aws:`` is AWS's, ``hubspoke:`` the service's."""


@dataclass(frozen=True, slots=True)
class VendRequest:
    """The body of a vend, decoded. ``None`` and ``()`` mean the caller left it out."""

    duration: int | None = None
    """Seconds, 900 to 3600."""
    session_policy: PolicyName | None = None
    tags: tuple[tuple[str, str], ...] = ()
    reason: str | None = None

    def to_body(self) -> bytes:
        """Encode for the wire, leaving out what isn't set."""
        document: dict[str, object] = {}
        if self.duration is not None:
            document["DurationSeconds"] = self.duration
        if self.session_policy is not None:
            document["SessionPolicy"] = self.session_policy
        if self.tags:
            document["Tags"] = [{"Key": key, "Value": value} for key, value in self.tags]
        if self.reason is not None:
            document["Reason"] = self.reason
        return json.dumps(document).encode()


def decode_vend_request(unverified_body: str | None) -> VendRequest:
    """Decode the body of a vend; no body at all is an empty one.

    Raises:
        Refused: with one of the body's problems. An unknown or duplicate key, a wrong type, ``NaN``,
            ``true`` for a number and an oversized body are all refused: nothing is coerced.
    """
    if not unverified_body:
        return VendRequest()
    if (
        len(unverified_body) > limits.BODY_MAX
        or len(unverified_body.encode(errors="replace")) > limits.BODY_MAX
    ):
        raise Refused(Problem.BodyTooLarge)
    document = _strict_object(unverified_body)
    if not document.keys() <= set(KEYS):
        raise Refused(Problem.KeyUnknown)
    return VendRequest(
        duration=_duration(document["DurationSeconds"]) if "DurationSeconds" in document else None,
        session_policy=_session_policy(document["SessionPolicy"]) if "SessionPolicy" in document else None,
        tags=_tags(document["Tags"]) if "Tags" in document else (),
        reason=_reason(document["Reason"]) if "Reason" in document else None,
    )


def _strict_object(text: str) -> dict[str, Any]:
    def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("duplicate key")
        return found

    def no_constants(_name: str) -> NoReturn:
        raise ValueError("NaN or Infinity")

    try:
        document = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constants)
    except (ValueError, RecursionError):
        raise Refused(Problem.BodyMalformed) from None
    if not isinstance(document, dict):
        raise Refused(Problem.BodyMalformed)
    return document


def _duration(raw: object) -> int:
    # type() and not isinstance(): a bool is an int, and 900.0 or 9e2 is a float.
    if type(raw) is not int or not limits.DURATION_MIN <= raw <= limits.DURATION_MAX:
        raise Refused(Problem.DurationInvalid)
    return raw


def _session_policy(raw: object) -> PolicyName:
    name = policy_name(raw) if isinstance(raw, str) else None
    if name is None:
        raise Refused(Problem.SessionPolicyInvalid)
    return name


def is_reason(raw: str) -> bool:
    """Tell whether a text can be a reason on record: one line, and all of it can be seen."""
    # isprintable() refuses control characters, line breaks and lone surrogates.
    return 1 <= len(raw) <= limits.REASON_MAX and raw.isprintable()


def _reason(raw: object) -> str:
    if not isinstance(raw, str) or not is_reason(raw):
        raise Refused(Problem.ReasonInvalid)
    return raw


def _tags(raw: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(raw, list) or len(raw) > limits.TAGS_MAX:
        raise Refused(Problem.TagsInvalid)
    tags = tuple(_tag(item) for item in raw)
    if len({key.casefold() for key, _ in tags}) != len(tags):
        raise Refused(Problem.TagsInvalid)
    return tags


def _tag(raw: object) -> tuple[str, str]:
    if not isinstance(raw, dict) or raw.keys() != set(TAG_KEYS):
        raise Refused(Problem.TagsInvalid)
    key, value = (raw[name] for name in TAG_KEYS)
    if not (isinstance(key, str) and isinstance(value, str)) or not is_tag(key, value):
        raise Refused(Problem.TagsInvalid)
    if key.casefold().startswith(RESERVED_TAG_PREFIXES):
        raise Refused(Problem.TagsInvalid)
    return key, value


def is_tag(key: str, value: str) -> bool:
    """Tell whether STS would take the pair as a session tag (STS API: ``Tag``)."""
    return (
        1 <= len(key) <= limits.TAG_KEY_MAX
        and len(value) <= limits.TAG_VALUE_MAX
        and all(
            char in TAG_PUNCTUATION or unicodedata.category(char)[0] in TAG_CATEGORIES for char in key + value
        )
    )
