"""The package's surface, and what importing it costs."""

import subprocess
import sys

import pytest

import hubspoke

_HEAVY = {"requests", "urllib3", "boto3", "botocore", "requests_aws4auth", "argparse"}


def test_the_public_names() -> None:
    """A name is added to, or taken from, the library on purpose."""
    assert sorted(hubspoke.__all__) == [
        "AccessDenied",
        "ArgumentInvalid",
        "CallNotAllowed",
        "ConfigurationError",
        "Credentials",
        "Hub",
        "HubRole",
        "HubRoleRefused",
        "HubThrottled",
        "HubUnavailable",
        "HubUnreachable",
        "HubspokeError",
        "Identity",
        "MfaCodeNeeded",
        "NothingSelected",
        "Outcome",
        "OwnCredentialsError",
        "ReplyMalformed",
        "RequestInvalid",
        "RoleOffer",
        "Selection",
        "SpokeRefused",
        "TooManyRequests",
        "assume_spoke_role",
    ]
    assert all(getattr(hubspoke, name).__name__ == name for name in hubspoke.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="nonesuch"):
        hubspoke.nonesuch  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import hubspoke", "hubspoke"),
        ("from hubspoke import Hub", None),
        ("from hubspoke import HubRole, assume_spoke_role", None),
    ],
)
def test_importing_is_cheap(statement: str, allowed: str | None) -> None:
    """Signing and AWS's library are loaded when a call needs them."""
    listing = "import sys; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{listing}"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not _HEAVY.intersection(found)
    if allowed:
        assert [name for name in found if name.startswith("hubspoke")] == [allowed]
