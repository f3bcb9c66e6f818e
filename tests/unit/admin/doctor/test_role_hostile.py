"""Ceilings and roles that look right and aren't."""

from dataclasses import dataclass
from typing import Any

import pytest

from hubspoke.findings import Finding
from hubspoke_admin.doctor import role
from hubspoke_admin.doctor.reading import RoleSeen
from tests.support.findings import codes, wrongs

_ARN = "arn:aws:iam::333333333333:role/hubspoke/automation-spoke-role"
_CEILING = "arn:aws:iam::333333333333:policy/hubspoke/automation-spoke-role-boundary"
_ANYTHING = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
_READ = {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"}
_NO_FEDERATION = {
    "Effect": "Deny",
    "Action": [
        "sts:AssumeRoot",
        "sts:GetDelegatedAccessToken",
        "sts:GetFederationToken",
        "sts:GetWebIdentityToken",
    ],
    "Resource": "*",
}
_RIGHT = (_ANYTHING, _READ, _NO_FEDERATION)


@dataclass(frozen=True)
class _Account:
    document: Any

    def managed_policy(self, _arn: str) -> Any:
        return self.document


def _examine(*statements: object, **more: Any) -> list[Finding]:
    seen = RoleSeen(**{
        "arn": _ARN, "trust": {}, "max_session": 3600, "boundary_arn": _CEILING, "stack": None,
        "attached": (), "inline": (), **more,
    })  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return role.examine(seen, _Account(document), role.Bounds("/hubspoke/", True, "MEND"))  # type: ignore[arg-type]


def test_the_templates_ceiling_is_right() -> None:
    """What all the others differ from is right."""
    assert "BoundaryRight" in codes(_examine(*_RIGHT))


@pytest.mark.parametrize(
    "action",
    [
        "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:PutRolePermissionsBoundary",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:AddUserToGroup",
        "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile",
        "iam:UpdateAccessKey",
        "iam:UploadSigningCertificate",
        "iam:CreateServiceSpecificCredential",
        "iam:CreateOpenIDConnectProvider",
        "iam:UpdateSAMLProvider",
        "iam:UpdateRole",
        "iam:DetachRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:TagRole",
        "iam:Put*",
        "iam:*Version",
    ],
)
def test_a_ceiling_that_lets_sessions_write_iam_is_wrong(action: str) -> None:
    """Each of these is a way to more, or to longer, than the session has."""
    found = _examine(*_RIGHT, {"Effect": "Allow", "Action": action, "Resource": "*"})
    assert wrongs(found) == ["BoundaryWeak"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", _CEILING),
        ("iam:SetDefaultPolicyVersion", "arn:aws:iam::*:policy/hubspoke/*"),
        ("iam:UpdateAssumeRolePolicy", _ARN),
        ("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::333333333333:role/hubspoke/*"),
        ("iam:CreateRole", "arn:aws:iam::*:role/app-*"),
        ("iam:CreateAccessKey", "arn:aws:iam::333333333333:user/d?ploy"),
        ("iam:CreateAccessKey", "arn:aws:iam::333333333333:user/${aws:username}"),
        ("iam:*", ["arn:aws:s3:::bucket/*", "arn:*:iam::*:role/team/*"]),
        ("iam:AddUserToGroup", "arn:aws:iam::333333333333:group/admins"),
    ],
)
def test_a_ceiling_that_lets_sessions_write_some_of_iam_is_wrong(action: str, resource: object) -> None:
    """One role, or the ceiling itself, is enough."""
    found = _examine(*_RIGHT, {"Effect": "Allow", "Action": action, "Resource": resource})
    assert wrongs(found) == ["BoundaryWeak"]


def test_a_ceiling_that_spares_some_of_iam_is_wrong() -> None:
    """A NotResource names what a Deny leaves open."""
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    spared = ["arn:aws:iam::333333333333:role/app-*", "arn:aws:iam::333333333333:user/app-*"]
    deny = {"Effect": "Deny", "Action": ["iam:*"], "NotResource": spared}
    assert wrongs(_examine(anything, deny, _NO_FEDERATION)) == ["BoundaryWeak"]


@pytest.mark.parametrize("action", _NO_FEDERATION["Action"])
def test_a_ceiling_that_lets_sessions_get_other_credentials_is_wrong(action: str) -> None:
    """What the template denies outright, and another ceiling allows."""
    actions = [each for each in _NO_FEDERATION["Action"] if each != action]
    found = _examine(_ANYTHING, _READ, {**_NO_FEDERATION, "Action": actions})
    assert wrongs(found) == ["BoundaryWeak"]


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(
            (
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "NotAction": ["iam:Get*", "s3:*"], "Resource": "*"},
            ),
            id="a list of what is spared",
        ),
        pytest.param(
            (
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:*"},
                _NO_FEDERATION,
            ),
            id="all of the account's IAM",
        ),
        pytest.param(({"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"},), id="one service"),
        pytest.param(
            (
                *_RIGHT,
                {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/app-*"},
                {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:role/*"},
            ),
            id="allowed and denied",
        ),
    ],
)
def test_another_ceiling_that_keeps_sessions_from_iam_is_right(statements: tuple[object, ...]) -> None:
    """Ceilings need not be the template's."""
    assert not wrongs(_examine(*statements))


def test_chaining_to_some_roles_is_noted() -> None:
    """Whether a ceiling lets sessions go on to other roles is not asked of one made-up role alone."""
    deny = {
        "Effect": "Deny",
        "Action": "sts:AssumeRole",
        "NotResource": "arn:aws:iam::444444444444:role/next",
    }
    assert "BoundaryAllowsChaining" in codes(_examine(*_RIGHT, deny))


def test_a_command_that_mends_a_role_quotes_its_name() -> None:
    """A name is an argument, whatever is in it."""
    found = _examine(*_RIGHT, arn="arn:aws:iam::333333333333:role/hubspoke/a;id", max_session=43200)
    (mend,) = [each.mend for each in found if each.code == "SessionLength"]
    assert "--role-name 'a;id'" in mend
