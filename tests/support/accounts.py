"""Principals of an emulated account, their policies and their clients."""

import json
from contextlib import suppress
from typing import Any

import boto3
from botocore.config import Config

from hubspoke_local.deploy import Deployment

HUB, SPOKE = "111111111111", "222222222222"
REGION = "eu-west-1"


def allow(action: str, condition: Any = None, **rest: Any) -> dict[str, Any]:
    """Write a statement that allows an action."""
    return {"Effect": "Allow", "Action": action, **rest, **({"Condition": condition} if condition else {})}


def document(*statements: dict[str, Any]) -> str:
    """Write a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def client(deployment: Deployment, service: str, key: dict[str, str]) -> Any:
    """Make a client with a key of IAM's or a session of STS's."""
    return boto3.client(
        service,
        endpoint_url=deployment._endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
        # What is wrong is the server's to refuse.
        config=Config(
            retries={"max_attempts": 0}, parameter_validation=False, s3={"addressing_style": "path"}
        ),
    )


def user(
    deployment: Deployment, name: str, *statements: dict[str, Any], account: str = HUB
) -> dict[str, str]:
    """Make an IAM user with just these permissions, or give it them, and return a key of it."""
    iam = deployment.root_client("iam", account)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))
    key: dict[str, str] = iam.create_access_key(UserName=name)["AccessKey"]
    return key
