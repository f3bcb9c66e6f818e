"""STS, DynamoDB and S3 at the HTTP boundary, on a real loopback socket.

It knows no trust policies: what STS would allow is shown by the integration tests. Here it stands
for what STS could *answer*, down to the bytes, and it records what it was asked and in which order.
"""

import hashlib
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

Params = dict[str, str]


@dataclass
class Reply:
    """What goes back: a status and a body, whole or not."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml"
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Bytes of the body after which the connection is reset, though more were promised."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""
    delay: float = 0.0
    """Seconds before anything is answered."""
    raw: bytes | None = None
    """All that is sent, in place of a status line, headers and the body; then the connection ends."""
    held: Event | None = None
    """What must happen before anything is answered."""
    then_hold: bool = False
    """Whether the connection stays open after that, with no more said."""


def sts_error(status: int, code: str, message: str = "planted") -> Reply:
    """STS's error document."""
    text = (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
    return Reply(status, text.encode())


def sts_identity(arn: str = "arn:aws:iam::111111111111:user/inventory-bot") -> Reply:
    """What STS answers to GetCallerIdentity."""
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{arn}</Arn><UserId>AIDAFAKEHUB</UserId><Account>111111111111</Account>"
        "</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )
    return Reply(200, text.encode())


def sts_session(params: Params, secret: str, token: str, **changes: str | None) -> Reply:
    """What STS answers to an AssumeRole it allows; a change replaces a part or, by ``None``, drops it."""
    (_, partition, _, _, account, *_), name = (
        params["RoleArn"].split(":"),
        params["RoleArn"].rsplit("/", 1)[-1],
    )
    session = params["RoleSessionName"]
    expiration = datetime.now(UTC) + timedelta(seconds=int(params["DurationSeconds"]))
    parts: dict[str, str | None] = {
        "AccessKeyId": "ASIAFAKEFAKEFAKEFAKE",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Arn": f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}",
        "AssumedRoleId": f"AROAFAKEFAKEFAKEFAKE1:{session}",
        "SourceIdentity": params.get("SourceIdentity"),
        "PackedPolicySize": "6",
    } | changes

    def xml(*names: str) -> str:
        return "".join(f"<{name}>{parts[name]}</{name}>" for name in names if parts[name] is not None)

    text = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
        f"<Credentials>{xml('AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration')}</Credentials>"
        f"<AssumedRoleUser>{xml('Arn', 'AssumedRoleId')}</AssumedRoleUser>"
        f"{xml('SourceIdentity', 'PackedPolicySize')}"
        "</AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>"
    )
    return Reply(200, text.encode())


