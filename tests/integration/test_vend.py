"""A vend end to end: real signatures, real IAM evaluation, the real template, clients nobody here wrote."""

import json
from configparser import ConfigParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pycurl
import pytest

from hubspoke import AccessDenied, Hub
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Run

DEV = "222222222222/automation-spoke-role"
PROD = "333333333333/automation-spoke-role"
SESSION = "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-"


def keys_of(hub: EmbeddedHub, profile: str) -> tuple[str, str]:
    """Read a caller's key from the AWS config file, as a person would."""
    config = ConfigParser()
    config.read(hub.environment(profile)["AWS_CONFIG_FILE"])
    section = config[f"profile {profile}"]
    return section["aws_access_key_id"], section["aws_secret_access_key"]


def curl(
    hub: EmbeddedHub, profile: str, path: str, method: str = "POST", body: bytes = b""
) -> tuple[int, Any]:
    """Call the hub as ``curl --aws-sigv4`` does: by the same library, libcurl."""
    answer = BytesIO()
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, hub.endpoint + path)
    handle.setopt(pycurl.CUSTOMREQUEST, method)
    handle.setopt(pycurl.AWS_SIGV4, f"aws:amz:{hub.region}:execute-api")
    handle.setopt(pycurl.USERPWD, ":".join(keys_of(hub, profile)))
    handle.setopt(pycurl.WRITEDATA, answer)
    if body:
        handle.setopt(pycurl.POSTFIELDS, body)
        handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json"])
    handle.perform()
    status = handle.getinfo(pycurl.RESPONSE_CODE)
    handle.close()
    return status, json.loads(answer.getvalue())


def test_run_gives_the_command_the_spokes_role(run: Run) -> None:
    """Under ``hubspoke run``, AWS's own CLI is the spoke's role, in a session named after the caller."""
    done = run("hubspoke", "run", DEV, "--", "aws", "sts", "get-caller-identity")
    assert done.code == 0
    assert done.json()["Arn"].startswith(SESSION)


def test_run_passes_the_exit_code_on(run: Run) -> None:
    """The command's exit code is hubspoke's."""
    assert run("hubspoke", "run", PROD, "--", "sh", "-c", "exit 7").code == 7


def test_run_of_a_role_that_is_not_granted_says_so(run: Run) -> None:
    """A refusal is one or two lines, its own exit code, and the command never runs."""
    done = run("hubspoke", "run", "222222222222/deploy-spoke-role", "--", "echo", "it ran")
    assert done.code == 77
    assert "AccessDenied" in done.err
    assert "it ran" not in done.out
    assert len(done.err.splitlines()) <= 2


def test_roles_lists_exactly_what_may_be_taken(run: Run) -> None:
    """The JSON of ``hubspoke roles`` is a list of the two roles of the starting grants."""
    offers = run("hubspoke", "roles", "--format", "json").json()
    assert [f"{offer['AccountId']}/{offer['RoleName']}" for offer in offers] == [DEV, PROD]


def test_every_role_on_offer_can_be_vended_and_no_other(run: Run) -> None:
    """Discovery and the vend agree over the whole catalogue, for every caller there is."""
    catalogue = [
        f"{account}/{role}"
        for account in ("222222222222", "333333333333", "444444444444")
        for role in ("automation-spoke-role", "deploy-spoke-role")
    ]
    for profile in ("inventory-bot", "stranger"):
        offers = run("hubspoke", "roles", "--format", "json", profile=profile).json()
        offered = {f"{offer['AccountId']}/{offer['RoleName']}" for offer in offers}
        vended = {
            target
            for target in catalogue
            if run("hubspoke", "run", target, "--", "true", profile=profile).code == 0
        }
        assert vended == offered


def test_a_stranger_gets_nothing(hub: EmbeddedHub) -> None:
    """Whoever may call the API but has no grant reads AccessDenied, whatever is asked for."""
    for target in ("222222222222/roles/automation-spoke-role", "999999999999/roles/no-such-role"):
        status, document = curl(hub, "stranger", f"/v1/accounts/{target}/credentials")
        assert (status, document["Code"]) == (403, "AccessDenied")


def test_whoami_is_what_the_gateway_verified(run: Run) -> None:
    """The identity comes from the signature, with IAM's own unique id."""
    identity = run("hubspoke", "whoami", "--format", "json").json()
    assert identity["Principal"] == 'Caller::User::"111111111111/inventory-bot"'
    assert identity["UniqueId"].startswith("AIDA")


