"""What grants say of the roles that documents are about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubspoke_admin.alike import Alike, grouped
from hubspoke_admin.cedar import policies_of
from hubspoke_admin.documents.estate import SpokeRole
from hubspoke_admin.exceptions import CallersUncountable, DocumentRefused
from hubspoke_admin.representatives import representatives
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.bundle import Bundle, RoleProfile
from hubspoke_grants.decision import offer


@dataclass(frozen=True, slots=True)
class Granted:
    """A bundle's roles, those that somebody may take apart from the rest."""

    bundle: Bundle
    taken: frozenset[Target]

    @classmethod
    def by(cls, bundle: Bundle) -> "Granted":
        """Ask the policies about every role.

        Where the callers that they tell apart can't be listed, all roles count as taken.
        """
        policies = policies_of(bundle)
        try:
            callers = [each.caller for each in representatives(policies, [bundle])]
        except CallersUncountable:
            return cls(bundle, frozenset(bundle.roles))
        groups = grouped([[target] for target in bundle.roles], Alike(bundle, policies).role)
        return cls(
            bundle,
            frozenset(
                target
                for group in groups
                if any(offer(bundle, caller, group[0]) for caller in callers)
                for target in group
            ),
        )

    def roles(self, names: Sequence[RoleName] = ()) -> list[SpokeRole]:
        """List the roles that somebody may take, those of these names or all.

        Raises:
            DocumentRefused: there is none, or nobody may take one that is named.
        """
        for name in names:
            self._check(name, [target for target in self.bundle.roles if target.role == name])
        found: dict[SpokeRole, list[AccountId]] = {}
        for target in self.bundle.roles:
            if target in self.taken and (not names or target.role in names):
                found.setdefault(_nowhere(self.bundle.roles[target]), []).append(target.account)
        if not found:
            raise DocumentRefused("nobody may take any role: the grants have none, or no policy permits one")
        return sorted(
            (replace(role, accounts=tuple(accounts)) for role, accounts in found.items()),
            key=lambda one: (one.resource, one.accounts),
        )

    def role(self, name: RoleName, account: AccountId | None = None) -> SpokeRole:
        """Find one role, of one account or of all that have it.

        Raises:
            DocumentRefused: there is none, nobody may take it, or it isn't the same in all its accounts.
        """
        places = [
            target
            for target in self.bundle.roles
            if target.role == name and account in (None, target.account)
        ]
        self._check(name if account is None else f"{account}/{name}", places)
        taken = [target for target in places if target in self.taken]
        roles = {_nowhere(self.bundle.roles[target]) for target in taken}
        if len(roles) > 1:
            profiles = ", ".join(sorted({self.bundle.roles[target].name for target in taken}))
            raise DocumentRefused(
                f"{name} is not the same in all its accounts, by the role profiles {profiles}: say --account"
            )
        return replace(roles.pop(), accounts=tuple(target.account for target in taken))

    def _check(self, what: str, places: Sequence[Target]) -> None:
        if not places:
            known = ", ".join(sorted({target.role for target in self.bundle.roles})) or "none at all"
            raise DocumentRefused(f"{what} is no role of the catalogue; roles.yaml has: {known}")
        if not self.taken.intersection(places):
            raise DocumentRefused(f"nobody may take {what}: write a policy that permits it, then ask again")


def _nowhere(profile: RoleProfile) -> SpokeRole:
    """Take what a spoke sees of a role profile, in no account yet."""
    return SpokeRole(
        name=profile.role,
        path=profile.path,
        external_id=profile.external_id,
        tags=tuple(sorted(profile.tags)),
        caller_tag_keys=tuple(sorted(profile.caller_tag_keys)),
        accounts=(),
    )


def spoke_roles_of(roles: Sequence[SpokeRole]) -> str:
    """Find the pattern that holds just the roles' path, as ``SpokeRolePath`` does: ``role/hubspoke/*``.

    Raises:
        DocumentRefused: they have no path, or not one path.
    """
    paths = sorted({role.path for role in roles})
    if len(paths) != 1 or paths[0] == "/":
        raise DocumentRefused(
            f"the roles of the grants have the paths {', '.join(paths)}, and the hub takes one that isn't /: "
            "name the roles that it may assume by --spoke-roles"
        )
    return f"role{paths[0]}*"


def outside(pattern: str, roles: Sequence[SpokeRole]) -> list[SpokeRole]:
    """List the roles that a pattern doesn't hold. A star may stand first or last in it, behind ``role/``."""
    fixed = pattern.removeprefix("role/")
    begins, ends = not fixed.startswith("*"), not fixed.endswith("*")
    fixed = fixed.strip("*")

    def holds(text: str) -> bool:
        if begins and ends:
            return text == fixed
        if begins:
            return text.startswith(fixed)
        return text.endswith(fixed) if ends else fixed in text

    return [role for role in roles if not holds(role.resource.removeprefix("role/"))]
