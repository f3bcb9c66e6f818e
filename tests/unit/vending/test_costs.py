"""docs/costs.md: its sums are right, and a vend uses what it says."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from hubspoke_contract import quarantine
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.support.fake_aws import FakeAws
from tests.unit.vending.conftest import Invoke, event
from vending.audit import AuditStream

PROJECT = Path(__file__).parents[3]
GB = Decimal(2**30)
MILLION = Decimal(1_000_000)
MONTHS = Decimal("13.15")
"""400 days."""
CENT = Decimal("0.01")
ROW_OVERHEAD = 100
"""Bytes that DynamoDB counts for each item and index entry: its documentation on item sizes."""


def table(heading: str, number: int = 0) -> list[list[str]]:
    """Return the rows of a table under a heading, without its head."""
    section = (PROJECT / "docs/costs.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)[number]
    return [
        [cell.strip(" *") for cell in row.strip().strip("|").split("|")] for row in found.splitlines()[2:]
    ]


def number(cell: str) -> Decimal:
    """Read a number as people write it."""
    return GB if cell == "1 GB" else Decimal(cell.replace(",", ""))


def cents(amount: Decimal) -> Decimal:
    """Round to what a price list shows."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def a_vend(what: str) -> Decimal:
    """Return how much of something a vend uses, by the first table."""
    (found,) = (number(row[1]) for row in table("A million vends") if row[0] == what)
    return found


