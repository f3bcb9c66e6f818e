"""A spoke role apart from its trust: where it lies, its sessions, its boundary."""

import copy
from typing import Any

import pytest

from hubspoke.findings import Verdict
from hubspoke_admin.doctor import boundary
from hubspoke_admin.doctor import role as judging
from hubspoke_admin.doctor.reading import Account, RoleSeen
from hubspoke_admin.doctor.role import Bounds
from tests.unit.admin.doctor.conftest import BOUNDARY, CEILING, SPOKE

DENY = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}

_SUCCESSORS = sorted(
    [*(f"iam:{name}" for names in boundary._WRITES.values() for name in names), *boundary._CREDENTIALS]
)


class Iam:
    """An IAM that has one policy."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def get_policy(self, **_: str) -> Any:
        """Name the version in force."""
        return {"Policy": {"DefaultVersionId": "v2"}}

    def get_policy_version(self, **asked: str) -> Any:
        """Return that version's document."""
        return {"PolicyVersion": {"Document": self._document if asked["VersionId"] == "v2" else {}}}


def seen(**changes: Any) -> RoleSeen:
    """See the right role."""
    usual: dict[str, Any] = {
        "arn": f"arn:aws:iam::{SPOKE}:role/hubspoke/app-role",
        "trust": {},
        "max_session": 3600,
        "boundary_arn": BOUNDARY,
        "stack": None,
        "attached": ("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        "inline": ("more",),
    }
    return RoleSeen(**(usual | changes))


def codes(role: RoleSeen, ceiling: Any = CEILING, bounds: Bounds | None = None) -> list[str]:
    """List what isn't right."""
    bounds = bounds or Bounds("/hubspoke/", True, "make a boundary", "shorten")
    found = judging.examine(role, Account(SPOKE, Iam(ceiling), "somebody"), bounds)
    assert all(each.mend for each in found if each.verdict in (Verdict.WRONG, Verdict.UNSEEN))
    return [each.code for each in found if each.verdict is not Verdict.RIGHT]


def ceiling(*more: dict[str, Any]) -> dict[str, Any]:
    """Add statements to the right boundary."""
    document = copy.deepcopy(CEILING)
    document["Statement"] += more
    return document


def test_the_right_role_is_right() -> None:
    """Path, an hour, a boundary that holds, policies."""
    found = judging.examine(seen(), Account(SPOKE, Iam(CEILING), "x"), Bounds("/hubspoke/", True, "m", "s"))
    assert [each.code for each in found] == ["RoleFound", "SessionAnHour", "BoundaryRight", "PermissionsHeld"]
    assert "ReadOnlyAccess, more" in found[-1].says


@pytest.mark.parametrize("path", ["/", "/hubspoke2/", "/a/hubspoke/"])
def test_another_path_than_the_hubs_is_wrong(path: str) -> None:
    """The direct route knows none."""
    role = seen(arn=f"arn:aws:iam::{SPOKE}:role{path}app-role")
    assert codes(role) == ["RolePath"]
    assert codes(role, bounds=Bounds(None, True, "m", "s")) == []


@pytest.mark.parametrize("seconds", [3601, 43200])
def test_longer_sessions_are_of_use_to_somebody_else(seconds: int) -> None:
    """Role chaining gives an hour."""
    assert codes(seen(max_session=seconds)) == ["SessionLength"]


def test_no_boundary_is_wrong_on_the_hubs_route_and_noted_on_the_other() -> None:
    """The seed's roles had none."""
    assert codes(seen(boundary_arn=None)) == ["BoundaryMissing"]
    assert codes(seen(boundary_arn=None), bounds=Bounds(None, False, "m", "s")) == ["BoundaryNone"]


@pytest.mark.parametrize("action", _SUCCESSORS)
def test_each_way_to_a_successor_is_looked_for(action: str) -> None:
    """By the boundary that allows this one thing more."""
    assert codes(seen(), ceiling({"Effect": "Allow", "Action": action, "Resource": "*"})) == ["BoundaryWeak"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", BOUNDARY),
        ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{SPOKE}:role/hubspoke/app-role"),
        ("iam:PutRolePolicy", [f"arn:aws:iam::{SPOKE}:role/ci-*", "arn:aws:iam::*:group/x"]),
        ("iam:*", f"arn:aws:iam::{SPOKE}:user/ci/*"),
    ],
)
def test_a_way_on_one_named_resource_is_found(action: str, resource: Any) -> None:
    """It is enough."""
    more = {"Sid": "More", "Effect": "Allow", "Action": action, "Resource": resource}
    assert codes(seen(), ceiling(more)) == ["BoundaryWeak"]
    assert codes(seen(), ceiling(more, DENY)) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalTag/team": "platform"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"Null": {"aws:ViaAWSService": "true"}},
    ],
)
def test_a_condition_is_no_ceiling(condition: Any) -> None:
    """What may be allowed under some condition may be allowed; what is denied under one may not be denied."""
    every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert codes(seen(), ceiling({**every, "Condition": condition})) == ["BoundaryWeak"]
    assert codes(seen(), ceiling(every, {**DENY, "Condition": condition})) == ["BoundaryWeak"]


def test_what_an_owner_may_choose_is_noted() -> None:
    """As the template's parameters let them."""
    more = {"Effect": "Allow", "Action": ["sts:AssumeRole", "iam:PassRole"], "Resource": "*"}
    assert codes(seen(), ceiling(more)) == ["BoundaryAllowsChaining", "BoundaryAllowsPassRole"]


@pytest.mark.parametrize("document", [None, "", "{}", [], {}, {"Statement": [{}]}])
def test_a_boundary_that_is_no_policy_holds_nothing(document: Any) -> None:
    """Never right."""
    assert codes(seen(), document) == ["BoundaryWeak"]


def test_a_role_without_policies_is_noted() -> None:
    """Its sessions can do nothing."""
    assert codes(seen(attached=(), inline=())) == ["PermissionsNone"]
