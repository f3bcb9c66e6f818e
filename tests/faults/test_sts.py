"""STS, and the way to it, in every state that we could think of: what a vend comes to, and what follows.

Each fault of the table is played end to end, from the event to the reply, over real sockets. The
function stays warm from fault to fault.
"""

import socket

import pytest

from tests.faults.certificates import Certificates
from tests.faults.conftest import Stage, Warm
from tests.faults.scene import Outcome, Scene
from tests.faults.sts_faults import ANSWERS, TLS, UNCONNECTED, StsFault, TlsFault
from tests.support.fake_aws import FakeAws

FAULTS = {name: fault for group in ANSWERS.values() for name, fault in group.items()}


def check(scene: Scene, expected: Outcome, asked: int) -> None:
    """Vend amid a fault, and once more when it has passed."""
    seen = scene.vend()
    scene.check_refusal(seen, expected)
    assert scene.sts.calls.count("AssumeRole") == asked
    assert scene.row(seen.record["vend_id"])["Outcome"] == expected.name
    assert "AccessKeyId" not in scene.row(seen.record["vend_id"])
    scene.mend()
    scene.check_granted()
    assert scene.row(seen.record["vend_id"])["Outcome"] == expected.name


def test_the_programme_has_its_faults() -> None:
    """At least forty, each under a name of its own."""
    assert len(FAULTS) == sum(len(group) for group in ANSWERS.values())
    assert len(FAULTS.keys() | TLS.keys() | UNCONNECTED.keys()) == len(FAULTS) + len(TLS) + len(UNCONNECTED)
    assert len(FAULTS) + len(TLS) + len(UNCONNECTED) >= 40


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_answer_of_sts(fault: StsFault, scene: Scene) -> None:
    """A stable code, one record, a row that says why, nothing leaked, and the next vend is granted."""
    scene.sts.sts = lambda params: fault.answer(scene, params)
    if fault.seconds is not None:
        scene.hurry(sts=fault.seconds)
    if fault.patience is not None:
        scene.lose_patience(fault.patience)
    check(scene, fault.meets, fault.asked)


@pytest.mark.parametrize("fault", TLS.values(), ids=TLS.keys())
def test_a_handshake(fault: TlsFault, stage: Stage, tls_server: FakeAws, certificates: Certificates) -> None:
    """STS is who its certificate says, or it is asked nothing at all."""
    scene = stage(tls_server, AWS_ENDPOINT_URL_STS=tls_server.url, AWS_CA_BUNDLE=str(certificates.authority))
    scene.meet_by(lambda accepted: certificates.serve(accepted, "good"))
    tls_server.front = lambda accepted: fault.front(certificates, accepted, tls_server)
    if fault.patience is not None:
        scene.lose_patience(fault.patience)
    check(scene, fault.meets, asked=0)


def test_a_connection_that_is_refused(stage: Stage) -> None:
    """Nobody listens at STS's port, and then somebody does."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        scene = stage(AWS_ENDPOINT_URL_STS=f"http://127.0.0.1:{port}")
        seen = scene.vend()
    scene.check_refusal(seen, UNCONNECTED["connection refused"])
    assert scene.row(seen.record["vend_id"])["Outcome"] == "StsUnreachable"
    with FakeAws(port=port) as sts:
        scene.move_sts(sts)
        scene.check_granted()


def test_a_host_name_that_does_not_resolve(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver knows no such host (RFC 6761 keeps .invalid free), and then it does."""
    # Where there is a name server that doesn't answer, glibc shall not wait for it for long.
    monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
    scene = stage(AWS_ENDPOINT_URL_STS="http://sts.hub.invalid")
    seen = scene.vend()
    scene.check_refusal(seen, UNCONNECTED["a host name that doesn't resolve"])
    assert scene.row(seen.record["vend_id"])["Outcome"] == "StsUnreachable"
    found = scene.aws.url.rpartition(":")[2]
    resolve = socket.getaddrinfo

    def knows(host: str, port: object, *rest: object, **more: object) -> object:
        return (
            resolve("127.0.0.1", int(found), *rest, **more)
            if host == "sts.hub.invalid"
            else resolve(host, port, *rest, **more)
        )

    monkeypatch.setattr(socket, "getaddrinfo", knows)
    scene.check_granted()


def test_what_is_silent_in_production_is_given_up_in_time(warm: Warm) -> None:
    """The tests' patience is shorter than the function's, which ends well before the 18th second."""
    config = warm().hub.sts.meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, 8)
    assert config.retries["total_max_attempts"] == 1
