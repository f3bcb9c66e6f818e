"""What can go wrong with the bundle and S3: one table, which the tests play and docs/faults.md shows."""

import dataclasses
import json
from collections.abc import Callable

from hubspoke_grants.bundle import encode
from tests.faults.scene import Outcome, Scene
from tests.support.fake_aws import Reply
from tests.support.grants import signed
from tests.unit.vending.conftest import STARTING_BUNDLE

REFUSED = Outcome(503, "Unavailable", "GrantsUnavailable")

_NEVER = 3600.0
_WHOLE = json.loads(STARTING_BUNDLE)


@dataclasses.dataclass(frozen=True, slots=True)
class BundleFault:
    """One fault of the object or of its reading."""

    breaks: Callable[[Scene], None]
    slow: bool = False


def _holds(bundle: bytes | None) -> BundleFault:
    """Have the bucket hold something else."""
    return BundleFault(lambda scene: setattr(scene.aws, "bundle", bundle))


def _answers(reply: Callable[[Scene], Reply], *, slow: bool = False) -> BundleFault:
    return BundleFault(lambda scene: scene.aws.faults.update(GetObject=reply(scene)), slow)


def _is(status: int, body: bytes = b"", **rest: object) -> BundleFault:
    return _answers(lambda scene: Reply(status, body, "application/xml", **rest))  # type: ignore[arg-type]


def _document(**changes: object) -> bytes:
    unsigned = {key: value for key, value in _WHOLE.items() if key != "Version"} | changes
    return encode(signed(unsigned))


def _is_too_large(scene: Scene) -> None:
    scene.patch.setattr("vending.bundles.SIZE_MAX", len(STARTING_BUNDLE))
    scene.aws.bundle = STARTING_BUNDLE + b" "


def _belongs_to_another(scene: Scene) -> None:
    scene.aws.bucket_owner = "999999999999"


def _half_and_half() -> bytes:
    """Splice two bundles, as an object would be that changed under the reader."""
    other = _document(Accounts=[], Profiles=[])
    half = len(other) // 2
    return STARTING_BUNDLE[:half] + other[half:]


_ETAG = {"ETag": '"x"'}
_HEAD = f"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: {len(STARTING_BUNDLE)}\r\n\r\n".encode()

FAULTS = {
    "the object is missing": _holds(None),
    "empty": _holds(b""),
    "half-written": _holds(STARTING_BUNDLE[: len(STARTING_BUNDLE) // 2]),
    "not JSON": _holds(b"<html>a proxy's page</html>"),
    "JSON that nests too deep": _holds(b"[" * 100_000),
    "not UTF-8": _holds(STARTING_BUNDLE.replace(b"automation", b"autom\xff\xfeion", 1)),
    "a foreign object": _holds(b'{"hello": "world"}'),
    "a list": _holds(b"[]"),
    "another format version": _holds(_document(FormatVersion=2)),
    "altered after it was built": _holds(STARTING_BUNDLE.replace(b"automation-spoke", b"administrator", 1)),
    "a part that is missing": _holds(_document(Policies=None)),
    "policies that don't parse": _holds(_document(Policies="permit (principal")),
    "too large": BundleFault(_is_too_large),
    "changed while it was read": _answers(lambda scene: Reply(200, _half_and_half(), headers=_ETAG)),
    "without an ETag": _is(200, STARTING_BUNDLE),
    "a bucket of another account": BundleFault(_belongs_to_another),
    "403": _is(403, b"<Error><Code>AccessDenied</Code></Error>"),
    "the hub's own credentials expired": _is(400, b"<Error><Code>ExpiredToken</Code></Error>"),
    "500": _is(500, b"<Error><Code>InternalError</Code></Error>"),
    "503, slow down": _is(503, b"<Error><Code>SlowDown</Code></Error>"),
    "503 without a body": _is(503),
    "301 to another Region": _is(
        301, b"<Error><Code>PermanentRedirect</Code></Error>", headers={"x-amz-bucket-region": "us-west-2"}
    ),
    "307 to another host": _answers(
        lambda scene: Reply(307, headers={"Location": f"{scene.elsewhere.url}/bundles/bundle.json"})
    ),
    "reset before a byte": _answers(lambda scene: Reply(raw=b"", cut_after=0)),
    "reset within the body": _answers(
        lambda scene: Reply(200, STARTING_BUNDLE, headers=_ETAG, cut_after=len(STARTING_BUNDLE) // 2)
    ),
    "connection ended within the body": _answers(
        lambda scene: Reply(raw=_HEAD + STARTING_BUNDLE[: len(STARTING_BUNDLE) // 2])
    ),
    "a body that drips": _answers(
        lambda scene: Reply(200, STARTING_BUNDLE, headers=_ETAG, drip=0.05), slow=True
    ),
    "accepts and never answers": _answers(lambda scene: Reply(200, delay=_NEVER), slow=True),
}
