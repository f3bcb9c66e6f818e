"""Every example of assume-spoke-role's own document, with ``hubspoke`` in its place, against STS.

``aws-vault exec PROFILE -- COMMAND`` is played by a script that does what it is for: it runs the command
with the profile's keys in its environment.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

import hubspoke
from hubspoke_local.accounts import DIRECT_CALLER, DIRECT_EXTERNAL_ID, external_ids
from hubspoke_local.hub import BIN, EmbeddedHub
from tests.integration.conftest import Done, Run

AWS_VAULT = f"""#!{BIN}/python
import os, sys
from configparser import ConfigParser
assert sys.argv[1] == "exec" and sys.argv[3] == "--"
config = ConfigParser()
config.read(os.environ["AWS_CONFIG_FILE"])
profile = config["profile " + sys.argv[2]]
os.environ["AWS_ACCESS_KEY_ID"] = profile["aws_access_key_id"]
os.environ["AWS_SECRET_ACCESS_KEY"] = profile["aws_secret_access_key"]
os.execvp(sys.argv[4], sys.argv[4:])
"""

VARIABLES = """
# Optional, but recommended.
export ASSUME_ROLE_SESSION_STRING="me@company.com"

# Pre-configure which things to connect to.
export ASSUME_ROLE_HUB_ACCOUNT="999999999999"
export ASSUME_ROLE_SPOKE_ACCOUNT="888888888888"
export ASSUME_ROLE_HUB_ROLE="automation-hub-role"
export ASSUME_ROLE_SPOKE_ROLE="automation-spoke-role"
"""

RUN = """
aws-vault exec sys-automation -- \\
    hubspoke run -- \\
        aws sts get-caller-identity
"""

OVERRIDE = """
aws-vault exec sys-automation -- \\
    hubspoke run --spoke-account 777777777777 -- \\
        aws sts get-caller-identity
"""

PARAMETERS = """
aws-vault exec sys-automation -- \\
    hubspoke run \\
        --hub-account 999999999999 \\
        --spoke-account 888888888888 \\
        --hub-role "automation-hub-role" \\
        --spoke-role "automation-spoke-role" \\
        --external-id "this-is-my-automation" \\
        -- \\
        aws sts get-caller-identity
"""

Shell = Callable[[str], Done]


@pytest.fixture
def shell(run: Run, tmp_path: Path) -> Shell:
    """Run a script in a shell that has no hub to call, and neither a profile nor keys of its own."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "aws-vault"
    script.write_text(AWS_VAULT)
    script.chmod(0o755)
    path = os.pathsep.join([str(tmp_path / "bin"), str(BIN), os.environ["PATH"]])
    return lambda text: run("sh", "-ec", text, without=("HUBSPOKE_ENDPOINT", "AWS_PROFILE"), PATH=path)


@pytest.mark.parametrize(
    ("script", "account", "session"),
    [
        pytest.param(VARIABLES + RUN, "888888888888", "me@company.com", id="variables"),
        pytest.param(VARIABLES + OVERRIDE, "777777777777", "me@company.com", id="override"),
        pytest.param(PARAMETERS, "888888888888", "hubspoke", id="parameters"),
    ],
)
def test_an_example_runs_as_it_is_written(shell: Shell, script: str, account: str, session: str) -> None:
    """AWS's own CLI is the spoke's role, in a session of the name that was asked for."""
    done = shell(script)
    assert done.code == 0, done.err
    assert done.json()["Arn"] == f"arn:aws:sts::{account}:assumed-role/automation-spoke-role/{session}"


