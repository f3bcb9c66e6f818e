"""The hub's template holds to every check, and each check notices what it is there to notice."""

import tomllib
from collections.abc import Callable

import pytest

from hubspoke_local.accounts import PROJECT
from tests.template import hub_checks as checks
from tests.template.mutations import add_resource, drop, insert, put
from tests.template.rendering import Mutation, Template, hub_template, render

Check = Callable[[Template], None]


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_the_template_holds(check: Check) -> None:
    check(hub_template())


API = ("Api", "Properties")
RULES = (*API, "Auth", "ResourcePolicy", "CustomStatements")
SETTINGS = (*API, "MethodSettings", 0)
VEND = ("Vend", "Properties")
NOTHING = {"Ref": "AWS::NoValue"}
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
FORMAT = '{"id":"$context.requestId","auth":"$context.authorizer.claims"}'
OLD_GROUP = {"LogGroupName": "/x", "RetentionInDays": 30}

MUTATIONS: tuple[tuple[Check, str, Mutation], ...] = (
    (checks.every_method_demands_iam, "no authorizer", drop(*API, "Auth", "DefaultAuthorizer")),
    (
        checks.every_method_demands_iam,
        "one open route",
        put(*VEND, "Events", "GetHealth", "Properties", "Auth", to={"Authorizer": "NONE"}),
    ),
    (checks.every_method_demands_iam, "a missing route", drop(*VEND, "Events", "GetRoles")),
    (checks.the_gateway_invokes_as_itself, "SAM's default", drop(*API, "Auth", "InvokeRole")),
    (checks.there_is_one_stage, "SAM's second stage", drop(*API, "OpenApiVersion")),
    (checks.the_stage_keeps_nothing, "data trace", put(*SETTINGS, "DataTraceEnabled", to=True)),
    (checks.the_stage_keeps_nothing, "cache", put(*SETTINGS, "CachingEnabled", to=True)),
    (checks.the_stage_keeps_nothing, "cache cluster", put(*API, "CacheClusterEnabled", to=True)),
    (checks.the_stage_keeps_nothing, "info level", put(*SETTINGS, "LoggingLevel", to="INFO")),
    (checks.the_stage_keeps_nothing, "one path only", put(*SETTINGS, "ResourcePath", to="/v1/roles")),
    (checks.the_stage_throttles, "no rate", put(*SETTINGS, "ThrottlingRateLimit", to=10000)),
    (checks.the_access_log_has_fixed_fields, "more", put(*API, "AccessLogSetting", "Format", to=FORMAT)),
    (
        checks.only_the_gateway_may_invoke,
        "a URL",
        put(*VEND, "FunctionUrlConfig", to={"AuthType": "AWS_IAM"}),
    ),
    (
        checks.only_the_gateway_may_invoke,
        "an account",
        add_resource(
            "Door",
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Vend"},
            Principal="222222222222",
        ),
    ),
    (
        checks.the_organization_may_attach_the_clients_layers,
        "everybody",
        drop("ClientLayerForTheOrganization", "Properties", "OrganizationId"),
    ),
    (
        checks.the_organization_may_attach_the_clients_layers,
        "without an organization",
        drop("ContractLayerForTheOrganization", "Condition"),
    ),
    (
        checks.the_organization_may_attach_the_clients_layers,
        "the grants too",
        put("ClientLayerForTheOrganization", "Properties", "LayerVersionArn", to={"Ref": "GrantsLayer"}),
    ),
    (checks.the_function_is_bounded, "as slow as the gateway", put(*VEND, "Timeout", to=29)),
    (checks.the_function_is_bounded, "kept", put(*VEND, "ReservedConcurrentExecutions", to=10)),
    (checks.only_the_gateway_may_invoke, "no alias", drop(*VEND, "AutoPublishAlias")),
    (
        checks.the_alias_is_what_was_deployed,
        "settings don't publish",
        drop(*VEND, "VersionDescription"),
    ),
    (
        checks.the_alias_is_what_was_deployed,
        "one parameter doesn't publish",
        put(*VEND, "VersionDescription", to={"Fn::Sub": "${Environment} ${SnapStart} ${KmsKeyArn}"}),
    ),
    (
        checks.the_alias_is_what_was_deployed,
        "another parameter comes in",
        put(*VEND, "Environment", "Variables", "RATE", to={"Ref": "ThrottleRate"}),
    ),
    (
        checks.the_alias_is_what_was_deployed,
        "a layer doesn't publish",
        drop("GrantsLayer", "Properties", "PublishLambdaVersion"),
    ),
    (checks.snapshots_are_a_choice, "always", put(*VEND, "SnapStart", to={"ApplyOn": "PublishedVersions"})),
    (checks.snapshots_are_a_choice, "never", drop(*VEND, "SnapStart")),
    (
        checks.the_environment_is_known,
        "logs events",
        put(*VEND, "Environment", "Variables", "POWERTOOLS_LOGGER_LOG_EVENT", to="true"),
    ),
    (
        checks.the_environment_is_known,
        "takes its grants from another account's bucket",
        put(*VEND, "Environment", "Variables", "HUBSPOKE_BUNDLE_OWNER", to="999999999999"),
    ),
    (
        checks.the_environment_is_known,
        "a secret",
        put(*VEND, "Environment", "Variables", "EXTERNAL_ID", to="abc"),
    ),
    (
        checks.the_client_layer_is_not_attached,
        "attached",
        insert(*VEND, "Layers", value={"Ref": "ClientLayer"}),
    ),
    (
        checks.tables_are_kept,
        "no recovery",
        drop("Ledger", "Properties", "PointInTimeRecoverySpecification"),
    ),
    (checks.tables_are_kept, "another TTL", put("Ledger", "Properties", "TimeToLiveSpecification", to={})),
    (checks.tables_are_kept, "lost", drop("Quarantine", "DeletionPolicy")),
    (checks.tables_are_kept, "unprotected", drop("Quarantine", "Properties", "DeletionProtectionEnabled")),
    (
        checks.the_ledger_is_found_by_its_indexes,
        "an index less",
        drop("Ledger", "Properties", "GlobalSecondaryIndexes", 3),
    ),
    (
        checks.the_ledger_is_found_by_its_indexes,
        "whole rows in an index",
        put(
            *("Ledger", "Properties", "GlobalSecondaryIndexes", 0, "Projection"),
            to={"ProjectionType": "ALL"},
        ),
    ),
    (
        checks.the_bundle_bucket_is_closed,
        "unversioned",
        drop("BundleBucket", "Properties", "VersioningConfiguration"),
    ),
    (
        checks.the_bundle_bucket_is_closed,
        "public",
        put("BundleBucket", "Properties", "PublicAccessBlockConfiguration", "BlockPublicPolicy", to=False),
    ),
    (
        checks.the_bundle_bucket_is_closed,
        "plain HTTP",
        drop("BundleBucketPolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition"),
    ),
    (
        checks.logs_last_a_year,
        "a month",
        put("VendLogGroup", "Properties", "RetentionInDays", to=30),
    ),
    (checks.logs_last_a_year, "another group", add_resource("Old", "AWS::Logs::LogGroup", **OLD_GROUP)),
    (checks.logs_last_a_year, "Lambda's own group", drop(*VEND, "LoggingConfig")),
    (
        checks.plain_http_is_denied,
        "allowed",
        put(*RULES, 0, "Condition", "Bool", "aws:SecureTransport", to="true"),
    ),
    (checks.an_organization_is_the_limit, "no Deny", drop(*RULES, 2)),
    (
        checks.an_organization_is_the_limit,
        "the hub's account too",
        drop(*RULES, 1, "Fn::If", 1, "Condition", "StringNotEquals"),
    ),
    (
        checks.an_organization_is_the_limit,
        "every organization",
        drop(*RULES, 1, "Fn::If", 1, "Condition", "StringEquals"),
    ),
    (checks.without_one_accounts_are_listed, "everyone", put(*RULES, 3, to=OPEN)),
    (
        checks.without_one_accounts_are_listed,
        "the Deny stands without an organization",
        put(*RULES, 2, "Fn::If", 2, to={**OPEN, "Effect": "Deny"}),
    ),
    (checks.without_one_accounts_are_listed, "nobody", put(*RULES, 3, to=NOTHING)),
    (checks.by_default_only_the_hub_account_calls, "everyone", insert(*RULES, value=OPEN)),
    (checks.arns_fit_every_partition, "one", put(*VEND, "Description", to="arn:aws:iam::1:role/x")),
)


