"""One hub at several endpoints: which is asked, when the next is, and for how long one is left alone."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hubspoke
from hubspoke import Hub, cache, outages
from hubspoke.cache import Cache
from hubspoke.outages import Outages
from tests.support.fake_hub import (
    ACCOUNT,
    ROLE,
    Answer,
    FakeHub,
    document,
    fake_hub,
    gateway,
    refusal,
)

_URL = "https://one.example.com/prod"


@pytest.fixture
def other() -> Iterator[FakeHub]:
    """Serve the hub in another Region."""
    with fake_hub() as served:
        yield served


@pytest.fixture
def nobody() -> Iterator[str]:
    """Name an endpoint where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/prod"


def test_the_first_that_answers_is_the_only_one_asked(hub: FakeHub, other: FakeHub) -> None:
    """The order is the caller's."""
    both = Hub([hub.endpoint, other.endpoint])
    both.identity()
    both.identity()
    assert (len(hub.seen), len(other.seen)) == (2, 0)


@pytest.mark.parametrize("separator", [",", ", ", " , "])
def test_a_variable_names_several(
    hub: FakeHub, other: FakeHub, separator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With commas between them."""
    monkeypatch.setenv("HUBSPOKE_ENDPOINT", separator.join([hub.endpoint, other.endpoint]))
    hub.script = [Answer(500)]
    assert Hub.from_env().identity().account == "111111111111"
    assert (len(hub.seen), len(other.seen)) == (1, 1)


@pytest.mark.parametrize("first", ["https://hub.invalid/prod", "no TLS", "nobody"])
def test_an_endpoint_that_is_not_reached(first: str, other: FakeHub, nobody: str) -> None:
    """Its name isn't known, it doesn't speak TLS, nobody is there: the next one is asked."""
    endpoint = {"no TLS": other.endpoint.replace("http:", "https:"), "nobody": nobody}.get(first, first)
    assert Hub([endpoint, other.endpoint], retries=0).identity().account == "111111111111"
    assert len(other.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal(503, "Unavailable", Retry_After="30"),
        refusal(503, "Throttled", Retry_After="30"),
        Answer(500, b"<html>oops</html>"),
        gateway(502, "InternalServerErrorException"),
        gateway(504, None),
        Answer(200, b'{"a": 1} and more', truncate_at=8),
        Answer(raw=b"SSH-2.0-hush\r\n\r\n"),
        Answer(raw=b""),
    ],
    ids=["Unavailable", "Throttled", "500", "502", "504", "truncated", "not HTTP", "silent"],
)
def test_an_endpoint_that_is_down(hub: FakeHub, other: FakeHub, answer: Answer) -> None:
    """It decided nothing: the next one is asked, and at once."""
    hub.script = [answer]
    began = time.monotonic()
    assert Hub([hub.endpoint, other.endpoint], retries=0).identity().account == "111111111111"
    assert (len(hub.seen), len(other.seen)) == (1, 1)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(400, "InvalidRequest"), hubspoke.RequestInvalid),
        (refusal(403, "AccessDenied"), hubspoke.AccessDenied),
        (refusal(429, "TooManyRequests", Retry_After="1"), hubspoke.TooManyRequests),
        (refusal(502, "SpokeRefused"), hubspoke.SpokeRefused),
        (gateway(403, "AccessDeniedException"), hubspoke.CallNotAllowed),
        (gateway(403, "ExpiredTokenException"), hubspoke.OwnCredentialsError),
        (gateway(429, "TooManyRequestsException"), hubspoke.TooManyRequests),
        (document(200, {"Version": 1}), hubspoke.ReplyMalformed),
        (Answer(404, b"{}"), hubspoke.ReplyMalformed),
        (Answer(302, b"", {"Location": "https://elsewhere.invalid/"}), hubspoke.ReplyMalformed),
    ],
)
def test_a_decision_is_not_asked_for_elsewhere(
    hub: FakeHub, other: FakeHub, answer: Answer, kind: type[hubspoke.HubspokeError]
) -> None:
    """Whoever is refused, or too fast, is that everywhere. And the endpoint isn't down."""
    hub.script = [answer]
    both = Hub([hub.endpoint, other.endpoint])
    with pytest.raises(kind):
        both.credentials(ACCOUNT, ROLE)
    both.credentials(ACCOUNT, ROLE)
    assert (len(hub.seen), len(other.seen)) == (2, 0)


def test_one_that_hangs_leaves_time_for_the_next(hub: FakeHub, other: FakeHub) -> None:
    """Each has its share of the one deadline."""
    hub.script = [Answer(delay=30)]
    began = time.monotonic()
    assert Hub([hub.endpoint, other.endpoint], timeout=2, retries=0).identity().account == "111111111111"
    assert 0.9 < time.monotonic() - began < 2


def test_the_deadline_is_for_all_of_them(hub: FakeHub, other: FakeHub) -> None:
    """Two that hang take no longer than one."""
    hub.script, other.script = [Answer(delay=30)], [Answer(delay=30)]
    began = time.monotonic()
    with pytest.raises(hubspoke.HubUnreachable):
        Hub([hub.endpoint, other.endpoint], timeout=1).identity()
    assert time.monotonic() - began < 1.9


def test_one_that_is_down_is_left_alone(hub: FakeHub, other: FakeHub) -> None:
    """It would cost each call the time to find that out."""
    hub.script = [Answer(503)]
    both = Hub([hub.endpoint, other.endpoint])
    for _ in range(3):
        both.identity()
    assert (len(hub.seen), len(other.seen)) == (1, 3)


def test_the_next_process_leaves_it_alone_as_well(hub: FakeHub, other: FakeHub, tmp_path: Path) -> None:
    """By a file that is the user's alone, and empty."""
    hub.script = [Answer(503)]
    for _ in range(2):
        Hub([hub.endpoint, other.endpoint]).identity()
    assert (len(hub.seen), len(other.seen)) == (1, 2)
    (mark,) = (tmp_path / ".cache" / "hubspoke").iterdir()
    assert (mark.suffix, mark.stat().st_mode & 0o777, mark.read_bytes()) == (".mark", 0o600, b"")


def test_without_a_cache_only_this_process_knows(hub: FakeHub, other: FakeHub, tmp_path: Path) -> None:
    """Nothing is written."""
    hub.script = [Answer(503), Answer(503)]
    both = Hub([hub.endpoint, other.endpoint], cache=False)
    both.identity()
    both.identity()
    Hub([hub.endpoint, other.endpoint], cache=False).identity()
    assert (len(hub.seen), len(other.seen)) == (2, 3)
    assert not (tmp_path / ".cache").exists()


def test_after_a_while_it_is_asked_again(
    hub: FakeHub, other: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller's order counts again."""
    hub.script = [Answer(503)]
    both = Hub([hub.endpoint, other.endpoint])
    both.identity()
    monkeypatch.setattr(outages, "MARK_LASTS", 0)
    both.identity()
    assert (len(hub.seen), len(other.seen)) == (2, 1)


def test_when_all_are_down_all_are_asked(hub: FakeHub, other: FakeHub) -> None:
    """None is worse off than the others; and who answers is back."""
    hub.script, other.script = [Answer(503)], [Answer(503)]
    both = Hub([hub.endpoint, other.endpoint], retries=0)
    with pytest.raises(hubspoke.HubUnavailable):
        both.identity()
    both.identity()
    both.identity()
    assert (len(hub.seen), len(other.seen)) == (3, 1)


def test_one_that_was_down_is_asked_when_the_others_are(hub: FakeHub, other: FakeHub) -> None:
    """Better than an error."""
    hub.script = [Answer(503)]
    both = Hub([hub.endpoint, other.endpoint], retries=0)
    both.identity()
    other.script = [Answer(503)]
    assert both.identity().account == "111111111111"
    assert (len(hub.seen), len(other.seen)) == (2, 2)


def test_one_that_there_is_no_time_for_is_not_called_down_again(hub: FakeHub, other: FakeHub) -> None:
    """Nobody asked it."""
    hub.script, other.script = [Answer(503)], [document(200, {}), Answer(delay=30)]
    both = Hub([hub.endpoint, other.endpoint], retries=0, timeout=0.5)
    with pytest.raises(hubspoke.ReplyMalformed):
        both.identity()
    known = both._transport()._outages._began.copy()
    with pytest.raises(hubspoke.HubUnreachable, match="in time"):
        both.identity()
    assert set(known) == {hub.endpoint}
    assert both._transport()._outages._began[hub.endpoint] == known[hub.endpoint]


def test_a_throttled_one_is_not_down(hub: FakeHub, other: FakeHub) -> None:
    """It is asked first the next time."""
    hub.script = [refusal(503, "Throttled")]
    both = Hub([hub.endpoint, other.endpoint])
    both.identity()
    both.identity()
    assert (len(hub.seen), len(other.seen)) == (2, 1)


def test_a_single_endpoint_is_never_left_alone(hub: FakeHub, tmp_path: Path) -> None:
    """There is nobody else to ask."""
    hub.script = [Answer(503)]
    Hub().identity()
    Hub().identity()
    assert len(hub.seen) == 3
    assert not (tmp_path / ".cache").exists()


def test_all_are_tried_again(hub: FakeHub, other: FakeHub) -> None:
    """As often as a single one would be."""
    hub.script, other.script = [Answer(503)] * 2, [Answer(503)] * 2
    assert Hub([hub.endpoint, other.endpoint], retries=2).identity().account == "111111111111"
    assert (len(hub.seen), len(other.seen)) == (3, 2)


def test_one_error_says_that_nobody_answered(nobody: str) -> None:
    """And what to check."""
    with pytest.raises(hubspoke.HubUnreachable, match="None of the hub's endpoints") as raised:
        Hub([nobody, "https://hub.invalid/prod"], retries=0).identity()
    assert "HUBSPOKE_ENDPOINT" in raised.value.diagnostics()
    assert raised.value.diagnostics().count("\n") <= 1


@pytest.mark.parametrize("order", [1, -1])
def test_what_a_hub_says_counts_more_than_silence(hub: FakeHub, nobody: str, order: int) -> None:
    """With its request id and the time it asks for."""
    hub.script = [refusal(503, "Throttled", Retry_After="7")]
    with pytest.raises(hubspoke.HubThrottled) as raised:
        Hub([hub.endpoint, nobody][::order], retries=0).identity()
    assert raised.value.retry_after == 7


def test_threads_share_what_is_known(hub: FakeHub, other: FakeHub) -> None:
    """Once it is known, nobody asks."""
    hub.script = [Answer(503)]
    both = Hub([hub.endpoint, other.endpoint])
    both.identity()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: both.identity(), range(32)))
    assert (len(hub.seen), len(other.seen)) == (1, 33)


