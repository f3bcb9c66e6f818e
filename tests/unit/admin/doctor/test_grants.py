"""What grants and quarantine say of a role."""

import pytest

from hubspoke.findings import Verdict
from hubspoke_admin.doctor import grants as judging
from hubspoke_admin.doctor.grants import InForce
from hubspoke_admin.documents.granted import Granted
from hubspoke_admin.quarantine import Entry
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.caller import Caller
from tests.support import grants

TARGET = Target(AccountId("222222222222"), RoleName("app-role"))
BOT, STRANGER = grants.user("bot"), grants.user("stranger")
FOR_BOT = '@id("bot") permit (principal == Caller::User::"111111111111/bot", action, resource);'


def in_force(policies: str = FOR_BOT, *subjects: str) -> InForce:
    """Put policies in force, and a quarantine."""
    return InForce(Granted.by(grants.bundle(policies)), {each: ["eu-west-1"] for each in subjects})


def codes(state: InForce, target: Target = TARGET, caller: Caller | None = None) -> list[str]:
    """List what was found."""
    found = judging.examine(state, target, caller)
    assert all(each.mend for each in found if each.verdict is Verdict.WRONG)
    return [each.code for each in found]


def test_a_role_that_somebody_may_take_is_right() -> None:
    """Nobody was asked about."""
    assert codes(in_force()) == ["InCatalogue", "GrantedToSome"]


def test_a_caller_who_may_take_it_is_told_for_how_long() -> None:
    """As the decision itself says."""
    found = judging.examine(in_force(), TARGET, BOT)
    assert [each.code for each in found] == ["InCatalogue", "Granted"]
    assert "3600 s at most" in found[1].says


def test_a_caller_who_may_not_take_it_is_told_which_policy_would_do() -> None:
    """One to paste, for this caller and this role alone."""
    *_, found = judging.examine(in_force(), TARGET, STRANGER)
    assert found.code == "NotGranted"
    assert 'principal == Caller::User::"111111111111/stranger"' in found.mend
    assert f'resource == SpokeRole::"{TARGET}"' in found.mend


def test_a_role_for_nobody_is_wrong() -> None:
    """It is in the catalogue, and no policy is about it."""
    nobody = '@id("no") permit (principal, action, resource == SpokeRole::"222222222222/other-role");'
    assert codes(in_force(nobody)) == ["InCatalogue", "GrantedToNobody"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target(AccountId("222222222222"), RoleName("other")), "No role profile"),
        (Target(AccountId("333333333333"), RoleName("app-role")), "account isn't known"),
    ],
)
def test_a_role_outside_the_catalogue_is_told_why(target: Target, why: str) -> None:
    """An account that isn't known, or no profile."""
    (found,) = judging.examine(in_force(), target, BOT)
    assert (found.code, why in found.says) == ("NotInCatalogue", True)


@pytest.mark.parametrize(
    ("subject", "option"),
    [
        ("everything", "--everything"),
        ("account:222222222222", "--account 222222222222"),
        ("role:222222222222/app-role", "--role 222222222222/app-role"),
        ("caller:111111111111/bot", "--caller 111111111111/bot"),
    ],
)
def test_whatever_is_quarantined_is_named_with_its_end(subject: str, option: str) -> None:
    """By the command that ends it."""
    *_, found = judging.examine(in_force(FOR_BOT, subject), TARGET, BOT)
    assert found.code == "Quarantined"
    assert f"hubspoke-admin quarantine remove {option} " in found.mend
    assert "eu-west-1" in found.says


def test_the_quarantine_of_others_is_not_this_roles() -> None:
    """Another account, role or caller; a caller's, where none was asked about."""
    others = ("account:333333333333", "role:222222222222/other", "caller:111111111111/stranger")
    assert "Quarantined" not in codes(in_force(FOR_BOT, *others), caller=BOT)
    assert "Quarantined" not in codes(in_force(FOR_BOT, "caller:111111111111/bot"))


def test_rows_that_are_over_are_left_out() -> None:
    """And Regions are put together."""

    def row(subject: str, *, active: bool) -> Entry:
        return Entry(subject, active, None, None, None, None)

    rows = {
        "eu-west-1": [row("everything", active=True), row("account:1", active=False)],
        "us-east-1": [row("everything", active=True)],
    }
    assert judging.quarantined(rows) == {"everything": ["eu-west-1", "us-east-1"]}


def test_without_grants_nothing_is_said_here() -> None:
    """That there are none was said once for all."""
    assert codes(InForce(None, {}), caller=BOT) == []
    assert InForce(None, {}).profile(TARGET) is None
