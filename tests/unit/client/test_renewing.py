"""hubspoke.renewing: who waits, who doesn't, and what a failure costs."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from hubspoke.cache import Entry
from hubspoke.exceptions import (
    AccessDenied,
    HubspokeError,
    HubUnavailable,
    HubUnreachable,
    ReplyMalformed,
    SpokeRefused,
    TooManyRequests,
)
from hubspoke.renewing import Renewing
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.support.entries import entry

_ROLE = Target(AccountId("222222222222"), RoleName("automation-spoke-role"))
_OTHER = Target(AccountId("333333333333"), RoleName("automation-spoke-role"))
_BEGIN = 1_800_000_000.0
"""Far from the machine's own clock."""


class World:
    """A clock that is set, and a hub that is told what to do."""

    def __init__(self) -> None:
        self.now = _BEGIN
        self.vends: list[Target] = []
        self.failure: Exception | None = None
        self.lifetime = 3600.0
        self.open = threading.Event()
        """Cleared, vends hang."""
        self.open.set()
        self.renewing = Renewing(self.obtain, lambda: self.now)

    def obtain(self, target: Target) -> Entry:
        self.vends.append(target)
        assert self.open.wait(10)
        if self.failure:
            raise self.failure
        return entry(target, key=f"ASIA{len(self.vends)}", obtained=self.now, lifetime=self.lifetime)

    def key(self, target: Target = _ROLE) -> str:
        return self.renewing.get(target).access_key_id

    def after(self, vends: int) -> None:
        """Wait until there were so many vends, and what they brought was taken."""
        _until(lambda: len(self.vends) >= vends)
        _until(lambda: not any(thread.name == "hubspoke-renew" for thread in threading.enumerate()))


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.fixture
def world() -> Iterator[World]:
    """Let nothing hang when the test is over."""
    found = World()
    yield found
    found.open.set()
    found.renewing.end()


def test_the_first_who_asks_waits_and_the_next_does_not(world: World) -> None:
    """A role is vended once it is asked for."""
    assert [world.key(), world.key(), world.key(_OTHER)] == ["ASIA1", "ASIA1", "ASIA2"]
    assert world.vends == [_ROLE, _OTHER]


def test_what_is_there_already_is_not_vended_again(world: World) -> None:
    """As ``run --refresh`` begins."""
    world.renewing.hold(_ROLE, entry(_ROLE, key="ASIAFIRST", obtained=_BEGIN))
    assert (world.key(), world.vends) == ("ASIAFIRST", [])


def test_many_who_ask_at_once_share_one_vend(world: World) -> None:
    """The first of each role."""
    world.open.clear()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(world.key())) for _ in range(20)]
    for thread in threads:
        thread.start()
    world.open.set()
    for thread in threads:
        thread.join()
    assert (set(found), len(world.vends)) == ({"ASIA1"}, 1)


def test_nobody_waits_for_a_renewal_while_good_ones_are_there(world: World) -> None:
    """The old ones are handed out until the new ones have come."""
    assert world.key() == "ASIA1"
    world.open.clear()
    world.now += 2701  # a quarter of an hour is left
    assert world.key() == "ASIA1"
    _until(lambda: len(world.vends) == 2)
    assert world.key() == "ASIA1"
    world.open.set()
    _until(lambda: world.key() == "ASIA2")
    assert len(world.vends) == 2


def test_what_is_in_use_is_renewed_before_anybody_asks(world: World) -> None:
    """When a quarter of its time is left, by the look at the clock."""
    world.key()
    assert world.renewing.look() == 2700
    world.now += 2700
    world.renewing.look()
    world.after(2)
    assert world.key() == "ASIA2"


def test_the_look_at_the_clock_goes_on_until_the_end(world: World) -> None:
    """On a thread of its own."""
    world.key()
    world.now += 2700
    thread = threading.Thread(target=world.renewing.run, daemon=True)
    thread.start()
    world.after(2)
    world.renewing.end()
    thread.join(5)
    assert not thread.is_alive()


def test_what_nobody_uses_is_left_to_end(world: World) -> None:
    """Else a forgotten server would vend for ever. Who comes back is served all the same."""
    world.key()
    for _ in range(5):
        world.now += 2700
        world.renewing.look()
        world.after(2)
    assert len(world.vends) == 2
    assert world.key() == "ASIA3"


def test_a_laptop_that_slept_gets_new_ones(world: World) -> None:
    """The wall clock has gone on: what has ended meanwhile is never handed out."""
    world.key()
    world.now += 8 * 3600
    assert world.key() == "ASIA2"