def test_each_endpoint_is_signed_for_its_own_region() -> None:
    """As its name says; the setting is for those that don't."""
    name = "https://abc.execute-api.{}.amazonaws.com/prod"
    hub = Hub(
        [name.format("eu-west-1"), name.format("us-east-1"), "https://own.example.com"], region="eu-north-1"
    )
    assert [way.region for way in hub._transport()._ways] == ["eu-west-1", "us-east-1", "eu-north-1"]


def test_the_endpoints_are_part_of_the_caches_key(hub: FakeHub, other: FakeHub) -> None:
    """Another list may be another hub."""
    for endpoints in ([hub.endpoint], [hub.endpoint, other.endpoint], [other.endpoint, hub.endpoint]):
        for _ in range(2):
            Hub(endpoints).credentials(ACCOUNT, ROLE)
    assert (len(hub.seen), len(other.seen)) == (2, 1)


@pytest.mark.parametrize("shift", [-3600, 61, 3600])
def test_a_mark_of_another_time_says_nothing(
    shift: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute has passed, or the clock was set."""
    Outages(Cache(tmp_path / "cache")).begin(_URL)
    assert Outages(Cache(tmp_path / "cache")).lasts(_URL)
    now = time.time()
    monkeypatch.setattr(outages.time, "time", lambda: now + shift)
    assert not Outages(Cache(tmp_path / "cache")).lasts(_URL)


@pytest.mark.parametrize("mode", [0o644, 0o620])
def test_a_mark_that_others_can_write_says_nothing(tmp_path: Path, mode: int) -> None:
    """Nor does a link, which somebody else may have made."""
    Outages(Cache(tmp_path / "cache")).begin(_URL)
    (mark,) = (tmp_path / "cache").iterdir()
    mark.chmod(mode)
    assert not Outages(Cache(tmp_path / "cache")).lasts(_URL)
    mark.rename(tmp_path / "elsewhere")
    mark.symlink_to(tmp_path / "elsewhere")
    assert not Outages(Cache(tmp_path / "cache")).lasts(_URL)


def test_an_outage_that_ends_is_forgotten_by_all(tmp_path: Path) -> None:
    """Also where it was never noted."""
    one, two = Outages(Cache(tmp_path / "cache")), Outages(Cache(tmp_path / "cache"))
    one.end(_URL)
    one.begin(_URL)
    assert two.lasts(_URL)
    one.end(_URL)
    assert not one.lasts(_URL)
    assert not two.lasts(_URL)


def test_old_marks_are_swept(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next vend."""
    Outages(Cache(tmp_path / ".cache" / "hubspoke")).begin(_URL)
    monkeypatch.setattr(cache, "_SLACK", -61)
    Hub().credentials(ACCOUNT, ROLE)
    assert not list((tmp_path / ".cache" / "hubspoke").glob("*.mark"))
