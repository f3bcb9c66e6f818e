"""examples/: a function of another account that attaches the client's layers and reads a spoke."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hubspoke_local.accounts import REGION, TOOLING
from hubspoke_local.example import deploy_example, share_layers
from hubspoke_local.hub import EmbeddedHub

DEV = "222222222222"
Invoke = Callable[[], Any]


@pytest.fixture(scope="module")
def invoke(hub: EmbeddedHub, tmp_path_factory: pytest.TempPathFactory) -> Invoke:
    """Deploy the example, and say how it is invoked."""
    share_layers(hub.deployment, hub.outputs)
    folder = tmp_path_factory.mktemp("example")
    outputs = deploy_example(hub.deployment, hub.outputs, hub.endpoint, folder)
    functions = hub.root_client("lambda", TOOLING)

    def call() -> Any:
        reply = functions.invoke(FunctionName=outputs["FunctionName"])
        return {"error": reply.get("FunctionError"), "said": json.loads(reply["Payload"].read())}

    return call


def test_it_reads_a_spoke(hub: EmbeddedHub, invoke: Invoke) -> None:
    """With the layers alone, as its own role, the accounts that the grants open to it and no other."""
    hub.root_client("s3", DEV).create_bucket(
        Bucket="seen-by-the-report", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    said = invoke()
    assert said["error"] is None, said
    (account,) = said["said"]["Accounts"]
    assert account["AccountId"] == DEV
    assert f":sts::{DEV}:assumed-role/automation-spoke-role/" in account["SeenAs"]
    assert "seen-by-the-report" in account["Buckets"]


def test_warm_it_vends_no_second_time(hub: EmbeddedHub, invoke: Invoke) -> None:
    """The session outlives the invocation."""
    ledger = hub.root_client("dynamodb")

    def rows() -> int:
        found = ledger.scan(TableName=hub.outputs["LedgerTable"])["Items"]
        return sum("inventory-report" in json.dumps(row) for row in found)

    invoke()
    before = rows()
    assert before > 0
    assert invoke()["error"] is None
    assert rows() == before


def test_an_account_that_is_not_let_cannot_attach_the_layers(hub: EmbeddedHub, invoke: Invoke) -> None:
    """The embedded hub would otherwise show nothing of what AWS asks for."""
    functions = hub.root_client("lambda", DEV)
    with pytest.raises(functions.exceptions.ClientError) as raised:
        functions.get_layer_version_by_arn(Arn=hub.outputs["ClientLayerArn"])
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
    hub.root_client("lambda", TOOLING).get_layer_version_by_arn(Arn=hub.outputs["ClientLayerArn"])
