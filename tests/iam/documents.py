"""The IAM documents of the templates, as they are rendered, with every reference a full ARN.

Each call returns copies of its own, for a test to spoil.
"""

import functools
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.template.rendering import HUB, Rendered, hub_template, render, spoke_template

Document = dict[str, Any]

REGION = "eu-west-1"
SPOKE = "222222222222"
ORGANIZATION = "o-abcdefghij"
API_ID = "abcdefghij"
EVERYTHING: Document = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}

_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{HUB}:table/hubspoke-{{name}}",
    "AWS::S3::Bucket": "arn:aws:s3:::hubspoke-{name}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{HUB}:log-group:{{LogGroupName}}:*",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{HUB}:function:{{FunctionName}}",
}


def arn_of(rendered: Rendered, logical_id: str) -> str:
    """Return the ARN that a resource of the hub's would get."""
    shape = _ARNS[rendered.resources[logical_id]["Type"]]
    return shape.format(name=logical_id.lower(), **rendered[logical_id])


def resolved(rendered: Rendered, document: Document) -> Document:
    """Fill in the ARNs that a rendered document only marks, on a copy of it."""
    text = json.dumps(document)
    # API Gateway expands the short form of its resources when it stores the policy.
    text = text.replace('"execute-api:/', f'"arn:aws:execute-api:{REGION}:{HUB}:{API_ID}/')
    filled: Document = json.loads(re.sub(r"<(\w+)\.Arn>", lambda found: arn_of(rendered, found[1]), text))
    return filled


@functools.cache
def _hub(*parameters: tuple[str, str]) -> Rendered:
    with pytest.MonkeyPatch.context() as environment:
        # The SAM translator asks boto3 for a Region, to tell the partition.
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        return render(hub_template(), **dict(parameters))


def hub(**parameters: str) -> Rendered:
    """Render the hub's template, once for equal parameters: leave it as it is."""
    return _hub(*sorted(parameters.items()))


def api_policy(**parameters: str) -> Document:
    """Return the API's resource policy."""
    rendered = hub(**parameters)
    (api,) = rendered.of_type("AWS::ApiGateway::RestApi").values()
    return resolved(rendered, api["Body"]["x-amazon-apigateway-policy"])


@dataclass(frozen=True, slots=True)
class RoleDocuments:
    """All documents that decide about one role."""

    arn: str
    trust: Document
    identity: list[Document]
    boundary: Document


def execution_role(**parameters: str) -> RoleDocuments:
    """Return what decides about the hub's execution role."""
    return _role(hub(**parameters), "VendRole", HUB)


def spoke(**parameters: str) -> Rendered:
    """Render the template of a role in a spoke."""
    return render(spoke_template(), **parameters)


def spoke_role(**parameters: str) -> RoleDocuments:
    """Return what decides about a role in a spoke."""
    return _role(spoke(**parameters), "SpokeRole", SPOKE)


def session_of(role: str, name: str = "01kan") -> str:
    """Return the ARN of a session of a role."""
    *_, account, resource = role.split(":")
    return f"arn:aws:sts::{account}:assumed-role/{resource.rsplit('/', 1)[1]}/{name}"


def statement(document: Document, sid: str) -> Any:
    """Return one statement, for a test to spoil."""
    (found,) = [each for each in document["Statement"] if each.get("Sid") == sid]
    return found


def without(document: Document, *sids: str) -> Document:
    """Return a document without some of its statements."""
    assert set(sids) <= {each.get("Sid") for each in document["Statement"]}
    kept = [each for each in document["Statement"] if each.get("Sid") not in sids]
    return {**document, "Statement": kept}


def _role(rendered: Rendered, logical_id: str, account: str) -> RoleDocuments:
    role = rendered[logical_id]
    boundary = rendered[role["PermissionsBoundary"].strip("<>")]["PolicyDocument"]
    names = {f"<{logical_id}>", role["RoleName"]}
    attached = [each["PolicyDocument"] for each in role.get("Policies", [])]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"):
        policies = rendered.of_type(kind).values()
        attached += [
            each["PolicyDocument"]
            for each in policies
            if names & {*each.get("Roles", []), each.get("RoleName")}
        ]
    return RoleDocuments(
        arn=f"arn:aws:iam::{account}:role{role.get('Path', '/')}{role['RoleName']}",
        trust=resolved(rendered, role["AssumeRolePolicyDocument"]),
        identity=[resolved(rendered, each) for each in attached],
        boundary=resolved(rendered, boundary),
    )
