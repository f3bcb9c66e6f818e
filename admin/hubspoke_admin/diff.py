"""What a change of the grants does: who gains and who loses what, over both catalogues."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hubspoke_admin.alike import Alike, grouped, units
from hubspoke_admin.cedar import Policy, policies_of
from hubspoke_admin.reach import admitting
from hubspoke_admin.representatives import Representative, representatives
from hubspoke_contract import limits
from hubspoke_contract.names import AccountId, PolicyName, Target
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import granted, may_audit

Cell = tuple[PolicyName | None, int]
"""A session policy, or none, and a duration in seconds."""

_Cut = tuple[tuple[Policy, ...], tuple[Policy, ...]]
"""The policies of either side that can matter to a caller."""

_EXAMPLES: Final = 3
_HUB: Final = ("Hub", "hub")


class Effect(StrEnum):
    """What a change does to a caller."""

    GAINS = "gains"
    LOSES = "loses"
    CHANGES = "changes"
    """The same may be asked for, and gives another session: no one can say whether it can do more."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one caller, or all it stands for, gains or loses of some roles or accounts."""

    effect: Effect
    principal: str
    """As a policy writes it, or in words: ``any user of account 111111111111``."""
    action: str
    """``assume`` or ``audit``."""
    resources: tuple[str, ...]
    """Every ``ACCOUNT/ROLE``, or account, or ``the hub as a whole``: all of them, in order."""
    limits: str
    """Which durations and session policies; what of the session is other."""

    @property
    def widens(self) -> bool:
        """Whether somebody may end up with more than before."""
        return self.effect is not Effect.LOSES

    def to_document(self) -> dict[str, object]:
        """Write it for programs; ``Examples`` is for people."""
        shown = list(self.resources[:_EXAMPLES])
        more = len(self.resources) - len(shown)
        return {
            "Effect": self.effect.value,
            "Principal": self.principal,
            "Action": self.action,
            "Count": len(self.resources),
            "Limits": self.limits,
            "Examples": [*shown, f"and {more} more"] if more else shown,
            "Resources": list(self.resources),
        }


def compare(old: Bundle, new: Bundle) -> list[Change]:
    """List who gains and who loses what. Empty where every decision stays as it is.

    Exact over both catalogues, all durations and session policies, and all callers that the policies of
    either side can tell apart.

    Raises:
        CallersUncountable: the callers can't all be tried.
    """
    comparison = _Comparison(old, new)
    found: dict[tuple[Effect, str, str, str], list[str]] = defaultdict(list)
    for representative in representatives(
        [*comparison.sides[0].policies, *comparison.sides[1].policies], [old, new]
    ):
        for change in (*comparison.of_roles(representative), *comparison.of_accounts(representative)):
            found[change.effect, change.principal, change.action, change.limits] += change.resources
    return [
        Change(effect, principal, action, tuple(sorted(resources)), within)
        for (effect, principal, action, within), resources in found.items()
    ]


class _Side:
    """One of the two bundles, with the durations that matter to either."""

    def __init__(self, bundle: Bundle, durations: tuple[int, ...]) -> None:
        self.bundle = replace(bundle, durations=durations)
        self.policies = policies_of(bundle)

    def cells(self, policies: tuple[Policy, ...], caller: Caller, target: Target) -> set[Cell]:
        if target not in self.bundle.roles or not any(policy.is_permit for policy in policies):
            return set()
        return set(granted(self.bundle, caller, target))

    def audits(self, policies: tuple[Policy, ...], caller: Caller, account: AccountId | None) -> bool:
        if not any(policy.is_permit and policy.acts("audit") for policy in policies):
            return False
        return bool(may_audit(self.bundle, caller, account))

    def session(self, target: Target, cells: Iterable[Cell]) -> dict[str, Hashable]:
        """Say what of a vended session isn't duration or session policy's name."""
        profile = self.bundle.roles[target]
        return {
            "path": profile.path,
            "session tags": profile.tags,
            "tags that callers may set": profile.caller_tag_keys,
            **{
                f"session policy {name}": self.bundle.session_policies[name]
                for name, _ in cells
                if name is not None
            },
        }


