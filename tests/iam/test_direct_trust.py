"""Who may assume a role in a spoke by the direct route: the hub role, and nobody that is nearly it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubspoke_local.policies import hub_role_policy
from tests.iam.documents import ORGANIZATION, SPOKE, Document, session_of, spoke_role, statement
from tests.iam.simulator import Simulator, Verdict
from tests.iam.test_spoke_trust import EXTERNAL_ID as HUBS_EXTERNAL_ID
from tests.iam.test_spoke_trust import OTHER_SPOKE, SAID, TRUSTING, Attempt

DIRECT_HUB = "999999999999"
HUB_ROLE = f"arn:aws:iam::{DIRECT_HUB}:role/automation-hub-role"
OTHER_HUB_ROLE = f"arn:aws:iam::{DIRECT_HUB}:role/team/second-hub-role"
EXTERNAL_ID = "this-is-my-automation"
DIRECT = {
    "RoleName": "automation-spoke-role",
    "HubExecutionRoleArns": "",
    "DirectHubRoleArns": f"{HUB_ROLE},{OTHER_HUB_ROLE}",
}
FULL = {"DirectExternalId": EXTERNAL_ID, "OrganizationId": ORGANIZATION}
PARAMETERS = {
    "in full": DIRECT | FULL,
    "external id": DIRECT | {"DirectExternalId": EXTERNAL_ID},
    "organization": DIRECT | {"OrganizationId": ORGANIZATION},
    "plain": DIRECT,
    "beside the hub": DIRECT | FULL | TRUSTING | {"ExternalId": HUBS_EXTERNAL_ID},
}
SAYS = {
    "sts:ExternalId": EXTERNAL_ID,
    "sts:RoleSessionName": "me@company.com",
    "aws:PrincipalOrgID": ORGANIZATION,
}
OURS = Attempt(session_of(HUB_ROLE), said=SAYS)


def saying(key: str, value: str | None) -> Attempt:
    """Return the intended attempt with one condition key changed, or left out."""
    changed = {name: each for name, each in SAYS.items() if name != key}
    return replace(OURS, said=changed if value is None else changed | {key: value})


def by(caller: str | None) -> Attempt:
    return replace(OURS, caller=caller)


def role_of(account: str, name: str) -> Attempt:
    return by(session_of(f"arn:aws:iam::{account}:role/{name}"))


INTENDED = {
    "the hub role": OURS,
    "another hub role, with a path": by(session_of(OTHER_HUB_ROLE)),
}
STRANGERS = {
    "the caller without the hub role": by(f"arn:aws:iam::{DIRECT_HUB}:user/sys-automation"),
    "another role of the hub account": role_of(DIRECT_HUB, "admin"),
    "a role with a longer name": role_of(DIRECT_HUB, "automation-hub-role-2"),
    "a role with a shorter name": role_of(DIRECT_HUB, "automation-hub-rol"),
    "a twin in the spoke": role_of(SPOKE, "automation-hub-role"),
    "a twin in another account": role_of(OTHER_SPOKE, "automation-hub-role"),
    "a twin in another partition": by(f"arn:aws-cn:sts::{DIRECT_HUB}:assumed-role/automation-hub-role/x"),
    "a user named like the role": by(f"arn:aws:iam::{DIRECT_HUB}:user/automation-hub-role"),
    "a session named like the role": by(f"arn:aws:sts::{DIRECT_HUB}:assumed-role/x/automation-hub-role"),
    "the hub account's root": by(f"arn:aws:iam::{DIRECT_HUB}:root"),
    "the spoke's root": by(f"arn:aws:iam::{SPOKE}:root"),
    "an administrator of the spoke": role_of(SPOKE, "admin"),
    "the role itself": role_of(SPOKE, "automation-spoke-role"),
    "its twin in another spoke": role_of(OTHER_SPOKE, "automation-spoke-role"),
    "nobody": by(None),
    "a service": by("ec2.amazonaws.com"),
    "SAML": replace(OURS, action="sts:AssumeRoleWithSAML"),
    "a web identity": replace(OURS, action="sts:AssumeRoleWithWebIdentity"),
    "tags": replace(OURS, action="sts:TagSession"),
    "a source identity": replace(
        OURS, action="sts:SetSourceIdentity", said=SAYS | {"sts:SourceIdentity": "somebody"}
    ),
}
BY_EXTERNAL_ID = {
    "no external id": saying("sts:ExternalId", None),
    "an empty external id": saying("sts:ExternalId", ""),
    "the hub's external id": saying("sts:ExternalId", HUBS_EXTERNAL_ID),
    "a longer external id": saying("sts:ExternalId", f"{EXTERNAL_ID}2"),
    "an external id in capitals": saying("sts:ExternalId", EXTERNAL_ID.upper()),
    "a star for an external id": saying("sts:ExternalId", "*"),
}
BY_ORGANIZATION = {
    "another organization": saying("aws:PrincipalOrgID", "o-zzzzzzzzzz"),
    "no organization": saying("aws:PrincipalOrgID", None),
}


def cases(variant: str) -> tuple[dict[str, Attempt], dict[str, Attempt]]:
    """Return who is let in and who isn't, by what the template was told."""
    allowed, refused = dict(INTENDED), dict(STRANGERS)
    (refused if "DirectExternalId" in PARAMETERS[variant] else allowed).update(BY_EXTERNAL_ID)
    (refused if "OrganizationId" in PARAMETERS[variant] else allowed).update(BY_ORGANIZATION)
    return allowed, refused


