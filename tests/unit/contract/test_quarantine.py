"""The quarantine's keys and ends."""

from typing import Any

import pytest

from hubspoke_contract import quarantine
from hubspoke_contract.names import AccountId, RoleName, Target

TARGET = Target(AccountId("222222222222"), RoleName("app-role"))


def test_a_vend_is_stopped_under_four_keys() -> None:
    """Everything, the account, the role and the caller, each as operators write it."""
    assert quarantine.subjects("111111111111/bot", TARGET) == (
        quarantine.EVERYTHING,
        quarantine.of_account(TARGET.account),
        quarantine.of_role(TARGET),
        quarantine.of_caller("111111111111/bot"),
    )
    assert quarantine.subjects("111111111111/bot", TARGET) == (
        *("everything", "account:222222222222", "role:222222222222/app-role", "caller:111111111111/bot"),
    )


@pytest.mark.parametrize("raw", ["111111111111/bot", "012345670123/..", f"111111111111/{'x' * 64}"])
def test_a_caller_is_an_account_and_a_name(raw: str) -> None:
    """IAM's characters and lengths, whatever the kind."""
    assert quarantine.is_caller_key(raw)


@pytest.mark.parametrize(
    "raw", ["", "bot", "111111111111/", "11111111111/bot", "111111111111/a/b", "111111111111/bot\n", "1" * 80]
)
def test_anything_else_is_no_caller(raw: str) -> None:
    """A path, a missing half, a newline."""
    assert not quarantine.is_caller_key(raw)


@pytest.mark.parametrize(
    ("item", "active"),
    [
        ({}, True),
        ({"ExpiresAt": {"N": "1001"}}, True),
        ({"ExpiresAt": {"N": "1000"}}, False),
        ({"ExpiresAt": {"N": "999.5"}}, False),
        ({"ExpiresAt": {"S": "999"}}, True),
        ({"ExpiresAt": {"N": "soon"}}, True),
        ({"ExpiresAt": {"N": "nan"}}, True),
        ({"ExpiresAt": None}, True),
    ],
)
def test_a_row_is_in_force_until_its_end(item: dict[str, Any], active: bool) -> None:
    """Without an end, or with one that makes no sense, it has not ended."""
    assert quarantine.is_active(item, 1000.0) is active
