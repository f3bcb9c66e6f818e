"""One emulator, as it runs under the embedded hub, for all tests of what it was mended to do."""

from collections.abc import Iterator

import pytest

from hubspoke_local.deploy import Deployment
from hubspoke_local.emulator import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Start it empty, and end it in the end."""
    running = Emulator(tmp_path_factory.mktemp("emulator"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def bootstrap(emulator: Emulator) -> Deployment:
    """Deploy to it, with its bootstrap secret."""
    return Deployment(emulator.endpoint, emulator.bootstrap)
