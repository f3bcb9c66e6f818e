"""Every refusal and failure the hub can answer with, in one table.

A ``Problem`` is what the audit record names; a ``Code`` is what a program matches on; the message
is fixed text that tells a person what to do next. Nothing a caller, AWS or an exception said is
ever put into a message. Several problems share one code on purpose: a role that doesn't exist must
read like a role that isn't granted.
"""

from enum import Enum, StrEnum
from typing import Final


class Code(StrEnum):
    """What the error document's ``Code`` can be. Stable within v1."""

    INVALID_REQUEST = "InvalidRequest"
    ACCESS_DENIED = "AccessDenied"
    TOO_MANY_REQUESTS = "TooManyRequests"
    SPOKE_REFUSED = "SpokeRefused"
    THROTTLED = "Throttled"
    UNAVAILABLE = "Unavailable"


STATUS: Final[dict[Code, int]] = {
    Code.INVALID_REQUEST: 400,
    Code.ACCESS_DENIED: 403,
    Code.TOO_MANY_REQUESTS: 429,
    Code.SPOKE_REFUSED: 502,
    Code.THROTTLED: 503,
    Code.UNAVAILABLE: 503,
}
"""HTTP status of each code."""

RETRY_AFTER: Final[dict[Code, int]] = {
    Code.TOO_MANY_REQUESTS: 5,
    Code.THROTTLED: 2,
    Code.UNAVAILABLE: 5,
}
"""Seconds for the ``Retry-After`` header. A code that isn't here is not worth retrying."""

_DENIED: Final = (
    "No grant lets you take this role with these parameters. 'hubspoke roles' lists what you may "
    "take; to ask for more, give the hub's operators this RequestId."
)
_TRUST: Final = (
    "The spoke account did not let the hub take this role. The role's trust policy (principal, "
    "external id, sts:SetSourceIdentity) or the hub's permissions need mending: give the hub's "
    "operators this RequestId."
)
_DOWN: Final = "The hub can't vend right now, and nothing was vended. Try again after Retry-After."


