"""The one decision: who may, who may not, and why."""

import dataclasses
import functools
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hubspoke_admin.source import build
from hubspoke_contract.errors import Problem
from hubspoke_contract.names import AccountId, Target, target
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle, encode, load
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import Denial, Permit, decide, may_audit
from tests.support import grants, strategies
from tests.support.grants import TARGET, ask, forbid_when, permit_when

SSO = "AWSReservedSSO_Admin_0123456789abcdef"


def problem(answer: Permit | Denial) -> Problem | None:
    """Say what a decision is about, ``None`` for a permit."""
    return answer.problem if isinstance(answer, Denial) else None


def allows(
    condition: str, caller: Caller | None = None, request: VendRequest | None = None, **changes: Any
) -> bool:
    """Tell whether a policy that permits under one condition permits."""
    bundle = grants.bundle(permit_when(condition), **changes)
    answer = decide(bundle, caller or grants.user(), TARGET, request or ask())
    assert problem(answer) in (None, Problem.NotGranted)
    return isinstance(answer, Permit)


# --- the starting grants ----------------------------------------------------------------------

INVENTORY = grants.user("inventory-bot", "111111111111")
DEPLOYER = grants.role("ci-deployer", "555555555555")


@functools.cache
def starting() -> Bundle:
    """Build and load what ``grants/`` says."""
    return load(encode(build(grants.STARTING_GRANTS)))


@pytest.mark.parametrize(
    ("caller", "place", "request_", "duration"),
    [
        (INVENTORY, "222222222222/automation-spoke-role", ask(), 3600),
        (INVENTORY, "333333333333/automation-spoke-role", ask(900), 900),
        (INVENTORY, "222222222222/automation-spoke-role", ask(3600), 3600),
        (DEPLOYER, "222222222222/deploy-spoke-role", ask(900), 900),
        (DEPLOYER, "222222222222/deploy-spoke-role", ask(900, "read-only"), 900),
        (DEPLOYER, "333333333333/deploy-spoke-role", ask(None, "read-only"), 3600),
        (DEPLOYER, "333333333333/deploy-spoke-role", ask(1234, "read-only"), 1234),
    ],
)
def test_the_starting_grants_permit(caller: Caller, place: str, request_: VendRequest, duration: int) -> None:
    """Who should take a role by the grants that the project comes with, may."""
    answer = decide(starting(), caller, target(place), request_)  # type: ignore[arg-type]

    assert isinstance(answer, Permit)
    assert answer.duration == duration


@pytest.mark.parametrize(
    ("caller", "place", "request_", "expected"),
    [
        pytest.param(*case, id=name)
        for name, case in {
            "role not of this caller": (
                INVENTORY,
                "222222222222/deploy-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "account outside the OU": (
                INVENTORY,
                "444444444444/automation-spoke-role",
                ask(900),
                Problem.RoleUnknown,
            ),
            "unknown account": (
                INVENTORY,
                "999999999999/automation-spoke-role",
                ask(900),
                Problem.RoleUnknown,
            ),
            "unknown role": (INVENTORY, "222222222222/admin", ask(900), Problem.RoleUnknown),
            "role in another case": (
                INVENTORY,
                "222222222222/Automation-spoke-role",
                ask(900),
                Problem.RoleUnknown,
            ),
            "session policy not of this role": (
                INVENTORY,
                "222222222222/automation-spoke-role",
                ask(900, "read-only"),
                Problem.NotGranted,
            ),
            "same name in another account": (
                grants.user("inventory-bot", "555555555555"),
                "222222222222/automation-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "a role of the user's name": (
                grants.role("inventory-bot", "111111111111"),
                "222222222222/automation-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "name in another case": (
                grants.user("Inventory-Bot", "111111111111"),
                "222222222222/automation-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "name with something after it": (
                grants.user("inventory-bot2", "111111111111"),
                "222222222222/automation-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "a user of the role's name": (
                grants.user("ci-deployer", "555555555555"),
                "222222222222/deploy-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "a session of the role's name": (
                grants.role("other", "555555555555", "ci-deployer"),
                "222222222222/deploy-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "a second too long": (
                DEPLOYER,
                "222222222222/deploy-spoke-role",
                ask(901),
                Problem.NotGranted,
            ),
            "left out, so the role's longest": (
                DEPLOYER,
                "222222222222/deploy-spoke-role",
                ask(),
                Problem.NotGranted,
            ),
            "production without a session policy": (
                DEPLOYER,
                "333333333333/deploy-spoke-role",
                ask(900),
                Problem.NotGranted,
            ),
            "unknown session policy": (
                DEPLOYER,
                "333333333333/deploy-spoke-role",
                ask(900, "admin"),
                Problem.NotGranted,
            ),
            "a tag nobody may set": (
                INVENTORY,
                "222222222222/automation-spoke-role",
                ask(900, None, ("team", "blue")),
                Problem.NotGranted,
            ),
        }.items()
    ],
)
def test_the_starting_grants_deny(
    caller: Caller, place: str, request_: VendRequest, expected: Problem
) -> None:
    """Every near miss of a grant is a no, and the record says which."""
    assert problem(decide(starting(), caller, target(place), request_)) is expected  # type: ignore[arg-type]


