"""Every role asked about, where nothing can be said of them."""

import pytest

from hubspoke.findings import Finding, Verdict, unseen, wrong
from hubspoke_admin.doctor.grants import InForce
from hubspoke_admin.doctor.visit import Report, every_role
from hubspoke_admin.exceptions import UsageError


@pytest.mark.parametrize(
    "finding", [unseen("grants", "GrantsUnread", "s", "m"), wrong("grants", "GrantsInvalid", "s", "m")]
)
def test_grants_that_cant_be_read_are_not_said_to_be_none(finding: Finding) -> None:
    """What keeps the roles from being listed is the answer, and its exit code."""
    assert every_role(InForce(None, {}), [finding]) == ()
    assert Report((finding,), {}).verdict is not Verdict.RIGHT


@pytest.mark.parametrize("found", [[], [wrong("grants", "GrantsMissing", "s", "m")]])
def test_no_grants_list_no_roles(found: list[Finding]) -> None:
    """No roles at all are never all right."""
    with pytest.raises(UsageError):
        every_role(InForce(None, {}), found)
