"""Who may do what, by the hub's template: the execution role, its ceiling, and what no policy may say.

As in ``hub_checks``, a check takes the template's source, and a spoiled one fails it.
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.template.hub_checks import IN_ORGANIZATION, LISTED, ORGANIZATION
from tests.template.rendering import HUB, Rendered, Template, render

KEY = f"arn:aws:kms:eu-west-1:{HUB}:key/0a1b2c3d-0000-4000-8000-000000000001"
WITH_KEY = {"KmsKeyArn": KEY}
BY_NAME = {"SpokeRoleNamePattern": "automation-*"}
READER = "arn:aws:iam::999999999999:role/hubspoke-organization-reader"
WITH_INVENTORY = {"Inventory": "on"}
INVENTORY_BY_ROLE = WITH_INVENTORY | {
    "OrganizationReaderRoleArn": READER,
    "OrganizationManagementAccount": "999999999999",
}
VARIANTS: tuple[dict[str, str], ...] = (
    {},
    IN_ORGANIZATION,
    LISTED,
    BY_NAME,
    WITH_KEY,
    IN_ORGANIZATION | BY_NAME | WITH_KEY,
    LISTED | BY_NAME | WITH_KEY,
    WITH_INVENTORY,
    IN_ORGANIZATION | WITH_KEY | INVENTORY_BY_ROLE,
)
LOG_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
FUNCTION = f"arn:aws:lambda:eu-west-1:{HUB}:function:hubspoke-prod-vend"
INVENTORY = f"arn:aws:lambda:eu-west-1:{HUB}:function:hubspoke-prod-inventory"
BUNDLE = "<BundleBucket.Arn>/bundle.json"
Statement = dict[str, Any]


def the_execution_role_may_do_just_this(source: Template) -> None:
    """Every statement, in every variant; one per STS action, on the roles' path or by their names alone."""
    for parameters in VARIANTS:
        role = render(source, **parameters)["VendRole"]
        assert "ManagedPolicyArns" not in role
        assert [terms(each) for each in own_statements(role)] == _expected(parameters)


def the_boundary_is_the_same_ceiling(source: Template) -> None:
    """What the role's policies say, statement by statement, is what its boundary says, and is all of it."""
    for parameters in VARIANTS:
        rendered = render(source, **parameters)
        for name in _FUNCTIONS if "Inventory" in parameters else _FUNCTIONS[:1]:
            assert rendered[f"{name}Role"]["PermissionsBoundary"] == f"<{name}Boundary>"
            boundary = rendered[f"{name}Boundary"]
            assert boundary["PolicyDocument"]["Statement"] == own_statements(rendered[f"{name}Role"])
            assert not {"Roles", "Users", "Groups"} & set(boundary)


