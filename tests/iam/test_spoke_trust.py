"""Who may assume a role in a spoke: its trust policy, against callers whose own policies allow everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.iam.documents import (
    EVERYTHING,
    ORGANIZATION,
    SPOKE,
    Document,
    RoleDocuments,
    execution_role,
    session_of,
    spoke_role,
    statement,
)
from tests.iam.simulator import Policy, Request, Simulator, Verdict
from tests.template.rendering import HUB

EXTERNAL_ID = "automation-external-id"
SOURCE_IDENTITY = "user.111111111111.inventory-bot"
EXECUTION_ROLE = f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"
OTHER_REGION = f"arn:aws:iam::{HUB}:role/hubspoke-prod-us-east-1-vend"
OTHER_SPOKE = "333333333333"
TRUSTING = {"RoleName": "automation-spoke-role", "HubExecutionRoleArns": f"{EXECUTION_ROLE},{OTHER_REGION}"}
PARAMETERS = {
    "in full": TRUSTING | {"ExternalId": EXTERNAL_ID, "OrganizationId": ORGANIZATION},
    "external id": TRUSTING | {"ExternalId": EXTERNAL_ID},
    "organization": TRUSTING | {"OrganizationId": ORGANIZATION},
    "plain": TRUSTING,
}
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
# Which keys STS fills for which action; the rest the simulator refuses to hear.
KEYS = {
    "sts:AssumeRole": {"sts:ExternalId", "sts:SourceIdentity", "sts:RoleSessionName"},
    "sts:SetSourceIdentity": {"sts:SourceIdentity"},
    "sts:TagSession": set(),
    "sts:AssumeRoleWithSAML": {"sts:SourceIdentity", "sts:RoleSessionName"},
    "sts:AssumeRoleWithWebIdentity": {"sts:SourceIdentity", "sts:RoleSessionName"},
}
SAID = {
    "sts:ExternalId": EXTERNAL_ID,
    "sts:SourceIdentity": SOURCE_IDENTITY,
    "sts:RoleSessionName": "inventory-bot-01kan",
    "aws:PrincipalOrgID": ORGANIZATION,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to assume the role. Who signs none is None."""

    caller: str | None = session_of(EXECUTION_ROLE)
    action: str = "sts:AssumeRole"
    said: Mapping[str, str] = field(default_factory=lambda: SAID)

    def judged(
        self,
        simulator: Simulator,
        role: RoleDocuments,
        own: Policy = EVERYTHING,
        boundary: Policy | None = None,
    ) -> Verdict:
        keys = {
            key: value
            for key, value in self.said.items()
            if key.startswith("aws:") or key in KEYS[self.action]
        }
        request = Request(
            principal=self.caller, action=self.action, resource=role.arn, account=SPOKE, context=keys
        )
        signed = self.caller is not None and self.caller.startswith("arn:")
        return simulator.judge(
            request, identity=[own] if signed else [], boundary=boundary, resource_policy=role.trust
        )


def saying(key: str, value: str | None) -> Attempt:
    """Return the intended attempt with one condition key changed, or left out."""
    changed = {name: each for name, each in SAID.items() if name != key}
    return Attempt(said=changed if value is None else changed | {key: value})


def role_of(account: str, name: str) -> Attempt:
    return Attempt(session_of(f"arn:aws:iam::{account}:role/{name}"))


