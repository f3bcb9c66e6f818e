"""``hubspoke-admin quarantine`` against a hub in two Regions on a real socket."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from hubspoke_contract import quarantine
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.bundle import encode
from tests.support.fake_regions import OPERATOR_ARN, FakeRegions, Fault
from tests.support.grants import document
from tests.unit.admin.conftest import AWAY, HOME

Run = Callable[..., Any]
BOT = "111111111111/inventory-bot"
TARGET = Target(AccountId("222222222222"), RoleName("app-role"))


# --- add --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        ["--everything"],
        ["--account", "222222222222"],
        ["--role", "222222222222/app-role"],
        ["--caller", BOT],
    ],
    ids=" ".join,
)
def test_a_row_stands_where_the_function_looks(run: Run, aws: FakeRegions, subject: list[str]) -> None:
    """What is added is one of the keys that a vend to this caller, of this role, reads."""
    ran = run("quarantine", "add", *subject, "--reason", "key leaked")
    [(key, item)] = aws.regions[HOME].quarantine.items()

    assert ran.code == 0
    assert key in quarantine.subjects(BOT, TARGET)
    assert quarantine.is_active(item, time.time())
    assert item["Reason"] == {"S": "key leaked"}
    assert item["By"] == {"S": OPERATOR_ARN}
    assert item["At"]["S"].endswith("Z")
    assert "ExpiresAt" not in item
    assert ran.out.decode() == f"quarantined {key} in {HOME} until it is removed\n"


def test_an_end_is_in_seconds(run: Run, aws: FakeRegions) -> None:
    """``--expires`` becomes the number that the function and DynamoDB's TTL read."""
    run("quarantine", "add", "--everything", "--reason", "r", "--expires", "8h")
    item = aws.regions[HOME].quarantine["everything"]

    assert abs(int(item["ExpiresAt"]["N"]) - time.time() - 8 * 3600) < 60
    assert quarantine.is_active(item, time.time() + 7 * 3600)
    assert not quarantine.is_active(item, time.time() + 9 * 3600)


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        (["--account", "22222222222"], "--account"),
        (["--account", "222222222222\n"], "--account"),
        (["--account", "٢" * 12], "--account"),
        (["--role", "app-role"], "--role"),
        (["--role", "222222222222/path/app-role"], "--role"),
        (["--role", "222222222222/*"], "--role"),
        (["--role", "222222222222/.."], "--role"),
        (["--role", ""], "--role"),
        (["--caller", "inventory-bot"], "--caller"),
        (["--caller", "arn:aws:iam::111111111111:user/inventory-bot"], "--caller"),
        (["--caller", f"{BOT} "], "--caller"),
        (["--caller", "111111111111/ünïcode"], "--caller"),
        (["--everything", "--reason", ""], "--reason"),
        (["--everything", "--reason", "two\nlines"], "--reason"),
        (["--everything", "--reason", "x" * 257], "--reason"),
        (["--everything", "--expires", "soon"], "--expires"),
        (["--everything", "--expires", ""], "--expires"),
        (["--everything", "--expires", "0m"], "--expires"),
        (["--everything", "--expires", "2020-01-01T00:00:00Z"], "--expires"),
    ],
)
def test_what_can_stop_nothing_is_refused(
    run: Run, aws: FakeRegions, arguments: list[str], mentions: str
) -> None:
    """A subject, reason or end that can't be meant is answered with what to write."""
    ran = run("quarantine", "add", "--reason", "r", *arguments)

    assert (ran.code, ran.out, aws.calls) == (2, b"", [])
    assert ran.err.startswith(f"hubspoke-admin: {mentions}")


