"""What STS answered to an AssumeRole, believed only as far as it is what was asked for.

Pure: a reply in, a value or a typed error out. A reply may hold secrets, so errors are returned: no
traceback of the caller's then shows a frame that held one.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree

from hubspoke.exceptions import (
    ConfigurationError,
    HubRoleRefused,
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    OwnCredentialsError,
    ReplyMalformed,
    RequestInvalid,
    SpokeRefused,
)
from hubspoke.replies import Reply, is_for
from hubspoke_contract import arns
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.reply import Credentials
from hubspoke_contract.secret import Secret

Refusal = tuple[type[HubspokeError], str]
_EXPIRED: Final = "Your own AWS credentials have expired: sign in again ('aws sso login', or renew the keys)."
_UNKNOWN_KEY: Final = (
    "AWS does not know your own access key: check which credentials are in use, and renew them."
)
_SIGNATURE: Final = "AWS did not accept your signature: check the secret access key and the computer's clock."
_THROTTLED: Final = "AWS STS takes no more calls for the moment: try again in a few seconds."
_DOWN: Final = "AWS STS can't answer right now: try again."
NOT_STS: Final = (
    "What answered for AWS STS is not what was asked for: check AWS_ENDPOINT_URL_STS and the proxy. Nothing "
    "of the reply is used."
)
_INVALID: Final = (
    "STS calls the request invalid: check the roles' names, the external id, the session string and the MFA "
    "device."
)
_NOT_SWITCHED_ON: Final = (
    "STS is not switched on in this Region for the account: name another with --region or AWS_REGION."
)
_PROBLEMS: Final[dict[str, Refusal]] = {
    "ExpiredToken": (OwnCredentialsError, _EXPIRED),
    "ExpiredTokenException": (OwnCredentialsError, _EXPIRED),
    "InvalidClientTokenId": (OwnCredentialsError, _UNKNOWN_KEY),
    "UnrecognizedClientException": (OwnCredentialsError, _UNKNOWN_KEY),
    "SignatureDoesNotMatch": (OwnCredentialsError, _SIGNATURE),
    "IncompleteSignature": (OwnCredentialsError, _SIGNATURE),
    "RequestExpired": (OwnCredentialsError, _SIGNATURE),
    "ValidationError": (RequestInvalid, _INVALID),
    "RegionDisabledException": (ConfigurationError, _NOT_SWITCHED_ON),
    "Throttling": (HubThrottled, _THROTTLED),
    "ThrottlingException": (HubThrottled, _THROTTLED),
    "RequestLimitExceeded": (HubThrottled, _THROTTLED),
    "TooManyRequestsException": (HubThrottled, _THROTTLED),
}
"""By the code on the wire (STS API, "Common Errors" and AssumeRole's own), never by the text."""

_DENIED: Final = ("AccessDenied", "AccessDeniedException")
_CLOCK_SKEW: Final = timedelta(minutes=5)
"""As much as SigV4 itself tolerates: more, and STS would not have taken the request."""

_REPLY_MAX: Final = 256 * 1024
"""Bytes. A session's whole reply is a few thousand; AWS states no limit for a token, so this one is wide."""

_CODE: Final = re.compile(r"[A-Za-z.]{1,64}")

_PARTS: Final = ("Credentials", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Arn")
"""What is believed of a reply. Of two such elements, botocore would quietly take the first."""


class Hop(NamedTuple):
    """What STS's refusals mean, by whose credentials sign."""

    denied: Refusal
    not_accepted: Refusal | None = None
    """For credentials that aren't the caller's own."""


class Refused(NamedTuple):
    """STS's refusal to say whose credentials they are."""

    code: str
    """As on the wire; empty where it is none."""

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> "Refused":
        """Read it. A code is a word: whatever else stands there is none."""
        code = response.get("Error", {}).get("Code")
        return cls(code if isinstance(code, str) and _CODE.fullmatch(code) else "")


TO_THE_HUB: Final = Hop(
    denied=(
        HubRoleRefused,
        "STS refused the hub role: your own policy must allow sts:AssumeRole on it, and its trust policy "
        "must name you, and ask for no external id or MFA you don't give. Check names and account.",
    )
)
TO_THE_HUB_BY_MFA: Final = Hop(
    denied=(
        HubRoleRefused,
        "STS refused the hub role: the MFA code may be wrong or used before (wait for the next), or your own "
        "policy or the role's trust policy doesn't allow it. Check names and account.",
    )
)
TO_THE_SPOKE: Final = Hop(
    denied=(
        SpokeRefused,
        "STS refused the spoke's role to the hub role: the hub role's policy must allow sts:AssumeRole on "
        "it, its trust policy must name the hub role, and your external id if it asks for one.",
    ),
    not_accepted=(
        OwnCredentialsError,
        "AWS no longer accepts the hub role's kept session: try again with --no-cache (cache=False).",
    ),
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """Everything of one AssumeRole call."""

    account: AccountId
    path: str
    """Begins and ends with ``/``."""
    name: RoleName
    session_name: str
    duration: int
    """Seconds."""
    external_id: Secret | None = None
    mfa_serial: str | None = None
    mfa_code: str | None = field(default=None, repr=False)

    def parameters(self, partition: str) -> dict[str, object]:
        """Return the call's parameters; what isn't set is left out, since STS refuses empty ones."""
        given = {
            "ExternalId": self.external_id.reveal() if self.external_id else None,
            "SerialNumber": self.mfa_serial,
            "TokenCode": self.mfa_code,
        }
        return {
            "RoleArn": arns.role(partition, self.account, self.path, self.name),
            "RoleSessionName": self.session_name,
            "DurationSeconds": self.duration,
        } | {name: value for name, value in given.items() if value is not None}


class Unreadable(Exception):
    """A reply is no document, or there is more than one reading of it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def believed(reply: Any, asked: Assumption, partition: str, now: datetime) -> Credentials | None:
    """Check a reply against what was asked for; only what passes all of it is believed."""
    credentials, user = reply.get("Credentials"), reply.get("AssumedRoleUser")
    if not isinstance(credentials, dict) or not isinstance(user, dict):
        return None
    expected = arns.role_session(partition, asked.account, asked.name, asked.session_name)
    expiration, longest = credentials.get("Expiration"), timedelta(seconds=asked.duration)
    if user.get("Arn") != expected or not isinstance(expiration, datetime):
        return None
    if not now < expiration <= now + longest + _CLOCK_SKEW:
        return None
    packed = reply.get("PackedPolicySize")
    key, secret, token = (credentials.get(name) for name in _PARTS[1:4])
    found = Credentials(
        access_key_id=str(key or ""),
        secret_access_key=Secret(str(secret or "")),
        session_token=Secret(str(token or "")),
        expiration=expiration.astimezone(UTC),
        account=asked.account,
        assumed_role_arn=expected,
        source_identity=str(reply.get("SourceIdentity") or ""),
        vend_id="",
        packed_policy_size=packed if type(packed) is int else None,
    )
    return found if is_for(found, Target(asked.account, asked.name)) else None


def look_over(response_dict: Mapping[str, Any], **_: object) -> None:
    """Look at a reply before botocore does, which reads one in two ways or none without a word."""
    status, body = response_dict["status_code"], response_dict["body"]
    if len(body) > _REPLY_MAX or b"<!DOCTYPE" in body:
        raise Unreadable(status)
    try:
        # botocore gives the same bytes to the same parser, which bounds what entities add up to.
        document = ElementTree.fromstring(body.decode())  # noqa: S314
    except (ElementTree.ParseError, UnicodeDecodeError):
        raise Unreadable(status) from None
    found = Counter(element.tag.rpartition("}")[2] for element in document.iter())
    if any(found[part] != 1 for part in (_PARTS if status < 300 else ("Code",))):
        raise Unreadable(status)


def failure(response: Mapping[str, Any], hop: Hop) -> HubspokeError:
    """Return what to raise for an error of STS: by its code, never by its text."""
    code, metadata = response.get("Error", {}).get("Code"), response.get("ResponseMetadata", {})
    request_id = Reply(0, b"", unverified_request_id=metadata.get("RequestId")).request_id
    if code in _DENIED:
        kind, message = hop.denied
        return kind(message, request_id=request_id)
    if code not in _PROBLEMS:
        return by_status(metadata.get("HTTPStatusCode", 0), request_id)
    kind, message = _PROBLEMS[code]
    if kind is OwnCredentialsError and hop.not_accepted:
        kind, message = hop.not_accepted
    return kind(message, request_id=request_id)


def by_status(status: int, request_id: str | None) -> HubspokeError:
    """Go by HTTP's word alone, as load balancers and proxies have no other."""
    if status == 429:
        return HubThrottled(_THROTTLED, request_id=request_id)
    if status >= 500:
        return HubUnavailable(_DOWN, request_id=request_id)
    return ReplyMalformed(NOT_STS, request_id=request_id)
