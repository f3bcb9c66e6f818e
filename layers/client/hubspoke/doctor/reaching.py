"""The endpoint: its name, a connection, TLS, and that whoever doesn't sign is refused there."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from hubspoke.bounded import within
from hubspoke.connections import Connections
from hubspoke.doctor import connecting
from hubspoke.endpoint import Endpoint
from hubspoke.exceptions import ConfigurationError
from hubspoke.findings import Finding, noted, right, wrong
from hubspoke.replies import Reply
from hubspoke.transport import unsigned

_STEP: Final = "endpoint"
_SECONDS: Final = 10.0
_NOT_SIGNED: Final = (
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "UnrecognizedClientException",
    "AccessDeniedException",
)
"""``x-amzn-errortype`` of API Gateway where IAM authorizes, and, where a resource policy denies, the last."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of it."""

    findings: list[Finding]
    reply: Reply | None = None
    """What API Gateway says to whoever doesn't sign."""


def examine(place: Endpoint, connections: Connections) -> Reached:
    """Ask for the caller's identity without a signature."""
    found = _proxy(place)
    request = unsigned(place, "GET", "/v1/identity")
    try:
        reply = within(_SECONDS, lambda: connections.send_unsigned(request, _SECONDS))
    except ConfigurationError:
        return Reached([*found, connecting.no_ca_bundle()])
    except Exception as error:  # noqa: BLE001 - what doesn't come of a connection is what is looked for
        return Reached([*found, *connecting.failed(place, error)])
    found += [right(_STEP, "EndpointAnswers", f"{place.url} answers."), _tls(place)]
    # Whoever answers without a signature gets none from us: a session token would go with it.
    return Reached([*found, _unsigned(reply)], reply if reply.status == 403 else None)


def _proxy(place: Endpoint) -> list[Finding]:
    named = None if place.loopback else select_proxy(place.url, get_environ_proxies(place.url))
    if not named:
        return []
    try:
        # Without what stands before the @: a password.
        parts = urlsplit(named)
        shown = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
    except ValueError:
        shown = "one whose address can't be read"
    mend = "HTTPS_PROXY or ALL_PROXY names it, in capitals or not; NO_PROXY names hosts that need none."
    return [noted(_STEP, "ProxyUsed", f"Calls go through a proxy: {shown}.", mend)]


def _tls(place: Endpoint) -> Finding:
    if not place.url.startswith("https:"):
        return noted("tls", "TlsNone", "Plain http, on loopback alone.")
    return right(
        "tls", "TlsGood", "The certificate is this host's, in date, and of an authority that is trusted."
    )


def _unsigned(reply: Reply) -> Finding:
    """Say what a call without a signature brought: but for a refusal, no hub of ours, or an open one."""
    kind = (reply.error_type or "").partition(":")[0]
    if reply.status == 403 and kind in _NOT_SIGNED:
        return right(_STEP, "UnsignedRefused", "Whoever doesn't sign is refused by API Gateway.")
    if reply.status == 403:
        # A firewall's, a private API's: what a signed call brings tells.
        return noted(
            _STEP, "UnsignedForbidden", "Whoever doesn't sign is refused, though not in API Gateway's words."
        )
    if 200 <= reply.status < 300:
        return wrong(
            _STEP,
            "UnsignedAnswered",
            "ALARM: a call that nobody signed is answered. This is no hub of ours, or it stands open.",
            "Send nothing there, and take nothing from it. Check --endpoint or HUBSPOKE_ENDPOINT, and tell "
            "the hub's\n"
            "operators at once: every method of the API must have AWS_IAM as its authorizer.",
        )
    if 300 <= reply.status < 400:
        return wrong(
            _STEP,
            "EndpointRedirects",
            "The endpoint sends calls elsewhere, and signed calls are never redirected.",
            "Set --endpoint or HUBSPOKE_ENDPOINT to the API itself. A proxy that wants a sign-in redirects "
            "too.",
        )
    if reply.status == 429 or reply.status >= 500:
        return wrong(
            _STEP,
            "EndpointDown",
            f"The endpoint answers {reply.status}: it is busy or down, or a proxy in between is.",
            "Try again in a minute; if it lasts, tell the hub's operators.",
        )
    return wrong(
        _STEP,
        "NotAnApi",
        f"The endpoint answers {reply.status}, as no API Gateway does to a call that isn't signed.",
        "Compare --endpoint or HUBSPOKE_ENDPOINT with the output Endpoint of the hub's stack, stage "
        "included.",
    )
