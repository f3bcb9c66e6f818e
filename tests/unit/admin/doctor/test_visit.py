"""The whole of it, against AWS on a real socket: two Regions, and a spoke to spoil."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from hubspoke_grants.bundle import encode
from tests.support import grants
from tests.support.fake_regions import Fault
from tests.support.fake_spokes import FakeSpokes
from tests.unit.admin.conftest import AWAY, HOME
from tests.unit.admin.doctor.conftest import (
    API,
    ASSUMES,
    AWAY_ROLE,
    BOUNDARY,
    EXTERNAL_ID,
    HOME_ROLE,
    HUB,
    HUB_ROLE,
    LAMBDA,
    ORGANIZATION,
    SPOKE,
    TARGET,
    TRUST,
    Doctor,
)

BOT = "arn:aws:iam::111111111111:user/bot"
DIRECT = ["--route", "direct", "--hub-role", HUB_ROLE]
BOTH = ["--route", "both", "--hub-role", HUB_ROLE]
NO_ROLES = grants.document(Profiles=[])
Run = Callable[..., Any]


def trusts_hub_role(**condition: str) -> dict[str, Any]:
    """Write a statement that lets the hub role in."""
    found = {"Sid": "Direct", "Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}
    return found | ({"Condition": {"StringEquals": condition}} if condition else {})


@pytest.fixture
def direct(estate: FakeSpokes) -> FakeSpokes:
    """Have a hub role, and spokes that trust both."""
    caller = {"Effect": "Allow", "Principal": {"AWS": BOT}, "Action": "sts:AssumeRole"}
    estate.role("999999999999", "automation-hub-role", {"Statement": caller}, Inline={"assume": ASSUMES})
    trust = copy.deepcopy(TRUST)
    trust["Statement"].append(trusts_hub_role(**{"sts:ExternalId": "direct-id"}))
    estate.roles[SPOKE, "app-role"]["Trust"] = trust
    return estate


def test_all_is_right(doctor: Doctor) -> None:
    """Two Regions, one role."""
    assert doctor() == (0, {})


def test_all_roles_are_those_of_the_grants(run: Run, estate: FakeSpokes) -> None:
    """Each once."""
    report = json.loads(run("doctor", "--all", "--format", "json").out)
    assert [(role["AccountId"], role["RoleName"]) for role in report["Roles"]] == [(SPOKE, "app-role")]


def test_a_region_that_the_spoke_does_not_trust_is_named_once(doctor: Doctor, estate: FakeSpokes) -> None:
    """With that Region's role."""
    trust = estate.roles[SPOKE, "app-role"]["Trust"] = copy.deepcopy(TRUST)
    for statement in trust["Statement"]:
        statement["Principal"]["AWS"] = [HOME_ROLE]
    code, found = doctor()
    assert (code, list(found)) == (1, ["TrustPrincipal"])
    assert found["TrustPrincipal"]["Says"].endswith(f"not {AWAY_ROLE}.")


@pytest.mark.parametrize("route", [DIRECT, BOTH], ids=lambda route: route[1])
@pytest.mark.parametrize(("given", "code"), [("direct-id", None), ("", "TrustExternalId")])
def test_the_direct_route_has_an_external_id_of_its_own(
    doctor: Doctor,
    direct: FakeSpokes,
    monkeypatch: pytest.MonkeyPatch,
    route: list[str],
    given: str,
    code: str | None,
) -> None:
    """From the environment: an option would show it to everybody."""
    monkeypatch.setenv("ASSUME_ROLE_EXTERNAL_ID", given)
    monkeypatch.setenv("HUBSPOKE_TRUSTS", f"{HOME_ROLE},{AWAY_ROLE}")
    exit_code, found = doctor(TARGET, *route)
    assert (exit_code, list(found)) == ((1, [code]) if code else (0, ({}.keys() and []) or []))
    assert "direct-id" not in str(found)


