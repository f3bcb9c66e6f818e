"""Proofs about the policies of callers and of the hub's roles."""

from dataclasses import replace

from tests.iam.documents import ORGANIZATION, SPOKE, session_of
from tests.iam.policy_trusts import EXECUTION_ROLE, HUB_ROLE, OTHER, USER
from tests.iam.proofs import Proof, by_identity, no_condition, put, saying, without
from tests.iam.simulator import Request
from tests.support.policies import AUTOMATION, ENDPOINTS, GRANTED, HUB, IN_ORGANIZATION

# --- callers ------------------------------------------------------------------------------------

BOT = f"arn:aws:iam::{HUB}:user/inventory-bot"
API = f"arn:aws:execute-api:eu-west-1:{HUB}:abcdefghij/prod"
VEND = "POST/v1/accounts/{account}/roles/{role}/credentials"


def invoking(path: str, api: str = API, **parts: str) -> Request:
    return Request(
        **{
            "principal": BOT,
            "action": "execute-api:Invoke",
            "resource": f"{api}/{path}",
            "account": HUB,
            **parts,
        }
    )  # type: ignore[arg-type]


def vending(account: str = SPOKE, role: str = "automation-spoke-role", api: str = API) -> Request:
    return invoking(VEND.format(account=account, role=role), api)


CALLS = {
    "vends": vending(),
    "vends in the other account": vending(OTHER),
    "vends in the other Region": vending(
        api=API.replace("eu-west-1", "us-east-1").replace("abcdefghij", "klmnopqrst")
    ),
    "asks what it may": invoking("GET/v1/roles"),
    "asks who it is": invoking("GET/v1/identity"),
}
NO_CALLS = {
    "another role": vending(role="deploy-spoke-role"),
    "a longer role": vending(role="automation-spoke-role-2"),
    "a shorter role": vending(role="automation-spoke-rol"),
    "the role in capitals": vending(role="AUTOMATION-SPOKE-ROLE"),
    "another method": invoking(
        VEND.format(account=SPOKE, role="automation-spoke-role").replace("POST", "GET")
    ),
    "further down": invoking(VEND.format(account=SPOKE, role="automation-spoke-role") + "/x"),
    "further up": invoking(f"POST/v1/accounts/{SPOKE}/roles/automation-spoke-role"),
    "the ledger": invoking("GET/v1/vends"),
    "the health": invoking("GET/v1/health"),
    "another version": invoking("GET/v2/roles"),
    "another API": vending(api=API.replace("abcdefghij", "zzzzzzzzzz")),
    "the other Region's API here": vending(api=API.replace("abcdefghij", "klmnopqrst")),
    "another stage": vending(api=API.replace("/prod", "/staging")),
    "another Region": vending(api=API.replace("eu-west-1", "eu-central-1")),
    "another hub": replace(vending(api=API.replace(HUB, OTHER)), account=OTHER),
    "another partition": vending(api=API.replace("aws", "aws-cn")),
    "another action": invoking("GET/v1/roles", action="execute-api:InvalidateCache"),
    "a role in the spoke": Request(
        principal=BOT, action="sts:AssumeRole", resource=f"arn:aws:iam::{SPOKE}:role/x", account=SPOKE
    ),
    "the function": Request(
        principal=BOT,
        action="lambda:InvokeFunction",
        resource=f"arn:aws:lambda:eu-west-1:{HUB}:function:hubspoke-prod-vend",
        account=HUB,
    ),
}
NO_ACCOUNTS = {
    "an account without the role": vending("444444444444"),
    "a longer account": vending(f"{SPOKE}0"),
    "the hub's account": vending(HUB),
}
CALLER = ("caller", "--principal", BOT, "--endpoint", ENDPOINTS, *GRANTED)
VENDS = "VendWhatIsGranted"

# --- who goes by the hub role -------------------------------------------------------------------


def assuming(principal: str, resource: str, action: str = "sts:AssumeRole", **context: str) -> Request:
    return Request(
        principal=principal,
        action=action,
        resource=resource,
        account=resource.split(":")[4],
        context={"aws:PrincipalOrgID": ORGANIZATION, **context},
    )