@pytest.fixture
def caller(hub: EmbeddedHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """The automation's own session, as a program makes it."""
    for name, value in hub.environment(DIRECT_CALLER).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HUBSPOKE_CACHE_DIR", str(tmp_path / "cache"))
    return boto3.Session(profile_name=DIRECT_CALLER)


def test_the_library(caller: boto3.Session) -> None:
    """One call gives what the example prints; the caller's session is still the caller's."""
    credentials = hubspoke.assume_spoke_role(
        hub_account="999999999999",
        spoke_account="888888888888",
        hub_role="automation-hub-role",
        spoke_role="automation-spoke-role",
        external_id="this-is-my-automation",
        session_string="me@example.com",
        session=caller,
    )
    spoke = boto3.Session(
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key.reveal(),
        aws_session_token=credentials.session_token.reveal(),
        region_name="eu-west-1",
    )
    arn = "arn:aws:sts::888888888888:assumed-role/automation-spoke-role/me@example.com"
    assert spoke.client("sts").get_caller_identity()["Arn"] == credentials.assumed_role_arn == arn
    assert caller.client("sts").get_caller_identity()["Arn"].endswith(f":user/{DIRECT_CALLER}")


def test_a_session_of_the_library(caller: boto3.Session) -> None:
    """It renews itself, and is the role."""
    route = hubspoke.HubRole("999999999999", "automation-hub-role", session=caller)
    session = route.session("777777777777", "automation-spoke-role", region_name="eu-west-1")
    assert session.client("sts").get_caller_identity()["Account"] == "777777777777"


DIRECT = ("--hub-account", "999999999999", "--hub-role", "automation-hub-role")
VENDED_TOO = "222222222222/hubspoke/automation-spoke-role"


@pytest.fixture
def unrecorded(hub: EmbeddedHub) -> Iterator[None]:
    """Take the test's records out of the trail: other tests audit it, and find nothing around the hub."""
    before = set(hub.trail.rglob("*.json.gz"))
    yield
    for file in set(hub.trail.rglob("*.json.gz")) - before:
        file.unlink()


@pytest.mark.usefixtures("unrecorded")
@pytest.mark.parametrize(
    ("external_id", "code"),
    [(DIRECT_EXTERNAL_ID, 0), (external_ids()["automation"], 71), ("", 71)],
)
def test_a_role_that_trusts_both_asks_for_the_direct_routes_external_id(
    run: Run, external_id: str, code: int
) -> None:
    """The hub's own is another, and no other does."""
    done = run(
        "hubspoke", "env", VENDED_TOO, *DIRECT, profile=DIRECT_CALLER, ASSUME_ROLE_EXTERNAL_ID=external_id
    )
    assert done.code == code, done.err
    assert (code == 0) is ("AWS_SESSION_TOKEN" in done.out)


@pytest.mark.usefixtures("unrecorded")
def test_the_audit_names_a_direct_session_of_a_role_that_the_hub_vends(run: Run, hub: EmbeddedHub) -> None:
    """It has no row in the ledger: whoever lets a role be taken both ways has to expect it."""
    variables = {"ASSUME_ROLE_EXTERNAL_ID": DIRECT_EXTERNAL_ID}
    assert run("hubspoke", "env", VENDED_TOO, *DIRECT, profile=DIRECT_CALLER, **variables).code == 0
    audit = ("hubspoke-admin", "audit", "--trail", str(hub.trail), "--delay", "0s", "--format", "json")
    done = run(*audit, profile="operator")
    assert done.code == 1
    assert "AroundTheHub" in {each["Kind"] for each in done.json()["Findings"]}


@pytest.mark.parametrize(
    ("profile", "target", "code", "says"),
    [
        ("inventory-bot", "888888888888/automation-spoke-role", 77, "HubRoleRefused"),
        (DIRECT_CALLER, "888888888888/no-such-role", 71, "SpokeRefused"),
        (DIRECT_CALLER, "222222222222/deploy-spoke-role", 71, "SpokeRefused"),
    ],
)
def test_who_isnt_trusted_gets_nothing(run: Run, profile: str, target: str, code: int, says: str) -> None:
    """Two lines that say which of the two roles refused, and the command doesn't run."""
    done = run("hubspoke", "run", target, *DIRECT, "--", "echo", "it ran", profile=profile)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert len(done.err.splitlines()) <= 2


def test_the_hub_doesnt_vend_what_trusts_the_hub_role_alone(run: Run) -> None:
    """The two routes are apart: a role of one is none of the other's."""
    done = run("hubspoke", "env", "888888888888/automation-spoke-role")
    assert (done.code, "AccessDenied" in done.err) == (77, True)


def test_a_second_spoke_costs_one_call(hub: EmbeddedHub, run: Run) -> None:
    """The hub role is assumed once: CloudTrail shows one call in the hub account, and one for each spoke."""
    for account in ("888888888888", "777777777777"):
        target = f"{account}/automation-spoke-role"
        session = ("--session-string", "counted@example.com")
        assert run("hubspoke", "env", target, *DIRECT, *session, profile=DIRECT_CALLER).code == 0
    records = [
        record
        for path in hub.trail.rglob("*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
        if (record.get("requestParameters") or {}).get("roleSessionName") == "counted@example.com"
    ]
    ours = [
        each["requestParameters"]["roleArn"]
        for each in records
        if each["recipientAccountId"] == "999999999999"
    ]
    assert sorted(ours) == [
        "arn:aws:iam::777777777777:role/automation-spoke-role",
        "arn:aws:iam::888888888888:role/automation-spoke-role",
        "arn:aws:iam::999999999999:role/automation-hub-role",
    ]
