"""What the hub or API Gateway answered, believed only as far as the contract goes.

Pure: a reply in, a value or a typed exception out. A text of the server's reaches a person only when
it is the contract's ``Message``, printable and short. Where a reply may hold secrets, the function
that decodes it returns ``None`` for a bad one, and its caller raises: so no traceback shows them.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar

from hubspoke.exceptions import (
    AccessDenied,
    CallNotAllowed,
    ConfigurationError,
    HubRefusal,
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    OwnCredentialsError,
    ReplyMalformed,
    RequestInvalid,
    SpokeRefused,
    TooManyRequests,
)
from hubspoke_contract import arns
from hubspoke_contract.errors import STATUS, Code
from hubspoke_contract.limits import DURATION_MAX
from hubspoke_contract.names import Target
from hubspoke_contract.reply import Credentials, MalformedReply

BODY_MAX: Final = 6 * 1024 * 1024
"""Bytes. AWS Lambda's own limit for a reply: nothing larger can come from a hub."""

_MESSAGE_MAX: Final = 1000
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{1,128}")
_VISIBLE: Final = re.compile(r"[!-~]+")
_CLOCK_SKEW: Final = timedelta(minutes=5)
"""AWS takes no signature whose clock is further off: the hub's and ours agree at least so far."""

_REFUSALS: Final[dict[Code, type[HubRefusal]]] = {
    Code.INVALID_REQUEST: RequestInvalid,
    Code.ACCESS_DENIED: AccessDenied,
    Code.TOO_MANY_REQUESTS: TooManyRequests,
    Code.SPOKE_REFUSED: SpokeRefused,
    Code.THROTTLED: HubThrottled,
    Code.UNAVAILABLE: HubUnavailable,
}

_NOT_A_HUB: Final = (
    "What answered isn't a hub, or speaks another version: check --endpoint or HUBSPOKE_ENDPOINT, and "
    "that hubspoke is up to date. Nothing of the reply is used."
)
_REDIRECT: Final = (
    "What answered sends the call elsewhere, and a signed call is never redirected: check --endpoint or "
    "HUBSPOKE_ENDPOINT."
)
_NOT_ALLOWED: Final = (
    "API Gateway answered AccessDenied: your own IAM policy, or the hub's resource policy, does not allow "
    "this call. It needs execute-api:Invoke on the hub's API."
)
_NO_ROUTE: Final = (
    "The API at the endpoint has no such route: check that --endpoint or HUBSPOKE_ENDPOINT names the hub "
    "and its stage."
)
_EXPIRED: Final = "Your own AWS credentials have expired: sign in again ('aws sso login', or renew the keys)."
_UNKNOWN_KEY: Final = (
    "AWS does not know your own access key: check which credentials are in use, and renew them."
)
_SIGNATURE: Final = (
    "AWS did not accept your signature: check the secret access key, the computer's clock, and that "
    "--region or AWS_REGION is the hub's."
)
_CLOCK: Final = (
    "AWS did not accept your signature, since this computer's clock is about {} minutes {} AWS's: set it, "
    "and try again."
)
_BUSY: Final = "The hub's API takes no more calls for the moment: try again in a few seconds."
_GATEWAY_DOWN: Final = (
    "API Gateway could not get an answer from the hub, and nothing is known to be vended. Try again."
)

_GATEWAY_ERRORS: Final[dict[str, tuple[type[HubspokeError], str]]] = {
    "ExpiredTokenException": (OwnCredentialsError, _EXPIRED),
    "UnrecognizedClientException": (OwnCredentialsError, _UNKNOWN_KEY),
    "InvalidSignatureException": (OwnCredentialsError, _SIGNATURE),
    "IncompleteSignatureException": (OwnCredentialsError, _SIGNATURE),
    "MissingAuthenticationTokenException": (ConfigurationError, _NO_ROUTE),
    "AccessDeniedException": (CallNotAllowed, _NOT_ALLOWED),
}
"""API Gateway's ``x-amzn-errortype`` of a 403. A signed call that "misses its token" has no route."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, as far as it matters here."""

    status: int
    body: bytes = field(repr=False)
    error_type: str | None = None
    unverified_request_id: str | None = None
    unverified_retry_after: str | None = None
    unverified_date: str | None = None
    received: datetime | None = None
    """By our own clock; aware."""

    @property
    def request_id(self) -> str | None:
        """API Gateway's id of the call, if it looks like one."""
        return _request_id(self.unverified_request_id)

    @property
    def retry_after(self) -> int | None:
        """Seconds; a date, or anything else, counts as not said."""
        raw = self.unverified_retry_after
        return int(raw) if raw is not None and re.fullmatch(r"[0-9]{1,4}", raw) else None

    @property
    def clock_offset(self) -> timedelta | None:
        """How far our clock is ahead of the server's; ``None`` where the server's isn't known."""
        from email.utils import parsedate_to_datetime

        try:
            date = parsedate_to_datetime(self.unverified_date or "")
            return self.received - date if self.received else None
        except (ValueError, TypeError, OverflowError):  # no date, or one without an offset
            return None


