"""A hub and a role, to write documents about."""

import pytest

from hubspoke_admin.documents.estate import Hub, SpokeRole, execution_role
from hubspoke_contract.names import AccountId, RoleName

ACCOUNT = AccountId("111111111111")


@pytest.fixture
def hub() -> Hub:
    """Stand in two Regions, within an organization."""
    roles = tuple(execution_role("aws", ACCOUNT, "prod", region) for region in ("eu-west-1", "us-east-1"))
    return Hub(
        "aws", ACCOUNT, "prod", roles, f"arn:aws:iam::{ACCOUNT}:role/automation-hub-role", "o-abcdefghij"
    )


@pytest.fixture
def role() -> SpokeRole:
    """Make a role as the starting grants have it."""
    return SpokeRole(
        name=RoleName("automation-spoke-role"),
        path="/hubspoke/",
        external_id="automation-external-id",
        tags=(),
        caller_tag_keys=(),
        accounts=(AccountId("222222222222"), AccountId("333333333333")),
    )
