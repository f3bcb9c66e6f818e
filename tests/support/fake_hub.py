"""A hub on a real socket, for the client's tests: it checks signatures and answers as it is told.

The signature is checked by signing the request again with botocore, which nobody here wrote and the
client doesn't sign with.
"""

import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningKeys

ACCESS_KEY_ID = "AKIAFAKEHUBCALLER000"
SECRET_ACCESS_KEY = "caller-secret/+" + "x" * 25
SESSION_TOKEN = "caller-token/+=" + "y" * 40
REGION = "eu-west-1"
ACCOUNT = "222222222222"
ROLE = "automation-spoke-role"
VENDED_SECRET = "vended-secret/+" + "z" * 25
VENDED_TOKEN = "vended-token/+=" + "w" * 400
REQUEST_ID = "3f1c0c8e-0000-4000-8000-000000000001"


@dataclass
class Seen:
    """One request, as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    signature_is_good: bool


@dataclass
class Answer:
    """One reply, as it goes over the wire."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    truncate_at: int | None = None
    """Break the connection after so many bytes of a body that promised more."""
    drip: float = 0.0
    """Seconds between any two bytes of the body."""
    clock: timedelta = timedelta()
    """What the Date of the reply is off by."""
    hang_up: bool = False
    """Close the connection afterwards without having said so."""
    raw: bytes | None = None
    """What is sent in place of a reply; nothing at all where it is empty. The connection is closed."""


def document(status: int, content: object, **headers: str) -> Answer:
    """Answer with JSON; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json", **named})


def refusal(status: int, code: str, message: str = "What to do next.", **headers: str) -> Answer:
    """Answer as the hub refuses."""
    return document(status, {"Code": code, "Message": message, "RequestId": REQUEST_ID}, **headers)


def gateway(status: int, error_type: str | None, message: str = "gateway's own text") -> Answer:
    """Answer as API Gateway does by itself."""
    headers = {"x-amzn-ErrorType": error_type} if error_type else {}
    return document(status, {"message": message}, x_amzn_RequestId=REQUEST_ID, **headers)


def vended(
    account: str = ACCOUNT, role: str = ROLE, *, lifetime: float = 3600, serial: int = 0, **changes: Any
) -> dict[str, Any]:
    """Return the document of a vend; a change to ``None`` removes its key."""
    expiration = datetime.now(UTC) + timedelta(seconds=lifetime)
    found = {
        "Version": 1,
        "AccessKeyId": f"ASIAFAKEHUB{serial:09}",
        "SecretAccessKey": VENDED_SECRET,
        "SessionToken": VENDED_TOKEN,
        "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AccountId": account,
        "AssumedRoleArn": f"arn:aws:sts::{account}:assumed-role/{role}/caller-vend",
        "SourceIdentity": "user=inventory-bot@111111111111",
        "VendId": "vend-1",
        "PackedPolicySize": 6,
        **changes,
    }
    return {key: value for key, value in found.items() if value is not None}


def offer(account: str = ACCOUNT, role: str = ROLE, **changes: Any) -> dict[str, Any]:
    """Return one element of a page of roles."""
    return {
        "AccountId": account,
        "AccountName": "dev",
        "OrgUnit": "ou-root/Workloads/Dev",
        "AccountTags": {"environment": "dev"},
        "RoleName": role,
        "MaxDurationSeconds": 3600,
        "SessionPolicies": ["read-only"],
        "SessionPolicyRequired": False,
        **changes,
    }


IDENTITY = {
    "AccountId": "111111111111",
    "Principal": 'Caller::User::"111111111111/inventory-bot"',
    "UniqueId": "AIDAFAKEHUB",
    "Label": "inventory-bot",
    "PermissionSet": None,
    "SourceIdentity": "user=inventory-bot@111111111111",
}


class FakeHub:
    """What the tests hold: the address, what was seen, and what to answer next."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}/prod"
        self.seen: list[Seen] = []
        self.script: list[Answer] = []
        """Answers to come, before those of a hub at work."""
        self.lifetime: float = 3600
        """Seconds, of what is vended when the request names no duration."""
        self.connections = 0
        """Accepted so far."""
        self.closed = threading.Event()
        """Set to end the waits of answers that nobody reads any more."""

    def answer(self, seen: Seen) -> Answer:
        """Answer as a hub that grants everything, unless scripted otherwise."""
        if self.script:
            return self.script.pop(0)
        if "Authorization" not in seen.headers:
            return gateway(403, "MissingAuthenticationTokenException")
        if not seen.signature_is_good:
            return gateway(403, "InvalidSignatureException")
        path = seen.target.partition("?")[0].removeprefix("/prod")
        parts = path.split("/")
        if path == "/v1/identity":
            return document(200, IDENTITY)
        if path == "/v1/roles":
            return document(200, {"Roles": [offer(), offer("333333333333")]})
        if len(parts) == 7 and (parts[1:3], parts[4], parts[6]) == (
            ["v1", "accounts"],
            "roles",
            "credentials",
        ):
            duration = json.loads(seen.body).get("DurationSeconds", self.lifetime)
            return document(200, vended(parts[3], parts[5], lifetime=duration, serial=len(self.seen)))
        return gateway(403, "MissingAuthenticationTokenException")


