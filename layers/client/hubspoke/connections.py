"""Connections to one of the hub's endpoints, kept open between calls; a thread has one for itself.

requests says how to get there, so that proxies and CA bundles work as they do for each of its programs;
what is sent goes over its connection directly: so there are no redirects, no cookies and no netrc to
switch off.
"""

import os
import ssl
import threading
import time
from collections import deque
from datetime import UTC, datetime
from http.client import HTTPException, RemoteDisconnected
from typing import Any, Final

from requests import PreparedRequest, RequestException
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies
from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.util.ssl_ import create_urllib3_context

from hubspoke.endpoint import Endpoint
from hubspoke.exceptions import ConfigurationError, HubUnreachable
from hubspoke.replies import BODY_MAX, Reply

_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for one connection: a lost SYN is sent again after one and after three."""

_IDLE_LONGEST: Final = 20.0
"""Seconds, of a clock that goes on while a laptop sleeps. What has been idle for longer may be gone
without a word, behind an address translation for instance, and would be found out by its timeout only."""

_IDLE_MOST: Final = 64
"""Connections that are kept while nobody uses them."""

_NEVER: Final = Retry(total=False, redirect=False)
"""urllib3's own retries would know nothing of the deadline, nor of what may be sent twice."""

_NO_ANSWER: Final = (
    "The hub gave no answer: check --endpoint or HUBSPOKE_ENDPOINT, the network, and HTTPS_PROXY. "
    "'--verbose' shows what is tried."
)
LATE: Final = "The hub gave no answer in time: try again, and check the network if it lasts."
_TLS: Final = (
    "The hub's TLS certificate was not accepted: check the endpoint, and AWS_CA_BUNDLE if a proxy "
    "re-signs the traffic."
)
_CA_BUNDLE: Final = "The CA bundle can't be read: check AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."


class Trust:
    """Whose certificates are accepted. Read once, however many connections and threads there are."""

    def __init__(self, ca_bundle: str | None) -> None:
        self._place = ca_bundle or DEFAULT_CA_BUNDLE_PATH
        self._reading = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """Return the context that every connection shares.

        Raises:
            ConfigurationError: the bundle isn't there, or isn't one.
        """
        with self._reading:
            if self._context is None:
                self._context = _context(self._place)
            return self._context


class Connections:
    """The connections to one endpoint. Any thread may send."""

    def __init__(self, endpoint: Endpoint, trust: Trust) -> None:
        self._trust = trust if endpoint.url.startswith("https:") else None
        self._proxies = {} if endpoint.loopback else get_environ_proxies(endpoint.url)
        self._idle = deque[_Connection]()
        self._process = os.getpid()

    def send(self, request: PreparedRequest, seconds: float) -> Reply:
        """Send a signed request and read the reply, as far as a hub's can be long.

        A kept connection that turns out to be closed costs another connection and no error: nothing was
        answered on it, so the request is sent again.

        Raises:
            HubUnreachable: no whole answer came.
            ConfigurationError: the CA bundle can't be read.
        """
        problem = _NO_ANSWER
        try:
            return self.send_unsigned(request, seconds)
        except SSLError:
            problem = _TLS
        except TimedOut as error:
            # urllib3 counts a refused connection as one that came too late.
            problem = _NO_ANSWER if isinstance(error, NewConnectionError) else LATE
        except (RequestException, HTTPError, OSError):
            pass
        # Raised out here: the original holds the connection, and may hold more.
        raise HubUnreachable(problem)

    def send_unsigned(self, request: PreparedRequest, seconds: float) -> Reply:
        """Send a request as ``send`` does, and raise what comes of it as it is: for one that holds no secret.

        Raises:
            HTTPError, RequestException, OSError: no whole answer came.
            ConfigurationError: the CA bundle can't be read.
        """
        context = self._trust.context() if self._trust else None
        if kept := self._take():
            try:
                return self._over(kept, request, seconds)
            except _Stale:
                pass
        return self._over(_Connection(request, self._proxies, context), request, seconds)

    def _over(self, connection: "_Connection", request: PreparedRequest, seconds: float) -> Reply:
        try:
            reply = connection.send(request, seconds)
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return reply

    def _take(self) -> "_Connection | None":
        """Return a kept connection that may still be good; the one used last is the likeliest."""
        if self._process != os.getpid():
            # A fork's two processes would read each other's replies.
            self._idle, self._process = deque(), os.getpid()
        while True:
            try:
                found = self._idle.pop()
            except IndexError:
                return None
            if found.used is not None and 0 <= time.time() - found.used < _IDLE_LONGEST:
                return found
            found.close()

    def _give_back(self, connection: "_Connection") -> None:
        connection.used = time.time()
        if connection.lasts and len(self._idle) < _IDLE_MOST:
            self._idle.append(connection)
        else:
            connection.close()


