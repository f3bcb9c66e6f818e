"""The records and files of the embedded hub's CloudTrail."""

import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.trail import Call, Caller, deliver, records

AT = datetime(2026, 11, 25, 9, 5, 7, tzinfo=UTC)
USER = Caller("111111111111", "arn:aws:iam::111111111111:user/team/bot", "AIDABOT", "AKIABOT")
SESSION = Caller(
    "111111111111",
    "arn:aws:sts::111111111111:assumed-role/vend/function",
    "AROAVEND:function",
    "ASIAFUNCTION",
    role_arn="arn:aws:iam::111111111111:role/service/vend",
    source_identity="someone",
    issued_at=AT.timestamp(),
)
SENT = {
    "Action": "AssumeRole",
    "RoleArn": "arn:aws:iam::222222222222:role/hubspoke/app",
    "RoleSessionName": "bot-1",
    "SourceIdentity": "user.bot",
    "ExternalId": "xyz",
    "DurationSeconds": "900",
    "Policy": "{}",
    "Tags.member.1.Key": "team",
    "Tags.member.1.Value": "blue",
    "TransitiveTagKeys.member.1": "team",
    "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
}
GRANTED = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASPOKE</AccessKeyId>"
    "<SecretAccessKey>the-secret</SecretAccessKey><SessionToken>the-token</SessionToken>"
    "<Expiration>2026-11-25T10:05:07Z</Expiration></Credentials><AssumedRoleUser>"
    "<AssumedRoleId>AROAAPP:bot-1</AssumedRoleId><Arn>arn:aws:sts::222222222222:assumed-role/app/bot-1</Arn>"
    "</AssumedRoleUser><SourceIdentity>user.bot</SourceIdentity></AssumeRoleResult>"
    "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>"
)
DENIED = (
    "<ErrorResponse><Error><Code>AccessDenied</Code>"
    "<Message>not &lt;you&gt;</Message></Error></ErrorResponse>"
)


def call(**changes: Any) -> Call:
    return Call(
        **{
            "event": "AssumeRole",
            "sent": SENT,
            "at": AT,
            "user_agent": "Boto3",
            "status": 200,
            "reply": GRANTED,
        }
        | changes
    )


def test_the_two_accounts_share_an_event_and_only_the_callers_knows_who() -> None:
    """One call, two records: the role's account learns the caller's account and unique id."""
    own, other = records(call(), SESSION)

    assert own["sharedEventID"] == other["sharedEventID"]
    assert own["eventID"] != other["eventID"]
    assert (own["recipientAccountId"], other["recipientAccountId"]) == ("111111111111", "222222222222")
    assert other["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": "AROAVEND:function",
        "accountId": "111111111111",
    }
    assert own["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == SESSION.role_arn
    assert own["userIdentity"]["sessionContext"]["sourceIdentity"] == "someone"


def test_what_was_asked_and_answered_is_there_in_cloudtrails_names() -> None:
    """Parameters begin with a small letter, and the date is written as Java writes one."""
    own, other = records(call(), USER)

    assert (
        own["requestParameters"]
        == other["requestParameters"]
        == {
            "roleArn": SENT["RoleArn"],
            "roleSessionName": "bot-1",
            "sourceIdentity": "user.bot",
            "externalId": "xyz",
            "durationSeconds": 900,
            "policy": "{}",
            "tags": [{"key": "team", "value": "blue"}],
            "policyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            "transitiveTagKeys": ["team"],
        }
    )
    assert (
        own["responseElements"]
        == other["responseElements"]
        == {
            "credentials": {"accessKeyId": "ASIASPOKE", "expiration": "Nov 25, 2026 10:05:07 AM"},
            "assumedRoleUser": {
                "assumedRoleId": "AROAAPP:bot-1",
                "arn": "arn:aws:sts::222222222222:assumed-role/app/bot-1",
            },
            "sourceIdentity": "user.bot",
        }
    )
    assert own["userIdentity"]["userName"] == "bot"


def test_neither_the_secret_nor_the_token_is_in_a_record() -> None:
    """What somebody could sign with never reaches the files."""
    written = json.dumps(records(call(), SESSION))

    assert "the-secret" not in written
    assert "the-token" not in written


def test_a_denial_is_in_the_callers_account_alone() -> None:
    """It says the code, and no key was made."""
    (own,) = records(call(status=403, reply=DENIED), USER)

    assert (own["errorCode"], own["errorMessage"]) == ("AccessDenied", "not <you>")
    assert own["recipientAccountId"] == "111111111111"
    assert own["responseElements"] is None
    assert "sharedEventID" not in own


def test_a_role_of_the_callers_own_account_has_one_record() -> None:
    """Nothing is shared where there is one account."""
    sent = SENT | {"RoleArn": "arn:aws:iam::111111111111:role/app"}
    (own,) = records(call(sent=sent), USER)

    assert "sharedEventID" not in own


def test_a_later_call_names_key_issuer_and_source_identity() -> None:
    """That is what leads from any call back to a vend."""
    (own,) = records(call(event="GetCallerIdentity", sent={}, reply=""), SESSION)

    assert own["userIdentity"]["accessKeyId"] == "ASIAFUNCTION"
    assert own["requestParameters"] is None


@pytest.mark.parametrize("raw", ["", "9" * 30, "x", "१"])
def test_a_request_that_makes_no_sense_is_recorded_as_it_is(raw: str) -> None:
    """A refusal for its grammar has the parameters that were sent."""
    (own,) = records(
        call(sent=SENT | {"DurationSeconds": raw, "RoleArn": raw}, status=400, reply=DENIED), USER
    )

    assert own["requestParameters"]["roleArn"] == raw


def test_a_file_lies_where_an_organizations_trail_has_it(tmp_path: Path) -> None:
    """Account, Region and day are in its path and its name, and nothing half-written is left beside it."""
    own, _ = records(call(), SESSION)

    folder = tmp_path / "trail"
    written = deliver(own, folder)

    assert re.fullmatch(
        r"AWSLogs/o-localhub01/111111111111/CloudTrail/eu-west-1/2026/11/25/"
        r"111111111111_CloudTrail_eu-west-1_20261125T0905Z_[0-9a-f]{16}\.json\.gz",
        str(written.relative_to(folder)),
    )
    assert json.loads(gzip.decompress(written.read_bytes())) == {"Records": [own]}
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [written]
