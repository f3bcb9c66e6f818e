"""What is on record in the running hub after a vend: who, what and why, and nothing secret."""

import json

import pytest

from hubspoke import Hub
from hubspoke_local.hub import EmbeddedHub
from tests.plugins.canary import Canaries


def test_nothing_secret_rests_in_the_hub_and_the_audit_record_does(
    hub: EmbeddedHub, canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, bucket, function settings and logs hold the vend's id, and neither its key nor its token."""
    for name, value in hub.environment("inventory-bot").items():
        monkeypatch.setenv(name, value)
    credentials = Hub(hub.endpoint, cache=False).credentials(
        "222222222222", "automation-spoke-role", reason="a test"
    )
    canaries.adopt("secret key", credentials.secret_access_key.reveal())
    canaries.adopt("session token", credentials.session_token.reveal())

    dynamodb, logs = hub.root_client("dynamodb"), hub.root_client("logs")
    rows = [dynamodb.scan(TableName=table)["Items"] for table in dynamodb.list_tables()["TableNames"]]
    lines = [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    settings = hub.root_client("lambda").get_function_configuration(FunctionName=hub.outputs["FunctionName"])
    bundle = hub.root_client("s3").get_object(Bucket=hub.outputs["BundleBucket"], Key="bundle.json")
    for sink, text in {
        "the tables": json.dumps(rows),
        "the logs": "\n".join(lines),
        "the function's settings": json.dumps(settings, default=str),
        "the bundle": bundle["Body"].read().decode(),
    }.items():
        canaries.check(sink, text)

    (record,) = [
        json.loads(line)["audit"] for line in lines if '"audit"' in line and credentials.vend_id in line
    ]
    assert record["outcome"] == "Vended"
    assert record["principal"] == 'Caller::User::"111111111111/inventory-bot"'
    assert record["access_key_id"] == credentials.access_key_id
    (row,) = [row for table in rows for row in table if row.get("VendId") == {"S": credentials.vend_id}]
    assert row["Reason"] == {"S": "a test"}