# --- what a permit holds ----------------------------------------------------------------------


def test_a_permit_says_exactly_what_to_ask_of_sts() -> None:
    """The duration, the session policy's text and all the tags are in the permit, by the policy's name."""
    bundle = grants.bundle(
        Profiles=[grants.profile(Tags={"service": "hub"}, CallerTagKeys=["ticket", "team"])],
    )
    answer = decide(bundle, grants.user(), TARGET, ask(1000, "write", ("ticket", "T-1")))

    assert answer == Permit(
        profile=bundle.roles[TARGET],
        duration=1000,
        session_policy='{"Statement":["w"]}',
        tags=(("service", "hub"), ("ticket", "T-1")),
        policies=("all",),
    )


def test_no_session_policy_asked_is_none_sent() -> None:
    """A permit without a session policy has no text for one."""
    answer = decide(grants.bundle(), grants.user(), TARGET, ask())

    assert isinstance(answer, Permit)
    assert answer.session_policy is None


def test_a_permit_names_every_policy_that_permitted() -> None:
    """The record can say by which grants a vend was made, in a fixed order."""
    bundle = grants.bundle(permit_when("true", "b") + permit_when("true", "a") + permit_when("false", "c"))

    assert decide(bundle, grants.user(), TARGET, ask()).policies == ("a", "b")


def test_a_denial_names_the_policies_that_forbade() -> None:
    """A forbid is named, and the permits it overrode are not."""
    bundle = grants.bundle(grants.PERMIT_ALL + forbid_when("true", "stop") + forbid_when("false", "idle"))

    assert decide(bundle, grants.user(), TARGET, ask()) == Denial(Problem.NotGranted, ("stop",))


def test_a_denial_for_want_of_a_permit_names_none() -> None:
    """Where nothing permitted, no policy is to blame."""
    assert decide(grants.bundle(""), grants.user(), TARGET, ask()) == Denial(Problem.NotGranted, ())


# --- what decides before any policy -----------------------------------------------------------


@pytest.mark.parametrize(("longest", "asked"), [(900, 901), (1800, 1801), (3599, 3600)])
def test_no_policy_permits_more_than_the_profiles_longest_duration(longest: int, asked: int) -> None:
    """A profile's longest duration binds whatever the policies say."""
    bundle = grants.bundle(Profiles=[grants.profile(MaxDurationSeconds=longest)])

    assert problem(decide(bundle, grants.user(), TARGET, ask(asked))) is Problem.NotGranted
    assert problem(decide(bundle, grants.user(), TARGET, ask(longest))) is None


@pytest.mark.parametrize("longest", [900, 1234, 3600])
def test_a_duration_left_out_is_the_profiles_longest(longest: int) -> None:
    """Who names no duration is decided, and vended, for the longest."""
    answer = decide(
        grants.bundle(
            permit_when(f"context.duration == {longest}"),
            Profiles=[grants.profile(MaxDurationSeconds=longest)],
        ),
        grants.user(),
        TARGET,
        ask(),
    )

    assert isinstance(answer, Permit)
    assert answer.duration == longest


@pytest.mark.parametrize("name", ["write", "unknown", "READ-ONLY", "read-only2"])
def test_only_the_profiles_own_session_policies_are_taken(name: str) -> None:
    """A session policy of the bundle that isn't the profile's is refused, never left out."""
    bundle = grants.bundle(Profiles=[grants.profile(SessionPolicies=["read-only"])])

    assert problem(decide(bundle, grants.user(), TARGET, ask(900, name))) is Problem.NotGranted


