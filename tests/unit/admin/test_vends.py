"""``hubspoke-admin vends`` against a hub in two Regions on a real socket."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubspoke_contract.vends import Vend
from tests.support.fake_regions import FakeRegions, Fault
from tests.support.vends import BOT, row
from tests.unit.admin.conftest import AWAY, HOME

Run = Callable[..., Any]
KEY = "ASIA00000000000000X1"


def put(aws: FakeRegions, minutes: float, region: str = HOME, place: int = 0, **parts: str | int) -> str:
    """Put a row into a Region's ledger, and return its id."""
    item = row(datetime.now(UTC) - timedelta(minutes=minutes), place, **parts)
    vend_id: str = item["VendId"]["S"]
    aws.regions[region].ledger[vend_id] = item
    return vend_id


def listed(run: Run, *arguments: str) -> list[str]:
    """List the ids that a program gets."""
    ran = run("vends", *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    return [each["VendId"] for each in json.loads(ran.out)]


def test_a_table_shows_who_got_what_and_why(run: Run, aws: FakeRegions) -> None:
    """What people ask first stands in a line; of one Region there is no column."""
    vend_id = put(aws, 1, AccessKeyId=KEY, Reason="nightly")
    heading, line = run("vends").out.decode().splitlines()

    assert re.split("  +", heading) == [
        *("AT", "VEND ID", "PRINCIPAL", "ROLE", "PROFILE", "OUTCOME", "ACCESS KEY ID", "PACKED", "REASON")
    ]
    assert all(part in line for part in (vend_id, BOT, "222222222222/app-role", "Vended", KEY, "nightly"))


def test_a_table_shows_how_much_was_packed_and_of_which_profile(run: Run, aws: FakeRegions) -> None:
    """As a percentage; a row of before, or of no vend, has neither."""
    put(aws, 1, Profile="app", PackedPolicySize=6)
    put(aws, 2)
    heading, new, old = run("vends").out.decode().splitlines()

    for name, value in (("PROFILE", "app"), ("PACKED", "6%")):
        at = heading.index(name)
        assert (new[at:].split()[0], old[at:].split()[0]) == (value, "-")
    found = json.loads(run("vends", "--format", "json").out)
    assert [(each["Profile"], each["PackedPolicySize"]) for each in found] == [("app", 6), (None, None)]


def test_json_has_every_key(run: Run, aws: FakeRegions) -> None:
    """A program gets the row as it is, with what it lacks as null."""
    put(aws, 1)
    [found] = json.loads(run("vends", "--format", "json").out)

    assert found.keys() == {"Region", *Vend.__dataclass_fields__}
    assert (found["Account"], found["Role"], found["AccessKeyId"]) == ("222222222222", "app-role", None)


def test_an_hour_is_listed_where_nothing_is_said(run: Run, aws: FakeRegions) -> None:
    """``--since`` and ``--until`` bound the time."""
    ids = [put(aws, minutes) for minutes in (1, 30, 59, 61, 600)]

    assert listed(run) == ids[:3]
    assert listed(run, "--since", "1d", "--until", "45m") == ids[2:]


@pytest.mark.usefixtures("both")
def test_all_regions_are_one_list_newest_first(run: Run, aws: FakeRegions) -> None:
    """The Regions' rows are merged, and a column tells them apart."""
    ids = [put(aws, minutes, (HOME, AWAY)[minutes % 2]) for minutes in range(1, 20)]
    ran = run("vends")

    assert listed(run) == ids
    assert ran.out.decode().splitlines()[0].startswith("REGION")
    assert ran.out.decode().splitlines()[1].startswith(AWAY)


def test_a_name_finds_the_user_and_the_role_of_it(run: Run, aws: FakeRegions) -> None:
    """``ACCOUNT/NAME`` is two principals, listed as one; a principal is just itself."""
    role = BOT.replace("User", "Role")
    ids = [put(aws, 1), put(aws, 2, Principal=role), put(aws, 3)]
    put(aws, 4, Principal=BOT.replace("bot", "bottom"))

    assert listed(run, "--caller", "111111111111/bot") == ids
    assert listed(run, "--caller", role) == ids[1:2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--account", "222222222222"],
        ["--role", "222222222222/app-role"],
        ["--account", "222222222222", "--role", "222222222222/app-role"],
        ["--key", KEY],
        ["--key", KEY, "--caller", BOT],
    ],
    ids=" ".join,
)
def test_rows_are_found_by_what_they_are_about(run: Run, aws: FakeRegions, arguments: list[str]) -> None:
    """By account, role, access key id, or several of these."""
    found = put(aws, 1, AccessKeyId=KEY)
    put(aws, 2, Account="333333333333", Role="app-role", AccessKeyId="ASIA00000000000000X2")

    assert listed(run, *arguments) == [found]


