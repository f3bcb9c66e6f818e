"""A spoke role itself: where it lies, how long its sessions are, and what bounds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hubspoke.findings import Finding, noted, right, unseen, wrong
from hubspoke_admin.doctor.boundary import Boundary, said
from hubspoke_admin.doctor.reading import Account, CannotSee, RoleSeen
from hubspoke_admin.documents.placements import SESSION_SECONDS
from hubspoke_admin.iam.policy import PolicyUnreadable, read

# What the template lets a role's owner choose.
_CHOICES: Final = {
    "sts:AssumeRole": ("BoundaryAllowsChaining", "sessions may assume further roles"),
    "iam:PassRole": ("BoundaryAllowsPassRole", "sessions may pass roles to services"),
}


# Source: IAM user guide, "Revoke IAM role temporary security credentials".
_REVOKES: Final = "AWSRevokeOlderSessions"
_REVOKED: Final = f"{_REVOKES} takes sessions' permissions away: those issued before it, or as it says."


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a role should have."""

    path: str | None
    """The path that the hub assumes it under; ``None`` on the direct route, which knows none."""
    needs_boundary: bool
    bound: str
    """The commands that bound the role."""
    shorten: str
    """Those that let its sessions last an hour."""


def examine(role: RoleSeen, account: Account, bounds: Bounds) -> list[Finding]:
    """Judge a role apart from its trust."""
    return [
        *_path(role, bounds),
        *_session(role, bounds),
        *_boundary(role, account, bounds),
        *_permissions(role),
    ]


def _path(role: RoleSeen, bounds: Bounds) -> list[Finding]:
    if bounds.path is None or role.path == bounds.path:
        return [
            right(
                "role", "RoleFound", f"{role.arn}{f', made by the stack {role.stack}' if role.stack else ''}."
            )
        ]
    says = f"The role lies under {role.path}, and the hub assumes it under {bounds.path}."
    mend = (
        f"A path can't be changed. Make the role anew under {bounds.path}; or if this path is meant,\n"
        "set path in its profile in roles.yaml, publish, and let the hub's SpokeRolePath hold it."
    )
    return [wrong("role", "RolePath", says, mend)]


def _session(role: RoleSeen, bounds: Bounds) -> list[Finding]:
    if role.max_session == SESSION_SECONDS:
        return [right("session", "SessionAnHour", "Sessions last an hour at most.")]
    # Role chaining gives no more, so more is only of use to somebody else.
    says = f"Sessions may last {role.max_session} s; the hub's never more than {SESSION_SECONDS} s."
    return [wrong("session", "SessionLength", says, bounds.shorten)]


def _boundary(role: RoleSeen, account: Account, bounds: Bounds) -> list[Finding]:
    if role.boundary_arn is None:
        says = "The role has no permissions boundary: a session could make itself a successor by IAM."
        if bounds.needs_boundary:
            return [wrong("boundary", "BoundaryMissing", says, bounds.bound)]
        return [noted("boundary", "BoundaryNone", says)]
    try:
        statements = read(account.managed_policy(role.boundary_arn))
    except CannotSee as unread:
        why = unread.finding
        return [unseen("boundary", "BoundaryUnread", why.says, why.mend)]
    except PolicyUnreadable as error:
        says = f"{role.boundary_arn} can't be read: {error}"
        return [wrong("boundary", "BoundaryWeak", says, bounds.bound)]
    boundary = Boundary(statements, role.boundary_arn, role.arn)
    if allowed := boundary.successors():
        says = f"{role.boundary_arn} lets sessions make themselves successors, by {said(allowed)}."
        return [wrong("boundary", "BoundaryWeak", says, bounds.bound)]
    choices = [each for action, each in _CHOICES.items() if boundary.allows_on_roles(action)]
    return [
        right("boundary", "BoundaryRight", f"{role.boundary_arn} keeps sessions from writing IAM."),
        *(noted("boundary", code, f"By its boundary, {says}.") for code, says in choices),
    ]


def _permissions(role: RoleSeen) -> list[Finding]:
    revoked = _REVOKES in role.inline
    held = [arn.rpartition("/")[2] for arn in role.attached] + [
        each for each in role.inline if each != _REVOKES
    ]
    return [*_held(held), *([noted("permissions", "SessionsRevoked", _REVOKED)] if revoked else [])]


def _held(held: Sequence[str]) -> list[Finding]:
    if held:
        return [
            right(
                "permissions", "PermissionsHeld", f"Its sessions may do what {', '.join(sorted(held))} allow."
            )
        ]
    says = "The role has no policies, so its sessions can do nothing that resource policies don't allow."
    return [noted("permissions", "PermissionsNone", says)]
