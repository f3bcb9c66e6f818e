"""CloudTrail's log files: what is read of them, and what isn't one."""

import gzip
import io
import json
import tracemalloc
from typing import Any

import pytest

from hubspoke_admin.trail import Unreadable, assumed, records
from tests.support.cloudtrail import (
    EXECUTION_ROLE,
    HUB,
    NOW,
    SPOKE,
    SPOKE_ROLE,
    assume_role,
    in_the_spoke,
    packed,
)


def read(content: bytes) -> list[Any]:
    return list(records(io.BytesIO(content)))


def test_a_file_gives_its_records_in_order() -> None:
    """Any number of them, whatever they are about."""
    written = [assume_role(1), {"eventSource": "s3.amazonaws.com"}, assume_role(2)]

    assert read(packed(*written)) == written
    assert read(packed()) == []


def test_a_file_of_several_chunks_is_read_whole() -> None:
    """Records lie across the chunks that a file is read in, and so do characters of several bytes."""
    written = [assume_role(number, note="é" * 300) for number in range(4000)]
    content = gzip.compress(json.dumps({"Records": written}, ensure_ascii=False).encode(), 1)

    assert read(content) == written


def test_blanks_between_are_none_of_its_business() -> None:
    """JSON for people is JSON."""
    assert read(gzip.compress(json.dumps({"Records": [{}, {}]}, indent=8).encode())) == [{}, {}]


def test_a_files_size_is_nobodys_memory() -> None:
    """Of ten megabytes of records, hardly two are held at a time."""
    content = packed(*(assume_role(number) for number in range(10_000)))
    tracemalloc.start()

    read = sum(1 for _ in records(io.BytesIO(content)))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (read, peak < 4 * 1024 * 1024) == (10_000, True)


WHOLE = packed(*(assume_role(number) for number in range(50)))
BENT = bytearray(WHOLE)
BENT[-5] ^= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b'{"Records": []}',
        b"\x1f\x8b",
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:-1],
        bytes(BENT),
        WHOLE + b"more",
        *(
            gzip.compress(text)
            for text in (
                b"",
                b"[]",
                b"null",
                b"{}",
                b'{"Records": {}}',
                b'{"Records": [',
                b'{"Records": [{}',
                b'{"Records": [{}]',
                b'{"Records": [{}]}{}',
                b'{"Records": [1]}',
                b'{"Records": [{"a": }]}',
                b'{"Records": ["\xff"]}',
                b'{"Records": [' + b"[" * 100_000,
                b'{"Records": [{"a": ' + b"9" * 100_000 + b"}]}",
                b'{"Records": [{"a": "' + b"x" * 6_000_000 + b'"}',
                b'{"digestS3Object": "x", "Records": []}',
            )
        ),
    ],
    ids=range(24),
)
def test_what_is_cut_short_or_foreign_is_unreadable(content: bytes) -> None:
    """It is said, in few words, and nothing else is raised."""
    with pytest.raises(Unreadable) as raised:
        read(content)

    assert len(str(raised.value)) < 80


def test_the_hubs_record_says_who_what_and_which_key() -> None:
    """The caller is the role, with its path, and not its session."""
    found = assumed(assume_role(7))

    assert found is not None
    assert (found.caller, found.role_arn, found.access_key_id) == (
        EXECUTION_ROLE,
        SPOKE_ROLE,
        "ASIA0000000000000007",
    )
    assert (found.at, found.recipient, found.error) == (NOW, HUB, None)


def test_the_spokes_record_knows_no_caller_but_an_account() -> None:
    found = assumed(in_the_spoke(7))

    assert found is not None
    assert (found.caller, found.caller_account, found.recipient) == (None, HUB, SPOKE)


def test_a_denial_has_no_key() -> None:
    """Not even if its record held one."""
    found = assumed(assume_role(errorCode="AccessDenied"))

    assert found is not None
    assert (found.error, found.access_key_id) == ("AccessDenied", None)


def test_a_users_and_a_services_call_name_them() -> None:
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{HUB}:user/eve", "accountId": HUB}
    service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}

    assert [
        found and found.caller
        for found in (assumed(assume_role(userIdentity=each)) for each in (user, service))
    ] == [
        user["arn"],
        "lambda.amazonaws.com",
    ]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"eventName": "AssumeRole"},
        assume_role(eventName="GetCallerIdentity"),
        assume_role(eventName=["AssumeRole"]),
    ],
    ids=range(4),
)
def test_other_events_are_passed_over(record: dict[str, Any]) -> None:
    assert assumed(record) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"eventID": None},
        {"eventTime": None},
        {"eventTime": "yesterday"},
        {"eventTime": "2026-02-30T00:00:00Z"},
        {"eventTime": "２026-11-25T12:00:00Z"},
        {"eventTime": 7},
        {"recipientAccountId": None},
        {"recipientAccountId": "1"},
        {"responseElements": None},
        {"responseElements": "x"},
        {"responseElements": {"credentials": []}},
        {"requestParameters": None},
        {"requestParameters": {"roleArn": 1}},
        {"requestParameters": {"roleArn": "\ud800"}},
    ],
    ids=str,
)
def test_a_record_of_a_session_without_what_it_must_have_is_unreadable(changes: dict[str, Any]) -> None:
    """A hole in it would be a hole in the audit."""
    with pytest.raises(Unreadable):
        assumed(assume_role(**changes))