class _Comparison:
    def __init__(self, old: Bundle, new: Bundle) -> None:
        durations = _durations(old, new)
        self.sides = (_Side(old, durations), _Side(new, durations))
        self._other_texts = {
            name
            for name in (*old.session_policies, *new.session_policies)
            if old.session_policies.get(name) != new.session_policies.get(name)
        }
        roles, accounts = self._alike([policy for side in self.sides for policy in side.policies])
        self._roles = grouped([[target] for target in sorted({*old.roles, *new.roles})], roles)
        self._accounts = grouped([[number] for number in sorted({*old.accounts, *new.accounts})], accounts)
        self._open: dict[_Cut, tuple[list[list[Target]], list[list[AccountId]]]] = {}

    def of_roles(self, representative: Representative) -> Iterable[Change]:
        caller, cut = representative.caller, self._cut(representative.caller)
        for group in self._groups(cut)[0]:
            before, after = (
                side.cells(policies, caller, group[0]) for side, policies in zip(self.sides, cut, strict=True)
            )
            resources = tuple(map(str, group))
            for effect, cells in ((Effect.GAINS, after - before), (Effect.LOSES, before - after)):
                if cells:
                    yield Change(effect, representative.label, "assume", resources, _within(cells))
            kept = before & after
            other = self._other_session(group[0], kept) if kept else ""
            if other:
                yield Change(Effect.CHANGES, representative.label, "assume", resources, other)

    def of_accounts(self, representative: Representative) -> Iterable[Change]:
        caller, cut = representative.caller, self._cut(representative.caller)
        groups: list[tuple[AccountId | None, tuple[str, ...]]] = [(None, ("the hub as a whole",))]
        groups += [(group[0], tuple(group)) for group in self._groups(cut)[1]]
        for number, resources in groups:
            before, after = (
                side.audits(policies, caller, number) for side, policies in zip(self.sides, cut, strict=True)
            )
            if before != after:
                effect = Effect.GAINS if after else Effect.LOSES
                yield Change(effect, representative.label, "audit", resources, "the ledger's rows")

    def _cut(self, caller: Caller) -> _Cut:
        old, new = (admitting(side.policies, caller) for side in self.sides)
        return old, new

    def _groups(self, cut: _Cut) -> tuple[list[list[Target]], list[list[AccountId]]]:
        """Group the roles and accounts on which a caller's answer can differ at all.

        Anew for the policies that matter to the caller: they look at far less than all policies do.
        """
        if cut not in self._open:
            roles, accounts = self._alike([*cut[0], *cut[1]])
            texts = [{policy.text for policy in policies} for policies in cut]
            changed = [p for policies in cut for p in policies if p.text not in texts[0] & texts[1]]
            self._open[cut] = (
                [g for g in grouped(self._roles, roles) if self._role_differs(g[0], roles(g[0]), changed)],
                [
                    g
                    for g in grouped(self._accounts, accounts)
                    if self._differs(g[0], accounts(g[0]), changed)
                ],
            )
        return self._open[cut]

    def _alike(
        self, policies: list[Policy]
    ) -> tuple[Callable[[Target], tuple[Hashable, ...]], Callable[[AccountId], tuple[Hashable, ...]]]:
        """Give what policies can see of a role, and of an account, on each side."""
        sides = [Alike(side.bundle, policies) for side in self.sides]
        return (
            lambda target: tuple(side.role(target) for side in sides),
            lambda number: tuple(side.account(number) for side in sides),
        )

    def _role_differs(self, target: Target, seen: tuple[Hashable, ...], changed: list[Policy]) -> bool:
        profiles = [side.bundle.roles.get(target) for side in self.sides]
        offered = {name for profile in profiles if profile for name in profile.session_policies}
        return bool(offered & self._other_texts) or self._differs(
            target.account, seen, changed, ("SpokeRole", str(target))
        )

    def _differs(
        self, number: AccountId, seen: tuple[Hashable, ...], changed: list[Policy], *role: tuple[str, str]
    ) -> bool:
        """Tell whether the two sides see a place differently, or a policy that only one has is about it."""
        if seen[0] != seen[1]:
            return True
        account = self.sides[0].bundle.accounts[number]
        above = (*role, ("Account", number), *(("OrgUnit", unit) for unit in units(account.org_unit)), _HUB)
        return any(policy.covers(*above) for policy in changed)

    def _other_session(self, target: Target, cells: set[Cell]) -> str:
        before, after = (side.session(target, cells) for side in self.sides)
        return ", ".join(f"another {part}" for part in before if before[part] != after[part])


def _durations(old: Bundle, new: Bundle) -> tuple[int, ...]:
    """List the seconds at which either side can change its answer: its policies' and its profiles' limits."""
    longest = {profile.max_duration for bundle in (old, new) for profile in bundle.roles.values()}
    beside = longest | {seconds + 1 for seconds in longest if seconds < limits.DURATION_MAX}
    return tuple(sorted({*old.durations, *new.durations, *beside}))


def _within(cells: set[Cell]) -> str:
    """``900 to 3600 s, without a session policy or with read-only``."""
    seconds = {duration for _, duration in cells}
    lasting = f"{min(seconds)} to {max(seconds)} s" if len(seconds) > 1 else f"{max(seconds)} s"
    names = sorted({name for name, _ in cells if name is not None})
    how = ["without a session policy"] if any(name is None for name, _ in cells) else []
    return f"{lasting}, {' or '.join(how + [f'with {name}' for name in names])}"
