"""A caller's document as ``hubspoke-admin policy`` writes it, in place of the demo's, on the running hub."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run
from tests.support.policies import GRANTED

BOT = "inventory-bot"
TARGETS = [f"{account}/automation-spoke-role" for account in ("222222222222", "333333333333")]


@pytest.fixture
def printed(hub: EmbeddedHub, run: Run) -> Any:
    """Print it, as the operator does: which hub it is, and where its API is, the stack says."""
    principal = f'Caller::User::"111111111111/{BOT}"'
    done = run("hubspoke-admin", "policy", "caller", "--principal", principal, *GRANTED, profile="operator")
    assert (done.code, done.err) == (0, "")
    return done.json()


@pytest.fixture
def put(hub: EmbeddedHub) -> Iterator[Any]:
    """Give it to the caller, and in the end the demo's back."""
    iam = hub.root_client("iam")
    (name,) = iam.list_user_policies(UserName=BOT)["PolicyNames"]
    before = iam.get_user_policy(UserName=BOT, PolicyName=name)["PolicyDocument"]

    def put(document: Any) -> None:
        iam.put_user_policy(UserName=BOT, PolicyName=name, PolicyDocument=json.dumps(document))

    yield put
    put(before)


def test_it_is_all_that_the_caller_needs(run: Run, printed: Any, put: Any) -> None:
    """Vends in both accounts, and the questions."""
    put(printed)
    for target in TARGETS:
        done = run("hubspoke", "credential-process", target)
        assert done.code == 0, done.err
        assert done.json()["AccountId"] == target[:12]
    assert run("hubspoke", "whoami").code == 0
    assert "automation-spoke-role" in run("hubspoke", "roles").out


def test_no_line_of_it_is_too_many(run: Run, printed: Any, put: Any) -> None:
    """Without one of its resources, that call is refused, and the other isn't."""
    vend, _ = printed["Statement"]
    vend["Resource"] = [arn for arn in vend["Resource"] if TARGETS[0][:12] not in arn]
    put(printed)
    assert run("hubspoke", "credential-process", TARGETS[0]).code == 77
    assert run("hubspoke", "credential-process", TARGETS[1]).code == 0
