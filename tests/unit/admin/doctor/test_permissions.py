"""What the function's role, or the hub role, may do by its own policies."""

import copy
from typing import Any

import pytest

from hubspoke.findings import Finding, Verdict
from hubspoke_admin.doctor import permissions
from hubspoke_admin.doctor.permissions import Held
from hubspoke_admin.iam.policy import read
from tests.unit.admin.doctor.conftest import ASSUMES, HOME_ROLE, ROLE, asking

TAGGED = asking(tags=(("team", "platform"),))


def examine(document: Any, boundary: Any = None, asked: Any = TAGGED) -> list[Finding]:
    """Judge policies, and a boundary if there is one."""
    held = Held(read(document), None if boundary is None else read(boundary))
    return permissions.examine(held, asked, "deploy it")


def codes(document: Any, boundary: Any = None) -> list[str]:
    """List what was found."""
    return [each.code for each in examine(document, boundary)]


def without(action: str) -> dict[str, Any]:
    """Take one action away."""
    document = copy.deepcopy(ASSUMES)
    document["Statement"][0]["Action"].remove(action)
    return document


def denies(condition: Any) -> dict[str, Any]:
    """Deny everything under a condition."""
    document = copy.deepcopy(ASSUMES)
    document["Statement"].append(
        {"Sid": "No", "Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": condition}
    )
    return document


def test_who_may_all_that_a_vend_takes_is_right() -> None:
    """It says what, and on which role."""
    (found,) = examine(ASSUMES, ASSUMES)
    assert (found.code, found.verdict) == ("HubRoleRight", Verdict.RIGHT)
    assert HOME_ROLE in found.says
    assert ROLE in found.says


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("sts:AssumeRole", "HubMayNotAssume"),
        ("sts:SetSourceIdentity", "HubMayNotSetSourceIdentity"),
        ("sts:TagSession", "HubMayNotTagSession"),
    ],
)
def test_an_action_that_is_missing_has_a_code_of_its_own(action: str, code: str) -> None:
    """In the policies; in the boundary it is the boundary's."""
    assert codes(without(action)) == [code]
    (found,) = examine(ASSUMES, without(action))
    assert (found.code, found.mend) == ("HubBoundary", "deploy it")
    assert action in found.says


def test_another_path_says_which_is_allowed() -> None:
    """The usual reason, when a spoke's role is made elsewhere."""
    document = copy.deepcopy(ASSUMES)
    document["Statement"][0]["Resource"] = "arn:aws:iam::*:role/other/*"
    found = examine(document)
    assert found[0].code == "HubMayNotAssume"
    assert found[0].says.endswith("by its policies: Spokes is about arn:aws:iam::*:role/other/*.")


def test_a_condition_that_is_not_met_is_said() -> None:
    """With what it asks for."""
    document = copy.deepcopy(ASSUMES)
    document["Statement"][0]["Condition"] = {"StringEquals": {"aws:PrincipalAccount": "121212121212"}}
    assert "asks for StringEquals aws:PrincipalAccount 121212121212" in examine(document)[0].says


@pytest.mark.parametrize("boundary", [False, True])
def test_a_deny_is_named(boundary: bool) -> None:
    """Wherever it stands."""
    document = denies({})
    (found, *_) = examine(ASSUMES if boundary else document, document if boundary else None)
    assert (found.code, "by No of its" in found.says) == ("HubDenied", True)
    assert found.mend.startswith("Remove or narrow")


def test_what_depends_on_what_is_not_known_is_unseen() -> None:
    """An organization that nobody named."""
    (found, *_) = examine(denies({"StringNotEquals": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}))
    assert (found.code, found.verdict) == ("HubConditionUnknown", Verdict.UNSEEN)
    assert "aws:ResourceOrgID" in found.says


def test_no_policy_allows_nothing() -> None:
    """Not an exception."""
    held = Held((), None)
    found = permissions.examine(held, asking(), "deploy it")
    assert [each.code for each in found] == ["HubMayNotAssume", "HubMayNotSetSourceIdentity"]
