"""hubspoke.selection: which of the roles on offer a fan-out is over."""

from collections.abc import Iterable
from typing import Any

import pytest

from hubspoke.exceptions import ArgumentInvalid, NothingSelected
from hubspoke.selection import Selection, is_within
from hubspoke_contract.reply import RoleOffer
from tests.support.fake_hub import offer

DEV, PROD, SANDBOX = "222222222222", "333333333333", "444444444444"
OFFERS = [
    RoleOffer.from_document(each)
    for each in (
        offer(PROD, "read", OrgUnit="ou-root/Workloads/Prod", AccountTags={"stage": "prod", "team": "a"}),
        offer(DEV, "read", OrgUnit="ou-root/Workloads/Dev", AccountTags={"stage": "dev", "team": "a"}),
        offer(DEV, "deploy", OrgUnit="ou-root/Workloads/Dev", AccountTags={"stage": "dev", "team": "a"}),
        offer(SANDBOX, "read", OrgUnit="ou-root/Sand box", AccountTags={}),
    )
]


def select(**said: Any) -> list[str]:
    return list(map(str, Selection(**said).targets(lambda: OFFERS)))


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"everything": True}, [f"{DEV}/deploy", f"{DEV}/read", f"{PROD}/read", f"{SANDBOX}/read"]),
        ({"roles": ["deploy"]}, [f"{DEV}/deploy"]),
        (
            {"roles": ["deploy", "read", "read"], "account_tags": {"stage": "dev"}},
            [f"{DEV}/deploy", f"{DEV}/read"],
        ),
        ({"accounts": [PROD, SANDBOX]}, [f"{PROD}/read", f"{SANDBOX}/read"]),
        ({"org_units": ["Workloads"], "roles": ["read"]}, [f"{DEV}/read", f"{PROD}/read"]),
        ({"org_units": ["Workloads/Dev", "Sand box"], "roles": ["read"]}, [f"{DEV}/read", f"{SANDBOX}/read"]),
        ({"account_tags": {"team": "a", "stage": "prod"}}, [f"{PROD}/read"]),
        ({"accounts": [DEV], "roles": ["read"], "org_units": ["Workloads"]}, [f"{DEV}/read"]),
    ],
)
def test_what_is_selected(said: dict[str, Any], found: list[str]) -> None:
    """Any value of a kind, every kind, all the tags; sorted."""
    assert select(**said) == found


@pytest.mark.parametrize(
    ("path", "is_in"),
    [
        ("ou-root", True),
        ("Workloads", True),
        ("Workloads/Dev", True),
        ("ou-root/Workloads", True),
        ("ou-root/Workloads/Dev", True),
        ("Dev", True),
        ("Work", False),
        ("workloads", False),
        ("loads/Dev", False),
        ("Workloads/D", False),
        ("ou-root/Dev", False),
        ("Workloads/Dev/More", False),
    ],
)
def test_a_unit_is_told_by_whole_names_one_after_the_other(path: str, *, is_in: bool) -> None:
    """As much of the path as tells it, anywhere below the root."""
    assert is_within("ou-root/Workloads/Dev", path) is is_in


def test_accounts_and_roles_alone_are_targets_that_nobody_is_asked_about() -> None:
    """Also those that are not on offer: whether they can be had is for the vend to say."""

    def ask() -> Iterable[RoleOffer]:
        raise AssertionError("asked")

    found = Selection(accounts=["999999999999", DEV], roles=["read"]).targets(ask)
    assert list(map(str, found)) == [f"{DEV}/read", "999999999999/read"]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"accounts": [DEV, "999999999999"]}, "999999999999"),
        ({"roles": ["read", "raed"]}, "raed"),
        ({"org_units": ["Workloads", "Workload"]}, "Workload:"),
        ({"org_units": ["a\x1b[2J"]}, "a?[2J"),
        ({"account_tags": {"stage": "dev", "team": "b"}}, "team=b"),
        ({"account_tags": {"stage": "dev"}, "accounts": [PROD]}, "all of this together"),
    ],
)
def test_a_value_that_matches_nothing_is_told(said: dict[str, Any], named: str) -> None:
    """Even where others match: one misspelt account of ten would else be missed."""
    with pytest.raises(NothingSelected) as raised:
        select(**said)
    assert named in raised.value.message
    assert raised.value.message.isprintable()


def test_all_of_nothing_is_nothing() -> None:
    """Somebody without a grant is told so."""
    with pytest.raises(NothingSelected):
        Selection(everything=True).targets(list)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"everything": True, "roles": ["read"]},
        {"accounts": ["22222222222"]},
        {"accounts": ["²" * 12]},
        {"accounts": DEV},
        {"roles": ["read\n"]},
        {"roles": ["a/b"]},
        {"roles": [""]},
        {"roles": [".."]},
        {"org_units": [""]},
        {"org_units": ["/Workloads"]},
        {"org_units": ["Workloads/"]},
        {"org_units": ["Workloads//Dev"]},
    ],
)
def test_what_cant_be_right_is_refused(said: dict[str, Any]) -> None:
    """Before anything is asked."""
    with pytest.raises(ArgumentInvalid):
        Selection(**said)