def test_a_direct_route_without_an_external_id_needs_none(doctor: Doctor, direct: FakeSpokes) -> None:
    """As the seed's spokes without one."""
    trust = {"Version": "2012-10-17", "Statement": [trusts_hub_role()]}
    direct.roles[SPOKE, "app-role"]["Trust"] = trust
    assert doctor(TARGET, *DIRECT) == (0, {})


def test_the_direct_route_asks_nothing_of_a_hub(doctor: Doctor, direct: FakeSpokes) -> None:
    """There may be none."""
    direct.regions.clear()
    direct.roles[SPOKE, "app-role"]["Trust"] = {"Statement": trusts_hub_role()}
    assert doctor(TARGET, *DIRECT) == (0, {})


def test_a_hub_role_that_may_not_is_named_with_what_mends_it(doctor: Doctor, direct: FakeSpokes) -> None:
    """The commands name it, and its account."""
    direct.roles["999999999999", "automation-hub-role"]["Inline"] = {}
    _, found = doctor(TARGET, *BOTH)
    assert "hubspoke-admin policy hub-permissions --route direct" in found["HubMayNotAssume"]["Mend"]
    assert "As an administrator of 999999999999:" in found["HubMayNotAssume"]["Mend"]


@pytest.mark.parametrize("region", [HOME, AWAY])
def test_who_else_may_become_the_function_is_named(doctor: Doctor, estate: FakeSpokes, region: str) -> None:
    """Every spoke trusts it: whoever it lets in is let in everywhere."""
    trust = copy.deepcopy(LAMBDA)
    trust["Statement"]["Principal"]["AWS"] = BOT
    estate.roles[HUB, f"hubspoke-prod-{region}-vend"]["Trust"] = trust
    code, found = doctor()
    assert (code, list(found)) == (1, ["HubTrustOthers"])
    assert region in found["HubTrustOthers"]["Says"]


@pytest.mark.parametrize(("principal", "code"), [(BOT, None), (f"{BOT}2", "HubTrustPrincipal")])
def test_a_hub_role_has_to_trust_the_caller(
    doctor: Doctor, direct: FakeSpokes, principal: str, code: str | None
) -> None:
    """Whom an operator names."""
    direct.roles[SPOKE, "app-role"]["Trust"] = {"Statement": trusts_hub_role()}
    exit_code, found = doctor(TARGET, *DIRECT, "--principal", principal)
    assert (exit_code, list(found)) == ((1, [code]) if code else (0, []))


def test_the_organization_is_known_by_the_hubs_role(doctor: Doctor, estate: FakeSpokes) -> None:
    """A trust that asks for another one is wrong then, and without it unknown."""
    trust = estate.roles[SPOKE, "app-role"]["Trust"] = copy.deepcopy(TRUST)
    trust["Statement"][0]["Condition"]["StringEquals"]["aws:PrincipalOrgID"] = "o-another000"
    code, found = doctor()
    assert (code, list(found)) == (3, ["TrustConditionUnknown"])

    asks = copy.deepcopy(ASSUMES)
    asks["Statement"][0]["Condition"] = {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}}
    for region in (HOME, AWAY):
        estate.roles[HUB, f"hubspoke-prod-{region}-vend"]["Inline"] = {"assume": asks}
    code, found = doctor()
    assert (code, list(found)) == (1, ["TrustOrganization"])
    code, found = doctor(TARGET, "--organization", "o-another000")
    assert "TrustOrganization" not in found


def test_a_caller_is_followed_all_the_way(doctor: Doctor, estate: FakeSpokes) -> None:
    """Grant, gateway, and what their source identity is."""
    trust = estate.roles[SPOKE, "app-role"]["Trust"] = copy.deepcopy(TRUST)
    trust["Statement"][0]["Condition"]["StringLike"] = {"sts:SourceIdentity": "*555555555555*"}
    assert list(doctor(TARGET)[1]) == ["TrustConditionUnknown"]
    assert list(doctor(TARGET, "--principal", BOT)[1]) == ["TrustSourceIdentity"]
    other = "arn:aws:iam::666666666666:user/bot"
    assert list(doctor(TARGET, "--principal", other)[1]) == ["GatewayRefuses", "TrustSourceIdentity"]


