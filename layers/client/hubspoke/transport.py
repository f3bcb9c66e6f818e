"""One signed call to the hub: bounded in time and size, and tried again only where that can help.

requests' adapter is used without its Session: so there are no redirects, no cookies and no netrc to
switch off. Proxies and CA bundles work as they do for every requests or AWS program.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from hubspoke import replies
from hubspoke.endpoint import Endpoint
from hubspoke.exceptions import (
    ConfigurationError,
    HubThrottled,
    HubUnavailable,
    HubUnreachable,
)
from hubspoke.own_credentials import OwnCredentials
from hubspoke.replies import BODY_MAX, Reply

if TYPE_CHECKING:
    from requests import Response
    from requests_aws4auth import AWS4Auth

_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for one connection: a lost SYN is sent again after one and after three."""

_BACKOFF: Final = 0.25
"""Seconds before the second try, doubled for each further one, where the hub names no time."""

_NO_ANSWER: Final = (
    "The hub gave no answer: check --endpoint or HUBSPOKE_ENDPOINT, the network, and HTTPS_PROXY. "
    "'--verbose' shows what is tried."
)
_LATE: Final = "The hub gave no answer in time: try again, and check the network if it lasts."
_TLS: Final = (
    "The hub's TLS certificate was not accepted: check the endpoint, and AWS_CA_BUNDLE if a proxy "
    "re-signs the traffic."
)
_CA_BUNDLE: Final = "The CA bundle can't be read: check AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Transport:
    """What every call of one hub shares. Holds no connection: any thread may call."""

    endpoint: Endpoint
    region: str
    own: OwnCredentials
    timeout: float
    """Seconds for the whole call, retries and waits included."""
    retries: int
    ca_bundle: str | None

    def call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """Call the hub and return its 200.

        A vend is tried again like the rest: the one that got lost, if it was made, is in the ledger
        and nobody has its credentials.

        Raises:
            HubspokeError: whatever else came of it.
        """
        deadline = time.monotonic() + self.timeout
        for attempt in count():
            try:
                return self._attempt(method, path, body, deadline)
            except (HubUnreachable, HubThrottled, HubUnavailable) as error:
                wait = _wait(error.retry_after, attempt)
                if attempt >= self.retries or time.monotonic() + wait >= deadline:
                    raise
                _log.info("%s: trying again in %.1f s", error.code, wait)
            time.sleep(wait)
        raise AssertionError  # count() has no end

    def _attempt(self, method: str, path: str, body: bytes | None, deadline: float) -> Reply:
        _log.info("%s %s%s, Region %s", method, self.endpoint.url, path, self.region)
        reply = _within(deadline - time.monotonic(), lambda left: self._send(method, path, body, left))
        _log.info("answered %d, request id %s", reply.status, reply.request_id or "unknown")
        if error := replies.failure(reply):
            raise error
        return reply

    def _send(self, method: str, path: str, body: bytes | None, seconds: float) -> Reply:
        import requests
        from requests.adapters import HTTPAdapter
        from requests.utils import get_environ_proxies
        from urllib3.exceptions import HTTPError

        url = self.endpoint.url + path
        # identity: a compressed reply could be far larger than what the size cap lets through.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "hubspoke"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        problem = _NO_ANSWER
        try:
            request = requests.Request(method, url, headers=headers, data=body, auth=self._signer())
            with closing(HTTPAdapter()) as adapter:
                response = adapter.send(
                    request.prepare(),
                    stream=True,
                    timeout=(min(_CONNECT_TIMEOUT, seconds), seconds),
                    verify=self.ca_bundle or True,
                    proxies={} if self.endpoint.loopback else get_environ_proxies(url),
                )
                with closing(response):
                    return _read(response)
        except requests.exceptions.SSLError:
            problem = _TLS
        except requests.Timeout:
            problem = _LATE
        except (requests.RequestException, HTTPError):
            pass
        except OSError:
            problem = _CA_BUNDLE
        # Raised out here: the original holds the request, and the request our session token.
        raise (ConfigurationError if problem is _CA_BUNDLE else HubUnreachable)(problem)

    def _signer(self) -> "AWS4Auth":
        from requests_aws4auth import AWS4Auth

        # It keeps state and is not thread-safe: one for each request.
        token = self.own.session_token
        return AWS4Auth(
            self.own.access_key_id,
            self.own.secret_access_key.reveal(),
            self.region,
            "execute-api",
            session_token=token.reveal() if token else None,
        )


def _read(response: "Response") -> Reply:
    chunks: list[bytes] = []
    size = 0
    while size <= BODY_MAX and (chunk := response.raw.read(64 * 1024, decode_content=False)):
        chunks.append(chunk)
        size += len(chunk)
    return Reply(
        status=response.status_code,
        body=b"".join(chunks),
        error_type=response.headers.get("x-amzn-errortype"),
        unverified_request_id=response.headers.get("x-amzn-requestid"),
        unverified_retry_after=response.headers.get("Retry-After"),
        unverified_date=response.headers.get("Date"),
        received=datetime.now(UTC),
    )


def _within(seconds: float, work: Callable[[float], _T]) -> _T:
    """Run ``work`` for no longer than ``seconds``.

    On a thread of its own, since a name server that hangs, or a reply that drips byte by byte, is
    bounded by no socket timeout. Given up on, it ends when its socket does, or with the process.
    """
    outcome: list[_T | BaseException] = []

    def carry() -> None:
        try:
            outcome.append(work(seconds))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            outcome.append(error)

    if seconds > 0:
        thread = threading.Thread(target=carry, name="hubspoke-call", daemon=True)
        thread.start()
        thread.join(seconds)
    if not outcome:
        raise HubUnreachable(_LATE)
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


def _wait(retry_after: int | None, attempt: int) -> float:
    """Return the seconds to wait: what the hub asks for, or a jittered, doubling time of ours."""
    if retry_after is not None:
        return float(retry_after)
    return _BACKOFF * float(2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
