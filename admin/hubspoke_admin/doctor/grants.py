"""What grants, quarantine and ledger say of a role: whether anybody may take it, and how its vends went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubspoke.findings import Finding, right, wrong
from hubspoke_admin.documents.granted import Granted
from hubspoke_admin.quarantine import Entry
from hubspoke_contract import quarantine
from hubspoke_contract.names import Target
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import offer


@dataclass(frozen=True, slots=True)
class InForce:
    """What decides about vends now."""

    granted: Granted | None
    """``None`` where there are no grants in force, or not the same in all Regions: that is said elsewhere."""
    quarantined: Mapping[str, Sequence[str]]
    """Subject to the Regions where it is quarantined now."""

    def profile(self, target: Target) -> RoleProfile | None:
        """Find a role's profile; ``None`` where it isn't in the catalogue."""
        return self.granted.bundle.roles.get(target) if self.granted else None


def quarantined(regions: Mapping[str, Sequence[Entry]]) -> dict[str, list[str]]:
    """Put Regions' rows together: what is in force, and where."""
    found: dict[str, list[str]] = {}
    for region, entries in regions.items():
        for entry in entries:
            if entry.active:
                found.setdefault(entry.subject, []).append(region)
    return found


def examine(state: InForce, target: Target, caller: Caller | None) -> list[Finding]:
    """Say whether a role may be vended: to a caller, or to anybody at all."""
    if state.granted is None:
        return []
    return [*_granted(state.granted, target, caller), *_stopped(state, target, caller)]


def _granted(granted: Granted, target: Target, caller: Caller | None) -> list[Finding]:
    bundle = granted.bundle
    profile = bundle.roles.get(target)
    if profile is None:
        why = (
            "Its account isn't known."
            if target.account not in bundle.accounts
            else "No role profile has it there."
        )
        return [
            wrong(
                "catalogue",
                "NotInCatalogue",
                f"{target} is not in the grants in force ({bundle.version}). {why}",
                "List it in roles.yaml, and its account in accounts.json:\nhubspoke-admin grants publish",
            )
        ]
    known = right("catalogue", "InCatalogue", f"Role profile {profile.name}, of the grants {bundle.version}.")
    if caller is None:
        if target in granted.taken:
            return [
                known,
                right(
                    "grant",
                    "GrantedToSome",
                    "Somebody may take it: 'hubspoke-admin grants who-can' says who.",
                ),
            ]
        says = f"No policy lets anybody take {target}."
        return [
            known,
            wrong("grant", "GrantedToNobody", says, _permit("Caller::Role", "ACCOUNT/NAME", target)),
        ]
    who = f'{caller.entity_type}::"{caller.key}"'
    offered = offer(bundle, caller, target)
    if offered is None:
        mend = _permit(caller.entity_type, caller.key, target)
        return [known, wrong("grant", "NotGranted", f"No policy lets {who} take {target}.", mend)]
    within = f"{offered.max_duration} s at most"
    if offered.session_policy_required:
        within += f", with the session policy {' or '.join(offered.session_policies)}"
    return [known, right("grant", "Granted", f"{who} may take it, for {within}.")]


def _permit(kind: str, key: str, target: Target) -> str:
    return (
        "If it is to be, in policies/:\n"
        f'  permit (principal == {kind}::"{key}", action == Action::"assume",\n'
        f'    resource == SpokeRole::"{target}");\n'
        "hubspoke-admin grants publish"
    )


def _stopped(state: InForce, target: Target, caller: Caller | None) -> list[Finding]:
    subjects = quarantine.subjects(caller.key if caller else "", target)
    return [
        wrong(
            "quarantine",
            "Quarantined",
            f"{subject} is quarantined in {', '.join(state.quarantined[subject])}.",
            "hubspoke-admin quarantine list    # says why\n"
            f"hubspoke-admin quarantine remove {_option(subject)}    # ends it",
        )
        for subject in subjects
        if subject in state.quarantined
    ]


def _option(subject: str) -> str:
    kind, colon, which = subject.partition(":")
    return f"--{kind} {which}" if colon else f"--{kind}"
