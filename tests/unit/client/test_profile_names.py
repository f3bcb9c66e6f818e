"""hubspoke.profile_names."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke.exceptions import ArgumentInvalid
from hubspoke.profile_names import by_name
from hubspoke_contract.reply import RoleOffer
from tests.support.fake_hub import offer

_OFFER = RoleOffer.from_document(offer())


def _named(template: str, **changes: str) -> str:
    (name,) = by_name(template, [dataclasses.replace(_OFFER, **changes)])
    return name


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{account_name}-{role}", "dev-automation-spoke-role"),
        ("{account}", "222222222222"),
        ("{org_unit}.{account_name}@x", "Dev.dev@x"),
        ("fixed", "fixed"),
    ],
)
def test_the_fields(template: str, name: str) -> None:
    """The role's and its account's, and what stands around them."""
    assert _named(template) == name


@pytest.mark.parametrize(
    ("account_name", "name"),
    [
        ("Dev & Test", "Dev-Test"),
        (" x ", "x"),
        ("a]b\n[c", "a-b-c"),
        ("Zürich", "Z-rich"),
        ("a--b", "a-b"),
        ("$(id)", "id"),
    ],
)
def test_what_would_need_quoting_becomes_a_dash(account_name: str, name: str) -> None:
    """An account may have any name."""
    assert _named("{account_name}", account_name=account_name) == name


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_needs_quoting(account_name: str, org_unit: str) -> None:
    """Whatever the organization calls its accounts and OUs."""
    name = _named("x{org_unit}-{account_name}", account_name=account_name, org_unit=org_unit)
    assert not [char for char in name if not char.isascii() or char in " \t\r\n'\"\\[]#;$`/:"]


@pytest.mark.parametrize(
    "template",
    [
        "{nonesuch}",
        "{}",
        "{account",
        "account}",
        "{account.real}",
        "{account!r}",
        "{{x}}",
        "a b",
        "a/b",
        "ä",
        "[x]",
        "a\n",
    ],
)
def test_a_template_that_cant_be_right(template: str) -> None:
    """The fields and plain characters, and nothing else; said before there is a role to name."""
    with pytest.raises(ArgumentInvalid, match="--name may hold"):
        by_name(template, [])


@pytest.mark.parametrize(
    ("template", "account_name"),
    [("", "x"), ("{account_name}", "&&"), ("-x", "x"), ("{account_name}", "a" * 129), ("...", "x")],
)
def test_a_name_that_no_profile_can_have(template: str, account_name: str) -> None:
    """Says which role's."""
    with pytest.raises(ArgumentInvalid, match="222222222222/automation-spoke-role a name"):
        _named(template, account_name=account_name)


def test_never_the_default() -> None:
    """Every tool would act as the role, unasked."""
    with pytest.raises(ArgumentInvalid, match="default"):
        _named("{account_name}", account_name="default")


def test_two_roles_with_one_name() -> None:
    """Says which ones, and what would tell them apart."""
    other = dataclasses.replace(_OFFER, account=type(_OFFER.account)("333333333333"))
    with pytest.raises(ArgumentInvalid, match=r"222222222222/.*333333333333/.*the profile dev-auto"):
        by_name("{account_name}-{role}", [_OFFER, other])
