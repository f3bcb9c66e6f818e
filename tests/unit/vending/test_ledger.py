"""The ledger's rows and the quarantine's reach."""

import json
import time
from collections.abc import Iterator

import boto3
import pytest

from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.caller import Caller, Kind
from tests.support.fake_aws import FakeAws, Reply
from tests.unit.vending.conftest import Invoke, event
from vending.ledger import KEPT_FOR, Ledger

CALLER = Caller(Kind.USER, "aws", AccountId("111111111111"), "inventory-bot", "AIDAEXAMPLE", None, None)
TARGET = Target(AccountId("222222222222"), RoleName("automation-spoke-role"))


ROW = {"VendId": "01", "RequestId": "request-1", "Account": "222222222222"}


def soon() -> float:
    """A deadline that nothing here meets."""
    return time.monotonic() + 10


@pytest.fixture
def ledger(aws: FakeAws) -> Iterator[Ledger]:
    """A ledger over the loopback DynamoDB."""
    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=aws.url,
        aws_access_key_id="ASIAHUBHUBHUBHUBHUBH",
        aws_secret_access_key="hub",
    )
    yield Ledger(client, "ledger", "quarantine")
    client.close()


def test_an_intent_is_open_and_ends_in_over_a_year(ledger: Ledger, aws: FakeAws) -> None:
    """A row begins as Intended, and DynamoDB drops it after its time."""
    ledger.intend(ROW | {"Session": None}, soon())
    row = aws.rows["01"]
    assert row["Outcome"] == {"S": "Intended"}
    assert abs(int(row["ExpiresAt"]["N"]) - time.time() - KEPT_FOR) < 60
    assert "Session" not in row


def test_a_vend_has_one_end(ledger: Ledger, aws: FakeAws) -> None:
    """A row that was concluded can't be concluded again."""
    ledger.intend(ROW, soon())
    ledger.conclude("01", {"Outcome": "Vended", "AccessKeyId": "ASIA1"}, soon())
    with pytest.raises(Refused) as refused:
        ledger.conclude("01", {"Outcome": "SpokeDenied"}, soon())
    assert refused.value.problem is Problem.LedgerUnavailable
    assert aws.rows["01"]["Outcome"] == {"S": "Vended"}


@pytest.mark.parametrize(
    "subject",
    [
        "everything",
        "account:222222222222",
        "role:222222222222/automation-spoke-role",
        "caller:111111111111/inventory-bot",
    ],
)
def test_each_kind_of_quarantine_is_seen(subject: str, ledger: Ledger, aws: FakeAws) -> None:
    """Everything, an account, a role or a caller can be stopped."""
    assert not ledger.is_quarantined(CALLER, TARGET, soon())
    aws.quarantine[subject] = {"Subject": {"S": subject}, "Reason": {"S": "test"}}
    assert ledger.is_quarantined(CALLER, TARGET, soon())


@pytest.mark.parametrize(
    "subject",
    ["account:333333333333", "role:222222222222/deploy-spoke-role", "caller:222222222222/inventory-bot"],
)
def test_a_quarantine_of_another_is_not_ours(subject: str, ledger: Ledger, aws: FakeAws) -> None:
    """A quarantine stops what it names and nothing else."""
    aws.quarantine[subject] = {"Subject": {"S": subject}}
    assert not ledger.is_quarantined(CALLER, TARGET, soon())


@pytest.mark.parametrize(
    ("end", "stops"),
    [
        ({"N": str(int(time.time()) + 86_400)}, True),
        ({"N": str(int(time.time()) - 60)}, False),
        ({"S": "tomorrow"}, True),
        ({"N": "soon"}, True),
        ({"NULL": True}, True),
    ],
)
def test_a_quarantine_ends_when_it_says_and_not_by_accident(
    end: dict[str, object], stops: bool, ledger: Ledger, aws: FakeAws
) -> None:
    """Its end is compared by us, since TTL deletes late; an end that makes no sense is none."""
    aws.quarantine["everything"] = {"Subject": {"S": "everything"}, "ExpiresAt": end}
    assert ledger.is_quarantined(CALLER, TARGET, soon()) is stops


@pytest.mark.parametrize(
    "answer",
    [
        {
            "Responses": {"quarantine": []},
            "UnprocessedKeys": {"quarantine": {"Keys": [{"Subject": {"S": "everything"}}]}},
        },
        {"Responses": {}, "UnprocessedKeys": {}},
        {},
    ],
)
def test_half_an_answer_is_no_answer(answer: dict[str, object], ledger: Ledger, aws: FakeAws) -> None:
    """If any key was not read, nobody can say that there is no quarantine."""
    aws.faults["BatchGetItem"] = Reply(200, json.dumps(answer).encode(), "application/x-amz-json-1.0")
    with pytest.raises(Refused) as refused:
        ledger.is_quarantined(CALLER, TARGET, soon())
    assert refused.value.problem is Problem.LedgerUnavailable


def test_a_row_of_another_request_is_never_written_over(ledger: Ledger, aws: FakeAws) -> None:
    """Should two vends ever have one id, the second fails."""
    ledger.intend(ROW, soon())
    with pytest.raises(Refused) as refused:
        ledger.intend(ROW | {"RequestId": "request-2"}, soon())
    assert refused.value.problem is Problem.LedgerUnavailable


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
def test_a_lost_reply_is_got_over(operation: str, invoke: Invoke, aws: FakeAws) -> None:
    """The write was done, its reply never came, botocore wrote again: that is one vend, not a failure."""
    aws.lost_replies[operation] = Reply(500, b"{}", "application/x-amz-json-1.0")
    reply = invoke(event("vend"))
    assert reply["statusCode"] == 200
    (row,) = aws.rows.values()
    assert row["Outcome"] == {"S": "Vended"}
    assert row["AccessKeyId"] == {"S": json.loads(reply["body"])["AccessKeyId"]}