# --- the hub ------------------------------------------------------------------------------------


def test_a_hub_role_that_is_gone_is_named_once_for_all(doctor: Doctor, estate: FakeSpokes) -> None:
    """And what that means for the spokes."""
    del estate.roles[HUB, f"hubspoke-prod-{AWAY}-vend"]
    code, found = doctor()
    assert (code, list(found)) == (1, ["HubRoleMissing"])
    assert AWAY_ROLE in found["HubRoleMissing"]["Says"]


@pytest.mark.parametrize("operation", ["GetRole", "GetRolePolicy"])
def test_a_hub_role_that_cannot_be_read_is_unseen(doctor: Doctor, estate: FakeSpokes, operation: str) -> None:
    """And the spokes are looked at all the same."""
    estate.spoiled[HUB, operation] = Fault()
    code, found = doctor()
    assert (code, list(found)) == (3, ["HubRoleUnread"])


def test_a_policy_of_the_hubs_role_that_is_none_is_wrong(doctor: Doctor, estate: FakeSpokes) -> None:
    """It allows nothing."""
    estate.roles[HUB, f"hubspoke-prod-{HOME}-vend"]["Inline"] = {"assume": "[]"}
    assert list(doctor()[1]) == ["HubRoleUnreadable"]


def test_a_boundary_of_the_hubs_role_counts(doctor: Doctor, estate: FakeSpokes) -> None:
    """It is a ceiling of what the policies allow."""
    estate.roles[HUB, f"hubspoke-prod-{HOME}-vend"]["Boundary"] = BOUNDARY
    estate.policies[BOUNDARY] = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    assert list(doctor()[1]) == ["HubBoundary"]


@pytest.mark.parametrize(
    ("policy", "codes"),
    [
        ({"Statement": API["Statement"][:1]}, ["GatewayWithoutTls"]),
        ({"Statement": [{**API["Statement"][0], "Principal": "*"}, API["Statement"][1]]}, ["GatewayOpen"]),
        (None, ["GatewayUnreadable"]),
    ],
)
def test_an_api_that_is_open_is_named_once(
    doctor: Doctor, estate: FakeSpokes, policy: Any, codes: list[str]
) -> None:
    """Though both Regions have it."""
    estate.rest_api = {"policy": json.dumps(policy)} if policy else {}
    code, found = doctor()
    assert (code, list(found)) == (1, codes)


def test_an_api_that_cannot_be_read_is_unseen(doctor: Doctor, estate: FakeSpokes) -> None:
    """By AWS's code."""
    estate.rest_api = Fault(429, "TooManyRequestsException")
    code, found = doctor()
    assert (code, list(found)) == (3, ["GatewayUnread"])
    assert "planted" not in str(found)


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (lambda region: region.versions.clear(), {"GrantsMissing", "TrustNotJudged"}),
        (lambda region: region.put(b"\xff"), {"GrantsInvalid", "TrustNotJudged"}),
        (
            lambda region: region.put(encode(grants.document(Profiles=[]))),
            {"NotInCatalogue", "TrustNotJudged"},
        ),
    ],
)
def test_grants_that_vend_nothing_are_named(
    doctor: Doctor, estate: FakeSpokes, spoil: Callable[[Any], None], codes: set[str]
) -> None:
    """And without them nobody knows what a spoke should trust."""
    for region in estate.regions.values():
        spoil(region)
    assert set(doctor()[1]) == codes


def test_regions_with_different_grants_are_told(doctor: Doctor, estate: FakeSpokes) -> None:
    """Which is in force depends on where a caller asks."""
    estate.regions[AWAY].versions.clear()
    code, found = doctor()
    assert (code, "GrantsDiffer" in found) == (1, True)
    assert AWAY in found["GrantsDiffer"]["Says"]


