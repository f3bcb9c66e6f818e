"""The hub's inventory holds to every check, and each check notices what it is there to notice."""

from collections.abc import Callable

import pytest

from tests.template import inventory_checks as checks
from tests.template.mutations import drop, insert, parameter, put
from tests.template.rendering import Mutation, Template, hub_template

Check = Callable[[Template], None]

FUNCTION = ("InventoryFunction", "Properties")
MAY = ("InventoryRole", "Properties", "Policies", 0, "PolicyDocument", "Statement")
BUS = ("OrganizationBusPolicy", "Properties", "Statement")


def alarm(name: str, key: str, to: object) -> Mutation:
    """Set one property of an alarm."""
    return put(name, "Properties", key, to=to)


MUTATIONS: tuple[tuple[Check, str, Mutation], ...] = (
    (checks.off_is_as_if_it_were_not_there, "on by default", parameter("Inventory", "Default", "on")),
    (checks.off_is_as_if_it_were_not_there, "a boolean", parameter("Inventory", "Default", False)),
    (checks.off_is_as_if_it_were_not_there, "always a role", drop("InventoryRole", "Condition")),
    (
        checks.off_is_as_if_it_were_not_there,
        "a bus without it",
        put("OrganizationBus", "Condition", to="ReadsByRole"),
    ),
    (checks.it_is_bounded, "another runtime", put(*FUNCTION, "Runtime", to="python3.12")),
    (checks.it_is_bounded, "the role that vends", put(*FUNCTION, "Role", to={"Fn::GetAtt": "VendRole.Arn"})),
    (checks.it_is_bounded, "a log of Lambda's", drop(*FUNCTION, "LoggingConfig")),
    (checks.it_is_bounded, "many at once", put(*FUNCTION, "ReservedConcurrentExecutions", to=10)),
    (checks.it_is_bounded, "a week's log", put("InventoryLogGroup", "Properties", "RetentionInDays", to=7)),
    (
        checks.its_environment_is_known,
        "anybody's bucket",
        drop(*FUNCTION, "Environment", "Variables", "HUBSPOKE_BUNDLE_OWNER"),
    ),
    (
        checks.its_environment_is_known,
        "logs events",
        put(*FUNCTION, "Environment", "Variables", "POWERTOOLS_LOGGER_LOG_EVENT", to="true"),
    ),
    (
        checks.its_environment_is_known,
        "any loss",
        put(*FUNCTION, "Environment", "Variables", "HUBSPOKE_INVENTORY_SHRINK_MAX", to=100),
    ),
    (
        checks.its_role_may_do_just_this,
        "both ways",
        put(*MAY, 0, to={"Effect": "Allow", "Action": "organizations:ListRoots", "Resource": "*"}),
    ),
    (
        checks.its_role_may_do_just_this,
        "any role",
        put(*MAY, 0, "Fn::If", 1, "Resource", to={"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/reader"}),
    ),
    (
        checks.its_role_may_do_just_this,
        "writes the organization",
        insert(*MAY, 0, "Fn::If", 2, "Action", value="organizations:MoveAccount"),
    ),
    (checks.its_role_may_do_just_this, "deletes", insert(*MAY, 1, "Action", value="s3:DeleteObject")),
    (
        checks.its_role_may_do_just_this,
        "the key for every service",
        drop(*MAY, 3, "Fn::If", 1, "Condition"),
    ),
    (
        checks.its_role_may_do_just_this,
        "reads the ledger",
        insert(*MAY, value={"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "x"}),
    ),
    (checks.only_its_schedule_and_its_bus_wake_it, "never", drop(*FUNCTION, "Events", "EveryHour")),
    (
        checks.only_its_schedule_and_its_bus_wake_it,
        "every day",
        put(*FUNCTION, "Events", "EveryHour", "Properties", "Schedule", to="rate(1 day)"),
    ),
    (checks.only_its_schedule_and_its_bus_wake_it, "by anybody", put(*BUS, "Principal", to="*")),
    (checks.only_its_schedule_and_its_bus_wake_it, "anything", put(*BUS, "Action", to="events:*")),
    (
        checks.only_its_schedule_and_its_bus_wake_it,
        "the account's own bus",
        drop("AccountsChanged", "Properties", "EventBusName"),
    ),
    (
        checks.only_its_schedule_and_its_bus_wake_it,
        "by any rule",
        put("AccountsChangedPermission", "Properties", "SourceArn", to="*"),
    ),
    (
        checks.a_failed_run_is_not_repeated,
        "twice more",
        put(*FUNCTION, "EventInvokeConfig", "MaximumRetryAttempts", to=2),
    ),
    *((checks.each_trouble_has_its_alarm, f"without {name}", drop(name)) for name in sorted(checks.ALARMS)),
    (
        checks.each_trouble_has_its_alarm,
        "silence is well",
        alarm("InventoryStale", "TreatMissingData", "notBreaching"),
    ),
    (checks.each_trouble_has_its_alarm, "misspelt", alarm("InventoryStale", "MetricName", "Renewed")),
    (checks.each_trouble_has_its_alarm, "muted", drop("InventoryFailures", "Properties", "AlarmActions")),
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
