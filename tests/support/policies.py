"""What ``hubspoke-admin policy`` prints, from the starting grants and without AWS."""

import contextlib
import functools
import io
import json
from typing import Any

from hubspoke_admin.cli import main
from tests.support.grants import STARTING_GRANTS

HUB, SPOKE = "111111111111", "222222222222"
REGIONS = "eu-west-1,us-east-1"
ENDPOINTS = ",".join(
    f"https://{api}.execute-api.{region}.amazonaws.com/prod"
    for api, region in (("abcdefghij", "eu-west-1"), ("klmnopqrst", "us-east-1"))
)
ORGANIZATION = "o-abcdefghij"
IN_ORGANIZATION = ("--organization", ORGANIZATION)
AUTOMATION = ("--role", "automation-spoke-role")
GRANTED = ("--grants", str(STARTING_GRANTS))
BOT = 'Caller::User::"111111111111/inventory-bot"'
USER = f"arn:aws:iam::{HUB}:user/sys-automation"
ADMINISTRATOR = ("--administrator", "arn:aws:iam::*:role/stacksets-exec-*")
HERE = ("--hub-account", HUB, "--regions", REGIONS)
CALLS = (*GRANTED, "--endpoint", ENDPOINTS)

DOCUMENTS: dict[str, tuple[str, ...]] = {
    "caller": ("caller", "--principal", BOT, *CALLS),
    "caller inline": (
        "caller",
        "--principal",
        f"arn:aws:iam::{HUB}:user/x/inventory-bot",
        "--inline",
        *CALLS,
    ),
    "caller direct": ("caller", "--route", "direct"),
    "hub-permissions": ("hub-permissions", *IN_ORGANIZATION, *GRANTED),
    "hub-permissions direct": ("hub-permissions", "--route", "direct", "--inline", *GRANTED),
    "hub-trust": ("hub-trust", "--principal", USER),
    "sso-trust": ("sso-trust", "--permission-set", "PowerUserAccess", *IN_ORGANIZATION),
    "spoke-trust": ("spoke-trust", *AUTOMATION, *GRANTED),
    "spoke-trust direct": ("spoke-trust", "--route", "direct", *AUTOMATION, *GRANTED),
    "spoke-trust both": ("spoke-trust", "--route", "both", *IN_ORGANIZATION, *AUTOMATION, *GRANTED),
    "spoke-boundary": ("spoke-boundary", *AUTOMATION, *GRANTED),
    "scp": ("scp", *ADMINISTRATOR, *GRANTED),
    "rcp": ("rcp", *IN_ORGANIZATION, *GRANTED),
}


def which_hub(name: str) -> tuple[str, ...]:
    """Return the options that say which hub it is, where a document names one."""
    return () if name == "spoke-boundary" else HERE


@functools.cache
def text(name: str, *options: str) -> str:
    """Return what the command prints about this hub, as text."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        code = main(["policy", name, *which_hub(name), *options])
    assert code == 0
    return written.getvalue()


def printed(name: str, *options: str) -> dict[str, Any]:
    """Return the document that the command prints, a copy for a test to spoil."""
    found: dict[str, Any] = json.loads(text(name, *options))
    return found
