"""AWS Organizations at the HTTP boundary, on a real loopback socket: JSON 1.1, pages, throttling.

It answers the five reads that are made, in pages as small as a test wants, and counts what it was asked.
"""

import json
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

_PREFIX = "AWSOrganizationsV20161128."
ROOT = "r-abcd"

Asked = dict[str, Any]


class FakeOrganizations:
    """The server, and the organization that it knows."""

    def __init__(self) -> None:
        self.units: dict[str, tuple[str, str]] = {}
        """OU id to its parent and name."""
        self.accounts: dict[str, dict[str, Any]] = {}
        """Account id to what the lists say of it, with its ``Parent``."""
        self.tags: dict[str, dict[str, str]] = {}
        self.page = 20
        self.empty_first = False
        """Whether every list begins with an empty page that isn't the last."""
        self.fault: Callable[[str, Asked], str | None] = lambda _operation, _asked: None
        """The error code that answers a call, or ``None``."""
        self.spoil: Callable[[str, Asked, dict[str, Any]], Any] = lambda _operation, _asked, page: page
        """What is sent in place of a page."""
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, Asked]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> "FakeOrganizations":
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def client(self) -> Any:
        """Make a real client of botocore's, that tries once."""
        return boto3.Session(region_name="eu-west-1").client(
            "organizations",
            endpoint_url=self.url,
            aws_access_key_id="AKIATEST",
            aws_secret_access_key="tests-secret",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def unit(self, number: int, parent: str = ROOT, name: str | None = None) -> str:
        """Add an OU."""
        unit = f"ou-abcd-{number:08d}"
        self.units[unit] = (parent, name if name is not None else f"Unit{number}")
        return unit

    def account(self, number: int | str, parent: str = ROOT, **changes: Any) -> str:
        """Add an account; a change replaces what the lists say of it or, by ``None``, drops it."""
        account = number if isinstance(number, str) else f"{number:012d}"
        listed = {"Id": account, "Name": f"account {number}", "Email": "a@example.com", "State": "ACTIVE"}
        kept = {key: value for key, value in (listed | changes).items() if value is not None}
        self.accounts[account] = kept | {"Parent": parent}
        return account

    def answer(self, operation: str, asked: Asked) -> tuple[int, Any]:
        """Answer one call."""
        self.calls[operation] += 1
        self.asked.append((operation, asked))
        if code := self.fault(operation, asked):
            return 400, {"__type": code, "Message": "planted text"}
        part, entries = self._entries(operation, asked)
        token = asked.get("NextToken")
        if self.empty_first and token is None:
            return 200, {part: [], "NextToken": "0"}
        start = int(token or 0)
        page: dict[str, Any] = {part: entries[start : start + self.page]}
        if start + self.page < len(entries):
            page["NextToken"] = str(start + self.page)
        return 200, self.spoil(operation, asked, page)

    def _entries(self, operation: str, asked: Asked) -> tuple[str, list[Any]]:
        parent = asked.get("ParentId")
        if operation == "ListRoots":
            return "Roots", [{"Id": ROOT, "Name": "Root", "PolicyTypes": []}]
        if operation == "ListOrganizationalUnitsForParent":
            below = [(unit, name) for unit, (above, name) in self.units.items() if above == parent]
            return "OrganizationalUnits", [{"Id": unit, "Name": name} for unit, name in below]
        if operation == "ListTagsForResource":
            tags = self.tags.get(asked["ResourceId"], {})
            return "Tags", [{"Key": key, "Value": value} for key, value in tags.items()]
        listed = [
            {key: value for key, value in each.items() if key != "Parent"}
            for each in self.accounts.values()
            if operation == "ListAccounts" or each["Parent"] == parent
        ]
        return "Accounts", listed

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                target = self.headers["X-Amz-Target"]
                assert target.startswith(_PREFIX)
                status, document = fake.answer(target.removeprefix(_PREFIX), asked)
                body = json.dumps(document).encode()
                head = f"HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.1\r\n"
                # In one piece: two small ones would wait for each other's acknowledgement.
                self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler
