"""The embedded hub's CloudTrail against its ledger: vends that happened, and what is amiss among them."""

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.accounts import REGION
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

DEV = "222222222222/automation-spoke-role"
PROD = "333333333333/automation-spoke-role"
CALLER = 'Caller::User::"111111111111/inventory-bot"'


@pytest.fixture
def trail(hub: EmbeddedHub, run: Run, tmp_path: Path) -> Path:
    """A copy of the files, after two vends and a call with the first one's keys."""
    vended = run(
        "hubspoke", "run", DEV, "--reason", "the audit's test", "--", "aws", "sts", "get-caller-identity"
    )
    assert vended.code == 0
    assert run("hubspoke", "run", PROD, "--", "true").code == 0
    return shutil.copytree(hub.trail, tmp_path / "trail")


def recorded(trail: Path) -> list[dict[str, Any]]:
    """Read every record of a trail, the oldest first."""
    files = sorted(trail.rglob("*.json.gz"), key=lambda file: file.stat().st_mtime_ns)
    return [record for file in files for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]]


def last_vend(trail: Path) -> dict[str, Any]:
    """Return the hub's record of the last vend in Dev."""
    return [
        record
        for record in recorded(trail)
        if record["eventName"] == "AssumeRole"
        and record["recipientAccountId"] == "111111111111"
        and "222222222222" in record["requestParameters"]["roleArn"]
    ][-1]


def key_of(record: dict[str, Any]) -> str:
    """Return the key that an AssumeRole made."""
    key: str = record["responseElements"]["credentials"]["accessKeyId"]
    return key


def audited(run: Run, trail: Path) -> tuple[int, dict[str, Any]]:
    done = run(
        "hubspoke-admin",
        "audit",
        "--trail",
        str(trail),
        "--delay",
        "0s",
        "--format",
        "json",
        profile="operator",
    )
    return done.code, done.json()


def test_every_vend_is_paired(run: Run, trail: Path) -> None:
    """As the other tests left the hub: whatever they vended is on both sides."""
    code, found = audited(run, trail)

    assert (code, found["Findings"]) == (0, [])
    assert found["Summary"]["Paired"] >= 2


def test_one_row_removed_and_one_foreign_assume_role_are_exactly_what_it_names(
    hub: EmbeddedHub, run: Run, trail: Path
) -> None:
    """The issue's own words, on real vends."""
    vend, ledger = last_vend(trail), hub.root_client("dynamodb")
    table, row_key = (
        hub.outputs["LedgerTable"],
        {"VendId": {"S": vend["requestParameters"]["roleSessionName"][-26:]}},
    )
    row = ledger.get_item(TableName=table, Key=row_key)["Item"]
    foreign = json.loads(json.dumps(vend))
    foreign["userIdentity"] = {
        "type": "IAMUser",
        "arn": "arn:aws:iam::111111111111:user/eve",
        "accountId": "111111111111",
    }
    foreign["responseElements"]["credentials"]["accessKeyId"] = "ASIAEVE0000000000000"
    day = f"{datetime.now(UTC):%Y/%m/%d}"
    place = trail / f"AWSLogs/o-localhub01/111111111111/CloudTrail/{REGION}/{day}"
    (place / f"111111111111_CloudTrail_{REGION}_20260101T0000Z_foreign.json.gz").write_bytes(
        gzip.compress(json.dumps({"Records": [foreign]}).encode())
    )
    ledger.delete_item(TableName=table, Key=row_key)
    try:
        code, found = audited(run, trail)
    finally:
        ledger.put_item(TableName=table, Item=row)

    assert code == 1
    assert {(each["Kind"], each["AccessKeyId"]) for each in found["Findings"]} == {
        ("NotInLedger", key_of(vend)),
        ("AroundTheHub", "ASIAEVE0000000000000"),
    }


def test_a_file_that_is_missing_is_a_vend_cloudtrail_does_not_know(run: Run, trail: Path) -> None:
    """Both accounts' records gone, and the row is left alone."""
    vend = last_vend(trail)
    for file in trail.rglob("*.json.gz"):
        if vend["sharedEventID"].encode() in gzip.decompress(file.read_bytes()):
            file.unlink()

    code, found = audited(run, trail)

    assert code == 1
    assert [(each["Kind"], each["AccessKeyId"]) for each in found["Findings"]] == [
        ("NotInTrail", key_of(vend))
    ]


def test_who_leads_from_a_key_and_from_a_later_call_to_caller_grant_and_reason(
    run: Run, trail: Path, tmp_path: Path
) -> None:
    """The spoke's account knows a key and a session; the hub knows whose they are."""
    vend = last_vend(trail)
    (call,) = [
        record
        for record in recorded(trail)
        if record["eventName"] == "GetCallerIdentity"
        and record["userIdentity"]["accessKeyId"] == key_of(vend)
    ]
    (tmp_path / "record.json").write_text(json.dumps(call))

    answers = [
        run("hubspoke-admin", "who", subject, "--format", "json", profile="operator").json()
        for subject in (
            key_of(vend),
            str(tmp_path / "record.json"),
            vend["requestParameters"]["roleSessionName"][-26:],
        )
    ]

    assert answers[0] == answers[1] == answers[2]
    assert (answers[0]["Principal"], answers[0]["Reason"]) == (CALLER, "the audit's test")
    assert answers[0]["Policies"]
    assert call["recipientAccountId"] == "222222222222"
    assert call["userIdentity"]["sessionContext"]["sourceIdentity"] == answers[0]["SourceIdentity"]
    assert run("hubspoke-admin", "who", "ASIA0000000000000000", profile="operator").code == 1
