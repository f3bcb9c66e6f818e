"""A hub in several Regions, as an operator's calls meet it, on one loopback socket.

CloudFormation, S3, DynamoDB and STS answer as AWS does to the few calls that operators make. The Region is
the one that a request is signed for. Any call can be made to fail, in one Region alone.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.support.fake_dynamodb import FakeDynamoDb, Item, Reply, refusal

OPERATOR_ARN = "arn:aws:iam::111111111111:user/operator"

_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/([a-z0-9-]+)/([a-z0-9]+)/")


@dataclass(frozen=True)
class Fault:
    """An error that AWS answers."""

    status: int = 403
    code: str = "AccessDenied"


@dataclass(frozen=True)
class Call:
    """One request."""

    region: str
    operation: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Version:
    """A version of the bucket's one object; ``body`` is ``None`` in a delete marker."""

    id: str
    body: bytes | None
    metadata: dict[str, str]
    at: datetime
    key: str = "bundle.json"

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


@dataclass
class Region:
    """What one Region holds."""

    name: str
    versions: list[Version] = field(default_factory=list)
    """Oldest first."""
    ledger: dict[str, Item] = field(default_factory=dict)
    quarantine: dict[str, Item] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outputs = {
            "BundleBucket": f"bundles-{self.name}",
            "LedgerTable": f"ledger-{self.name}",
            "QuarantineTable": f"quarantine-{self.name}",
            "ExecutionRoleArn": f"arn:aws:iam::111111111111:role/hubspoke-prod-{self.name}-vend",
            "Stage": "prod",
        }

    def put(
        self, body: bytes | None, metadata: dict[str, str] | None = None, key: str = "bundle.json"
    ) -> None:
        """Add a version, a second after the last one."""
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(self.versions))
        self.versions.append(Version(f"v{len(self.versions)}", body, metadata or {}, at, key))

    @property
    def current(self) -> bytes | None:
        """What is in force."""
        return self.versions[-1].body if self.versions else None

    def table(self, name: str) -> tuple[str, dict[str, Item]]:
        """Return a table's key attribute and its items."""
        return {
            self.outputs["LedgerTable"]: ("VendId", self.ledger),
            self.outputs["QuarantineTable"]: ("Subject", self.quarantine),
        }[name]


