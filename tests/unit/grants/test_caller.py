"""The caller, as policies and people see it."""

import pytest
from hypothesis import given, settings

from hubspoke_grants.caller import Caller
from tests.support import grants, strategies


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        (grants.user("bot"), 'Caller::User::"111111111111/bot"'),
        (grants.role("bot"), 'Caller::Role::"111111111111/bot"'),
    ],
)
def test_a_principal_is_written_as_policies_write_it(caller: Caller, principal: str) -> None:
    """The principal that the hub shows can be pasted into a policy."""
    assert caller.principal == principal


@pytest.mark.parametrize(
    ("name", "permission_set"),
    [
        ("AWSReservedSSO_Admin_0123456789abcdef", "Admin"),
        ("AWSReservedSSO_A_B_0123456789abcdef", "A_B"),
        ("AWSReservedSSO_a+=,.@-_0123456789abcdef", "a+=,.@-"),
        ("AWSReservedSSO_" + "x" * 32 + "_0123456789abcdef", "x" * 32),
        ("AWSReservedSSO_X_0123456789abcdef_0123456789abcdef", "X_0123456789abcdef"),
        ("AWSReservedSSO_" + "x" * 33 + "_0123456789abcdef", None),
        ("AWSReservedSSO__0123456789abcdef", None),
        ("AWSReservedSSO_Admin_0123456789abcde", None),
        ("AWSReservedSSO_Admin_0123456789abcdef0", None),
        ("AWSReservedSSO_Admin_0123456789ABCDEF", None),
        ("AWSReservedSSO_Admin_0123456789abcdeg", None),
        ("AWSReservedSSO_Admin_0123456789abcdef\n", None),
        ("xAWSReservedSSO_Admin_0123456789abcdef", None),
        ("awsreservedsso_Admin_0123456789abcdef", None),
        ("AWSReservedSSO-Admin-0123456789abcdef", None),
        ("AWSReservedSSO_Ädmin_0123456789abcdef", None),
        ("AWSReservedSSO_Admin_０123456789abcdef", None),
        ("Admin", None),
    ],
)
def test_only_identity_centers_own_form_names_a_permission_set(name: str, permission_set: str | None) -> None:
    """A role named nearly as Identity Center names its own has no permission set."""
    assert grants.role(name).permission_set == permission_set


def test_a_user_has_no_permission_set() -> None:
    """Whoever may make users can't make one that passes for a person of Identity Center."""
    assert grants.user("AWSReservedSSO_Admin_0123456789abcdef").permission_set is None


@given(strategies.callers)
@settings(deadline=None, max_examples=200)
def test_a_label_is_the_session_or_else_the_name(caller: Caller) -> None:
    """What people read is the session's name for a role, and the user's own for a user."""
    assert caller.label == (caller.session if caller.session is not None else caller.name)
