"""What no document ever holds, whichever hub it is about."""

import json
import string
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin.documents import callers, hub_roles, organization, spokes
from hubspoke_admin.documents.estate import Api, Hub, Route, SpokeRole, execution_role
from hubspoke_admin.documents.formats import FORMATS
from hubspoke_admin.documents.placements import InOwnAccount, Role
from hubspoke_contract.arns import PARTITIONS
from hubspoke_contract.names import Target
from tests.support.strategies import WORD, accounts, role_names

paths = st.sampled_from(["/", "/hubspoke/", "/a+b/c=d/"])
organizations = st.text(string.ascii_lowercase, min_size=10, max_size=32).map("o-{}".format)
tags = st.dictionaries(st.text(WORD + "é $%{}", min_size=1, max_size=8), st.just("a value"), max_size=2)


@st.composite
def hubs(draw: st.DrawFn) -> Hub:
    partition, account = draw(st.sampled_from(PARTITIONS)), draw(accounts)
    regions = ["eu-west-1", "us-east-1"][: draw(st.integers(1, 2))]
    return Hub(
        partition,
        account,
        "prod",
        tuple(execution_role(partition, account, "prod", region) for region in regions),
        f"arn:{partition}:iam::{draw(accounts)}:role{draw(paths)}{draw(role_names)}",
        draw(st.none() | organizations),
    )


spoke_roles = st.builds(
    SpokeRole,
    role_names,
    paths,
    st.none() | st.text(WORD + ":/", min_size=2, max_size=40),
    tags.map(lambda found: tuple(found.items())),
    tags.map(tuple),
    st.lists(accounts, min_size=1, max_size=3, unique=True).map(tuple),
)


def documents(hub: Hub, role: SpokeRole) -> Iterator[dict[str, Any]]:
    """Write every document there is."""
    arn = f"arn:{hub.partition}:iam::{hub.account}"
    targets = [Target(account, role.name) for account in role.accounts]
    for any_account in (False, True):
        api = Api("eu-west-1", "abcdefghij", "prod")
        yield callers.by_hub(hub, [api], targets, audits=any_account, any_account=any_account)
    yield callers.by_hub_role(hub)
    yield hub_roles.execution_permissions(hub, "role/hubspoke/*")
    yield hub_roles.role_permissions(hub, [role])
    yield hub_roles.trust(hub, [f"{arn}:user/x"])
    yield hub_roles.sso_trust(hub, [hub.account, *role.accounts], ["Admin", "*-Admin"])
    for route in Route:
        yield spokes.trust(hub, role, route)
        yield organization.service_control(hub, [role], route, [f"{arn}:role/admin-*"])
        if hub.organization:
            yield organization.resource_control(hub, [role], route)
    for chains_roles in (False, True):
        yield spokes.boundary(chains_roles=chains_roles, passes_roles=chains_roles)


def check_principals(hub: Hub, statement: dict[str, Any]) -> None:
    """Let a star stand as principal in a Deny alone, and under an organization's condition."""
    principal = statement.get("Principal", {})
    if "*" in (principal if isinstance(principal, str) else principal.get("AWS", [])):
        assert statement["Effect"] == "Deny"
        assert hub.organization
        assert hub.organization in str(statement["Condition"])


def check_whole(statement: dict[str, Any]) -> None:
    """Let no part be empty: an empty list of principals or resources is refused, or matches nobody."""
    assert all(statement.values())
    assert "Action" in statement or "NotAction" in statement
    assert "Principal" in statement or "Resource" in statement


@given(hubs(), spoke_roles)
def test_no_document_says_too_much(hub: Hub, role: SpokeRole) -> None:
    """No other partition, nobody trusted at large, no organization where there is none, no empty part."""
    others = {f"arn:{each}:" for each in {*PARTITIONS} - {hub.partition}}
    for document in documents(hub, role):
        text = json.dumps(document)
        assert not [other for other in others if other in text]
        assert hub.organization or "OrgID" not in text
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(sids) == len(set(sids)) > 0
        for statement in document["Statement"]:
            check_principals(hub, statement)
            check_whole(statement)


@settings(max_examples=200)
@given(hubs(), spoke_roles)
def test_every_way_to_a_session_asks_for_the_organization(hub: Hub, role: SpokeRole) -> None:
    """Where there is one."""
    for trust in (
        spokes.trust(hub, role, Route.BOTH),
        hub_roles.sso_trust(hub, [hub.account], ["Admin"]),
        hub_roles.trust(hub, [hub.role_arn]),
    ):
        for statement in trust["Statement"]:
            if statement["Action"] == "sts:AssumeRole":
                asked = statement.get("Condition", {}).get("StringEquals", {})
                assert asked.get("aws:PrincipalOrgID") == hub.organization


@settings(max_examples=25)
@given(hubs(), spoke_roles)
def test_no_format_adds_a_partition(hub: Hub, role: SpokeRole) -> None:
    """Nor does the resource around a document."""
    made = Role(
        role.name, role.path, spokes.trust(hub, role, Route.BOTH), "", InOwnAccount(hub.partition, "/x")
    )
    for write in FORMATS.values():
        text = write(made)
        assert "HubMayAssume" in text
        assert not [each for each in PARTITIONS if each != hub.partition and f"arn:{each}:" in text]