class FakeRegions(FakeDynamoDb):
    """The server, and what its Regions hold."""

    def __init__(self, *regions: str) -> None:
        super().__init__()
        self.regions = {name: Region(name) for name in regions}
        self.calls: list[Call] = []
        self.faults: dict[tuple[str, str], Fault] = {}
        """By Region and operation."""
        self.meanwhile: dict[tuple[str, str], Callable[[], object]] = {}
        """What somebody else does just before an operation is carried out, once."""
        self.bucket_owner = "111111111111"
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.fake = self  # type: ignore[attr-defined]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeRegions":
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def operations(self, region: str | None = None) -> list[str]:
        """List what was called, in a Region or in all."""
        return [call.operation for call in self.calls if region in (None, call.region)]

    def answer(self, handler: "_Handler", body: bytes) -> Reply:
        """Answer one request."""
        found = _SCOPE.search(handler.headers.get("Authorization", ""))
        assert found, "unsigned"
        name, service = found.groups()
        operation, asked = _asked(handler, service, body)
        headers = {key.lower(): value for key, value in handler.headers.items()}
        with self._lock:
            self.calls.append(Call(name, operation, handler.path, headers, body))
            self.meanwhile.pop((name, operation), lambda: None)()
            if fault := self.faults.get((name, operation)):
                return _error(service, fault)
            region = self.regions.get(name)
            if service == "sts":
                return _xml(
                    "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
                    f"<GetCallerIdentityResult><Arn>{OPERATOR_ARN}</Arn><UserId>AIDAOPERATOR</UserId>"
                    "<Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                )
            if region is None:
                return _error(service, Fault(400, "ValidationError"))
            if service == "cloudformation":
                return _stacks(region)
            if service == "s3":
                return self._s3(region, operation, handler, asked, body)
            return self.dynamodb(region.table, operation, asked)

    # --- S3 ---------------------------------------------------------------------------------------

    def _s3(
        self, region: Region, operation: str, handler: "_Handler", asked: dict[str, Any], body: bytes
    ) -> Reply:
        path = unquote(urlsplit(handler.path).path)
        if path.split("/")[1] != region.outputs["BundleBucket"]:
            return _error("s3", Fault(404, "NoSuchBucket"))
        if handler.headers.get("x-amz-expected-bucket-owner") != self.bucket_owner:
            return _error("s3", Fault(403, "AccessDenied"))
        if operation == "ListObjectVersions":
            return self._list_versions(region, asked)
        current = next((each for each in reversed(region.versions) if each.key == "bundle.json"), None)
        exists = current is not None and current.body is not None
        if operation == "PutObject":
            match, none = handler.headers.get("If-Match"), handler.headers.get("If-None-Match")
            if match is not None and not exists:
                return _error("s3", Fault(404, "NoSuchKey"))
            if (match is not None and current and match != current.etag) or (none == "*" and exists):
                return _error("s3", Fault(412, "PreconditionFailed"))
            metadata = {
                key.lower().removeprefix("x-amz-meta-"): value
                for key, value in handler.headers.items()
                if key.lower().startswith("x-amz-meta-")
            }
            region.put(body, metadata)
            return 200, b"", {"ETag": region.versions[-1].etag}
        if "versionId" in asked:
            current = next(each for each in region.versions if each.id == asked["versionId"])
        if current is None or current.body is None:
            return _error("s3", Fault(404, "NoSuchKey"))
        headers = {f"x-amz-meta-{key}": value for key, value in current.metadata.items()}
        headers |= {"ETag": current.etag, "Last-Modified": current.at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        return 200, current.body, headers

    def _list_versions(self, region: Region, asked: dict[str, Any]) -> Reply:
        newest_first = [each for each in reversed(region.versions) if each.key.startswith(asked["prefix"])]
        start = 0
        if "version-id-marker" in asked:
            start = 1 + [each.id for each in newest_first].index(asked["version-id-marker"])
        page = newest_first[start : start + self.page_size]
        entries = "".join(
            f"<{tag}><Key>{escape(each.key)}</Key><VersionId>{each.id}</VersionId>"
            f"<LastModified>{each.at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></{tag}>"
            for each in page
            for tag in ["Version" if each.body is not None else "DeleteMarker"]
        )
        more = start + self.page_size < len(newest_first)
        marker = (
            f"<NextKeyMarker>{page[-1].key}</NextKeyMarker><NextVersionIdMarker>{page[-1].id}</NextVersionIdMarker>"
            if more
            else ""
        )
        return _xml(
            "<ListVersionsResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{marker}{entries}</ListVersionsResult>"
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer S3."""
        self._respond()

    def do_PUT(self) -> None:
        """Answer S3."""
        self._respond()

    def do_POST(self) -> None:
        """Answer the others."""
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, content, headers = self.server.fake.answer(self, body)  # type: ignore[attr-defined]
        lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        # In one piece: two small ones would wait for each other's acknowledgement.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing on the test's stderr."""


def _asked(handler: _Handler, service: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """Name the operation, and read what it was asked with."""
    if service == "dynamodb":
        return handler.headers["X-Amz-Target"].rsplit(".", 1)[-1], json.loads(body)
    raw = urlsplit(handler.path).query if service == "s3" else body.decode()
    asked = {key: values[0] for key, values in parse_qs(raw, keep_blank_values=True).items()}
    if service != "s3":
        return asked["Action"], asked
    if handler.command == "PUT":
        return "PutObject", asked
    return ("ListObjectVersions" if "versions" in asked else "GetObject"), asked


def _stacks(region: Region) -> Reply:
    outputs = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for key, value in region.outputs.items()
    )
    return _xml(
        "<DescribeStacksResponse xmlns='http://cloudformation.amazonaws.com/doc/2010-05-15/'>"
        "<DescribeStacksResult><Stacks><member><StackName>hubspoke</StackName>"
        "<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
        f"<Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def _xml(text: str, status: int = 200) -> Reply:
    return status, text.encode(), {"Content-Type": "text/xml"}


def _error(service: str, fault: Fault) -> Reply:
    if service == "dynamodb":
        return refusal(fault.status, fault.code)
    inner = f"<Error><Code>{fault.code}</Code><Message>planted</Message></Error>"
    return _xml(inner if service == "s3" else f"<ErrorResponse>{inner}</ErrorResponse>", fault.status)
