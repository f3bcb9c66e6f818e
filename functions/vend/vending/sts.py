"""The AssumeRole call: what is asked, how often, and what is believed of the answer.

A reply counts only when it is about the role and the session that were asked for, complete, and
ends when it should. Exceptions of botocore never leave this module: a truncated reply's text holds
the secret key (botocore's ``ResponseParserError``).
"""

import logging
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet
from xml.etree import ElementTree

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import ConnectionError as ConnectFailed

from hubspoke_contract import arns
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import Target
from hubspoke_contract.secret import Secret
from hubspoke_grants.decision import Permit
from vending.deadline import by

if TYPE_CHECKING:
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

# At DEBUG these log whole replies of STS, and a log level can be set without a deploy. A warning of
# urllib3's quotes the reply as well, where it has no line between headers and body.
for _library in ("botocore", "boto3", "urllib3"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

ATTEMPTS: Final = 3
BACKOFF: Final = 0.1
"""Seconds: a wait is drawn at random from 0 to this, doubled with each attempt."""

_JITTER: Final = random.SystemRandom()
"""The system's, since a function restored from a snapshot would repeat the state of Python's own."""

_PROBLEMS: Final = {
    "AccessDenied": Problem.SpokeDenied,
    "AccessDeniedException": Problem.SpokeDenied,
    "ValidationError": Problem.SpokeSessionLimit,
    "PackedPolicyTooLarge": Problem.SpokePolicyTooLarge,
    "PackedPolicyTooLargeException": Problem.SpokePolicyTooLarge,
    "MalformedPolicyDocument": Problem.SpokePolicyMalformed,
    "MalformedPolicyDocumentException": Problem.SpokePolicyMalformed,
    "RegionDisabledException": Problem.SpokeRegionDisabled,
    "ExpiredToken": Problem.HubCredentialsInvalid,
    "ExpiredTokenException": Problem.HubCredentialsInvalid,
    "InvalidClientTokenId": Problem.HubCredentialsInvalid,
    "UnrecognizedClientException": Problem.HubCredentialsInvalid,
    "SignatureDoesNotMatch": Problem.HubCredentialsInvalid,
    "IncompleteSignature": Problem.HubCredentialsInvalid,
    "RequestExpired": Problem.HubCredentialsInvalid,
    "Throttling": Problem.StsThrottled,
    "ThrottlingException": Problem.StsThrottled,
    "RequestLimitExceeded": Problem.StsThrottled,
    "TooManyRequestsException": Problem.StsThrottled,
}
"""By the code on the wire (STS API, "Common Errors" and AssumeRole's own), never by the text."""

_PARTS: Final = (
    "AssumeRoleResult",
    "Credentials",
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
    "AssumedRoleUser",
    "Arn",
    "SourceIdentity",
)
"""What is believed of a reply. Of two such elements, botocore would quietly take the first."""

PACKED_MAX: Final = 100
"""Percent. STS refuses a session whose policies and tags need more (STS API, ``AssumeRole``), so what says
more is no size. It decides nothing: the session stands without it."""

REPLY_MAX: Final = 256 * 1024
"""Bytes. A session's whole reply is a few thousand; AWS states no limit for a token, so this one is wide."""

_WORTH_RETRYING: Final = (Problem.StsThrottled, Problem.StsUnavailable)
_ACCESS_KEY_ID: Final = re.compile(r"ASIA[A-Z0-9]{12,124}")
_watched: WeakSet["STSClient"] = WeakSet()
"""Clients whose replies are looked over before botocore reads them."""

_CLOCK_SKEW: Final = timedelta(minutes=5)
"""As much as SigV4 itself tolerates: more, and STS would not have taken the request."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the spoke's role, as STS made it and we checked it."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expiration: datetime
    assumed_role_arn: str
    packed_policy_size: int | None


@dataclass(frozen=True, slots=True)
class Assumption:
    """Everything of one AssumeRole call."""

    partition: str
    target: Target
    permit: Permit
    session_name: str
    source_identity: str

    @property
    def role_arn(self) -> str:
        """The role's ARN, with its path."""
        return arns.role(self.partition, self.target.account, self.permit.profile.path, self.target.role)

    @property
    def assumed_role_arn(self) -> str:
        """The ARN that the session must have."""
        return arns.role_session(self.partition, self.target.account, self.target.role, self.session_name)

    def parameters(self) -> "AssumeRoleRequestTypeDef":
        """The call's parameters; what isn't set is left out, since STS refuses empty ones."""
        asked: AssumeRoleRequestTypeDef = {
            "RoleArn": self.role_arn,
            "RoleSessionName": self.session_name,
            "SourceIdentity": self.source_identity,
            "DurationSeconds": self.permit.duration,
        }
        if self.permit.session_policy is not None:
            asked["Policy"] = self.permit.session_policy
        if self.permit.profile.external_id is not None:
            asked["ExternalId"] = self.permit.profile.external_id
        if self.permit.tags:
            asked["Tags"] = [{"Key": key, "Value": value} for key, value in self.permit.tags]
        return asked


def assume(client: "STSClient", assumption: Assumption, deadline: float) -> tuple[Session, int]:
    """Assume the role; try again only when STS says it is throttling or failing.

    Args:
        client: an STS client that does not retry by itself.
        assumption: what to ask for. It is never asked for with fewer restrictions.
        deadline: the ``time.monotonic()`` by which to have ended.

    Returns:
        The session, and how many attempts it took.

    Raises:
        Refused: with the problem that the last attempt met.
    """
    # Here, where no client can come without it.
    if client not in _watched:
        client.meta.events.register("before-parse.sts.AssumeRole", _look_over)
        _watched.add(client)
    attempt = 1
    while True:
        answer = by(deadline, lambda: _ask(client, assumption), Problem.DeadlineExceeded)
        if isinstance(answer, Session):
            return answer, attempt
        wait = _JITTER.uniform(0, BACKOFF * 2**attempt)
        if answer not in _WORTH_RETRYING or attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
            raise Refused(answer)
        time.sleep(wait)
        attempt += 1


def _ask(client: "STSClient", assumption: Assumption) -> Session | Problem:
    """Make one call. Returns instead of raising: no traceback may hold a frame with STS's reply."""
    try:
        return _believed(client.assume_role(**assumption.parameters()), assumption, datetime.now(UTC))
    except Refused as refused:
        return refused.problem
    except ClientError as error:
        return _problem(error)
    except (NoCredentialsError, CredentialRetrievalError):
        return Problem.HubCredentialsInvalid
    except (HTTPClientError, ConnectFailed):
        return Problem.StsUnreachable
    except Exception:  # noqa: BLE001 - whatever else a broken reply made botocore raise, text and all
        return Problem.StsReplyInvalid


def _believed(reply: Any, assumption: Assumption, now: datetime) -> Session | Problem:
    """Check a reply against what was asked for; only what passes all of it is a session."""
    credentials, user = reply.get("Credentials"), reply.get("AssumedRoleUser")
    if not isinstance(credentials, dict) or not isinstance(user, dict):
        return Problem.StsReplyInvalid
    if (
        user.get("Arn") != assumption.assumed_role_arn
        or reply.get("SourceIdentity") != assumption.source_identity
    ):
        return Problem.StsReplyInvalid
    key, secret, token = (
        credentials.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")
    )
    if not isinstance(key, str) or not _ACCESS_KEY_ID.fullmatch(key):
        return Problem.StsReplyInvalid
    if not isinstance(secret, str) or not secret or not isinstance(token, str) or not token:
        return Problem.StsReplyInvalid
    expiration, longest = credentials.get("Expiration"), timedelta(seconds=assumption.permit.duration)
    if not isinstance(expiration, datetime) or not now < expiration <= now + longest + _CLOCK_SKEW:
        return Problem.StsReplyInvalid
    packed = reply.get("PackedPolicySize")
    return Session(
        access_key_id=key,
        secret_access_key=Secret(secret),
        session_token=Secret(token),
        expiration=expiration,
        assumed_role_arn=assumption.assumed_role_arn,
        packed_policy_size=packed if type(packed) is int and 0 <= packed <= PACKED_MAX else None,
    )


def _look_over(response_dict: Mapping[str, Any], **_: object) -> None:
    """Look at a reply before botocore does, which reads one in two ways or none without a word.

    Raises:
        Refused: where there is no document, or more than one reading of it.
    """
    status, body = response_dict["status_code"], response_dict["body"]
    if len(body) > REPLY_MAX or b"<!DOCTYPE" in body:
        raise Refused(_by_status(status))
    try:
        # botocore gives the same bytes to the same parser, which bounds what entities add up to.
        document = ElementTree.fromstring(body.decode())  # noqa: S314
    except (ElementTree.ParseError, UnicodeDecodeError):
        # The exception would quote the reply.
        raise Refused(_by_status(status)) from None
    found = Counter(element.tag.rpartition("}")[2] for element in document.iter())
    if any(found[part] != 1 for part in (_PARTS if status < 300 else ("Code",))):
        raise Refused(_by_status(status))


def _problem(error: ClientError) -> Problem:
    known = _PROBLEMS.get(error.response.get("Error", {}).get("Code", ""))
    return known or _by_status(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _by_status(status: int) -> Problem:
    """Go by HTTP's word alone, as load balancers and proxies have no other."""
    if status == 429:
        return Problem.StsThrottled
    return Problem.StsUnavailable if status >= 500 else Problem.StsReplyInvalid