INTENDED = {
    f"{action} from {region}": Attempt(session_of(role), action)
    for action in ACTIONS
    for region, role in (("here", EXECUTION_ROLE), ("there", OTHER_REGION))
}
STRANGERS = {
    "another role of the hub's account": role_of(HUB, "admin"),
    "a role with a longer name": role_of(HUB, "hubspoke-prod-eu-west-1-vend-2"),
    "a role with a shorter name": role_of(HUB, "hubspoke-prod-eu-west-1-ven"),
    "the hub of another environment": role_of(HUB, "hubspoke-staging-eu-west-1-vend"),
    "a twin in the spoke": role_of(SPOKE, "hubspoke-prod-eu-west-1-vend"),
    "a twin in another account": role_of(OTHER_SPOKE, "hubspoke-prod-eu-west-1-vend"),
    "a twin in another partition": Attempt(
        f"arn:aws-cn:sts::{HUB}:assumed-role/hubspoke-prod-eu-west-1-vend/x"
    ),
    "a user named like the role": Attempt(f"arn:aws:iam::{HUB}:user/hubspoke-prod-eu-west-1-vend"),
    "a session named like the role": Attempt(
        f"arn:aws:sts::{HUB}:assumed-role/x/hubspoke-prod-eu-west-1-vend"
    ),
    "a federated user of the hub's account": Attempt(f"arn:aws:sts::{HUB}:federated-user/x"),
    "the hub's root": Attempt(f"arn:aws:iam::{HUB}:root"),
    "the spoke's root": Attempt(f"arn:aws:iam::{SPOKE}:root"),
    "an administrator of the spoke": role_of(SPOKE, "admin"),
    "the role itself": role_of(SPOKE, "automation-spoke-role"),
    "its twin in another spoke": role_of(OTHER_SPOKE, "automation-spoke-role"),
    "nobody": Attempt(None),
    "the service that runs the hub": Attempt("lambda.amazonaws.com"),
    "another service": Attempt("ec2.amazonaws.com"),
    "SAML": Attempt(action="sts:AssumeRoleWithSAML"),
    "a web identity": Attempt(action="sts:AssumeRoleWithWebIdentity"),
    "for nobody": saying("sts:SourceIdentity", None),
}
STRANGERS |= {
    f"{action} by another role": replace(STRANGERS["another role of the hub's account"], action=action)
    for action in ACTIONS
}
BY_EXTERNAL_ID = {
    "no external id": saying("sts:ExternalId", None),
    "an empty external id": saying("sts:ExternalId", ""),
    "another external id": saying("sts:ExternalId", "deploy-external-id"),
    "a longer external id": saying("sts:ExternalId", f"{EXTERNAL_ID}2"),
    "an external id in capitals": saying("sts:ExternalId", EXTERNAL_ID.upper()),
    "a star for an external id": saying("sts:ExternalId", "*"),
}
BY_ORGANIZATION = {
    "another organization": saying("aws:PrincipalOrgID", "o-zzzzzzzzzz"),
    "an organization with a longer id": saying("aws:PrincipalOrgID", f"{ORGANIZATION}k"),
    "no organization": saying("aws:PrincipalOrgID", None),
}


def cases(variant: str) -> tuple[dict[str, Attempt], dict[str, Attempt]]:
    """Return who is let in and who isn't, by what the template was told."""
    allowed, refused = dict(INTENDED), dict(STRANGERS)
    (refused if "ExternalId" in PARAMETERS[variant] else allowed).update(BY_EXTERNAL_ID)
    (refused if "OrganizationId" in PARAMETERS[variant] else allowed).update(BY_ORGANIZATION)
    return allowed, refused


@pytest.mark.parametrize("variant", PARAMETERS)
def test_the_hub_alone_may_assume_it(simulator: Simulator, variant: str) -> None:
    role = spoke_role(**PARAMETERS[variant])
    allowed, refused = cases(variant)
    assert len(refused) >= 12
    for name, attempt in allowed.items():
        assert attempt.judged(simulator, role) is Verdict.ALLOWED, name
    for name, attempt in refused.items():
        assert attempt.judged(simulator, role) is Verdict.NOT_ALLOWED, name


def test_the_callers_own_policy_must_allow_it_too(simulator: Simulator) -> None:
    role = spoke_role(**PARAMETERS["in full"])
    nothing: Document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    for name, attempt in INTENDED.items():
        assert attempt.judged(simulator, role, own=nothing) is Verdict.NOT_ALLOWED, name


