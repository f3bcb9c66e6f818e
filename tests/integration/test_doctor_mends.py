"""What ``hubspoke-admin doctor`` says to do, done as it is printed: afterwards all is right."""

import copy
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hubspoke_local.accounts import BROKEN_SPOKE, DIRECT_EXTERNAL_ID, OPERATOR, PROJECT, SPOKE_ADMINISTRATOR
from hubspoke_local.deploy import DIRECT_HUB_ROLE_ARN
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done

ROLE = "automation-spoke-role"
TARGET = f"{BROKEN_SPOKE}/{ROLE}"
BOTH = ["--route", "both", "--hub-role", DIRECT_HUB_ROLE_ARN]
BOUNDARY = f"arn:aws:iam::{BROKEN_SPOKE}:policy/hubspoke/{ROLE}-boundary"
WEAK = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
Shell = Callable[[str], Done]


@pytest.fixture
def shell(hub: EmbeddedHub, tmp_path: Path) -> Shell:
    """Type a line: ``aws`` as whoever administers the spoke, everything else as the hub's operator."""
    shutil.copytree(PROJECT / "grants", tmp_path / "grants")

    def typed(line: str) -> Done:
        profile = SPOKE_ADMINISTRATOR if line.startswith("aws ") else OPERATOR
        # As the mend says: what an option would show to everybody on the machine.
        environment = hub.environment(profile) | {"ASSUME_ROLE_EXTERNAL_ID": DIRECT_EXTERNAL_ID}
        done = subprocess.run(
            ["bash", "-c", line],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return typed


@pytest.fixture
def trust(hub: EmbeddedHub) -> Iterator[dict[str, Any]]:
    """The role's trust to change; in the end, the role is as it was."""
    iam = hub.root_client("iam", BROKEN_SPOKE)
    role = iam.get_role(RoleName=ROLE)["Role"]
    before = json.dumps(role["AssumeRolePolicyDocument"])
    yield json.loads(before)
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=before)
    iam.put_role_permissions_boundary(RoleName=ROLE, PermissionsBoundary=BOUNDARY)
    iam.update_role(RoleName=ROLE, MaxSessionDuration=3600)


def doctor(shell: Shell, *more: str) -> tuple[int, dict[str, str]]:
    """Run it, and return what is wrong or unseen with what mends it."""
    done = shell(" ".join(["hubspoke-admin", "doctor", TARGET, "--format", "json", *more]))
    assert done.err == ""
    found = [*done.json()["Hub"], *done.json()["Roles"][0]["Findings"]]
    return done.code, {each["Code"]: each["Mend"] for each in found if each["Verdict"] in ("wrong", "unseen")}


def mend(shell: Shell, text: str) -> None:
    """Run the commands of a mend, in their order."""
    lines = [line for line in text.splitlines() if line.startswith(("aws ", "hubspoke-admin ", "test -n "))]
    assert lines
    for line in lines:
        done = shell(line)
        assert done.code == 0, f"{line}\n{done.err}"


def put(shell: Shell, document: dict[str, Any], tmp_path: Path) -> None:
    """Change the trust, as whoever administers the account would."""
    (tmp_path / "broken.json").write_text(json.dumps(document))
    verb = f"aws iam update-assume-role-policy --role-name {ROLE}"
    assert shell(f"{verb} --policy-document file://broken.json").code == 0


def _another_external_id(statements: dict[str, Any]) -> None:
    statements["HubMayAssume"]["Condition"]["StringEquals"]["sts:ExternalId"] = "another"


def _no_source_identity(statements: dict[str, Any]) -> None:
    statements["HubMaySetSourceIdentity"]["Action"] = "sts:TagSession"


def _another_principal(statements: dict[str, Any]) -> None:
    for each in statements.values():
        if each["Sid"].startswith("Hub"):
            each["Principal"]["AWS"] = "arn:aws:iam::121212121212:role/hubspoke-prod-eu-west-1-vend"


def test_a_broken_trust_is_named_and_its_mend_mends_it(
    shell: Shell, trust: dict[str, Any], tmp_path: Path
) -> None:
    """One fault after the other; the direct route, where it was trusted, still is in the end."""
    for breaks, code in (
        (_another_external_id, "TrustExternalId"),
        (_no_source_identity, "TrustSetSourceIdentity"),
        (_another_principal, "TrustPrincipal"),
    ):
        broken = copy.deepcopy(trust)
        breaks({each["Sid"]: each for each in broken["Statement"]})
        put(shell, broken, tmp_path)

        exit_code, found = doctor(shell)
        assert (exit_code, list(found)) == (1, [code])
        mend(shell, found[code])
        assert doctor(shell) == (0, {})
    assert doctor(shell, *BOTH) == (0, {})


@pytest.mark.usefixtures("trust")
def test_a_role_is_bounded_again_and_let_go(hub: EmbeddedHub, shell: Shell) -> None:
    """No boundary, though a policy of its name that doesn't hold; long sessions; a quarantine."""
    iam = hub.root_client("iam", BROKEN_SPOKE)
    iam.create_policy_version(PolicyArn=BOUNDARY, PolicyDocument=WEAK, SetAsDefault=True)
    iam.delete_role_permissions_boundary(RoleName=ROLE)
    iam.update_role(RoleName=ROLE, MaxSessionDuration=43200)
    quarantine = f"hubspoke-admin quarantine add --account {BROKEN_SPOKE} --reason a-test"
    assert shell(quarantine).code == 0

    exit_code, found = doctor(shell)
    assert (exit_code, set(found)) == (1, {"Quarantined", "SessionLength", "BoundaryMissing"})
    for each in found.values():
        mend(shell, each)
    assert doctor(shell) == (0, {})
