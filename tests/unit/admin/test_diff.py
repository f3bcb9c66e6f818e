"""Who gains and who loses what."""

import dataclasses
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin.diff import Change, Effect, compare
from hubspoke_grants.decision import granted
from tests.oracle import reference
from tests.oracle.test_decisions import bundle_of, caller_of
from tests.support import grants

STRANGER = """
@id("oops")
permit (
  principal == Caller::User::"111111111111/stranger",
  action == Action::"assume",
  resource in OrgUnit::"ou-root/Workloads/Prod"
);
"""
seeds = st.integers(0, 2**32)


def changes(old: str, new: str, **of_new: Any) -> list[tuple[str, str, str]]:
    """Compare two sets of policies, in short."""
    found = compare(grants.bundle(old), grants.bundle(new, **of_new))
    return [(change.effect.value, change.principal, change.limits) for change in found]


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_nothing_differs_from_itself(seed: int) -> None:
    """Equal grants change nothing for anybody."""
    bundle = bundle_of(reference.world(random.Random(seed)))  # noqa: S311

    assert compare(bundle, bundle) == []


@given(seeds)
@settings(deadline=None, max_examples=80)
def test_every_gain_and_loss_is_named(seed: int) -> None:
    """Whatever a caller may and might not before is among the changes, and the other way round."""
    chance = random.Random(seed)  # noqa: S311
    before = reference.world(chance)
    kept = [grant for grant in before.grants if chance.random() < 0.7]
    after = dataclasses.replace(before, grants=tuple(kept))
    # Some of the reference's policies compute with the duration, which no build lets pass: where they can
    # change their answer is then for the test to say.
    near = {second + step for second in reference._DURATIONS for step in (-1, 0, 1)}
    durations = tuple(sorted(second for second in near if 900 <= second <= 3600))
    old, new = (dataclasses.replace(bundle_of(world), durations=durations) for world in (before, after))
    found = compare(old, new)
    for caller in map(caller_of, before.callers):
        for target in old.roles:
            had, has = set(granted(old, caller, target)), set(granted(new, caller, target))
            assert not has - had or affected(found, Effect.GAINS, str(target))
            assert not had - has or affected(found, Effect.LOSES, str(target))


def affected(found: list[Change], effect: Effect, resource: str) -> bool:
    """Tell whether somebody gains, or loses, something of a role."""
    return any(change.effect is effect and resource in change.resources for change in found)


def test_what_all_gain_is_a_line_for_each_kind_of_caller() -> None:
    """Nobody has to be named for it."""
    assert changes("", grants.PERMIT_ALL)[:1] == [
        ("gains", "any user", "900 to 3600 s, without a session policy or with read-only or with write")
    ]


def test_another_duration_is_a_gain_of_the_seconds_between() -> None:
    """Longer than before is more than before."""
    assert changes(
        grants.permit_when("context.duration <= 900", action="assume"),
        grants.permit_when("context.duration <= 1800", action="assume"),
    ) == [
        ("gains", f"any {kind}", "901 to 1800 s, without a session policy or with read-only or with write")
        for kind in ("user", "role")
    ]


def test_a_longer_profile_is_a_gain() -> None:
    """The catalogue widens as policies do."""
    old = grants.bundle(Profiles=[grants.profile(MaxDurationSeconds=1000)])
    found = compare(old, grants.bundle())

    assert {(change.effect.value, change.limits.split(",")[0]) for change in found} == {
        ("gains", "1001 to 3600 s")
    }


def test_another_text_of_a_session_policy_is_a_change_that_widens() -> None:
    """Nobody can say whether another text allows less."""
    old = grants.bundle()
    new = grants.bundle(SessionPolicies={"read-only": '{"Statement":["*"]}', "write": '{"Statement":["w"]}'})
    found = compare(old, new)

    assert {(change.effect.value, change.limits, change.widens) for change in found} == {
        ("changes", "another session policy read-only", True)
    }


def test_a_new_account_is_a_gain_of_its_roles() -> None:
    """What the catalogue adds is gained by all whom it is for."""
    new = grants.bundle(
        Accounts=[grants.account(), grants.account("333333333333")],
        Profiles=[grants.profile(Accounts=["222222222222", "333333333333"])],
    )
    found = compare(grants.bundle(), new)

    assert {(change.action, change.resources) for change in found} == {
        ("assume", ("333333333333/app-role",)),
        ("audit", ("333333333333",)),
    }


@pytest.mark.parametrize(
    ("resource", "lost"),
    [
        ("resource is Account", ("222222222222",)),
        ('resource in OrgUnit::"ou-root"', ("222222222222",)),
        ('resource == Hub::"hub"', ("the hub as a whole",)),
        ('resource in Hub::"hub"', ("222222222222", "the hub as a whole")),
    ],
)
def test_the_ledger_is_lost_and_gained_by_account(resource: str, lost: tuple[str, ...]) -> None:
    """``audit`` is compared too, on each account and on the hub."""
    old = f'@id("it") permit (principal is Caller::User, action == Action::"audit", {resource});'
    found = compare(grants.bundle(old), grants.bundle(""))

    assert [(one.effect.value, one.action, one.resources) for one in found] == [("loses", "audit", lost)]


def test_a_stranger_let_into_production_is_exactly_that_gain(run: Callable[..., Any], folder: Path) -> None:
    """The gain is named, and the command says no; taken back, it is a loss and fine."""
    (folder / "policies/oops.cedar").write_text(STRANGER)
    widened = run("grants", "diff", grants.STARTING_GRANTS, folder, "--format", "json")
    allowed = run("grants", "diff", grants.STARTING_GRANTS, folder, "--allow-widening")
    narrowed = run("grants", "diff", folder, grants.STARTING_GRANTS, "--format", "json")

    gained = json.loads(widened.out)
    assert (widened.code, allowed.code, narrowed.code) == (1, 0, 0)
    assert {(one["Effect"], one["Principal"]) for one in gained} == {
        ("gains", 'Caller::User::"111111111111/stranger"')
    }
    assert sorted(name for one in gained for name in one["Resources"]) == [
        "333333333333/automation-spoke-role",
        "333333333333/deploy-spoke-role",
    ]
    assert {one["Effect"] for one in json.loads(narrowed.out)} == {"loses"}


def test_a_bundles_file_is_compared_like_its_folder(
    run: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    """What was built is what was read."""
    run("grants", "build", folder, "--output", tmp_path / "bundle.json")
    ran = run("grants", "diff", tmp_path / "bundle.json", folder)

    assert (ran.code, ran.out) == (0, b"")
    assert "nobody gains or loses" in ran.err
