"""A hub in several Regions and the accounts of its spokes, as the doctor's calls meet them.

IAM answers for each account from what a test puts there, to whoever has assumed a role in it; STS, API
Gateway and the hub's own API answer as AWS does to the few calls that the doctor makes.
"""

import json
import re
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

from tests.support.fake_dynamodb import Reply
from tests.support.fake_hub import IDENTITY
from tests.support.fake_regions import FakeRegions, Fault

HUB = "111111111111"
_KEY = re.compile(r"Credential=(?:ASIASPOKE([0-9]{12})|AKIAOPERATOR)/[0-9]{8}/[a-z0-9-]+/([a-z0-9-]+)/")
_OPERATOR = {"Principal": f'Caller::User::"{HUB}/operator"', "AccountId": HUB}


class FakeSpokes(FakeRegions):
    """The server, and what is in every account."""

    def __init__(self, *regions: str) -> None:
        super().__init__(*regions)
        self.roles: dict[tuple[str, str], dict[str, Any]] = {}
        """By account and name, as ``role`` puts them there."""
        self.policies: dict[str, Any] = {}
        """Managed policies' documents by ARN."""
        self.closed: dict[str | tuple[str, str], Fault] = {}
        """Accounts whose doctor role can't be assumed; with a Region, through its STS."""
        self.spoiled: dict[tuple[str, str], Fault | bytes] = {}
        """By account and IAM's operation: an error, or a body in place of the answer."""
        self.rest_api: dict[str, Any] | Fault = {}
        for region in self.regions.values():
            region.outputs |= {
                "ApiId": f"api-{region.name}",
                "Endpoint": f"{self.url}/api-{region.name}/prod",
            }

    def role(self, account: str, name: str, trust: Any, **changes: Any) -> str:
        """Put a role into an account, and return its ARN."""
        found = {
            "Path": "/",
            "Trust": trust,
            "MaxSession": 3600,
            "Boundary": None,
            "Attached": [],
            "Inline": {},
        }
        self.roles[account, name] = found | changes
        return f"arn:aws:iam::{account}:role{self.roles[account, name]['Path']}{name}"

    def answer(self, handler: Any, body: bytes) -> Reply:
        """Answer one request."""
        signature = handler.headers.get("Authorization", "")
        if handler.path.endswith("/v1/identity"):
            return _identity(signed=bool(signature))
        found = _KEY.search(signature)
        assert found, "signed by somebody else"
        account, service = found[1] or HUB, found[2]
        if service == "apigateway":
            return self._rest_api()
        asked = {key: values[0] for key, values in parse_qs(body.decode()).items()} if service != "s3" else {}
        if service == "sts" and asked["Action"] == "AssumeRole":
            return self._assume_role(asked, signature.split("/")[2])
        if service == "iam":
            return self._iam(account, asked)
        return super().answer(handler, body)

    def _rest_api(self) -> Reply:
        if isinstance(self.rest_api, Fault):
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.rest_api.code}
            return self.rest_api.status, b'{"message": "planted"}', headers
        return 200, json.dumps(self.rest_api).encode(), {"Content-Type": "application/json"}

    def _assume_role(self, asked: dict[str, str], region: str) -> Reply:
        account = asked["RoleArn"].split(":")[4]
        if fault := self.closed.get(account) or self.closed.get((account, region)):
            return _refused(fault)
        return _xml(
            "AssumeRole",
            f"<Credentials><AccessKeyId>ASIASPOKE{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
        )

    def _iam(self, account: str, asked: dict[str, str]) -> Reply:
        operation = asked["Action"]
        if (fault := self.spoiled.get((account, operation))) is not None:
            return _refused(fault) if isinstance(fault, Fault) else (200, fault, {"Content-Type": "text/xml"})
        if "PolicyArn" in asked:
            document = self.policies.get(asked["PolicyArn"])
            if document is None:
                return _refused(Fault(404, "NoSuchEntity"))
            if operation == "GetPolicy":
                return _xml(operation, "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>")
            assert asked["VersionId"] == "v3"
            return _xml(
                operation, f"<PolicyVersion><Document>{_written(document)}</Document></PolicyVersion>"
            )
        name = asked["RoleName"]
        role = self.roles.get((account, name))
        if role is None:
            return _refused(Fault(404, "NoSuchEntity"))
        match operation:
            case "GetRole":
                return _xml(operation, f"<Role>{_role(account, name, role)}</Role>")
            case "ListAttachedRolePolicies":
                found = "".join(
                    f"<member><PolicyName>{arn.rpartition('/')[2]}</PolicyName><PolicyArn>{arn}</PolicyArn></member>"
                    for arn in role["Attached"]
                )
                return _xml(operation, f"<AttachedPolicies>{found}</AttachedPolicies>")
            case "ListRolePolicies":
                found = "".join(f"<member>{each}</member>" for each in role["Inline"])
                return _xml(operation, f"<PolicyNames>{found}</PolicyNames>")
        document = _written(role["Inline"][asked["PolicyName"]])
        return _xml(operation, f"<PolicyDocument>{document}</PolicyDocument>")


def _role(account: str, name: str, role: dict[str, Any]) -> str:
    bounded = (
        "<PermissionsBoundary><PermissionsBoundaryArn>"
        f"{role['Boundary']}</PermissionsBoundaryArn></PermissionsBoundary>"
        if role["Boundary"]
        else ""
    )
    return (
        f"<Arn>arn:aws:iam::{account}:role{role['Path']}{name}</Arn><RoleName>{name}</RoleName>"
        f"<MaxSessionDuration>{role['MaxSession']}</MaxSessionDuration>{bounded}"
        f"<AssumeRolePolicyDocument>{_written(role['Trust'])}</AssumeRolePolicyDocument>"
    )


def _written(document: Any) -> str:
    """Write a document as IAM does; a text is one already."""
    return escape(quote(document if isinstance(document, str) else json.dumps(document)))


def _identity(*, signed: bool) -> Reply:
    headers = {"Content-Type": "application/json", "Date": formatdate(usegmt=True)}
    if signed:
        return 200, json.dumps(IDENTITY | _OPERATOR).encode(), headers
    kind = {"x-amzn-ErrorType": "MissingAuthenticationTokenException"}
    return 403, b'{"message": "Missing Authentication Token"}', headers | kind


def _xml(operation: str, text: str) -> Reply:
    body = f"<{operation}Response><{operation}Result>{text}</{operation}Result></{operation}Response>"
    return 200, body.encode(), {"Content-Type": "text/xml"}


def _refused(fault: Fault) -> Reply:
    body = (
        f"<ErrorResponse><Error><Code>{fault.code}</Code><Message>planted</Message></Error></ErrorResponse>"
    )
    return fault.status, body.encode(), {"Content-Type": "text/xml"}
