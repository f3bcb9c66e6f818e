"""What the hub's execution role may do: by its policies, and by its boundary alone were those widened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.iam.documents import (
    API_ID,
    EVERYTHING,
    ORGANIZATION,
    REGION,
    SPOKE,
    RoleDocuments,
    arn_of,
    execution_role,
    hub,
    session_of,
)
from tests.iam.simulator import Request, Simulator, Verdict
from tests.template.rendering import HUB

KEY = f"arn:aws:kms:{REGION}:{HUB}:key/11111111-2222-3333-4444-555555555555"
PARAMETERS: dict[str, dict[str, str]] = {
    "organization": {"OrganizationId": ORGANIZATION},
    "no organization": {},
    "name pattern": {"SpokeRoleNamePattern": "automation-*", "OrganizationId": ORGANIZATION},
    "name ending": {"SpokeRoleNamePattern": "*-spoke-role"},
    "key": {"KmsKeyArn": KEY},
}


def arns() -> dict[str, str]:
    """Return the ARNs of what the hub works with."""
    names = ("Ledger", "Quarantine", "Rates", "BundleBucket", "VendLogGroup", "Vend")
    return {name: arn_of(hub(), name) for name in names}


def by_its_policies(role: RoleDocuments) -> RoleDocuments:
    """Take the boundary away: the role's own policies decide alone."""
    return replace(role, boundary=EVERYTHING)


def by_its_boundary(role: RoleDocuments) -> RoleDocuments:
    """Attach a policy by hand that allows everything: the boundary decides alone."""
    return replace(role, identity=[*role.identity, EVERYTHING])


