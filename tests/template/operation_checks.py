"""What the hub's template watches, shows and names: alarms, dashboard, names that stay apart.

As in ``hub_checks``, a check takes the template's source, and a spoiled one fails it.
"""

import contextlib
import io
import itertools
import json
import re
from typing import Any

from aws_lambda_powertools import Metrics

from hubspoke_contract.errors import Problem
from tests.template.rendering import HUB, Rendered, Template, render
from vending.audit import Audit
from vending.settings import Settings

TOPIC = f"arn:aws:sns:eu-west-1:{HUB}:alarms"
OURS = "ours"
NOT_BREACHING, IGNORE = "notBreaching", "ignore"
ALARMS = {
    "FunctionErrors": ("AWS/Lambda", "Errors", "Sum", 1, NOT_BREACHING),
    "FunctionThrottles": ("AWS/Lambda", "Throttles", "Sum", 1, NOT_BREACHING),
    "FunctionSlow": ("AWS/Lambda", "Duration", "p99", 20_000, NOT_BREACHING),
    "ApiServerErrors": ("AWS/ApiGateway", "5XXError", "Average", 0.05, NOT_BREACHING),
    "ApiThrottled": (OURS, "ApiThrottled", "Sum", 1, NOT_BREACHING),
    "StsThrottled": (OURS, "StsThrottled", "Sum", 1, NOT_BREACHING),
    "Denials": (OURS, "AccessDenied", "Sum", 50, NOT_BREACHING),
    "SpokeRefusals": (OURS, "SpokeRefused", "Sum", 10, NOT_BREACHING),
    "LedgerFailures": (OURS, "LedgerUnavailable", "Sum", 1, NOT_BREACHING),
    "GrantsUnavailable": (OURS, "GrantsUnavailable", "Sum", 1, NOT_BREACHING),
    "BundleAging": (OURS, "BundleAgeShare", "Maximum", 50, IGNORE),
    "PackedPolicySize": (OURS, "PackedPolicySize", "Maximum", 80, NOT_BREACHING),
    "PolicyErrors": (OURS, "PolicyError", "Sum", 1, NOT_BREACHING),
    "StsRepliesInvalid": (OURS, "StsReplyInvalid", "Sum", 1, NOT_BREACHING),
    "InternalFaults": (OURS, "Internal", "Sum", 1, NOT_BREACHING),
}