@pytest.mark.parametrize("variant", PARAMETERS)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_hub_as_it_is_deployed_may_assume_the_spoke_as_it_is_deployed(
    simulator: Simulator, variant: str, action: str
) -> None:
    """Both templates together: the hub's policies and boundary here, the spoke's trust there."""
    organization = {key: value for key, value in PARAMETERS[variant].items() if key == "OrganizationId"}
    hub, spoke = execution_role(**organization), spoke_role(**PARAMETERS[variant])
    assert hub.arn == EXECUTION_ROLE
    ours = Attempt(action=action, said=SAID | {"aws:ResourceOrgID": ORGANIZATION})
    (assume,) = [each for each in hub.identity if action in str(each)]
    assert ours.judged(simulator, spoke, own=assume, boundary=hub.boundary) is Verdict.ALLOWED
    moved = replace(spoke, arn=spoke.arn.replace("/hubspoke/", "/team/"))
    assert ours.judged(simulator, moved, own=assume, boundary=hub.boundary) is Verdict.NOT_ALLOWED


def condition(sid: str, operator: str, key: str) -> Callable[[Document], None]:
    return lambda trust: statement(trust, sid)["Condition"][operator].pop(key)


def principal(value: Any, *sids: str) -> Callable[[Document], None]:
    def spoil(trust: Document) -> None:
        for sid in sids or ("HubMayAssume",):
            statement(trust, sid)["Principal"] = value

    return spoil


def action(value: Any) -> Callable[[Document], None]:
    return lambda trust: statement(trust, "HubMayAssume").update(Action=value)


ASSUME = "HubMayAssume"
SPOILT: tuple[tuple[str, Callable[[Document], None], str], ...] = (
    ("in full", condition(ASSUME, "StringEquals", "sts:ExternalId"), "no external id"),
    ("in full", condition(ASSUME, "StringEquals", "sts:ExternalId"), "another external id"),
    ("in full", condition(ASSUME, "StringEquals", "aws:PrincipalOrgID"), "another organization"),
    ("in full", condition(ASSUME, "StringEquals", "aws:PrincipalOrgID"), "no organization"),
    ("in full", condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
    ("in full", principal({"AWS": HUB}), "another role of the hub's account"),
    ("in full", principal({"AWS": [EXECUTION_ROLE, SPOKE]}), "the role itself"),
    ("in full", principal({"AWS": "*"}), "a twin in another account"),
    ("in full", principal("*"), "nobody"),
    ("in full", principal({"AWS": EXECUTION_ROLE, "Service": "ec2.amazonaws.com"}), "another service"),
    ("in full", principal({"AWS": HUB}, "HubMayTagSession"), "sts:TagSession by another role"),
    ("in full", principal({"AWS": HUB}, "HubMaySetSourceIdentity"), "sts:SetSourceIdentity by another role"),
    ("external id", condition(ASSUME, "StringEquals", "sts:ExternalId"), "an empty external id"),
    ("external id", principal({"AWS": HUB}), "the hub of another environment"),
    ("external id", condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
    (
        "organization",
        condition(ASSUME, "StringEquals", "aws:PrincipalOrgID"),
        "an organization with a longer id",
    ),
    ("organization", principal({"AWS": "*"}), "an administrator of the spoke"),
    ("organization", condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
    ("plain", condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
    ("plain", principal({"AWS": [EXECUTION_ROLE, OTHER_SPOKE]}), "its twin in another spoke"),
    ("plain", principal({"AWS": f"arn:aws:iam::{HUB}:root"}), "a role with a longer name"),
)


@pytest.mark.parametrize(
    ("variant", "spoil", "miss"),
    SPOILT,
    ids=[f"{index}-{variant}-{miss}".replace(" ", "-") for index, (variant, _, miss) in enumerate(SPOILT)],
)
def test_a_spoilt_trust_is_noticed(
    simulator: Simulator, variant: str, spoil: Callable[[Document], None], miss: str
) -> None:
    role = spoke_role(**PARAMETERS[variant])
    _, refused = cases(variant)
    spoil(role.trust)
    assert refused[miss].judged(simulator, role) is Verdict.ALLOWED


def test_another_action_in_the_trust_is_noticed(simulator: Simulator) -> None:
    role = spoke_role(**PARAMETERS["plain"])
    action(["sts:AssumeRole", "sts:AssumeRoleWithSAML"])(role.trust)
    assert STRANGERS["SAML"].judged(simulator, role) is Verdict.ALLOWED


def test_each_variant_has_three_ways_to_spoil_it() -> None:
    assert all(len([each for each, *_ in SPOILT if each == name]) >= 3 for name in PARAMETERS)
