"""AWS's sign-in endpoint on a real socket: it gives a token for the credentials it is told to know."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "sign-in-token_" + "t" * 500


@dataclass
class SignedIn:
    """One request for a token."""

    method: str
    target: str
    form: dict[str, str]


@dataclass
class FakeSignIn:
    """What the tests hold: the address, what was seen, and what to answer."""

    endpoint: str
    methods: tuple[str, ...] = ("POST", "GET")
    """Those that are answered; another gets 405."""
    status: int = 200
    body: bytes = json.dumps({"SigninToken": TOKEN}).encode()
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[SignedIn] = field(default_factory=list)
    silent: threading.Event | None = None
    """Where set, nothing is answered until it is."""


@contextmanager
def fake_sign_in() -> Iterator[FakeSignIn]:
    """Serve it on loopback for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query = parse_qs(raw or urlsplit(self.path).query)
            served.seen.append(
                SignedIn(self.command, self.path, {name: value[0] for name, value in query.items()})
            )
            if served.silent:
                served.silent.wait(20)
            allowed = self.command in served.methods
            self.send_response(served.status if allowed else 405)
            for name, value in served.headers.items():
                self.send_header(name, value)
            body = served.body if allowed else b"<html>"
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                pass

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = FakeSignIn(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        if served.silent:
            served.silent.set()
        server.shutdown()
        server.server_close()
        thread.join()