AWS_METRICS = {
    # Lambda developer guide, "Types of metrics for Lambda functions".
    "AWS/Lambda": (
        {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"},
        {"FunctionName": "<Vend>"},
    ),
    # API Gateway developer guide, "Amazon API Gateway dimensions and metrics".
    "AWS/ApiGateway": (
        {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"},
        {"ApiName": "hubspoke-{environment}", "Stage": "{environment}"},
    ),
}
"""What AWS documents of the metrics that REST APIs and functions have, and under which dimensions we ask."""

PLACES = tuple(itertools.product(("prod", "staging"), ("eu-west-1", "us-east-1")))
_LONG_NAMED = ("a" * 12, "ap-southeast-99")


def each_trouble_has_its_alarm(source: Template) -> None:
    """Every alarm there is to be: of which metric, at which value, and what no data means."""
    rendered = render(source)
    found = {
        name: (
            OURS if alarm["Namespace"] == _namespace(rendered) else alarm["Namespace"],
            alarm["MetricName"],
            alarm.get("Statistic", alarm.get("ExtendedStatistic")),
            float(alarm["Threshold"]),
            alarm["TreatMissingData"],
        )
        for name, alarm in rendered.of_type("AWS::CloudWatch::Alarm").items()
    }
    assert found == ALARMS
    for alarm in rendered.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["AlarmDescription"]
        # One bad period is enough, unless it takes two of three.
        assert alarm.get("DatapointsToAlarm", 1) == {1: 1, 3: 2}[alarm["EvaluationPeriods"]]
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= 900
    assert int(render(source, DenialsAlarm="7")["Denials"]["Threshold"]) == 7


def alarms_go_where_they_are_told(source: Template) -> None:
    """To the topic, where there is one; without one they have no actions."""
    for alarm in render(source).of_type("AWS::CloudWatch::Alarm").values():
        assert not {"AlarmActions", "OKActions", "InsufficientDataActions"} & set(alarm)
        assert alarm.get("ActionsEnabled", True) is True
    for alarm in render(source, AlarmTopicArn=TOPIC).of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [TOPIC]


def alarms_come_before_the_limit(source: Template) -> None:
    """Slow, aging and large are said while requests still succeed, with a whole period left to act."""
    rendered = render(source)
    assert rendered["FunctionSlow"]["Threshold"] < 25_000 < rendered["Vend"]["Timeout"] * 1000
    aging = rendered["BundleAging"]
    least = source["Parameters"]["BundleMaxAge"]["MinValue"]
    assert least * aging["Threshold"] / 100 >= aging["Period"]
    # Not earlier than a look every ten seconds and a request of 25 can make it: that would be a false one.
    assert least * aging["Threshold"] / 100 > 10 + 25
    assert rendered["PackedPolicySize"]["Threshold"] < 100


def the_packed_size_is_the_largest_of_all_profiles(source: Template) -> None:
    """The alarm looks at what every vend emits, and says how to find the profile."""
    packed = render(source)["PackedPolicySize"]
    assert packed["Dimensions"] == [{"Name": "service", "Value": "hubspoke"}]
    assert packed["Statistic"] == "Maximum"
    assert "hubspoke-admin vends --packed" in packed["AlarmDescription"]


def packed_sizes_are_shown_by_profile(source: Template) -> None:
    """One widget finds the metric of every profile, as the function emits it, in this environment alone."""
    for environment, region in PLACES:
        rendered = _at(source, environment, region)
        (widget,) = [each for each in _widgets(rendered) if _expressions(each)]
        (expression,) = _expressions(widget)
        found = re.fullmatch(
            r"""SEARCH\('\{"(.+?)",(.+?)\} MetricName="(.+?)" service="(.+?)"', 'Maximum', 300\)""",
            expression["expression"],
        )
        assert found is not None
        emitted, directive = _emitted_by_profile(_namespace(rendered))
        namespace, dimensions, name, service = found.groups()
        assert (namespace, [dimensions.split(",")]) == (directive["Namespace"], directive["Dimensions"])
        assert [name] == [metric["Name"] for metric in directive["Metrics"]]
        assert service == emitted["service"]
        # An expression's label stands before each line's own, which is then the profile.
        assert expression["label"] == ""
        levels = {each["value"] for each in widget["annotations"]["horizontal"]}
        assert levels == {rendered["PackedPolicySize"]["Threshold"], 100}


def the_throttle_filter_reads_the_access_log(source: Template) -> None:
    """It matches the field that holds the gateway's own word for throttling, in this hub's log."""
    rendered = render(source)
    (found,) = rendered.of_type("AWS::Logs::MetricFilter").values()
    (stage,) = rendered.of_type("AWS::ApiGateway::Stage").values()
    assert stage["AccessLogSetting"]["DestinationArn"] == "<ApiLogGroup.Arn>"
    assert found["LogGroupName"] == "<ApiLogGroup>"
    assert found["FilterPattern"] == '{ $.error = "THROTTLED" }'
    assert json.loads(stage["AccessLogSetting"]["Format"])["error"] == "$context.error.responseType"
    (transformation,) = found["MetricTransformations"]
    assert transformation["MetricValue"] == "1"
    assert transformation["MetricNamespace"] == _namespace(rendered)


def every_metric_is_emitted(source: Template) -> None:
    """What alarms and dashboard name is what the function emits, the log's filter makes, or AWS documents."""
    for environment, region in PLACES:
        rendered = _at(source, environment, region)
        emitted = _emitted()
        filtered = {
            (each["MetricNamespace"], each["MetricName"])
            for found in rendered.of_type("AWS::Logs::MetricFilter").values()
            for each in found["MetricTransformations"]
        }
        for namespace, name, dimensions in _alarmed(rendered) + _shown(rendered):
            if namespace == _namespace(rendered) and (namespace, name) not in filtered:
                assert name in emitted
                assert dimensions == {"service": "hubspoke"}
            elif (namespace, name) in filtered:
                assert dimensions == {}
            else:
                names, expected = AWS_METRICS[namespace]
                assert name in names
                assert dimensions == {
                    key: value.format(environment=environment) for key, value in expected.items()
                }


def the_dashboard_is_of_its_place(source: Template) -> None:
    """Valid JSON, whose widgets lie side by side and look at this environment and Region alone."""
    for environment, region in PLACES:
        rendered = _at(source, environment, region)
        (dashboard,) = rendered.of_type("AWS::CloudWatch::Dashboard").values()
        assert dashboard["DashboardName"] == f"hubspoke-{environment}-{region}"
        widgets = json.loads(dashboard["DashboardBody"])["widgets"]
        cells = [
            (x, y)
            for each in widgets
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24
        for each in widgets:
            assert each["properties"]["region"] == region
            assert each["properties"]["title"]
        own = {namespace for namespace, _, _ in _shown(rendered) if not namespace.startswith("AWS/")}
        assert own == {f"Hubspoke/{environment}"}
        assert {name for _, name, _ in _alarmed(rendered)} - {"BundleAgeShare"} <= {
            name for _, name, _ in _shown(rendered)
        } | set(Problem.__members__)


def names_stay_apart(source: Template) -> None:
    """No two hubs of an account, by environment or Region, name a thing alike where its name is one."""
    taken: dict[tuple[str, ...], str] = {}
    for environment, region in (*PLACES, _LONG_NAMED):
        everything = {"Inventory": "on", "OrganizationManagementAccount": "999999999999"}
        for logical, resource in _at(source, environment, region, **everything).resources.items():
            kind, place = resource["Type"], f"{environment} {region}"
            for key, name in resource["Properties"].items():
                if not (key == "Name" or key.endswith("Name")) or (kind, key) in _SOMEBODY_ELSES:
                    continue
                scope = () if _NAMES[kind, key] == "account" else (region,)
                assert (kind, name, *scope) not in taken, (logical, name, taken)
                taken[kind, name, *scope] = place
                assert len(name) <= _LONGEST.get(kind, 128)


CHECKS = (
    each_trouble_has_its_alarm,
    alarms_go_where_they_are_told,
    alarms_come_before_the_limit,
    the_packed_size_is_the_largest_of_all_profiles,
    packed_sizes_are_shown_by_profile,
    the_throttle_filter_reads_the_access_log,
    every_metric_is_emitted,
    the_dashboard_is_of_its_place,
    names_stay_apart,
)

_NAMES = {
    ("AWS::IAM::Role", "RoleName"): "account",
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"): "account",
    ("AWS::CloudWatch::Dashboard", "DashboardName"): "account",
    ("AWS::Lambda::Function", "FunctionName"): "Region",
    ("AWS::Lambda::LayerVersion", "LayerName"): "Region",
    ("AWS::Logs::LogGroup", "LogGroupName"): "Region",
    ("AWS::CloudWatch::Alarm", "AlarmName"): "Region",
    ("AWS::ApiGateway::RestApi", "Name"): "Region",
    ("AWS::Events::EventBus", "Name"): "Region",
}
"""Every name that the template gives, and where it must be the only one. Buckets and tables get none."""

_SOMEBODY_ELSES = {
    ("AWS::Lambda::Permission", "FunctionName"),
    ("AWS::Lambda::Version", "FunctionName"),
    ("AWS::Lambda::Alias", "FunctionName"),
    ("AWS::Lambda::Alias", "Name"),
    ("AWS::ApiGateway::Stage", "StageName"),
    ("AWS::Logs::MetricFilter", "LogGroupName"),
    ("AWS::CloudWatch::Alarm", "MetricName"),
    ("AWS::Lambda::EventInvokeConfig", "FunctionName"),
    ("AWS::Events::Rule", "EventBusName"),
    ("AWS::Events::EventBusPolicy", "EventBusName"),
}
"""Properties that refer to another resource, or name a part of one."""

_LONGEST = {"AWS::IAM::Role": 64, "AWS::Lambda::Function": 64}


def _at(source: Template, environment: str, region: str, **parameters: str) -> Rendered:
    return render(source, Environment=environment, **{"AWS::Region": region}, **parameters)


def _namespace(rendered: Rendered) -> str:
    """Ask the function, configured as the template does, where its metrics go."""
    variables = rendered["Vend"]["Environment"]["Variables"]
    environment = {name: str(value) for name, value in variables.items()} | {"AWS_REGION": "eu-west-1"}
    return Settings.read(environment).metrics_namespace


def _emitted() -> set[str]:
    """Let the audit record of every end that a request can have count itself, and read what it emits."""
    names = set()
    ends: list[dict[str, Any]] = [{"problem": problem} for problem in Problem]
    ends += [{"problem": None}, {"problem": None, "access_key_id": "ASIA", "packed_policy_size": 6}]
    for end in ends:
        with contextlib.redirect_stdout(io.StringIO()) as lines:
            Audit(request_id="r", **end).count(Metrics(namespace="x", service="hubspoke"), 5, 900)
        (directive,) = json.loads(lines.getvalue())["_aws"]["CloudWatchMetrics"]
        names |= {metric["Name"] for metric in directive["Metrics"]}
    return names


def _emitted_by_profile(namespace: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let a vend of a profile count itself: return the line, and what it says of the profile."""
    audit = Audit(request_id="r", profile="p", problem=None, access_key_id="ASIA", packed_policy_size=6)
    with contextlib.redirect_stdout(io.StringIO()) as lines:
        audit.count(Metrics(namespace=namespace, service="hubspoke"), 5, 900)
    emitted = json.loads(lines.getvalue())
    _, directive = emitted["_aws"]["CloudWatchMetrics"]
    return emitted, directive


def _alarmed(rendered: Rendered) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (
            alarm["Namespace"],
            alarm["MetricName"],
            {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])},
        )
        for alarm in rendered.of_type("AWS::CloudWatch::Alarm").values()
    ]


def _shown(rendered: Rendered) -> list[tuple[str, str, dict[str, str]]]:
    found = []
    for widget in _widgets(rendered):
        for metric in widget["metrics"]:
            if isinstance(metric[0], str):
                namespace, name, *rest = [each for each in metric if isinstance(each, str)]
                found.append((namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))))
    return found


def _widgets(rendered: Rendered) -> list[dict[str, Any]]:
    (dashboard,) = rendered.of_type("AWS::CloudWatch::Dashboard").values()
    return [widget["properties"] for widget in json.loads(dashboard["DashboardBody"])["widgets"]]


def _expressions(widget: dict[str, Any]) -> list[dict[str, Any]]:
    return [metric[0] for metric in widget["metrics"] if isinstance(metric[0], dict)]
