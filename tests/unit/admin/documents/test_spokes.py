"""A role in a spoke: whom it trusts, and its ceiling."""

from dataclasses import replace
from typing import Any

import pytest

from hubspoke_admin.documents.estate import Hub, Route, SpokeRole
from hubspoke_admin.documents.spokes import boundary, trust


def statement(document: dict[str, Any], sid: str) -> Any:
    (found,) = [each for each in document["Statement"] if each["Sid"] == sid]
    return found


def test_the_hub_is_trusted_by_its_exact_roles(hub: Hub, role: SpokeRole) -> None:
    """One role a Region, in each statement."""
    document = trust(hub, role, Route.HUB)
    assert {tuple(each["Principal"]["AWS"]) for each in document["Statement"]} == {hub.execution_roles}


def test_the_direct_route_asks_for_no_source_identity(hub: Hub, role: SpokeRole) -> None:
    """Its callers send none: the hub role, an external id of its own, the organization."""
    (only,) = trust(hub, role, Route.DIRECT, "this-is-my-automation")["Statement"]
    assert only["Principal"] == {"AWS": ["arn:aws:iam::111111111111:role/automation-hub-role"]}
    assert only["Condition"] == {
        "StringEquals": {"sts:ExternalId": "this-is-my-automation", "aws:PrincipalOrgID": "o-abcdefghij"}
    }


def test_the_direct_route_never_learns_what_the_function_sends(hub: Hub, role: SpokeRole) -> None:
    """The profile's external id is the hub's own secret towards its callers."""
    assert str(role.external_id) not in str(trust(hub, role, Route.DIRECT))
    both = trust(hub, role, Route.BOTH, "this-is-my-automation")
    assert "this-is-my-automation" not in str(statement(both, "HubMayAssume"))
    assert str(role.external_id) not in str(statement(both, "DirectHubRoleMayAssume"))


def test_a_role_may_carry_both(hub: Hub, role: SpokeRole) -> None:
    """The statements of both routes, side by side."""
    by_hub, direct, both = (trust(hub, role, route)["Statement"] for route in Route)
    assert both == [*by_hub, *direct]


def test_what_there_is_not_is_not_asked_for(hub: Hub, role: SpokeRole) -> None:
    """Neither external id nor organization: no condition but the source identity's."""
    plain = replace(hub, organization=None), replace(role, external_id=None)
    assert "Condition" not in trust(*plain, Route.DIRECT)["Statement"][0]
    asked = statement(trust(*plain, Route.HUB), "HubMayAssume")["Condition"]
    assert asked == {"Null": {"sts:SourceIdentity": "false"}}


def test_tags_are_asked_for_where_the_profile_has_them(hub: Hub, role: SpokeRole) -> None:
    """Its fixed tags by value, no key besides, and some key at all."""
    tagged = replace(role, tags=(("team", "blue"),), caller_tag_keys=("ticket",))
    assert statement(trust(hub, tagged, Route.HUB), "HubMayTagSession")["Condition"] == {
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "ticket"]},
        "Null": {"aws:TagKeys": "false"},
    }


@pytest.mark.parametrize("document", [trust, boundary], ids=["trust", "boundary"])
def test_statements_have_names_of_their_own(document: Any, hub: Hub, role: SpokeRole) -> None:
    """IAM refuses a policy in which two statements have one Sid."""
    made = document(hub, role, Route.BOTH) if document is trust else boundary(passes_roles=True)
    sids = [each["Sid"] for each in made["Statement"]]
    assert len(sids) == len(set(sids)) > 3


def test_the_ceiling_opens_only_where_it_is_asked_to() -> None:
    """Passing roles is one statement more, chaining roles one fewer."""
    closed, chains, passes = (
        {each["Sid"] for each in made["Statement"]}
        for made in (boundary(), boundary(chains_roles=True), boundary(passes_roles=True))
    )
    assert (closed - chains, passes - closed) == ({"NoRoleChaining"}, {"PassRoles"})
