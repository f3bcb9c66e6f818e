"""API Gateway, and whether it lets the caller through: one signed call of ``GET /v1/identity``."""

from dataclasses import dataclass
from typing import Final

from hubspoke import replies
from hubspoke.bounded import within
from hubspoke.connections import LATE, Connections
from hubspoke.doctor import refusals
from hubspoke.doctor.calling import IDENTITY, Call
from hubspoke.exceptions import HubRefusal, HubspokeError, HubUnreachable, ReplyMalformed
from hubspoke.findings import Finding, right, wrong
from hubspoke.own_credentials import OwnCredentials
from hubspoke.replies import Reply
from hubspoke.transport import sign, unsigned

_STEP: Final = "gateway"
_SECONDS: Final = 28.0
"""As of any call: a function that starts anew takes its time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it."""

    findings: list[Finding]
    reply: Reply | None = None
    """A 200."""


def examine(call: Call, connections: Connections, own: OwnCredentials) -> Answered:
    """Ask the hub how it sees the caller, and tell a refusal by API Gateway from one by the hub."""
    try:
        reply = _sent(call, connections, own)
    except HubspokeError as error:
        return Answered([refusals.finding(_STEP, error, call, IDENTITY)])
    failure = replies.failure(reply)
    if failure is None:
        return Answered([right(_STEP, "GatewayAllows", "API Gateway lets your signed calls through.")], reply)
    # What the hub itself says is in its own words: it has been asked.
    by_gateway = None if isinstance(failure, HubRefusal | ReplyMalformed) else _by_type(reply, call)
    return Answered([by_gateway or refusals.finding(_STEP, failure, call, IDENTITY)])


def _sent(call: Call, connections: Connections, own: OwnCredentials) -> Reply:
    request = unsigned(call.place, "GET", "/v1/identity")
    sign(request, own, call.region)
    try:
        return within(_SECONDS, lambda: connections.send(request, _SECONDS))
    except TimeoutError:
        pass
    raise HubUnreachable(LATE)


def _by_type(reply: Reply, call: Call) -> Finding | None:
    """Say what a 403 of API Gateway's means, by its type; ``None`` for a refusal by a policy."""
    if reply.status != 403:
        return None
    match (reply.error_type or "").partition(":")[0]:
        case "MissingAuthenticationTokenException":
            return wrong(
                _STEP,
                "RouteMissing",
                "The API at the endpoint has no such route: its stage or path is wrong, or it is another "
                "API.",
                "Compare --endpoint or HUBSPOKE_ENDPOINT with the output Endpoint of the hub's stack, "
                "stage "
                "included.",
            )
        case "UnrecognizedClientException":
            return wrong(
                _STEP,
                "GatewayKeyUnknown",
                "API Gateway doesn't know your access key, or it has no session token that it needs.",
                "Check which credentials are in use (see 'credentials'), that AWS_SESSION_TOKEN belongs to "
                "them, and "
                "that the hub is in the same partition.",
            )
        case "ExpiredTokenException":
            return wrong(
                _STEP,
                "GatewayTokenExpired",
                "API Gateway says that your own credentials have expired.",
                "Sign in again ('aws sso login'), or renew the keys.",
            )
        case "InvalidSignatureException" | "IncompleteSignatureException" | "SignatureDoesNotMatch":
            return wrong(
                _STEP,
                "SignatureRefused",
                f"API Gateway doesn't accept the signature, made for Region {call.region}.",
                _signature_mend(call),
            )
        case "RequestExpired" | "RequestTimeTooSkewed":
            return wrong(
                _STEP,
                "SignatureOutOfDate",
                "API Gateway says that the signature is out of date: this computer's clock is wrong.",
                "Set the clock, by NTP for instance.",
            )
        case "AccessDeniedException":
            return None
    return wrong(
        _STEP,
        "ForbiddenOutside",
        "A 403 that isn't a hub's, nor one of IAM's: a firewall, a proxy, or an API that isn't at this "
        "address.",
        "Is the endpoint's host right? A private API is reached through its VPC endpoint alone; a web "
        "application\n"
        "firewall in front of it is the hub operators' to ask about.",
    )


def _signature_mend(call: Call) -> str:
    whence = "the endpoint's name says" if call.place.region else "--region, AWS_REGION or the profile says"
    return (
        "Check in turn: the clock (see 'clock'), whether it is the hub's Region, which "
        f"{whence}, and the secret key (see 'credentials').\nA proxy that changes headers breaks signatures "
        "as well."
    )