def test_a_list_that_is_cut_says_so(run: Run, aws: FakeRegions) -> None:
    """The newest are shown; that there are more is not kept back."""
    ids = [put(aws, minutes) for minutes in (1, 2, 3)]
    ran = run("vends", "--limit", "2", "--format", "json")

    assert [each["VendId"] for each in json.loads(ran.out)] == ids[:2]
    assert "more than 2" in ran.err
    assert "more than" not in run("vends", "--limit", "3").err


@pytest.mark.parametrize("format_", ["table", "json"])
def test_nothing_found_is_an_empty_list(run: Run, aws: FakeRegions, format_: str) -> None:
    """No rows are no error."""
    ran = run("vends", "--format", format_)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (b"[]\n" if format_ == "json" else b"")


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        (["--since", "yesterday"], "--since"),
        (["--until", "2026-01-01"], "--until"),
        (["--since", "1h", "--until", "2h"], "--until is before --since"),
        (["--caller", "bot"], "--caller"),
        (["--caller", 'Caller::Group::"111111111111/bot"'], "--caller"),
        (["--caller", 'Caller::Role::"111111111111/a b"'], "--caller"),
        (["--account", "1"], "--account"),
        (["--role", "app-role"], "--role"),
        (["--account", "333333333333", "--role", "222222222222/app-role"], "--role"),
        (["--key", "asia"], "--key"),
        (["--key", f"{KEY}\n"], "--key"),
        (["--limit", "0"], "--limit"),
        (["--limit", "-1"], "--limit"),
        (["--limit", "1_0"], "--limit"),
        (["--limit", "٣"], "--limit"),
    ],
)
def test_what_can_find_nothing_is_refused(
    run: Run, aws: FakeRegions, arguments: list[str], mentions: str
) -> None:
    """An argument that can't be meant is answered with what to write, before AWS is asked."""
    ran = run("vends", *arguments)

    assert (ran.code, ran.out, aws.calls) == (2, b"", [])
    assert mentions in ran.err


@pytest.mark.parametrize(
    "arguments", [["--since", "1970-01-01T00:00:00Z"], ["--until", "9999-12-31T00:00:00Z"]]
)
def test_a_span_of_ages_asks_only_for_days_that_can_have_rows(
    run: Run, aws: FakeRegions, arguments: list[str]
) -> None:
    """Rows are kept for 400 days, and none is from the future."""
    found = put(aws, 1)

    assert listed(run, *arguments, "--account", "222222222222") == [found]
    assert listed(run, *arguments) == [found]
    assert aws.operations().count("Query") < 8 * 405


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("operation", ["Query", "BatchGetItem"])
def test_a_region_that_cannot_be_read_ends_the_list(run: Run, aws: FakeRegions, operation: str) -> None:
    """Part of a record is no record."""
    put(aws, 1)
    put(aws, 2, AWAY)
    aws.faults[AWAY, operation] = Fault(400, "ProvisionedThroughputExceededException")
    ran = run("vends")

    assert (ran.code, ran.out) == (3, b"")
    assert f"{AWAY}: ledger-{AWAY} can't be read: AWS answered ProvisionedThroughputExceeded" in ran.err


def test_rows_that_dynamodb_leaves_out_end_the_list(run: Run, aws: FakeRegions) -> None:
    """Nor is a list with holes."""
    put(aws, 1)
    aws.unprocessed = 2
    ran = run("vends")

    assert (ran.code, ran.out) == (3, b"")
    assert "left rows out" in ran.err


def test_a_row_that_the_hub_did_not_write_is_named(run: Run, aws: FakeRegions) -> None:
    """Somebody else wrote into the ledger: that is for people to look at."""
    vend_id = put(aws, 1)
    aws.regions[HOME].ledger[vend_id]["Outcome"] = {"BOOL": True}
    ran = run("vends")

    assert (ran.code, ran.out) == (3, b"")
    assert vend_id in ran.err


# --- packed sizes, by role profile --------------------------------------------------------------


