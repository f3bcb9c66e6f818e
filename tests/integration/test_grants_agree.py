"""What the operators' CLI says of the grants, what discovery offers, and what a vend gives: one answer.

Over every caller of the demo and every role of its catalogue, with and without a session policy, at durations
on both sides of every limit. Vends are the library's, so that they don't cost a process each.
"""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from hubspoke import AccessDenied, Hub
from hubspoke_admin.source import load_grants
from hubspoke_local.accounts import CALLERS, DEPLOYER, HUB, SERVICE, SPOKE_ROLES, TOOLING
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

GRANTS = Path(__file__).parents[2] / "grants"
PRINCIPALS = {name: f'Caller::User::"{HUB}/{name}"' for name in CALLERS} | {
    DEPLOYER: f'Caller::Role::"{TOOLING}/{DEPLOYER}"'
}
SERVICES = {SERVICE: f'Caller::Role::"{TOOLING}/{SERVICE}"'}
"""Without keys of their own: whether they are vended what they can is for their own tests."""
CATALOGUE = sorted(f"{account}/{role.name}" for role in SPOKE_ROLES for account in role.accounts)
ASKED = tuple(product(CATALOGUE, (900, 901, 3600), (None, "read-only")))
WITHIN = ("MaxDurationSeconds", "SessionPolicies", "SessionPolicyRequired")

Limits = dict[str, Any]
Rights = dict[str, Limits]
"""Role to within what it may be taken."""


@pytest.fixture
def grants(run: Run) -> Callable[..., list[dict[str, Any]]]:
    """Ask the operators' CLI about the starting grants."""

    def grants(*question: str) -> list[dict[str, Any]]:
        asked = ("hubspoke-admin", "grants", *question, "--grants", str(GRANTS), "--format", "json")
        rows: list[dict[str, Any]] = run(*asked, profile="operator").json()
        return rows

    return grants


@pytest.fixture
def what_can(grants: Callable[..., list[dict[str, Any]]]) -> dict[str, Rights]:
    """Each caller's rights, by ``what-can``."""
    return {name: rights(grants("what-can", principal)) for name, principal in PRINCIPALS.items()}


def rights(offers: list[dict[str, Any]]) -> Rights:
    return {f"{offer['AccountId']}/{offer['RoleName']}": limits(offer) for offer in offers}


def limits(row: dict[str, Any]) -> Limits:
    return {key: row[key] for key in WITHIN}


def permits(given: Limits | None, duration: int, session_policy: str | None) -> bool:
    """Say whether a role may be taken within limits."""
    if given is None or duration > given["MaxDurationSeconds"]:
        return False
    if session_policy is None:
        return not given["SessionPolicyRequired"]
    return session_policy in given["SessionPolicies"]


def is_vended(hub: Hub, target: str, duration: int, session_policy: str | None) -> bool:
    """Vend; whatever is neither credentials nor AccessDenied is an error."""
    account, _, role = target.partition("/")
    try:
        given = hub.credentials(account, role, duration=duration, session_policy=session_policy)
    except AccessDenied:
        return False
    assert f":assumed-role/{role}/" in given.assumed_role_arn
    return True


def test_the_roles_in_the_spokes_are_the_catalogue() -> None:
    """So nothing is left out below."""
    assert sorted(map(str, load_grants(GRANTS).bundle.roles)) == CATALOGUE


def test_what_a_caller_can_is_what_it_is_offered(what_can: dict[str, Rights], run: Run) -> None:
    """``what-can`` and ``hubspoke roles`` name the same roles, within the same limits."""
    offered = {
        name: rights(run("hubspoke", "roles", "--format", "json", profile=name).json()) for name in PRINCIPALS
    }
    assert offered == what_can
    assert {name for name, found in offered.items() if found} == {"inventory-bot", DEPLOYER}


def test_who_can_take_a_role_is_who_has_it_among_what_they_can(
    what_can: dict[str, Rights], grants: Callable[..., list[dict[str, Any]]]
) -> None:
    """``who-can`` and ``what-can`` are one relation, and nobody else is in it."""
    by_role = {
        target: {row["Principal"]: limits(row) for row in grants("who-can", target)} for target in CATALOGUE
    }
    services = {name: rights(grants("what-can", principal)) for name, principal in SERVICES.items()}
    named = PRINCIPALS | SERVICES
    by_caller = {
        target: {
            named[name]: found[target] for name, found in (what_can | services).items() if target in found
        }
        for target in CATALOGUE
    }
    assert by_role == by_caller


@pytest.mark.parametrize("name", PRINCIPALS)
def test_a_vend_is_granted_exactly_where_the_grants_say_so(
    name: str, hub: EmbeddedHub, what_can: dict[str, Rights], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every role at every corner of what can be asked, vended for real."""
    for variable, value in hub.environment(name).items():
        monkeypatch.setenv(variable, value)
    client = Hub(hub.endpoint, cache=False)
    vended = {each for each in ASKED if is_vended(client, *each)}
    said = {
        (target, duration, session_policy)
        for target, duration, session_policy in ASKED
        if permits(what_can[name].get(target), duration, session_policy)
    }
    assert vended == said
