"""One simulator for all proofs."""

from collections.abc import Iterator

import pytest

from tests.iam.simulator import Simulator


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """Start the simulator once."""
    with Simulator() as running:
        yield running
