"""The ledger, searched through a client of DynamoDB on a real socket."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_contract.names import AccountId
from hubspoke_contract.vends import (
    ID_ALPHABET,
    Criteria,
    RowInvalid,
    RowsMissing,
    Vend,
    day_of,
    find,
    is_vend_id,
    least_id,
    vend_id,
)
from tests.support.fake_regions import FakeRegions
from tests.support.vends import BOT, NOON, row

REGION = "eu-west-1"


@pytest.fixture
def aws() -> Iterator[FakeRegions]:
    """Stand in for AWS."""
    with FakeRegions(REGION) as fake:
        yield fake


@pytest.fixture
def ids(aws: FakeRegions) -> Iterator[Any]:
    """Search the ledger, and list the ids found."""
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=aws.url,
        aws_access_key_id="ASIAOPERATOR",
        aws_secret_access_key="operators",
    )

    def ids(below: str | None = None, **criteria: Any) -> list[str]:
        asked = {"since": NOON - timedelta(hours=1), "until": NOON} | criteria
        return [vend.VendId for vend in find(client, f"ledger-{REGION}", Criteria(**asked), below)]

    yield ids
    client.close()


def put(aws: FakeRegions, *rows: dict[str, Any]) -> list[str]:
    """Put rows into the ledger, and list their ids from the newest."""
    aws.regions[REGION].ledger |= {item["VendId"]["S"]: item for item in rows}
    return sorted((item["VendId"]["S"] for item in rows), reverse=True)


def minutes_before_noon(*minutes: float) -> list[dict[str, Any]]:
    """Make rows of these times, in the shards that come by themselves."""
    return [row(NOON - timedelta(minutes=each), place) for place, each in enumerate(minutes)]


# --- ids and days -----------------------------------------------------------------------------


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.binary(min_size=10, max_size=10),
)
def test_an_id_is_no_less_than_the_least_of_its_time(at: datetime, random: bytes) -> None:
    """All ids of a millisecond lie between the least of it and the least of the next."""
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    made = least_id(at)[:10] + vend_id(0, random)[10:]

    assert is_vend_id(made)
    assert least_id(at) <= made < least_id(at + timedelta(milliseconds=1))
    assert day_of(made).startswith(f"{at.date()}/")


def test_a_day_has_eight_shards() -> None:
    """The random end of an id chooses its shard, each as often as the others."""
    days = [day_of(least_id(NOON)[:-1] + letter) for letter in ID_ALPHABET]

    assert {day: days.count(day) for day in days} == {f"2026-03-01/{shard}": 4 for shard in range(8)}


# --- by time ----------------------------------------------------------------------------------


def test_shards_and_pages_come_as_one_list_newest_first(aws: FakeRegions, ids: Any) -> None:
    """Rows of all shards, several pages in each, are merged by time."""
    aws.page_size = 2
    expected = put(aws, *minutes_before_noon(*range(50)))

    assert len({item["Day"]["S"] for item in aws.regions[REGION].ledger.values()}) == 8
    assert ids() == expected


def test_days_follow_each_other(aws: FakeRegions, ids: Any) -> None:
    """A range over midnights reads each day once, from the last."""
    expected = put(aws, *minutes_before_noon(*range(0, 3 * 1440, 240)))

    assert ids(since=NOON - timedelta(days=3)) == expected
    assert aws.operations().count("Query") == 4 * 8


def test_more_rows_than_one_batch_takes_are_all_read(aws: FakeRegions, ids: Any) -> None:
    """DynamoDB takes a hundred keys at once."""
    expected = put(aws, *minutes_before_noon(*(place / 10 for place in range(250))))

    assert ids() == expected
    assert aws.operations().count("BatchGetItem") == 3


def test_both_ends_of_the_range_are_in_it(aws: FakeRegions, ids: Any) -> None:
    """A row of exactly since or until is found; a millisecond beyond either is not."""
    since = NOON - timedelta(hours=1)
    expected = put(aws, row(since), row(NOON))
    put(aws, row(since - timedelta(milliseconds=1)), row(NOON + timedelta(milliseconds=1)))

    assert ids() == expected


@pytest.mark.parametrize("millisecond", range(0, 1000, 37))
def test_no_millisecond_is_lost_in_a_float(aws: FakeRegions, ids: Any, millisecond: int) -> None:
    """The one row of a range of one millisecond is found, whichever that is."""
    at = NOON + timedelta(milliseconds=millisecond)
    expected = put(aws, row(at), row(at + timedelta(milliseconds=1)), row(at - timedelta(milliseconds=1)))

    assert ids(since=at, until=at) == expected[1:2]


def test_days_are_those_of_utc(aws: FakeRegions, ids: Any) -> None:
    """A range written with an offset finds the rows of the same time."""
    expected = put(aws, row(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)))
    east = timezone(timedelta(hours=14))
    at = datetime(2026, 3, 1, 13, 30, tzinfo=east)

    assert ids(since=at, until=at + timedelta(minutes=1)) == expected


@pytest.mark.parametrize("by", [{}, {"principal": BOT}])
def test_a_range_the_wrong_way_round_is_empty(aws: FakeRegions, ids: Any, by: dict[str, str]) -> None:
    """DynamoDB would refuse it; nothing is in it."""
    put(aws, *minutes_before_noon(1, 2))

    assert ids(since=NOON, until=NOON - timedelta(days=2), **by) == []


# --- going on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [{}, {"principal": BOT}, {"account": AccountId("222222222222")}])
def test_below_goes_on_after_a_row(aws: FakeRegions, ids: Any, by: dict[str, str]) -> None:
    """The row itself and the newer ones don't come again."""
    rows = put(aws, *minutes_before_noon(*range(0, 2880, 200)))

    for place, last in enumerate(rows):
        assert ids(last, since=NOON - timedelta(days=2), **by) == rows[place + 1 :]