def test_a_clock_that_was_set_back_is_noticed(world: World) -> None:
    """They would look younger than they can be."""
    world.key()
    world.now -= 7200
    _until(lambda: world.key() == "ASIA2")


@pytest.mark.parametrize(
    "failure",
    [HubUnreachable("No answer."), TooManyRequests("Slower."), KeyError("bug")],
)
def test_a_failed_renewal_loses_nothing(failure: Exception, world: World) -> None:
    """Good ones are good until they end, and after that there is an error and no credentials."""
    world.key()
    world.failure = failure
    world.now += 2701
    assert world.key() == "ASIA1"
    world.after(2)
    world.now += 800
    assert world.key() == "ASIA1"
    world.after(3)
    world.now += 100
    with pytest.raises(HubspokeError):
        world.key()


@pytest.mark.parametrize("refusal", [AccessDenied("No grant."), SpokeRefused("Its trust.")])
def test_a_refusal_ends_what_was_granted(refusal: HubspokeError, world: World) -> None:
    """It isn't papered over by what is left, and it ends with the refusing."""
    world.key()
    world.failure = refusal
    world.now += 2701
    world.key()  # which begins the renewal, and waits for nothing
    with pytest.raises(type(refusal)):
        _until(lambda: world.key() == "never")
    world.failure = None
    world.now += 61
    assert world.key() == "ASIA3"


def test_a_failed_renewal_is_tried_again_and_comes_about(world: World) -> None:
    """When the hub is back."""
    world.key()
    world.failure = HubUnreachable("No answer.")
    world.now += 2701
    world.key()
    world.after(2)
    world.failure = None
    world.now += 61
    _until(lambda: world.key() == "ASIA3")


def test_failures_are_not_tried_at_every_request(world: World) -> None:
    """The pause doubles, to a minute at most; meanwhile the failure is the answer."""
    world.failure = AccessDenied("No grant.")
    tried = []
    for second in range(300):
        world.now = _BEGIN + second
        with pytest.raises(AccessDenied):
            world.key()
        tried.append(len(world.vends))
    assert [tried[0], tried[1], tried[3], tried[7], tried[15], tried[31]] == [1, 2, 3, 4, 5, 6]
    assert 9 <= tried[-1] <= 11


def test_each_who_asks_gets_a_failure_of_their_own(world: World) -> None:
    """Raised again and again, one object would hold the frames of all who ever asked."""
    world.failure = HubUnavailable("The hub is down.", request_id="r", retry_after=60)
    caught = []
    for _ in range(2):
        with pytest.raises(HubUnavailable) as failure:
            world.key()
        caught.append(failure.value)
    assert caught[0] is not caught[1]
    assert caught[0].diagnostics() == caught[1].diagnostics()


def test_the_hubs_own_time_to_wait_is_kept(world: World) -> None:
    """Up to a minute."""
    world.failure = TooManyRequests("Slower.", retry_after=30)
    for second, vends in ((0, 1), (29, 1), (31, 2)):
        world.now = _BEGIN + second
        with pytest.raises(TooManyRequests):
            world.key()
        assert len(world.vends) == vends


def test_a_pause_counted_by_a_clock_that_was_set_back_does_not_last(world: World) -> None:
    """An hour, say."""
    world.failure = HubUnavailable("Later.")
    with pytest.raises(HubUnavailable):
        world.key()
    world.failure = None
    world.now -= 3600
    assert world.key() == "ASIA2"


def test_old_ones_that_the_route_hands_out_are_asked_after_again(world: World) -> None:
    """A route whose hub is down gives what it kept: that is no reason to ask it at every request."""
    world.lifetime = 3600
    world.renewing = Renewing(
        lambda target: world.obtain(target) and entry(target, obtained=_BEGIN), lambda: world.now
    )
    world.now += 2701
    for _ in range(5):
        world.key()
    assert len(world.vends) == 1
    world.now += 2
    world.key()
    world.after(2)


def test_a_system_without_a_thread_to_spare_costs_one_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next who asks tries again."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuse)
        with pytest.raises(HubUnreachable):
            world.key()
    assert world.key() == "ASIA1"


def test_what_ends_too_soon_is_an_error(world: World) -> None:
    """A hub that vends what can't be used isn't asked in a loop."""
    world.lifetime = 30
    with pytest.raises(ReplyMalformed):
        world.key()
    assert len(world.vends) == 1


def test_an_error_nobody_foresaw_is_told_without_its_text(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """It could hold anything."""
    world.failure = RuntimeError("hush")
    with pytest.raises(HubUnavailable) as caught:
        world.key()
    assert "hush" not in caplog.text + str(caught.value)
    assert "RuntimeError" in caplog.text
