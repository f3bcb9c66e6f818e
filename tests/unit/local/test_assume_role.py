"""The rules of AssumeRole that are ours to add to the emulator."""

from urllib.parse import urlencode

import pytest

from hubspoke_local.assume_role import Asked, beyond_role, malformed, read

ARN = "arn:aws:iam::222222222222:role/hubspoke/automation-spoke-role"
ROLE = {"Arn": ARN, "MaxSessionDuration": 3600}
HUB_SESSION = {"Arn": "arn:aws:sts::111111111111:assumed-role/hubspoke-prod-eu-west-1-vend/vend"}


def asked(**parameters: str) -> Asked:
    sent = {"Action": "AssumeRole", "RoleArn": ARN, "RoleSessionName": "bot", **parameters}
    found = read(urlencode(sent).encode(), {})
    assert found is not None
    return found


def test_other_requests_are_none_of_its_business() -> None:
    assert read(b"Action=GetCallerIdentity", {}) is None
    assert read(b"", {}) is None


def test_the_body_wins_over_the_query() -> None:
    found = read(b"RoleSessionName=body", {"Action": ["AssumeRole"], "RoleSessionName": ["query"]})
    assert found is not None
    assert found.session_name == "body"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"RoleSessionName": "a" * 64},
        {"DurationSeconds": "900"},
        {"DurationSeconds": "43200"},
        {"SourceIdentity": "user.111111111111.inventory-bot"},
        {"ExternalId": "a:b/c-d_e"},
    ],
)
def test_what_sts_takes_is_taken(parameters: dict[str, str]) -> None:
    assert malformed(asked(**parameters)) is None


@pytest.mark.parametrize(
    "parameters",
    [
        {"RoleSessionName": ""},
        {"RoleSessionName": "a"},
        {"RoleSessionName": "a b"},
        {"RoleSessionName": "bot\n"},
        {"RoleSessionName": "bött"},
        {"RoleSessionName": "a" * 65},
        {"SourceIdentity": ""},
        {"SourceIdentity": "a:b"},
        {"SourceIdentity": "aws:bot"},
        {"SourceIdentity": "a" * 65},
        {"ExternalId": ""},
        {"ExternalId": "a b"},
        {"DurationSeconds": "899"},
        {"DurationSeconds": "43201"},
        {"DurationSeconds": "-900"},
        {"DurationSeconds": "9e2"},
        {f"Tags.member.{number}.Key": str(number) for number in range(1, 52)},
    ],
)
def test_what_sts_refuses_is_a_validation_error(parameters: dict[str, str]) -> None:
    refusal = malformed(asked(**parameters))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (400, "ValidationError")


def test_a_role_within_its_limits_is_assumed() -> None:
    assert beyond_role(asked(), ROLE, HUB_SESSION) is None
    assert beyond_role(asked(DurationSeconds="43200"), {**ROLE, "MaxSessionDuration": 43200}, None) is None


def test_a_role_is_the_one_with_that_path_too() -> None:
    refusal = beyond_role(asked(), {**ROLE, "Arn": ARN.replace("/hubspoke", "")}, None)
    assert refusal is not None
    assert refusal.code == "AccessDenied"
    assert beyond_role(asked(), None, None) == refusal


def test_a_chained_session_lasts_an_hour_whatever_the_role_allows() -> None:
    long = {**ROLE, "MaxSessionDuration": 43200}
    refusal = beyond_role(asked(DurationSeconds="3601"), long, HUB_SESSION)
    assert refusal is not None
    assert refusal.code == "ValidationError"


def test_a_role_sets_its_own_longest_duration() -> None:
    refusal = beyond_role(asked(DurationSeconds="3601"), ROLE, None)
    assert refusal is not None
    assert refusal.code == "ValidationError"


def test_a_source_identity_once_set_stays() -> None:
    named = {**HUB_SESSION, "SourceIdentity": "alice"}
    assert beyond_role(asked(), ROLE, named) is None
    assert beyond_role(asked(SourceIdentity="alice"), ROLE, named) is None
    refusal = beyond_role(asked(SourceIdentity="mallory"), ROLE, named)
    assert refusal is not None
    assert refusal.code == "AccessDenied"
