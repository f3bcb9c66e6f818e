"""What is no route of ours is refused before anything is read from it."""

import pytest

from tests.support.fake_aws import FakeAws
from tests.unit.vending.conftest import Invoke, event

SPOKE = "/v1/accounts/222222222222/roles/automation-spoke-role"


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("roles", "path", "/v1/roles/"),
        ("roles", "path", "/v1/rolesx"),
        ("roles", "path", "/x/v1/roles"),
        ("identity", "path", "/v1/identity\n"),
        ("identity", "path", "/v1/identity/../roles"),
        ("identity", "path", "/V1/identity"),
        ("identity", "path", ""),
        ("identity", "httpMethod", "get"),
        ("identity", "httpMethod", "POST"),
        ("vend", "httpMethod", "PUT"),
        ("vend", "path", f"{SPOKE}/credentials/"),
        ("vend", "path", f"{SPOKE}/credentials\n"),
        ("vend", "path", f"{SPOKE}/x/credentials"),
        ("vend", "path", f"{SPOKE}//credentials"),
        ("vend", "path", f"{SPOKE}/credentials".replace("2/", "२/")),
    ],
)
def test_what_only_resembles_a_route_is_a_bad_request(
    name: str, part: str, value: str, invoke: Invoke, aws: FakeAws
) -> None:
    """Neither a slash more nor a letter of another case or script: nothing of AWS is even asked."""
    reply = invoke(event(name) | {part: value})

    assert (reply["statusCode"], aws.calls) == (400, [])
