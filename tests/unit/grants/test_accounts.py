"""What is different between two lists of accounts."""

from typing import Any

from hubspoke_grants.accounts import Difference, compare
from tests.support.grants import account

DEV, PROD = "222222222222", "333333333333"


def test_equal_lists_have_no_difference_whatever_their_order() -> None:
    accounts = [account(DEV), account(PROD)]
    assert compare(accounts, accounts[::-1]) == ()


def test_an_account_that_came_and_one_that_went_are_named_with_their_place() -> None:
    assert compare([account(DEV, OrgUnit="ou-root/A")], [account(PROD, OrgUnit="ou-root/B")]) == (
        Difference(DEV, "Removed", "ou-root/A", None),
        Difference(PROD, "Added", None, "ou-root/B"),
    )


def test_one_account_can_differ_in_everything() -> None:
    changes: dict[str, Any] = {"OrgUnit": "ou-root", "Name": "new", "Tags": {"a": "b"}}
    assert compare([account(DEV)], [account(DEV, **changes)]) == (
        Difference(DEV, "Moved", "ou-root/Workloads/Dev", "ou-root"),
        Difference(DEV, "Renamed", "dev", "new"),
        Difference(DEV, "Retagged", {}, {"a": "b"}),
    )
