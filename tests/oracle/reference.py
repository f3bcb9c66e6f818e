"""A reference for decisions: what a grant means, computed by plain Python.

A small language of grants is generated at random, written out as Cedar, and answered by brute
force. This module imports neither ``hubspoke_grants`` nor ``cedarpy``, and nothing else of ours:
what it says of a request is said a second time, from the meaning of the words alone.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

# --- the world --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A spoke account."""

    number: str
    name: str
    units: tuple[str, ...]
    """From the root down."""
    tags: dict[str, str]


@dataclass(frozen=True)
class Profile:
    """A role that exists under one name in some accounts."""

    name: str
    role: str
    longest: int
    session_policies: tuple[str, ...]
    caller_tags: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Who:
    """A caller."""

    kind: str
    """``User`` or ``Role``."""
    account: str
    name: str
    unique_id: str
    session: str | None
    org: str | None

    @property
    def permission_set(self) -> str | None:
        """What stands in the role's name between Identity Center's prefix and 17 characters."""
        prefix = "AWSReservedSSO_"
        if self.kind == "Role" and self.name.startswith(prefix):
            return self.name[len(prefix) : -17]
        return None


@dataclass(frozen=True)
class Question:
    """One request."""

    who: Who
    number: str
    role: str
    duration: int | None
    session_policy: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What the hub has to say: ``problem`` is ``None`` for a yes."""

    problem: str | None
    duration: int | None
    policies: tuple[str, ...]


# --- grants -----------------------------------------------------------------------------------


class Failed(Exception):
    """Raised where Cedar would fail to evaluate."""


@dataclass(frozen=True)
class Facts:
    """All that a condition can look at."""

    who: Who
    place: Place
    profile: Profile
    duration: int
    session_policy: str | None


@dataclass(frozen=True)
class Test:
    """A condition: its text in Cedar, and what it means."""

    __test__ = False  # pytest: no test class

    text: str
    holds: Callable[[Facts], bool]


@dataclass(frozen=True)
class Grant:
    """A policy: whom and what it is about, and on what conditions. ``clauses`` are read in order."""

    name: str
    permits: bool
    principal: Test
    resource: Test
    clauses: tuple[tuple[str, Test], ...]

    def text(self) -> str:
        """Write the policy in Cedar."""
        effect = "permit" if self.permits else "forbid"
        clauses = " ".join(f"{word} {{ {test.text} }}" for word, test in self.clauses)
        return (
            f'@id("{self.name}") {effect} ({self.principal.text}, action == Action::"assume", '
            f"{self.resource.text}) {clauses};"
        )

    def applies(self, facts: Facts) -> bool:
        """Tell whether everything the policy says is so of a request."""
        if not (self.principal.holds(facts) and self.resource.holds(facts)):
            return False
        return all(test.holds(facts) == (word == "when") for word, test in self.clauses)


@dataclass(frozen=True)
class World:
    """An organization, its roles and its grants."""

    places: tuple[Place, ...]
    profiles: tuple[Profile, ...]
    grants: tuple[Grant, ...]
    callers: tuple[Who, ...]
    names: tuple[str, ...] = field(default=("read-only", "write", "audit"))
    """Every session policy there is."""

    def cedar(self) -> str:
        """Write all the policies."""
        return "\n".join(grant.text() for grant in self.grants)

    def answer(self, question: Question) -> Answer:
        """Answer a request by going through everything."""
        found = [
            (profile, place)
            for profile in self.profiles
            for place in self.places
            if (profile.role, place.number) == (question.role, question.number)
            and place.number in profile.places
        ]
        if not found:
            return Answer("RoleUnknown", None, ())
        profile, place = found[0]
        duration = profile.longest if question.duration is None else question.duration
        if duration > profile.longest:
            return Answer("NotGranted", None, ())
        if question.session_policy is not None and question.session_policy not in profile.session_policies:
            return Answer("NotGranted", None, ())
        if any(tag not in profile.caller_tags for tag in question.tags):
            return Answer("NotGranted", None, ())

        facts = Facts(question.who, place, profile, duration, question.session_policy)
        permitting, forbidding, failed = [], [], False
        for grant in self.grants:
            try:
                if grant.applies(facts):
                    (permitting if grant.permits else forbidding).append(grant.name)
            except Failed:
                failed = True
        policies = tuple(sorted(forbidding or permitting))
        if failed:
            return Answer("PolicyError", None, policies)
        if forbidding or not permitting:
            return Answer("NotGranted", None, policies)
        return Answer(None, duration, policies)


# --- random tests -----------------------------------------------------------------------------

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_DURATIONS = (900, 901, 1200, 1800, 2700, 3599, 3600)


def _fail(_facts: Facts) -> bool:
    raise Failed


def _session_policy_of(facts: Facts) -> str:
    if facts.session_policy is None:
        raise Failed
    return facts.session_policy


def _about_duration(chance: random.Random) -> Test:
    sign, number = chance.choice(list(_COMPARE)), chance.choice(_DURATIONS)
    if chance.random() < 0.2:
        numbers = tuple(chance.sample(_DURATIONS, 3))
        return Test(f"{list(numbers)}.contains(context.duration)", lambda facts: facts.duration in numbers)
    return Test(f"context.duration {sign} {number}", lambda facts: _COMPARE[sign](facts.duration, number))


def _about_session_policy(chance: random.Random) -> Test:
    name = chance.choice(("read-only", "write"))
    return chance.choice(
        (
            Test("context has sessionPolicy", lambda facts: facts.session_policy is not None),
            Test(
                f'(context has sessionPolicy && context.sessionPolicy == "{name}")',
                lambda facts: facts.session_policy == name,
            ),
            Test(
                f'(!(context has sessionPolicy) || context.sessionPolicy == "{name}")',
                lambda facts: facts.session_policy in (None, name),
            ),
        )
    )


def _about_the_role(chance: random.Random, places: Iterable[Place], profiles: Iterable[Profile]) -> Test:
    place, profile = chance.choice(list(places)), chance.choice(list(profiles))
    key, value = chance.choice(("env", "team")), chance.choice(("dev", "prod", "a*"))
    unit = "/".join(place.units[: chance.randint(1, len(place.units))]) if place.units else "nowhere"
    return chance.choice(
        (
            Test(f'resource.name == "{profile.role}"', lambda facts: facts.profile.role == profile.role),
            Test(f'resource.profile == "{profile.name}"', lambda facts: facts.profile.name == profile.name),
            Test(
                f'resource.name like "{profile.role[:3]}*"',
                lambda facts: facts.profile.role[:3] == profile.role[:3],
            ),
            Test(
                f'resource.account == Account::"{place.number}"',
                lambda facts: facts.place.number == place.number,
            ),
            Test(f'resource.account.name == "{place.name}"', lambda facts: facts.place.name == place.name),
            Test(f'resource in OrgUnit::"{unit}"', lambda facts: _is_in(facts.place, unit)),
            Test(f'resource.account.hasTag("{key}")', lambda facts: key in facts.place.tags),
            Test(
                f'(resource.account.hasTag("{key}") && resource.account.getTag("{key}") == "{value}")',
                lambda facts: facts.place.tags.get(key) == value,
            ),
        )
    )


def _about_the_caller(chance: random.Random, callers: Iterable[Who]) -> Test:
    who = chance.choice(list(callers))
    permission_set, session = who.permission_set or "Admin", who.session or "ann@example.com"
    return chance.choice(
        (
            Test(f'principal.account == "{who.account}"', lambda facts: facts.who.account == who.account),
            Test(f'principal.name == "{who.name}"', lambda facts: facts.who.name == who.name),
            Test(
                f'principal.uniqueId == "{who.unique_id}"', lambda facts: facts.who.unique_id == who.unique_id
            ),
            Test("principal is Caller::Role", lambda facts: facts.who.kind == "Role"),
            Test(
                f'(principal has orgId && principal.orgId == "{who.org}")',
                lambda facts: facts.who.org is not None and facts.who.org == who.org,
            ),
            Test(
                f'(principal has permissionSet && principal.permissionSet == "{permission_set}")',
                lambda facts: facts.who.permission_set == permission_set,
            ),
            Test(
                f'(principal has session && principal.session == "{session}")',
                lambda facts: facts.who.permission_set is not None and facts.who.session == session,
            ),
        )
    )


def _failing(chance: random.Random) -> Test:
    return chance.choice(
        (
            Test("context.duration * 9223372036854775807 > 0", _fail),
            Test('context.sessionPolicy == "write"', lambda facts: _session_policy_of(facts) == "write"),
        )
    )


def _is_in(place: Place, unit: str) -> bool:
    return any("/".join(place.units[:depth]) == unit for depth in range(1, len(place.units) + 1))


def _test(
    chance: random.Random, places: list[Place], profiles: list[Profile], callers: list[Who], depth: int
) -> Test:
    """Make a random condition; ``&&`` and ``||`` stop as soon as they know, as Cedar's do."""
    kind = chance.random()
    if depth and kind < 0.4:
        left, right = (_test(chance, places, profiles, callers, depth - 1) for _ in range(2))
        if kind < 0.2:
            return Test(
                f"({left.text} && {right.text})", lambda facts: left.holds(facts) and right.holds(facts)
            )
        return Test(f"({left.text} || {right.text})", lambda facts: left.holds(facts) or right.holds(facts))
    if depth and kind < 0.5:
        inner = _test(chance, places, profiles, callers, depth - 1)
        return Test(f"!({inner.text})", lambda facts: not inner.holds(facts))
    if depth and kind < 0.57:
        first, then, other = (_test(chance, places, profiles, callers, depth - 1) for _ in range(3))
        return Test(
            f"(if {first.text} then {then.text} else {other.text})",
            lambda facts: then.holds(facts) if first.holds(facts) else other.holds(facts),
        )
    if kind > 0.985:
        return _failing(chance)
    return chance.choice(
        (
            lambda: _about_duration(chance),
            lambda: _about_session_policy(chance),
            lambda: _about_the_role(chance, places, profiles),
            lambda: _about_the_caller(chance, callers),
        )
    )()


