"""Many vends of one client, at once: started by ``benchmarks.client``.

    fan_out.py hubspoke|bare VENDS THREADS

Each is for an account of its own, and none is kept. ``bare`` sends the same
signed requests by http.client, a connection for each thread and one TLS context for all of them.
Prints the seconds that passed, and the seconds of CPU, of all but the first few.
"""

import hashlib
import hmac
import http.client
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

ROLE = "automation-spoke-role"
BODY = b"{}"


def hubspoke_vend() -> Callable[[str], object]:
    """Return what vends by the client, and keeps nothing: what a disk takes to make a file is the disk's."""
    from hubspoke import Hub

    hub = Hub(cache=False)
    return lambda account: hub.credentials(account, ROLE)


def bare_vend() -> Callable[[str], object]:
    """Return what vends by the standard library alone."""
    endpoint, local = urlsplit(os.environ["HUBSPOKE_ENDPOINT"]), threading.local()
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))

    def vend(account: str) -> object:
        if not hasattr(local, "connection"):
            if endpoint.scheme == "https":
                local.connection = http.client.HTTPSConnection(endpoint.netloc, context=context)
            else:
                local.connection = http.client.HTTPConnection(endpoint.netloc)
        path = f"{endpoint.path}/v1/accounts/{account}/roles/{ROLE}/credentials"
        local.connection.request("POST", path, BODY, _signed(endpoint.netloc, path))
        answer = local.connection.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(answer.status)
        return found

    return vend


def _signed(host: str, path: str) -> dict[str, str]:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{os.environ['AWS_REGION']}/execute-api/aws4_request"
    headers = {
        "host": host,
        "x-amz-content-sha256": hashlib.sha256(BODY).hexdigest(),
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n{path}\n\n{lines}\n{names}\n{headers['x-amz-content-sha256']}"
    text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return headers | {
        "Content-Type": "application/json",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, "
        f"Signature={key.hex()}",
    }


def main(kind: str, vends: int, threads: int) -> None:
    """Vend, and print what it took."""
    vend = {"hubspoke": hubspoke_vend, "bare": bare_vend}[kind]()
    with ThreadPoolExecutor(threads) as pool:
        # The imports and the CA bundle are paid once, however many vends there are.
        vend(f"{10**11 - 1:012}")
        began, used = time.perf_counter(), time.process_time()
        for _ in pool.map(vend, (f"{10**11 + number:012}" for number in range(vends))):
            pass
        print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - used}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
