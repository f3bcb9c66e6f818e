"""What the hub's template must be, each as a check that a spoiled template fails.

A check takes the template's source, so that it can render it with the parameters it is about.
"""

import copy
import json
import re
from datetime import UTC, datetime
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from hubspoke_contract.names import AccountId
from hubspoke_contract.vends import Criteria
from tests.template.rendering import HUB, Rendered, Template, render

ORGANIZATION = "o-abcdefghij"
IN_ORGANIZATION = {"OrganizationId": ORGANIZATION}
LISTED = {"CallerAccounts": "222222222222,333333333333"}
VARIANTS: tuple[dict[str, str], ...] = ({}, IN_ORGANIZATION, LISTED)

ROUTES = {
    ("POST", "/v1/accounts/{account}/roles/{role}/credentials"),
    ("GET", "/v1/roles"),
    ("GET", "/v1/vends"),
    ("GET", "/v1/identity"),
    ("GET", "/v1/health"),
}
ACCESS_LOG_FIELDS = {
    "requestId",
    "extendedRequestId",
    "requestTime",
    "httpMethod",
    "path",
    "status",
    "identity.userArn",
    "identity.caller",
    "identity.accountId",
    "identity.principalOrgId",
    "identity.sourceIp",
    "error.responseType",
    "integration.status",
    "responseLatency",
}


