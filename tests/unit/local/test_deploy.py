"""What the embedded hub does to a template before the emulator sees it."""

import pytest

from hubspoke_local.accounts import PROJECT, SPOKE_ROLES
from hubspoke_local.deploy import (
    DIRECT_HUB_ROLE_ARN,
    direct_spoke_parameters,
    spoke_parameters,
    with_defaults,
)

TEMPLATE = (PROJECT / "template.yaml").read_text()


def test_a_parameter_becomes_its_own_default_and_nothing_else_changes() -> None:
    """The emulator transforms a template with its defaults only."""
    changed = with_defaults(TEMPLATE, {"CallerAccounts": "555555555555", "ThrottleRate": "7"})
    pairs = list(zip(TEMPLATE.splitlines(), changed.splitlines(), strict=True))
    assert [pair for pair in pairs if pair[0] != pair[1]] == [
        ('    Default: ""', '    Default: "555555555555"'),
        ("    Default: 500", '    Default: "7"'),
    ]
    assert changed.index("555555555555") > changed.index("  CallerAccounts:\n")


@pytest.mark.parametrize("name", ["NoSuchParameter", "Api"])
def test_a_parameter_that_is_not_declared_is_refused(name: str) -> None:
    """A misspelt one would otherwise change nothing, and nobody would notice."""
    with pytest.raises(LookupError):
        with_defaults(TEMPLATE, {name: "x"})


def test_what_the_hub_vends_alone_trusts_the_hub_alone() -> None:
    """The direct route's role is one by name, and its external id isn't the hub's."""
    automation, deploy = (spoke_parameters(role, "arn:hub", "hubs-id") for role in SPOKE_ROLES)
    assert automation["DirectHubRoleArns"] == DIRECT_HUB_ROLE_ARN
    assert automation["DirectExternalId"] != automation["ExternalId"] == "hubs-id"
    assert not {"DirectHubRoleArns", "DirectExternalId"} & deploy.keys()


def test_a_spoke_of_the_direct_route_trusts_no_hub() -> None:
    """And lies where its name alone leads to."""
    parameters = direct_spoke_parameters()
    assert (parameters["HubExecutionRoleArns"], parameters["RolePath"]) == ("", "/")