def test_packed_sizes_are_summed_up_by_profile(run: Run, aws: FakeRegions) -> None:
    """The fullest first, with the vend that was; what is at 80% or more is marked, and is no failure."""
    for minutes, size in enumerate((6, 79, 7), 1):
        put(aws, minutes, Profile="app", PackedPolicySize=size)
    fullest = put(aws, 9, Profile="deploy", PackedPolicySize=80)
    ran = run("vends", "--packed")
    heading, first, second = ran.out.decode().splitlines()

    assert re.split("  +", heading) == [
        *("PROFILE", "VENDS", "TOO LARGE", "MEDIAN", "LARGEST", "NEARLY FULL", "AT", "VEND ID")
    ]
    assert first.split()[:6] == ["deploy", "1", "0", "80%", "80%", "yes"]
    assert first.endswith(fullest)
    assert second.split()[:6] == ["app", "3", "0", "7%", "79%", "no"]
    assert ran.code == 0
    assert "1 of 2 role profiles took 80% or more" in ran.err


def test_a_program_gets_the_sizes_as_numbers(run: Run, aws: FakeRegions) -> None:
    """With every key; a profile whose vends STS refused has nothing else."""
    vend_id = put(aws, 1, Profile="app", PackedPolicySize=100)
    put(aws, 2, Profile="app", Outcome="SpokePolicyTooLarge")
    put(aws, 3, Profile="deploy", Outcome="SpokePolicyTooLarge")
    ran = run("vends", "--packed", "--format", "json")
    found = json.loads(ran.out)

    at = found[0].pop("At")
    assert at == aws.regions[HOME].ledger[vend_id]["At"]["S"]
    assert found == [
        {
            "Profile": "app",
            "Vends": 1,
            "TooLarge": 1,
            "Median": 100,
            "Largest": 100,
            "NearlyFull": True,
            "VendId": vend_id,
        },
        {
            "Profile": "deploy",
            "Vends": 0,
            "TooLarge": 1,
            "Median": None,
            "Largest": None,
            "NearlyFull": True,
            "At": None,
            "VendId": None,
        },
    ]
    assert ran.code == 0


@pytest.mark.usefixtures("both")
def test_a_profile_is_summed_up_over_all_regions(run: Run, aws: FakeRegions) -> None:
    """One row a profile, wherever it was vended of."""
    put(aws, 1, HOME, Profile="app", PackedPolicySize=6)
    vend_id = put(aws, 2, AWAY, Profile="app", PackedPolicySize=8)
    (found,) = json.loads(run("vends", "--packed", "--format", "json").out)

    assert (found["Vends"], found["Largest"], found["VendId"]) == (2, 8, vend_id)


def test_packed_sizes_are_of_the_rows_that_are_asked_for(run: Run, aws: FakeRegions) -> None:
    """By time, caller, role and limit, as without it."""
    put(aws, 1, Profile="app", PackedPolicySize=6)
    put(aws, 2, Profile="app", PackedPolicySize=7, Role="other-role")
    put(aws, 90, Profile="app", PackedPolicySize=90)

    def largest(*arguments: str) -> list[int]:
        ran = run("vends", "--packed", "--format", "json", *arguments)
        assert ran.code == 0
        return [each["Largest"] for each in json.loads(ran.out)]

    assert largest() == [7]
    assert largest("--since", "2h") == [90]
    assert largest("--role", "222222222222/app-role") == [6]
    assert largest("--caller", "111111111111/nobody") == []
    assert largest("--limit", "1") == [6]
    assert "there are more than 1" in run("vends", "--packed", "--limit", "1").err


@pytest.mark.parametrize(("format_", "empty"), [("table", b""), ("json", b"[]\n")])
def test_rows_without_a_size_say_so(run: Run, aws: FakeRegions, format_: str, empty: bytes) -> None:
    """Nothing measured is not nothing used."""
    put(aws, 1, Outcome="NotGranted")
    ran = run("vends", "--packed", "--format", format_)

    assert (ran.code, ran.out) == (0, empty)
    assert "no vend of these has a packed size" in ran.err


def test_a_ledger_that_cannot_be_read_sums_up_nothing(run: Run, aws: FakeRegions) -> None:
    """A sum over part of the rows would be taken for all of them."""
    put(aws, 1, Profile="app", PackedPolicySize=6)
    aws.faults[HOME, "BatchGetItem"] = Fault(400, "ProvisionedThroughputExceededException")
    ran = run("vends", "--packed")

    assert (ran.code, ran.out) == (3, b"")
