"""What a caller is told it may take, against what it is then given."""

import functools
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin.source import build
from hubspoke_contract.names import Target, target
from hubspoke_contract.reply import RoleOffer
from hubspoke_grants.bundle import Bundle, encode, load
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import Permit, decide, offer
from tests.support import grants
from tests.support.grants import TARGET, ask, durations, forbid_when, permit_when

SESSION_POLICIES = (None, "read-only", "write")


def by_asking(bundle: Bundle, caller: Caller, place: Target, durations: set[int]) -> RoleOffer | None:
    """Find out what may be taken the long way: by asking for all of it."""
    profile = bundle.roles[place]
    granted = [
        (policy, duration)
        for policy, duration in itertools.product((None, *profile.session_policies), durations)
        if isinstance(decide(bundle, caller, place, ask(duration, policy)), Permit)
    ]
    if not granted:
        return None
    account = bundle.accounts[place.account]
    return RoleOffer(
        account=place.account,
        account_name=account.name,
        org_unit=account.org_unit,
        account_tags=account.tags,
        role=place.role,
        max_duration=max(duration for _, duration in granted),
        session_policies=tuple(
            name for name in profile.session_policies if any(policy == name for policy, _ in granted)
        ),
        session_policy_required=all(policy is not None for policy, _ in granted),
    )


# --- random policies --------------------------------------------------------------------------

