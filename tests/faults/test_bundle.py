"""The bundle in every state that we could think of: none before the first, the last good one for its time.

The loader's clock is the test's; the sockets are real.
"""

from collections.abc import Callable

import pytest

from tests.faults.bundle_faults import FAULTS, REFUSED, BundleFault
from tests.faults.scene import GRANTED, Scene
from tests.support.fake_aws import Reply
from tests.unit.vending.conftest import ENVIRONMENT
from vending.bundles import LOOK_EVERY

MAX_AGE = int(ENVIRONMENT["HUBSPOKE_BUNDLE_MAX_AGE"])

Refuse = Callable[[], None]


@pytest.fixture
def refuse(scene: Scene) -> Refuse:
    """Vend without a bundle in force: refused, recorded, and neither ledger nor STS gets a call."""

    def check() -> None:
        before = [call for call in scene.aws.calls if call != "GetObject"]
        rows = dict(scene.aws.rows)
        scene.check_refusal(scene.vend(), REFUSED)
        assert [call for call in scene.aws.calls if call != "GetObject"] == before
        assert scene.aws.rows == rows

    return check


def play(fault: BundleFault, scene: Scene) -> None:
    """Have the fault come to be."""
    fault.breaks(scene)
    if fault.slow:
        scene.hurry(grants=0.5)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_before_the_first_bundle(fault: BundleFault, scene: Scene, refuse: Refuse) -> None:
    """Deny all; and the very next vend after the fault is granted."""
    play(fault, scene)
    refuse()
    scene.mend()
    scene.check_granted()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_with_a_good_bundle_in_force(fault: BundleFault, scene: Scene, refuse: Refuse) -> None:
    """The last good one serves for its time and no longer; then it is got over at the next look."""
    version = scene.check_granted().record["bundle_version"]
    play(fault, scene)
    scene.clock.move(MAX_AGE - 1)
    seen = scene.vend()
    assert (seen.outcome, seen.record["bundle_version"]) == (GRANTED, version)
    scene.clock.move(LOOK_EVERY)
    refuse()
    scene.mend()
    scene.clock.move(LOOK_EVERY)
    assert scene.check_granted().record["bundle_version"] == version


def test_unchanged_is_no_answer_before_the_first_bundle(scene: Scene, refuse: Refuse) -> None:
    """A 304 to a question that nobody asked is no bundle."""
    scene.aws.faults["GetObject"] = Reply(304)
    refuse()
    scene.mend()
    scene.check_granted()
