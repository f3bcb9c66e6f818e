"""The servers and the warm function of all faults."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.certificates import Certificates
from tests.faults.scene import Scene, start
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws

Stage = Callable[..., Scene]
Warm = Callable[..., ModuleType]


@pytest.fixture(scope="session")
def aws_server() -> Iterator[FakeAws]:
    """DynamoDB and S3, and STS where it has no line of its own."""
    with FakeAws() as server:
        yield server


@pytest.fixture(scope="session")
def elsewhere_server() -> Iterator[FakeAws]:
    """Somebody who listens for what isn't theirs."""
    with FakeAws() as server:
        yield server


@pytest.fixture(scope="session")
def tls_server() -> Iterator[FakeAws]:
    """STS over TLS."""
    with FakeAws("https") as server:
        yield server


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Good and bad certificates."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def warm(aws_server: FakeAws, tmp_path_factory: pytest.TempPathFactory) -> Warm:
    """Start an execution environment for a line to STS, or find the one that is warm."""
    started: dict[tuple[tuple[str, str], ...], ModuleType] = {}
    folder: Path = tmp_path_factory.mktemp("environment")

    def find(**line: str) -> ModuleType:
        key = tuple(sorted(line.items()))
        if key not in started:
            started[key] = start({"AWS_ENDPOINT_URL": aws_server.url, **line}, folder)
        return started[key]

    return find


@pytest.fixture
def stage(
    aws_server: FakeAws,
    elsewhere_server: FakeAws,
    warm: Warm,
    canaries: Canaries,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """Set the stage, over STS's own line where there is one."""
    used = [aws_server, elsewhere_server]
    scenes: list[Scene] = []

    def set_up(sts: FakeAws | None = None, **line: str) -> Scene:
        used.append(sts or aws_server)
        scene = Scene(
            function=warm(**line),
            aws=aws_server,
            sts=sts or aws_server,
            elsewhere=elsewhere_server,
            canaries=canaries,
            capfd=capfd,
            caplog=caplog,
            patch=monkeypatch,
        )
        scenes.append(scene)
        return scene

    yield set_up
    for scene in scenes:
        scene.take_time()
    for server in used:
        server.reset()


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """The stage with STS next to DynamoDB and S3."""
    return stage()
