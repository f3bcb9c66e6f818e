"""Answers of IAM's that are about something else."""

from typing import Any

import pytest

from hubspoke_admin.doctor.reading import Account, CannotSee


class _Pages:
    def paginate(self, **_asked: str) -> list[dict[str, Any]]:
        return [{"AttachedPolicies": [], "PolicyNames": []}]


class _Iam:
    def __init__(self, arn: str) -> None:
        self.arn = arn

    def get_role(self, RoleName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Role": {"Arn": self.arn, "RoleName": RoleName}}

    def get_paginator(self, _operation: str) -> _Pages:
        return _Pages()


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("arn:aws:iam::444444444444:role/spoke", id="another account's"),
        pytest.param("arn:aws:iam::333333333333:role/spoke-2", id="another role"),
        pytest.param("arn:aws:iam::333333333333:role/Spoke", id="another spelling"),
        pytest.param("arn:aws:iam::333333333333:user/spoke", id="no role"),
        pytest.param("spoke", id="no ARN"),
    ],
)
def test_a_role_that_was_not_asked_for_is_none(arn: str) -> None:
    """What an endpoint shows of another account or role says nothing of this one."""
    with pytest.raises(CannotSee) as caught:
        Account("333333333333", _Iam(arn), "somebody").role("spoke")
    assert caught.value.finding.code == "ReadingRefused"


def test_the_role_that_was_asked_for_is_seen() -> None:
    """Under whatever path."""
    seen = Account("333333333333", _Iam("arn:aws:iam::333333333333:role/a/b/spoke"), "somebody").role("spoke")
    assert seen is not None
    assert seen.path == "/a/b/"
