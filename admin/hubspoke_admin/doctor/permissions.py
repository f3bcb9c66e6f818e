"""What whoever assumes spokes' roles may do by its own policies: the function's role, or the hub role."""

from dataclasses import dataclass, replace

from hubspoke.findings import Finding, right, unseen, wrong
from hubspoke.printable import printable
from hubspoke_admin.doctor.asking import ASSUME, SET_SOURCE_IDENTITY, Asking
from hubspoke_admin.doctor.reading import Account, CannotSee, RoleSeen
from hubspoke_admin.iam.judging import Judgement, Obstacle, judge
from hubspoke_admin.iam.policy import PolicyUnreadable, Statement, read
from hubspoke_admin.iam.request import Truth

_MAY_NOT = {ASSUME: "HubMayNotAssume", SET_SOURCE_IDENTITY: "HubMayNotSetSourceIdentity"}


@dataclass(frozen=True, slots=True)
class Held:
    """All that a role may do by its own policies, and no more than which."""

    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    """``None`` where it has no boundary."""


def held(role: RoleSeen, account: Account) -> Held | Finding:
    """Read a role's policies; or what can't be read of them."""
    name = role.arn.rpartition("/")[2]
    try:
        documents = [account.inline_policy(name, each) for each in role.inline]
        documents += [account.managed_policy(each) for each in role.attached]
        boundary = None if role.boundary_arn is None else read(account.managed_policy(role.boundary_arn))
        return Held(tuple(each for document in documents for each in read(document)), boundary)
    except CannotSee as unread:
        return unseen("hub-role", "HubRoleUnread", unread.finding.says, unread.finding.mend)
    except PolicyUnreadable as error:
        says = f"A policy of {role.arn} can't be read: {error}"
        return wrong(
            "hub-role", "HubRoleUnreadable", says, "Look at its policies, and deploy its stack again."
        )


def examine(may: Held, asking: Asking, mend: str) -> list[Finding]:
    """Judge whether a role's own policies let it make a call."""
    found: list[Finding] = []
    for action in asking.actions:
        request = asking.request(action, by_resource=False)
        judgement = judge(may.statements, request)
        if judgement.allowed is not Truth.YES:
            found += _in_a_line(_refused(judgement, action, asking, mend, of="its policies"))
        elif may.boundary is not None:
            bounded = judge(may.boundary, request)
            if bounded.allowed is not Truth.YES:
                found += _in_a_line(_refused(bounded, action, asking, mend, of="its boundary"))
    return found or [
        right(
            "hub-role",
            "HubRoleRight",
            f"{asking.principal} may {', '.join(asking.actions)} on {asking.role_arn}.",
        )
    ]


def _in_a_line(found: list[Finding]) -> list[Finding]:
    # Sids and conditions are whoever's who wrote the policy.
    return [replace(each, says=printable(each.says)) for each in found]


def _refused(judgement: Judgement, action: str, asking: Asking, mend: str, *, of: str) -> list[Finding]:
    if judgement.allowed is Truth.UNKNOWN:
        keys = ", ".join(sorted(_unknown(judgement)))
        says = f"Whether {asking.principal} may {action} by {of} depends on {keys}, which isn't known here."
        return [unseen("hub-role", "HubConditionUnknown", says, mend)]
    if sids := ", ".join(statement.sid for statement, maybe in judgement.denied_by if not maybe):
        says = f"{asking.principal} is denied {action} on {asking.role_arn} by {sids} of {of}."
        return [wrong("hub-role", "HubDenied", says, f"Remove or narrow the statement. {mend}")]
    code = _MAY_NOT.get(action, "HubMayNotTagSession") if of == "its policies" else "HubBoundary"
    says = f"{asking.principal} may not {action} on {asking.role_arn} by {of}{_because(judgement)}."
    return [wrong("hub-role", code, says, mend)]


def _unknown(judgement: Judgement) -> set[str]:
    near = [*judgement.denied_by, *([judgement.nearest] if judgement.nearest else [])]
    return {each.key or each.part for _, obstacles in near for each in obstacles}


def _because(judgement: Judgement) -> str:
    if judgement.nearest is None:
        return ""
    statement, obstacles = judgement.nearest
    told = {
        "Resource": "is about {asked}",
        "Condition": "asks for {operator} {key} {asked}",
        "Action": "allows {asked}",
    }
    first = obstacles[0]
    text = told.get(first.part, "doesn't name it").format(
        asked=_asked(first), operator=first.operator, key=first.key
    )
    return f": {statement.sid} {text}"


def _asked(obstacle: Obstacle) -> str:
    # This may be pasted anywhere.
    return "another value" if obstacle.key.lower() == "sts:externalid" else ", ".join(obstacle.asked)
