"""What the callers of the embedded hub may do: their IAM policies, as somebody writes them by hand."""

from collections.abc import Mapping
from typing import Any, Final

from hubspoke_local.accounts import DIRECT_ROLE, DOCTOR_ROLE, ENVIRONMENT, HUB, REGION, STACK

PARTITION: Final = "aws"


def hub_role_policy() -> dict[str, Any]:
    """Allow assuming the one role in every account, with the hub's path and without one."""
    roles = [f"arn:{PARTITION}:iam::*:role{path}{DIRECT_ROLE}" for path in ("/", "/hubspoke/")]
    return {"Version": "2012-10-17", "Statement": [allow(["sts:AssumeRole"], each) for each in roles]}


def invoke_policy(outputs: Mapping[str, str]) -> dict[str, Any]:
    """Allow every call of the hub's API. The coarse gate; the grants behind it decide."""
    api = f"arn:{PARTITION}:execute-api:{REGION}:{HUB}:{outputs['ApiId']}/{outputs['Stage']}/*/v1/*"
    return {"Version": "2012-10-17", "Statement": [allow(["execute-api:Invoke"], api)]}


def operate_policy(outputs: Mapping[str, str]) -> dict[str, Any]:
    """Allow what operators do: publish grants, read the ledger, quarantine, and look for what is wrong."""
    bucket = f"arn:{PARTITION}:s3:::{outputs['BundleBucket']}"
    tables = f"arn:{PARTITION}:dynamodb:{REGION}:{HUB}:table/"
    read = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
    write = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            allow(
                ["cloudformation:DescribeStacks"],
                f"arn:{PARTITION}:cloudformation:{REGION}:{HUB}:stack/{STACK}/*",
            ),
            allow(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], f"{bucket}/*"),
            allow(["s3:ListBucket", "s3:ListBucketVersions"], bucket),
            allow(read, f"{tables}{outputs['LedgerTable']}"),
            allow(["dynamodb:Query"], f"{tables}{outputs['LedgerTable']}/index/*"),
            allow(["dynamodb:BatchGetItem"], f"{tables}{outputs['LedgerTable']}"),
            allow(read + write, f"{tables}{outputs['QuarantineTable']}"),
            *_look_for_faults(outputs),
        ],
    }


def _look_for_faults(outputs: Mapping[str, str]) -> list[dict[str, Any]]:
    """Allow what ``hubspoke-admin doctor`` reads: the function's role, the API, spokes by a role there."""
    name = f"hubspoke-{ENVIRONMENT}-{REGION}-vend"
    boundary = f"arn:{PARTITION}:iam::{HUB}:policy/{name}-boundary"
    api = f"arn:{PARTITION}:execute-api:{REGION}:{HUB}:{outputs['ApiId']}/{outputs['Stage']}"
    roles = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"]
    return [
        allow(roles, f"arn:{PARTITION}:iam::{HUB}:role/{name}"),
        allow(["iam:GetPolicy", "iam:GetPolicyVersion"], boundary),
        allow(["apigateway:GET"], f"arn:{PARTITION}:apigateway:{REGION}::/restapis/{outputs['ApiId']}"),
        allow(["execute-api:Invoke"], f"{api}/GET/v1/identity"),
        allow(["sts:AssumeRole"], f"arn:{PARTITION}:iam::*:role/{DOCTOR_ROLE}"),
    ]


def administer_policy() -> dict[str, Any]:
    """Allow everything in the account that it is given in. Spokes trust the execution role alone even so."""
    return {"Version": "2012-10-17", "Statement": [allow(["*"], "*")]}


def allow(actions: list[str], resource: str) -> dict[str, Any]:
    """Write a statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
