"""What grants say of the roles that documents are about."""

import pytest

from hubspoke_admin.documents.estate import SpokeRole
from hubspoke_admin.documents.granted import Granted, outside, spoke_roles_of
from hubspoke_admin.exceptions import DocumentRefused
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.support.grants import PERMIT_ALL, account, bundle, permit_when, profile

DEV, PROD = AccountId("222222222222"), AccountId("333333333333")
APP, OTHER = RoleName("app-role"), RoleName("other-role")
BOTH = {"Accounts": [account(DEV), account(PROD)]}


def granted(policies: str = PERMIT_ALL, *profiles: dict[str, object]) -> Granted:
    wanted = profiles or (profile(Accounts=[DEV, PROD]),)
    return Granted.by(bundle(policies, **BOTH, Profiles=list(wanted)))


def test_a_role_has_what_its_profile_says() -> None:
    """Path, external id, tags, and every account that has it."""
    role = granted(
        PERMIT_ALL,
        profile(
            Path="/team/",
            ExternalId="xyz",
            Tags={"b": "2", "a": "1"},
            CallerTagKeys=["d", "c"],
            Accounts=[DEV, PROD],
        ),
    ).role(APP)
    assert role == SpokeRole(APP, "/team/", "xyz", (("a", "1"), ("b", "2")), ("c", "d"), (DEV, PROD))


def test_only_accounts_count_where_somebody_may_take_it() -> None:
    """A role that no policy permits in Prod is nobody's there."""
    assert granted(permit_when(f'resource.account == Account::"{DEV}"')).role(APP).accounts == (DEV,)


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [
        ("nosuch", None, "nosuch is no role of the catalogue; roles.yaml has: app-role"),
        ("APP-role", None, "no role of the catalogue"),
        ("app-role", "444444444444", "444444444444/app-role is no role of the catalogue"),
        ("app-role", PROD, "nobody may take 333333333333/app-role"),
    ],
)
def test_a_role_that_serves_nobody_is_refused(name: str, number: AccountId | None, said: str) -> None:
    """It isn't there, or no policy permits it."""
    found = granted(permit_when(f'resource.account == Account::"{DEV}"'))
    with pytest.raises(DocumentRefused, match=said):
        found.role(RoleName(name), number)


@pytest.mark.parametrize("policies", ["", permit_when("false"), permit_when("true", action="audit")])
def test_empty_grants_are_refused(policies: str) -> None:
    """Without a permit to assume, no role is anybody's."""
    found = granted(policies)
    with pytest.raises(DocumentRefused, match="nobody may take any role"):
        found.roles()
    with pytest.raises(DocumentRefused, match="nobody may take app-role"):
        found.role(APP)


def test_a_catalogue_without_roles_is_refused() -> None:
    """There is nothing to write about."""
    empty = Granted.by(bundle(Profiles=[]))
    with pytest.raises(DocumentRefused, match="nobody may take any role"):
        empty.roles()
    with pytest.raises(DocumentRefused, match="has: none at all"):
        empty.role(APP)


def test_a_role_that_differs_between_accounts_must_be_asked_for_by_account() -> None:
    """Two profiles may give one name two external ids; a trust can hold only one."""
    found = granted(
        PERMIT_ALL,
        profile(Name="dev", ExternalId="one", Accounts=[DEV]),
        profile(Name="prod", ExternalId="two", Accounts=[PROD]),
    )
    with pytest.raises(DocumentRefused, match="by the role profiles dev, prod: say --account"):
        found.role(APP)
    assert found.role(APP, PROD).external_id == "two"
    assert [one.external_id for one in found.roles()] == ["one", "two"]


def test_profiles_that_a_spoke_can_not_tell_apart_are_one_role() -> None:
    """Durations and rates are the hub's to know."""
    found = granted(
        PERMIT_ALL,
        profile(Name="dev", MaxDurationSeconds=900, Accounts=[DEV]),
        profile(Name="prod", VendsPerMinute=1, Accounts=[PROD]),
    )
    assert found.role(APP).accounts == (DEV, PROD)


def test_roles_can_be_chosen_by_name() -> None:
    """One that nobody may take, or that isn't there, is not passed over."""
    found = granted(
        permit_when(f'resource.name == "{APP}"'),
        profile(Accounts=[DEV]),
        profile(Name="other", RoleName=OTHER, Accounts=[DEV]),
    )
    assert [one.name for one in found.roles()] == [one.name for one in found.roles([APP])] == [APP]
    with pytest.raises(DocumentRefused, match="nobody may take other-role"):
        found.roles([APP, OTHER])


def test_where_callers_can_not_be_listed_every_role_counts() -> None:
    """Grants that work are not refused because they can't be taken apart."""
    found = granted(permit_when('principal.name == "a" || principal.name == principal.account'))
    assert found.taken == {Target(DEV, APP), Target(PROD, APP)}


def role(path: str, name: str = "app-role") -> SpokeRole:
    return SpokeRole(RoleName(name), path, None, (), (), (DEV,))


def test_one_path_is_the_hubs_pattern() -> None:
    """As the template's SpokeRolePath."""
    assert spoke_roles_of([role("/a/b/"), role("/a/b/", "x")]) == "role/a/b/*"


@pytest.mark.parametrize("paths", [["/"], ["/a/", "/b/"], ["/a/", "/a/b/"]])
def test_several_paths_or_none_are_refused(paths: list[str]) -> None:
    """The root path would open every role; a wider one than the roles have would too much."""
    with pytest.raises(DocumentRefused, match="name the roles that it may assume by --spoke-roles"):
        spoke_roles_of([role(path) for path in paths])


@pytest.mark.parametrize(
    ("pattern", "held"),
    [
        ("role/hubspoke/*", ["/hubspoke/app-role", "/hubspoke/a/app-role"]),
        ("role/app-*", ["/app-role"]),
        ("role/*-role", ["/app-role", "/hubspoke/app-role", "/hubspoke/a/app-role", "/hubspoke-2/app-role"]),
        ("role/app-role", ["/app-role"]),
        ("role/*spoke-2*", ["/hubspoke-2/app-role"]),
    ],
)
def test_a_pattern_is_read_as_iam_reads_it(pattern: str, held: list[str]) -> None:
    """A star stands for anything, slashes too."""
    roles = [role(path) for path in ("/", "/hubspoke/", "/hubspoke/a/", "/hubspoke-2/")]
    missed = outside(pattern, roles)
    assert [one.resource for one in roles if one not in missed] == [f"role{name}" for name in held]
