"""The bundle's loader: a whole bundle that can be decided from, or its own exception."""

# ruff: noqa: S101 - an assertion is how a target says that a promise is broken

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from hubspoke_admin.source import build
from hubspoke_contract.names import AccountId
from hubspoke_contract.request import VendRequest
from hubspoke_grants.bundle import Bundle, BundleInvalid, encode, load, version_of
from hubspoke_grants.caller import Caller, Kind
from hubspoke_grants.decision import Denial, Permit, decide, offer
from soak.fuzz.take import Take, put

_PARTS: Final = (
    "FormatVersion",
    "Accounts",
    "AccountsFrom",
    "Profiles",
    "SessionPolicies",
    "Policies",
    "Durations",
)
_RAW, _SIGNED, _PART = range(3)
_CALLER: Final = Caller(
    kind=Kind.USER,
    partition="aws",
    account=AccountId("111111111111"),
    name="inventory-bot",
    unique_id="AIDAEXAMPLEINVENTORY1",
    session=None,
    org_id=None,
)


@cache
def _starting() -> dict[str, Any]:
    return build(Path(__file__).parents[2] / "grants")


def seeds() -> list[bytes]:
    """Give the starting grants' bundle: as it is, to be signed anew, and by its parts."""
    whole = encode(_starting())
    parts = [put(_PART, place, json.dumps(_starting()[name])) for place, name in enumerate(_PARTS)]
    small = json.dumps(
        {
            "FormatVersion": 1,
            "Accounts": [],
            "AccountsFrom": "folder",
            "Profiles": [],
            "SessionPolicies": {},
            "Policies": "",
            "Durations": [900, 3600],
        }
    ).encode()
    return [bytes([_RAW]) + whole, bytes([_SIGNED]) + whole, bytes([_SIGNED]) + small, *parts]


def one(data: bytes) -> None:
    """Load one document, and decide from what loads."""
    try:
        found = load(_document(data))
    except BundleInvalid:
        return
    _check(found)


def _document(data: bytes) -> bytes:
    """Take the bytes as they are, or as a document that is signed as the build would sign it."""
    take = Take(data)
    kind = take.byte() % 3
    if kind == _RAW:
        return take.rest()
    document: Any = dict(_starting())
    try:
        if kind == _SIGNED:
            document = json.loads(take.rest())
        while kind == _PART and take.more:
            name = take.choice(_PARTS)
            document[name] = json.loads(take.text())
        return encode({**document, "Version": version_of(document)})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return data


def _check(found: Bundle) -> None:
    assert found.version
    for place, profile in found.roles.items():
        assert place.account in found.accounts
        assert place.role == profile.role
        assert set(profile.session_policies) <= found.session_policies.keys()
        assert 900 <= profile.max_duration <= 3600
    for place in list(found.roles)[:2]:
        decision = decide(found, _CALLER, place, VendRequest())
        assert isinstance(decision, Permit | Denial)
        offered = offer(found, _CALLER, place)
        assert offered is None or offered.account == place.account
        if isinstance(decision, Permit):
            assert offered is not None
