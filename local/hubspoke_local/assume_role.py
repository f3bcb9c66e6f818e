"""What STS demands of AssumeRole and the emulator doesn't. Pure: requests and sessions in, refusals out.

Limits are those of the AssumeRole page of the AWS STS API reference, and of "role chaining" in the IAM
user guide. Messages are close to AWS's, for people; programs match the code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

DEFAULT_DURATION: Final = 3600
CHAINED_MAX: Final = 3600
"""Seconds that credentials of a role can assume another role for, whatever either role allows."""

_SESSION_NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")
_SOURCE_IDENTITY: Final = re.compile(r"(?!aws:)[A-Za-z0-9_+=,.@-]{2,64}")
_EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_TAG_KEY: Final = re.compile(r"Tags\.member\.[0-9]+\.Key")
_TAGS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one AssumeRole request, as they were sent."""

    role_arn: str
    session_name: str
    duration: str | None
    source_identity: str | None
    external_id: str | None
    tags: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An STS error: status, code and message."""

    status: int
    code: str
    message: str


def read(body: bytes, query: Mapping[str, Any]) -> Asked | None:
    """Read a request of the query protocol, or return ``None`` if it isn't an AssumeRole."""
    sent = {name: values[0] if isinstance(values, list) else values for name, values in query.items()}
    sent |= {
        name: values[0]
        for name, values in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()
    }
    if sent.get("Action") != "AssumeRole":
        return None
    return Asked(
        role_arn=sent.get("RoleArn", ""),
        session_name=sent.get("RoleSessionName", ""),
        duration=sent.get("DurationSeconds"),
        source_identity=sent.get("SourceIdentity"),
        external_id=sent.get("ExternalId"),
        tags=sum(1 for name in sent if _TAG_KEY.fullmatch(name)),
    )


def malformed(asked: Asked) -> Refusal | None:
    """Check the parameters by themselves: grammar and ranges."""
    if not _SESSION_NAME.fullmatch(asked.session_name):
        return _invalid("roleSessionName")
    if asked.source_identity is not None and not _SOURCE_IDENTITY.fullmatch(asked.source_identity):
        return _invalid("sourceIdentity")
    if asked.external_id is not None and not _EXTERNAL_ID.fullmatch(asked.external_id):
        return _invalid("externalId")
    if asked.duration is not None and not re.fullmatch(r"[0-9]{1,6}", asked.duration):
        return _invalid("durationSeconds")
    if not 900 <= seconds(asked) <= 43200:
        return _invalid("durationSeconds")
    if asked.tags > _TAGS_MAX:
        return _invalid("tags")
    return None


def seconds(asked: Asked) -> int:
    """Return the duration asked for, or STS's default."""
    return int(asked.duration) if asked.duration else DEFAULT_DURATION


def beyond_role(
    asked: Asked, role: Mapping[str, Any] | None, session: Mapping[str, Any] | None
) -> Refusal | None:
    """Check a request against the role it names and the session, if any, that sends it."""
    if role is None or role.get("Arn") != asked.role_arn:
        # The emulator finds a role by its name alone; on AWS the path is part of which role it is.
        return Refusal(
            403, "AccessDenied", f"Not authorized to perform: sts:AssumeRole on resource: {asked.role_arn}"
        )
    if chained(session) and seconds(asked) > CHAINED_MAX:
        return _validation("The requested DurationSeconds exceeds the 1 hour session limit for role chaining")
    if seconds(asked) > int(role.get("MaxSessionDuration") or 3600):
        return _validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    inherited = inherited_source_identity(session)
    if inherited and asked.source_identity not in (None, inherited):
        return Refusal(
            403, "AccessDenied", "A session's source identity can't be changed once it has been set."
        )
    return None


def chained(session: Mapping[str, Any] | None) -> bool:
    """Tell whether a session is a role's, so that assuming a role with it is role chaining."""
    return session is not None and ":assumed-role/" in str(session.get("Arn", ""))


def inherited_source_identity(session: Mapping[str, Any] | None) -> str | None:
    """Return the source identity a session carries on to every role it assumes."""
    found = (session or {}).get("SourceIdentity")
    return str(found) if found else None


def _invalid(member: str) -> Refusal:
    return _validation(f"1 validation error detected: Value at '{member}' failed to satisfy constraint")


def _validation(message: str) -> Refusal:
    return Refusal(400, "ValidationError", message)
