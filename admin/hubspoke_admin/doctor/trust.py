"""A role's trust policy, held against what is asked of it: the hub's call, and what must not get through."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from hubspoke.findings import Finding, noted, right, unseen, wrong
from hubspoke.printable import printable
from hubspoke_admin.doctor.asking import ASSUME, SET_SOURCE_IDENTITY, TAG_SESSION, Asking
from hubspoke_admin.iam.judging import Judgement, Obstacle, judge, obstacles, principals
from hubspoke_admin.iam.policy import PolicyUnreadable, Statement, read
from hubspoke_admin.iam.request import Request, Truth

_STEP: Final = "trust"
# An IAM user's or role's unique id, which stands where somebody's ARN did once that is gone.
_UNIQUE_ID: Final = re.compile("AWS:A(?:ROA|IDA)[A-Z0-9]{4,124}")
_EXACT: Final = re.compile(
    r"AWS:arn:[a-z-]+:(?:iam::[0-9]{12}:(?:role|user)|sts::[0-9]{12}:assumed-role)/[^*?]+"
)

_NEEDED: Final = {SET_SOURCE_IDENTITY: "TrustSetSourceIdentity", TAG_SESSION: "TrustTagSession"}
_WHY: Final = {
    SET_SOURCE_IDENTITY: "Every vend says for whom it is.",
    TAG_SESSION: "The role's profile has session tags.",
}
_KEYS: Final = {
    "sts:externalid": "TrustExternalId",
    "sts:sourceidentity": "TrustSourceIdentity",
    "aws:principalorgid": "TrustOrganization",
    "aws:tagkeys": "TrustTags",
}
_NARROWING: Final = ("ArnEquals", "ArnLike", "StringEquals", "StringLike")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a trust has to let through, and what mends one that is wrong."""

    askings: tuple[Asking, ...]
    """The calls: one for each Region of the hub, or the hub role's."""
    trusted: frozenset[str]
    """ARNs of everybody who may be trusted."""
    mend: str
    """The commands that write the whole trust anew."""


def examine(document: Any, expected: Expected) -> list[Finding]:
    """Judge a trust policy: whether it lets the hub in, and whether it lets anybody else."""
    try:
        statements = read_trust(document)
    except PolicyUnreadable as error:
        says = printable(f"The trust policy can't be read: {error}")
        return [wrong(_STEP, "TrustUnreadable", says, expected.mend)]
    told = [
        *(each for asking in expected.askings for each in _refusals(statements, asking)),
        *_others(statements, expected),
        *(each for asking in expected.askings for each in _unasked(statements, asking)),
    ]
    # Sids and conditions are the spoke's, and this is pasted into shells: no line of it may be theirs.
    found = [
        replace(each, says=printable(each.says), mend=printable(each.mend)) for each in dict.fromkeys(told)
    ]
    to_mend = [at for at, each in enumerate(found) if each.mend]
    if not to_mend:
        who = ", ".join(asking.principal for asking in expected.askings)
        return [right(_STEP, "TrustRight", f"It lets in {who}, and asks for what it should."), *found]
    # The commands mend all of it, and are said once, beneath the last.
    last = found[to_mend[-1]]
    found[to_mend[-1]] = replace(last, mend=f"{last.mend}\nOr write the whole trust anew:\n{expected.mend}")
    return found


def read_trust(document: Any) -> tuple[Statement, ...]:
    """Read a role's trust policy.

    Raises PolicyUnreadable if IAM would never have stored it as one.
    """
    statements = read(document)
    for each in statements:
        if each.principal is None or each.resource is not None:
            raise PolicyUnreadable(f"{each.sid} names nobody, or a resource: a trust names who, and no more.")
    return statements


