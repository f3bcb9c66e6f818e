"""Proofs about what bounds everybody: the boundary of a role in a spoke, the SCP, the RCP."""

from dataclasses import replace

from tests.iam.documents import ORGANIZATION, REGION, SPOKE, Document, session_of
from tests.iam.policy_trusts import DIRECT, EXECUTION_ROLE, HUB_ROLE, OTHER, SPOKE_ROLE, VEND, strangers
from tests.iam.proofs import (
    Proof,
    by_boundary,
    by_resource_control,
    by_service_control,
    put,
    saying,
    without,
)
from tests.iam.simulator import Request
from tests.support.policies import AUTOMATION, GRANTED, HUB, IN_ORGANIZATION

# --- the boundary -------------------------------------------------------------------------------

BOUNDARY = f"arn:aws:iam::{SPOKE}:policy/hubspoke/automation-spoke-role-boundary"


def session(action: str, resource: str = "*") -> Request:
    """Ask as a vended session."""
    return Request(principal=session_of(SPOKE_ROLE), action=action, resource=resource, account=SPOKE)


USER, ANY_ROLE = f"arn:aws:iam::{SPOKE}:user/x", f"arn:aws:iam::{SPOKE}:role/x"
INVENTORY = {
    action: session(action, resource)
    for action, resource in {
        "iam:ListRoles": "*",
        "iam:ListUsers": "*",
        "iam:GetRole": SPOKE_ROLE,
        "iam:GetAccountAuthorizationDetails": "*",
        "iam:GenerateCredentialReport": "*",
        "iam:SimulatePrincipalPolicy": SPOKE_ROLE,
        "ec2:DescribeInstances": "*",
        "s3:ListAllMyBuckets": "*",
        "sts:GetCallerIdentity": "*",
    }.items()
}
SUCCESSORS = {
    action: session(action, resource)
    for action, resource in {
        "iam:CreateUser": USER,
        "iam:CreateAccessKey": USER,
        "iam:CreateLoginProfile": USER,
        "iam:CreateRole": ANY_ROLE,
        "iam:PutRolePolicy": SPOKE_ROLE,
        "iam:AttachRolePolicy": SPOKE_ROLE,
        "iam:UpdateAssumeRolePolicy": SPOKE_ROLE,
        "iam:DeleteRolePermissionsBoundary": SPOKE_ROLE,
        "iam:CreatePolicyVersion": BOUNDARY,
        "iam:SetDefaultPolicyVersion": BOUNDARY,
        "iam:CreateOpenIDConnectProvider": f"arn:aws:iam::{SPOKE}:oidc-provider/x",
        "sts:AssumeRoot": f"arn:aws:iam::{SPOKE}:root",
        "sts:GetFederationToken": f"arn:aws:sts::{SPOKE}:federated-user/x",
        "sts:GetWebIdentityToken": "*",
    }.items()
}
CHAINS = {
    "itself": session("sts:AssumeRole", SPOKE_ROLE),
    "another role": session("sts:AssumeRole", ANY_ROLE),
}
PASSES = {"iam:PassRole": session("iam:PassRole", ANY_ROLE)}
SPOILT = [
    (put("ReadIam", "Action", "iam:*"), "iam:CreateAccessKey"),
    (put("AnythingButIam", "NotAction", "iam:*User*"), "iam:PutRolePolicy"),
    (put("NoFederation", "Resource", USER), "sts:GetFederationToken"),
]
_BOUNDARY = Proof(
    ("spoke-boundary", *AUTOMATION, *GRANTED),
    by_boundary,
    INVENTORY,
    {**SUCCESSORS, **CHAINS, **PASSES},
    [*SPOILT, (put("NoRoleChaining", "Resource", SPOKE_ROLE), "another role")],
)

# --- the SCP ------------------------------------------------------------------------------------

STACK_SETS, PIPELINE = "arn:aws:iam::*:role/stacksets-exec-*", f"arn:aws:iam::{HUB}:role/ci/hub-pipeline"
FUNCTION = f"arn:aws:lambda:{REGION}:{HUB}:function:hubspoke-prod-vend"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{SPOKE}:trail/x"


def member(action: str, resource: str, name: str = "admin") -> Request:
    """Ask as a role of the resource's account whose policies allow everything."""
    account = resource.split(":")[4]
    arn = f"arn:aws:iam::{account}:role/{name}"
    return Request(
        principal=session_of(arn),
        action=action,
        resource=resource,
        account=account,
        context={"aws:PrincipalArn": arn},
    )


