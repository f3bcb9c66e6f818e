"""``hubspoke doctor`` on the embedded hub: callers that may, one that may not, and the direct route."""

import json

import pytest

from tests.integration.conftest import Done, Run

_TARGET = "222222222222/automation-spoke-role"


def _codes(done: Done, verdict: str) -> list[str]:
    return [each["Code"] for each in done.json()["Findings"] if each["Verdict"] == verdict]


def test_a_caller_who_may_is_right_everywhere(run: Run) -> None:
    """To the vend, whose credentials are thrown away; API Gateway and STS are the emulator's."""
    done = run("hubspoke", "doctor", _TARGET, "--vend", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert done.json()["Verdict"] == "right"
    assert {
        "CredentialsFound",
        "CallerKnown",
        "EndpointAnswers",
        "UnsignedRefused",
        "ClockRight",
        "GatewayAllows",
        "IdentitySeen",
        "RoleOffered",
        "Vended",
    } <= set(_codes(done, "right"))


def test_a_vend_of_the_doctors_is_in_the_ledger(run: Run) -> None:
    """With its reason, as any other's is."""
    vended = run("hubspoke", "doctor", _TARGET, "--vend", "--format", "json").json()
    (says,) = [each["Says"] for each in vended["Findings"] if each["Code"] == "Vended"]
    rows = run("hubspoke-admin", "vends", "--account", "222222222222", "--format", "json", profile="operator")
    (row,) = [each for each in json.loads(rows.out) if each["VendId"] in says]
    assert row["Reason"] == "hubspoke doctor"


def test_a_caller_without_a_grant_gets_the_policy_to_ask_for(run: Run) -> None:
    """The hub sees it, and offers nothing."""
    done = run("hubspoke", "doctor", _TARGET, "--vend", profile="stranger")
    assert done.code == 77
    assert "RoleNotOffered" in done.out
    assert f'resource == SpokeRole::"{_TARGET}");' in done.out
    assert "HubDenies" in done.out


def test_a_caller_of_another_account_is_a_role(run: Run) -> None:
    """Its identity is the same by STS and by the hub."""
    done = run("hubspoke", "doctor", "--format", "json", profile="ci-deployer")
    assert done.code == 0
    assert "IdentitySeen" in _codes(done, "right")


@pytest.mark.parametrize("vend", [False, True])
def test_the_direct_route(run: Run, vend: bool) -> None:
    """By its own caller, to its own spoke."""
    done = run(
        *("hubspoke", "doctor", "888888888888/automation-spoke-role", "--format", "json"),
        *(
            "--hub-account",
            "999999999999",
            "--hub-role",
            "automation-hub-role",
            *(["--vend"] if vend else []),
        ),
        profile="sys-automation",
        without=("HUBSPOKE_ENDPOINT",),
    )
    assert done.code == 0
    assert _codes(done, "right")[-2:] == (
        ["SpokeRoleAssumed", "CacheEmpty"] if vend else ["HubRoleAssumed", "CacheEmpty"]
    )


def test_a_caller_whom_the_hub_role_doesnt_trust(run: Run) -> None:
    """The three sides of the hop are said."""
    done = run(
        *("hubspoke", "doctor", "--hub-account", "999999999999", "--hub-role", "automation-hub-role"),
        without=("HUBSPOKE_ENDPOINT",),
    )
    assert done.code == 77
    assert "HubRoleRefused" in done.out
    assert '"sts:AssumeRole" on "arn:aws:iam::999999999999:role/automation-hub-role"' in done.out


def test_a_stage_that_isnt_there(run: Run) -> None:
    """No policy allows it, which is what the gateway looks at first."""
    endpoint = run("sh", "-c", 'printf %s "$HUBSPOKE_ENDPOINT"').out
    done = run("hubspoke", "doctor", "--endpoint", f"{endpoint}x")
    assert done.code == 77
    assert "CallNotAllowed" in done.out
    assert "stage" in done.out


def test_another_region_than_the_hubs(run: Run) -> None:
    """The signature is for one."""
    done = run("hubspoke", "doctor", "--region", "us-east-1", "--format", "json")
    assert done.code == 67
    assert _codes(done, "wrong")[-1] == "SignatureRefused"
