"""hubspoke.child_environment."""

from datetime import UTC, datetime

import pytest

from hubspoke.cache import Entry
from hubspoke.child_environment import (
    CONTRADICTING,
    KEYS,
    child_environment,
    contradicting,
    refreshed_environment,
    variables,
)
from hubspoke_contract.reply import Credentials
from hubspoke_contract.secret import Secret
from tests.support.fake_hub import ACCOUNT, VENDED_SECRET, VENDED_TOKEN, vended

_FOUND = Entry(
    Credentials.from_document(vended(Expiration="2026-11-22T10:00:00+01:00")),
    datetime(2026, 11, 22, 8, tzinfo=UTC),
).kept()


def test_the_variables_of_the_role_are_set() -> None:
    """Under every name that somebody reads, and in place of the caller's own."""
    own = {"AWS_ACCESS_KEY_ID": "own", "AWS_SECRET_ACCESS_KEY": "own", "AWS_SESSION_TOKEN": "own"}
    assert child_environment(own, _FOUND) == {
        "AWS_ACCESS_KEY_ID": "ASIAFAKEHUB000000000",
        "AWS_SECRET_ACCESS_KEY": VENDED_SECRET,
        "AWS_SESSION_TOKEN": VENDED_TOKEN,
        "AWS_SECURITY_TOKEN": VENDED_TOKEN,
        "AWS_CREDENTIAL_EXPIRATION": "2026-11-22T09:00:00Z",
        "AWS_SESSION_EXPIRATION": "2026-11-22T09:00:00Z",
        "AWS_ACCOUNT_ID": ACCOUNT,
    }


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_SOMETHING_NEW",
        "AWS_BEARER_TOKEN_BEDROCK",
    ],
)
def test_what_names_another_identity_is_removed(name: str) -> None:
    """It could win over the keys, or confuse who reads it."""
    assert name not in child_environment({name: "x"}, _FOUND)
    assert contradicting([name, "PATH"]) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_CONFIG_FILE",
        "AWS_CA_BUNDLE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "HUBSPOKE_ENDPOINT",
    ],
)
def test_the_rest_stays(name: str) -> None:
    """It names no identity."""
    assert child_environment({name: "x"}, _FOUND)[name] == "x"


def test_an_endpoint_stands_alone() -> None:
    """Whatever SDKs would prefer to it is dropped, the names of keys that we set ourselves included."""
    before = dict.fromkeys([*CONTRADICTING, *KEYS, "AWS_BEARER_TOKEN_BEDROCK"], "x") | {"AWS_REGION": "r"}
    found = refreshed_environment(before, "222222222222", "http://127.0.0.1:1/x", Secret("token"))
    assert found == {
        "AWS_REGION": "r",
        "AWS_ACCOUNT_ID": "222222222222",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
    }


def test_the_keys_are_all_that_are_set_but_the_account() -> None:
    """So that none of them is forgotten where they must go."""
    assert set(variables(_FOUND)) == {*KEYS, "AWS_ACCOUNT_ID"}