BY_ANYBODY = {
    f"{action} on {what}": member(action, resource)
    for what, resource, actions in (
        (
            "a vended role",
            SPOKE_ROLE,
            (
                *("CreateRole", "DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy"),
                *("PutRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "PassRole", "TagRole"),
                *("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"),
            ),
        ),
        ("its boundary", BOUNDARY, ("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy")),
        ("the function's role", EXECUTION_ROLE, ("PutRolePolicy", "UpdateAssumeRolePolicy", "DeleteRole")),
        ("its ceiling", f"{EXECUTION_ROLE.replace(':role/', ':policy/')}-boundary", ("CreatePolicyVersion",)),
        (
            "an administrator",
            f"arn:aws:iam::{SPOKE}:role/stacksets-exec-0123",
            ("CreateRole", "UpdateAssumeRolePolicy"),
        ),
        ("an administrator by name", PIPELINE, ("UpdateAssumeRolePolicy", "PutRolePolicy")),
    )
    for action in (f"iam:{each}" for each in actions)
} | {
    f"{action} on {what}": member(action, resource)
    for what, resource, actions in (
        (
            "the function",
            FUNCTION,
            ("UpdateFunctionCode", "AddPermission", "CreateFunctionUrlConfig", "DeleteFunction"),
        ),
        ("its version", f"{FUNCTION}:live", ("AddPermission", "InvokeFunction")),
    )
    for action in (f"lambda:{each}" for each in actions)
}
PROTECTED = {
    **BY_ANYBODY,
    **{
        f"cloudtrail:{action}": member(f"cloudtrail:{action}", TRAIL)
        for action in ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")
    },
    "the function, by anybody": member("lambda:InvokeFunction", FUNCTION),
    "the function, by an administrator": member("lambda:InvokeFunction", FUNCTION, "ci/hub-pipeline"),
    "by a twin of an administrator": member("iam:DeleteRole", SPOKE_ROLE, "ci/hub-pipeline"),
    "by a longer name": member("lambda:UpdateFunctionCode", FUNCTION, "ci/hub-pipeline-2"),
    "by the name without its path": member("lambda:UpdateFunctionCode", FUNCTION, "hub-pipeline"),
    "by a name that only holds it": member("iam:DeleteRole", SPOKE_ROLE, "my-stacksets-exec-1"),
    "by root": saying(
        replace(member("iam:DeleteRole", SPOKE_ROLE), principal=f"arn:aws:iam::{SPOKE}:root"),
        "aws:PrincipalArn",
        f"arn:aws:iam::{SPOKE}:root",
    ),
}
STILL = {
    "StackSets makes the role": member("iam:CreateRole", SPOKE_ROLE, "stacksets-exec-0123"),
    "and changes its trust": member("iam:UpdateAssumeRolePolicy", SPOKE_ROLE, "stacksets-exec-0123"),
    "and its boundary": member("iam:CreatePolicyVersion", BOUNDARY, "stacksets-exec-0123"),
    "the pipeline deploys": member("lambda:UpdateFunctionCode", FUNCTION, "ci/hub-pipeline"),
    "reading the role": member("iam:GetRole", SPOKE_ROLE),
    "listing its policies": member("iam:ListRolePolicies", SPOKE_ROLE),
    "reading the function": member("lambda:GetFunction", FUNCTION),
    "reading the trail": member("cloudtrail:GetTrailStatus", TRAIL),
    "another role": member("iam:PutRolePolicy", ANY_ROLE),
    "a role of a path that begins alike": member("iam:DeleteRole", f"arn:aws:iam::{SPOKE}:role/hubspoke-2/x"),
    "another function": member("lambda:InvokeFunction", f"{FUNCTION}-2"),
    "the hub vends": replace(VEND, resource=SPOKE_ROLE, account=SPOKE),
}
SCP = ("scp", *GRANTED, "--administrator", STACK_SETS, "--administrator", PIPELINE)


def opened(sid: str) -> object:
    """Drop a statement's condition's effect: spare everybody."""

    def spoil(document: Document) -> None:
        (found,) = [each for each in document["Statement"] if each["Sid"] == sid]
        found["Condition"]["ArnNotLike"]["aws:PrincipalArn"] = ["arn:aws:iam::*:*"]

    return spoil


# --- the RCP ------------------------------------------------------------------------------------


def named(request: Request, arn: str | None = None) -> Request:
    """Fill in the principal's ARN, as IAM does for its own principals: a role's, for its session."""
    principal = request.principal or ""
    if arn is None and ":assumed-role/" in principal:
        account, name = principal.split(":")[4], principal.split("/")[1]
        partition = principal.split(":")[1]
        arn = f"arn:{partition}:iam::{account}:role/{name}"
    arn = arn or (principal if principal.startswith("arn:") else None)
    asked = saying(request, "aws:ResourceOrgID", ORGANIZATION)
    return asked if arn is None else saying(asked, "aws:PrincipalArn", arn)


HUB_ALONE = {
    "the hub": named(VEND),
    "the hub in the other Region": named(
        replace(VEND, principal=session_of(EXECUTION_ROLE.replace("eu-west-1", "us-east-1")))
    ),
}
NOT_THE_HUB = {
    name: named(each) for name, each in strangers(VEND, "hubspoke-prod-eu-west-1-vend").items()
} | {
    "the hub of another environment": named(
        replace(VEND, principal=session_of(EXECUTION_ROLE.replace("prod", "staging")))
    ),
    "an administrator of the spoke": named(
        replace(VEND, principal=session_of(f"arn:aws:iam::{SPOKE}:role/admin"))
    ),
    # Whoever comes with an identity provider's word has no ARN of IAM's.
    **{
        name: without(named(strangers(VEND, "x")[name]), "aws:PrincipalArn")
        for name in ("SAML", "a web identity")
    },
    "where the organization isn't said": without(
        named(replace(VEND, principal=session_of(f"arn:aws:iam::{OTHER}:role/admin"))), "aws:ResourceOrgID"
    ),
}
BY_HUB_ROLE = {"the hub role": named(DIRECT)}
ELSEWHERE = {
    "a role that isn't vended": named(replace(NOT_THE_HUB["another role"], resource=ANY_ROLE)),
}
ONLY = "OnlyTheHubAssumes"
RCP_SPOILT = [
    (put(ONLY, "Resource", [ANY_ROLE]), "another role"),
    (put(ONLY, "Action", "sts:AssumeRole"), "a web identity"),
    (
        put(
            ONLY,
            "Condition",
            {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/hubspoke-*"}},
        ),
        "the hub of another environment",
    ),
    (
        put(
            ONLY,
            "Condition",
            {
                "ArnNotEquals": {"aws:PrincipalArn": EXECUTION_ROLE},
                "StringEquals": {"aws:ResourceOrgID": ORGANIZATION},
            },
        ),
        "where the organization isn't said",
    ),
]
RCP = ("rcp", *IN_ORGANIZATION, *GRANTED)

PROOFS = {
    "spoke-boundary": _BOUNDARY,
    "spoke-boundary, chaining": replace(
        _BOUNDARY,
        command=(*_BOUNDARY.command, "--allow-role-chaining"),
        allowed={**INVENTORY, **CHAINS},
        refused={**SUCCESSORS, **PASSES},
        spoilt=SPOILT,
    ),
    "spoke-boundary, passing": replace(
        _BOUNDARY,
        command=(*_BOUNDARY.command, "--allow-pass-role"),
        allowed={**INVENTORY, **PASSES},
        refused={**SUCCESSORS, **CHAINS},
    ),
    "scp": Proof(
        SCP,
        by_service_control,
        STILL,
        PROTECTED,
        [
            (opened("ProtectTheRoles"), "iam:DeleteRole on a vended role"),
            (opened("ProtectTheFunction"), "lambda:UpdateFunctionCode on the function"),
            (opened("ProtectTheTrails"), "cloudtrail:StopLogging"),
            (put("ProtectTheRoles", "Resource", [SPOKE_ROLE]), "iam:CreateRole on an administrator"),
            (put("NobodyInvokesTheFunction", "Resource", FUNCTION), "lambda:InvokeFunction on its version"),
        ],
    ),
    "rcp": Proof(
        RCP, by_resource_control, {**HUB_ALONE, **ELSEWHERE}, {**NOT_THE_HUB, **BY_HUB_ROLE}, RCP_SPOILT
    ),
    "rcp, both": Proof(
        (*RCP, "--route", "both"),
        by_resource_control,
        {**HUB_ALONE, **ELSEWHERE, **BY_HUB_ROLE},
        {
            **NOT_THE_HUB,
            "a role named like the hub role": named(replace(DIRECT, principal=session_of(f"{HUB_ROLE}-2"))),
        },
        RCP_SPOILT,
    ),
}
