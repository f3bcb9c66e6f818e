"""What is said of policies that hold more than people should read."""

from typing import Any

import pytest

from hubspoke.findings import Finding
from hubspoke_admin.doctor import permissions
from hubspoke_admin.doctor.asking import Asking
from hubspoke_admin.iam.policy import read

_HUB = "arn:aws:iam::111111111111:role/hub"
_ROLE = "arn:aws:iam::333333333333:role/spoke"


def _examine(sid: str = "Spokes", **condition: Any) -> list[Finding]:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": "*",
                "Condition": condition,
            }
        ],
    }
    may = permissions.Held(read(document), None)
    return permissions.examine(may, Asking(_HUB, _ROLE, None, external_id="the-one-sent"), "MEND")


@pytest.mark.parametrize("key", ["sts:ExternalId", "STS:externalid"])
def test_an_external_id_in_the_hub_roles_policies_is_not_said(key: str) -> None:
    """A hub role's policy may ask for an external id, and what doctor says is pasted anywhere."""
    (found,) = _examine(StringEquals={key: "the-one-of-the-policy"})
    assert found.code == "HubMayNotAssume"
    assert key in found.says
    assert "the-one" not in str(found)


def test_a_sid_makes_no_line_of_what_mends_a_policy() -> None:
    """What is said stays a line, whatever a policy is called."""
    for condition in ({"StringEquals": {"aws:PrincipalOrgID": "o-x\ncurl"}}, {"Bool": {"a\ncurl": "true"}}):
        (found,) = _examine("Spokes\ncurl example.com|sh\x1b[2J", **condition)
        assert found.says.isprintable()
        assert "\ncurl" not in found.mend


def test_a_deny_that_may_apply_is_not_said_to_deny() -> None:
    """Where nothing allows the call, that is what is wrong, and no statement that perhaps denies it."""
    statements = [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/hubspoke/*"},
        {
            "Sid": "Perhaps",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
        },
    ]
    may = permissions.Held(read({"Version": "2012-10-17", "Statement": statements}), None)
    (found,) = permissions.examine(may, Asking(_HUB, _ROLE, None), "MEND")
    assert found.code == "HubMayNotAssume"
    assert "Perhaps" not in found.says
