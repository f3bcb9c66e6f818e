"""Which accounts a role profile is in, and a bundle document for other accounts than it was built for.

Documents in, documents out: the build resolves each profile's choice with this, and so does the
inventory when the organization has changed, so that a new account gets the roles of its OU without a
new build of the grants.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hubspoke_grants.bundle import version_of


def choose(choice: Mapping[str, Any], accounts: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the accounts that a profile chooses by id, by an OU with all below it, or by any of its tags."""
    return sorted(
        account["Id"]
        for account in accounts
        if account["Id"] in choice["Ids"]
        or any(is_below(account["OrgUnit"], unit) for unit in choice["OrgUnits"])
        or any(account["Tags"].get(key) == value for key, value in choice["Tags"].items())
    )


def with_accounts(document: Mapping[str, Any], accounts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a bundle document with these accounts in place of its own; all else as it was.

    A role that two profiles would then give one account stays with the profile that comes first by name,
    as the build would refuse it and the bundle would not load.
    """
    taken: set[tuple[str, str]] = set()
    profiles: list[dict[str, Any]] = []
    for profile in document["Profiles"]:
        chosen = [
            number
            for number in choose(profile["Choice"], accounts)
            if (number, profile["RoleName"]) not in taken
        ]
        taken |= {(number, profile["RoleName"]) for number in chosen}
        profiles.append({**profile, "Accounts": chosen})
    changed = {
        **document,
        "Accounts": sorted(accounts, key=lambda account: str(account["Id"])),
        "Profiles": profiles,
    }
    return {**changed, "Version": version_of(changed)}


def is_below(unit: str, ancestor: str) -> bool:
    """Tell whether an OU is another, or lies under it."""
    return unit == ancestor or unit.startswith(f"{ancestor}/")