def _principal(chance: random.Random, callers: list[Who]) -> Test:
    who = chance.choice(callers)
    return chance.choice(
        (
            Test("principal", lambda _: True),
            Test(f"principal is Caller::{who.kind}", lambda facts: facts.who.kind == who.kind),
            Test(
                f'principal == Caller::{who.kind}::"{who.account}/{who.name}"',
                lambda facts: (
                    (facts.who.kind, facts.who.account, facts.who.name) == (who.kind, who.account, who.name)
                ),
            ),
        )
    )


def _resource(chance: random.Random, places: list[Place], profiles: list[Profile]) -> Test:
    place, profile = chance.choice(places), chance.choice(profiles)
    unit = "/".join(place.units[: chance.randint(1, len(place.units))]) if place.units else "nowhere"
    return chance.choice(
        (
            Test("resource", lambda _: True),
            Test(f'resource in OrgUnit::"{unit}"', lambda facts: _is_in(facts.place, unit)),
            Test(f'resource in Account::"{place.number}"', lambda facts: facts.place.number == place.number),
            Test(
                f'resource == SpokeRole::"{place.number}/{profile.role}"',
                lambda facts: (facts.place.number, facts.profile.role) == (place.number, profile.role),
            ),
        )
    )


# --- random worlds ----------------------------------------------------------------------------