TO_THE_HUB_ROLE = {"the hub role": assuming(USER, HUB_ROLE)}
NOT_TO_OTHERS = {
    name: assuming(USER, arn)
    for name, arn in {
        "another role": f"arn:aws:iam::{HUB}:role/admin",
        "a longer name": f"{HUB_ROLE}-2",
        "a shorter name": HUB_ROLE[:-1],
        "the name in capitals": HUB_ROLE.replace("automation", "AUTOMATION"),
        "a twin under a path": HUB_ROLE.replace("role/", "role/team/"),
        "a twin in another account": HUB_ROLE.replace(HUB, OTHER),
        "a twin in another partition": HUB_ROLE.replace("arn:aws", "arn:aws-cn"),
        "a role in a spoke": f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role",
        "the hub's function's role": EXECUTION_ROLE,
    }.items()
} | {
    "a tag": assuming(USER, HUB_ROLE, "sts:TagSession"),
    "a source identity": assuming(USER, HUB_ROLE, "sts:SetSourceIdentity"),
    "by a web identity": assuming(USER, HUB_ROLE, "sts:AssumeRoleWithWebIdentity"),
    "the role's trust": assuming(USER, HUB_ROLE, "iam:UpdateAssumeRolePolicy"),
    "the role's policy": assuming(USER, HUB_ROLE, "iam:PutRolePolicy"),
}

# --- what the hub's roles may do in spokes ------------------------------------------------------

ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/automation-spoke-role"
DEPLOY = f"arn:aws:iam::{SPOKE}:role/hubspoke/deploy-spoke-role"
IDENTITY = {"sts:SourceIdentity": "user.111111111111.inventory-bot"}
OURS = {"aws:ResourceOrgID": ORGANIZATION}
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


def by_function(arn: str = ROLE, action: str = "sts:AssumeRole") -> Request:
    identity = {} if action == "sts:TagSession" else IDENTITY
    return assuming(session_of(EXECUTION_ROLE), arn, action, **OURS, **identity)


def by_hub_role(arn: str = ROLE, action: str = "sts:AssumeRole") -> Request:
    return assuming(session_of(HUB_ROLE), arn, action)


ELSEWHERE = {
    "no path": f"arn:aws:iam::{SPOKE}:role/automation-spoke-role",
    "another path": f"arn:aws:iam::{SPOKE}:role/team/automation-spoke-role",
    "a longer path": f"arn:aws:iam::{SPOKE}:role/hubspoke-2/automation-spoke-role",
    "the path further in": f"arn:aws:iam::{SPOKE}:role/team/hubspoke/automation-spoke-role",
    "the path in capitals": f"arn:aws:iam::{SPOKE}:role/HUBSPOKE/automation-spoke-role",
    "an administrator of the spoke": f"arn:aws:iam::{SPOKE}:role/OrganizationAccountAccessRole",
    "an administrator of the hub": f"arn:aws:iam::{HUB}:role/admin",
    "another partition": ROLE.replace("arn:aws", "arn:aws-cn"),
}
FUNCTION_BEYOND = {
    **{
        f"{action}, {name}": by_function(arn, action) for action in ACTIONS for name, arn in ELSEWHERE.items()
    },
    "for nobody": without(by_function(), "sts:SourceIdentity"),
    "itself": by_function(EXECUTION_ROLE),
    "the hub role": by_function(HUB_ROLE),
    "by a web identity": by_function(ROLE, "sts:AssumeRoleWithWebIdentity"),
    "the role's trust": assuming(session_of(EXECUTION_ROLE), ROLE, "iam:UpdateAssumeRolePolicy"),
}
OTHER_ORGANIZATIONS = {
    "a spoke of another organization": saying(by_function(), "aws:ResourceOrgID", "o-zzzzzzzzzz"),
    "a spoke of a longer organization": saying(by_function(), "aws:ResourceOrgID", f"{ORGANIZATION}k"),
    "a spoke of none": without(by_function(), "aws:ResourceOrgID"),
}
HUB_ROLE_BEYOND = {
    **{name: by_hub_role(arn) for name, arn in ELSEWHERE.items()},
    "another role": by_hub_role(f"arn:aws:iam::{SPOKE}:role/hubspoke/admin"),
    "a role that isn't named": by_hub_role(DEPLOY),
    "a longer name": by_hub_role(f"{ROLE}-2"),
    "a shorter name": by_hub_role(ROLE[:-1]),
    "the path alone": by_hub_role(f"arn:aws:iam::{SPOKE}:role/hubspoke"),
    "itself": by_hub_role(HUB_ROLE),
    "a tag": by_hub_role(action="sts:TagSession"),
    "a source identity": by_hub_role(action="sts:SetSourceIdentity"),
    "the role's trust": by_hub_role(action="iam:UpdateAssumeRolePolicy"),
}
ASSUME, ASSUME_DIRECT = "AssumeOnlyWithASourceIdentity", "AssumeSpokeRoles"
PERMISSIONS = ("hub-permissions", *GRANTED)
DIRECT = ("hub-permissions", "--route", "direct", *AUTOMATION, *GRANTED)
_FUNCTION = Proof(
    PERMISSIONS,
    by_identity,
    {
        **{action: by_function(action=action) for action in ACTIONS},
        "another role": by_function(DEPLOY),
        "another spoke": by_function(ROLE.replace(SPOKE, OTHER)),
        **OTHER_ORGANIZATIONS,
    },
    FUNCTION_BEYOND,
    [
        (no_condition(ASSUME, "Null", "sts:SourceIdentity"), "for nobody"),
        (put(ASSUME, "Resource", "arn:aws:iam::*:role/hubspoke*"), "sts:AssumeRole, a longer path"),
        (put(ASSUME, "Resource", "*"), "itself"),
        (put("TagSession", "Resource", "*"), "sts:TagSession, no path"),
    ],
)
_HUB_ROLE = Proof(
    DIRECT,
    by_identity,
    {"the role": by_hub_role(), "in the other account": by_hub_role(ROLE.replace(SPOKE, OTHER))},
    {
        **HUB_ROLE_BEYOND,
        "an account without the role": by_hub_role(ROLE.replace(SPOKE, "444444444444")),
    },
    [
        (put(ASSUME_DIRECT, "Resource", "arn:aws:iam::*:role/hubspoke/*"), "a role that isn't named"),
        (put(ASSUME_DIRECT, "Resource", f"{ROLE}*"), "a longer name"),
        (put(ASSUME_DIRECT, "Resource", "*"), "itself"),
        (put(ASSUME_DIRECT, "Action", "sts:*"), "a source identity"),
    ],
)

