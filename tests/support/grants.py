"""Bundles and callers for tests: small ones made in memory, and the starting grants of ``grants/``."""

import json
from pathlib import Path
from typing import Any

import cedarpy

from hubspoke_contract.names import AccountId, PolicyName, Target, target
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle, encode, load, version_of
from hubspoke_grants.caller import Caller, Kind
from hubspoke_grants.durations import DurationComputed, durations_that_matter, numbers_compared_with

STARTING_GRANTS = Path(__file__).parents[2] / "grants"

PERMIT_ALL = '@id("all") permit (principal, action, resource);'


def permit_when(condition: str, name: str = "it", action: str | None = None) -> str:
    """Write a policy that permits everything, or one action, under one condition."""
    scope = f'action == Action::"{action}"' if action else "action"
    return f'@id("{name}") permit (principal, {scope}, resource) when {{ {condition} }};'


def forbid_when(condition: str, name: str = "no") -> str:
    """Write a policy that forbids everything under one condition."""
    return f'@id("{name}") forbid (principal, action, resource) when {{ {condition} }};'


def account(number: str = "222222222222", **changes: Any) -> dict[str, Any]:
    """Write an account of a bundle document."""
    return {"Id": number, "Name": "dev", "OrgUnit": "ou-root/Workloads/Dev", "Tags": {}} | changes


def profile(**changes: Any) -> dict[str, Any]:
    """Write a role profile of a bundle document."""
    return {
        "Name": "app",
        "RoleName": "app-role",
        "Path": "/",
        "ExternalId": None,
        "MaxDurationSeconds": 3600,
        "SessionPolicies": ["read-only", "write"],
        "Tags": {},
        "CallerTagKeys": [],
        "VendsPerMinute": 600,
        "Choice": {"Ids": ["222222222222"], "OrgUnits": [], "Tags": {}},
        "Accounts": ["222222222222"],
    } | changes


def durations(policies: str) -> list[int]:
    """List the durations that matter to policies; the bounds alone where the build would refuse them."""
    parsed = json.loads(cedarpy.policies_to_json_str(policies))["staticPolicies"].values()
    try:
        return durations_that_matter(
            set[int]().union(*(numbers_compared_with(policy["conditions"]) for policy in parsed))
        )
    except DurationComputed:
        return durations_that_matter([])


def document(policies: str = PERMIT_ALL, **changes: Any) -> dict[str, Any]:
    """Write a whole bundle document, signed."""
    return signed(
        {
            "FormatVersion": 1,
            "Accounts": [account()],
            "AccountsFrom": "folder",
            "Profiles": [profile()],
            "SessionPolicies": {"read-only": '{"Statement":["r"]}', "write": '{"Statement":["w"]}'},
            "Policies": policies,
            "Durations": durations(policies),
        }
        | changes
    )


def signed(unsigned: dict[str, Any]) -> dict[str, Any]:
    """Give a document the version that its contents have, as the build would."""
    return {**unsigned, "Version": version_of(unsigned)}


def bundle(policies: str = PERMIT_ALL, **changes: Any) -> Bundle:
    """Load a bundle of these policies."""
    return load(encode(document(policies, **changes)))


TARGET: Target = target("222222222222/app-role")  # type: ignore[assignment]


def user(name: str = "bot", number: str = "111111111111", **changes: Any) -> Caller:
    """Make an IAM user that calls."""
    values: dict[str, Any] = {
        "kind": Kind.USER,
        "partition": "aws",
        "account": AccountId(number),
        "name": name,
        "unique_id": "AIDAEXAMPLEEXAMPLE001",
        "session": None,
        "org_id": "o-a1b2c3d4e5",
    }
    return Caller(**values | changes)


def role(name: str = "bot", number: str = "111111111111", session: str = "session", **changes: Any) -> Caller:
    """Make a session of an IAM role that calls."""
    values = {"kind": Kind.ROLE, "unique_id": "AROAEXAMPLEEXAMPLE001", "session": session}
    return user(name, number, **values | changes)


def ask(
    duration: int | None = None,
    session_policy: str | None = None,
    *tags: tuple[str, str],
) -> VendRequest:
    """Write a request."""
    return VendRequest(duration, PolicyName(session_policy) if session_policy else None, tags)
