"""The API's resource policy: whether it keeps strangers out, and lets a caller in."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hubspoke.findings import Finding, noted, right, wrong
from hubspoke_admin.iam.judging import judge
from hubspoke_admin.iam.policy import Names, PolicyUnreadable, Statement, read
from hubspoke_admin.iam.request import Request, Truth

_INVOKE = "execute-api:Invoke"
# Which API it is, is nobody's matter either: its own policy is about no other.
_API: Final = "arn:any:execute-api:any:000000000000:api"
_RESOURCE: Final = f"{_API}/stage/POST/v1/accounts/{'0' * 12}/roles/any/credentials"
# API Gateway developer guide, "Resource policies": it takes the short form, and stores the whole ARN.
_OF_AN_API: Final = re.compile("(?:execute-api:|arn:[^:]*:execute-api:[^:]*:[^:]*:[^:/]*)(?P<path>/.*)")
# Accounts and the organization decide, so the partition is nobody's matter.
_ANYBODY = "arn:any:iam::{account}:role/anybody"
_STRANGERS = "000000000000"
_OTHER_ORGANIZATION = "o-nearmiss00"


def parse(raw: str | None) -> Any:
    """Read a resource policy as API Gateway returns it: JSON, whose quotes it has escaped once more.

    Source: API Gateway's ``GetRestApi``, ``policy``.
    """
    if not raw:
        return None
    for text in (raw, raw.replace('\\"', '"').replace("\\\\", "\\")):
        try:
            return json.loads(text)
        except ValueError:
            continue
    return raw


def examine(document: Any, hub_account: str, organization: str | None, caller: str | None) -> list[Finding]:
    """Judge a resource policy.

    Args:
        document: the policy, parsed.
        hub_account: the API's account.
        organization: the hub's, if it is known.
        caller: the account that a caller is in; ``None`` to ask about strangers alone.
    """
    try:
        statements = [_of_any_api(each) for each in read(document)]
    except PolicyUnreadable as error:
        says = f"The API has no resource policy that can be read: {error}"
        return [wrong("gateway", "GatewayUnreadable", says, "Deploy the hub's stack again.")]
    found: list[Finding] = []
    if _lets_in(statements, _STRANGERS, _OTHER_ORGANIZATION) is not Truth.NO:
        says = "The API lets in accounts that are neither listed nor in the organization."
        found.append(
            wrong(
                "gateway", "GatewayOpen", says, "Deploy the hub's stack again: template.yaml keeps them out."
            )
        )
    if not _denies_plain(statements):
        says = "The API doesn't deny requests without TLS."
        found.append(
            wrong(
                "gateway",
                "GatewayWithoutTls",
                says,
                "Deploy the hub's stack again: template.yaml denies them.",
            )
        )
    if caller is not None:
        found += _caller(statements, hub_account, organization, caller)
    return found or [right("gateway", "GatewayRight", "The API keeps strangers out, and whatever isn't TLS.")]


def _of_any_api(statement: Statement) -> Statement:
    """Write what a statement is about in one way."""
    if statement.resource is None:
        return statement
    found = [_OF_AN_API.fullmatch(each) or each for each in statement.resource.values]
    values = tuple(each if isinstance(each, str) else f"{_API}{each['path']}" for each in found)
    return replace(statement, resource=Names(values, statement.resource.negated))


def _caller(
    statements: Sequence[Statement], hub_account: str, organization: str | None, caller: str
) -> list[Finding]:
    own = "Their own IAM policies can't be seen from here: 'hubspoke doctor', run by the caller, shows them."
    if caller == hub_account:
        return [
            noted(
                "gateway", "GatewayByIdentity", f"Callers in {caller} go by their IAM policies alone. {own}"
            )
        ]
    if _lets_in(statements, caller, organization) is Truth.YES:
        return [right("gateway", "GatewayLetsIn", f"The API lets in callers of {caller}. {own}")]
    says = f"The API doesn't let in callers of {caller}."
    if organization is None:
        mend = f"Deploy the hub's stack with {caller} in CallerAccounts."
    else:
        mend = f"Is {caller} in {organization}? If not, it can't call; else deploy the hub's stack with that."
    return [wrong("gateway", "GatewayRefuses", says, mend)]


def _lets_in(statements: Sequence[Statement], account: str, organization: str | None) -> Truth:
    keys = {"aws:PrincipalAccount": account, "aws:SecureTransport": "true"}
    if organization is not None:
        keys["aws:PrincipalOrgID"] = organization
    return judge(statements, Request(_INVOKE, _RESOURCE, _ANYBODY.format(account=account), keys)).allowed


def _denies_plain(statements: Sequence[Statement]) -> bool:
    """Tell whether plain HTTP is denied outright: where nothing allows it, identity policies still may."""
    request = Request(
        _INVOKE, _RESOURCE, _ANYBODY.format(account=_STRANGERS), {"aws:SecureTransport": "false"}
    )
    return any(not obstacles for _, obstacles in judge(statements, request).denied_by)
