"""What the hub's template says of the inventory: nothing where it is off, and just this where it is on.

As in ``hub_checks``, a check takes the template's source, and a spoiled one fails it. That it alone writes
the bundle, under the ceiling of its own boundary, is among ``permission_checks``.
"""

import contextlib
import io
import json
import re
from typing import Any

from aws_lambda_powertools import Metrics

from inventory.records import Failure, count
from inventory.renewal import Renewal
from inventory.settings import Settings
from tests.template.permission_checks import (
    BUNDLE,
    INVENTORY,
    INVENTORY_BY_ROLE,
    KEY,
    READER,
    WITH_INVENTORY,
    WITH_KEY,
    own_statements,
    terms,
)
from tests.template.rendering import HUB, Rendered, Template, render

MANAGEMENT = "999999999999"
READS = [
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
]
ALARMS = {
    "InventoryFailures": ("InventoryFailed", "Sum", "GreaterThanOrEqualToThreshold", 1, 1, "notBreaching"),
    "InventoryStale": ("InventoryRenewed", "Sum", "LessThanThreshold", 1, 3, "breaching"),
    "InventoryTagsUnread": (
        "AccountTagsUnread",
        "Minimum",
        "GreaterThanOrEqualToThreshold",
        1,
        24,
        "missing",
    ),
}
OUTPUTS = {"InventoryRoleArn", "OrganizationBusArn"}


def off_is_as_if_it_were_not_there(source: Template) -> None:
    """By default, and whatever else is given, no resource of it is made."""
    assert source["Parameters"]["Inventory"]["Default"] == "off"
    assert source["Parameters"]["Inventory"]["AllowedValues"] == ["off", "on"]
    rest = {name: value for name, value in INVENTORY_BY_ROLE.items() if name != "Inventory"}
    assert _names(render(source)) == _names(render(source, **rest))
    found = {*render(source, **INVENTORY_BY_ROLE).resources} - {*render(source).resources}
    assert {name for name in found if name.startswith("Inventory")} == {
        *("InventoryFunction", "InventoryFunctionEveryHour", "InventoryFunctionEveryHourPermission"),
        *("InventoryFunctionEventInvokeConfig", "InventoryLogGroup", "InventoryRole", "InventoryBoundary"),
        *ALARMS,
    }
    for name in OUTPUTS:
        assert source["Outputs"][name]["Condition"] in ("HasInventory", "HearsOfAccounts")


def it_is_bounded(source: Template) -> None:
    """The runtime, the time and the layers that are meant; one at a time, where concurrency is kept."""
    function = render(source, **WITH_INVENTORY)["InventoryFunction"]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["Handler"] == "inventory.handler.handler"
    assert function["Timeout"] == 900
    assert function["Role"] == "<InventoryRole.Arn>"
    assert function["LoggingConfig"] == {"LogGroup": "<InventoryLogGroup>"}
    assert [re.sub("[0-9a-f]{10}>$", ">", each) for each in function["Layers"]] == [
        "<ContractLayer>",
        "<GrantsLayer>",
    ]
    assert "ReservedConcurrentExecutions" not in function
    kept = render(source, **WITH_INVENTORY, ReservedConcurrency="7")["InventoryFunction"]
    assert kept["ReservedConcurrentExecutions"] == 1
    group = render(source, **WITH_INVENTORY)["InventoryLogGroup"]
    assert int(group["RetentionInDays"]) >= 365


def its_environment_is_known(source: Template) -> None:
    """What the function reads at start, and it starts with that."""
    variables = render(source, **INVENTORY_BY_ROLE)["InventoryFunction"]["Environment"]["Variables"]
    assert variables == {
        "HUBSPOKE_ENVIRONMENT": "prod",
        "HUBSPOKE_BUNDLE_BUCKET": "<BundleBucket>",
        "HUBSPOKE_BUNDLE_KEY": "bundle.json",
        "HUBSPOKE_BUNDLE_OWNER": HUB,
        "HUBSPOKE_ORGANIZATION_READER_ROLE": READER,
        "HUBSPOKE_INVENTORY_SHRINK_MAX": 20,
        "POWERTOOLS_LOGGER_LOG_EVENT": "false",
    }
    settings = Settings.read(
        {key: str(each) for key, each in variables.items()} | {"AWS_REGION": "eu-west-1"}
    )
    assert (settings.reader_role, settings.shrink_max) == (READER, 20)
    assert settings.metrics_namespace == "Hubspoke/prod"


def its_role_may_do_just_this(source: Template) -> None:
    """Read the organization by one way, renew one object, write its log; with a key, use that through S3."""
    log = (["logs:CreateLogStream", "logs:PutLogEvents"], "<InventoryLogGroup.Arn>", None)
    bundle = (["s3:GetObject", "s3:PutObject"], BUNDLE, None)
    s3 = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    its_own = {"StringLike": {"kms:EncryptionContext:aws:lambda:FunctionArn": [INVENTORY, f"{INVENTORY}:*"]}}
    assert _may(render(source, **WITH_INVENTORY)) == [(READS, "*", None), bundle, log]
    assert _may(render(source, **INVENTORY_BY_ROLE, **WITH_KEY)) == [
        (["sts:AssumeRole"], READER, None),
        bundle,
        log,
        (["kms:Decrypt", "kms:GenerateDataKey"], KEY, s3),
        (["kms:Decrypt"], KEY, its_own),
    ]