@pytest.mark.usefixtures("both")
def test_every_region_is_told_at_once(run: Run, aws: FakeRegions) -> None:
    """All Regions have the same row."""
    ran = run("quarantine", "add", "--everything", "--reason", "r", "--expires", "15m")

    assert ran.code == 0
    assert aws.regions[HOME].quarantine == aws.regions[AWAY].quarantine != {}


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("operation", ["DescribeStacks", "PutItem"])
@pytest.mark.parametrize("broken", [HOME, AWAY])
def test_a_region_out_of_reach_does_not_keep_the_others_open(
    run: Run, aws: FakeRegions, operation: str, broken: str
) -> None:
    """It is stopped where it can be; the rest is a loud failure that says what to repeat."""
    aws.faults[broken, operation] = Fault(503, "ServiceUnavailable")
    ran = run("quarantine", "add", "--caller", BOT, "--reason", "key leaked")
    reached = AWAY if broken == HOME else HOME

    assert (ran.code, ran.out) == (3, b"")
    assert f"done in {reached}, and NOT in {broken}" in ran.err
    assert f"quarantine add --caller {BOT} --reason 'key leaked' --regions {broken}" in ran.err
    assert f"caller:{BOT}" in aws.regions[reached].quarantine
    assert aws.regions[broken].quarantine == {}


@pytest.mark.usefixtures("both")
def test_any_regions_sts_says_who_it_is(run: Run, aws: FakeRegions) -> None:
    """One STS that is down doesn't stand in the way."""
    aws.faults[HOME, "GetCallerIdentity"] = Fault(503, "ServiceUnavailable")

    assert run("quarantine", "add", "--everything", "--reason", "r").code == 0
    assert aws.regions[HOME].quarantine["everything"]["By"] == {"S": OPERATOR_ARN}


def test_a_row_that_is_replaced_is_said(run: Run, aws: FakeRegions) -> None:
    """Nobody shortens another's quarantine unknowingly."""
    run("quarantine", "add", "--everything", "--reason", "first")
    ran = run("quarantine", "add", "--everything", "--reason", "second", "--expires", "1h")

    assert ran.code == 0
    assert f"{HOME}: replaced the row of {OPERATOR_ARN}" in ran.err
    assert "first" in ran.err


@pytest.mark.parametrize(
    ("subject", "warned"),
    [
        (["--account", "222222222222"], False),
        (["--role", "222222222222/app-role"], False),
        (["--caller", BOT], False),
        (["--everything"], False),
        (["--account", "999999999999"], True),
        (["--role", "222222222222/app-rolle"], True),
    ],
    ids=str,
)
def test_a_slip_of_the_pen_is_warned_of(run: Run, aws: FakeRegions, subject: list[str], warned: bool) -> None:
    """What the grants don't know is quarantined all the same, and said."""
    aws.regions[HOME].put(encode(document()))
    ran = run("quarantine", "add", *subject, "--reason", "r")

    assert ran.code == 0
    assert len(aws.regions[HOME].quarantine) == 1
    assert ("the grants in force know no" in ran.err) == warned


def test_grants_that_cannot_be_read_stop_no_quarantine(run: Run, aws: FakeRegions) -> None:
    """The row is written before the grants are looked at."""
    aws.faults[HOME, "GetObject"] = Fault()
    ran = run("quarantine", "add", "--account", "222222222222", "--reason", "r")

    assert ran.code == 0
    assert "could not be checked" in ran.err


# --- remove -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("both")
def test_what_was_added_is_removed(run: Run, aws: FakeRegions) -> None:
    """Every Region forgets it, and what else is quarantined stays."""
    run("quarantine", "add", "--everything", "--reason", "r")
    run("quarantine", "add", "--caller", BOT, "--reason", "r")
    ran = run("quarantine", "remove", "--caller", BOT)

    assert ran.out.decode() == f"lifted the quarantine of caller:{BOT} in {HOME}, {AWAY}\n"
    assert all(list(region.quarantine) == ["everything"] for region in aws.regions.values())


def test_what_is_not_there_is_a_no(run: Run, aws: FakeRegions) -> None:
    """A name that is misspelt has lifted nothing."""
    ran = run("quarantine", "remove", "--caller", BOT)

    assert (ran.code, ran.out) == (1, b"")
    assert "was not quarantined" in ran.err


