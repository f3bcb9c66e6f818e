"""The container-credentials endpoint: on loopback, the AWS SDKs' own way to credentials that are renewed.

A request is answered and its connection closed. What it has to be is ``local_request``'s; here it is
bounded in time, in size and in number.
"""

import json
import secrets
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from hubspoke.exceptions import (
    AccessDenied,
    CallNotAllowed,
    CannotOpen,
    HubspokeError,
    RequestInvalid,
    TooManyRequests,
)
from hubspoke.kept import Kept
from hubspoke.local_request import HEAD_END, HEAD_MAX, RequestRefused, requested
from hubspoke_contract.names import Target
from hubspoke_contract.secret import Secret

_LOOPBACK: Final = "127.0.0.1"
_SECONDS: Final = 5.0
"""An SDK gives up after two."""
_CONNECTIONS: Final = 64
_DRAIN_SECONDS: Final = 1.0

_STATUSES: Final[dict[type[HubspokeError], int]] = {
    AccessDenied: 403,
    CallNotAllowed: 403,
    RequestInvalid: 400,
    TooManyRequests: 429,
}
"""Of what SDKs need not try again at once; all else is 503, which they do try again."""

Get = Callable[[Target], Kept]


class LocalEndpoint(socketserver.ThreadingTCPServer):
    """Listens from the start, and answers once it is given where credentials come from."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = _CONNECTIONS
    _get: Get

    def __init__(self, port: int = 0, *, seconds: float = _SECONDS, any_role: bool = False) -> None:
        """Take a port of loopback; 0 for any that is free.

        Args:
            port: 0 to 65535.
            seconds: for a request to arrive, and again for its answer to be taken.
            any_role: whether roles whose address nobody has asked for are served as well.

        Raises:
            CannotOpen: it is taken, or not for this user.
        """
        self.token = Secret(secrets.token_urlsafe(32))
        self.seconds = seconds
        self._any_role = any_role
        self._named: dict[str, Target] = {}
        self._slots = threading.BoundedSemaphore(_CONNECTIONS)
        problem = None
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except PermissionError:
            problem = f"Port {port} is not for you to listen on: take one above 1023, or leave --port out."
        except OSError:
            problem = f"Port {port} is taken: give another with --port, or leave it out for any that is free."
        if problem:
            raise CannotOpen(problem)
        self.port: int = self.server_address[1]
        self.hosts = frozenset(f"{host}:{self.port}".encode() for host in (_LOOPBACK, "localhost"))

    def uri(self, target: Target) -> str:
        """Return what ``AWS_CONTAINER_CREDENTIALS_FULL_URI`` has to be for a role, and serve it there."""
        self._named[str(target)] = target
        return f"http://{_LOOPBACK}:{self.port}/{target}"

    def answer(self, get: Get) -> None:
        """Answer requests with what ``get`` brings, until ``shutdown``."""
        self._get = get
        self.serve_forever()

    def reply(self, head: bytes) -> bytes:
        """Return the whole reply to a request's head.

        Raises:
            RequestRefused: it is none that is answered with credentials.
        """
        target = requested(head, self.hosts, self.token, self._named, any_role=self._any_role)
        try:
            return _reply(200, _document(self._get(target)))
        except HubspokeError as error:
            status = _STATUSES.get(type(error), 503)
            return _reply(status, {"Code": error.code, "Message": error.message}, error.retry_after)

    def verify_request(self, *_: object) -> bool:
        """Take no more connections than there are slots: what is too many is closed."""
        return self._slots.acquire(blocking=False)

    def process_request(self, *connection: Any) -> None:
        """Handle a connection on a thread of its own, or give its slot back where there is none to be had."""
        try:
            super().process_request(*connection)
        except RuntimeError:
            self._slots.release()
            raise

    def process_request_thread(self, *connection: Any) -> None:
        """Handle a connection, and give its slot back."""
        try:
            super().process_request_thread(*connection)
        finally:
            self._slots.release()

    def handle_error(self, *_: object) -> None:
        """Say nothing: the base class would print a traceback."""


class _Handler(socketserver.BaseRequestHandler):
    server: LocalEndpoint

    def handle(self) -> None:
        try:
            answer = self.server.reply(_head(self.request, self.server.seconds))
        except RequestRefused as refused:
            answer = _reply(refused.status, {"Code": refused.code, "Message": refused.message})
        except OSError:
            return  # gone before it asked
        self.request.settimeout(self.server.seconds)
        self.request.sendall(answer)
        self.request.shutdown(socket.SHUT_WR)
        _drain(self.request)


def _head(connection: socket.socket, seconds: float) -> bytes:
    """Read a request's head; what follows it is not looked at.

    Raises:
        RequestRefused: it is too long, or took too long.
        OSError: the connection ended before it did.
    """
    until = time.monotonic() + seconds
    head = b""
    while HEAD_END not in head:
        if len(head) > HEAD_MAX:
            raise _too_large()
        left = until - time.monotonic()
        if left <= 0:
            raise RequestRefused(408, "RequestTooSlow", "The request took too long.")
        connection.settimeout(left)
        try:
            part = connection.recv(HEAD_MAX)
        except TimeoutError:
            continue
        if not part:
            raise ConnectionResetError
        head += part
    found = head.partition(HEAD_END)[0]
    if len(found) > HEAD_MAX:
        raise _too_large()
    return found


def _too_large() -> RequestRefused:
    return RequestRefused(431, "RequestTooLarge", "The request's header fields are too large.")


def _drain(connection: socket.socket) -> None:
    """Read and throw away what still comes, so that its sender sees the answer and not a reset."""
    until = time.monotonic() + _DRAIN_SECONDS
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        if not connection.recv(HEAD_MAX):
            return


def _document(found: Kept) -> dict[str, str]:
    """Write what container credential providers read (AWS SDKs and Tools reference guide)."""
    return {
        "AccessKeyId": found.access_key_id,
        "SecretAccessKey": found.secret_access_key,
        "Token": found.session_token,
        "Expiration": found.expiration,
        "AccountId": found.account,
    }


def _reply(status: int, document: dict[str, str], retry_after: int | None = None) -> bytes:
    body = json.dumps(document).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: hubspoke",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if status == 405:
        lines.append("Allow: GET")
    if retry_after is not None:
        lines.append(f"Retry-After: {retry_after}")
    return "\r\n".join([*lines, "", ""]).encode() + body