numbers = st.one_of(
    st.sampled_from([0, 899, 900, 901, 3599, 3600, 3601]), st.integers(850, 3650), st.integers(-5, 10**6)
)
_about_duration = st.one_of(
    st.builds("context.duration {} {}".format, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers),
    st.builds("{} {} context.duration".format, numbers, st.sampled_from(["==", "!=", "<", "<=", ">", ">="])),
    st.builds("[{}, {}, {}].contains(context.duration)".format, numbers, numbers, numbers),
)
_about_session_policy = st.one_of(
    st.just("context has sessionPolicy"),
    st.builds(
        '(context has sessionPolicy && context.sessionPolicy == "{}")'.format,
        st.sampled_from(["read-only", "write", "other"]),
    ),
)
conditions = st.recursive(
    _about_duration | _about_session_policy | st.sampled_from(["true", "false"]),
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("(if {} then {} else {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)
policy_sets = st.lists(
    st.builds(
        "{} (principal, action, resource) {} {{ {} }};".format,
        st.sampled_from(["permit", "permit", "forbid"]),
        st.sampled_from(["when", "when", "unless"]),
        conditions,
    ),
    min_size=1,
    max_size=4,
).map(lambda policies: "\n".join(f'@id("p{place}") {text}' for place, text in enumerate(policies)))
longest_durations = st.sampled_from([900, 901, 3599, 3600]) | st.integers(900, 3600)


@given(
    policies=policy_sets,
    longest=longest_durations,
    others=st.sets(st.integers(900, 3600), max_size=15),
)
@settings(deadline=None, max_examples=300)
def test_an_offer_is_exactly_what_asking_finds(policies: str, longest: int, others: set[int]) -> None:
    """The longest duration and the session policies on offer are those that ``decide`` permits."""
    bundle = grants.bundle(policies, Profiles=[grants.profile(MaxDurationSeconds=longest)])
    beside = {near + step for near in (*bundle.durations, longest) for step in (-1, 0, 1)} | others
    durations = {duration for duration in beside if 900 <= duration <= 3600}

    assert offer(bundle, grants.user(), TARGET) == by_asking(bundle, grants.user(), TARGET, durations)


@given(policies=policy_sets, longest=longest_durations)
@settings(deadline=None, max_examples=10)
def test_an_offer_is_what_asking_every_single_second_finds(policies: str, longest: int) -> None:
    """No second between two durations that matter is decided otherwise than its neighbours."""
    bundle = grants.bundle(policies, Profiles=[grants.profile(MaxDurationSeconds=longest)])
    found = offer(bundle, grants.user(), TARGET)
    every_second = set(range(900, 3601))

    assert found == by_asking(bundle, grants.user(), TARGET, every_second)


@functools.cache
def starting() -> Bundle:
    """Build and load what ``grants/`` says."""
    return load(encode(build(grants.STARTING_GRANTS)))


@pytest.mark.parametrize("place", starting().roles, ids=str)
@pytest.mark.parametrize(
    "caller",
    [grants.user("inventory-bot"), grants.role("ci-deployer", "555555555555"), grants.user()],
    ids=lambda caller: caller.name,
)
def test_the_starting_grants_offer_what_they_give(caller: Caller, place: Target) -> None:
    """Every caller and role of the starting grants: the offer is what asking finds."""
    durations = {*range(895, 906), *range(3590, 3601), 1800} & {*range(900, 3601)}

    assert offer(starting(), caller, place) == by_asking(starting(), caller, place, durations)


# --- one by one -------------------------------------------------------------------------------


def test_nothing_granted_is_nothing_offered() -> None:
    """Who may not take a role at all isn't told of it."""
    assert offer(grants.bundle(""), grants.user(), TARGET) is None


@pytest.mark.parametrize("seconds", [900, 901, 1799, 1800, 3599, 3600])
def test_the_longest_duration_is_the_policys(seconds: int) -> None:
    """A bound in a policy is offered to the second."""
    found = offer(grants.bundle(permit_when(f"context.duration <= {seconds}")), grants.user(), TARGET)

    assert found is not None
    assert found.max_duration == seconds


def test_the_longest_duration_is_never_more_than_the_profiles() -> None:
    """A profile's own limit stands between two durations that matter."""
    bundle = grants.bundle(Profiles=[grants.profile(MaxDurationSeconds=1234)])
    found = offer(bundle, grants.user(), TARGET)

    assert found is not None
    assert found.max_duration == 1234


def test_a_session_policy_is_required_where_none_is_denied() -> None:
    """The offer says when a vend without a session policy would be refused."""
    bundle = grants.bundle(permit_when('context has sessionPolicy && context.sessionPolicy == "write"'))
    found = offer(bundle, grants.user(), TARGET)

    assert found is not None
    assert (found.session_policies, found.session_policy_required) == (("write",), True)


def test_a_policy_that_errs_offers_nothing() -> None:
    """What ``decide`` would deny for an error is not offered either."""
    policies = grants.PERMIT_ALL + forbid_when("context.duration * 9223372036854775807 > 0")

    assert offer(grants.bundle(policies), grants.user(), TARGET) is None


def test_an_error_at_some_durations_spoils_only_those() -> None:
    """The offer ends where the error begins."""
    policies = grants.PERMIT_ALL + forbid_when(
        "context.duration > 1800 && context.duration * 9223372036854775807 > 0"
    )
    bundle = grants.bundle(policies, Durations=[900, 1800, 1801, 3600])
    found = offer(bundle, grants.user(), TARGET)

    assert found is not None
    assert found.max_duration == 1800


def test_an_offer_says_where_the_role_is() -> None:
    """Account, its name, its unit and the role are the bundle's."""
    found = offer(grants.bundle(), grants.user(), TARGET)

    assert found is not None
    assert (found.account, found.account_name, found.org_unit, found.role) == (
        "222222222222",
        "dev",
        "ou-root/Workloads/Dev",
        "app-role",
    )


def test_a_role_that_is_not_in_the_catalogue_cannot_be_offered() -> None:
    """Only the catalogue's roles are asked about."""
    unknown = target("999999999999/app-role")
    assert unknown is not None
    with pytest.raises(KeyError):
        offer(grants.bundle(), grants.user(), unknown)


# --- durations that matter --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("true", [900, 3600]),
        ("context.duration <= 900", [900, 901, 3600]),
        ("context.duration < 900", [900, 901, 3600]),
        ("context.duration <= 899", [900, 3600]),
        ("context.duration <= 1800", [900, 1799, 1800, 1801, 3600]),
        ("1800 >= context.duration", [900, 1799, 1800, 1801, 3600]),
        ("[1000, 2000].contains(context.duration)", [900, 999, 1000, 1001, 1999, 2000, 2001, 3600]),
        ("if context.duration > 1000 then false else true", [900, 999, 1000, 1001, 3600]),
        ("!(context.duration == 1000)", [900, 999, 1000, 1001, 3600]),
        ("context.duration <= 3600", [900, 3599, 3600]),
        ("context.duration <= 3601", [900, 3600]),
        ("context.duration <= -1800 || context.duration <= 0", [900, 3600]),
        ('principal.name == "1800"', [900, 3600]),
    ],
)
def test_the_durations_that_matter_are_those_next_to_a_policys_numbers(
    condition: str, expected: list[int]
) -> None:
    """The least, the most, and every number that a policy names with its neighbours, within the limits."""
    assert durations(permit_when(condition)) == expected


def test_the_durations_of_every_policy_matter() -> None:
    """Permits and forbids, ``when`` and ``unless``, all count."""
    policies = (
        permit_when("context.duration <= 1000")
        + forbid_when("context.duration > 2000", "b")
        + '@id("c") forbid (principal, action, resource) unless { context.duration < 3000 };'
    )

    assert {1000, 2000, 3000} <= set(durations(policies))


def test_no_policies_have_only_the_bounds() -> None:
    """Without a policy the two limits are all there is to try."""
    assert durations("") == [900, 3600]