@pytest.mark.parametrize("key", ["team", "Ticket", "TICKET", "ticket ", "ticke", "service", ""])
def test_only_the_listed_tags_are_taken(key: str) -> None:
    """A caller's tag whose key isn't listed, to the letter, is refused; so is one of the profile's own."""
    bundle = grants.bundle(Profiles=[grants.profile(Tags={"service": "hub"}, CallerTagKeys=["ticket"])])
    request = ask(900, None, ("ticket", "T-1"), (key, "x"))

    assert problem(decide(bundle, grants.user(), TARGET, request)) is Problem.NotGranted


@given(place=strategies.targets, caller=strategies.callers, request=strategies.vend_requests)
@settings(deadline=None, max_examples=500)
def test_nothing_outside_the_catalogue_is_ever_permitted(
    place: Target, caller: Caller, request: VendRequest
) -> None:
    """Where policies permit everything, a role the bundle doesn't list is still unknown."""
    assert decide(grants.bundle(), caller, place, request) == Denial(Problem.RoleUnknown, ())


@given(caller=strategies.callers, request=strategies.vend_requests)
@settings(deadline=None, max_examples=300)
def test_without_a_policy_nobody_may_anything(caller: Caller, request: VendRequest) -> None:
    """No permit, no vend."""
    assert problem(decide(grants.bundle(""), caller, TARGET, request)) is Problem.NotGranted


@given(caller=strategies.callers, request=strategies.vend_requests)
@settings(deadline=None, max_examples=300)
def test_a_forbid_of_everything_leaves_nothing(caller: Caller, request: VendRequest) -> None:
    """One forbid overrides every permit, whatever their order."""
    bundle = grants.bundle(permit_when("true") + forbid_when("true") + grants.PERMIT_ALL)

    assert problem(decide(bundle, caller, TARGET, request)) is Problem.NotGranted


# --- policies ---------------------------------------------------------------------------------

OVERFLOW = "context.duration * 9223372036854775807 > 0"


@pytest.mark.parametrize(
    "policies",
    [
        permit_when(OVERFLOW) + grants.PERMIT_ALL,
        grants.PERMIT_ALL + permit_when(OVERFLOW),
        forbid_when(OVERFLOW) + grants.PERMIT_ALL,
        forbid_when("principal.missing") + grants.PERMIT_ALL,
        permit_when("principal.missing") + grants.PERMIT_ALL,
        permit_when('context.sessionPolicy == "read-only"') + grants.PERMIT_ALL,
        permit_when('resource.account.getTag("none") == "x"') + grants.PERMIT_ALL,
        permit_when('principal.name < "b"') + grants.PERMIT_ALL,
        forbid_when("ip(principal.name).isLoopback()") + grants.PERMIT_ALL,
    ],
)
def test_a_policy_that_fails_to_evaluate_is_a_no(policies: str) -> None:
    """Cedar leaves a policy that errs out of account; were it a forbid, that would be a yes."""
    answer = decide(grants.bundle(policies), grants.user(), TARGET, ask())

    assert problem(answer) is Problem.PolicyError


def test_a_policy_that_would_fail_on_another_request_harms_nobody() -> None:
    """What Cedar doesn't evaluate cannot err."""
    bundle = grants.bundle(permit_when(f"context.duration < 900 && {OVERFLOW}") + grants.PERMIT_ALL)

    assert isinstance(decide(bundle, grants.user(), TARGET, ask()), Permit)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('resource in OrgUnit::"ou-root"', True),
        ('resource in OrgUnit::"ou-root/Workloads"', True),
        ('resource in OrgUnit::"ou-root/Workloads/Dev"', True),
        ('resource in Account::"222222222222"', True),
        ('resource.account in OrgUnit::"ou-root"', True),
        ('resource.account == Account::"222222222222"', True),
        ('resource == SpokeRole::"222222222222/app-role"', True),
        ('resource in OrgUnit::"ou-root/Workloads/Dev/"', False),
        ('resource in OrgUnit::"ou-root/Workloads/De"', False),
        ('resource in OrgUnit::"ou-root/Workloads/Dev/Deeper"', False),
        ('resource in OrgUnit::"ou-root/workloads"', False),
        ('resource in OrgUnit::"Workloads"', False),
        ('resource in OrgUnit::"Dev"', False),
        ('resource in OrgUnit::""', False),
        ('resource in Account::"333333333333"', False),
        ('resource in OrgUnit::"222222222222"', False),
        ('resource == SpokeRole::"222222222222/app-role2"', False),
        ('resource.name == "app-role"', True),
        ('resource.name like "app-*"', True),
        ('resource.profile == "app"', True),
        ('resource.profile == "app-role"', False),
        ('resource.account.name == "dev"', True),
    ],
)
def test_a_role_is_in_its_account_and_every_unit_above(condition: str, expected: bool) -> None:
    """A grant on a unit reaches all below it, by whole names only."""
    assert allows(condition) is expected