def every_method_demands_iam(source: Template) -> None:
    """Each route, and no other, is there, behind AWS_IAM."""
    body = render(source)["Api"]["Body"]
    methods = {
        (verb.upper(), path): each for path, item in body["paths"].items() for verb, each in item.items()
    }
    assert set(methods) == ROUTES
    for each in methods.values():
        assert each["security"] == [{"AWS_IAM": []}]
    assert body["components"]["securitySchemes"]["AWS_IAM"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def the_gateway_invokes_as_itself(source: Template) -> None:
    """No integration passes the caller's credentials on: callers need no permission on the function."""
    for item in render(source)["Api"]["Body"]["paths"].values():
        for method in item.values():
            integration = method["x-amazon-apigateway-integration"]
            assert integration["type"] == "aws_proxy"
            assert "credentials" not in integration


def there_is_one_stage(source: Template) -> None:
    """One stage, so that its settings are the API's."""
    rendered = render(source)
    (stage,) = rendered.of_type("AWS::ApiGateway::Stage").values()
    assert stage["StageName"] == "prod"
    for deployment in rendered.of_type("AWS::ApiGateway::Deployment").values():
        assert "StageName" not in deployment


def the_stage_keeps_nothing(source: Template) -> None:
    """Neither bodies in a log nor replies in a cache."""
    (stage,) = render(source).of_type("AWS::ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["DataTraceEnabled"] is False
    assert settings["CachingEnabled"] is False
    assert settings["LoggingLevel"] in ("OFF", "ERROR")
    assert not stage.get("CacheClusterEnabled")


def the_stage_throttles(source: Template) -> None:
    """A limit over all callers stands, by default under STS's own."""
    (stage,) = render(source).of_type("AWS::ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]
    assert 0 < int(settings["ThrottlingRateLimit"]) <= 600
    assert 0 < int(settings["ThrottlingBurstLimit"]) <= 600


def the_access_log_has_fixed_fields(source: Template) -> None:
    """The log names who, what and how it ended; no header, query or body."""
    (stage,) = render(source).of_type("AWS::ApiGateway::Stage").values()
    log = stage["AccessLogSetting"]
    assert log["DestinationArn"] == "<ApiLogGroup.Arn>"
    assert set(re.findall(r"\$context\.([A-Za-z.]+)", log["Format"])) == ACCESS_LOG_FIELDS
    assert "$input" not in log["Format"]
    json.loads(log["Format"])


def only_the_gateway_may_invoke(source: Template) -> None:
    """What is invoked is the alias; its policy names API Gateway, for this API's routes. There is no URL."""
    rendered = render(source)
    permissions = rendered.of_type("AWS::Lambda::Permission")
    assert len(permissions) == len(ROUTES)
    for permission in permissions.values():
        assert permission["FunctionName"] == "<VendAliaslive>"
        assert permission["Action"] == "lambda:InvokeFunction"
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert re.fullmatch(
            rf"arn:aws:execute-api:eu-west-1:{HUB}:<Api>/\*/(POST|GET)/v1/[a-z*/]+", permission["SourceArn"]
        )
    for item in rendered["Api"]["Body"]["paths"].values():
        for method in item.values():
            assert "<VendAliaslive>/invocations" in method["x-amazon-apigateway-integration"]["uri"]
    assert not rendered.of_type("AWS::Lambda::Url")
    assert not rendered.of_type("AWS::Lambda::LayerVersionPermission")


def the_function_is_bounded(source: Template) -> None:
    """It answers before API Gateway gives up, on the fixed runtime, with no concurrency kept by default."""
    (function,) = render(source).of_type("AWS::Lambda::Function").values()
    assert function["Timeout"] < 29
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "vending.function.handler"
    assert "ReservedConcurrentExecutions" not in function
    (function,) = render(source, ReservedConcurrency="7").of_type("AWS::Lambda::Function").values()
    assert int(function["ReservedConcurrentExecutions"]) == 7


def the_alias_is_what_was_deployed(source: Template) -> None:
    """It points to a version of this very configuration: a change of code, layer or setting publishes one.

    SAM names a version after the text of the function's properties, in which a parameter is its name. So a
    parameter that the configuration knows must show in the version's description as well.
    """
    before = render(source)
    assert before["VendAliaslive"]["Name"] == "live"
    version = _version(before)[0]
    assert before["VendAliaslive"]["FunctionVersion"] == f"<{version}.Version>"
    for name in source["Parameters"]:
        after = render(source, **{name: _OTHERWISE[name]})
        if _configuration(after) != _configuration(before):
            assert _version(after) != _version(before), name
    for name in ("Vend", "ContractLayer", "GrantsLayer"):
        changed = copy.deepcopy(source)
        properties = changed["Resources"][name]["Properties"]
        properties["CodeUri" if name == "Vend" else "ContentUri"] = "s3://artifacts/other.zip"
        assert _version(render(changed))[0] != version, name


def snapshots_are_a_choice(source: Template) -> None:
    """None by default; of published versions where they are asked for."""
    assert "SnapStart" not in render(source)["Vend"]
    assert render(source, SnapStart="PublishedVersions")["Vend"]["SnapStart"] == {
        "ApplyOn": "PublishedVersions"
    }


def the_environment_is_known(source: Template) -> None:
    """These variables and no more: nothing secret, nothing that logs events or captures replies."""
    (function,) = render(source).of_type("AWS::Lambda::Function").values()
    variables = function["Environment"]["Variables"]
    assert variables == {
        "HUBSPOKE_ENVIRONMENT": "prod",
        "HUBSPOKE_VERSION": variables["HUBSPOKE_VERSION"],
        "HUBSPOKE_LEDGER_TABLE": "<Ledger>",
        "HUBSPOKE_QUARANTINE_TABLE": "<Quarantine>",
        "HUBSPOKE_RATES_TABLE": "<Rates>",
        "HUBSPOKE_BUNDLE_BUCKET": "<BundleBucket>",
        "HUBSPOKE_BUNDLE_KEY": "bundle.json",
        "HUBSPOKE_BUNDLE_OWNER": HUB,
        "HUBSPOKE_BUNDLE_MAX_AGE": 900,
        "POWERTOOLS_LOGGER_LOG_EVENT": "false",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
    }


def the_client_layer_is_not_attached(source: Template) -> None:
    """Its urllib3 would shadow boto3's; the function has the contract and the grants alone."""
    (function,) = render(source).of_type("AWS::Lambda::Function").values()
    assert [re.sub("[0-9a-f]{10}>$", ">", layer) for layer in function["Layers"]] == [
        "<ContractLayer>",
        "<GrantsLayer>",
    ]


def the_organization_may_attach_the_clients_layers(source: Template) -> None:
    """Where there is one, nobody outside it; and the grants' layer is nobody's."""
    for parameters in VARIANTS:
        resources = render(source, **parameters).resources.values()
        permissions = [each for each in resources if each["Type"] == "AWS::Lambda::LayerVersionPermission"]
        shared = sorted(each["Properties"].pop("LayerVersionArn") for each in permissions)
        if parameters is not IN_ORGANIZATION:
            assert shared == []
            continue
        # SAM names a layer by its own name and a digest of it.
        assert [re.sub("[0-9a-f]{10}>", ">", arn) for arn in shared] == ["<ClientLayer>", "<ContractLayer>"]
        for each in permissions:
            # Functions may still attach a version after the next one is deployed.
            assert each["DeletionPolicy"] == each["UpdateReplacePolicy"] == "Retain"
            assert each["Properties"] == {
                "Action": "lambda:GetLayerVersion",
                "Principal": "*",
                "OrganizationId": ORGANIZATION,
            }


def tables_are_kept(source: Template) -> None:
    """Tables are encrypted, on demand, expiring; what is not counts is recoverable and outlives the stack."""
    rendered = render(source)
    keys = {"Ledger": "VendId", "Quarantine": "Subject", "Rates": "Window"}
    assert set(rendered.of_type("AWS::DynamoDB::Table")) == set(keys)
    for name, key in keys.items():
        table = rendered[name]
        assert table["KeySchema"] == [{"AttributeName": key, "KeyType": "HASH"}]
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ExpiresAt", "Enabled": True}
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"
    for name in ("Ledger", "Quarantine"):
        table = rendered[name]
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["DeletionProtectionEnabled"] is True
        assert rendered.resources[name]["DeletionPolicy"] == "Retain"
        assert rendered.resources[name]["UpdateReplacePolicy"] == "Retain"


def the_ledger_is_found_by_its_indexes(source: Template) -> None:
    """Each index that the contract reads by is there, sorted by the vend's id, and holds keys alone."""
    rendered = render(source)
    now = datetime.now(UTC)
    asked = (
        Criteria(now, now, access_key_id="ASIA"),
        Criteria(now, now, principal="x"),
        Criteria(now, now, account=AccountId("222222222222")),
        Criteria(now, now),
    )
    indexes = {index: key for index, key, _ in (each.index() for each in asked)}
    assert {
        each["IndexName"]: each["KeySchema"] for each in rendered["Ledger"]["GlobalSecondaryIndexes"]
    } == {
        index: [
            {"AttributeName": key, "KeyType": "HASH"},
            {"AttributeName": "VendId", "KeyType": "RANGE"},
        ]
        for index, key in indexes.items()
    }
    for each in rendered["Ledger"]["GlobalSecondaryIndexes"]:
        assert each["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    for name in ("Quarantine", "Rates"):
        assert "GlobalSecondaryIndexes" not in rendered[name]


def the_bundle_bucket_is_closed(source: Template) -> None:
    """Versioned, encrypted, private, over TLS alone, kept."""
    rendered = render(source)
    (bucket,) = rendered.of_type("AWS::S3::Bucket").values()
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rendered.resources["BundleBucket"]["DeletionPolicy"] == "Retain"
    (policy,) = rendered.of_type("AWS::S3::BucketPolicy").values()
    assert policy["Bucket"] == "<BundleBucket>"
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == ["<BundleBucket.Arn>", "<BundleBucket.Arn>/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def logs_last_a_year(source: Template) -> None:
    """The function and the API write to groups of the stack, for a year at least, that outlive it."""
    rendered = render(source)
    groups = rendered.of_type("AWS::Logs::LogGroup")
    assert set(groups) == {"VendLogGroup", "ApiLogGroup"}
    for name, group in groups.items():
        assert int(group["RetentionInDays"]) >= 365
        assert rendered.resources[name]["DeletionPolicy"] == "Retain"
    assert min(source["Parameters"]["LogRetentionDays"]["AllowedValues"]) >= 365
    (function,) = rendered.of_type("AWS::Lambda::Function").values()
    assert function["LoggingConfig"]["LogGroup"] == "<VendLogGroup>"


def plain_http_is_denied(source: Template) -> None:
    """Whoever calls, and whatever else the resource policy says."""
    for parameters in VARIANTS:
        policy = _api_policy(render(source, **parameters))
        for account in (HUB, "222222222222"):
            assert _decision(policy, account, ORGANIZATION, tls=False) == "Deny"


def an_organization_is_the_limit(source: Template) -> None:
    """With one: its members may call, all others are denied, and the hub's own account goes by IAM."""
    policy = _api_policy(render(source, **IN_ORGANIZATION))
    assert _decision(policy, "222222222222", ORGANIZATION) == "Allow"
    assert _decision(policy, "222222222222", "o-zzzzzzzzzz") == "Deny"
    assert _decision(policy, "222222222222", None) == "Deny"
    assert _decision(policy, HUB, ORGANIZATION) == "ImplicitDeny"
    # Either statement alone would keep others out.
    policy["Statement"] = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert _decision(policy, "222222222222", "o-zzzzzzzzzz") == "ImplicitDeny"


def without_one_accounts_are_listed(source: Template) -> None:
    """Without one: the listed accounts may call; nobody is let in or shut out by a missing organization."""
    policy = _api_policy(render(source, **LISTED))
    assert "OrgID" not in json.dumps(policy)
    assert _decision(policy, "222222222222", None) == "Allow"
    assert _decision(policy, "333333333333", "o-zzzzzzzzzz") == "Allow"
    assert _decision(policy, "444444444444", None) == "ImplicitDeny"
    assert _decision(policy, HUB, None) == "ImplicitDeny"


def by_default_only_the_hub_account_calls(source: Template) -> None:
    """Neither organization nor accounts given: nobody from outside, and the hub's own by IAM."""
    policy = _api_policy(render(source))
    assert "OrgID" not in json.dumps(policy)
    for account in (HUB, "222222222222"):
        assert _decision(policy, account, ORGANIZATION) == "ImplicitDeny"


def arns_fit_every_partition(source: Template) -> None:
    """Nothing in the source assumes the commercial partition."""
    assert "arn:aws:" not in json.dumps(source, default=str)


CHECKS = (
    every_method_demands_iam,
    the_gateway_invokes_as_itself,
    there_is_one_stage,
    the_stage_keeps_nothing,
    the_stage_throttles,
    the_access_log_has_fixed_fields,
    only_the_gateway_may_invoke,
    the_function_is_bounded,
    the_alias_is_what_was_deployed,
    snapshots_are_a_choice,
    the_environment_is_known,
    the_client_layer_is_not_attached,
    the_organization_may_attach_the_clients_layers,
    tables_are_kept,
    the_ledger_is_found_by_its_indexes,
    the_bundle_bucket_is_closed,
    logs_last_a_year,
    plain_http_is_denied,
    an_organization_is_the_limit,
    without_one_accounts_are_listed,
    by_default_only_the_hub_account_calls,
    arns_fit_every_partition,
)


_OTHERWISE = {
    "Environment": "staging",
    "SpokeRolePath": "/other/",
    "SpokeRoleNamePattern": "automation-*",
    "OrganizationId": ORGANIZATION,
    "CallerAccounts": "222222222222",
    "ThrottleRate": "7",
    "ThrottleBurst": "7",
    "ReservedConcurrency": "7",
    "BundleMaxAge": "300",
    "LogRetentionDays": "400",
    "ApiGatewayLogRole": "existing",
    "AlarmTopicArn": "arn:aws:sns:eu-west-1:111111111111:alarms",
    "DenialsAlarm": "7",
    "KmsKeyArn": "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001",
    "SnapStart": "PublishedVersions",
    "Inventory": "on",
    "OrganizationReaderRoleArn": "arn:aws:iam::999999999999:role/hubspoke-organization-reader",
    "OrganizationManagementAccount": "999999999999",
    "InventoryShrinkMax": "7",
    "TrailBucketName": "org-trail",
    "TrailPrefix": "org/",
    "TrailAccounts": "222222222222",
    "TrailRegions": "eu-west-1,us-east-1",
    "LogQueries": "saved",
}
"""For each parameter, a value that is not its default."""


def _configuration(rendered: Rendered) -> dict[str, Any]:
    """Return what a version freezes of the function. Concurrency is kept for all versions together."""
    return {key: each for key, each in rendered["Vend"].items() if key != "ReservedConcurrentExecutions"}


def _version(rendered: Rendered) -> tuple[str, Any]:
    ((name, properties),) = rendered.of_type("AWS::Lambda::Version").items()
    return name, properties.get("Description")


def _api_policy(rendered: Rendered) -> dict[str, Any]:
    policy: dict[str, Any] = rendered["Api"]["Body"]["x-amazon-apigateway-policy"]
    return policy


def _decision(policy: dict[str, Any], account: str, organization: str | None, *, tls: bool = True) -> str:
    """Evaluate the resource policy by itself for a role of an account."""
    return evaluate_resource_policy(
        policy,
        EvalContext(
            principal_arn=f"arn:aws:iam::{account}:role/caller",
            principal_type="AssumedRole",
            principal_account=account,
            action="execute-api:Invoke",
            resource_arn="execute-api:/prod/GET/v1/roles",
            region="eu-west-1",
            secure_transport=tls,
            principal_keys={"aws:principalorgid": organization},
        ),
    ).decision
