"""Load: many vends through one warm function, whose memory, descriptors and threads must not grow.

AWS answers on a loopback socket from a process of its own, so that what it keeps is not counted.
"""

import gc
import importlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from hubspoke_admin.source import build
from hubspoke_grants import bundle
from soak.report import Outcome, say
from soak.tree import ROOT, WORK, python
from tests.support.fake_aws import FakeAws, Reply
from tests.unit.vending.conftest import ENVIRONMENT

MEMORY_MORE: Final = 8 * 1024 * 1024
"""Bytes that the process may hold more at the end than after the warm-up: what an allocator wavers by."""

_WARM_UP: Final = 2_000
_STEPS: Final = 10


def run(vends: int) -> Outcome:
    """Run the vends in a process of its own, and read what it measured."""
    WORK.mkdir(exist_ok=True)
    with (WORK / "load.log").open("w") as log:
        done = subprocess.run(  # noqa: S603
            python("-m", "soak.load", str(vends)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        )
    found = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    if not found:
        return Outcome("0 vends", "it broke: see .soak/load.log", False)
    flat = (
        found["memory"] <= MEMORY_MORE
        and found["descriptors"] <= 0
        and found["threads"] <= 0
        and found["vended"] == vends
    )
    return Outcome(
        f"{found['vended']} vends",
        f"after {_WARM_UP} to warm up: memory {found['memory'] / 1024 / 1024:+.1f} MiB "
        f"(at most {MEMORY_MORE // 1024 // 1024}), descriptors {found['descriptors']:+}, "
        f"threads {found['threads']:+}",
        flat,
    )


class _Forgetful(FakeAws):
    """AWS, keeping only what the vend in hand needs."""

    def answer(self, handler: Any, body: bytes) -> Reply:
        if len(self.calls) > 1000:
            self.calls.clear()
            self.assumed.clear()
            for vend_id in list(self.rows)[:-10]:
                del self.rows[vend_id]
        return super().answer(handler, body)


def _at_once(accepted: socket.socket) -> socket.socket:
    # It writes head and body apart: without this, each answer would wait for an acknowledgement.
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return accepted


def _serve() -> None:
    with _Forgetful() as aws:
        aws.bundle = bundle.encode(build(ROOT / "grants"))
        aws.secret, aws.token = "s" * 40, "t" * 800
        aws.front = _at_once
        sys.stdout.write(f"{aws.url}\n")
        sys.stdout.flush()
        sys.stdin.read()  # until whoever started it ends


def _vend(vends: int) -> None:
    said = sys.stdout
    with subprocess.Popen(  # noqa: S603
        python("-m", "soak.load", "serve"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        os.environ |= ENVIRONMENT | {"AWS_ENDPOINT_URL": server.stdout.readline().strip()}
        with Path(os.devnull).open("w") as nowhere:
            # Where Lambda would have its log: records, metrics and all.
            sys.stdout = nowhere
            measured = _measure(vends)
            logging.shutdown()
        sys.stdout = said
        say(json.dumps(measured))
        server.communicate()


def _measure(vends: int) -> dict[str, int]:
    handler = importlib.import_module("vending.handler").handler
    events = [
        json.loads((ROOT / f"events/{name}.json").read_text())
        for name in ("vend", "vend-with-session-policy", "vend-without-body")
    ]
    context = SimpleNamespace(aws_request_id="load", get_remaining_time_in_millis=lambda: 28_000)

    def several(number: int) -> int:
        return sum(
            handler(events[place % len(events)], context)["statusCode"] == 200 for place in range(number)
        )

    several(_WARM_UP)
    before, vended = _usage(), 0
    for step in range(_STEPS):
        vended += several(vends * (step + 1) // _STEPS - vends * step // _STEPS)
        now = {name: value - before[name] for name, value in _usage().items()}
        sys.stderr.write(f"{vended} vends: {now}\n")
        sys.stderr.flush()
    return {"vended": vended, **now}


def _usage() -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "memory": pages * os.sysconf("SC_PAGE_SIZE"),
        "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "threads": threading.active_count(),
    }


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        _vend(int(sys.argv[1]))
