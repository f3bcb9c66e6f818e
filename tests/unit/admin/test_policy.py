"""``hubspoke-admin policy``: its options, what it asks of AWS, and what it refuses."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.policies import (
    AUTOMATION,
    CALLS,
    DOCUMENTS,
    ENDPOINTS,
    GRANTED,
    HERE,
    HUB,
    IN_ORGANIZATION,
    USER,
    printed,
    text,
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_printed(name: str) -> None:
    """As JSON that is a policy."""
    assert printed(*DOCUMENTS[name])["Version"] == "2012-10-17"


def test_cloudformation_takes_each(tmp_path: Path) -> None:
    """By cfn-lint, all in one run."""
    for name, command in DOCUMENTS.items():
        (tmp_path / f"{name}.yaml").write_text(text(*command, "--format", "cloudformation"))
    files = sorted(map(str, tmp_path.iterdir()))
    lint = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [lint, "--regions", "eu-west-1", "--", *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_callers_document_has_what_the_grants_give_it() -> None:
    """And no role that is another caller's."""
    vend, _ = printed(*DOCUMENTS["caller"])["Statement"]
    paths = {arn.split("/prod/")[1] for arn in vend["Resource"]}
    assert paths == {
        f"POST/v1/accounts/{number}/roles/automation-spoke-role/credentials"
        for number in ("222222222222", "333333333333")
    }


def test_a_role_caller_may_be_written_by_its_arn() -> None:
    """The path is no part of who it is."""
    by_arn = printed("caller", "--principal", "arn:aws:iam::555555555555:role/ci/ci-deployer", *CALLS)
    assert by_arn == printed("caller", "--principal", 'Caller::Role::"555555555555/ci-deployer"', *CALLS)


def test_the_ledger_is_in_an_auditors_document(run: Callable[..., Any], folder: Path) -> None:
    """Once it may also vend something; who only audits has nothing to vend."""
    auditor = (
        "policy",
        "caller",
        "--principal",
        f'Caller::User::"{HUB}/auditor"',
        *HERE,
        "--endpoint",
        ENDPOINTS,
    )
    assert run(*auditor, "--grants", folder).code == 1
    permit = f'@id("a") permit (principal == Caller::User::"{HUB}/auditor", action, resource);'
    (folder / "policies/auditor.cedar").write_text(permit)
    assert b"/GET/v1/vends" in run(*auditor, "--grants", folder).out


def test_a_bundle_serves_as_well(run: Callable[..., Any], tmp_path: Path) -> None:
    """What was built of the grants says the same."""
    bundle = tmp_path / "bundle.json"
    run("grants", "build", GRANTED[1], "--output", bundle)
    ran = run("policy", "spoke-trust", *AUTOMATION, *HERE, "--bundle", bundle)
    assert json.loads(ran.out) == printed(*DOCUMENTS["spoke-trust"])


def test_the_hub_role_is_the_environments(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As the client reads it; an option goes before."""
    monkeypatch.setenv("ASSUME_ROLE_HUB_ROLE", "team/hub")
    assert b":role/team/hub" in run("policy", "caller", "--route", "direct", *HERE).out
    ran = run(
        "policy", "hub-trust", "--principal", USER, "--hub-role", "other", *HERE, "--format", "cloudformation"
    )
    assert b"RoleName: other\n" in ran.out


def test_the_hub_role_may_be_in_another_account(run: Callable[..., Any]) -> None:
    """By its ARN: beside the hub's service, or alone, where it says everything that is asked."""
    arn = "arn:aws-cn:iam::999999999999:role/team/hub"
    here = arn.replace("-cn", "")
    both = run("policy", "spoke-trust", *HERE, "--route", "both", "--hub-role", here, *AUTOMATION, *GRANTED)
    assert [each["Principal"]["AWS"][0].split(":")[4] for each in json.loads(both.out)["Statement"]] == [
        *[HUB] * 3,
        "999999999999",
    ]
    alone = run(
        "policy", "sso-trust", "--hub-role", arn, "--permission-set", "A", "--format", "cloudformation"
    )
    assert b"RoleName: hub\n      Path: /team/\n" in alone.out
    assert b"arn:aws-cn:iam::999999999999:root" in alone.out


def test_the_direct_routes_external_id_is_the_environments(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the client reads it; an option goes before, and the grants' is the function's alone."""
    direct = ("policy", "spoke-trust", *HERE, "--route", "direct", *AUTOMATION, *GRANTED)
    assert b"ExternalId" not in run(*direct).out
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", "of-the-environment")
    assert b'"sts:ExternalId": "of-the-environment"' in run(*direct).out
    assert b'"sts:ExternalId": "typed"' in run(*direct, "--direct-external-id", "typed").out
    assert b"of-the-environment" not in run("policy", "spoke-trust", *HERE, *AUTOMATION, *GRANTED).out


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eusc-de-east-1", "aws-eusc")],
)
def test_the_partition_is_the_regions(run: Callable[..., Any], region: str, partition: str) -> None:
    """Nothing is of another."""
    ran = run("policy", "spoke-trust", "--hub-account", HUB, "--regions", region, *AUTOMATION, *GRANTED)
    assert f"arn:{partition}:iam::{HUB}:role/hubspoke-prod-{region}-vend".encode() in ran.out
    assert b"arn:aws:" not in ran.out


def test_the_direct_route_needs_no_region_where_the_partition_is_said(run: Callable[..., Any]) -> None:
    """IAM is global."""
    ran = run("policy", "caller", "--route", "direct", "--hub-account", HUB, "--partition", "aws-cn")
    assert (ran.code, ran.err) == (0, "")
    assert b"arn:aws-cn:iam::111111111111:role/automation-hub-role" in ran.out


# --- the plain pattern --------------------------------------------------------------------------

PLAIN_ROLES = """\
roles:
  automation:
    role: automation-spoke-role
    accounts: {ids: ["222222222222"]}
"""
HUB_ROLE = f"arn:aws:iam::{HUB}:role/automation-hub-role"
OURS = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
PLAIN: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "the caller": (("caller",), {"Resource": [HUB_ROLE]}),
    "the hub role": (
        ("hub-permissions", *IN_ORGANIZATION),
        {"Resource": ["arn:aws:iam::*:role/automation-spoke-role"], "Condition": OURS},
    ),
    "the hub role, without an organization": (
        ("hub-permissions",),
        {"Resource": ["arn:aws:iam::222222222222:role/automation-spoke-role"]},
    ),
    "the spoke's trust": (
        ("spoke-trust", *AUTOMATION, *IN_ORGANIZATION),
        {"Principal": {"AWS": [HUB_ROLE]}, "Condition": OURS},
    ),
    "the spoke's trust, without an organization": (
        ("spoke-trust", *AUTOMATION),
        {"Principal": {"AWS": [HUB_ROLE]}},
    ),
}


@pytest.mark.parametrize("name", PLAIN)
def test_the_direct_route_is_the_plain_pattern(run: Callable[..., Any], small: Path, name: str) -> None:
    """A role without path and external id gets one statement, with what hub and spoke always ask for."""
    (document, *options), expected = PLAIN[name]
    (small / "roles.yaml").write_text(PLAIN_ROLES)
    ran = run("policy", document, *HERE, "--route", "direct", "--grants", small, *options)
    (only,) = json.loads(ran.out)["Statement"]
    del only["Sid"]
    assert only == {"Effect": "Allow", "Action": "sts:AssumeRole", **expected}