def test_units_are_nested_to_any_depth() -> None:
    """A unit sixty levels up is still above; the accounts beside it are not below it."""
    unit = "/".join(f"level{depth}" for depth in range(60))
    accounts = [grants.account(OrgUnit=unit)]

    assert allows('resource in OrgUnit::"level0"', Accounts=accounts)
    assert allows(f'resource in OrgUnit::"{unit}"', Accounts=accounts)
    assert not allows('resource in OrgUnit::"level1"', Accounts=accounts)


def test_an_account_without_a_unit_is_in_none() -> None:
    """Without AWS Organizations no grant on a unit reaches an account."""
    accounts = [grants.account(OrgUnit="")]

    assert not allows('resource in OrgUnit::""', Accounts=accounts)
    assert allows('resource in Account::"222222222222"', Accounts=accounts)


@pytest.mark.parametrize(
    "unit",
    [
        'a"b',
        "a\\b",
        "a b",
        "a'b",
        "Ünité",
        "😀",
        "a::b",
        "{}",
        "\n",
        "\u2028",
        "__entity",
        "*",
        "x" * 128,
    ],
)
def test_a_unit_may_have_any_name(unit: str) -> None:
    """What Cedar or JSON would have to escape in a unit's name neither breaks nor widens a grant."""
    accounts = [grants.account(OrgUnit=f"ou-root/{unit}")]

    assert allows('resource in OrgUnit::"ou-root"', Accounts=accounts)
    assert not allows('resource in OrgUnit::"ou-root/other"', Accounts=accounts)


@pytest.mark.parametrize(
    ("condition", "tags", "expected"),
    [
        ('resource.account.hasTag("env")', {"env": "dev"}, True),
        ('resource.account.hasTag("env")', {}, False),
        ('resource.account.hasTag("env")', {"ENV": "dev"}, False),
        (
            'resource.account.hasTag("env") && resource.account.getTag("env") == "dev"',
            {"env": "dev"},
            True,
        ),
        (
            'resource.account.hasTag("env") && resource.account.getTag("env") == "dev"',
            {"env": "prod"},
            False,
        ),
        ('resource.account.hasTag("__entity")', {"__entity": "x"}, True),
        ('resource.account.hasTag("__extn")', {"__extn": "x", "fn": "ip", "arg": "y"}, True),
        ('resource.account.hasTag("")', {"": ""}, True),
    ],
)
def test_an_accounts_tags_are_texts_by_name(condition: str, tags: dict[str, str], expected: bool) -> None:
    """Account tags decide by exact names and values; none has a meaning of Cedar's own."""
    assert allows(condition, Accounts=[grants.account(Tags=tags)]) is expected


