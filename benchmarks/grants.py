"""What large grants cost the hub: a decision, loading the bundle, a page of ``GET /v1/roles``.

In milliseconds of this machine's CPU, since these gates are about what a caller waits for.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest.mock import Mock

from benchmarks.gates import Measured
from hubspoke_contract.names import AccountId
from hubspoke_contract.request import VendRequest
from hubspoke_grants import bundle
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller, Kind
from hubspoke_grants.catalogue import choose
from hubspoke_grants.decision import decide
from vending.audit import Audit
from vending.service import Hub

ACCOUNTS: Final = 10_000
PROFILES: Final = 3
DECISIONS: Final = 300
_UNITS: Final = [f"ou-root/Division{number // 5}/Team{number}" for number in range(100)]


def measure() -> Iterator[Measured]:
    """Measure all of it, row by row."""
    raw = bundle.encode(document(1_000))
    seconds, large = _timed(lambda: bundle.load(raw))
    yield Measured("load 1,000 policies and 10,000 accounts, ms of CPU", seconds * 1000, 3000)
    targets = iter(large.roles)
    took = [
        _timed(lambda: decide(large, _named(1), next(targets), VendRequest()))[0] for _ in range(DECISIONS)
    ]
    yield Measured("decision over these, ms of CPU", statistics.median(took) * 1000, 3)
    wide = bundle.load(bundle.encode(document(200)))
    for name, caller in (("by its own policies", _named(1)), ("of all roles", _reader())):
        yield Measured(
            f"slowest page of roles, 200 policies, granted {name}, ms", max(_pages(wide, caller)) * 1000, 300
        )


def _pages(grants: Bundle, caller: Caller) -> Iterator[float]:
    """Page through what a caller may take of 30,000 roles, and yield each page's seconds."""
    hub = Hub(bundles=Mock(current=lambda _: grants), rates=Mock(), ledger=Mock(), sts=Mock())
    token: str | None = None
    for _ in range(20):
        began = time.monotonic()
        page = hub.roles(caller, token, Audit("benchmark"))
        page.to_document()
        yield time.monotonic() - began
        token = page.next_token
        if token is None:
            return


def document(policies: int) -> dict[str, Any]:
    """Write a bundle document of an estate of ten thousand accounts with three roles each."""
    accounts = [
        {
            "Id": f"{100_000_000_000 + number}",
            "Name": f"account-{number}",
            "OrgUnit": _UNITS[number % len(_UNITS)],
            "Tags": {"environment": ("dev", "prod")[number % 2]},
        }
        for number in range(ACCOUNTS)
    ]
    choice = {"Ids": [], "OrgUnits": ["ou-root"], "Tags": {}}
    profile = {
        "Path": "/hubspoke/",
        "ExternalId": "an-external-id",
        "MaxDurationSeconds": 3600,
        "SessionPolicies": ["read-only"],
        "Tags": {},
        "CallerTagKeys": [],
        "VendsPerMinute": 600,
        "Choice": choice,
        "Accounts": choose(choice, accounts),
    }
    unsigned = {
        "FormatVersion": bundle.FORMAT_VERSION,
        "Accounts": accounts,
        "AccountsFrom": bundle.FOLDER,
        "Profiles": [
            {**profile, "Name": f"profile-{number}", "RoleName": f"role-{number}"}
            for number in range(PROFILES)
        ],
        "SessionPolicies": {"read-only": "{}"},
        "Policies": "\n".join(_policy(number) for number in range(policies)),
        "Durations": [900, 1799, 1800, 1801, 3600],
    }
    return {**unsigned, "Version": bundle.version_of(unsigned)}


def _policy(number: int) -> str:
    """Write one of four kinds: by name and role, by name and account tag, by person, and one for a reader."""
    unit, role = _UNITS[number % len(_UNITS)], f"role-{number % PROFILES}"
    assume = 'action == Action::"assume", resource'
    if number == 0:
        return f'@id("reader") permit (principal == {_reader().principal}, {assume});'
    scope = f'principal == {_named(number).principal}, {assume} in OrgUnit::"{unit}"'
    person = f'principal is Caller::Role, {assume} in OrgUnit::"{unit}"'
    kinds = (
        f'({scope}) when {{ resource.name == "{role}" && context.duration <= 1800 }}',
        f'({scope}) when {{ resource.account.hasTag("environment") && '
        f'resource.account.getTag("environment") == "dev" }}',
        f'({scope}) when {{ context has sessionPolicy && context.sessionPolicy == "read-only" }}',
        f'({person}) when {{ principal has session && principal.session == "person-{number}@example.com" }}',
    )
    return f'@id("policy-{number}") permit {kinds[number % 4]};'


def _named(number: int) -> Caller:
    return Caller(
        Kind.ROLE, "aws", AccountId("999999999999"), f"service-{number}", "AROAEXAMPLEEXAMPLE001", "s", None
    )


def _reader() -> Caller:
    return Caller(Kind.USER, "aws", AccountId("999999999999"), "reader", "AIDAEXAMPLEEXAMPLE001", None, None)


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    answer = call()
    return time.process_time() - began, answer
