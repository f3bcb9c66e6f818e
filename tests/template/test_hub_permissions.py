"""The hub's permissions hold to every check, and each check notices what it is there to notice."""

from collections.abc import Callable

import pytest

from tests.template import permission_checks as checks
from tests.template.mutations import add_resource, drop, insert, parameter, put
from tests.template.rendering import Mutation, Template, hub_template

Check = Callable[[Template], None]

ROLE = ("VendRole", "Properties")
ASSUME = (*ROLE, "Policies", 0, "PolicyDocument", "Statement")
RECORD = (*ROLE, "Policies", 1, "PolicyDocument", "Statement")
INVENTORY = ("InventoryRole", "Properties", "Policies", 0, "PolicyDocument", "Statement")
BOUNDARY = ("VendBoundary", "Properties", "PolicyDocument", "Statement")
VIA_SERVICE = (7, "Fn::If", 1, "Condition")
FUNCTIONS_OWN = (8, "Fn::If", 1, "Condition")
RULES = ("Api", "Properties", "Auth", "ResourcePolicy", "CustomStatements")
BY_PATH = {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role${SpokeRolePath}*"}
FOR_ALL = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
WRITES = {
    "Effect": "Allow",
    "Action": "s3:PutObject",
    "Resource": {"Fn::Sub": "${BundleBucket.Arn}/bundle.json"},
}


def both(mutate: Callable[..., Mutation], at: tuple[object, ...], **change: object) -> Mutation:
    """Spoil a statement of the role, and the same one of its boundary."""
    index, *rest = at
    assert isinstance(index, int)
    place = (*ASSUME, index) if index < 3 else (*RECORD, index - 3)

    def mutating(source: Template) -> None:
        mutate(*place, *rest, **change)(source)
        mutate(*BOUNDARY, index, *rest, **change)(source)

    return mutating


def granted(statement: dict[str, object]) -> Mutation:
    """Add a statement to the role and to its boundary."""

    def mutating(source: Template) -> None:
        insert(*RECORD, value=statement)(source)
        insert(*BOUNDARY, value=statement)(source)

    return mutating


def allowed(action: object, resource: object = "*") -> Mutation:
    """Allow an action to the role, within its boundary."""
    return granted({"Effect": "Allow", "Action": action, "Resource": resource})


MUTATIONS: tuple[tuple[Check, str, Mutation], ...] = (
    (checks.the_execution_role_may_do_just_this, "every role", put(*ASSUME, 0, "Resource", to="*")),
    (checks.the_execution_role_may_do_just_this, "unsaid for whom", drop(*ASSUME, 0, "Condition", "Null")),
    (
        checks.the_execution_role_may_do_just_this,
        "any organization",
        drop(*ASSUME, 0, "Condition", "StringEquals"),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "the path beside the pattern",
        put(*ASSUME, 1, "Resource", to=[BY_PATH, {"Fn::Sub": "arn:aws:iam::*:role/${SpokeRoleNamePattern}"}]),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "the path in place of the pattern",
        put(*ASSUME, 2, "Resource", to=BY_PATH),
    ),
    (checks.the_execution_role_may_do_just_this, "no tags", drop(*ASSUME, 2)),
    (
        checks.the_execution_role_may_do_just_this,
        "reads the ledger",
        insert(*RECORD, 0, "Action", value="dynamodb:GetItem"),
    ),
    (checks.the_execution_role_may_do_just_this, "publishes", put(*RECORD, 2, "Action", to="s3:*")),
    (
        checks.the_execution_role_may_do_just_this,
        "managed policy",
        put(*ROLE, "ManagedPolicyArns", to=["x"]),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "the key for every service",
        both(drop, (10, *VIA_SERVICE[1:], "StringEquals")),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "the key for every function",
        both(drop, (11, *FUNCTIONS_OWN[1:], "StringLike")),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "encrypts too",
        both(put, (10, "Fn::If", 1, "Action"), to="kms:*"),
    ),
    (
        checks.the_execution_role_may_do_just_this,
        "the key without a key",
        put(*RECORD, 4, to={"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}),
    ),
    (checks.the_boundary_is_the_same_ceiling, "none", drop(*ROLE, "PermissionsBoundary")),
    (checks.the_boundary_is_the_same_ceiling, "another", put(*ROLE, "PermissionsBoundary", to="arn")),
    *(
        (checks.the_boundary_is_the_same_ceiling, f"without statement {index}", drop(*BOUNDARY, index))
        for index in range(12)
    ),
    *(
        (
            checks.the_boundary_is_the_same_ceiling,
            f"wider in statement {index}",
            put(*BOUNDARY, index, *(("Fn::If", 1) if index > 9 else ()), "Resource", to="*"),
        )
        for index in range(12)
    ),
    (
        checks.the_boundary_is_the_same_ceiling,
        "more",
        insert(*BOUNDARY, value={"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}),
    ),
    (
        checks.the_boundary_is_the_same_ceiling,
        "for whomever",
        drop(*BOUNDARY, 0, "Condition", "Null"),
    ),
    (
        checks.the_boundary_is_the_same_ceiling,
        "attached as well",
        put("VendBoundary", "Properties", "Roles", to=[{"Ref": "VendRole"}]),
    ),
    (
        checks.the_boundary_is_the_same_ceiling,
        "the role grows",
        insert(*RECORD, value={"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}),
    ),
    (checks.the_execution_role_stays, "deleted", drop("VendRole", "DeletionPolicy")),
    (checks.the_execution_role_stays, "a random name", drop(*ROLE, "RoleName")),
    (checks.the_execution_role_stays, "without its boundary", drop("VendBoundary", "DeletionPolicy")),
    (checks.the_execution_role_stays, "another role", put("Vend", "Properties", "Role", to="arn")),
    (
        checks.every_role_is_for_a_service,
        "anyone's",
        add_resource("Back", "AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": [FOR_ALL]}),
    ),
    (
        checks.parameters_admit_no_more_than_they_say,
        "any role's name",
        parameter("SpokeRoleNamePattern", "AllowedPattern", "[A-Za-z0-9_+=,.@*-]*"),
    ),
    (
        checks.parameters_admit_no_more_than_they_say,
        "the root path",
        parameter("SpokeRolePath", "AllowedPattern", "/([A-Za-z0-9_+=,.@-]+/)*"),
    ),
    (
        checks.parameters_admit_no_more_than_they_say,
        "a key's alias",
        parameter("KmsKeyArn", "AllowedPattern", "(arn:aws(-[a-z]+)*:kms:.*)?"),
    ),
    (
        checks.parameters_admit_no_more_than_they_say,
        "keys of one partition",
        parameter("KmsKeyArn", "AllowedPattern", "(arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[a-z0-9-]+)?"),
    ),
    (checks.nothing_is_allowed_on_everything, "all of STS", both(put, (1, "Action"), to="sts:*")),
    (checks.nothing_is_allowed_on_everything, "every role", both(put, (1, "Resource"), to="*")),
    (
        checks.nothing_is_allowed_on_everything,
        "every role of a name",
        both(put, (1, "Resource"), to={"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/*"}),
    ),
    (checks.nothing_is_allowed_on_everything, "every key", allowed("kms:Decrypt")),
    (
        checks.nothing_is_allowed_on_everything,
        "every key of the account",
        allowed("kms:Decrypt", {"Fn::Sub": "arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*"}),
    ),
    (checks.nothing_is_allowed_on_everything, "every table", allowed(["dynamodb:PutItem"])),
    (checks.nothing_is_allowed_on_everything, "every bucket", allowed("s3:GetObject")),
    (
        checks.nothing_is_allowed_on_everything,
        "all but IAM",
        granted({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    ),
    (
        checks.nothing_is_allowed_on_everything,
        "in a role that comes later",
        add_resource(
            "Later",
            "AWS::IAM::Role",
            AssumeRolePolicyDocument={"Statement": []},
            Policies=[
                {
                    "PolicyName": "x",
                    "PolicyDocument": {
                        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]
                    },
                }
            ],
        ),
    ),
    (checks.everyone_is_allowed_only_within_an_organization, "the API", insert(*RULES, value=OPEN)),
    (
        checks.everyone_is_allowed_only_within_an_organization,
        "every organization",
        drop(*RULES, 1, "Fn::If", 1, "Condition", "StringEquals"),
    ),
    (
        checks.everyone_is_allowed_only_within_an_organization,
        "the bucket",
        put("BundleBucketPolicy", "Properties", "PolicyDocument", "Statement", 0, "Effect", to="Allow"),
    ),
    (
        checks.everyone_is_allowed_only_within_an_organization,
        "the role",
        put(*ROLE, "AssumeRolePolicyDocument", "Statement", 0, to=FOR_ALL),
    ),
    (checks.aws_writes_no_policy_of_ours, "the role", put(*ROLE, "ManagedPolicyArns", to=["arn"])),
    (
        checks.aws_writes_no_policy_of_ours,
        "more for API Gateway",
        insert("ApiGatewayLogs", "Properties", "ManagedPolicyArns", value="arn"),
    ),
    (
        checks.aws_writes_no_policy_of_ours,
        "a policy aside",
        add_resource("Aside", "AWS::IAM::Policy", Roles=[{"Ref": "VendRole"}], PolicyName="x"),
    ),
    (
        checks.aws_writes_no_policy_of_ours,
        "a user",
        add_resource("Somebody", "AWS::IAM::User"),
    ),
    (checks.the_inventory_alone_writes_the_bundle, "the function", granted(WRITES)),
    (
        checks.the_inventory_alone_writes_the_bundle,
        "the inventory where it is off",
        drop("InventoryRole", "Condition"),
    ),
    (
        checks.the_inventory_alone_writes_the_bundle,
        "every object",
        put(*INVENTORY, 1, "Resource", to={"Fn::Sub": "${BundleBucket.Arn}/*"}),
    ),
    (checks.the_boundary_is_the_same_ceiling, "a wider inventory", put(*INVENTORY, 1, "Resource", to="*")),
    (
        checks.the_boundary_is_the_same_ceiling,
        "an inventory without one",
        drop("InventoryRole", "Properties", "PermissionsBoundary"),
    ),
    (
        checks.the_key_is_used_throughout,
        "not by the inventory",
        drop("InventoryFunction", "Properties", "KmsKeyArn"),
    ),
    (
        checks.the_inventory_alone_writes_the_bundle,
        "with others",
        both(put, (5, "Action"), to=["s3:GetObject", "s3:PutObject"]),
    ),
    (
        checks.the_inventory_alone_writes_the_bundle,
        "by the bucket's policy",
        insert(
            "BundleBucketPolicy",
            "Properties",
            "PolicyDocument",
            "Statement",
            value=WRITES | {"Principal": {"AWS": "222222222222"}},
        ),
    ),
    (
        checks.the_key_is_used_throughout,
        "not by a table",
        drop("Quarantine", "Properties", "SSESpecification", "KMSMasterKeyId"),
    ),
    (
        checks.the_key_is_used_throughout,
        "not by the bucket",
        put(
            "BundleBucket",
            "Properties",
            "BucketEncryption",
            "ServerSideEncryptionConfiguration",
            to=[{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}],
        ),
    ),
    (checks.the_key_is_used_throughout, "not by a log", drop("ApiLogGroup", "Properties", "KmsKeyId")),
    (checks.the_key_is_used_throughout, "not by the function", drop("Vend", "Properties", "KmsKeyArn")),
    (
        checks.the_key_is_used_throughout,
        "always",
        put("Vend", "Properties", "KmsKeyArn", to={"Ref": "KmsKeyArn"}),
    ),
)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_the_template_holds(check: Check) -> None:
    check(hub_template())


@pytest.mark.parametrize(
    ("check", "mutate"),
    [(check, mutate) for check, _, mutate in MUTATIONS],
    ids=[f"{check.__name__}-{name.replace(' ', '-')}" for check, name, _ in MUTATIONS],
)
def test_a_spoiled_template_is_noticed(check: Check, mutate: Mutation) -> None:
    source = hub_template()
    mutate(source)
    with pytest.raises((AssertionError, KeyError)):
        check(source)


def test_every_check_has_a_mutation() -> None:
    assert {check for check, _, _ in MUTATIONS} == set(checks.CHECKS)


def test_every_pattern_of_a_parameter_is_checked() -> None:
    declared = {name for name, each in hub_template()["Parameters"].items() if "AllowedPattern" in each}
    assert declared == set(checks._VALUES)
