"""Who can take what, against asking one by one."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin import representatives as module
from hubspoke_admin.cedar import policies_of
from hubspoke_admin.exceptions import CallersUncountable
from hubspoke_admin.reach import what_can, who_can
from hubspoke_admin.representatives import representatives
from hubspoke_grants.decision import offer
from tests.oracle import reference
from tests.oracle.test_decisions import bundle_of, caller_of
from tests.support import grants

seeds = st.integers(0, 2**32)


def labels(policies: str, **changes: Any) -> list[str]:
    """List whom the representatives of some policies stand for."""
    bundle = grants.bundle(policies, **changes)
    return sorted(one.label for one in representatives(policies_of(bundle), [bundle]))


@given(seeds)
@settings(deadline=None, max_examples=60)
def test_who_can_is_what_asking_finds(seed: int) -> None:
    """Whoever is offered a role is listed, or somebody is who stands for them; nobody else is."""
    world = reference.world(random.Random(seed))  # noqa: S311
    bundle = bundle_of(world)
    for target in bundle.roles:
        listed = list(who_can(bundle, target))
        assert all(offer(bundle, one.caller, target) == offered for one, offered in listed)
        offers = [offered for _, offered in listed]
        for caller in map(caller_of, world.callers):
            offered = offer(bundle, caller, target)
            assert offered is None or offered in offers


@given(seeds)
@settings(deadline=None, max_examples=60)
def test_what_can_is_what_asking_finds(seed: int) -> None:
    """A caller's roles are those that are offered to it, one by one."""
    world = reference.world(random.Random(seed))  # noqa: S311
    bundle = bundle_of(world)
    for caller in map(caller_of, world.callers):
        one_by_one = [offer(bundle, caller, target) for target in bundle.roles]
        assert what_can(bundle, caller) == [offered for offered in one_by_one if offered]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("true", ["any role", "any user"]),
        (
            'principal.account == "111111111111"',
            [
                f"any {kind} of {which}"
                for kind in ("role", "user")
                for which in ("account 111111111111", "another account")
            ],
        ),
        (
            '["a", "b"].contains(principal.name)',
            [f"any {k} of {w}" for k in ("role", "user") for w in ("another name", "name a", "name b")],
        ),
        (
            'principal.uniqueId == "AIDAEXAMPLEEXAMPLE001"',
            [
                "any role of another unique id",
                "any user of another unique id",
                "any user of unique id AIDAEXAMPLEEXAMPLE001",
            ],
        ),
        (
            'principal has orgId && principal.orgId == "o-a1b2c3d4e5"',
            [
                f"any {kind} of {which}"
                for kind in ("role", "user")
                for which in ("another organization", "no organization", "organization o-a1b2c3d4e5")
            ],
        ),
        (
            "principal.name == resource.name",
            [
                f"any {k} of {w}"
                for k in ("role", "user")
                for w in ("another name", "name app-role", "name dev")
            ],
        ),
        (
            'resource.account.hasTag("owner") && resource.account.getTag("owner") == principal.account',
            [f"any {k} of another account" for k in ("role", "user")],
        ),
    ],
)
def test_wildcards_are_represented_by_what_they_compare(condition: str, expected: list[str]) -> None:
    """For each value that a policy names there is a caller, and one for all others."""
    assert labels(grants.permit_when(condition)) == expected


def test_a_permission_set_is_represented_with_its_persons() -> None:
    """Roles of Identity Center are told from others, and one person from another."""
    policy = (
        '@id("it") permit (principal is Caller::Role, action, resource) when {'
        'principal has permissionSet && principal.permissionSet == "Admin" && '
        'principal has session && principal.session == "ann@example.com"};'
    )
    found = {one.label: one.caller for one in representatives(policies_of(grants.bundle(policy)), [])}

    assert "any role" in found
    assert found["any role of permission set Admin of session ann@example.com"].permission_set == "Admin"
    assert found["any role of permission set Admin of another session"].session != "ann@example.com"
    assert found["any role of another permission set of another session"].permission_set not in (
        None,
        "Admin",
    )


def test_whom_no_policy_could_permit_is_not_represented() -> None:
    """A forbid alone gives nobody anything."""
    assert labels(grants.forbid_when('principal.account == "111111111111"')) == []


def test_a_named_caller_is_named_as_policies_write_it() -> None:
    """The list speaks the policies' language."""
    policy = '@id("it") permit (principal == Caller::User::"111111111111/bot", action, resource);'

    assert labels(policy) == ['Caller::User::"111111111111/bot"']


@pytest.mark.parametrize(
    "condition",
    [
        "principal.name == principal.account",
        '(if context has sessionPolicy then principal.name else "x") == "y"',
        'principal == (if context has sessionPolicy then principal else Caller::User::"111111111111/a")',
        '[principal.name].contains(resource.name) || [principal.name].containsAny(["x"])',
    ],
)
def test_a_policy_whose_callers_cannot_be_listed_is_named(condition: str) -> None:
    """What isn't a comparison with a text is refused, never guessed."""
    policy = grants.permit_when(f"principal is Caller::User && {condition}", "odd")
    with pytest.raises(CallersUncountable, match="odd"):
        labels(policy)


def test_too_many_callers_are_refused_by_the_policies_that_make_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bound the answer is an error that says which policies to mend."""
    monkeypatch.setattr(module, "REPRESENTATIVES_MAX", 3)
    with pytest.raises(CallersUncountable, match="wide"):
        labels(grants.permit_when('principal.account == "111111111111"', "wide"))


def test_who_can_lists_the_demos_callers(run: Callable[..., Any]) -> None:
    """The table names the principal and within what."""
    ran = run("grants", "who-can", "--grants", grants.STARTING_GRANTS, "222222222222/automation-spoke-role")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.decode().splitlines()[1:] == [
        'Caller::User::"111111111111/inventory-bot"     3600                  -                 no',
        'Caller::Role::"555555555555/inventory-report"  3600                  -                 no',
    ]


def test_what_can_says_when_it_is_nothing(run: Callable[..., Any]) -> None:
    """A stranger has no rows, and a line that says so."""
    ran = run(
        *("grants", "what-can", 'Caller::User::"111111111111/stranger"'),
        *("--grants", grants.STARTING_GRANTS, "--format", "json"),
    )

    assert (ran.code, ran.out) == (0, b"[]\n")
    assert "stranger" in ran.err


def test_who_can_of_no_role_is_no(run: Callable[..., Any]) -> None:
    """A role that isn't in the catalogue is said to be none."""
    ran = run("grants", "who-can", "--grants", grants.STARTING_GRANTS, "222222222222/gone")

    assert (ran.code, ran.out) == (1, b"")
    assert "222222222222/gone is no role" in ran.err
