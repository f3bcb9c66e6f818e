"""One Region's hub as operators meet it, on a real loopback socket: its stack, its ledger, a trail's bucket.

CloudFormation answers with the stack's outputs, DynamoDB with rows by index and by id, S3 with objects by
prefix, all of them a page at a time.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from hubspoke_contract.vends import Vend, day_of

PAGE = 3
"""So many items or keys in one page, so that whatever has a few takes several."""


@dataclass
class FakeEstate:
    """What is there, and what fails."""

    outputs: dict[str, str]
    vends: list[Vend] = field(default_factory=list)
    objects: dict[str, bytes] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    """Operation, or operation and Region, to the error code it answers with."""
    asked: list[str] = field(default_factory=list)
    endpoint: str = ""

    def environment(self) -> dict[str, str]:
        """Return what leads boto3 here."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIAOPERATOR",
            "AWS_SECRET_ACCESS_KEY": "operators-secret",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_MAX_ATTEMPTS": "1",
            "HUBSPOKE_REGIONS": "eu-west-1",
        }

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer DynamoDB's calls."""
        if operation == "Query":
            return self._query(asked)
        if operation == "GetItem":
            found = [_item(vend) for vend in self.vends if vend.VendId == asked["Key"]["VendId"]["S"]]
            return {"Item": found[0]} if found else {}
        ((table, wanted),) = asked["RequestItems"].items()
        ids = [key["VendId"]["S"] for key in wanted["Keys"]]
        return {"Responses": {table: [_item(vend) for vend in self.vends if vend.VendId in ids]}}

    def _query(self, asked: dict[str, Any]) -> dict[str, Any]:
        (key,) = asked["ExpressionAttributeNames"].values()
        value, least, below = (
            asked["ExpressionAttributeValues"][name]["S"] for name in (":value", ":least", ":below")
        )
        start = asked.get("ExclusiveStartKey", {}).get("VendId", {}).get("S", "~")
        ids = sorted(
            (
                vend.VendId
                for vend in self.vends
                if _indexed(vend, key) == value and least <= vend.VendId <= below and vend.VendId < start
            ),
            reverse=True,
        )
        page = [{"VendId": {"S": each}} for each in ids[:PAGE]]
        return {"Items": page} | ({"LastEvaluatedKey": page[-1]} if len(ids) > PAGE else {})

    def stacks(self) -> str:
        """Answer CloudFormation's DescribeStacks."""
        outputs = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
            for key, value in self.outputs.items()
        )
        return (
            '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
            f"<DescribeStacksResult><Stacks><member><StackName>hubspoke</StackName><Outputs>{outputs}</Outputs>"
            "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )

    def listed(self, query: dict[str, list[str]]) -> str:
        """Answer S3's ListObjectsV2."""
        prefix, start = query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]
        rest = [key[len(prefix) :] for key in self.objects if key.startswith(prefix)]
        names = sorted({name.split("/")[0] + "/" * ("/" in name) for name in rest})
        left = [name for name in names if name > start]
        page, more = left[:PAGE], len(left) > PAGE
        parts = "".join(
            f"<CommonPrefixes><Prefix>{escape(prefix + name)}</Prefix></CommonPrefixes>"
            if name.endswith("/")
            else f"<Contents><Key>{escape(prefix + name)}</Key><Size>1</Size></Contents>"
            for name in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return (
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{parts}</ListBucketResult>"
        )


def _indexed(vend: Vend, key: str) -> Any:
    return day_of(vend.VendId) if key == "Day" else getattr(vend, key)


def _item(vend: Vend) -> dict[str, dict[str, str]]:
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
        for name, value in vend.to_document().items()
        if value is not None
    }


@contextmanager
def serving(estate: FakeEstate) -> Iterator[FakeEstate]:
    """Serve it on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if "list-type=2" in parts.query:
                estate.asked.append("ListObjectsV2")
                self._s3("ListObjectsV2", lambda: estate.listed(parse_qs(parts.query)).encode())
            else:
                key = unquote(parts.path).lstrip("/").split("/", 1)[1]
                self._s3("GetObject", lambda: estate.objects[key])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if target := self.headers.get("X-Amz-Target"):
                operation = target.rsplit(".", 1)[-1]
                estate.asked.append(operation)
                region = self.headers["Authorization"].split("/")[2]
                if code := estate.failing.get(operation) or estate.failing.get(f"{operation} {region}"):
                    self._send(400, json.dumps({"__type": code, "message": "planted"}).encode())
                else:
                    self._send(200, json.dumps(estate.answer(operation, json.loads(body))).encode())
            elif code := estate.failing.get("DescribeStacks"):
                error = f"<Error><Code>{code}</Code><Message>planted</Message></Error>"
                self._send(400, f"<ErrorResponse>{error}</ErrorResponse>".encode(), "text/xml")
            else:
                self._send(200, estate.stacks().encode(), "text/xml")

        def _s3(self, operation: str, content: Any) -> None:
            if code := estate.failing.get(operation):
                error = f"<Error><Code>{code}</Code><Message>planted</Message></Error>"
                self._send(403, error.encode(), "application/xml")
            else:
                self._send(200, content(), "application/xml")

        def _send(self, status: int, body: bytes, kind: str = "application/x-amz-json-1.0") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    estate.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield estate
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