def size(item: dict[str, dict[str, str]]) -> int:
    """Count an item's bytes as DynamoDB does: names, texts, and two digits of a number to a byte."""
    texts = sum(len(value["S"].encode()) for value in item.values() if "S" in value)
    numbers = sum(len(value["N"]) // 2 + 2 for value in item.values() if "N" in value)
    return sum(map(len, item)) + texts + numbers


@pytest.fixture
def template() -> dict[str, Any]:
    """The hub's template, without what its tags mean."""

    class Loader(yaml.SafeLoader):
        """Reads a tag of CloudFormation's as nothing."""

    Loader.add_multi_constructor("!", lambda *_: None)
    document: dict[str, Any] = yaml.load((PROJECT / "template.yaml").read_text(), Loader)  # noqa: S506
    return document


@pytest.mark.parametrize("heading", ["A million vends", "A stack, each month"])
def test_the_sums_are_right(heading: str) -> None:
    """Each line is its product, and the last one is the sum of exact products, rounded once."""
    *lines, last = table(heading)
    times = MILLION if heading == "A million vends" else Decimal(1)
    products = [
        number(used) * times * number(price) / (number(unit[0]) if unit else 1)
        for _, used, price, *unit, _ in lines
    ]
    assert [number(line[-1]) for line in lines] == [cents(product) for product in products]
    assert number(last[-1]) == cents(sum(products, Decimal(0)))


def test_each_option_is_its_product() -> None:
    """How many, at which price, for how many."""
    for what, many, price, unit, dollars in table("Options"):
        assert number(dollars) == cents(number(many) * number(price) / number(unit)), what


def test_the_estates_are_made_of_both() -> None:
    """Pairs times hours are vends; vends and stacks are dollars."""
    text = (PROJECT / "docs/costs.md").read_text()
    vend, stack = (number(table(each)[-1][-1]) for each in ("A million vends", "A stack, each month"))
    rows = [
        row.strip("|").split("|") for row in text.splitlines() if re.match(r"\| a .*(estate|one) \|", row)
    ]
    assert len(rows) == 3
    for _, *cells in rows:
        pairs, regions, vends, dollars = (number(cell.strip()) for cell in cells)
        assert vends == pairs * 730
        assert dollars == cents(vends * vend / MILLION + regions * stack)


def test_a_vend_calls_what_it_is_charged_for(invoke: Invoke, aws: FakeAws, template: dict[str, Any]) -> None:
    """By the calls that AWS got of a second vend, whose function has looked at S3 already."""
    invoke(event("vend"))
    first, aws.calls = aws.calls, []
    invoke(event("vend"))
    writes = [call for call in aws.calls if call.partition(":")[0] in ("PutItem", "UpdateItem")]
    indexes = template["Resources"]["Ledger"]["Properties"]["GlobalSecondaryIndexes"]

    assert sorted(aws.calls) == sorted([*writes, "BatchGetItem", "AssumeRole"])
    assert aws.calls.count("AssumeRole") == a_vend("STS, AssumeRole")
    assert first.count("GetObject") == a_vend("S3, GET requests, at most")
    # Keys alone, so that the row's outcome writes no index but that of the key that it brings.
    assert {each["Projection"]["ProjectionType"] for each in indexes} == {"KEYS_ONLY"}
    assert len(writes) + len(indexes) == a_vend("DynamoDB on demand, write units")
    subjects = quarantine.subjects(
        "111111111111/inventory-bot", Target(AccountId("2" * 12), RoleName("role"))
    )
    assert len(subjects) == a_vend("DynamoDB on demand, read units")
    data_events = "data events on both tables and the rates, a million vends"
    (charged,) = (number(row[1]) for row in table("Options") if row[0] == data_events)
    assert (len(writes) + 1) * MILLION == charged


def test_a_row_is_as_large_as_is_stored(invoke: Invoke, aws: FakeAws, template: dict[str, Any]) -> None:
    """One write unit each time; the bytes kept are at least those of a row, and at most a third more."""
    invoke(event("vend"))
    (row,) = aws.rows.values()
    indexes = template["Resources"]["Ledger"]["Properties"]["GlobalSecondaryIndexes"]
    keys = [{key["AttributeName"] for key in each["KeySchema"]} for each in indexes]
    entries = sum(size({name: row[name] for name in names}) + ROW_OVERHEAD for names in keys)
    alone = size(row) + ROW_OVERHEAD
    stored = a_vend("DynamoDB, byte-months of rows and indexes") / MONTHS
    recovered = a_vend("DynamoDB, byte-months of point-in-time recovery") / MONTHS

    assert size(row) <= 1024
    assert alone + entries <= stored <= (alone + entries) * Decimal("1.33")
    assert alone <= recovered <= alone * Decimal("1.33")


def access_log_line(template: dict[str, Any]) -> str:
    """Write API Gateway's line about a vend, with values as long as AWS's."""
    values = {
        "identity.userArn": "arn:aws:iam::111111111111:user/inventory-bot",
        "requestId": "078fc042-0fe7-4e72-8b86-b922c69adf79",
        "extendedRequestId": "TcRS8GYqIAMEVhg=",
        "requestTime": "26/Nov/2026:01:04:53 +0000",
        "httpMethod": "POST",
        "path": "/prod/v1/accounts/222222222222/roles/automation-spoke-role/credentials",
        "status": "200",
        "identity.caller": "AIDAEXAMPLEEXAMPLE000",
        "identity.accountId": "111111111111",
        "identity.principalOrgId": "o-abcdefghij",
        "identity.sourceIp": "203.0.113.17",
        "error.responseType": "-",
        "integration.status": "200",
        "responseLatency": "123",
    }
    line: str = template["Resources"]["Api"]["Properties"]["AccessLogSetting"]["Format"]
    return re.sub(r"\$context\.([A-Za-z.]+)", lambda found: values[found[1]], line)


def test_the_lines_of_log_are_as_long_as_is_charged(
    function: ModuleType,
    invoke: Invoke,
    template: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """At least what the function and the API write of a vend, and at most a half more."""
    invoke(event("vend"))
    (stream,) = (each for each in function.logger.handlers if isinstance(each, AuditStream))
    (record,) = (each for each in caplog.records if each.message == "audit")
    (metrics,) = (line for line in capfd.readouterr().out.splitlines() if line.startswith('{"_aws"'))
    written = [stream.format(record), metrics, access_log_line(template)]
    *charged, lambdas, added, together = (number(row[1]) for row in table("A million vends", 2))

    for line, bytes_charged in zip(written, charged, strict=True):
        assert len(line) <= bytes_charged <= len(line) * 1.5
    assert added == 26 * 6
    assert together == sum(charged) + lambdas + added
    assert together == a_vend("CloudWatch Logs, bytes taken in")
    assert together * 12 == a_vend("CloudWatch Logs, byte-months kept")


def test_the_stack_has_as_many_alarms_and_methods_as_are_charged(template: dict[str, Any]) -> None:
    """Of those that are always in it; the inventory's come with their option."""
    resources = template["Resources"].values()
    alarms = [each for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    always = [each for each in alarms if "Condition" not in each]
    methods = template["Resources"]["Vend"]["Properties"]["Events"]
    charged = {row[0]: number(row[1]) for row in table("A stack, each month")[:-1]}

    assert all("Metrics" not in each["Properties"] for each in alarms), "each looks at one metric"
    assert len(always) == charged["alarms"]
    assert len(methods) * 5 == charged["API Gateway's detailed metrics: five of each of five methods"]
    assert sum(each["Type"] == "AWS::CloudWatch::Dashboard" for each in resources) == charged["dashboard"]
    (inventory,) = (row for row in table("Options") if row[0].startswith("`Inventory`: alarms"))
    assert (len(alarms) - len(always)) * 2 == number(inventory[1]), "three alarms, three metrics"


def test_the_function_has_the_memory_that_is_charged(template: dict[str, Any]) -> None:
    """A tenth of a second of it."""
    memory = Decimal(template["Resources"]["Vend"]["Properties"]["MemorySize"])
    assert a_vend("Lambda on arm64, GB-seconds") == memory / 1024 / 10