_UNITS = ("ou-root", "Work", "Workloads", "Dev", "Prod", "Dev Ops", "O'Brien & Söhne")
_CALLERS = [
    Who(kind, account, name, f"{'AIDA' if kind == 'User' else 'AROA'}{serial}{'X' * 16}", session, org)
    for serial, (kind, account, name, session, org) in enumerate(
        (
            ("User", "111111111111", "bot", None, "o-a1b2c3d4e5"),
            ("Role", "111111111111", "bot", "session", "o-a1b2c3d4e5"),
            ("User", "222222222222", "bot", None, None),
            ("User", "111111111111", "Bot", None, "o-a1b2c3d4e5"),
            ("Role", "222222222222", "a=b,c+d.e@f_-", "bot", "o-zzzzzzzzzz"),
            (
                "Role",
                "111111111111",
                "AWSReservedSSO_Admin_0123456789abcdef",
                "ann@example.com",
                "o-a1b2c3d4e5",
            ),
            (
                "Role",
                "111111111111",
                "AWSReservedSSO_Admin_0123456789abcdef",
                "bob@example.com",
                "o-a1b2c3d4e5",
            ),
            ("Role", "111111111111", "AWSReservedSSO_Read_Only_0123456789abcdef", "ann@example.com", None),
            ("User", "111111111111", "AWSReservedSSO_Admin_0123456789abcdef", None, None),
        )
    )
]


