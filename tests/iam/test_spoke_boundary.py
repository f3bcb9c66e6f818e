"""What no vended session may do, whatever the policies attached to its role allow: the boundary's work."""

from collections.abc import Callable

import pytest

from tests.iam.documents import EVERYTHING, SPOKE, Document, session_of, spoke_role, statement, without
from tests.iam.simulator import Request, Simulator, Verdict
from tests.template.rendering import HUB

ROLE = {
    "RoleName": "automation-spoke-role",
    "HubExecutionRoleArns": f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend",
}
ITSELF = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
SESSION = session_of(ITSELF)
BOUNDARY = f"arn:aws:iam::{SPOKE}:policy/hubspoke/automation-spoke-role-boundary"
READS = {"List", "Read"}
# What STS offers besides; none of it makes credentials that outlive the session. The two federated ways in
# ask for an outsider's proof and not for the session, and AWS gives a role's session no session token.
HARMLESS = {
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetCallerIdentity",
    "GetServiceBearerToken",
    "GetSessionToken",
    "SetContext",
    "SetSourceIdentity",
    "TagGetWebIdentityToken",
    "TagSession",
}
OUTLIVE = {"AssumeRole", "AssumeRoot", "GetDelegatedAccessToken", "GetFederationToken", "GetWebIdentityToken"}


def boundary_of(**parameters: str) -> Document:
    return spoke_role(**ROLE, **parameters).boundary


def judged(
    simulator: Simulator, boundary: Document, action: str, resource: str = "*", trust: Document | None = None
) -> Verdict:
    """Judge a vended session whose own policies allow everything."""
    request = Request(principal=SESSION, action=action, resource=resource, account=SPOKE)
    return simulator.judge(request, identity=[EVERYTHING], boundary=boundary, resource_policy=trust)


def test_iam_can_be_read_and_not_written(simulator: Simulator) -> None:
    boundary = boundary_of()
    actions = simulator.actions("iam")
    writes = [each for each in actions if each.access not in READS]
    assert len(writes) > 100
    assert len(actions) - len(writes) > 50
    for each in actions:
        verdict = judged(simulator, boundary, each.name, each.example(SPOKE))
        assert verdict is (Verdict.NOT_ALLOWED if each in writes else Verdict.ALLOWED), each


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateUser", f"arn:aws:iam::{SPOKE}:user/x"),
        ("iam:CreateAccessKey", f"arn:aws:iam::{SPOKE}:user/x"),
        ("iam:CreateLoginProfile", f"arn:aws:iam::{SPOKE}:user/x"),
        ("iam:CreateRole", f"arn:aws:iam::{SPOKE}:role/x"),
        ("iam:CreateServiceLinkedRole", f"arn:aws:iam::{SPOKE}:role/aws-service-role/x"),
        ("iam:PutRolePolicy", ITSELF),
        ("iam:AttachRolePolicy", ITSELF),
        ("iam:UpdateAssumeRolePolicy", ITSELF),
        ("iam:UpdateRole", ITSELF),
        ("iam:PutRolePermissionsBoundary", ITSELF),
        ("iam:DeleteRolePermissionsBoundary", ITSELF),
        ("iam:PassRole", ITSELF),
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:SetDefaultPolicyVersion", BOUNDARY),
        ("iam:CreateSAMLProvider", f"arn:aws:iam::{SPOKE}:saml-provider/x"),
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{SPOKE}:oidc-provider/x"),
        ("sts:AssumeRole", ITSELF),
        ("sts:AssumeRole", f"arn:aws:iam::{SPOKE}:role/admin"),
        ("sts:AssumeRoot", f"arn:aws:iam::{SPOKE}:root"),
        ("sts:GetFederationToken", f"arn:aws:sts::{SPOKE}:federated-user/x"),
        ("sts:GetWebIdentityToken", "*"),
        ("sts:GetDelegatedAccessToken", "*"),
    ],
)
def test_no_session_makes_itself_a_successor(simulator: Simulator, action: str, resource: str) -> None:
    assert judged(simulator, boundary_of(), action, resource) is not Verdict.ALLOWED
    assert judged(simulator, EVERYTHING, action, resource) is Verdict.ALLOWED