HOLDS: dict[str, Callable[[RoleDocuments], RoleDocuments]] = {
    "both": lambda role: role,
    "policies alone": by_its_policies,
    "boundary alone": by_its_boundary,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call that the function could make. A resource may name one of the hub's, as in {Ledger}."""

    action: str
    resource: str
    account: str = HUB
    context: Mapping[str, str]

    def judged(self, simulator: Simulator, role: RoleDocuments) -> Verdict:
        request = Request(
            principal=session_of(role.arn, "hubspoke-prod-vend"),
            action=self.action,
            resource=self.resource.format(**arns()),
            account=self.account,
            context=self.context,
        )
        # The other side leaves it to the hub account's policies, so that those alone decide.
        consent = {"Effect": "Allow", "Principal": {"AWS": HUB}, "Action": "*"}
        if not self.action.startswith("sts:"):
            consent["Resource"] = "*"
        return simulator.judge(
            request,
            identity=role.identity,
            boundary=role.boundary,
            resource_policy={"Version": "2012-10-17", "Statement": [consent]},
        )


def call(action: str, resource: str, **parts: object) -> Attempt:
    return Attempt(**({"action": action, "resource": resource, "context": {}} | parts))  # type: ignore[arg-type]


def assume(
    name: str = "hubspoke/automation-spoke-role",
    *,
    action: str = "sts:AssumeRole",
    account: str = SPOKE,
    partition: str = "aws",
    organization: str | None = ORGANIZATION,
    source_identity: str | None = "user.111111111111.inventory-bot",
) -> Attempt:
    context = {"aws:ResourceAccount": account}
    if organization:
        context["aws:ResourceOrgID"] = organization
    if source_identity and action not in {"sts:TagSession", "sts:SetContext"}:
        context["sts:SourceIdentity"] = source_identity
    if action == "sts:AssumeRole":
        context["sts:RoleSessionName"] = "inventory-bot-01kan"
    return Attempt(
        action=action,
        resource=f"arn:{partition}:iam::{account}:role/{name}",
        account=account,
        context=context,
    )


LOGS = f"arn:aws:logs:{REGION}:{HUB}:log-group:/hubspoke/prod"
WORK = {
    "records an intent": call("dynamodb:PutItem", "{Ledger}"),
    "records an outcome": call("dynamodb:UpdateItem", "{Ledger}"),
    "finds a row": call("dynamodb:Query", "{Ledger}/index/ByAccount"),
    "reads a row": call("dynamodb:BatchGetItem", "{Ledger}"),
    "counts a vend": call("dynamodb:UpdateItem", "{Rates}"),
    "reads the quarantine": call("dynamodb:BatchGetItem", "{Quarantine}"),
    "reads the grants": call("s3:GetObject", "{BundleBucket}/bundle.json"),
    "opens a log stream": call("logs:CreateLogStream", f"{LOGS}/vend:log-stream:x"),
    "writes its log": call("logs:PutLogEvents", f"{LOGS}/vend:log-stream:x"),
}
ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
VENDS = {
    **{action: assume(action=action) for action in ACTIONS},
    "another spoke": assume(account="333333333333"),
    "a role deeper under the path": assume("hubspoke/team/automation-spoke-role"),
}

ELSEWHERE = {
    "no path": "automation-spoke-role",
    "another path": "team/automation-spoke-role",
    "a longer path": "hubspoke-evil/automation-spoke-role",
    "a shorter path": "hubspok/automation-spoke-role",
    "the path further in": "team/hubspoke/automation-spoke-role",
    "the path in capitals": "HUBSPOKE/automation-spoke-role",
    "a role of the path's name": "hubspoke",
    "a service-linked role": "aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2",
    "the administrator's role": "OrganizationAccountAccessRole",
}
LEDGER_TOO_FAR = (
    *("DeleteItem", "GetItem", "Query", "Scan", "BatchWriteItem", "PartiQLUpdate"),
    *("UpdateTable", "DeleteTable", "UpdateTimeToLive", "UpdateContinuousBackups", "PutResourcePolicy"),
)
BEYOND = {
    **{
        f"{action}, {name}": assume(role, action=action)
        for action in ACTIONS
        for name, role in ELSEWHERE.items()
    },
    "for nobody": assume(source_identity=None),
    "the partition aws-cn": assume(partition="aws-cn"),
    "the partition aws-us-gov": assume(partition="aws-us-gov"),
    "an administrator of the hub's account": assume("admin", account=HUB),
    "itself": assume("hubspoke-prod-eu-west-1-vend", account=HUB),
    "by SAML": assume(action="sts:AssumeRoleWithSAML"),
    "by a web identity": assume(action="sts:AssumeRoleWithWebIdentity"),
    "with a context": assume(action="sts:SetContext"),
    "as root": call("sts:AssumeRoot", f"arn:aws:iam::{SPOKE}:root", account=SPOKE),
    "a federated user": call("sts:GetFederationToken", f"arn:aws:sts::{HUB}:federated-user/x"),
    "a session token": call("sts:GetSessionToken", "*"),
    "a web identity token": call("sts:GetWebIdentityToken", "*"),
    "passes itself": call("iam:PassRole", f"arn:aws:iam::{HUB}:role/hubspoke-prod-eu-west-1-vend"),
    **{f"{action} on the ledger": call(f"dynamodb:{action}", "{Ledger}") for action in LEDGER_TOO_FAR},
    **{
        f"{action} on the quarantine": call(f"dynamodb:{action}", "{Quarantine}")
        for action in ("PutItem", "UpdateItem", "DeleteItem", "Scan", "BatchWriteItem", "DeleteTable")
    },
    "another table": call("dynamodb:PutItem", "{Ledger}-2"),
    **{
        f"{action} on the counts": call(f"dynamodb:{action}", "{Rates}")
        for action in ("PutItem", "GetItem", "BatchGetItem", "DeleteItem", "Scan", "Query", "DeleteTable")
    },
    "a scan of an index": call("dynamodb:Scan", "{Ledger}/index/ByAccount"),
    "a read by an index of the quarantine": call("dynamodb:Query", "{Quarantine}/index/x"),
    "the ledger's stream": call("dynamodb:GetRecords", "{Ledger}/stream/x"),
    "a ledger of another Region": call("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{HUB}:table/x"),
    "a ledger of another account": call(
        "dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{SPOKE}:table/x", account=SPOKE
    ),
    "writes the grants": call("s3:PutObject", "{BundleBucket}/bundle.json"),
    "deletes the grants": call("s3:DeleteObject", "{BundleBucket}/bundle.json"),
    "reads older grants": call("s3:GetObjectVersion", "{BundleBucket}/bundle.json"),
    "reads another key": call("s3:GetObject", "{BundleBucket}/bundle.json.old"),
    "reads a key in a folder": call("s3:GetObject", "{BundleBucket}/old/bundle.json"),
    "reads another bucket": call("s3:GetObject", "{BundleBucket}-2/bundle.json"),
    "reads another account's bucket": call("s3:GetObject", "arn:aws:s3:::theirs/bundle.json", account=SPOKE),
    "lists the bucket": call("s3:ListBucket", "{BundleBucket}"),
    "opens the bucket": call("s3:PutBucketPolicy", "{BundleBucket}"),
    "invokes itself": call("lambda:InvokeFunction", "{Vend}"),
    "invokes another function": call("lambda:InvokeFunction", "{Vend}-2"),
    "changes its code": call("lambda:UpdateFunctionCode", "{Vend}"),
    "calls the hub": call(
        "execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{HUB}:{API_ID}/prod/GET/v1/roles"
    ),
    "writes another log": call("logs:PutLogEvents", f"{LOGS}/api:log-stream:x"),
    "writes the log of another hub": call("logs:PutLogEvents", f"{LOGS}/vend-2:log-stream:x"),
    "deletes its log stream": call("logs:DeleteLogStream", f"{LOGS}/vend:log-stream:x"),
    "deletes its log": call("logs:DeleteLogGroup", f"{LOGS}/vend"),
    "decrypts": call("kms:Decrypt", KEY),
    "reads a secret": call(
        "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{HUB}:secret:x"
    ),
    "reads a parameter": call("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{HUB}:parameter/x"),
    "leaves the organization": call("organizations:LeaveOrganization", "*"),
}
OTHER_ORGANIZATIONS = {
    "a spoke of another organization": assume(organization="o-zzzzzzzzzz"),
    "a spoke of an organization with a longer id": assume(organization=f"{ORGANIZATION}k"),
    "a spoke of no organization": assume(organization=None),
}


@dataclass(frozen=True, slots=True)
class Variant:
    allowed: Mapping[str, Attempt]
    refused: Mapping[str, Attempt]


def key(action: str = "kms:Decrypt", resource: str = KEY, via: str | None = "dynamodb") -> Attempt:
    context = {"kms:ViaService": f"{via}.{REGION}.amazonaws.com"} if via else {}
    return call(action, resource, context=context)


VARIANTS = {
    "organization": Variant(VENDS | WORK, BEYOND | OTHER_ORGANIZATIONS),
    "no organization": Variant(VENDS | WORK | OTHER_ORGANIZATIONS, BEYOND),
    # The star is IAM's and matches slashes: the parameter's description says so.
    "name pattern": Variant(
        {
            **{action: assume("automation-spoke-role", action=action) for action in ACTIONS},
            "another spoke": assume("automation-deploy", account="333333333333"),
            "a path that begins alike": assume("automation-team/deploy-spoke-role"),
        },
        {
            "the path, which isn't in force": assume(),
            "the name under another path": assume("team/automation-spoke-role"),
            "a name that ends alike": assume("my-automation-role"),
            "a shorter name": assume("automation"),
            "a name in capitals": assume("Automation-spoke-role"),
            "another name": assume("OrganizationAccountAccessRole"),
            "itself": assume("hubspoke-prod-eu-west-1-vend", account=HUB),
            "for nobody": assume("automation-spoke-role", source_identity=None),
            "another organization": assume("automation-spoke-role", organization="o-zzzzzzzzzz"),
            "no organization": assume("automation-spoke-role", organization=None),
            "another partition": assume("automation-spoke-role", partition="aws-cn"),
            "tags on another name": assume("admin", action="sts:TagSession"),
            "a source identity on another name": assume("admin", action="sts:SetSourceIdentity"),
        },
    ),
    "name ending": Variant(
        {
            "a role of that ending": assume("automation-spoke-role"),
            "under the path": assume(),
            "under any path": assume("team/deploy-spoke-role"),
        },
        {
            "a longer name": assume("automation-spoke-role-2"),
            "a path of that ending": assume("automation-spoke-role/admin"),
            "the ending alone": assume("spoke-role"),
            "another name": assume("OrganizationAccountAccessRole"),
            "another name under the path": assume("hubspoke/admin"),
            "itself": assume("hubspoke-prod-eu-west-1-vend", account=HUB),
            "for nobody": assume("automation-spoke-role", source_identity=None),
            "another partition": assume("automation-spoke-role", partition="aws-cn"),
            "in capitals": assume("automation-SPOKE-ROLE"),
            "by a web identity": assume("automation-spoke-role", action="sts:AssumeRoleWithWebIdentity"),
            "tags on another name": assume("admin", action="sts:TagSession"),
            "a source identity on another name": assume("admin", action="sts:SetSourceIdentity"),
        },
    ),
    # That Lambda may read the function's environment can't be shown: the simulator knows no such context key.
    "key": Variant(
        {**VENDS, **WORK, "by DynamoDB": key(), "by S3": key(via="s3")},
        {
            **BEYOND,
            "itself, not by a service": key(via=None),
            "by another service": key(via="secretsmanager"),
            "by DynamoDB of another Region": call(
                "kms:Decrypt", KEY, context={"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}
            ),
            "another key": key(resource=KEY.replace("5555", "6666")),
            **{
                action: key(f"kms:{action}")
                for action in ("Encrypt", "CreateGrant", "PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey")
            },
        },
    ),
}


@pytest.mark.parametrize("holds", HOLDS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_role_may_do_just_its_work(simulator: Simulator, variant: str, holds: str) -> None:
    role = HOLDS[holds](execution_role(**PARAMETERS[variant]))
    parts = VARIANTS[variant]
    for name, attempt in parts.allowed.items():
        assert attempt.judged(simulator, role) is Verdict.ALLOWED, name
    for name, attempt in parts.refused.items():
        assert attempt.judged(simulator, role) is Verdict.NOT_ALLOWED, name


@pytest.mark.parametrize("holds", HOLDS)
def test_all_of_iam_is_beyond_it(simulator: Simulator, holds: str) -> None:
    role = HOLDS[holds](execution_role(**PARAMETERS["organization"]))
    actions = simulator.actions("iam")
    assert len(actions) > 150
    for action in actions:
        assert call(action.name, action.example(HUB)).judged(simulator, role) is Verdict.NOT_ALLOWED, action


Spoil = Callable[[dict[str, Any]], object]


def no_condition(operator: str) -> Spoil:
    return lambda spoilt: spoilt["Condition"].pop(operator)


def put(part: str, value: str) -> Spoil:
    return lambda spoilt: spoilt.update({part: value})


def reach(roles: str, partition: str = "aws") -> Spoil:
    return put("Resource", f"arn:{partition}:iam::*:role/{roles}")


ASSUMES = "AssumeOnlyWithASourceIdentity"
# Which variant, which statement, what is done to it, and the near miss that must then be let through.
SPOILT: tuple[tuple[str, str, Spoil, str], ...] = (
    ("organization", ASSUMES, no_condition("Null"), "for nobody"),
    ("organization", ASSUMES, no_condition("StringEquals"), "a spoke of another organization"),
    ("organization", ASSUMES, no_condition("StringEquals"), "a spoke of no organization"),
    (
        "organization",
        ASSUMES,
        reach("hubspoke*"),
        "sts:AssumeRole, a longer path",
    ),
    (
        "organization",
        ASSUMES,
        reach("*"),
        "an administrator of the hub's account",
    ),
    ("organization", ASSUMES, reach("hubspoke/*", "*"), "the partition aws-cn"),
    ("organization", ASSUMES, put("Action", "sts:*"), "by SAML"),
    ("organization", "TagSession", put("Resource", "*"), "sts:TagSession, no path"),
    ("organization", "SetSourceIdentity", put("Resource", "*"), "sts:SetSourceIdentity, no path"),
    ("organization", "WriteTheLedger", put("Action", "dynamodb:*"), "DeleteItem on the ledger"),
    ("organization", "WriteTheLedger", put("Resource", "*"), "PutItem on the quarantine"),
    ("organization", "ReadTheQuarantine", put("Action", "dynamodb:*"), "DeleteItem on the quarantine"),
    ("organization", "ReadTheBundle", put("Action", "s3:*"), "writes the grants"),
    ("organization", "ReadTheBundle", put("Resource", "*"), "reads another bucket"),
    ("organization", "WriteItsLog", put("Resource", "*"), "writes another log"),
    ("no organization", ASSUMES, no_condition("Null"), "for nobody"),
    ("no organization", ASSUMES, put("Resource", "*"), "itself"),
    ("no organization", "ReadTheBundle", put("Action", "*"), "deletes the grants"),
    ("name pattern", ASSUMES, no_condition("StringEquals"), "another organization"),
    (
        "name pattern",
        ASSUMES,
        reach("*automation-*"),
        "the name under another path",
    ),
    ("name pattern", "TagSession", reach("*"), "tags on another name"),
    ("name ending", ASSUMES, no_condition("Null"), "for nobody"),
    ("name ending", ASSUMES, reach("*-spoke-role*"), "a longer name"),
    ("name ending", "SetSourceIdentity", put("Resource", "*"), "a source identity on another name"),
    ("key", "ReadWhatTheKeyEncrypts", no_condition("StringEquals"), "itself, not by a service"),
    ("key", "ReadWhatTheKeyEncrypts", put("Resource", "*"), "another key"),
    ("key", "ReadWhatTheKeyEncrypts", put("Action", "kms:*"), "CreateGrant"),
)


@pytest.mark.parametrize("holds", ["policies alone", "boundary alone"])
@pytest.mark.parametrize(
    ("variant", "sid", "spoil", "miss"),
    SPOILT,
    ids=[f"{variant}-{sid}-{miss}".replace(" ", "-") for variant, sid, _, miss in SPOILT],
)
def test_a_spoilt_document_is_noticed(
    simulator: Simulator, holds: str, variant: str, sid: str, spoil: Spoil, miss: str
) -> None:
    role = execution_role(**PARAMETERS[variant])
    for document in [role.boundary] if holds == "boundary alone" else role.identity:
        for each in document["Statement"]:
            if each["Sid"] == sid:
                spoil(each)
    attempt = VARIANTS[variant].refused[miss]
    assert attempt.judged(simulator, HOLDS[holds](role)) is Verdict.ALLOWED
    # One of the two is still as it was, and it is enough.
    assert attempt.judged(simulator, role) is not Verdict.ALLOWED


def test_each_variant_has_a_dozen_near_misses_and_three_ways_to_spoil_it() -> None:
    for name, variant in VARIANTS.items():
        assert len(variant.refused) >= 12
        assert len([each for each, *_ in SPOILT if each == name]) >= 3