def world(chance: random.Random) -> World:
    """Make a random world of a few accounts, roles and grants."""
    places = [
        Place(
            number=f"{3 + serial}" * 12,
            name=chance.choice(("dev", "prod", "")),
            units=tuple(chance.choice(_UNITS) for _ in range(chance.randint(0, 4))),
            tags={
                key: chance.choice(("dev", "prod", "a*"))
                for key in chance.sample(("env", "team"), chance.randint(0, 2))
            },
        )
        for serial in range(chance.randint(1, 4))
    ]
    numbers = [place.number for place in places]
    profiles = [
        Profile(
            name=f"profile-{serial}",
            role=role,
            longest=chance.choice(_DURATIONS),
            session_policies=tuple(
                sorted(chance.sample(("read-only", "write", "audit"), chance.randint(0, 3)))
            ),
            caller_tags=tuple(chance.sample(("ticket", "team"), chance.randint(0, 2))),
            places=tuple(chance.sample(numbers, chance.randint(1, len(numbers)))),
        )
        for serial, role in enumerate(
            chance.sample(("app-role", "app-reader", "db-role"), chance.randint(1, 3))
        )
    ]
    callers = chance.sample(_CALLERS, 4)
    grants = [
        Grant(
            name=f"g{serial}",
            permits=chance.random() < 0.85,
            principal=_principal(chance, callers),
            resource=_resource(chance, places, profiles),
            clauses=tuple(
                (chance.choice(("when", "when", "unless")), _test(chance, places, profiles, callers, 2))
                for _ in range(chance.choice((0, 1, 1, 2)))
            ),
        )
        for serial in range(chance.randint(2, 8))
    ]
    return World(tuple(places), tuple(profiles), tuple(grants), tuple(callers))


def question(chance: random.Random, world: World) -> Question:
    """Ask a random question: mostly about roles that exist and within what they allow."""
    profile = chance.choice(world.profiles)
    place = chance.choice(profile.places if chance.random() < 0.95 else [p.number for p in world.places])
    fitting = [duration for duration in _DURATIONS if duration <= profile.longest]
    return Question(
        who=chance.choice(world.callers if chance.random() < 0.9 else _CALLERS),
        number=place if chance.random() < 0.98 else "999999999999",
        role=profile.role if chance.random() < 0.98 else "nobodys-role",
        duration=chance.choice((None, *fitting)) if chance.random() < 0.95 else chance.choice(_DURATIONS),
        session_policy=chance.choice((None, *profile.session_policies))
        if chance.random() < 0.95
        else chance.choice(world.names),
        tags=profile.caller_tags
        if chance.random() < 0.3
        else (("ticket",) if chance.random() < 0.05 else ()),
    )
