"""Where the emulator was mended to have IAM and stacks as AWS has them: paths, boundaries, empty lists."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from hubspoke_local.accounts import PROJECT, REGION
from hubspoke_local.deploy import AccessKey, Deployment
from hubspoke_local.emulator import Emulator

ACCOUNT = "121212121212"
HUB_ROLE = "arn:aws:iam::999999999999:role/automation-hub-role"
SPOKE_ROLE = (PROJECT / "spokes" / "cloudformation" / "spoke-role.yaml").read_text()


@pytest.fixture(scope="module")
def role(bootstrap: Deployment) -> Any:
    """Make a role of the direct route alone, by the template, under the hub's path."""
    parameters = {
        "RoleName": "bounded-role",
        "HubExecutionRoleArns": "",
        "DirectHubRoleArns": HUB_ROLE,
        "ManagedPolicyArns": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    bootstrap.create_stack(ACCOUNT, "bounded", {"TemplateBody": SPOKE_ROLE}, parameters)
    return bootstrap.root_client("iam", ACCOUNT).get_role(RoleName="bounded-role")["Role"]


def test_a_stacks_role_has_its_boundary(role: Any) -> None:
    """Doctor looks at it, and sessions are held to it."""
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == (
        f"arn:aws:iam::{ACCOUNT}:policy/hubspoke/bounded-role-boundary"
    )


def test_an_update_changes_the_boundary(bootstrap: Deployment, role: Any) -> None:
    stacks = bootstrap.root_client("cloudformation", ACCOUNT)
    without = SPOKE_ROLE.replace("      PermissionsBoundary: !Ref Boundary\n", "")
    names = ("RoleName", "HubExecutionRoleArns", "DirectHubRoleArns", "ManagedPolicyArns")
    for template, bounded in ((without, False), (SPOKE_ROLE, True)):
        stacks.update_stack(
            StackName="bounded",
            TemplateBody=template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in names],
        )
        stacks.get_waiter("stack_update_complete").wait(
            StackName="bounded", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
        found = bootstrap.root_client("iam", ACCOUNT).get_role(RoleName="bounded-role")["Role"]
        assert ("PermissionsBoundary" in found) is bounded


def test_an_empty_list_is_empty(role: Any) -> None:
    """Without execution roles there is no statement for them."""
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": [HUB_ROLE]}


@pytest.mark.parametrize(
    ("resource", "readable"),
    [
        ("role/hubspoke/bounded-role", True),
        ("role/hubspoke/*", True),
        ("role/bounded-role", False),
        ("role/hubspoke", False),
    ],
)
def test_a_role_is_read_under_its_whole_arn(
    bootstrap: Deployment, emulator: Emulator, role: Any, resource: str, readable: bool
) -> None:
    """IAM decides about the role's own ARN, with its path, though the request names it without."""
    iam = bootstrap.root_client("iam", ACCOUNT)
    name = f"reader-{len(resource)}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "iam:GetRole", "Resource": f"arn:aws:iam::{ACCOUNT}:{resource}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    reader = _as(emulator, AccessKey(made["AccessKeyId"], made["SecretAccessKey"]))
    if readable:
        assert reader.get_role(RoleName="bounded-role")["Role"]["Arn"] == role["Arn"]
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            reader.get_role(RoleName="bounded-role")


def _as(emulator: Emulator, key: AccessKey) -> Any:
    return boto3.client(
        "iam",
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=key.key_id,
        aws_secret_access_key=key.secret,
    )