PROOFS = {
    "caller": Proof(
        CALLER,
        by_identity,
        CALLS,
        {**NO_CALLS, **NO_ACCOUNTS},
        [
            (put(VENDS, "Resource", f"{API}/POST/v1/accounts/{SPOKE}/*"), "another role"),
            (put(VENDS, "Resource", f"{API}/POST/v1/accounts/*"), "an account without the role"),
            (put("AskTheHub", "Resource", f"{API}/GET/v1/*"), "the ledger"),
            (put("AskTheHub", "Resource", f"{API}/*"), "another version"),
        ],
    ),
    "caller, any account": Proof(
        (*CALLER, "--any-account"),
        by_identity,
        {**CALLS, **NO_ACCOUNTS},
        NO_CALLS,
        [
            (put(VENDS, "Resource", f"{API}/POST/v1/accounts/*"), "another role"),
            (put(VENDS, "Resource", f"{API}/POST/v1/accounts/*/roles/automation-*"), "a longer role"),
            (put(VENDS, "Resource", "*"), "another stage"),
        ],
    ),
    "caller, direct": Proof(
        ("caller", "--route", "direct"),
        by_identity,
        TO_THE_HUB_ROLE,
        NOT_TO_OTHERS,
        [
            (put("AssumeTheHubRole", "Resource", f"arn:aws:iam::{HUB}:role/*"), "another role"),
            (put("AssumeTheHubRole", "Resource", HUB_ROLE.replace(HUB, "*")), "a twin in another account"),
            (put("AssumeTheHubRole", "Action", "sts:*"), "a tag"),
        ],
    ),
    "hub-permissions": _FUNCTION,
    "hub-permissions, organization": replace(
        _FUNCTION,
        command=(*PERMISSIONS, *IN_ORGANIZATION),
        allowed={name: each for name, each in _FUNCTION.allowed.items() if name not in OTHER_ORGANIZATIONS},
        refused={**FUNCTION_BEYOND, **OTHER_ORGANIZATIONS},
        spoilt=[
            *_FUNCTION.spoilt,
            *(
                (no_condition(ASSUME, "StringEquals", "aws:ResourceOrgID"), name)
                for name in OTHER_ORGANIZATIONS
            ),
        ],
    ),
    "hub-permissions, direct": _HUB_ROLE,
    "hub-permissions, direct, organization": replace(
        _HUB_ROLE,
        command=(*DIRECT, *IN_ORGANIZATION),
        allowed={**_HUB_ROLE.allowed, "any account": by_hub_role(ROLE.replace(SPOKE, "444444444444"))},
        refused={
            **HUB_ROLE_BEYOND,
            "another organization": saying(by_hub_role(), "aws:PrincipalOrgID", "o-zzzzzzzzzz"),
            "no organization": without(by_hub_role(), "aws:PrincipalOrgID"),
        },
        spoilt=[
            *_HUB_ROLE.spoilt[:1],
            (no_condition(ASSUME_DIRECT, "StringEquals", "aws:PrincipalOrgID"), "another organization"),
            (no_condition(ASSUME_DIRECT, "StringEquals", "aws:PrincipalOrgID"), "no organization"),
        ],
    ),
}
