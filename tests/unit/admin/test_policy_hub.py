"""Which hub a document of ``hubspoke-admin policy`` is about: AWS says it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fake_regions import FakeRegions, Fault
from tests.support.policies import AUTOMATION, BOT, GRANTED, HUB


@pytest.mark.usefixtures("both")
def test_the_stacks_say_which_hub_it_is(run: Callable[..., Any], aws: FakeRegions) -> None:
    """Its account, partition and execution roles, one a Region."""
    ran = run("policy", "spoke-trust", *AUTOMATION, *GRANTED)
    (assume, *_) = json.loads(ran.out)["Statement"]
    assert assume["Principal"]["AWS"] == [
        f"arn:aws:iam::{HUB}:role/hubspoke-prod-{region}-vend" for region in ("eu-west-1", "us-east-1")
    ]


@pytest.mark.usefixtures("both")
def test_the_stacks_say_where_the_api_is(run: Callable[..., Any], aws: FakeRegions) -> None:
    """Each Region's own, with its stage."""
    for name, region in aws.regions.items():
        region.outputs |= {"ApiId": f"api{name.replace('-', '')}", "Stage": "live"}
    vend, _ = json.loads(run("policy", "caller", "--principal", BOT, *GRANTED).out)["Statement"]
    assert [arn.split("/POST")[0] for arn in vend["Resource"][::2]] == [
        f"arn:aws:execute-api:eu-west-1:{HUB}:apieuwest1/live",
        f"arn:aws:execute-api:us-east-1:{HUB}:apiuseast1/live",
    ]


@pytest.mark.usefixtures("aws")
def test_the_direct_route_asks_whose_credentials_these_are(run: Callable[..., Any]) -> None:
    """It needs no hub's stack."""
    ran = run("policy", "spoke-trust", "--route", "direct", *AUTOMATION, *GRANTED)
    assert f'"arn:aws:iam::{HUB}:role/automation-hub-role"'.encode() in ran.out


@pytest.mark.parametrize(
    ("arn", "code", "said"),
    [
        (
            "arn:aws-cn:sts::999999999999:assumed-role/admin/ann@example.com",
            0,
            "arn:aws-cn:iam::999999999999:role/a",
        ),
        ("arn:aws:iam::111111111111:root", 3, "neither a user's nor a role's: say --hub-account"),
        ("arn:aws:sts::111111111111:federated-user/x", 3, "neither a user's nor a role's: say --hub-account"),
    ],
    ids=["a session", "root", "federated"],
)
@pytest.mark.usefixtures("aws")
def test_whoever_has_a_role_or_is_a_user_has_an_account(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arn: str, code: int, said: str
) -> None:
    """Its account and partition are the hub's."""
    monkeypatch.setattr("tests.support.fake_regions.OPERATOR_ARN", arn)
    ran = run("policy", "caller", "--route", "direct")
    assert ran.code == code
    assert said in (ran.err or ran.out.decode())


@pytest.mark.usefixtures("aws")
def test_a_partition_that_aws_denies_is_refused(run: Callable[..., Any]) -> None:
    """What is typed never goes before what AWS says."""
    for route in ("direct", "hub"):
        ran = run("policy", "spoke-trust", "--route", route, "--partition", "aws-cn", *AUTOMATION, *GRANTED)
        assert (ran.code, ran.out) == (2, b"")
        assert "--partition aws-cn: it is aws; leave the option out" in ran.err


def test_a_stack_that_can_not_be_read_is_named(run: Callable[..., Any], aws: FakeRegions) -> None:
    """With AWS's code, and nothing printed."""
    aws.faults["eu-west-1", "DescribeStacks"] = Fault()
    ran = run("policy", "spoke-trust", *AUTOMATION, *GRANTED)
    assert (ran.code, ran.out) == (3, b"")
    assert "cannot read the stack hubspoke: AWS answered AccessDenied" in ran.err


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"ExecutionRoleArn": "arn:aws:iam::222222222222:role/x"}, "are not of one account"),
        ({"ExecutionRoleArn": "arn:aws-cn:iam::111111111111:role/x"}, "are not of one account"),
        ({"ExecutionRoleArn": "nonsense"}, "are not of one account"),
        ({"ExecutionRoleArn": "arn:aws:iam::111111111111:role/*"}, "are not of one account"),
    ],
)
@pytest.mark.usefixtures("both")
def test_stacks_that_disagree_are_refused(
    run: Callable[..., Any], aws: FakeRegions, outputs: dict[str, str], said: str
) -> None:
    """Two hubs are not one."""
    aws.regions["us-east-1"].outputs |= outputs
    ran = run("policy", "spoke-trust", *AUTOMATION, *GRANTED)
    assert (ran.code, ran.out) == (3, b"")
    assert said in ran.err