def test_every_action_of_sts_is_known(simulator: Simulator) -> None:
    boundary = boundary_of()
    for each in simulator.actions("sts"):
        verdict = judged(simulator, boundary, each.name, each.example(SPOKE))
        expected = Verdict.DENIED if each.name.removeprefix("sts:") in OUTLIVE else Verdict.ALLOWED
        assert verdict is expected, each
    assert {each.name.removeprefix("sts:") for each in simulator.actions("sts")} == OUTLIVE | HARMLESS


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:ListRoles", "*"),
        ("iam:ListUsers", "*"),
        ("iam:GetRole", ITSELF),
        ("iam:GetAccountAuthorizationDetails", "*"),
        ("iam:GenerateCredentialReport", "*"),
        ("iam:SimulatePrincipalPolicy", ITSELF),
        ("ec2:DescribeInstances", "*"),
        ("ec2:DescribeVpcs", "*"),
        ("s3:ListAllMyBuckets", "*"),
        ("s3:PutObject", "arn:aws:s3:::bucket/key"),
        ("cloudformation:ListStacks", "*"),
        ("organizations:ListAccounts", "*"),
        ("sts:GetCallerIdentity", "*"),
    ],
)
def test_the_roles_work_goes_on(simulator: Simulator, action: str, resource: str) -> None:
    assert judged(simulator, boundary_of(), action, resource) is Verdict.ALLOWED


def test_it_gives_nothing_by_itself(simulator: Simulator) -> None:
    request = Request(principal=SESSION, action="s3:ListAllMyBuckets", resource="*", account=SPOKE)
    assert simulator.judge(request, boundary=boundary_of()) is Verdict.NOT_ALLOWED


TRUSTS_THE_SESSION: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": SESSION}, "Action": "sts:AssumeRole"}],
}
OTHER_ROLE = f"arn:aws:iam::{SPOKE}:role/made-by-somebody"


def test_a_role_that_trusts_the_session_by_name_is_denied_too(simulator: Simulator) -> None:
    """Within an account such a trust passes a boundary that merely doesn't allow it."""
    silent = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}],
    }
    outright = judged(simulator, boundary_of(), "sts:AssumeRole", OTHER_ROLE, TRUSTS_THE_SESSION)
    assert outright is Verdict.DENIED
    assert judged(simulator, silent, "sts:AssumeRole", OTHER_ROLE, TRUSTS_THE_SESSION) is Verdict.ALLOWED


def test_it_opens_only_where_it_is_asked_to(simulator: Simulator) -> None:
    chains, passes = boundary_of(AllowRoleChaining="true"), boundary_of(AllowPassRole="true")
    assert judged(simulator, chains, "sts:AssumeRole", OTHER_ROLE) is Verdict.ALLOWED
    assert judged(simulator, passes, "iam:PassRole", OTHER_ROLE) is Verdict.ALLOWED
    closed = boundary_of()
    for boundary, opened in ((chains, {"sts:AssumeRole"}), (passes, {"iam:PassRole"})):
        for service in ("iam", "sts"):
            for each in simulator.actions(service):
                resource = each.example(SPOKE)
                before = judged(simulator, closed, each.name, resource)
                after = judged(simulator, boundary, each.name, resource)
                changed = (before is Verdict.ALLOWED) is not (after is Verdict.ALLOWED)
                assert changed is (each.name in opened), each


SPOILT: dict[str, tuple[Callable[[Document], Document | None], str, str]] = {
    "no Deny of role chaining": (
        lambda boundary: without(boundary, "NoRoleChaining"),
        "sts:AssumeRole",
        OTHER_ROLE,
    ),
    "no Deny of federation": (
        lambda boundary: without(boundary, "NoFederation"),
        "sts:GetFederationToken",
        f"arn:aws:sts::{SPOKE}:federated-user/x",
    ),
    "all of IAM": (
        lambda boundary: statement(boundary, "ReadIam").update(Action="iam:*"),
        "iam:CreateAccessKey",
        f"arn:aws:iam::{SPOKE}:user/x",
    ),
    "a read that writes": (
        lambda boundary: statement(boundary, "ReadIam")["Action"].append("iam:Update*"),
        "iam:UpdateAssumeRolePolicy",
        ITSELF,
    ),
    "everything but users": (
        lambda boundary: statement(boundary, "AnythingButIam").update(NotAction="iam:*User*"),
        "iam:PutRolePolicy",
        ITSELF,
    ),
    "a Deny for some roles": (
        lambda boundary: statement(boundary, "NoRoleChaining").update(Resource=ITSELF),
        "sts:AssumeRole",
        OTHER_ROLE,
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_boundary_is_noticed(simulator: Simulator, name: str) -> None:
    spoil, action, resource = SPOILT[name]
    boundary = boundary_of()
    assert judged(simulator, boundary, action, resource) is not Verdict.ALLOWED
    assert judged(simulator, spoil(boundary) or boundary, action, resource) is Verdict.ALLOWED