@pytest.mark.parametrize(
    ("condition", "caller", "expected"),
    [
        ('principal == Caller::User::"111111111111/bot"', grants.user(), True),
        ('principal == Caller::Role::"111111111111/bot"', grants.user(), False),
        ('principal == Caller::Role::"111111111111/bot"', grants.role(), True),
        ('principal == Caller::User::"111111111111/bot"', grants.role(), False),
        ("principal is Caller::User", grants.user(), True),
        ("principal is Caller::User", grants.role(), False),
        ("principal is Caller::Role", grants.role(), True),
        ('principal.account == "111111111111"', grants.user(), True),
        ('principal.account == "111111111111"', grants.user(number="211111111111"), False),
        ('principal.name == "bot"', grants.role(), True),
        ('principal.uniqueId == "AIDAEXAMPLEEXAMPLE001"', grants.user(), True),
        (
            'principal.uniqueId == "AIDAEXAMPLEEXAMPLE001"',
            grants.user(unique_id="AIDAEXAMPLEEXAMPLE002"),
            False,
        ),
        ('principal has orgId && principal.orgId == "o-a1b2c3d4e5"', grants.user(), True),
        (
            'principal has orgId && principal.orgId == "o-a1b2c3d4e5"',
            grants.user(org_id="o-other12345"),
            False,
        ),
        ("principal has orgId", grants.user(org_id=None), False),
        ("principal has orgId", grants.role(org_id=None), False),
        ("principal has session", grants.role(), False),
        ("principal has permissionSet", grants.role(), False),
        ("principal has session", grants.user(), False),
        ("principal has permissionSet", grants.user(SSO), False),
        ("principal has session", grants.user(SSO), False),
        (
            'principal has session && principal.session == "ann@x.org"',
            grants.role(SSO, session="ann@x.org"),
            True,
        ),
        (
            'principal has session && principal.session == "ann@x.org"',
            grants.role(SSO, session="bob@x.org"),
            False,
        ),
        (
            'principal has session && principal.session == "ann@x.org"',
            grants.role(session="ann@x.org"),
            False,
        ),
        ('principal has permissionSet && principal.permissionSet == "Admin"', grants.role(SSO), True),
        (
            'principal has permissionSet && principal.permissionSet == "Admin"',
            grants.role(SSO.replace("Admin", "ReadOnly")),
            False,
        ),
        ("principal has permissionSet", grants.role(SSO.lower()), False),
        ("principal has permissionSet", grants.role(SSO[:-1]), False),
        ("principal has permissionSet", grants.role(f"x{SSO}"), False),
        ("principal has permissionSet", grants.role(f"{SSO}0"), False),
        ("principal has permissionSet", grants.role(SSO[:-1] + "F"), False),
        ("principal has permissionSet", grants.role("AWSReservedSSO__0123456789abcdef"), False),
        ("principal has partition", grants.user(), False),
        ("principal has kind", grants.user(), False),
    ],
)
def test_a_caller_is_seen_as_it_was_verified(condition: str, caller: Caller, expected: bool) -> None:
    """Kind, account, name and unique id decide; a session's name only where Identity Center pins it."""
    assert allows(condition, caller) is expected


@pytest.mark.parametrize("name", ["_", "+", "=", ",", ".", "..", "@", "-", "a=b,c+d.e@f_-", "x" * 64, "0"])
def test_odd_but_legal_names_are_matched_exactly(name: str) -> None:
    """Every character that IAM takes in a name is only itself in a grant."""
    condition = f'principal == Caller::User::"111111111111/{name}"'

    assert allows(condition, grants.user(name))
    assert not allows(condition, grants.user(f"{name[:-1]}_x"))


@given(strategies.callers)
@settings(deadline=None, max_examples=300)
def test_a_grant_to_one_caller_is_for_that_one(caller: Caller) -> None:
    """A principal as the hub writes it, put into a policy, names this caller and no namesake."""
    bundle = grants.bundle(permit_when(f"principal == {caller.principal}"))
    namesake = {
        "User": grants.role(caller.name, caller.account),
        "Role": grants.user(caller.name, caller.account),
    }

    assert problem(decide(bundle, caller, TARGET, ask())) is None
    assert problem(decide(bundle, namesake[caller.kind], TARGET, ask())) is Problem.NotGranted


@given(caller=strategies.callers, number=strategies.accounts)
def test_a_grant_to_one_caller_is_not_for_its_namesake_elsewhere(caller: Caller, number: AccountId) -> None:
    """The same name in another account is another caller."""
    assume(number != caller.account)
    bundle = grants.bundle(permit_when(f"principal == {caller.principal}"))
    elsewhere = dataclasses.replace(caller, account=number)

    assert problem(decide(bundle, elsewhere, TARGET, ask())) is Problem.NotGranted


