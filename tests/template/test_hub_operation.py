"""The hub's alarms, dashboard and names hold to every check, and each check notices what it is there for."""

from collections.abc import Callable

import pytest

from tests.template import operation_checks as checks
from tests.template.mutations import add_resource, drop, parameter, put, replace
from tests.template.rendering import Mutation, Template, hub_template

Check = Callable[[Template], None]

VARIABLES = ("Vend", "Properties", "Environment", "Variables")
BODY = ("Dashboard", "Properties", "DashboardBody", "Fn::Sub")
FILTER = ("ApiThrottledFilter", "Properties")


def alarm(name: str, key: str, to: object) -> Mutation:
    """Set one property of an alarm."""
    return put(name, "Properties", key, to=to)


MUTATIONS: tuple[tuple[Check, str, Mutation], ...] = (
    *((checks.each_trouble_has_its_alarm, f"without {name}", drop(name)) for name in sorted(checks.ALARMS)),
    (checks.each_trouble_has_its_alarm, "too late", alarm("LedgerFailures", "Threshold", 100)),
    (
        checks.each_trouble_has_its_alarm,
        "upside down",
        alarm("Denials", "ComparisonOperator", "LessThanThreshold"),
    ),
    (
        checks.each_trouble_has_its_alarm,
        "no word on no data",
        drop("Denials", "Properties", "TreatMissingData"),
    ),
    (checks.each_trouble_has_its_alarm, "no data is bad", alarm("Denials", "TreatMissingData", "breaching")),
    (
        checks.each_trouble_has_its_alarm,
        "all is well again",
        alarm("BundleAging", "TreatMissingData", "notBreaching"),
    ),
    (checks.each_trouble_has_its_alarm, "the mean", alarm("PackedPolicySize", "Statistic", "Average")),
    (checks.each_trouble_has_its_alarm, "after days", alarm("FunctionErrors", "Period", 86_400)),
    (checks.each_trouble_has_its_alarm, "fixed denials", alarm("Denials", "Threshold", 50)),
    (checks.alarms_go_where_they_are_told, "nowhere", drop("Denials", "Properties", "AlarmActions")),
    (
        checks.alarms_go_where_they_are_told,
        "always",
        alarm("Denials", "AlarmActions", [{"Ref": "AlarmTopicArn"}]),
    ),
    (checks.alarms_go_where_they_are_told, "muted", alarm("Denials", "ActionsEnabled", False)),
    (checks.alarms_come_before_the_limit, "at the timeout", alarm("FunctionSlow", "Threshold", 28_000)),
    (checks.alarms_come_before_the_limit, "when all is denied", alarm("BundleAging", "Period", 900)),
    (checks.alarms_come_before_the_limit, "for nothing", parameter("BundleMaxAge", "MinValue", 60)),
    (checks.alarms_come_before_the_limit, "when STS refuses", alarm("PackedPolicySize", "Threshold", 100)),
    (
        checks.the_packed_size_is_the_largest_of_all_profiles,
        "of one profile",
        alarm("PackedPolicySize", "Dimensions", [{"Name": "profile", "Value": "automation"}]),
    ),
    (
        checks.the_packed_size_is_the_largest_of_all_profiles,
        "without a way on",
        alarm("PackedPolicySize", "AlarmDescription", "A session's policies are large."),
    ),
    (checks.packed_sizes_are_shown_by_profile, "not at all", replace(*BODY, old="SEARCH(", new="SORT(")),
    (
        checks.packed_sizes_are_shown_by_profile,
        "of the whole",
        replace(*BODY, old=",service,profile}", new=",service}"),
    ),
    (
        checks.packed_sizes_are_shown_by_profile,
        "of another service",
        replace(*BODY, old='service=\\"hubspoke\\"', new='service=\\"other\\"'),
    ),
    (
        checks.packed_sizes_are_shown_by_profile,
        "of another metric",
        replace(*BODY, old='MetricName=\\"PackedPolicySize\\"', new='MetricName=\\"Vended\\"'),
    ),
    (
        checks.packed_sizes_are_shown_by_profile,
        "another environment's",
        replace(*BODY, old='\\"Hubspoke/${Environment}\\"', new='\\"Hubspoke/prod\\"'),
    ),
    (
        checks.packed_sizes_are_shown_by_profile,
        "the alarm elsewhere",
        alarm("PackedPolicySize", "Threshold", 90),
    ),
    (checks.the_throttle_filter_reads_the_access_log, "another group", put(*FILTER, "LogGroupName", to="x")),
    (
        checks.the_throttle_filter_reads_the_access_log,
        "another field",
        put(*FILTER, "FilterPattern", to='{ $.status = "THROTTLED" }'),
    ),
    (
        checks.the_throttle_filter_reads_the_access_log,
        "a field that went",
        replace("Api", "Properties", "AccessLogSetting", "Format", old='"error":', new='"gone":'),
    ),
    (
        checks.the_throttle_filter_reads_the_access_log,
        "for all environments",
        put(*FILTER, "MetricTransformations", 0, "MetricNamespace", to="Hubspoke"),
    ),
    (
        checks.every_metric_is_emitted,
        "a misspelt problem",
        alarm("LedgerFailures", "MetricName", "LedgerDown"),
    ),
    (checks.every_metric_is_emitted, "a metric AWS lacks", alarm("FunctionErrors", "MetricName", "Failures")),
    (checks.every_metric_is_emitted, "no dimension", drop("Denials", "Properties", "Dimensions")),
    (
        checks.every_metric_is_emitted,
        "a dimension of a filter's",
        alarm("ApiThrottled", "Dimensions", [{"Name": "service", "Value": "hubspoke"}]),
    ),
    (
        checks.every_metric_is_emitted,
        "any API's",
        alarm("ApiServerErrors", "Dimensions", [{"Name": "Stage", "Value": {"Ref": "Environment"}}]),
    ),
    (
        checks.every_metric_is_emitted,
        "misspelt in the dashboard",
        replace(*BODY, old='"NotGranted"', new='"Denied"'),
    ),
    (
        checks.every_metric_is_emitted,
        "the function counts elsewhere",
        put(*VARIABLES, "HUBSPOKE_ENVIRONMENT", to="everywhere"),
    ),
    (
        checks.the_dashboard_is_of_its_place,
        "no JSON",
        replace(*BODY, old='"widgets": [', new='"widgets": [,'),
    ),
    (
        checks.the_dashboard_is_of_its_place,
        "another environment's",
        replace(*BODY, old="Hubspoke/${Environment}", new="Hubspoke/prod"),
    ),
    (
        checks.the_dashboard_is_of_its_place,
        "another Region's",
        replace(*BODY, old="${AWS::Region}", new="eu-west-1"),
    ),
    (checks.the_dashboard_is_of_its_place, "one over another", replace(*BODY, old='"x": 12', new='"x": 0')),
    (
        checks.the_dashboard_is_of_its_place,
        "one name in all Regions",
        put("Dashboard", "Properties", "DashboardName", to={"Fn::Sub": "hubspoke-${Environment}"}),
    ),
    (
        checks.names_stay_apart,
        "one role in all Regions",
        put("VendRole", "Properties", "RoleName", to={"Fn::Sub": "hubspoke-${Environment}-vend"}),
    ),
    (
        checks.names_stay_apart,
        "one boundary in all Regions",
        put("VendBoundary", "Properties", "ManagedPolicyName", to={"Fn::Sub": "hubspoke-${Environment}"}),
    ),
    (
        checks.names_stay_apart,
        "one log of all environments",
        put("VendLogGroup", "Properties", "LogGroupName", to="/hubspoke/vend"),
    ),
    (
        checks.names_stay_apart,
        "one alarm of all environments",
        alarm("Denials", "AlarmName", "hubspoke-denials"),
    ),
    (
        checks.names_stay_apart,
        "two alarms of one name",
        alarm("Denials", "AlarmName", {"Fn::Sub": "hubspoke-${Environment}-sts-throttled"}),
    ),
    (
        checks.names_stay_apart,
        "a named bucket",
        put("BundleBucket", "Properties", "BucketName", to="hubspoke"),
    ),
    (checks.names_stay_apart, "a named table", put("Ledger", "Properties", "TableName", to="ledger")),
    (
        checks.names_stay_apart,
        "another named thing",
        add_resource("Queue", "AWS::SQS::Queue", QueueName="hubspoke"),
    ),
    (
        checks.names_stay_apart,
        "names too long",
        put(
            "VendRole",
            "Properties",
            "RoleName",
            to={"Fn::Sub": f"{'x' * 40}${{Environment}}-${{AWS::Region}}"},
        ),
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
    with pytest.raises((AssertionError, ValueError, KeyError)):
        check(source)


def test_every_check_has_a_mutation() -> None:
    assert {check for check, _, _ in MUTATIONS} == set(checks.CHECKS)