@pytest.mark.parametrize("variant", PARAMETERS)
def test_the_hub_role_alone_may_assume_it(simulator: Simulator, variant: str) -> None:
    role = spoke_role(**PARAMETERS[variant])
    allowed, refused = cases(variant)
    assert len(refused) >= 12
    for name, attempt in allowed.items():
        assert attempt.judged(simulator, role) is Verdict.ALLOWED, name
    for name, attempt in refused.items():
        assert attempt.judged(simulator, role) is Verdict.NOT_ALLOWED, name


def test_beside_the_hub_each_goes_by_its_own_rules(simulator: Simulator) -> None:
    """The hub is let in as ever; for nobody, or with the other's external id, it isn't."""
    role = spoke_role(**PARAMETERS["beside the hub"])
    assert Attempt().judged(simulator, role) is Verdict.ALLOWED
    for changed in ({"sts:ExternalId": EXTERNAL_ID}, {"sts:SourceIdentity": ""}):
        said = {key: value for key, value in (SAID | changed).items() if value}
        assert Attempt(said=said).judged(simulator, role) is Verdict.NOT_ALLOWED


def test_where_nothing_is_said_of_the_direct_route_there_is_none(simulator: Simulator) -> None:
    for attempt in (*INTENDED.values(), *BY_EXTERNAL_ID.values()):
        assert attempt.judged(simulator, spoke_role(**TRUSTING)) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("path", "name", "verdict"),
    [
        ("/", "automation-spoke-role", Verdict.ALLOWED),
        ("/hubspoke/", "automation-spoke-role", Verdict.ALLOWED),
        ("/team/", "automation-spoke-role", Verdict.NOT_ALLOWED),
        ("/hubspoke/", "deploy-spoke-role", Verdict.NOT_ALLOWED),
    ],
)
def test_the_embedded_hubs_hub_role_may_assume_this_one_alone(
    simulator: Simulator, path: str, name: str, verdict: Verdict
) -> None:
    """Its own policy and the spoke's trust together."""
    role = spoke_role(**(PARAMETERS["in full"] | {"RolePath": path, "RoleName": name}))
    assert OURS.judged(simulator, role, own=hub_role_policy()) is verdict


def conditions(key: str) -> Callable[[Document], None]:
    return lambda trust: statement(trust, "DirectHubRoleMayAssume")["Condition"]["StringEquals"].pop(key)


def principal(value: Any) -> Callable[[Document], None]:
    return lambda trust: statement(trust, "DirectHubRoleMayAssume").update(Principal=value)


@pytest.mark.parametrize(
    ("spoil", "miss"),
    [
        (conditions("sts:ExternalId"), "no external id"),
        (conditions("sts:ExternalId"), "the hub's external id"),
        (conditions("aws:PrincipalOrgID"), "another organization"),
        (conditions("aws:PrincipalOrgID"), "no organization"),
        (principal({"AWS": DIRECT_HUB}), "another role of the hub account"),
        (principal({"AWS": DIRECT_HUB}), "the caller without the hub role"),
        (principal({"AWS": [HUB_ROLE, SPOKE]}), "the role itself"),
        (principal({"AWS": "*"}), "a twin in another account"),
        (principal("*"), "nobody"),
    ],
)
def test_a_spoilt_trust_is_noticed(
    simulator: Simulator, spoil: Callable[[Document], None], miss: str
) -> None:
    role = spoke_role(**PARAMETERS["in full"])
    _, refused = cases("in full")
    spoil(role.trust)
    assert refused[miss].judged(simulator, role) is Verdict.ALLOWED