@given(caller=strategies.callers, another=strategies.callers)
def test_a_caller_made_again_is_another(caller: Caller, another: Caller) -> None:
    """Where a policy pins the unique id, a caller of the same name and account with another has nothing."""
    assume(caller.unique_id != another.unique_id)
    bundle = grants.bundle(
        permit_when(f'principal == {caller.principal} && principal.uniqueId == "{caller.unique_id}"')
    )
    again = dataclasses.replace(caller, unique_id=another.unique_id)

    assert problem(decide(bundle, caller, TARGET, ask())) is None
    assert problem(decide(bundle, again, TARGET, ask())) is Problem.NotGranted


@pytest.mark.parametrize(
    ("condition", "request_", "expected"),
    [
        ("context has sessionPolicy", ask(), False),
        ("context has sessionPolicy", ask(900, "write"), True),
        ('context has sessionPolicy && context.sessionPolicy == "read-only"', ask(900, "read-only"), True),
        ('context has sessionPolicy && context.sessionPolicy == "read-only"', ask(900, "write"), False),
        ("context.duration <= 900", ask(900), True),
        ("context.duration <= 900", ask(901), False),
        ("context.duration == 3600", ask(), True),
        ("context has reason", VendRequest(reason="please"), False),
        ("context has tags", ask(), False),
        ('action == Action::"assume"', ask(), True),
        ('action == Action::"audit"', ask(), False),
    ],
)
def test_the_context_is_duration_and_session_policy(
    condition: str, request_: VendRequest, expected: bool
) -> None:
    """A policy sees how long and with which session policy, and nothing else the caller says."""
    assert allows(condition, None, request_) is expected


@functools.cache
def starting_again() -> Bundle:
    """Make a second copy of the starting grants' bundle, that shares nothing with the first."""
    return load(encode(build(grants.STARTING_GRANTS)))


# --- tags -------------------------------------------------------------------------------------


@given(own=strategies.tags, listed=strategies.tags, asked=strategies.tags)
def test_a_callers_tags_never_override_the_profiles(
    own: tuple[tuple[str, str], ...],
    listed: tuple[tuple[str, str], ...],
    asked: tuple[tuple[str, str], ...],
) -> None:
    """Every tag of the profile goes out as it stands there; a caller's goes out only where it is listed."""
    taken = {key.casefold() for key, _ in own}
    listed_keys = [key for key, _ in listed if key.casefold() not in taken]
    bundle = grants.bundle(Profiles=[grants.profile(Tags=dict(own), CallerTagKeys=listed_keys)])
    # Half of what is asked is what may be asked, or nearly nothing would be.
    wanted = tuple(asked) + tuple((key, "caller's") for key in listed_keys[::2])
    unique = {key.casefold(): (key, value) for key, value in wanted}

    decision = decide(bundle, grants.user(), TARGET, ask(None, None, *unique.values()))

    if isinstance(decision, Denial):
        assert any(key not in listed_keys for key, _ in unique.values())
        return
    sent = [key.casefold() for key, _ in decision.tags]
    foreign = {key for key, _ in decision.tags} - {key for key, _ in own} - set(listed_keys)
    assert (len(set(sent)), set(own) - set(decision.tags), foreign) == (len(sent), set(), set())


# --- pure -------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.sampled_from([INVENTORY, DEPLOYER, grants.user()]),
            st.deferred(lambda: st.sampled_from(list(starting().roles))),
            st.builds(ask, st.none() | st.sampled_from([900, 901, 3600]), st.none() | st.just("read-only")),
        ),
        min_size=2,
        max_size=8,
    )
)
@settings(deadline=None, max_examples=100)
def test_a_decision_depends_on_nothing_but_its_arguments(
    questions: list[tuple[Caller, Target, VendRequest]],
) -> None:
    """Asked again, after other questions and of another copy of the bundle, the answer is the same."""
    first = [decide(starting(), *question) for question in questions]

    assert [decide(starting_again(), *question) for question in reversed(questions)] == first[::-1]