@pytest.mark.parametrize(
    ("check", "mutate"),
    [(check, mutate) for check, _, mutate in MUTATIONS],
    ids=[f"{check.__name__}-{name.replace(' ', '-')}" for check, name, _ in MUTATIONS],
)
def test_a_spoiled_template_is_noticed(check: Check, mutate: Mutation) -> None:
    source = hub_template()
    mutate(source)
    with pytest.raises((AssertionError, ValueError, KeyError)):
        check(source)


def test_every_check_has_a_mutation() -> None:
    assert {check for check, _, _ in MUTATIONS} == set(checks.CHECKS)


def test_the_version_is_the_distributions() -> None:
    (function,) = render(hub_template()).of_type("AWS::Lambda::Function").values()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert function["Environment"]["Variables"]["HUBSPOKE_VERSION"] == project["version"]


@pytest.mark.parametrize(
    "folder", ["functions/vend", "functions/inventory", "layers/grants", "layers/client"]
)
def test_sam_build_finds_the_pinned_requirements(folder: str) -> None:
    requirements = PROJECT / folder / "requirements.txt"
    assert requirements.is_symlink()
    assert not requirements.readlink().is_absolute()
    assert requirements.resolve().parent == PROJECT / "requirements"
    assert "--hash=sha256:" in requirements.read_text()


def test_the_api_gateway_role_can_be_left_alone() -> None:
    assert "ApiGatewayAccount" in render(hub_template()).resources
    kept = render(hub_template(), ApiGatewayLogRole="existing").resources
    assert not {"ApiGatewayAccount", "ApiGatewayLogs"} & set(kept)