def test_curl_vends_and_the_aws_cli_takes_the_document(hub: EmbeddedHub, run: Run, tmp_path: Path) -> None:
    """A signer nobody here wrote gets a document that a consumer nobody here wrote accepts."""
    status, document = curl(
        hub, "inventory-bot", "/v1/accounts/222222222222/roles/automation-spoke-role/credentials"
    )
    assert status == 200
    (tmp_path / "document.json").write_text(json.dumps(document))
    config = tmp_path / "config"
    config.write_text(f"[profile spoke]\ncredential_process = cat {tmp_path / 'document.json'}\n")
    done = run("aws", "sts", "get-caller-identity", profile="spoke", AWS_CONFIG_FILE=str(config))
    assert done.json()["Arn"] == document["AssumedRoleArn"]


def test_credential_process_serves_the_aws_cli(hub: EmbeddedHub, run: Run, tmp_path: Path) -> None:
    """A profile with ``credential_process = hubspoke credential-process …`` is all the AWS CLI needs."""
    config = tmp_path / "config"
    config.write_text(
        Path(hub.environment("operator")["AWS_CONFIG_FILE"]).read_text()
        + f"[profile spoke]\ncredential_process = hubspoke credential-process {DEV} --profile inventory-bot\n"
    )
    done = run("aws", "sts", "get-caller-identity", profile="spoke", AWS_CONFIG_FILE=str(config))
    assert done.json()["Arn"].startswith(SESSION)


def test_env_makes_a_shell_the_role(run: Run) -> None:
    """What ``hubspoke env`` prints turns a plain shell into the spoke's role."""
    done = run("sh", "-c", f'set -e; vars="$(hubspoke env {DEV})"; eval "$vars"; aws sts get-caller-identity')
    assert done.json()["Arn"].startswith(SESSION)


def test_the_vended_session_can_do_what_its_role_can_and_no_more(run: Run) -> None:
    """The role is read only: AWS's evaluation, not ours, refuses a write."""
    assert run("hubspoke", "run", DEV, "--", "aws", "s3api", "list-buckets").code == 0
    refused = run("hubspoke", "run", DEV, "--", "aws", "s3api", "create-bucket", "--bucket", "new-bucket")
    assert refused.code != 0
    assert "AccessDenied" in refused.err


def test_the_library_vends(hub: EmbeddedHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """``Hub.credentials`` and ``Hub.session`` work from settings as any service has them."""
    for name, value in hub.environment("inventory-bot").items():
        monkeypatch.setenv(name, value)
    client = Hub(hub.endpoint)
    credentials = client.credentials("222222222222", "automation-spoke-role", duration=900)
    assert credentials.source_identity == "user.111111111111.inventory-bot"
    session = client.session("222222222222", "automation-spoke-role")
    assert session.client("sts").get_caller_identity()["Arn"].startswith(SESSION)
    assert len(list(client.roles())) == 2
    with pytest.raises(AccessDenied):
        client.credentials("222222222222", "deploy-spoke-role")


def test_the_ledger_and_the_session_name_carry_one_id(hub: EmbeddedHub, run: Run) -> None:
    """From what STS says of a session, its name's end, the operator finds the row."""
    arn = run("hubspoke", "run", DEV, "--no-cache", "--", "aws", "sts", "get-caller-identity").json()["Arn"]
    vend_id = arn.rpartition("-")[2]
    row = run(
        "aws",
        "dynamodb",
        "get-item",
        "--table-name",
        hub.outputs["LedgerTable"],
        "--key",
        json.dumps({"VendId": {"S": vend_id}}),
        profile="operator",
    ).json()["Item"]
    assert row["Outcome"] == {"S": "Vended"}
    assert row["Principal"] == {"S": 'Caller::User::"111111111111/inventory-bot"'}
    assert arn.endswith("/" + row["RoleSessionName"]["S"])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/accounts/22222222222/roles/automation-spoke-role/credentials",
        "/v1/accounts/222222222222/roles/automation-spoke-role%0A/credentials",
        "/v1/accounts/222222222222/roles/automation-spoke-role/credentials?DurationSeconds=900",
    ],
)
def test_a_malformed_request_is_4xx_on_the_wire(path: str, hub: EmbeddedHub) -> None:
    """What is not in the grammar never becomes a vend."""
    status, _ = curl(hub, "inventory-bot", path)
    assert status in (400, 403)


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"DurationSeconds": true}', b'{"DurationSeconds": 3601}', b'{"RoleArn": "x"}', b'{"a": NaN}'],
)
def test_a_malformed_body_is_400_on_the_wire(body: bytes, hub: EmbeddedHub) -> None:
    """The body's grammar holds behind the gateway as it does in the unit tests."""
    path = "/v1/accounts/222222222222/roles/automation-spoke-role/credentials"
    status, document = curl(hub, "inventory-bot", path, body=body)
    assert (status, document["Code"]) == (400, "InvalidRequest")