@pytest.mark.usefixtures("both")
def test_a_removal_that_fails_somewhere_is_loud(run: Run, aws: FakeRegions) -> None:
    """The Region that still refuses is named."""
    run("quarantine", "add", "--everything", "--reason", "r")
    aws.faults[AWAY, "DeleteItem"] = Fault()
    ran = run("quarantine", "remove", "--everything")

    assert (ran.code, ran.out) == (3, b"")
    assert f"done in {HOME}, and NOT in {AWAY}" in ran.err
    assert f"quarantine remove --everything --regions {AWAY}" in ran.err


# --- list -------------------------------------------------------------------------------------


def listed(run: Run) -> list[dict[str, Any]]:
    """List as a program does."""
    ran = run("quarantine", "list", "--format", "json")
    assert ran.code == 0
    rows: list[dict[str, Any]] = json.loads(ran.out)
    return rows


@pytest.mark.usefixtures("both")
def test_a_list_says_who_when_why_and_where(run: Run, aws: FakeRegions) -> None:
    """Rows that are alike in all Regions are one."""
    aws.page_size = 1
    run("quarantine", "add", "--everything", "--reason", "drill", "--expires", "2090-01-01T01:00:00+01:00")
    run("quarantine", "add", "--caller", BOT, "--reason", "r")
    first, second = listed(run)

    assert first["Subject"] == f"caller:{BOT}"
    assert {**second, "At": "-"} == {
        "Subject": "everything",
        "State": "active",
        "Reason": "drill",
        "By": OPERATOR_ARN,
        "At": "-",
        "ExpiresAt": "2090-01-01T00:00:00Z",
        "Regions": [HOME, AWAY],
        "MissingIn": [],
    }


@pytest.mark.usefixtures("both")
def test_a_region_that_lacks_a_row_is_said(run: Run, aws: FakeRegions) -> None:
    """A subject that is stopped in one Region and not in another is no quarantine."""
    run("quarantine", "add", "--everything", "--reason", "r", "--regions", HOME)
    aws.regions[AWAY].quarantine["everything"] = {"Subject": {"S": "everything"}, "ExpiresAt": {"N": "1"}}
    ran = run("quarantine", "list")

    assert ran.code == 0
    assert f"everything is NOT quarantined in {AWAY}" in ran.err
    assert {(row["State"], *row["Regions"], *row["MissingIn"]) for row in listed(run)} == {
        ("active", HOME, AWAY),
        ("expired", AWAY),
    }


@pytest.mark.parametrize(
    "expires_at", [{"N": "0x1"}, {"S": "1"}, {"N": "1e400"}, {"NULL": True}, {"N": "9" * 30}, None]
)
def test_an_end_that_makes_no_sense_is_none(
    run: Run, aws: FakeRegions, expires_at: dict[str, Any] | None
) -> None:
    """As in the function: what has no end in seconds has not ended."""
    item = {"Subject": {"S": "everything"}} | ({"ExpiresAt": expires_at} if expires_at else {})
    aws.regions[HOME].quarantine["everything"] = item
    [row] = listed(run)

    assert (row["State"], row["ExpiresAt"], row["Reason"]) == ("active", None, None)


def test_control_characters_of_a_row_do_not_reach_the_terminal(run: Run, aws: FakeRegions) -> None:
    """A table shows what can be seen."""
    aws.regions[HOME].quarantine["x"] = {"Subject": {"S": "x"}, "Reason": {"S": "\x1b[2J"}}

    assert b"\x1b" not in run("quarantine", "list").out


@pytest.mark.usefixtures("both")
def test_a_region_that_cannot_be_read_ends_the_list(run: Run, aws: FakeRegions) -> None:
    """Part of a list would say that nothing is quarantined there."""
    aws.faults[AWAY, "Scan"] = Fault()
    ran = run("quarantine", "list")

    assert (ran.code, ran.out) == (3, b"")
    assert f"{AWAY}: the quarantine can't be read: AWS answered AccessDenied" in ran.err