def test_going_on_does_not_ask_for_days_already_read(aws: FakeRegions, ids: Any) -> None:
    """Paging through a month costs each page its own days only."""
    ids(least_id(NOON - timedelta(days=29)), since=NOON - timedelta(days=30))

    assert aws.operations() == ["Query"] * 16


def test_below_does_not_reach_beyond_until(aws: FakeRegions, ids: Any) -> None:
    """An id that is newer than the range brings nothing newer."""
    put(aws, row(NOON + timedelta(minutes=5)))
    expected = put(aws, row(NOON))

    assert ids(least_id(NOON + timedelta(days=2))) == expected


def test_below_before_since_ends_the_list(aws: FakeRegions, ids: Any) -> None:
    """An id that is older than the range has nothing after it."""
    put(aws, *minutes_before_noon(1))

    assert ids(least_id(NOON - timedelta(days=5))) == []


# --- by what a row says -----------------------------------------------------------------------


_KEY = "ASIA00000000000000X1"


@pytest.mark.parametrize(
    ("criteria", "differing", "index"),
    [
        ({"access_key_id": _KEY}, [], "ByAccessKeyId"),
        ({"access_key_id": _KEY, "principal": BOT}, ["Principal"], "ByAccessKeyId"),
        ({"principal": BOT, "account": "222222222222"}, ["Principal", "Account"], "ByPrincipal"),
        ({"account": "222222222222", "role": "app-role"}, ["Account", "Role"], "ByAccount"),
        ({"role": "app-role"}, ["Role"], "ByDay"),
    ],
)
def test_all_criteria_hold_whatever_the_index(
    aws: FakeRegions, ids: Any, criteria: dict[str, str], differing: list[str], index: str
) -> None:
    """The narrowest index is asked, and the rest is compared."""
    expected = put(aws, row(NOON, AccessKeyId=_KEY))
    put(
        aws,
        *(
            row(NOON, place, **{"AccessKeyId": _KEY, name: "other"})
            for place, name in enumerate(differing, 1)
        ),
    )

    assert ids(**criteria) == expected
    assert f'"{index}"'.encode() in next(call.body for call in aws.calls if call.operation == "Query")


# --- what DynamoDB leaves out, and what isn't ours --------------------------------------------


def test_rows_are_read_as_they_are_now(aws: FakeRegions, ids: Any) -> None:
    """A replica that is behind the index has no row yet, or one without its key: nobody would know."""
    aws.unprocessed = 1
    put(aws, row(NOON))
    ids()
    read = [json.loads(call.body) for call in aws.calls if call.operation == "BatchGetItem"]

    assert [each["RequestItems"][f"ledger-{REGION}"]["ConsistentRead"] for each in read] == [True, True]


def test_keys_left_out_are_asked_for_again(aws: FakeRegions, ids: Any) -> None:
    """What DynamoDB didn't get to comes with the second call, in its place."""
    aws.unprocessed = 1
    expected = put(aws, *minutes_before_noon(1, 2, 3))

    assert ids() == expected


def test_keys_left_out_twice_are_no_list(aws: FakeRegions, ids: Any) -> None:
    """Part of a record is not passed off as the whole."""
    aws.unprocessed = 2
    put(aws, *minutes_before_noon(1, 2, 3))
    with pytest.raises(RowsMissing):
        ids()


def test_a_row_that_ends_meanwhile_is_left_out(aws: FakeRegions, ids: Any) -> None:
    """An index may still have what the table no longer does."""
    expected = put(aws, *minutes_before_noon(1, 2, 3))
    aws.meanwhile[REGION, "BatchGetItem"] = lambda: aws.regions[REGION].ledger.pop(expected[1])

    assert ids() == [expected[0], expected[2]]


def test_attributes_of_later_versions_are_passed_over() -> None:
    """A row reads the same with more in it; numbers are numbers, what is absent is None."""
    vend = Vend.from_item(
        {**row(NOON), "DurationSeconds": {"N": "900"}, "Later": {"M": {"x": {"BOOL": True}}}}
    )

    assert (vend.DurationSeconds, vend.Reason, vend.Principal) == (900, None, BOT)
    assert "Later" not in vend.to_document()
    assert vend.to_document()["Reason"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"Principal": None},
        {"At": None},
        {"Principal": {"NULL": True}},
        {"Reason": {"BOOL": True}},
        {"Role": {}},
        {"DurationSeconds": {"N": "1.5"}},
        {"Account": "222222222222"},
    ],
)
def test_a_row_that_is_not_the_functions_is_named(changes: dict[str, Any]) -> None:
    """Whoever else wrote into the ledger is not passed over."""
    item = {key: value for key, value in (row(NOON) | changes).items() if value is not None}
    with pytest.raises(RowInvalid, match=item["VendId"]["S"]):
        Vend.from_item(item)
