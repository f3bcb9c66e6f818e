"""What an answer of the hub or of its API Gateway means for a caller, and what mends it."""

from hubspoke.doctor.calling import Call
from hubspoke.exceptions import (
    AccessDenied,
    CallNotAllowed,
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    HubUnreachable,
    OwnCredentialsError,
    ReplyMalformed,
    RequestInvalid,
    SpokeRefused,
    TooManyRequests,
)
from hubspoke.findings import Finding, wrong


def finding(step: str, error: HubspokeError, call: Call, path: str) -> Finding:
    """Say what came of a call to ``path``, such as ``GET/v1/roles``, in place of an answer."""
    match error:
        case CallNotAllowed():
            return _not_allowed(step, call, path)
        case AccessDenied():
            return wrong(step, "HubDenies", "The hub itself refuses: AccessDenied.", _told(error))
        case TooManyRequests():
            says = "The hub takes no more calls of yours for the moment."
            return wrong(step, "RateExceeded", says, _told(error))
        case SpokeRefused():
            says = "The grants allow it, and the spoke account refuses the hub."
            return wrong(step, "SpokeRefuses", says, _told(error))
        case RequestInvalid():
            says = "The hub calls the request invalid."
            return wrong(step, "RequestInvalid", says, f"{_told(error)}\nIs hubspoke as new as the hub?")
        case HubThrottled():
            return wrong(step, "HubThrottled", "AWS STS throttles the hub.", _told(error))
        case HubUnavailable():
            says = "The hub is there and can't answer now: it or its grants are unavailable."
            return wrong(step, "HubDown", says, f"{_told(error)}\nIf it lasts, tell the hub's operators.")
        case HubUnreachable():
            says = "A signed call got no answer, though the endpoint is there."
            return wrong(step, "HubSilent", says, error.message)
        case ReplyMalformed():
            says = "What answers isn't a hub, or speaks another version."
            return wrong(step, "NotAHub", says, error.message)
        case OwnCredentialsError():
            says = "AWS doesn't accept your own credentials for this call."
            return wrong(step, "CredentialsRefused", says, error.message)
    return wrong(step, "RouteMissing", "The API at the endpoint has no such route.", error.message)


def _told(error: HubspokeError) -> str:
    """Return what the hub says to do, and what its operators find the call by."""
    return f"{error.message}\nRequestId: {error.request_id}" if error.request_id else error.message


def _not_allowed(step: str, call: Call, path: str) -> Finding:
    return wrong(
        step,
        "CallNotAllowed",
        "API Gateway refuses before the hub is asked: a policy doesn't let you call it.",
        f"1. Your own IAM policy has to allow it; the hub's operators print it with\n"
        f"     hubspoke-admin policy caller --principal '{call.principal}'\n"
        f"   This call needs {call.statement(path)}\n"
        "2. If it does: in another account than the hub's, the hub's resource policy has to let you in as "
        "well,\n"
        "   by its organization as a rule, and no SCP, boundary or session policy may deny it: ask who "
        "operates it.\n"
        "3. Policies name the API's stage: is it the same as in the output Endpoint of the hub's stack?",
    )
