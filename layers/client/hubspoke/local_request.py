"""A request to the local endpoint, read more strictly than HTTP demands.

Pure: bytes in, a role or a refusal out. Whatever runs on this machine can send to loopback, a browser on a
hostile page included: so a request is believed only with the right Host and the right token, and nothing
is guessed of one that is odd.
"""

import hmac
import re
from collections.abc import Collection, Mapping
from typing import Final

from hubspoke_contract import names
from hubspoke_contract.secret import Secret

HEAD_MAX: Final = 8 * 1024
"""Bytes. An SDK's request is a few hundred."""

HEAD_END: Final = b"\r\n\r\n"

_REQUEST_LINE: Final = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.[01]")
_FIELD: Final = re.compile(rb"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}):[ \t]*([!-~](?:[\t -~]*[!-~])?)?[ \t]*")
_ONCE: Final = (b"host", b"authorization", b"content-length")
"""Two of one could mean one thing to us and another to whatever stands between."""

_BAD_LINE: Final = (400, "BadRequest", "The request's first line must be: GET /ACCOUNT/ROLE HTTP/1.1")
_BAD_FIELDS: Final = (400, "BadRequest", "The request's header fields are malformed.")
_BAD_BODY: Final = (400, "BadRequest", "The request must have no body.")
_BAD_HOST: Final = (403, "HostNotAllowed", "The Host must be 127.0.0.1 or localhost, with the port.")
_BROWSER: Final = (403, "BrowserNotAllowed", "Browsers get no credentials here.")
_BAD_TOKEN: Final = (
    401,
    "WrongToken",
    "The Authorization must be the token: check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
)
_BAD_METHOD: Final = (405, "MethodNotAllowed", "The method must be GET.")
_NO_ROLE: Final = (404, "NoSuchRole", "The path must be /ACCOUNT/ROLE, as hubspoke serve prints it.")


class RequestRefused(Exception):
    """A request is not answered with credentials."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def requested(
    head: bytes,
    hosts: Collection[bytes],
    token: Secret,
    named: Mapping[str, names.Target],
    *,
    any_role: bool,
) -> names.Target:
    """Return the role that a request asks for.

    Args:
        head: the request's line and fields, without the empty line that ends them.
        hosts: what the ``Host`` field may be.
        token: what the ``Authorization`` field must be.
        named: roles by their paths, without the leading slash.
        any_role: whether all others may be asked for too, as ``ACCOUNT/ROLE``.

    Raises:
        RequestRefused: it isn't a plain GET of a role's path from a program that knows the token. Which
            paths there are is told to no other.
    """
    line, *rows = head.split(b"\r\n")
    read = _REQUEST_LINE.fullmatch(line)
    if read is None:
        raise RequestRefused(*_BAD_LINE)
    fields = _fields(rows)
    if fields.get(b"host") not in hosts:
        raise RequestRefused(*_BAD_HOST)
    if any(name == b"origin" or name.startswith(b"sec-fetch-") for name in fields):
        raise RequestRefused(*_BROWSER)
    if b"transfer-encoding" in fields or fields.get(b"content-length", b"0") != b"0":
        raise RequestRefused(*_BAD_BODY)
    if not hmac.compare_digest(fields.get(b"authorization", b""), token.reveal().encode()):
        raise RequestRefused(*_BAD_TOKEN)
    if read[1] != b"GET":
        raise RequestRefused(*_BAD_METHOD)
    path = read[2][1:].decode("ascii")
    found = named.get(path) or (names.target(path) if any_role else None)
    if found is None:
        raise RequestRefused(*_NO_ROLE)
    return found


def _fields(rows: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for row in rows:
        # A row that begins with a space continues the one before (RFC 9112, 5.2): no SDK writes such.
        read = _FIELD.fullmatch(row)
        name = read[1].lower() if read else b""
        if read is None or (name in _ONCE and name in found):
            raise RequestRefused(*_BAD_FIELDS)
        found[name] = read[2] or b""
    return found
