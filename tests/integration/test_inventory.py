"""The inventory in a stack of its own: deployed from the template, under its role, with what is packed.

The emulator's organization has one account, the hub's own, which is its management account. That is enough to
see that the role may do what the function does, and that the function runs as it is packed.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.accounts import HUB
from hubspoke_local.hub import EmbeddedHub

ROLES = """\
roles:
  automation:
    role: automation-spoke-role
    path: /hubspoke/
    accounts: {ids: ["111111111111"]}
"""
POLICY = '@id("it") permit (principal, action == Action::"assume", resource);\n'
TESTS = """\
tests:
  - principal: Caller::User::"111111111111/inventory-bot"
    role: 111111111111/automation-spoke-role
    expect: permit
  - principal: Caller::User::"111111111111/inventory-bot"
    role: 111111111111/another-role
    expect: deny
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHub]:
    """A hub with the inventory, and grants for the one account there is."""
    with EmbeddedHub.start(tmp_path_factory.mktemp("hub"), publish=False, inventory=True) as running:
        yield running


@pytest.fixture
def grants(tmp_path: Path) -> Path:
    """A folder whose one account stands elsewhere than the organization says."""
    folder = tmp_path / "grants"
    (folder / "policies").mkdir(parents=True)
    account = {"Id": HUB, "Name": "hub", "OrgUnit": "ou-root/Elsewhere", "Tags": {}}
    (folder / "accounts.json").write_text(json.dumps([account]))
    (folder / "tests.yaml").write_text(TESTS)
    (folder / "roles.yaml").write_text(ROLES)
    (folder / "policies" / "it.cedar").write_text(POLICY)
    return folder


@pytest.fixture
def wake(hub: EmbeddedHub) -> Callable[[], dict[str, Any]]:
    """Invoke the function as its schedule does, and return its record."""

    def wake() -> dict[str, Any]:
        client = hub.root_client("lambda")
        reply = client.invoke(FunctionName="hubspoke-prod-inventory", Payload=b'{"source": "aws.events"}')
        assert "FunctionError" not in reply
        record: dict[str, Any] = json.loads(reply["Payload"].read())
        return record

    return wake


def in_force(hub: EmbeddedHub) -> dict[str, Any]:
    reply = hub.root_client("s3").get_object(Bucket=hub.outputs["BundleBucket"], Key="bundle.json")
    document: dict[str, Any] = json.loads(reply["Body"].read())
    return document


def test_the_accounts_in_force_become_the_organizations(
    hub: EmbeddedHub, grants: Path, wake: Callable[[], dict[str, Any]]
) -> None:
    """Once; a second look finds nothing to do."""
    hub.publish(grants)
    first, second = wake(), wake()

    assert (first["outcome"], second["outcome"]) == ("Written", "Unchanged")
    (account,) = in_force(hub)["Accounts"]
    assert (account["Id"], account["OrgUnit"]) == (HUB, "ou-root")
    assert in_force(hub)["AccountsFrom"] == "organization"


@pytest.mark.parametrize(
    ("action", "detail"),
    [
        ("organizations:ListTagsForResource", "ListTagsForResource: AccessDeniedException"),
        ("s3:PutObject", "PutObject: AccessDenied"),
        ("s3:GetObject", "GetObject: AccessDenied"),
    ],
)
def test_each_permission_is_needed(
    hub: EmbeddedHub, grants: Path, wake: Callable[[], dict[str, Any]], action: str, detail: str
) -> None:
    """Without it nothing is written, and the record says which call was refused."""
    hub.publish(grants, "--accounts-from-folder")
    iam = hub.root_client("iam")
    role = hub.outputs["InventoryRoleArn"].rsplit("/", 1)[-1]
    deny = {"Effect": "Deny", "Action": action, "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="without",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    try:
        record = wake()
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="without")

    assert (record["outcome"], record["detail"]) == ("Failed", detail)
    assert in_force(hub)["AccountsFrom"] == "folder"
