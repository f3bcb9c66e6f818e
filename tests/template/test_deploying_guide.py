"""docs/deploying.md and docs/operating.md say of the template what the template says of itself."""

import re
import tomllib

import pytest

from hubspoke_local.accounts import PROJECT
from tests.template.inventory_checks import ALARMS as INVENTORY_ALARMS
from tests.template.operation_checks import ALARMS
from tests.template.rendering import hub_template, render

GUIDE = (PROJECT / "docs" / "deploying.md").read_text()
OPERATING = (PROJECT / "docs" / "operating.md").read_text()
CONFIGURATIONS = tomllib.loads((PROJECT / "samconfig.toml").read_text())


def named(line: str) -> list[str]:
    """Return what the first cell of a table's row names."""
    return re.findall(r"`([A-Za-z-]+)`", line.split("|")[1])


def rows(document: str, heading: str) -> list[str]:
    """Return the rows of the first table under a heading."""
    _, _, rest = document.partition(f"## {heading}\n")
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert table is not None
    return table[0].splitlines()[2:]


def test_every_parameter_is_explained_with_its_default() -> None:
    explained = {name: row for row in rows(GUIDE, "1. Say what this hub is") for name in named(row)}
    parameters = hub_template()["Parameters"]
    assert set(explained) == set(parameters)
    for name, row in explained.items():
        default = str(parameters[name]["Default"]) or "none"
        assert row.split("|")[2].strip(" `") == default, name


def test_every_alarm_has_its_line() -> None:
    alarms = render(hub_template(), Inventory="on").of_type("AWS::CloudWatch::Alarm")
    assert set(alarms) == {*ALARMS, *INVENTORY_ALARMS}
    names = {alarm["AlarmName"].removeprefix("hubspoke-prod-") for alarm in alarms.values()}
    assert {name for row in rows(OPERATING, "Alarms") for name in named(row)} == names


def test_what_stays_after_a_deletion_is_what_the_template_keeps() -> None:
    source = hub_template()["Resources"]
    kept = {
        name
        for name, each in source.items()
        if each.get("DeletionPolicy") == "Retain" or each["Properties"].get("RetentionPolicy") == "Retain"
    }
    assert {name for row in rows(GUIDE, "Deleting") for name in named(row)} == kept


@pytest.mark.parametrize("name", sorted(set(CONFIGURATIONS) - {"version"}))
def test_a_configuration_sets_parameters_that_exist(name: str) -> None:
    deploy = CONFIGURATIONS[name]["deploy"]["parameters"]
    given = {each.partition("=")[0] for each in deploy.get("parameter_overrides", [])}
    assert given <= set(hub_template()["Parameters"])
    assert "CAPABILITY_NAMED_IAM" in deploy["capabilities"]
    assert deploy["confirm_changeset"] is True


def test_configurations_don_t_meet() -> None:
    """Two sections never deploy over one another."""
    places = [
        (each["deploy"]["parameters"]["stack_name"], each["deploy"]["parameters"].get("region", "eu-west-1"))
        for name, each in CONFIGURATIONS.items()
        if name != "version"
    ]
    assert len(places) == len(set(places)) >= 3
