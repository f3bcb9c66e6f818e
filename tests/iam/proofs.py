"""A proof about one document that ``hubspoke-admin policy`` writes: what it lets through, and near misses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.iam.documents import EVERYTHING, Document, session_of, statement
from tests.iam.simulator import Request, Simulator, Verdict

Judge = Callable[[Simulator, Request, Document], Verdict]
Spoil = Callable[[Document], object]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a document is asked, and the spoilt forms of it that must show."""

    command: tuple[str, ...]
    """What ``hubspoke-admin policy`` is told."""
    judge: Judge
    allowed: Mapping[str, Request]
    refused: Mapping[str, Request]
    spoilt: Sequence[tuple[Spoil, str]]
    """What is done to the document, and the near miss that must then be let through."""


def consent(request: Request) -> Document:
    """Write a resource's policy that leaves everything to the caller's account."""
    assert request.principal is not None
    account = request.principal.split(":")[4]
    only = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*"}
    # A trust policy has no Resource.
    of_role = {} if request.action.startswith("sts:") else {"Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [{**only, **of_role}]}


def by_trust(simulator: Simulator, request: Request, document: Document) -> Verdict:
    """Judge by a role's trust; the caller's own policies allow everything."""
    signed = request.principal is not None and request.principal.startswith("arn:")
    return simulator.judge(request, identity=[EVERYTHING] if signed else [], resource_policy=document)


def by_identity(simulator: Simulator, request: Request, document: Document) -> Verdict:
    """Judge by the caller's policy; the other side leaves it to the caller's account."""
    return simulator.judge(request, identity=[document], resource_policy=consent(request))


def by_boundary(simulator: Simulator, request: Request, document: Document) -> Verdict:
    """Judge by a permissions boundary; the role's policies allow everything."""
    return simulator.judge(request, identity=[EVERYTHING], boundary=document)


def by_service_control(simulator: Simulator, request: Request, document: Document) -> Verdict:
    """Judge by an SCP; the principal's policies allow everything, and so does the other side."""
    return simulator.judge(
        request, identity=[EVERYTHING], resource_policy=consent(request), service_control=document
    )


def by_resource_control(simulator: Simulator, request: Request, document: Document) -> Verdict:
    """Judge by an RCP; the role trusts everybody, whose policies allow everything."""
    actions = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    trust = {"Effect": "Allow", "Principal": "*", "Action": actions}
    signed = request.principal is not None and request.principal.startswith("arn:")
    return simulator.judge(
        request,
        identity=[EVERYTHING] if signed else [],
        resource_policy={"Version": "2012-10-17", "Statement": [trust]},
        resource_control=document,
    )


def without(request: Request, key: str) -> Request:
    """Return a request that lacks a condition key."""
    return replace(request, context={name: each for name, each in request.context.items() if name != key})


def saying(request: Request, key: str, value: str) -> Request:
    """Return a request with another value of a condition key."""
    return replace(request, context={**request.context, key: value})


def by(request: Request, account: str, name: str) -> Request:
    """Return a request of a session of another role."""
    return replace(request, principal=session_of(f"arn:aws:iam::{account}:role/{name}"))


def no_condition(sid: str, operator: str, key: str) -> Spoil:
    """Take a condition out of a statement."""
    return lambda document: statement(document, sid)["Condition"][operator].pop(key)


def put(sid: str, part: str, value: object) -> Spoil:
    """Put another part into a statement."""
    return lambda document: statement(document, sid).update({part: value})
