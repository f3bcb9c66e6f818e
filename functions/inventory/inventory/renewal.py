"""One renewal: read the organization, compare, and write the bundle with its accounts where they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from hubspoke_grants.accounts import Difference, compare
from hubspoke_grants.bundle import ORGANIZATION
from hubspoke_grants.catalogue import with_accounts
from hubspoke_grants.organization import Organizations, Pace, Reading, read
from inventory.stored import BundleChanged, Stored

_WRITES: Final = 5
"""Tries to write, while somebody publishes in between."""


class Storage(Protocol):
    """Where the bundle is."""

    def read(self) -> Stored:
        """Read the bundle."""

    def replace(self, document: dict[str, Any], etag: str) -> None:
        """Replace the bundle that has this ETag."""


class TooManyGone(Exception):
    """Raised when more accounts, or roles on offer, would go at once than may. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal found and did."""

    accounts: int
    differences: tuple[Difference, ...]
    unread: tuple[str, ...]
    """Accounts whose tags could not be read, and are what they were; new ones are left out."""
    version: str
    """The version of the bundle that is in force now."""
    written: bool


def renew(storage: Storage, organization: Organizations, shrink_max: int, pace: Pace) -> Renewal:
    """Bring the bundle's accounts to what AWS Organizations says.

    Args:
        storage: where the bundle is.
        organization: a client that may read the organization.
        shrink_max: percent of the accounts, or of the roles on offer, that may go at once.
        pace: how long reading may take.

    Raises:
        OrganizationInvalid: the organization can't be written as accounts.
        TooManyGone: more would go than may.
        BundleInvalid: what is in the bucket, or would be, is no bundle.
        BundleChanged: it was published again and again meanwhile.
        ClientError: AWS refused.
    """
    stored = storage.read()
    reading = read(organization, stored.document["Accounts"], pace)
    for _ in range(_WRITES):
        try:
            return _renewed(storage, stored, reading, shrink_max)
        except BundleChanged:
            before, stored = stored, storage.read()
            # Other accounts are another run's, which may have read the organization later than this one.
            if stored.document["Accounts"] != before.document["Accounts"]:
                reading = read(organization, stored.document["Accounts"], pace)
    raise BundleChanged


def _renewed(storage: Storage, stored: Stored, reading: Reading, shrink_max: int) -> Renewal:
    before = stored.document
    accounts = reading.over(before["Accounts"])
    after = with_accounts({**before, "AccountsFrom": ORGANIZATION}, accounts)
    _check_loss("accounts", len(before["Accounts"]), _kept(before["Accounts"], accounts), shrink_max)
    _check_loss("roles on offer", len(_roles(before)), len(_roles(before) & _roles(after)), shrink_max)
    written = after["Version"] != before["Version"]
    if written:
        storage.replace(after, stored.etag)
    differences = compare(before["Accounts"], accounts)
    return Renewal(len(accounts), differences, reading.unread, after["Version"], written)


def _kept(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> int:
    return len({account["Id"] for account in before} & {account["Id"] for account in after})


def _roles(document: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (account, profile["RoleName"]) for profile in document["Profiles"] for account in profile["Accounts"]
    }


def _check_loss(what: str, before: int, kept: int, shrink_max: int) -> None:
    """Refuse to lose more than may go, and whatever may go, to lose all: that is no organization's answer."""
    if before and (kept == 0 or (before - kept) * 100 > before * shrink_max):
        raise TooManyGone(f"{before - kept} of {before} {what} would go, and at most {shrink_max} % may")
