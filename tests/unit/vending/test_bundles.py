"""Which bundle is in force, when S3 does and doesn't answer."""

import time
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.config import Config

from hubspoke_contract.errors import Problem, Refused
from hubspoke_grants.bundle import Bundle
from tests.support.fake_aws import FakeAws
from tests.unit.vending.conftest import STARTING_BUNDLE
from vending.bundles import LOOK_EVERY, Bundles, Moment, Place

Make = Callable[..., Bundles]


class Clock:
    """Two clocks that a test moves."""

    def __init__(self) -> None:
        self.monotonic, self.wall = Moment.now()

    def __call__(self) -> Moment:
        return Moment(self.monotonic, self.wall)

    def move(self, seconds: float) -> None:
        """Let time pass, as it does."""
        self.monotonic += seconds
        self.wall += seconds


@pytest.fixture
def clock() -> Clock:
    """Time stands still until the test moves it."""
    return Clock()


@pytest.fixture
def bundles(aws: FakeAws, clock: Clock) -> Iterator[Bundles]:
    """A loader over the loopback S3; the last good bundle may serve for 100 seconds."""
    client = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=aws.url,
        aws_access_key_id="ASIAHUBHUBHUBHUBHUBH",
        aws_secret_access_key="hub",
        config=Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1}),
    )
    yield Bundles(client, Place("bundles", "bundle.json", "111111111111"), max_age=100, clock=clock)
    client.close()


def current(bundles: Bundles, seconds: float = 6.0) -> Bundle:
    """Ask for the bundle in force, with so much time to find it."""
    return bundles.current(time.monotonic() + seconds)


BAD: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "half-written": STARTING_BUNDLE[: len(STARTING_BUNDLE) // 2],
    "foreign": b'{"hello": "world"}',
    "altered": STARTING_BUNDLE.replace(b"automation-spoke-role", b"administrator-role", 1),
}


@pytest.mark.parametrize("bad", BAD)
def test_the_last_good_one_serves_within_its_time_and_no_longer(
    bad: str, bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """A bad object leaves the good bundle in force until S3 has not confirmed it for too long."""
    version = current(bundles).version
    aws.bundle = BAD[bad]
    clock.move(99)
    assert current(bundles).version == version
    clock.move(2)
    with pytest.raises(Refused) as refused:
        current(bundles)
    assert refused.value.problem is Problem.GrantsUnavailable


def test_s3_is_looked_at_seldom(bundles: Bundles, aws: FakeAws, clock: Clock) -> None:
    """Within ten seconds of a look there is no other."""
    current(bundles)
    clock.move(LOOK_EVERY - 0.1)
    current(bundles)
    assert aws.calls == ["GetObject"]
    clock.move(0.1)
    current(bundles)
    assert aws.calls == ["GetObject", "GetObject"]


def test_an_unchanged_bundle_is_confirmed_and_not_parsed_again(
    bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """By its ETag, a bundle that didn't change is the same object, and as good as new."""
    first = current(bundles)
    for _ in range(5):
        clock.move(90)
        assert current(bundles) is first
    assert bundles.age == 0


def test_a_new_bundle_is_in_force_at_the_next_look(bundles: Bundles, aws: FakeAws, clock: Clock) -> None:
    """A publish is seen without a deploy."""
    from hubspoke_admin.source import build
    from hubspoke_grants import bundle
    from tests.unit.vending.conftest import ROOT

    before = current(bundles).version
    document = build(ROOT / "grants") | {"Accounts": [], "Profiles": []}
    aws.bundle = bundle.encode(document | {"Version": bundle.version_of(document)})
    clock.move(LOOK_EVERY)
    assert current(bundles).version != before
    assert not current(bundles).roles


@pytest.mark.parametrize(("which", "seconds"), [("monotonic", 200.0), ("wall", 200.0), ("wall", -200.0)])
def test_a_frozen_function_does_not_serve_an_old_bundle(
    which: str, seconds: float, bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """Whichever clock stood still or was set, S3 is asked again, and without it all is refused."""
    current(bundles)
    aws.bundle = None
    setattr(clock, which, getattr(clock, which) + seconds)
    with pytest.raises(Refused):
        current(bundles)
