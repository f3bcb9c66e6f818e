"""A hub that grants everything, in a process of its own so that its work isn't the client's.

    python -m benchmarks.vending_hub SECONDS [CERTIFICATE KEY]

Each reply takes so many seconds; connections are kept open. Each line on standard input is answered
with the number of vends since the last one. It ends with its standard input.
"""

import asyncio
import json
import ssl
import sys
from datetime import UTC, datetime, timedelta

VENDED_SECRET = "s" * 40
VENDED_TOKEN = "t" * 800


class _Vends(asyncio.Protocol):
    """One connection."""

    def __init__(self, hub: "_Hub") -> None:
        self._hub = hub
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._received = b""
        self._hub.vends += 1
        asyncio.get_running_loop().call_later(self._hub.seconds, self._answer, head)

    def _answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].decode().split("/")
        signed = b"\nauthorization: aws4-hmac-sha256 " in head.lower()
        body = json.dumps(_vended(path[4], path[6])).encode() if signed else b'{"message": "Forbidden"}'
        status = b"200 OK" if signed else b"403 Forbidden"
        length = str(len(body)).encode()
        self._transport.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nContent-Length: " + length
            + b"\r\n\r\n" + body
        )  # fmt: skip


class _Hub:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.vends = 0


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _vended(account: str, role: str) -> dict[str, object]:
    expiration = datetime.now(UTC) + timedelta(hours=1)
    return {
        "Version": 1,
        "AccessKeyId": "ASIABENCHMARKBENCHMA",
        "SecretAccessKey": VENDED_SECRET,
        "SessionToken": VENDED_TOKEN,
        "Expiration": expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AccountId": account,
        "AssumedRoleArn": f"arn:aws:sts::{account}:assumed-role/{role}/benchmark",
        "SourceIdentity": "benchmark",
        "VendId": "benchmark",
        "PackedPolicySize": 6,
    }


async def _serve(seconds: float, files: list[str]) -> None:
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    hub, loop = _Hub(seconds), asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Vends(hub), "127.0.0.1", 0, ssl=context, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    print(f"{'https' if files else 'http'}://127.0.0.1:{port}/prod", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        vends, hub.vends = hub.vends, 0
        print(vends, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), sys.argv[2:]))
