"""The function, as shipped: init, then a number of vends. Started by ``benchmarks.hub``.

    vends.py COUNT [without-ledger] [capture FILE]

``without-ledger`` takes the DynamoDB calls away, for the comparison with AssumeRole alone; ``capture``
writes the parameters of a vend's AWS calls, for bare boto3 to make the same ones.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from figures import cpu, report

from vending import bundles, function, handler

COUNT, OPTIONS = int(sys.argv[1]), sys.argv[2:]
EVENT = json.loads((Path(__file__).parents[1] / "events" / "vend.json").read_text())
CONTEXT = SimpleNamespace(aws_request_id="benchmark")

# A vend looks at S3 when ten seconds have passed. Under cachegrind that is every third one.
bundles.LOOK_EVERY = float("inf")


class _NoLedger:
    """Stands where the ledger was."""

    def intend(self, *_: object) -> None: ...

    def is_quarantined(self, *_: object) -> bool:
        return False

    def conclude(self, *_: object) -> None: ...

    def count(self, *_: object) -> None: ...


def capture(place: Path) -> None:
    """Write down the parameters of every AWS call of one more vend, then stop."""
    calls: list[object] = []

    def note(params: object, model: object, **_: object) -> None:
        calls.append([model.service_model.service_name, model.name, json.loads(json.dumps(params))])  # type: ignore[attr-defined]

    for client in (handler.hub.ledger.dynamodb, handler.hub.sts, handler.hub.bundles._s3):
        client.meta.events.register("provide-client-params.*.*", note)
    vend()
    place.write_text(json.dumps(calls))


def vend() -> None:
    """Vend once; anything but credentials ends the benchmark."""
    reply = function.handler(EVENT, CONTEXT)
    if reply["statusCode"] != 200:
        raise SystemExit(f"the vend failed: {reply['body']}")


if "without-ledger" in OPTIONS:
    object.__setattr__(handler.hub, "ledger", _NoLedger())
    object.__setattr__(handler.hub, "rates", _NoLedger())
if "capture" in OPTIONS:
    capture(Path(OPTIONS[OPTIONS.index("capture") + 1]))
started = cpu()
for number in range(COUNT):
    if number == 1:
        started = cpu()
    vend()
report(started)