class Problem(Enum):
    """One thing that went wrong: its code, and the message callers read.

    The member's name is what the audit record, the ledger and the metrics hold.
    """

    code: Code
    message: str

    def __new__(cls, code: Code, message: str) -> "Problem":
        """Make a member of its code and message."""
        # The value is the member's place: by their texts, equal problems would become aliases.
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.code = code
        member.message = message
        return member

    # The request itself.
    PathMalformed = (
        Code.INVALID_REQUEST,
        "The path must be /v1/accounts/ACCOUNT/roles/ROLE/credentials: twelve digits, and a role's "
        "name without its path.",
    )
    RouteUnknown = (Code.INVALID_REQUEST, "The hub has no such route. Check the method and the path.")
    QueryUnexpected = (Code.INVALID_REQUEST, "This route takes no query parameters: leave them out.")
    BodyTooLarge = (Code.INVALID_REQUEST, "The body is too large: send at most 32 KiB.")
    BodyMalformed = (
        Code.INVALID_REQUEST,
        "The body must be one JSON object in UTF-8, without duplicate keys, NaN or Infinity.",
    )
    KeyUnknown = (
        Code.INVALID_REQUEST,
        "The body may hold DurationSeconds, SessionPolicy, Tags and Reason, and nothing else.",
    )
    DurationInvalid = (
        Code.INVALID_REQUEST,
        "DurationSeconds must be a whole number from 900 to 3600: role chaining allows no more.",
    )
    SessionPolicyInvalid = (
        Code.INVALID_REQUEST,
        "SessionPolicy must be the name of a session policy, as 'hubspoke roles' lists them.",
    )
    TagsInvalid = (
        Code.INVALID_REQUEST,
        'Tags must be at most 50 objects {"Key": …, "Value": …}, keys unique whatever their case, '
        "within AWS's characters and lengths, not beginning with aws: or hubspoke:.",
    )
    ReasonInvalid = (
        Code.INVALID_REQUEST,
        "Reason must be 1 to 256 printable characters on one line.",
    )
    QueryInvalid = (
        Code.INVALID_REQUEST,
        "The query may hold AccountId, RoleName, Principal, AccessKeyId, Since and Until (RFC 3339 with Z, "
        "at most 31 days apart) and NextToken, each once, and nothing else.",
    )
    NextTokenInvalid = (
        Code.INVALID_REQUEST,
        "NextToken must be the NextToken of the page before: begin again without one.",
    )

    # Who asks, and what for.
    CallerUnknown = (
        Code.ACCESS_DENIED,
        "The hub serves IAM users and IAM role sessions, through its API alone. Sign the request "
        "with the credentials of one.",
    )
    NotGranted = (Code.ACCESS_DENIED, _DENIED)
    RoleUnknown = (Code.ACCESS_DENIED, _DENIED)
    PolicyError = (Code.ACCESS_DENIED, _DENIED)
    Quarantined = (Code.ACCESS_DENIED, _DENIED)
    AuditNotGranted = (
        Code.ACCESS_DENIED,
        "No grant lets you read these rows of the ledger. Name an AccountId that you may audit; to ask for "
        "more, give the hub's operators this RequestId.",
    )
    RateExceeded = (
        Code.TOO_MANY_REQUESTS,
        "You have vended as often within this minute as the role's profile allows one caller, and nothing "
        "was vended. Use credentials until they expire; try again after Retry-After.",
    )

    # The spoke.
    SpokeDenied = (Code.SPOKE_REFUSED, _TRUST)
    SpokeSessionLimit = (
        Code.SPOKE_REFUSED,
        "The spoke's role does not allow a session this long, or these parameters: ask for a "
        "shorter --duration, or have the role's MaxSessionDuration raised to 3600.",
    )
    SpokePolicyTooLarge = (
        Code.SPOKE_REFUSED,
        "The session policy and tags together are larger than STS packs: ask for fewer tags, or "
        "have the session policy shortened.",
    )
    SpokePolicyMalformed = (
        Code.SPOKE_REFUSED,
        "STS did not accept the session policy: give the hub's operators this RequestId.",
    )
    SpokeRegionDisabled = (
        Code.SPOKE_REFUSED,
        "STS is not enabled for the spoke account in the hub's Region: enable it, or call a hub "
        "in another Region.",
    )

    # The hub's own footing.
    StsThrottled = (
        Code.THROTTLED,
        "AWS STS is throttling the hub's account, and nothing was vended. Try again after Retry-After.",
    )
    StsUnavailable = (Code.UNAVAILABLE, _DOWN)
    StsUnreachable = (Code.UNAVAILABLE, _DOWN)
    StsReplyInvalid = (Code.UNAVAILABLE, _DOWN)
    HubCredentialsInvalid = (Code.UNAVAILABLE, _DOWN)
    DeadlineExceeded = (Code.UNAVAILABLE, _DOWN)
    LedgerUnavailable = (Code.UNAVAILABLE, _DOWN)
    GrantsUnavailable = (Code.UNAVAILABLE, _DOWN)
    Internal = (Code.UNAVAILABLE, _DOWN)

    @property
    def status(self) -> int:
        """The HTTP status of this problem's code."""
        return STATUS[self.code]

    @property
    def retry_after(self) -> int | None:
        """Seconds to wait before another try, or ``None`` when trying again won't help."""
        return RETRY_AFTER.get(self.code)


class Refused(Exception):
    """Raised wherever a request ends without credentials. Carries a ``Problem`` and no other text."""

    def __init__(self, problem: Problem, retry_after: int | None = None) -> None:
        super().__init__(problem.name)
        self.problem = problem
        self.retry_after = problem.retry_after if retry_after is None else retry_after
        """Seconds to wait: the problem's own, unless it is known better."""