def test_all_without_grants_says_what_is_wrong_with_them(run: Run, estate: FakeSpokes) -> None:
    """Instead of looking at nothing and finding it right."""
    for region in estate.regions.values():
        region.versions.clear()
    done = run("doctor", "--all")
    assert done.code == 2
    assert "No grants are in force" in done.err


def test_a_quarantine_in_one_region_is_named_with_it(doctor: Doctor, estate: FakeSpokes) -> None:
    """It stops vends there."""
    estate.regions[AWAY].quarantine["everything"] = {"Subject": {"S": "everything"}, "Reason": {"S": "r"}}
    code, found = doctor()
    assert (code, list(found)) == (1, ["Quarantined"])
    assert f"quarantined in {AWAY}." in found["Quarantined"]["Says"]


@pytest.mark.parametrize(("operation", "code"), [("GetObject", "GrantsUnread"), ("Scan", "QuarantineUnread")])
def test_what_decides_and_cannot_be_read_is_unseen(
    doctor: Doctor, estate: FakeSpokes, operation: str, code: str
) -> None:
    """Never taken for right."""
    estate.faults[AWAY, operation] = Fault()
    exit_code, found = doctor()
    assert exit_code == 3
    assert code in found
    assert found[code]["Mend"]


# --- the spoke ----------------------------------------------------------------------------------


def test_an_account_that_stays_closed_is_unseen(doctor: Doctor, estate: FakeSpokes) -> None:
    """With what would open it."""
    estate.closed[SPOKE] = Fault()
    code, found = doctor()
    assert (code, list(found)) == (3, ["DoctorRoleRefused"])
    assert (
        f"sts:AssumeRole on arn:aws:iam::{SPOKE}:role/hubspoke-doctor" in found["DoctorRoleRefused"]["Mend"]
    )


def test_a_region_that_an_account_has_not_enabled_is_wrong(doctor: Doctor, estate: FakeSpokes) -> None:
    """No session of its roles is issued there."""
    estate.closed[SPOKE] = Fault(403, "RegionDisabledException")
    assert list(doctor()[1]) == ["RegionDisabled"]


def test_a_role_that_is_missing_is_named_with_the_template(doctor: Doctor, estate: FakeSpokes) -> None:
    """And the hub's own side is looked at all the same."""
    del estate.roles[SPOKE, "app-role"]
    estate.roles[HUB, f"hubspoke-prod-{HOME}-vend"]["Inline"] = {}
    _, found = doctor()
    assert {"RoleMissing", "HubMayNotAssume"} <= set(found)
    assert "spoke-role.yaml" in found["RoleMissing"]["Mend"]


@pytest.mark.parametrize("trust", ["{", "null"])
def test_a_trust_that_is_no_policy_is_wrong(doctor: Doctor, estate: FakeSpokes, trust: str) -> None:
    """However IAM came to it."""
    estate.roles[SPOKE, "app-role"]["Trust"] = trust
    code, found = doctor()
    assert (code, list(found)) == (1, ["TrustUnreadable"])


@pytest.mark.parametrize("spoiled", [Fault(400, "Throttling"), b"<html>"], ids=str)
def test_whatever_a_spoke_answers_is_a_finding(
    doctor: Doctor, estate: FakeSpokes, spoiled: Fault | bytes
) -> None:
    """And nobody sees a traceback."""
    estate.spoiled[SPOKE, "GetRole"] = spoiled
    code, found = doctor()
    assert (code, list(found)) == (3, ["ReadingRefused"])


def test_no_secret_is_printed(run: Run, estate: FakeSpokes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither external ids nor keys."""
    trust = estate.roles[SPOKE, "app-role"]["Trust"] = copy.deepcopy(TRUST)
    trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] = "of-somebody-else"
    done = run("doctor", TARGET)
    assert EXTERNAL_ID not in done.out.decode() + done.err
    assert "of-somebody-else" not in done.out.decode() + done.err
    assert "operators-secret" not in done.out.decode() + done.err
