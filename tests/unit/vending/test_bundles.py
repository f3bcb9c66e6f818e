"""Which bundle is in force, when S3 does and doesn't answer."""

import time
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.config import Config

from hubspoke_contract.errors import Problem, Refused
from tests.support.fake_aws import FakeAws, Reply
from tests.unit.vending.conftest import STARTING_BUNDLE
from vending.bundles import LOOK_EVERY, Bundles

Make = Callable[..., Bundles]


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


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
    yield Bundles(client, "bundles", "bundle.json", max_age=100, clock=clock)
    client.close()


BAD: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "half-written": STARTING_BUNDLE[: len(STARTING_BUNDLE) // 2],
    "foreign": b'{"hello": "world"}',
    "altered": STARTING_BUNDLE.replace(b"automation-spoke-role", b"administrator-role", 1),
}


@pytest.mark.parametrize("bad", BAD)
def test_before_the_first_good_bundle_all_is_refused(bad: str, bundles: Bundles, aws: FakeAws) -> None:
    """Nothing, or nothing usable, in the bucket: no decision, hence no vend."""
    aws.bundle = BAD[bad]
    with pytest.raises(Refused) as refused:
        bundles.current()
    assert refused.value.problem is Problem.GrantsUnavailable


@pytest.mark.parametrize("bad", BAD)
def test_the_first_good_bundle_is_taken_at_once(bad: str, bundles: Bundles, aws: FakeAws) -> None:
    """Recovery needs no restart and no wait."""
    aws.bundle = BAD[bad]
    with pytest.raises(Refused):
        bundles.current()
    aws.bundle = STARTING_BUNDLE
    assert bundles.current().roles


@pytest.mark.parametrize("bad", BAD)
def test_the_last_good_one_serves_within_its_time_and_no_longer(
    bad: str, bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """A bad object leaves the good bundle in force until S3 has not confirmed it for too long."""
    version = bundles.current().version
    aws.bundle = BAD[bad]
    clock.now += 100
    assert bundles.current().version == version
    clock.now += 1
    with pytest.raises(Refused) as refused:
        bundles.current()
    assert refused.value.problem is Problem.GrantsUnavailable


@pytest.mark.parametrize("status", [403, 500, 503])
def test_an_s3_that_fails_changes_nothing_for_a_while(
    status: int, bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """S3's own trouble is bridged by the last good bundle, and only so long."""
    bundles.current()
    aws.faults["GetObject"] = Reply(status, b"<Error><Code>Trouble</Code></Error>", "application/xml")
    clock.now += 99
    bundles.current()
    clock.now += 20
    with pytest.raises(Refused):
        bundles.current()
    aws.faults.clear()
    clock.now += LOOK_EVERY
    assert bundles.current().roles


def test_s3_is_looked_at_seldom(bundles: Bundles, aws: FakeAws, clock: Clock) -> None:
    """Within ten seconds of a look there is no other."""
    bundles.current()
    clock.now += LOOK_EVERY - 0.1
    bundles.current()
    assert aws.calls == ["GetObject"]
    clock.now += 0.1
    bundles.current()
    assert aws.calls == ["GetObject", "GetObject"]


def test_an_unchanged_bundle_is_confirmed_and_not_parsed_again(
    bundles: Bundles, aws: FakeAws, clock: Clock
) -> None:
    """By its ETag, a bundle that didn't change is the same object, and as good as new."""
    first = bundles.current()
    for _ in range(5):
        clock.now += 90
        assert bundles.current() is first
    assert bundles.age == 0


def test_a_new_bundle_is_in_force_at_the_next_look(bundles: Bundles, aws: FakeAws, clock: Clock) -> None:
    """A publish is seen without a deploy."""
    from hubspoke_admin.source import build
    from hubspoke_grants import bundle
    from tests.unit.vending.conftest import ROOT

    before = bundles.current().version
    document = build(ROOT / "grants") | {"Accounts": [], "Profiles": []}
    aws.bundle = bundle.encode(document | {"Version": bundle.version_of(document)})
    clock.now += LOOK_EVERY
    assert bundles.current().version != before
    assert not bundles.current().roles