@contextmanager
def fake_hub(
    *, keep_alive: bool = False, tls: Callable[[socket.socket], ssl.SSLSocket] | None = None
) -> Iterator[FakeHub]:
    """Serve a hub on loopback for as long as the block lasts.

    Args:
        keep_alive: whether connections stay open, as API Gateway's do.
        tls: shakes hands with each; plain HTTP without it.
    """
    server = _Server(("127.0.0.1", 0), _handler(lambda: hub, "HTTP/1.1" if keep_alive else "HTTP/1.0"))
    server.tls = tls
    hub = FakeHub(server)
    if tls:
        hub.endpoint = hub.endpoint.replace("http:", "https:")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    tls: Callable[[socket.socket], ssl.SSLSocket] | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if self.tls is None:
                super().finish_request(request, client_address)
                return
            with self.tls(request) as wrapped:
                super().finish_request(wrapped, client_address)
        except (ssl.SSLError, ConnectionError):
            pass  # the client didn't like what it saw, as some tests want it to


def _handler(hub: Callable[[], FakeHub], version: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = version
        # Head and body are written apart: else each answer would wait for an acknowledgement.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            hub().connections += 1
            super().setup()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen = Seen(self.command, self.path, dict(self.headers), body, signature_is_good(self, body))
            hub().seen.append(seen)
            try:
                self._send(hub().answer(seen))
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up, as some tests want it to

        do_GET = do_POST = _serve  # noqa: N815

        def _send(self, answer: Answer) -> None:
            hub().closed.wait(answer.delay)
            self.close_connection |= (
                answer.hang_up or answer.truncate_at is not None or answer.raw is not None
            )
            if answer.raw is not None:
                self.wfile.write(answer.raw)
                return
            self.send_response_only(answer.status)
            self.send_header("Date", self.date_time_string(time.time() + answer.clock.total_seconds()))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            body = answer.body[: answer.truncate_at]
            for part in [bytes([byte]) for byte in body] if answer.drip else [body]:
                self.wfile.write(part)
                self.wfile.flush()
                hub().closed.wait(answer.drip)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def signature_is_good(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Sign the request again with botocore, over the raw path and query, and compare."""
    given = handler.headers.get("Authorization", "")
    if f"Credential={ACCESS_KEY_ID}/" not in given or f"/{REGION}/execute-api/aws4_request" not in given:
        return False
    # botocore takes the header's word for the body: that it is true is checked here.
    if handler.headers.get("X-Amz-Content-SHA256") != hashlib.sha256(body).hexdigest():
        return False
    signed = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    path, _, query = handler.path.partition("?")
    request = AWSRequest(
        method=handler.command,
        url=f"http://{handler.headers['Host']}{path}",
        params=parse_qsl(query),
        data=body,
        headers={name: handler.headers[name] for name in signed if name in handler.headers},
    )
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    signer = SigV4Auth(SigningKeys(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", REGION)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return given.endswith(f"Signature={signer.signature(text, request)}")