class FakeAws:
    """The server, and what it is to answer."""

    def __init__(self, scheme: str = "http", port: int = 0) -> None:
        self._scheme = scheme
        self.over = Event()
        self.reset()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def reset(self) -> None:
        """Forget all that was asked, let go of who still waits, and answer as AWS does when all is well."""
        self.over.set()
        self.over = Event()
        self.front: Callable[[socket.socket], socket.socket] = lambda accepted: accepted
        """What is made of a connection before anything is read from it: for a server of TLS."""
        self.calls: list[str] = []
        self.assumed: list[Params] = []
        self.signers: list[str] = []
        """Whose access key id signed each call of STS."""
        self.rows: dict[str, dict[str, Any]] = {}
        self.rates: dict[str, int] = {}
        """How often each caller vended within each minute."""
        self.quarantine: dict[str, dict[str, Any]] = {}
        self.bundle: bytes | None = None
        self.bucket_owner = "111111111111"
        self.faults: dict[str, Reply] = {}
        self.lost_replies: dict[str, Reply] = {}
        """What answers the next write of an operation, once that has been done."""
        self.secret, self.token = "secret-not-planted", "token-not-planted"
        self.identity: Callable[[], Reply] = sts_identity
        """What answers whoever asks whose credentials they are."""
        self.sts: Callable[[Params], Reply] = lambda params: sts_session(params, self.secret, self.token)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FakeAws":
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, handler: "_Handler", body: bytes) -> Reply:
        """Answer one request of any of the three services."""
        target = handler.headers.get("X-Amz-Target", "")
        if target:
            operation, asked = target.rsplit(".", 1)[-1], json.loads(body)
            if asked.get("TableName") == "rates":
                operation += ":rates"
            self.calls.append(operation)
            return self.faults.get(operation) or self._dynamodb(operation, asked)
        if handler.command == "GET":
            self.calls.append("GetObject")
            if handler.headers.get("x-amz-expected-bucket-owner") != self.bucket_owner:
                return Reply(403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml")
            return self.faults.get("GetObject") or self._get_object(handler.headers.get("If-None-Match"))
        params = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        self.calls.append(params["Action"])
        if params["Action"] == "GetCallerIdentity":
            return self.identity()
        self.assumed.append(params)
        self.signers.append(
            handler.headers.get("Authorization", "").partition("Credential=")[2].split("/")[0]
        )
        return self.sts(params)

    def _get_object(self, etag: str | None) -> Reply:
        if self.bundle is None:
            return Reply(
                404, b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", "application/xml"
            )
        current = f'"{hashlib.md5(self.bundle, usedforsecurity=False).hexdigest()}"'
        if etag == current:
            return Reply(304, b"", headers={"ETag": current})
        return Reply(200, self.bundle, "application/json", {"ETag": current})

    def _count(self, asked: dict[str, Any]) -> Reply:
        window, values = asked["Key"]["Window"]["S"], asked["ExpressionAttributeValues"]
        if self.rates.get(window, 0) >= int(values[":most"]["N"]):
            return dynamodb_error(400, "ConditionalCheckFailedException")
        self.rates[window] = self.rates.get(window, 0) + 1
        return self.lost_replies.pop("UpdateItem:rates", None) or _json({})

    def _query(self, asked: dict[str, Any]) -> Reply:
        values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
        key = asked["ExpressionAttributeNames"]["#key"]
        assert asked["IndexName"] == f"By{key}"
        assert asked["ScanIndexForward"] is False
        of_it = [number for number, row in self.rows.items() if row.get(key, {}).get("S") == values[":value"]]
        found = [each for each in sorted(of_it)[::-1] if values[":least"] <= each <= values[":below"]]
        return _json({"Items": [{"VendId": {"S": number}} for number in found]})

    def _dynamodb(self, operation: str, asked: dict[str, Any]) -> Reply:
        if operation == "PutItem":
            item = asked["Item"]
            there = self.rows.get(item["VendId"]["S"])
            if there and any(there[name] != item[name] for name in ("RequestId", "Outcome")):
                return dynamodb_error(400, "ConditionalCheckFailedException")
            self.rows[item["VendId"]["S"]] = item
            return self.lost_replies.pop(operation, None) or _json({})
        if operation == "UpdateItem:rates":
            return self._count(asked)
        if operation == "Query":
            return self._query(asked)
        if operation == "BatchGetItem":
            ((table, wanted),) = asked["RequestItems"].items()
            if table == "ledger":
                ids = [key["VendId"]["S"] for key in wanted["Keys"]]
                return _json({"Responses": {table: [self.rows[each] for each in ids if each in self.rows]}})
            assert wanted["ConsistentRead"] is True
            subjects = [key["Subject"]["S"] for key in wanted["Keys"]]
            found = [self.quarantine[subject] for subject in subjects if subject in self.quarantine]
            return _json({"Responses": {table: found}, "UnprocessedKeys": {}})
        row = self.rows[asked["Key"]["VendId"]["S"]]
        values = {name.removeprefix(":"): value for name, value in asked["ExpressionAttributeValues"].items()}
        intended = values.pop("intended")
        if row["Outcome"] != intended and any(row.get(name) != value for name, value in values.items()):
            return dynamodb_error(400, "ConditionalCheckFailedException")
        row |= values
        return self.lost_replies.pop(operation, None) or _json({})


def dynamodb_error(status: int, code: str) -> Reply:
    """DynamoDB's error document."""
    return _json({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "planted"}, status)


def _json(document: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode(), "application/x-amz-json-1.0")


def reset(connection: socket.socket) -> None:
    """Have a connection end by a reset: that is what closing with a linger of zero seconds sends."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fake: FakeAws

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        with self.fake.front(request) as connection:
            self.RequestHandlerClass(connection, client_address, self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients here hang up on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Answer S3."""
        self._respond(self.server.fake.answer(self, b""))

    def do_POST(self) -> None:
        """Answer STS and DynamoDB."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._respond(self.server.fake.answer(self, body))

    def _respond(self, reply: Reply) -> None:
        over = self.server.fake.over
        if reply.delay:
            over.wait(reply.delay)
        if reply.held is not None:
            reply.held.wait()
        head = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body)), **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} -", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        if reply.raw is None:
            sent, rest = "\r\n".join(lines).encode(), reply.body
        else:
            sent, rest = b"", reply.raw
            self.close_connection = True
        if reply.drip:
            self.wfile.write(sent)
            for byte in rest:
                self.wfile.write(bytes([byte]))
                if over.wait(reply.drip):
                    self.close_connection = True
                    return
            return
        # In one piece: two small ones would wait for each other's acknowledgement.
        self.wfile.write(sent + rest[: reply.cut_after])
        if reply.then_hold:
            over.wait()
        if reply.cut_after is not None:
            self.wfile.flush()
            reset(self.connection)
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing on the test's stderr."""
