"""What AWS Organizations holds against everybody."""

from dataclasses import replace

from hubspoke_admin.documents.estate import Hub, Route, SpokeRole
from hubspoke_admin.documents.organization import resource_control, service_control

STACK_SETS = "arn:aws:iam::*:role/stacksets-exec-*"


def test_administrators_are_spared_and_protected(hub: Hub, role: SpokeRole) -> None:
    """Else anybody could make a role of such a name."""
    roles, *_ = service_control(hub, [role], Route.HUB, [STACK_SETS])["Statement"]
    assert roles["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [STACK_SETS]}}
    assert STACK_SETS in roles["Resource"]


def test_nobody_is_spared_from_the_functions_invocation(hub: Hub, role: SpokeRole) -> None:
    """Whoever invokes it could say who is calling."""
    (invoking,) = [
        each
        for each in service_control(hub, [role], Route.HUB, [STACK_SETS])["Statement"]
        if each["Action"] == "lambda:Invoke*"
    ]
    assert "Condition" not in invoking


def test_the_direct_route_has_a_hub_role_and_no_function(hub: Hub, role: SpokeRole) -> None:
    """What isn't there isn't named."""
    document = service_control(hub, [role], Route.DIRECT, [STACK_SETS])
    assert hub.role_arn in document["Statement"][0]["Resource"]
    assert "lambda" not in str(document)
    assert "vend" not in str(document)


def test_roles_without_a_path_are_named_one_by_one(hub: Hub, role: SpokeRole) -> None:
    """The root path would be every role there is."""
    plain = replace(role, path="/")
    (only,) = resource_control(hub, [role, plain], Route.HUB)["Statement"]
    assert only["Resource"] == [
        "arn:aws:iam::*:role/automation-spoke-role",
        "arn:aws:iam::*:role/hubspoke/*",
    ]
    protected = service_control(hub, [plain], Route.HUB, [STACK_SETS])["Statement"][0]["Resource"]
    assert "arn:aws:iam::*:policy/automation-spoke-role-boundary" in protected


def test_the_hub_alone_is_spared_by_the_rcp(hub: Hub, role: SpokeRole) -> None:
    """By the exact ARNs of the routes there are."""
    (only,) = resource_control(hub, [role], Route.BOTH)["Statement"]
    assert only["Condition"] == {
        "ArnNotEquals": {"aws:PrincipalArn": [*hub.execution_roles, hub.role_arn]},
        "StringEqualsIfExists": {"aws:ResourceOrgID": "o-abcdefghij"},
    }
