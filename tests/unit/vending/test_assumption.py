"""What an AssumeRole call is made of."""

import dataclasses
from typing import Any

import pytest

from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.decision import Permit
from vending.sts import Assumption

PROFILE = RoleProfile(
    name="app",
    role=RoleName("app-role"),
    path="/hubspoke/team/",
    external_id=None,
    max_duration=3600,
    session_policies=(),
    tags=(),
    caller_tag_keys=frozenset(),
    vends_per_minute=600,
)
PERMIT = Permit(PROFILE, duration=900, session_policy=None, tags=(), policies=("p",))
ALWAYS = {
    "RoleArn": "arn:aws-cn:iam::222222222222:role/hubspoke/team/app-role",
    "RoleSessionName": "bot-01",
    "SourceIdentity": "user.111111111111.bot",
    "DurationSeconds": 900,
}


@pytest.mark.parametrize(
    ("permit", "more"),
    [
        (PERMIT, {}),
        (dataclasses.replace(PERMIT, session_policy="{}"), {"Policy": "{}"}),
        (
            dataclasses.replace(PERMIT, profile=dataclasses.replace(PROFILE, external_id="id")),
            {"ExternalId": "id"},
        ),
        (
            dataclasses.replace(PERMIT, tags=(("a", "1"), ("b", ""))),
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]},
        ),
        (dataclasses.replace(PERMIT, duration=3600), {"DurationSeconds": 3600}),
    ],
)
def test_what_was_permitted_is_asked_for_whole(permit: Permit, more: dict[str, Any]) -> None:
    """Each restriction is sent, and what isn't set is not there at all: STS refuses empty ones."""
    asked = Assumption(
        partition="aws-cn",
        target=Target(AccountId("222222222222"), RoleName("app-role")),
        permit=permit,
        session_name="bot-01",
        source_identity="user.111111111111.bot",
    )

    assert asked.parameters() == ALWAYS | more