def failure(reply: Reply) -> HubspokeError | None:
    """Return what to raise for a reply, or ``None`` for a 200."""
    if reply.status == 200:
        return None
    if 300 <= reply.status < 400:
        return ReplyMalformed(_REDIRECT, request_id=reply.request_id)
    document = _document(reply)
    if isinstance(document, dict) and "Code" in document:
        return _refusal(reply, document)
    return _gateway_failure(reply)


def credentials(reply: Reply, asked: Target, now: datetime) -> Credentials:
    """Read a vend's reply, and check that it is what was asked for.

    Raises:
        ReplyMalformed: it isn't a document of the contract, names another role, has expired, or lasts
            longer than any vended session can.
    """
    found = _decoded(reply, Credentials.from_document)
    if found is None or not is_for(found, asked) or not _lasts(found, now):
        raise ReplyMalformed(_NOT_A_HUB, request_id=reply.request_id)
    return found


def value(reply: Reply, from_document: Callable[[object], _T]) -> _T:
    """Read a reply without secrets by the contract's own decoder.

    Raises:
        ReplyMalformed: it isn't a document of the contract.
    """
    found = _decoded(reply, from_document)
    if found is None:
        raise ReplyMalformed(_NOT_A_HUB, request_id=reply.request_id)
    return found


def not_a_hub() -> ReplyMalformed:
    """Return what to raise where replies, each well-formed, make no sense together."""
    return ReplyMalformed(_NOT_A_HUB)


def is_for(found: Credentials, asked: Target) -> bool:
    """Tell whether credentials are of the role asked for, and fit to stand in an environment or a line."""
    session = arns.principal(found.assumed_role_arn)
    return (
        session is not None
        and (session.kind, session.account, session.name) == ("role", asked.account, asked.role)
        and found.account == asked.account
        and all(map(_VISIBLE.fullmatch, _texts(found)))
    )


def _texts(found: Credentials) -> tuple[str, ...]:
    secrets = (found.secret_access_key.reveal(), found.session_token.reveal())
    return (*secrets, found.access_key_id, found.source_identity or "-", found.vend_id or "-")


def _lasts(found: Credentials, now: datetime) -> bool:
    return now < found.expiration <= now + timedelta(seconds=DURATION_MAX) + _CLOCK_SKEW


def _decoded(reply: Reply, from_document: Callable[[object], _T]) -> _T | None:
    try:
        return from_document(_document(reply))
    except MalformedReply:
        return None


def _document(reply: Reply) -> Any:
    """Return the body's JSON; ``None`` where it isn't any, or is too large."""

    def no_constants(_name: str) -> NoReturn:
        raise ValueError("NaN or Infinity")

    if len(reply.body) > BODY_MAX:
        return None
    try:
        return json.loads(reply.body, parse_constant=no_constants)
    except (ValueError, RecursionError):
        return None


def _refusal(reply: Reply, document: dict[str, Any]) -> HubspokeError:
    raw_code, message, raw_id = document["Code"], document.get("Message"), document.get("RequestId")
    request_id = _request_id(raw_id) or reply.request_id
    code = next((code for code in Code if code == raw_code), None)
    if code is None or STATUS[code] != reply.status or not _is_presentable(message):
        return ReplyMalformed(_NOT_A_HUB, request_id=request_id)
    return _REFUSALS[code](str(message), request_id=request_id, retry_after=reply.retry_after)


def _gateway_failure(reply: Reply) -> HubspokeError:
    """Map an answer that API Gateway made by itself: by status and error type, never by its text."""
    request_id = reply.request_id
    if reply.status == 403:
        # Some AWS front ends append ":" and a URL to the type. A 403 without one is a firewall's.
        name = (reply.error_type or "").partition(":")[0]
        kind, message = _GATEWAY_ERRORS.get(name, (CallNotAllowed, _NOT_ALLOWED))
        if message is _SIGNATURE:
            message = _clock_is_off(reply) or message
        return kind(message, request_id=request_id)
    if reply.status == 429:
        return TooManyRequests(_BUSY, request_id=request_id, retry_after=reply.retry_after)
    if 500 <= reply.status < 600:
        return HubUnavailable(_GATEWAY_DOWN, request_id=request_id, retry_after=reply.retry_after)
    return ReplyMalformed(_NOT_A_HUB, request_id=request_id)


def _clock_is_off(reply: Reply) -> str | None:
    offset = reply.clock_offset
    if offset is None or abs(offset) <= _CLOCK_SKEW:
        return None
    minutes, side = round(abs(offset).total_seconds() / 60), "ahead of" if offset > timedelta() else "behind"
    return _CLOCK.format(minutes, side)


def _is_presentable(message: object) -> bool:
    return isinstance(message, str) and 0 < len(message) <= _MESSAGE_MAX and message.isprintable()


def _request_id(raw: object) -> str | None:
    return raw if isinstance(raw, str) and _REQUEST_ID.fullmatch(raw) else None