class _Stale(Exception):
    """A kept connection was at its end before a byte of an answer came."""


class _Connection:
    """One connection. Made when the first request is sent."""

    def __init__(
        self, request: PreparedRequest, proxies: dict[str, str], context: ssl.SSLContext | None
    ) -> None:
        # Typed as what all pools have in common.
        self._pool: Any = _Adapter(context).get_connection_with_tls_context(request, True, proxies)
        self.used: float | None = None
        """When, in seconds since 1970."""
        self.lasts = False
        """Whether the other end keeps it open as well, as it said in its last reply."""

    def send(self, request: PreparedRequest, seconds: float) -> Reply:
        """Send a request and read the reply.

        Raises:
            _Stale: it was used before, and nothing was answered.
            HTTPError: something else went wrong.
        """
        try:
            response = self._pool.urlopen(
                request.method or "",
                request.path_url,
                request.body,
                request.headers,
                retries=_NEVER,
                redirect=False,
                assert_same_host=False,
                timeout=Timeout(connect=min(_CONNECT_TIMEOUT, seconds), read=seconds),
                preload_content=False,
                decode_content=False,
            )
        except (ProtocolError, SSLError) as error:
            if self.used is None or _is_answered(error):
                raise
        else:
            reply = _read(response)
            self.lasts = response.version >= 11 and response.headers.get("Connection", "").lower() != "close"
            return reply
        raise _Stale

    def close(self) -> None:
        """End it. It can't be used any more."""
        self._pool.close()


class _Adapter(HTTPAdapter):
    """Finds the way, by a proxy or without; whom to trust is decided here, and nowhere by a request."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Do as requests does, but with the shared context: its own would read the CA bundle each time."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context} if host["scheme"] == "https" else {}

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        """Do as requests does; a proxy that is itself reached by TLS is checked alike."""
        return super().proxy_manager_for(proxy, proxy_ssl_context=self._context, **options)


def _context(place: str) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    try:
        is_folder = os.path.isdir(place)  # noqa: PTH112 - as requests decides it
        context.load_verify_locations(capath=place) if is_folder else context.load_verify_locations(place)
    except OSError:
        raise ConfigurationError(_CA_BUNDLE) from None
    return context


def _is_answered(error: HTTPError) -> bool:
    """Tell whether something came before a kept connection failed: it was alive then, and the hub at work."""
    reason = error.args[-1] if error.args else None
    return isinstance(reason, HTTPException) and not isinstance(reason, RemoteDisconnected)


def _read(response: BaseHTTPResponse) -> Reply:
    chunks: list[bytes] = []
    size = 0
    while size <= BODY_MAX and (chunk := response.read(64 * 1024, decode_content=False)):
        chunks.append(chunk)
        size += len(chunk)
    if size > BODY_MAX:
        response.close()  # what is left would be read as the next reply
    return Reply(
        status=response.status,
        body=b"".join(chunks),
        error_type=response.headers.get("x-amzn-errortype"),
        unverified_request_id=response.headers.get("x-amzn-requestid"),
        unverified_retry_after=response.headers.get("Retry-After"),
        unverified_date=response.headers.get("Date"),
        received=datetime.now(UTC),
    )
