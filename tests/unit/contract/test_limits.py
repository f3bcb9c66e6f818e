"""Our numbers against AWS's own models of STS and IAM, as botocore carries them."""

from typing import Any

import pytest
from botocore.loaders import Loader

from hubspoke_contract import limits


def shape(service: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = Loader().load_service_model(service, "service-2")["shapes"][name]
    return found


@pytest.mark.parametrize(
    ("ours", "service", "name", "bound"),
    [
        (limits.DURATION_MIN, "sts", "roleDurationSecondsType", "min"),
        (limits.SESSION_NAME_MIN, "sts", "roleSessionNameType", "min"),
        (limits.SESSION_NAME_MAX, "sts", "roleSessionNameType", "max"),
        (limits.SOURCE_IDENTITY_MAX, "sts", "sourceIdentityType", "max"),
        (limits.EXTERNAL_ID_MIN, "sts", "externalIdType", "min"),
        (limits.EXTERNAL_ID_MAX, "sts", "externalIdType", "max"),
        (limits.TAGS_MAX, "sts", "tagListType", "max"),
        (limits.TAG_KEY_MAX, "sts", "tagKeyType", "max"),
        (limits.TAG_VALUE_MAX, "sts", "tagValueType", "max"),
        (limits.NAME_MAX, "iam", "roleNameType", "max"),
        (limits.NAME_MAX, "iam", "userNameType", "max"),
        (limits.ROLE_PATH_MAX, "iam", "pathType", "max"),
    ],
)
def test_a_limit_is_the_one_of_awss_model(ours: int, service: str, name: str, bound: str) -> None:
    """Where AWS publishes a number, ours is the same."""
    assert ours == shape(service, name)[bound]


def test_no_vend_outlives_an_hour() -> None:
    """Role chaining allows an hour, whatever the role's own maximum (IAM user guide)."""
    assert limits.DURATION_MAX == 3600


def test_a_session_policy_is_at_most_what_sts_takes() -> None:
    """STS's plain-text limit for session policies is in its API reference, not in its model."""
    assert limits.SESSION_POLICY_MAX == 2048
