"""Whether strangers could become a role that spokes trust: they would be let in wherever it is."""

import re
from typing import Any, Final

from hubspoke.findings import Finding, wrong
from hubspoke.printable import printable
from hubspoke_admin.doctor import trust
from hubspoke_admin.doctor.asking import ASSUME
from hubspoke_admin.iam.judging import judge
from hubspoke_admin.iam.policy import PolicyUnreadable, Statement
from hubspoke_admin.iam.request import Request, Truth

_STEP: Final = "hub-trust"
_LAMBDA: Final = re.compile(r"Service:lambda\.amazonaws\.com(\.cn)?")
_STRANGERS: Final = "000000000000"
# Of another organization, and of none.
_NOT_OURS: Final[tuple[str | tuple[()], ...]] = ("o-nearmiss00", ())


def of_function_role(arn: str, document: Any) -> list[Finding]:
    """Judge whom the role of the hub's function trusts: Lambda, and nobody else."""
    try:
        statements = trust.read_trust(document)
    except PolicyUnreadable as error:
        return [_unreadable(arn, error, "Deploy the hub's stack again.")]
    others = {who for _, who in trust.takers(statements) if not _LAMBDA.fullmatch(who)}
    return [
        wrong(
            _STEP,
            "HubTrustOthers",
            printable(f"{arn} trusts {who.removeprefix('AWS:')}, and is the function's alone."),
            "Find out who let them in, and deploy the hub's stack again: what they take is in no ledger.",
        )
        for who in sorted(others)
    ]


def of_hub_role(arn: str, document: Any) -> list[Finding]:
    """Judge whether the hub role of the direct route keeps strangers out; whom else it trusts is its own."""
    mend = f"hubspoke-admin policy hub-trust --hub-role {arn} --principal ARN"
    try:
        statements = trust.read_trust(document)
    except PolicyUnreadable as error:
        return [_unreadable(arn, error, mend)]
    if not any(_lets_in(statements, arn, organization) for organization in _NOT_OURS):
        return []
    says = f"{arn} lets in strangers, of whatever account."
    return [wrong(_STEP, "HubTrustAnybody", says, mend)]


def _lets_in(statements: tuple[Statement, ...], arn: str, organization: str | tuple[()]) -> bool:
    stranger = f"arn:{arn.split(':')[1]}:iam::{_STRANGERS}:role/anybody"
    known = {
        "aws:PrincipalArn": stranger,
        "aws:PrincipalAccount": _STRANGERS,
        "aws:PrincipalOrgID": organization,
        "aws:PrincipalIsAWSService": "false",
    }
    # Whatever else is asked for, a stranger may have, or find out.
    request = Request(ASSUME, arn, stranger, known, absent=lambda _key: False)
    return judge(statements, request).allowed is not Truth.NO


def _unreadable(arn: str, error: PolicyUnreadable, mend: str) -> Finding:
    return wrong(_STEP, "HubTrustUnreadable", printable(f"The trust of {arn} can't be read: {error}"), mend)
