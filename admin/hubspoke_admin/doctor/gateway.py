"""The API's resource policy: whether it keeps strangers out, and lets a caller in."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hubspoke.findings import Finding, noted, right, unseen, wrong
from hubspoke_admin.iam.judging import judge
from hubspoke_admin.iam.policy import PolicyUnreadable, Statement, read
from hubspoke_admin.iam.request import Present, Request, Truth

_INVOKE = "execute-api:Invoke"
# API Gateway developer guide, "Resource policies": it takes the short form, and stores the whole ARN. The
# policy is about no other API.
_OF_AN_API: Final = re.compile("(?:execute-api:|arn:[^:]*:execute-api:[^:]*:[^:]*:[^:/]*)(?P<path>/.*)")
_STRANGERS = "000000000000"
# Of another organization, and of none.
_NOT_OURS: Final[tuple[str | tuple[()], ...]] = ("o-nearmiss00", ())


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


def examine(
    document: Any,
    hub_account: str,
    organization: str | None,
    caller: str | None,
    stage: str,
) -> list[Finding]:
    """Judge a resource policy.

    Args:
        document: the policy, parsed.
        hub_account: the API's account.
        organization: the hub's, if it is known.
        caller: the account that a caller is in; ``None`` to ask about strangers alone.
        stage: ARN of the API's stage.
    """
    try:
        statements = [_expanded(each, stage.partition("/")[0]) for each in read(document)]
    except PolicyUnreadable as error:
        says = f"The API has no resource policy that can be read: {error}"
        return [wrong("gateway", "GatewayUnreadable", says, "Deploy the hub's stack again.")]
    found: list[Finding] = []
    calls = _calls(statements, stage)
    strangers = [_lets_in(statements, _STRANGERS, of, call) for of in _NOT_OURS for call in calls]
    if any(each is not Truth.NO for each in strangers):
        says = "The API lets in accounts that are neither listed nor in the organization."
        found.append(
            wrong(
                "gateway", "GatewayOpen", says, "Deploy the hub's stack again: template.yaml keeps them out."
            )
        )
    if not all(_denies_plain(statements, call) for call in calls):
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
        found += _caller(statements, hub_account, organization, caller, calls[0])
    return found or [right("gateway", "GatewayRight", "The API keeps strangers out, and whatever isn't TLS.")]


def _caller(
    statements: Sequence[Statement], hub_account: str, organization: str | None, caller: str, call: str
) -> list[Finding]:
    own = "Their own IAM policies can't be seen from here: 'hubspoke doctor', run by the caller, shows them."
    if caller == hub_account:
        return [
            noted(
                "gateway", "GatewayByIdentity", f"Callers in {caller} go by their IAM policies alone. {own}"
            )
        ]
    answer = _lets_in(statements, caller, organization, call)
    if answer is Truth.UNKNOWN:
        says = f"Whether the API lets in callers of {caller} depends on what isn't known here."
        mend = "Name the hub's organization by --organization, if its policy asks for that."
        return [unseen("gateway", "GatewayConditionUnknown", says, mend)]
    if answer is Truth.YES:
        return [right("gateway", "GatewayLetsIn", f"The API lets in callers of {caller}. {own}")]
    says = f"The API doesn't let in callers of {caller}."
    if organization is None:
        mend = f"Deploy the hub's stack with {caller} in CallerAccounts."
    else:
        mend = f"Is {caller} in {organization}? If not, it can't call; else deploy the hub's stack with that."
    return [wrong("gateway", "GatewayRefuses", says, mend)]


def _expanded(statement: Statement, api: str) -> Statement:
    """Write an API's ARN in the one way, however a policy does."""
    if statement.resource is None:
        return statement
    found = [_OF_AN_API.fullmatch(each) or each for each in statement.resource.values]
    named = tuple(each if isinstance(each, str) else f"{api}{each['path']}" for each in found)
    return replace(statement, resource=replace(statement.resource, values=named))


def _calls(statements: Sequence[Statement], stage: str) -> list[str]:
    """Name a call of the hub's, and one of each pattern that a statement has."""
    api = stage.partition("/")[0]
    patterns = [value for each in statements if each.resource for value in each.resource.values]
    named = [pattern.split(":", 5)[-1].partition("/")[2] for pattern in patterns]
    examples = [f"{api}/{each.replace('*', 'any').replace('?', 'x')}" for each in named if each]
    return list(dict.fromkeys([f"{stage}/GET/v1/identity", *examples]))


def _lets_in(
    statements: Sequence[Statement], account: str, organization: str | tuple[()] | None, call: str
) -> Truth:
    keys: dict[str, str | tuple[str, ...] | Present] = {
        "aws:PrincipalAccount": account,
        "aws:SecureTransport": "true",
    }
    if organization is not None:
        keys["aws:PrincipalOrgID"] = organization
    return judge(statements, Request(_INVOKE, call, _anybody(call, account), keys)).allowed


def _denies_plain(statements: Sequence[Statement], call: str) -> bool:
    """Tell whether plain HTTP is denied outright: where nothing allows it, identity policies still may."""
    plain = {"aws:SecureTransport": "false"}
    request = Request(_INVOKE, call, _anybody(call, _STRANGERS), plain)
    return any(not obstacles for _, obstacles in judge(statements, request).denied_by)


def _anybody(call: str, account: str) -> str:
    return f"arn:{call.split(':')[1]}:iam::{account}:role/anybody"