def only_its_schedule_and_its_bus_wake_it(source: Template) -> None:
    """Every hour; and by the bus, which only the management account may put events on."""
    rendered = render(source, **INVENTORY_BY_ROLE)
    rules = rendered.of_type("AWS::Events::Rule")
    assert set(rules) == {"InventoryFunctionEveryHour", "AccountsChanged"}
    assert rules["InventoryFunctionEveryHour"]["ScheduleExpression"] == "rate(1 hour)"
    changed = rules["AccountsChanged"]
    assert changed["EventBusName"] == "<OrganizationBus>"
    assert changed["EventPattern"]["account"] == [MANAGEMENT]
    assert changed["EventPattern"]["source"] == ["aws.organizations"]
    assert [target["Arn"] for target in changed["Targets"]] == ["<InventoryFunction.Arn>"]
    (policy,) = rendered.of_type("AWS::Events::EventBusPolicy").values()
    assert policy["Statement"] == {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"},
        "Action": "events:PutEvents",
        "Resource": "<OrganizationBus.Arn>",
    }
    invokers = {
        name: (each["Principal"], each["SourceArn"])
        for name, each in rendered.of_type("AWS::Lambda::Permission").items()
        if each["FunctionName"] == "<InventoryFunction>"
    }
    assert invokers == {
        "InventoryFunctionEveryHourPermission": (
            "events.amazonaws.com",
            "<InventoryFunctionEveryHour.Arn>",
        ),
        "AccountsChangedPermission": ("events.amazonaws.com", "<AccountsChanged.Arn>"),
    }
    alone = render(source, **WITH_INVENTORY)
    assert not alone.of_type("AWS::Events::EventBus")
    assert set(alone.of_type("AWS::Events::Rule")) == {"InventoryFunctionEveryHour"}


def a_failed_run_is_not_repeated(source: Template) -> None:
    """It alarms; the next hour is the next try, and what waited for an hour is let go."""
    (config,) = render(source, **WITH_INVENTORY).of_type("AWS::Lambda::EventInvokeConfig").values()
    assert config["MaximumRetryAttempts"] == 0
    assert config["MaximumEventAgeInSeconds"] == 3600


def each_trouble_has_its_alarm(source: Template) -> None:
    """Failed, silent for three hours, tags unread for a day; of metrics that the function emits."""
    rendered = render(source, **WITH_INVENTORY, AlarmTopicArn=f"arn:aws:sns:eu-west-1:{HUB}:alarms")
    others = render(source).of_type("AWS::CloudWatch::Alarm")
    found = {
        name: each for name, each in rendered.of_type("AWS::CloudWatch::Alarm").items() if name not in others
    }
    assert {
        name: (
            each["MetricName"],
            each["Statistic"],
            each["ComparisonOperator"],
            each["Threshold"],
            each["EvaluationPeriods"],
            each["TreatMissingData"],
        )
        for name, each in found.items()
    } == ALARMS
    for name, each in found.items():
        assert each["Period"] == (300 if name == "InventoryFailures" else 3600)
        assert each["Namespace"] == "Hubspoke/prod"
        assert each["Dimensions"] == [{"Name": "service", "Value": "hubspoke"}]
        assert each["AlarmActions"] == [f"arn:aws:sns:eu-west-1:{HUB}:alarms"]
        assert each["AlarmDescription"]
        assert each["MetricName"] in _emitted()


CHECKS = (
    off_is_as_if_it_were_not_there,
    it_is_bounded,
    its_environment_is_known,
    its_role_may_do_just_this,
    only_its_schedule_and_its_bus_wake_it,
    a_failed_run_is_not_repeated,
    each_trouble_has_its_alarm,
)


def _names(rendered: Rendered) -> set[str]:
    # SAM names a deployment by a digest of the API, which it doesn't write in the same order each time.
    return {re.sub("^(ApiDeployment)[0-9a-f]{10}$", r"\1", name) for name in rendered.resources}


def _may(rendered: Rendered) -> list[Any]:
    return [terms(each) for each in own_statements(rendered["InventoryRole"])]


def _emitted() -> set[str]:
    names = set()
    for ended in (Failure("Internal", "x"), Renewal(1, (), (), "v", written=False)):
        with contextlib.redirect_stdout(io.StringIO()) as lines:
            count(ended, Metrics(namespace="x", service="hubspoke"))
        (directive,) = json.loads(lines.getvalue())["_aws"]["CloudWatchMetrics"]
        names |= {metric["Name"] for metric in directive["Metrics"]}
    return names