def takers(statements: Sequence[Statement]) -> Iterator[tuple[Statement, str]]:
    """List who gets sessions by which statement."""
    ways = (ASSUME, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
    for statement in statements:
        barred = [{each.part for each in obstacles(statement, Request(action, ""))} for action in ways]
        if statement.allows and any("Action" not in parts for parts in barred):
            yield from ((statement, principal) for principal in principals(statement))


def trusted(document: Any) -> frozenset[str]:
    """List the ARNs that a trust lets in; none, where it can't be read."""
    try:
        statements = read_trust(document)
    except PolicyUnreadable:
        return frozenset()
    return frozenset(principal.removeprefix("AWS:") for _, principal in takers(statements))


def asks_for_external_id(document: Any, principal: str) -> bool:
    """Tell whether a trust asks one of its principals for an external id; yes, where it can't be read."""
    try:
        statements = read_trust(document)
    except PolicyUnreadable:
        return True
    return any(
        condition.key.lower() == "sts:externalid"
        for statement in statements
        if f"AWS:{principal}" in principals(statement)
        for condition in statement.conditions
    )


def _refusals(statements: Sequence[Statement], asking: Asking) -> Iterator[Finding]:
    """Say what in a trust refuses a call."""
    unnamed = False
    for action in asking.actions:
        judgement = judge(statements, asking.request(action, by_resource=True))
        if judgement.allowed is Truth.YES:
            continue
        parts = {each.part for each in judgement.nearest[1]} if judgement.nearest else set()
        if action == ASSUME:
            unnamed = "Principal" in parts
        elif unnamed and parts == {"Principal"}:
            continue  # said already
        yield from _why(judgement, action, asking)


def _why(judgement: Judgement, action: str, asking: Asking) -> Iterator[Finding]:
    if judgement.denied_by:
        yield from (_denied(statement, maybe, action) for statement, maybe in judgement.denied_by)
        # A Deny that may apply hides nothing that is wrong for certain.
        if judgement.allowed_by or not all(maybe for _, maybe in judgement.denied_by):
            return
    if judgement.nearest is None or any(each.part == "Action" for each in judgement.nearest[1]):
        says = f"No statement allows {action} to {asking.principal}."
        why = f" {_WHY[action]}" if action in _WHY else ""
        yield wrong(_STEP, _NEEDED.get(action, "TrustAction"), says + why, f"Add one that allows {action}.")
        return
    statement, found = judgement.nearest
    # Somebody else's statement has somebody else's conditions.
    strangers = [each for each in found if each.part == "Principal"]
    for each in strangers or found:
        if each.truth is Truth.UNKNOWN:
            yield _unknown(statement, each)
        elif each.part == "Principal":
            yield _unnamed(statement, each, action, asking)
        else:
            yield _unmet(statement, each, asking)


def _denied(statement: Statement, maybe: Sequence[Obstacle], action: str) -> Finding:
    if not maybe:
        says = f"{statement.sid} denies {action}."
        return wrong(_STEP, "TrustDenies", says, f"Remove {statement.sid}, or have it spare the hub.")
    keys = ", ".join(sorted({each.key or each.part for each in maybe}))
    says = f"{statement.sid} may deny {action}: that depends on {keys}, which isn't known here."
    return unseen(_STEP, "TrustDenyUnknown", says, f"Find out whether {statement.sid} spares the hub.")


def _unknown(statement: Statement, obstacle: Obstacle) -> Finding:
    what = f"{obstacle.operator} {obstacle.key}".strip() or f"the principal {_listed(obstacle)}"
    says = f"{statement.sid} asks for {what}, and whether the hub's call meets that isn't known here."
    return unseen(_STEP, "TrustConditionUnknown", says, f"Find out, or remove it from {statement.sid}.")


def _unnamed(statement: Statement, obstacle: Obstacle, action: str, asking: Asking) -> Finding:
    trusted = _listed(obstacle)
    change = f"In {statement.sid}, name {asking.principal} as principal."
    if action != ASSUME:
        says = f"{statement.sid} allows {action} to {trusted}, not to {asking.principal}."
        return wrong(_STEP, _NEEDED[action], says, change)
    if any(_UNIQUE_ID.fullmatch(each) for each in obstacle.asked):
        says = f"{statement.sid} trusts {trusted}, which is gone, even if another of its name is there."
        return wrong(_STEP, "TrustPrincipalGone", says, change)
    return wrong(
        _STEP, "TrustPrincipal", f"{statement.sid} trusts {trusted}, not {asking.principal}.", change
    )


def _unmet(statement: Statement, obstacle: Obstacle, asking: Asking) -> Finding:
    key, sid = obstacle.key.lower(), statement.sid
    condition = f"{obstacle.operator} {obstacle.key}"
    code = "TrustTags" if key.startswith("aws:requesttag/") else _KEYS.get(key, "TrustCondition")
    says = f"{sid} has a condition that isn't met: {condition} {_listed(obstacle)}."
    change = f"In {sid}, remove {condition}."
    if code == "TrustExternalId" and asking.external_id is None:
        says = f"{sid} asks for an external id, and none is sent."
    elif code == "TrustExternalId":
        # Neither is said: this may be pasted anywhere.
        says = f"{sid} asks for another external id than is sent."
        change = (
            f"In {sid}, set {condition} to the role profile's external_id, or on the direct route to yours."
        )
    elif code == "TrustOrganization" and asking.organization is not None:
        change = f"In {sid}, set {condition} to {asking.organization}."
    elif code == "TrustTags":
        change = f"In {sid}, let {condition} be what the role's profile has in roles.yaml."
    return wrong(_STEP, code, says, change)


def _others(statements: Sequence[Statement], expected: Expected) -> Iterator[Finding]:
    """Say who else is trusted."""
    for statement, principal in takers(statements):
        if principal.removeprefix("AWS:") in expected.trusted or _is_in_place_of(
            statement, statements, expected
        ):
            continue
        who = principal.removeprefix("AWS:")
        remove = f"Remove {who} from {statement.sid}, or name it by --trusts if it belongs there."
        if _UNIQUE_ID.fullmatch(principal):
            yield noted(_STEP, "TrustLeftover", f"{statement.sid} also trusts {who}, which is gone.")
        elif _EXACT.fullmatch(principal) or principal.startswith(
            ("Service:", "Federated:", "CanonicalUser:")
        ):
            says = f"{statement.sid} also trusts {who}: what that takes, no ledger knows."
            yield wrong(_STEP, "TrustOthers", says, remove)
        elif not _is_narrowed(statement, expected):
            says = f"{statement.sid} trusts {who}: whoever is allowed to there by their own policies."
            yield wrong(_STEP, "TrustAnybody", says, remove)


def _is_in_place_of(statement: Statement, statements: Sequence[Statement], expected: Expected) -> bool:
    """Tell whether a call is refused because this statement names another than the hub: that is said."""
    if any(who.removeprefix("AWS:") in expected.trusted for who in principals(statement)):
        return False
    for asking in expected.askings:
        judgement = judge(statements, asking.request(ASSUME, by_resource=True))
        if judgement.allowed is Truth.YES or judgement.denied_by or judgement.nearest is None:
            continue
        nearest, found = judgement.nearest
        if nearest is statement and all(
            each.part == "Principal" and each.truth is Truth.NO for each in found
        ):
            return True
    return False


def _is_narrowed(statement: Statement, expected: Expected) -> bool:
    """Tell whether a statement that trusts an account means only those in it who may be trusted."""
    return any(
        condition.operator in _NARROWING
        and condition.key.lower() == "aws:principalarn"
        and condition.values
        and expected.trusted.issuperset(condition.values)
        for condition in statement.conditions
    )


def _unasked(statements: Sequence[Statement], asking: Asking) -> Iterator[Finding]:
    """Say what a trust should ask for and doesn't, by calls that should be refused."""

    def lets_in(near_miss: Asking) -> bool:
        return judge(statements, near_miss.request(ASSUME, by_resource=True)).allowed is not Truth.NO

    if asking.source_identity is not None and lets_in(asking.without_source_identity()):
        says = f"{asking.principal} may assume the role in nobody's name."
        change = 'Where sts:AssumeRole is allowed, ask for Null sts:SourceIdentity "false".'
        yield wrong(_STEP, "TrustAsksNoSourceIdentity", says, change)
    if asking.external_id is not None and any(map(lets_in, _guesses(statements, asking))):
        says = f"{asking.principal} sends an external id, and the trust lets in who sends none, or any."
        change = "Where sts:AssumeRole is allowed, ask for StringEquals sts:ExternalId."
        yield wrong(_STEP, "TrustAsksNoExternalId", says, change)
    if asking.organization is not None and lets_in(asking.from_another_organization()):
        says = "It doesn't ask for the hub's organization. It names the hub's role, which is enough."
        yield noted(_STEP, "TrustAsksNoOrganization", says)


def _guesses(statements: Sequence[Statement], asking: Asking) -> Iterator[Asking]:
    """Ask as somebody who doesn't know the external id: without one, with any, with what a pattern takes."""
    yield from asking.without_the_external_id()
    for statement in statements:
        for condition in statement.conditions:
            if condition.key.lower() == "sts:externalid":
                yield from (
                    asking.with_external_id(re.sub("[*?]", "x", value))
                    for value in condition.values
                    if re.search("[*?]", value)
                )


def _listed(obstacle: Obstacle) -> str:
    return ", ".join(each.removeprefix("AWS:") for each in obstacle.asked) or "nothing"
