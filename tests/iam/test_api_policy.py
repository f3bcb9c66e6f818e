"""Who gets through IAM to the hub's API: its resource policy and the caller's own policy together."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hubspoke_local.accounts import PROJECT
from tests.iam.documents import (
    API_ID,
    EVERYTHING,
    ORGANIZATION,
    REGION,
    Document,
    api_policy,
    session_of,
    statement,
    without,
)
from tests.iam.simulator import Request, Simulator, Verdict
from tests.template.rendering import HUB

MEMBER, LISTED, STRANGER = "555555555555", "666666666666", "777777777777"


def printed_example() -> Document:
    """Return the caller's policy as docs/api.md prints it."""
    blocks = re.findall(r"```json\n(.*?)```", (PROJECT / "docs" / "api.md").read_text(), re.DOTALL)
    (printed,) = [each for each in blocks if "execute-api:Invoke" in each]
    return {"Version": "2012-10-17", "Statement": [json.loads(printed)]}


EXAMPLE = printed_example()


def own_policy(**parts: Any) -> Document:
    """Return the example, changed a little."""
    return {**EXAMPLE, "Statement": [EXAMPLE["Statement"][0] | parts]}


def to(resource: str) -> Document:
    return own_policy(Resource=f"arn:aws:execute-api:{resource}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API: who calls, with which policy of their own, and over what."""

    caller: str | None
    organization: str | None = None
    identity: Document | None = None
    path: str = "POST/v1/accounts/222222222222/roles/automation-spoke-role/credentials"
    tls: bool = True

    def judged(self, simulator: Simulator, policy: Document) -> Verdict:
        context = {"aws:SecureTransport": str(self.tls).lower()}
        if self.caller and self.caller.startswith("arn:"):
            context["aws:PrincipalAccount"] = self.caller.split(":")[4]
        if self.organization:
            context["aws:PrincipalOrgID"] = self.organization
        request = Request(
            principal=self.caller,
            action="execute-api:Invoke",
            resource=f"arn:aws:execute-api:{REGION}:{HUB}:{API_ID}/prod/{self.path}",
            account=HUB,
            context=context,
        )
        own = [self.identity] if self.identity else []
        return simulator.judge(request, identity=own, resource_policy=policy)


def user(account: str, **parts: Any) -> Call:
    return Call(**({"caller": f"arn:aws:iam::{account}:user/bot", "identity": EXAMPLE} | parts))


def role(account: str, **parts: Any) -> Call:
    arn = session_of(f"arn:aws:iam::{account}:role/ci-deployer")
    return Call(**({"caller": arn, "identity": EXAMPLE} | parts))


def within(call: Callable[..., Call], account: str, **parts: Any) -> Call:
    return call(account, **({"organization": ORGANIZATION} | parts))


def misses_of_the_callers_policy(call: Call) -> dict[str, Call]:
    """Return what a caller's policy doesn't reach, whoever the caller is."""
    hub, target = f"{REGION}:{HUB}", "POST/v1/accounts/222222222222"
    own = {
        "no policy of its own": None,
        "a policy for another role": to(f"{hub}:{API_ID}/prod/{target}/roles/deploy-spoke-role/*"),
        "a policy for a shorter role name": to(f"{hub}:{API_ID}/prod/{target}/roles/automation-spoke-rol/*"),
        "a policy for another account": to(f"{hub}:{API_ID}/prod/POST/v1/accounts/333333333333/*"),
        "a policy for another method": to(f"{hub}:{API_ID}/prod/GET/v1/accounts/222222222222/*"),
        "a policy for another stage": to(f"{hub}:{API_ID}/staging/{target}/*"),
        "a policy for another API": to(f"{hub}:zzzzzzzzzz/prod/{target}/*"),
        "a policy for another Region": to(f"us-east-1:{HUB}:{API_ID}/prod/{target}/*"),
        "a policy for another hub": to(f"{REGION}:{STRANGER}:{API_ID}/prod/{target}/*"),
        "a policy for another action": own_policy(Action="execute-api:ManageConnections"),
        "a policy that denies it too": {
            **EXAMPLE,
            "Statement": [*EXAMPLE["Statement"], EXAMPLE["Statement"][0] | {"Effect": "Deny"}],
        },
    }
    return {
        **{name: replace(call, identity=each) for name, each in own.items()},
        "the path of another account": replace(call, path=call.path.replace("222222222222", "333333333333")),
        "another route": replace(call, path="GET/v1/roles"),
        "plain HTTP": replace(call, tls=False),
        "plain HTTP, with every permission": replace(call, tls=False, identity=EVERYTHING),
    }


NOBODY = {
    "anonymous": Call(caller=None),
    "anonymous, in plain HTTP": Call(caller=None, tls=False),
    "a service": Call(caller="lambda.amazonaws.com"),
}


def named(prefix: str, calls: dict[str, Call]) -> dict[str, Call]:
    return {f"{prefix}: {name}": call for name, call in calls.items()}


@dataclass(frozen=True, slots=True)
class Variant:
    parameters: dict[str, str]
    allowed: dict[str, Call]
    refused: dict[str, Call]


VARIANTS = {
    "organization": Variant(
        {"OrganizationId": ORGANIZATION},
        {
            "a user of the hub's account": within(user, HUB),
            "a role of the hub's account": within(role, HUB),
            "a user of a member account": within(user, MEMBER),
            "a role of a member account": within(role, MEMBER),
            "a member that may do anything": within(user, MEMBER, identity=EVERYTHING),
        },
        {
            **named("hub", misses_of_the_callers_policy(within(user, HUB))),
            **named("member", misses_of_the_callers_policy(within(role, MEMBER))),
            **NOBODY,
            "another organization": user(MEMBER, organization="o-zzzzzzzzzz"),
            "another organization, with every permission": user(
                MEMBER, organization="o-zzzzzzzzzz", identity=EVERYTHING
            ),
            "an organization with a longer id": user(MEMBER, organization=f"{ORGANIZATION}k"),
            "an organization with a shorter id": user(MEMBER, organization=ORGANIZATION[:-1]),
            "an organization in capitals": user(MEMBER, organization=ORGANIZATION.upper()),
            "no organization": user(MEMBER),
            "no organization, with every permission": user(MEMBER, identity=EVERYTHING),
            "hub: in another organization": user(HUB, organization="o-zzzzzzzzzz"),
            "hub: in no organization": user(HUB),
        },
    ),
    "listed accounts": Variant(
        {"CallerAccounts": f"{MEMBER},{LISTED}"},
        {
            "a user of the hub's account": user(HUB),
            "the first account listed": user(MEMBER),
            "the last account listed": role(LISTED),
            "a listed account in some organization": within(user, MEMBER),
        },
        {
            **named("hub", misses_of_the_callers_policy(role(HUB))),
            **named("listed", misses_of_the_callers_policy(user(LISTED))),
            **NOBODY,
            "an account that isn't listed": user(STRANGER),
            "an account that isn't listed, with every permission": role(STRANGER, identity=EVERYTHING),
            "an account that isn't listed, in an organization": within(user, STRANGER),
            "an account with nearly a listed id": user("555555555556"),
        },
    ),
    "the hub's account listed too": Variant(
        {"CallerAccounts": f"{HUB},{MEMBER}"},
        {"a user of the hub's account": user(HUB), "an account listed": user(MEMBER)},
        {**named("hub", misses_of_the_callers_policy(user(HUB))), **NOBODY, "not listed": user(LISTED)},
    ),
    "the hub's account alone": Variant(
        {},
        {"a user of the hub's account": user(HUB), "a role of the hub's account": role(HUB)},
        {
            **named("hub", misses_of_the_callers_policy(user(HUB))),
            **NOBODY,
            "another account": user(MEMBER),
            "another account, with every permission": user(MEMBER, identity=EVERYTHING),
            "another account in an organization": within(role, MEMBER),
        },
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_just_these_calls_are_let_through(simulator: Simulator, variant: str) -> None:
    policy = api_policy(**VARIANTS[variant].parameters)
    for name, call in VARIANTS[variant].allowed.items():
        assert call.judged(simulator, policy) is Verdict.ALLOWED, name
    for name, call in VARIANTS[variant].refused.items():
        assert call.judged(simulator, policy) is not Verdict.ALLOWED, name


@pytest.mark.parametrize("variant", VARIANTS)
def test_plain_http_is_denied_outright(simulator: Simulator, variant: str) -> None:
    policy = api_policy(**VARIANTS[variant].parameters)
    for call in VARIANTS[variant].allowed.values():
        assert replace(call, tls=False).judged(simulator, policy) is Verdict.DENIED


def test_who_is_outside_the_organization_is_denied_outright(simulator: Simulator) -> None:
    policy = api_policy(OrganizationId=ORGANIZATION)
    for account in (HUB, MEMBER):
        for organization in ("o-zzzzzzzzzz", None):
            call = user(account, organization=organization, identity=EVERYTHING)
            assert call.judged(simulator, policy) is Verdict.DENIED


def no_condition(sid: str, *operators: str) -> Callable[[Document], Document]:
    def spoil(policy: Document) -> Document:
        for operator in operators:
            del statement(policy, sid)["Condition"][operator]
        return policy

    return spoil


def for_everybody(sid: str) -> Callable[[Document], Document]:
    def spoil(policy: Document) -> Document:
        statement(policy, sid)["Principal"] = "*"
        return policy

    return spoil


def less(*sids: str) -> Callable[[Document], Document]:
    return lambda policy: without(policy, *sids)


def open_to_all(policy: Document) -> Document:
    wide = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:*", "Resource": "*"}
    return {**policy, "Statement": [*policy["Statement"], wide]}


SPOILT: dict[str, tuple[str, Callable[[Document], Document], str]] = {
    "the hub's account isn't left out": (
        "organization",
        no_condition("OrganizationMayCall", "StringNotEquals"),
        "hub: no policy of its own",
    ),
    "the Allow forgets the organization, the Deny is gone": (
        "organization",
        lambda policy: no_condition("OrganizationMayCall", "StringEquals")(
            without(policy, "NobodyOutsideTheOrganization")
        ),
        "another organization",
    ),
    "nothing denies other organizations": (
        "organization",
        less("NobodyOutsideTheOrganization"),
        "hub: in another organization",
    ),
    "nothing denies plain HTTP": (
        "organization",
        less("NothingWithoutTls"),
        "member: plain HTTP, with every permission",
    ),
    "anybody may call": ("organization", open_to_all, "hub: no policy of its own"),
    "the listed accounts are everybody": (
        "listed accounts",
        for_everybody("ListedAccountsMayCall"),
        "an account that isn't listed",
    ),
    "the listed accounts are everybody, in the hub's account too": (
        "listed accounts",
        lambda policy: for_everybody("ListedAccountsMayCall")(
            no_condition("ListedAccountsMayCall", "StringNotEquals")(policy)
        ),
        "hub: no policy of its own",
    ),
    "nothing denies plain HTTP, with a list": (
        "listed accounts",
        less("NothingWithoutTls"),
        "listed: plain HTTP",
    ),
    "anybody may call, with a list": ("listed accounts", open_to_all, "anonymous"),
    "nothing denies plain HTTP, without a list": (
        "the hub's account alone",
        less("NothingWithoutTls"),
        "hub: plain HTTP",
    ),
    "nothing denies plain HTTP to any permission, without a list": (
        "the hub's account alone",
        less("NothingWithoutTls"),
        "hub: plain HTTP, with every permission",
    ),
    "nothing denies plain HTTP, with the hub's account listed": (
        "the hub's account listed too",
        less("NothingWithoutTls"),
        "hub: plain HTTP",
    ),
    "the listed accounts are everybody, the hub's account among them": (
        "the hub's account listed too",
        for_everybody("ListedAccountsMayCall"),
        "not listed",
    ),
    "anybody may call, without a list": ("the hub's account alone", open_to_all, "another account"),
    "anybody may call, with the hub's account listed": (
        "the hub's account listed too",
        open_to_all,
        "hub: a policy for another role",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_policy_is_noticed(simulator: Simulator, name: str) -> None:
    variant, spoil, miss = SPOILT[name]
    parts = VARIANTS[variant]
    spoilt = spoil(api_policy(**parts.parameters))
    assert parts.refused[miss].judged(simulator, spoilt) is Verdict.ALLOWED


def test_the_example_is_as_narrow_as_it_looks(simulator: Simulator) -> None:
    """The counter-proof for the caller's side: wider resources reach what the example doesn't."""
    policy = api_policy(OrganizationId=ORGANIZATION)
    call = within(user, HUB)
    wider = {
        "POST/*": "POST/v1/accounts/333333333333/roles/x/credentials",
        "*": "GET/v1/roles",
        "POST/v1/accounts/2*": "POST/v1/accounts/222222222223/roles/x/credentials",
    }
    for resource, path in wider.items():
        assert replace(call, path=path).judged(simulator, policy) is Verdict.NOT_ALLOWED
        opened = replace(call, path=path, identity=to(f"{REGION}:{HUB}:{API_ID}/prod/{resource}"))
        assert opened.judged(simulator, policy) is Verdict.ALLOWED


def test_each_variant_has_a_dozen_near_misses_and_three_ways_to_spoil_it() -> None:
    for name, variant in VARIANTS.items():
        assert len(variant.refused) >= 12
        assert len([each for each, *_ in SPOILT.values() if each == name]) >= 3
