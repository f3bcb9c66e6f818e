"""The hub's roles: what they may do in spokes, and who assumes the hub role."""

from dataclasses import replace

import pytest

from hubspoke_admin.documents.estate import Hub, SpokeRole
from hubspoke_admin.documents.hub_roles import execution_permissions, role_permissions, sso_trust, trust
from hubspoke_contract.names import AccountId, RoleName

BOT = "arn:aws:iam::111111111111:user/sys-automation"
OURS = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}


def test_the_function_assumes_in_somebodys_name(hub: Hub) -> None:
    """A source identity and the organization are asked for on AssumeRole, and there alone."""
    assume, *rest = execution_permissions(hub, "role/hubspoke/*")["Statement"]
    assert assume["Condition"] == {
        "Null": {"sts:SourceIdentity": "false"},
        "StringEquals": {"aws:ResourceOrgID": "o-abcdefghij"},
    }
    assert [each["Action"] for each in rest] == ["sts:SetSourceIdentity", "sts:TagSession"]
    assert not any("Condition" in each for each in rest)


def test_without_an_organization_it_asks_for_none(hub: Hub) -> None:
    """A key that would be missing is not compared with."""
    assume, *_ = execution_permissions(replace(hub, organization=None), "role/x-*")["Statement"]
    assert assume["Condition"] == {"Null": {"sts:SourceIdentity": "false"}}
    assert assume["Resource"] == "arn:aws:iam::*:role/x-*"


def test_within_an_organization_the_hub_role_goes_to_every_account(hub: Hub, role: SpokeRole) -> None:
    """The role's name in any account, bound by the organization."""
    (only,) = role_permissions(hub, [role])["Statement"]
    assert only["Resource"] == ["arn:aws:iam::*:role/hubspoke/automation-spoke-role"]
    assert only["Condition"] == OURS


def test_without_one_it_goes_to_the_grants_accounts(hub: Hub, role: SpokeRole) -> None:
    """Every account is named, and only those."""
    other = replace(role, name=RoleName("b"), path="/", accounts=(AccountId("444444444444"),))
    (only,) = role_permissions(replace(hub, organization=None), [role, other])["Statement"]
    assert only["Resource"] == [
        "arn:aws:iam::222222222222:role/hubspoke/automation-spoke-role",
        "arn:aws:iam::333333333333:role/hubspoke/automation-spoke-role",
        "arn:aws:iam::444444444444:role/b",
    ]
    assert "Condition" not in only


def test_the_hub_role_trusts_exact_principals(hub: Hub) -> None:
    """Those that are named, in the organization."""
    (only,) = trust(hub, [BOT])["Statement"]
    assert (only["Principal"], only["Condition"]) == ({"AWS": [BOT]}, OURS)


def test_permission_sets_are_known_by_name_in_any_region(hub: Hub) -> None:
    """Identity Center's path has its Region, but for us-east-1; the sixteen digits are matched one by one."""
    (only,) = sso_trust(hub, [AccountId("555555555555")], ["PowerUserAccess"])["Statement"]
    path = "arn:aws:iam::555555555555:role/aws-reserved/sso.amazonaws.com"
    assert only["Principal"] == {"AWS": ["arn:aws:iam::555555555555:root"]}
    assert only["Condition"] == OURS | {
        "ArnLike": {
            "aws:PrincipalArn": [
                f"{path}/AWSReservedSSO_PowerUserAccess_{'?' * 16}",
                f"{path}/*/AWSReservedSSO_PowerUserAccess_{'?' * 16}",
            ]
        }
    }


@pytest.mark.parametrize(
    ("arn", "path", "name"),
    [
        ("arn:aws:iam::999999999999:role/hub", "/", "hub"),
        ("arn:aws:iam::999999999999:role/a/role/hub", "/a/role/", "hub"),
    ],
)
def test_the_hub_role_may_be_in_an_account_of_its_own(hub: Hub, arn: str, path: str, name: str) -> None:
    """With a path or without."""
    found = replace(hub, role_arn=arn)
    assert (found.role_account, found.role_path, found.role_name) == ("999999999999", path, name)