@pytest.mark.parametrize(
    "policies",
    [
        "permit (principal, action, resource);",
        '@id("") permit (principal, action, resource);',
        grants.PERMIT_ALL + "permit (principal, action, resource);",
    ],
)
def test_a_permit_without_a_name_permits_nothing(policies: str) -> None:
    """A vend that the ledger could not explain is not made."""
    decision = decide(grants.bundle(policies), grants.user(), grants.TARGET, grants.ask())
    assert isinstance(decision, Denial)
    assert decision.problem is Problem.PolicyError
    assert set(decision.policies) <= {"", "all"}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(ask(3600), Problem.NotGranted, id="too long"),
        pytest.param(ask(900, "another"), Problem.NotGranted, id="a session policy of no profile"),
        pytest.param(ask(900, None, ("team", "blue")), Problem.NotGranted, id="a tag that isn't listed"),
    ],
)
def test_what_no_policy_was_asked_about_names_none(request_: VendRequest, expected: Problem) -> None:
    """A refusal by the profile's limits is recorded without policies."""
    bundle = grants.bundle(Profiles=[grants.profile(MaxDurationSeconds=1800)])

    assert decide(bundle, grants.user(), TARGET, request_) == Denial(expected, ())


def test_a_policy_that_errs_leaves_the_others_on_record() -> None:
    """The denial names what would have permitted it, had no policy erred."""
    erring = permit_when('context.sessionPolicy == "x"', "erring")

    assert decide(grants.bundle(grants.PERMIT_ALL + erring), grants.user(), TARGET, ask()) == Denial(
        Problem.PolicyError, ("all",)
    )


def test_what_is_kept_of_a_decision_is_all_that_it_was_about() -> None:
    """The same caller and role, in an account that has moved since: another answer."""
    policies = permit_when('resource in OrgUnit::"ou-root/Workloads"')
    here = grants.bundle(policies)
    moved = grants.bundle(policies, Accounts=[grants.account(OrgUnit="ou-root/Elsewhere")])
    caller = grants.user()

    assert problem(decide(here, caller, TARGET, ask())) is None
    assert problem(decide(moved, caller, TARGET, ask())) is Problem.NotGranted
    assert problem(decide(here, caller, TARGET, ask())) is None


# --- the ledger -------------------------------------------------------------------------------

AUDIT = '@id("reads") permit (principal == {who}, action == Action::"audit", {scope});'


@pytest.mark.parametrize(
    ("scope", "account", "hub"),
    [
        ("resource", True, True),
        ('resource in Hub::"hub"', True, True),
        ('resource == Hub::"hub"', False, True),
        ('resource in OrgUnit::"ou-root/Workloads"', True, False),
        ('resource == Account::"222222222222"', True, False),
        ('resource == Account::"333333333333"', False, False),
        ('resource in OrgUnit::"ou-root/Sandbox"', False, False),
    ],
)
def test_the_ledger_is_read_by_account_or_whole(scope: str, account: bool, hub: bool) -> None:
    """A policy lets a caller read the rows of accounts, or the hub's as a whole."""
    caller = grants.user()
    bundle = grants.bundle(AUDIT.format(who=caller.principal, scope=scope))

    assert may_audit(bundle, caller, TARGET.account) == (("reads",) if account else ())
    assert may_audit(bundle, caller, None) == (("reads",) if hub else ())
    assert may_audit(bundle, grants.user("other"), TARGET.account) == ()
    assert may_audit(bundle, grants.role(caller.name), None) == ()


def test_an_account_that_the_hub_does_not_know_is_nobodys_to_read() -> None:
    """Unknown means no, whatever the policies say."""
    assert may_audit(grants.bundle(), grants.user(), AccountId("999999999999")) == ()


def test_who_may_take_roles_may_not_read_the_ledger_for_it() -> None:
    """The two actions are apart."""
    caller = grants.user()
    takes = grants.bundle('@id("it") permit (principal, action == Action::"assume", resource);')
    reads = grants.bundle(AUDIT.format(who=caller.principal, scope="resource"))

    assert may_audit(takes, caller, TARGET.account) == ()
    assert problem(decide(reads, caller, TARGET, ask())) is Problem.NotGranted


@pytest.mark.parametrize(
    "policy",
    [
        '@id("no") forbid (principal, action, resource);',
        '@id("errs") forbid (principal, action, resource) when { 9223372036854775807 + 1 == 0 };',
        "permit (principal, action, resource);",
    ],
)
def test_a_forbid_an_error_and_a_policy_without_a_name_are_a_no(policy: str) -> None:
    """What would not be a vend is no look at the ledger either."""
    caller = grants.user()
    bundle = grants.bundle(AUDIT.format(who=caller.principal, scope="resource") + policy)

    assert may_audit(bundle, caller, TARGET.account) == ()
