"""Why there is no connection: name, network, proxy and TLS told apart."""

import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from requests import RequestException
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TimedOut

from hubspoke.endpoint import Endpoint
from hubspoke.findings import Finding, right, wrong

_ENDPOINT: Final = "endpoint"
_TLS: Final = "tls"

_NOT_YET: Final = 9
_EXPIRED: Final = 10
_OTHER_NAME: Final = (62, 64)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""


def no_ca_bundle() -> Finding:
    """Say that nobody's certificates can be checked."""
    return wrong(
        _TLS,
        "CaBundleUnreadable",
        "The CA bundle that a variable names isn't there, or isn't one.",
        "Mend or unset AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE: the first that is set is used.",
    )


def failed(place: Endpoint, error: Exception) -> list[Finding]:
    """Say why a call that holds no secret got no answer."""
    host = urlsplit(place.url).hostname or ""
    causes = list(_causes(error))
    # The endpoint's own address has been parsed: one that can't be is the proxy's.
    if any(isinstance(each, ProxyError | RequestException | LocationValueError) for each in causes):
        return [_proxy()]
    if any(isinstance(each, NameResolutionError) for each in causes):
        return [
            wrong(
                _ENDPOINT,
                "NameUnknown",
                f"There is no host of the name {host}, as far as DNS says here.",
                "Check --endpoint or HUBSPOKE_ENDPOINT letter by letter. A private API's name is known in "
                "its VPC alone; "
                "off a VPN, try again on it.",
            )
        ]
    refused = next((each for each in causes if isinstance(each, ssl.SSLError | SSLError)), None)
    if refused is not None:
        connected = right(_ENDPOINT, "EndpointConnects", f"{host} takes connections.")
        verified = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
        return [connected, _not_trusted(host, verified.verify_code) if verified else _no_tls()]
    return [_no_answer(host, causes)]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what is behind it; urllib3 keeps the original among the arguments at times."""
    seen, rest = set[int](), [error]
    while rest:
        each = rest.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        rest += [
            below
            for below in (each.__cause__, each.__context__, *each.args)
            if isinstance(below, BaseException)
        ]


def _proxy() -> Finding:
    return wrong(
        _ENDPOINT,
        "ProxyRefuses",
        "The proxy can't be reached, or doesn't let this call through.",
        "Check HTTPS_PROXY and ALL_PROXY, with user:password@ if it wants one, or add the endpoint's host to "
        "NO_PROXY.",
    )


def _no_answer(host: str, causes: list[BaseException]) -> Finding:
    if any(isinstance(each, NewConnectionError) and not _timed_out(each) for each in causes):
        return wrong(
            _ENDPOINT,
            "ConnectionRefused",
            f"{host} has an address, and nobody takes connections there.",
            "Check the endpoint's port, and the network: a firewall or a route that is missing looks like "
            "this.",
        )
    if any(isinstance(each, ConnectTimeoutError | TimedOut | TimeoutError) for each in causes):
        return wrong(
            _ENDPOINT,
            "ConnectionLate",
            f"{host} doesn't answer in time.",
            "Check the network: a firewall or a security group that drops what it doesn't let through looks "
            "like this. "
            "Behind a proxy, set HTTPS_PROXY.",
        )
    return wrong(
        _ENDPOINT,
        "NoHttp",
        f"{host} takes connections, and breaks off or speaks no HTTP.",
        "Check --endpoint or HUBSPOKE_ENDPOINT, its port included; a proxy that is transparent may "
        "interfere.",
    )


def _timed_out(error: BaseException) -> bool:
    return any(isinstance(each, TimeoutError) for each in _causes(error))


def _not_trusted(host: str, code: int) -> Finding:
    if code in _OTHER_NAME:
        return wrong(
            _TLS,
            "TlsOtherName",
            f"The certificate is another host's, not {host}'s.",
            "Check the endpoint's host. For a domain of your own, API Gateway's custom domain name has to be "
            "of that name.",
        )
    if code in (_EXPIRED, _NOT_YET):
        return wrong(
            _TLS,
            "TlsOutOfDate",
            "The certificate has expired, or isn't good yet, by this computer's clock.",
            "Check the clock first ('date -u'); if that is right, whoever runs the endpoint or the proxy "
            "renews it.",
        )
    return wrong(
        _TLS,
        "TlsUntrusted",
        "The certificate is of an authority that isn't trusted here.",
        "If a proxy re-signs the traffic, name its authority by AWS_CA_BUNDLE. If none should, somebody "
        "reads along: stop.",
    )


def _no_tls() -> Finding:
    return wrong(
        _TLS,
        "TlsFails",
        "What answers speaks no TLS, or none that this computer's does.",
        "Check --endpoint or HUBSPOKE_ENDPOINT, its port included, and the proxy.",
    )
