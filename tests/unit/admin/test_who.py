"""``hubspoke-admin who``: from a key, a vend's id or a record to the ledger's row."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.support.cloudtrail import HUB, SPOKE, assume_role, row
from tests.support.fake_estate import FakeEstate, serving

AT = datetime.now(UTC)
VEND = row(1, AT)
KEY = str(VEND.AccessKeyId)
Run = Callable[..., Any]


def later_call(key: str | None = KEY, session: str = str(VEND.RoleSessionName)) -> dict[str, Any]:
    """Make the record of a call with vended credentials."""
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAAPP:{session}",
        "arn": f"arn:aws:sts::{SPOKE}:assumed-role/app/{session}",
        "accountId": SPOKE,
        **({"accessKeyId": key} if key else {}),
    }
    return {"eventName": "ListBuckets", "userIdentity": identity}


@pytest.fixture
def estate(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEstate]:
    """A hub that made three vends just now."""
    with serving(FakeEstate({"LedgerTable": "ledger"}, [row(number, AT) for number in range(3)])) as served:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.mark.parametrize("subject", [KEY, VEND.VendId], ids=["access key id", "vend id"])
def test_an_id_leads_to_the_caller(run: Run, estate: FakeEstate, subject: str) -> None:
    """And to the grant, the reason, the role and the time."""
    ran = run("who", subject)

    assert ran.code == 0
    for known in (
        VEND.Principal,
        VEND.Policies,
        VEND.Reason,
        VEND.RoleArn,
        VEND.At,
        VEND.Outcome,
        "eu-west-1",
    ):
        assert str(known) in ran.out.decode()


@pytest.mark.parametrize(
    "record",
    [
        later_call(),
        {"Records": [later_call()]},
        later_call(key=None),
        later_call(key="ASIANOTINTHELEDGER00"),
        assume_role(1, AT),
        assume_role(1, AT, responseElements=None),
    ],
    ids=["key", "a file's only one", "session name", "unknown key", "the vend itself", "a vend unanswered"],
)
def test_a_record_leads_to_the_caller(
    run: Run, estate: FakeEstate, tmp_path: Path, record: dict[str, Any]
) -> None:
    """By the key first, and by the end of the session's name where that isn't known."""
    (tmp_path / "record.json").write_text(json.dumps(record))

    ran = run("who", tmp_path / "record.json", "--format", "json")

    assert (ran.code, json.loads(ran.out)) == (0, {"Region": "eu-west-1", **VEND.to_document()})


def in_another_account(session: str, account: str = SPOKE) -> dict[str, Any]:
    """Make another account's record of a call: it has no ARN and no key of the caller."""
    identity = {"type": "AWSAccount", "principalId": f"AROAAPP:{session}", "accountId": account}
    return {"eventName": "GetObject", "userIdentity": identity}


def test_a_record_of_another_account_leads_to_the_caller(
    run: Run, estate: FakeEstate, tmp_path: Path
) -> None:
    (tmp_path / "record.json").write_text(json.dumps(in_another_account(str(VEND.RoleSessionName))))

    assert run("who", tmp_path / "record.json").code == 0


FRAMED = str(VEND.RoleSessionName)


@pytest.mark.parametrize(
    "record",
    [
        later_call("ASIANOTINTHELEDGER00", f"somebody-{VEND.VendId}"),
        later_call("ASIANOTINTHELEDGER00")
        | {"userIdentity": {"arn": f"arn:aws:sts::{HUB}:assumed-role/app/{FRAMED}"}},
        {"userIdentity": {"arn": f"arn:aws:sts::{SPOKE}:assumed-role/other/{FRAMED}"}},
        {"userIdentity": {"arn": f"arn:aws:iam::{SPOKE}:user/{FRAMED}"}},
        {"requestParameters": {"roleArn": f"arn:aws:iam::{SPOKE}:role/other", "roleSessionName": FRAMED}},
        in_another_account(FRAMED, HUB),
        in_another_account(f"x{FRAMED}"),
    ],
    ids=["name", "account", "role", "user", "asked for", "principal's account", "principal's name"],
)
def test_a_session_named_after_a_vend_is_not_taken_for_it(
    run: Run, estate: FakeEstate, tmp_path: Path, record: dict[str, Any]
) -> None:
    """Whoever may assume a role chooses the session's name, and must not put a call on somebody else."""
    (tmp_path / "record.json").write_text(json.dumps(record))

    ran = run("who", tmp_path / "record.json")

    assert ran.out == b""
    assert ran.code in (1, 3)


def test_a_record_may_come_by_standard_input(
    run: Run, estate: FakeEstate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(later_call()).encode())))

    assert run("who", "-").code == 0


@pytest.mark.parametrize("subject", ["ASIA0000000000000099", "AKIAIOSFODNN7EXAMPLE", "0" * 26])
def test_what_nobody_knows_is_a_no(run: Run, estate: FakeEstate, subject: str) -> None:
    ran = run("who", subject)

    assert (ran.code, ran.out) == (1, b"")
    assert "no ledger of these Regions knows it" in ran.err


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"{}",
        b'{"Records": []}',
        b'{"Records": [1]}',
        b'{"Records": [{}, {}]}',
        b'{"userIdentity": 1, "requestParameters": [], "responseElements": "x"}',
        b'{"userIdentity": {"accessKeyId": ["x"], "arn": 1, "principalId": {}}}',
        json.dumps({"userIdentity": {"type": "Root", "arn": f"arn:aws:iam::{HUB}:root"}}).encode(),
        b" " * (4 * 1024 * 1024 + 1),
    ],
    ids=range(13),
)
def test_what_is_no_record_is_answered(run: Run, estate: FakeEstate, tmp_path: Path, content: bytes) -> None:
    """In one line that says what to give."""
    (tmp_path / "record.json").write_bytes(content)

    ran = run("who", tmp_path / "record.json")

    assert (ran.code, ran.out) == (3, b"")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "subject", ["nosuch", "asia0000000000000001", "ASIA1", "ASIA000000000000000١", ".", ""]
)
def test_what_is_neither_an_id_nor_a_file_is_answered(run: Run, estate: FakeEstate, subject: str) -> None:
    ran = run("who", subject)

    assert (ran.code, ran.out) == (3, b"")
    assert "give an access key id" in ran.err


def test_a_ledger_that_cannot_be_read_is_no_no(run: Run, estate: FakeEstate) -> None:
    """It might know."""
    estate.failing["Query"] = "ThrottlingException"

    ran = run("who", KEY)

    assert (ran.code, ran.out) == (3, b"")
    assert "ThrottlingException" in ran.err


def test_another_region_may_know_what_one_cannot_say(run: Run, estate: FakeEstate) -> None:
    """Every ledger is asked; a failure counts only where none knows it."""
    estate.failing["Query eu-west-1"] = "ThrottlingException"
    regions = ("--regions", "eu-west-1,us-east-1")

    known, unknown = run("who", KEY, *regions), run("who", "ASIA0000000000000099", *regions)

    assert known.code == 0
    assert "us-east-1" in known.out.decode()
    assert (unknown.code, unknown.out) == (3, b"")
