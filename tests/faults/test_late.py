"""An answer that comes after its deadline, or that nobody asked for, is never anybody's.

Lambda gives an execution environment one request at a time, so two callers meet only through what the
first one's request leaves behind: a thread that still waits, and a connection.
"""

import dataclasses
import gc
import threading
from collections.abc import Callable, Iterator

import pytest

from hubspoke_contract.secret import Secret
from tests.faults.bundle_faults import REFUSED
from tests.faults.scene import GRANTED, Outcome, Scene, Seen
from tests.faults.sts_faults import TOO_LATE
from tests.support.fake_aws import Params, Reply, sts_session
from tests.unit.vending.conftest import STARTING_BUNDLE

Calls = list[threading.Thread]


def note_calls(client: object, operation: str) -> Iterator[Calls]:
    """Note the thread of each call that a client makes."""
    calls: Calls = []

    def note(**_: object) -> None:
        calls.append(threading.current_thread())

    events = client.meta.events  # type: ignore[attr-defined]
    events.register(f"before-call.{operation}", note)
    yield calls
    events.unregister(f"before-call.{operation}", note)


@pytest.fixture
def sts_calls(scene: Scene) -> Iterator[Calls]:
    """The threads of the calls of STS."""
    yield from note_calls(scene.function.hub.sts, "sts.AssumeRole")


@pytest.fixture
def s3_calls(scene: Scene) -> Iterator[Calls]:
    """The threads of the looks at S3."""
    yield from note_calls(scene.function.bundles._s3, "s3.GetObject")


def end(thread: threading.Thread) -> None:
    """Wait for a thread that was left behind to have had its answer."""
    thread.join(10)
    assert not thread.is_alive()


def check_second_caller(scene: Scene) -> Seen:
    """Have another caller take another role of another account."""
    seen = scene.vend("vend-with-session-policy")
    assert seen.outcome == GRANTED
    assert seen.record["principal"] == 'Caller::Role::"555555555555/ci-deployer"'
    assert seen.document["AccountId"] == "333333333333"
    assert seen.document["SecretAccessKey"] == scene.sts.secret
    assert seen.document["SessionToken"] == scene.sts.token
    assert seen.document["AssumedRoleArn"].endswith(seen.record["vend_id"])
    return seen


@pytest.mark.parametrize("arrives", ["amid the second caller's request", "after it"])
def test_a_late_session_is_dropped(arrives: str, scene: Scene, sts_calls: Calls) -> None:
    """The first caller's session comes too late: the second gets one of its own, and nobody that one."""
    late = scene.canaries.plant("late secret key"), scene.canaries.plant("late session token")
    held = threading.Event()

    def sts(params: Params) -> Reply:
        if len(scene.aws.assumed) == 1:
            session = sts_session(params, *late, AccessKeyId="ASIALATELATELATELATE")
            return dataclasses.replace(session, held=held)
        if not held.is_set() and arrives != "after it":
            held.set()
            end(sts_calls[0])
        return sts_session(params, scene.sts.secret, scene.sts.token)

    scene.aws.sts = sts
    scene.hurry(sts=0.8)
    first = scene.vend()
    scene.check_refusal(first, TOO_LATE)
    scene.take_time()
    second = check_second_caller(scene)
    held.set()
    end(sts_calls[0])
    third = scene.check_granted()

    for seen in (second, third):
        assert not any(text in seen.reply["body"] for text in (*late, "ASIALATE"))
    row = scene.row(first.record["vend_id"])
    assert (row["Outcome"], row.get("AccessKeyId")) == ("DeadlineExceeded", None)
    # Nothing of it stays in the execution environment either.
    gc.collect()
    kept = [found.reveal() for found in gc.get_objects() if isinstance(found, Secret)]
    assert not {*late} & {*kept}


def test_a_late_bundle_is_dropped(scene: Scene, s3_calls: Calls) -> None:
    """A look that ended too late changes nothing, whatever it found."""
    held = threading.Event()
    late = Reply(200, STARTING_BUNDLE + b"\n", headers={"ETag": '"late"'}, held=held)
    scene.aws.faults["GetObject"] = late
    scene.hurry(grants=0.5)
    scene.check_refusal(scene.vend(), REFUSED)
    scene.mend()
    scene.check_granted()
    in_force = scene.function.bundles._loaded
    held.set()
    end(s3_calls[0])
    scene.check_granted()
    assert scene.function.bundles._loaded is in_force


def test_a_reply_too_many_is_nobodys(scene: Scene) -> None:
    """A second reply right behind the first, on a connection that stays open, is not the next caller's."""
    foreign = scene.canaries.plant("foreign secret key")

    def sts(params: Params) -> Reply:
        body = sts_session(params, scene.sts.secret, scene.sts.token).body
        if len(scene.aws.assumed) > 1:
            return Reply(body=body)
        second = sts_session(params, foreign, foreign).body
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(second)}\r\n\r\n"
        return Reply(body=body + head.encode() + second, headers={"Content-Length": str(len(body))})

    scene.aws.sts = sts
    for vend in (scene.check_granted, lambda: check_second_caller(scene), scene.check_granted):
        assert foreign not in vend().reply["body"]


def test_callers_in_turn_get_their_own(scene: Scene) -> None:
    """One warm function, two callers in turn, a session each: no two replies have anything in common."""
    numbers = iter(range(10))

    def sts(params: Params) -> Reply:
        number = next(numbers)
        scene.sts.secret = scene.canaries.plant(f"secret key {number}")
        scene.sts.token = scene.canaries.plant(f"session token {number}")
        return sts_session(params, scene.sts.secret, scene.sts.token, AccessKeyId=f"ASIA{number:016d}")

    scene.aws.sts = sts
    vends: list[Callable[[], Seen]] = [scene.check_granted, lambda: check_second_caller(scene)]
    seen = [vend() for vend in vends * 3]
    for part in ("AccessKeyId", "SecretAccessKey", "SessionToken", "AssumedRoleArn", "VendId"):
        assert len({one.document[part] for one in seen}) == len(seen)


def test_a_fault_of_ours_quotes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw may quote a secret in its text; the record names its type and line alone."""
    with monkeypatch.context() as broken:

        def breaks(*_: object) -> None:
            raise RuntimeError(scene.sts.secret)

        broken.setattr("vending.service.new_vend_id", breaks)
        seen = scene.vend()
    scene.check_refusal(seen, Outcome(503, "Unavailable", "Internal"))
    assert seen.record["fault"].startswith("RuntimeError at test_late.py:")
    scene.check_granted()