def the_execution_role_stays(source: Template) -> None:
    """Spokes trust it by its unique id: a fixed name, per environment and Region, kept with its boundary."""
    rendered = render(source, Environment="staging")
    role = rendered.resources["VendRole"]
    assert role["Properties"]["RoleName"] == "hubspoke-staging-eu-west-1-vend"
    assert "Path" not in role["Properties"]
    assert rendered["VendBoundary"]["ManagedPolicyName"] == "hubspoke-staging-eu-west-1-vend-boundary"
    for each in (role, rendered.resources["VendBoundary"]):
        assert each["DeletionPolicy"] == each["UpdateReplacePolicy"] == "Retain"
    assert role["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    (function,) = render(source).of_type("AWS::Lambda::Function").values()
    assert function["Role"] == "<VendRole.Arn>"


def every_role_is_for_a_service(source: Template) -> None:
    """No other role of the stack could be assumed by a person or another account."""
    for role in render(source, **INVENTORY_BY_ROLE).of_type("AWS::IAM::Role").values():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert set(statement["Principal"]) == {"Service"}


def parameters_admit_no_more_than_they_say(source: Template) -> None:
    """CloudFormation matches a parameter's pattern in full; what it lets in goes into policies."""
    for name, (admitted, refused) in _VALUES.items():
        pattern = re.compile(source["Parameters"][name]["AllowedPattern"])
        assert [value for value in admitted if not pattern.fullmatch(value)] == [], name
        assert [value for value in refused if pattern.fullmatch(value)] == [], name


def nothing_is_allowed_on_everything(source: Template) -> None:
    """No policy allows a whole service, says what it is not about, or reaches all roles, keys or tables."""
    for parameters in VARIANTS:
        for statement in _every_statement(render(source, **parameters)):
            assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
            if statement["Effect"] == "Deny":
                continue
            for action in _list(statement["Action"]):
                assert "*" not in action, statement
                if action.split(":")[0] in ("sts", "kms", "dynamodb", "s3", "lambda", "iam"):
                    # A trust policy has no resource: it is about its own role.
                    for resource in _list(statement.get("Resource", "the role itself")):
                        assert resource.strip("*"), statement
                        assert not re.search(r":(role|key|table|function)/?[*]", resource), statement
                        assert not resource.endswith(":*") or resource in _VERSIONS, statement


def everyone_is_allowed_only_within_an_organization(source: Template) -> None:
    """A principal that is a star stands in a Deny, or under a condition on the organization."""
    for parameters in VARIANTS:
        for statement in _every_statement(render(source, **parameters)):
            principal = statement.get("Principal", {})
            kinds = principal.values() if isinstance(principal, dict) else [principal]
            if any("*" in each for kind in kinds for each in _list(kind)) and statement["Effect"] == "Allow":
                assert statement["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": ORGANIZATION}


def aws_writes_no_policy_of_ours(source: Template) -> None:
    """One managed policy of AWS's, for API Gateway's logs; nothing else attaches or grants from outside."""
    for parameters in VARIANTS:
        rendered = render(source, **parameters)
        attached = {
            name: role["ManagedPolicyArns"]
            for name, role in rendered.of_type("AWS::IAM::Role").items()
            if "ManagedPolicyArns" in role
        }
        assert attached == {"ApiGatewayLogs": [LOG_POLICY]}
        kinds = {each["Type"] for each in rendered.resources.values()}
        assert {kind for kind in kinds if kind.startswith("AWS::IAM::")} == {
            "AWS::IAM::Role",
            "AWS::IAM::ManagedPolicy",
        }
        boundaries = {f"{name}Boundary" for name in _FUNCTIONS[: 2 if "Inventory" in parameters else 1]}
        assert set(rendered.of_type("AWS::IAM::ManagedPolicy")) == boundaries


def the_inventory_alone_writes_the_bundle(source: Template) -> None:
    """Whoever writes it decides who gets what: what vends may not, nor does the bucket's policy let others.

    The one role of the stack that may is there only where the option is on, and is no role that vends.
    """
    for parameters in VARIANTS:
        rendered = render(source, **parameters)
        on_s3 = {
            (name, tuple(_list(statement["Action"])), statement["Resource"])
            for name, role in rendered.of_type("AWS::IAM::Role").items()
            for statement in own_statements(role)
            if any(each.startswith("s3:") for each in _list(statement["Action"]))
        }
        writer = {("InventoryRole", ("s3:GetObject", "s3:PutObject"), BUNDLE)}
        assert on_s3 == {("VendRole", ("s3:GetObject",), BUNDLE)} | (
            writer if "Inventory" in parameters else set()
        )
        for policy in rendered.of_type("AWS::S3::BucketPolicy").values():
            assert {each["Effect"] for each in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def the_key_is_used_throughout(source: Template) -> None:
    """With a key: the tables, the bucket, the log groups, the functions' environments. Without: nowhere."""
    rendered = render(source, **WITH_KEY, **WITH_INVENTORY)
    for name in ("Ledger", "Quarantine", "Rates"):
        expected = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
        assert rendered[name]["SSESpecification"] == expected
    (rule,) = rendered["BundleBucket"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    for group in rendered.of_type("AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == KEY
    for function in rendered.of_type("AWS::Lambda::Function").values():
        assert function["KmsKeyArn"] == KEY

    without = render(source, **WITH_INVENTORY)
    for name in ("Ledger", "Quarantine", "Rates"):
        assert without[name]["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    (rule,) = without["BundleBucket"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert all("KmsKeyArn" not in each for each in without.of_type("AWS::Lambda::Function").values())
    assert all("KmsKeyId" not in each for each in without.of_type("AWS::Logs::LogGroup").values())


CHECKS = (
    the_execution_role_may_do_just_this,
    the_boundary_is_the_same_ceiling,
    the_execution_role_stays,
    every_role_is_for_a_service,
    parameters_admit_no_more_than_they_say,
    nothing_is_allowed_on_everything,
    everyone_is_allowed_only_within_an_organization,
    aws_writes_no_policy_of_ours,
    the_inventory_alone_writes_the_bundle,
    the_key_is_used_throughout,
)

_FUNCTIONS = ("Vend", "Inventory")
_VERSIONS = (f"{FUNCTION}:*", f"{INVENTORY}:*")
_UUID = "0a1b2c3d-0000-4000-8000-000000000001"
_VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Environment": (("prod", "a", "eu-staging-1"), ("", "Prod", "1st", "a" * 13, "a_b", "prod\n")),
    "SpokeRolePath": (("/hubspoke/", "/a/b/"), ("", "/", "//", "/*/", "hubspoke/", "/hubspoke", "/a?/")),
    "SpokeRoleNamePattern": (
        ("", "automation-*", "*-spoke-role", "*-spoke-*", "automation-spoke-role", "abc*"),
        ("*", "**", "ab", "ab*", "*ab*", "a*b*c", "automation-**", "a/b*", "/hubspoke/*", "abc?", "abc*\n"),
    ),
    "OrganizationId": (("", "o-abcdefghij"), ("*", "o-*", "r-abcd", "o-ABCDEFGHIJ", "o-abcdefghij ")),
    "CallerAccounts": (
        ("", "222222222222", "222222222222,333333333333"),
        ("*", "22222222222", "222222222222, 333333333333", "222222222222,", "٢" * 12),
    ),
    "TrailBucketName": (
        ("", "org-trail", "a.b-1"),
        ("s3://x", "a", "-ab", "ab-", "A-b", "a/b", "a" * 64, "ab\n"),
    ),
    "TrailPrefix": (("", "logs/", "a/b-1/"), ("logs", "/", "/logs/", "a//", "a b/", "${x}/", "'/")),
    "TrailAccounts": (
        ("", "222222222222", "222222222222,333333333333"),
        ("*", "22222222222", "222222222222, 333333333333", "222222222222,", "٢" * 12),
    ),
    "TrailRegions": (
        ("", "eu-west-1", "us-gov-west-1,us-east-1"),
        ("*", "eu-west", "eu-west-1, us-east-1", "eu-west-1,", "EU-WEST-1", "eu-west-1\n"),
    ),
    "AlarmTopicArn": (
        (
            "",
            f"arn:aws:sns:eu-west-1:{HUB}:alarms",
            f"arn:aws-cn:sns:cn-north-1:{HUB}:alarms",
            f"arn:aws-us-gov:sns:us-gov-west-1:{HUB}:a_1",
        ),
        ("alarms", f"arn:aws:sqs:eu-west-1:{HUB}:alarms", f"arn:aws:sns:eu-west-1:{HUB}:*"),
    ),
    "OrganizationReaderRoleArn": (
        ("", READER, READER.replace("role/", "role/a/b/"), READER.replace("arn:aws:", "arn:aws-cn:")),
        (
            *("*", "reader", READER.replace("hubspoke-", "*"), READER.replace("999999999999", "*")),
            *(READER.replace("role/", "user/"), READER + "\n", f"{READER},{READER}"),
        ),
    ),
    "OrganizationManagementAccount": (("", "999999999999"), ("*", "9" * 11, "9" * 13, "٢" * 12)),
    "KmsKeyArn": (
        (
            "",
            KEY,
            KEY.replace("arn:aws:", "arn:aws-us-gov:"),
            KEY.replace("arn:aws:", "arn:aws-iso-b:"),
            KEY.replace(_UUID, "mrk-" + "0" * 32),
        ),
        (
            _UUID,
            "*",
            KEY.replace(_UUID, "*"),
            KEY.replace(f"key/{_UUID}", "alias/hubspoke"),
            KEY.replace("arn:aws:", "arn:other:"),
            KEY.replace(":kms:", ":s3:"),
            KEY.replace(HUB, "*"),
            KEY + "*",
        ),
    ),
}
"""For each parameter with a pattern: values that it must take, and values that it must not."""


def _expected(parameters: dict[str, str]) -> list[tuple[list[str], Any, Any]]:
    roles = "arn:aws:iam::*:role/" + (
        "automation-*" if "SpokeRoleNamePattern" in parameters else "hubspoke/*"
    )
    condition: dict[str, Any] = {"Null": {"sts:SourceIdentity": "false"}}
    if "OrganizationId" in parameters:
        condition["StringEquals"] = {"aws:ResourceOrgID": ORGANIZATION}
    statements: list[tuple[list[str], Any, Any]] = [
        (["sts:AssumeRole"], roles, condition),
        (["sts:SetSourceIdentity"], roles, None),
        (["sts:TagSession"], roles, None),
        (["dynamodb:PutItem", "dynamodb:UpdateItem"], "<Ledger.Arn>", None),
        (["dynamodb:BatchGetItem"], "<Quarantine.Arn>", None),
        (["dynamodb:BatchGetItem"], "<Ledger.Arn>", None),
        (["dynamodb:Query"], "<Ledger.Arn>/index/*", None),
        (["dynamodb:UpdateItem"], "<Rates.Arn>", None),
        (["s3:GetObject"], "<BundleBucket.Arn>/bundle.json", None),
        (["logs:CreateLogStream", "logs:PutLogEvents"], "<VendLogGroup.Arn>", None),
    ]
    if "KmsKeyArn" in parameters:
        services = ["dynamodb.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]
        its_own = {"kms:EncryptionContext:aws:lambda:FunctionArn": [FUNCTION, f"{FUNCTION}:*"]}
        statements += [
            (["kms:Decrypt"], KEY, {"StringEquals": {"kms:ViaService": services}}),
            (["kms:Decrypt"], KEY, {"StringLike": its_own}),
        ]
    return statements


def own_statements(role: Any) -> list[Statement]:
    return [
        statement
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def terms(statement: Statement) -> tuple[list[str], Any, Any]:
    assert statement["Effect"] == "Allow"
    return _list(statement["Action"]), statement["Resource"], statement.get("Condition")


def _every_statement(rendered: Rendered) -> Iterator[Statement]:
    """Find every statement of every policy document, wherever a resource keeps it."""

    def within(node: Any) -> Iterator[Statement]:
        if isinstance(node, dict):
            if "Effect" in node and {"Action", "NotAction"} & set(node):
                yield node
            for each in node.values():
                yield from within(each)
        elif isinstance(node, list):
            for each in node:
                yield from within(each)

    return within(rendered.resources)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
