"""Every permission in the chain is needed: take one away, and the next vend fails, with the right code.

The controls that lie outside our code are IAM's. These tests take them away one at a time in the
running emulator and put them back.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done, Run

HUB, DEV = "111111111111", "222222222222"
TARGET = f"{DEV}/automation-spoke-role"
Taken = Callable[[EmbeddedHub], Any]


def role_name(hub: EmbeddedHub) -> str:
    """Name the function's execution role."""
    return hub.outputs["ExecutionRoleArn"].rpartition("/")[2]


@contextmanager
def no_invoke_permission(hub: EmbeddedHub) -> Iterator[None]:
    """Take away every statement that lets API Gateway invoke the function's alias."""
    client = hub.root_client("lambda")
    alias = {"FunctionName": hub.outputs["FunctionName"], "Qualifier": "live"}
    statements = json.loads(client.get_policy(**alias)["Policy"])["Statement"]
    assert statements
    for statement in statements:
        client.remove_permission(**alias, StatementId=statement["Sid"])
    yield
    for statement in statements:
        client.add_permission(
            **alias,
            StatementId=statement["Sid"],
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
        )


@contextmanager
def no_sts_statement(hub: EmbeddedHub, sid: str) -> Iterator[None]:
    """Take one statement out of what the execution role may do with STS."""
    iam, role = hub.root_client("iam"), role_name(hub)
    document = iam.get_role_policy(RoleName=role, PolicyName="assume-spoke-roles")["PolicyDocument"]
    kept = [statement for statement in document["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(document["Statement"]) - 1
    put = {"RoleName": role, "PolicyName": "assume-spoke-roles"}
    iam.put_role_policy(**put, PolicyDocument=json.dumps(document | {"Statement": kept}))
    yield
    iam.put_role_policy(**put, PolicyDocument=json.dumps(document))


@contextmanager
def no_caller_policy(hub: EmbeddedHub) -> Iterator[None]:
    """Take away the caller's permission to call the API."""
    iam = hub.root_client("iam")
    (name,) = iam.list_user_policies(UserName="inventory-bot")["PolicyNames"]
    document = iam.get_user_policy(UserName="inventory-bot", PolicyName=name)["PolicyDocument"]
    iam.delete_user_policy(UserName="inventory-bot", PolicyName=name)
    yield
    iam.put_user_policy(UserName="inventory-bot", PolicyName=name, PolicyDocument=json.dumps(document))


@contextmanager
def trust(hub: EmbeddedHub, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Iterator[None]:
    """Change the spoke role's trust policy."""
    iam = hub.root_client("iam", DEV)
    before = iam.get_role(RoleName="automation-spoke-role")["Role"]["AssumeRolePolicyDocument"]
    after = before | {"Statement": change(json.loads(json.dumps(before["Statement"])))}
    assert after != before
    iam.update_assume_role_policy(RoleName="automation-spoke-role", PolicyDocument=json.dumps(after))
    yield
    iam.update_assume_role_policy(RoleName="automation-spoke-role", PolicyDocument=json.dumps(before))


def another_principal(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Trust somebody else's role instead of the hub's."""
    return [item | {"Principal": {"AWS": f"arn:aws:iam::{HUB}:user/operator"}} for item in statements]


def another_external_id(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask for an external id that the hub doesn't have."""
    for statement in statements:
        if "sts:ExternalId" in statement.get("Condition", {}).get("StringEquals", {}):
            statement["Condition"]["StringEquals"]["sts:ExternalId"] = "another-external-id"
    return statements


def no_source_identity(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Don't allow a source identity to be set."""
    return [item for item in statements if item["Action"] != "sts:SetSourceIdentity"]


def vend(run: Run) -> Done:
    """Vend anew, past the cache and without waiting for retries."""
    return run("hubspoke", "run", TARGET, "--no-cache", "--retries", "0", "--", "true")


TAKEN: dict[str, tuple[Taken, int, str]] = {
    "the caller's policy": (no_caller_policy, 77, "execute-api:Invoke"),
    "the function's invoke permission": (no_invoke_permission, 75, ""),
    "the execution role's sts:AssumeRole": (
        lambda hub: no_sts_statement(hub, "AssumeOnlyWithASourceIdentity"),
        71,
        "SpokeRefused",
    ),
    "the execution role's sts:SetSourceIdentity": (
        lambda hub: no_sts_statement(hub, "SetSourceIdentity"),
        71,
        "SpokeRefused",
    ),
    "the spoke's trust in the hub": (lambda hub: trust(hub, another_principal), 71, "SpokeRefused"),
    "the spoke's external id": (lambda hub: trust(hub, another_external_id), 71, "SpokeRefused"),
    "the spoke's sts:SetSourceIdentity": (lambda hub: trust(hub, no_source_identity), 71, "SpokeRefused"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_without_it_the_next_vend_fails(what: str, hub: EmbeddedHub, run: Run) -> None:
    """With it a vend works, without it not, and with it again."""
    take, code, words = TAKEN[what]
    assert vend(run).code == 0
    with take(hub):
        done = vend(run)
        assert done.code == code, done.err
        assert words in done.err
    assert vend(run).code == 0


def test_a_callers_policy_can_name_the_target(hub: EmbeddedHub, run: Run) -> None:
    """The account and the role are in the path, so IAM can restrict a caller to one spoke."""
    iam = hub.root_client("iam")
    api = f"arn:aws:execute-api:{hub.region}:{HUB}:{hub.outputs['ApiId']}"
    with no_caller_policy(hub):
        iam.put_user_policy(
            UserName="inventory-bot",
            PolicyName="one-spoke",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Action": "execute-api:Invoke",
                        "Resource": f"{api}/*/POST/v1/accounts/{DEV}/*",
                    },
                }
            ),
        )
        assert vend(run).code == 0
        elsewhere = run("hubspoke", "run", "333333333333/automation-spoke-role", "--no-cache", "--", "true")
        assert elsewhere.code == 77
        iam.delete_user_policy(UserName="inventory-bot", PolicyName="one-spoke")


def test_quarantine_stops_the_very_next_vend(hub: EmbeddedHub, run: Run) -> None:
    """One row in the quarantine table, and the caller is refused; the row gone, granted."""
    item = {"Subject": {"S": f"caller:{HUB}/inventory-bot"}, "Reason": {"S": "test"}}
    where = ("--table-name", hub.outputs["QuarantineTable"])
    assert vend(run).code == 0
    assert (
        run("aws", "dynamodb", "put-item", *where, "--item", json.dumps(item), profile="operator").code == 0
    )
    done = vend(run)
    assert (done.code, "AccessDenied" in done.err) == (77, True)
    key = json.dumps({"Subject": item["Subject"]})
    assert run("aws", "dynamodb", "delete-item", *where, "--key", key, profile="operator").code == 0
    assert vend(run).code == 0
