"""hubspoke.doctor.calling: what an IAM policy has to allow for a call."""

import json

import pytest

from hubspoke.doctor.calling import Call
from hubspoke.endpoint import parse
from hubspoke_contract import arns


@pytest.mark.parametrize(
    ("url", "partition", "resource"),
    [
        (
            "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod",
            "aws",
            "arn:aws:execute-api:eu-west-1:HUB-ACCOUNT:abcdefghij/prod/GET/v1/roles",
        ),
        (
            "https://abcdefghij.execute-api.cn-north-1.amazonaws.com.cn/prod",
            "aws-cn",
            "arn:aws-cn:execute-api:eu-west-1:HUB-ACCOUNT:abcdefghij/prod/GET/v1/roles",
        ),
        (
            "https://hub.example.com/base",
            None,
            "arn:PARTITION:execute-api:eu-west-1:HUB-ACCOUNT:API-ID/STAGE/GET/v1/roles",
        ),
    ],
)
def test_the_statement_names_the_call(url: str, partition: str | None, resource: str) -> None:
    """What can't be seen stands in capitals; the partition is AWS's word."""
    call = Call(parse(url), "eu-west-1", None, partition)
    assert json.loads(call.statement("GET/v1/roles")) == {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": resource,
    }
    assert call.principal == "PRINCIPAL"


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:iam::111111111111:user/team/bot", 'Caller::User::"111111111111/bot"'),
        ("arn:aws:sts::111111111111:assumed-role/ci/run", 'Caller::Role::"111111111111/ci"'),
    ],
)
def test_the_caller_is_named_as_grants_do(arn: str, principal: str) -> None:
    """Without a path, and without a session."""
    call = Call(parse("https://hub.example.com"), "eu-west-1", arns.principal(arn), "aws")
    assert call.principal == principal
