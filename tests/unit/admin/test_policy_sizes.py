"""``hubspoke-admin policy`` refuses what AWS would not take for its size."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.policies import ADMINISTRATOR, BOT, ENDPOINTS, HERE, IN_ORGANIZATION, SPOKE


def many(folder: Path, accounts: int, roles: int = 1, external_id: str = "x1") -> None:
    """Put many accounts, or many roles, into the grants."""
    numbers = [f"{number:012}" for number in range(1, accounts + 1)]
    (folder / "accounts.json").write_text(json.dumps([{"Id": number} for number in numbers]))
    (folder / "roles.yaml").write_text(
        "roles:\n"
        + "".join(
            f"  p{index}:\n    role: role-{index}\n    external_id: {external_id}\n"
            f"    accounts: {{ids: {json.dumps(numbers)}}}\n"
            for index in range(roles)
        )
    )


TOO_LARGE: dict[str, tuple[tuple[str, ...], tuple[int, int, str], str]] = {
    "a caller's": (
        ("caller", "--principal", BOT, "--endpoint", ENDPOINTS),
        (40, 1, "x1"),
        "6144 in a managed policy",
    ),
    "a user's": (
        ("caller", "--principal", BOT, "--endpoint", ENDPOINTS, "--inline"),
        (15, 1, "x1"),
        "2048 in the inline policies of a user",
    ),
    "the hub role's": (
        ("hub-permissions", "--route", "direct", "--inline"),
        (300, 1, "x1"),
        "10240 in the inline policies of a role",
    ),
    "a trust": (
        ("spoke-trust", "--route", "both", "--role", "role-0"),
        (1, 1, "x" * 1224),
        "2048 in a trust policy; ask AWS to raise",
    ),
    "a trust, raised": (
        (
            "sso-trust",
            "--trust-quota",
            "4096",
            *(part for n in range(20) for part in ("--permission-set", f"{n:032}")),
        ),
        (1, 1, "x1"),
        "4096 in a trust policy",
    ),
    "an SCP": (("scp", *ADMINISTRATOR), (1, 100, "x1"), "5120 in a service control policy"),
    "an RCP": (("rcp", *IN_ORGANIZATION), (1, 200, "x1"), "5120 in a resource control policy"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_aws_would_not_take_is_refused(run: Callable[..., Any], small: Path, name: str) -> None:
    """With 1, the size and AWS's limit."""
    arguments, size, said = TOO_LARGE[name]
    many(small, *size)
    grants = () if arguments[0] == "sso-trust" else ("--grants", small)
    ran = run("policy", arguments[0], *HERE, *arguments[1:], *grants)
    assert (ran.code, ran.out) == (1, b"")
    assert f"AWS takes {said}" in ran.err


def test_any_account_makes_a_long_list_short(run: Callable[..., Any], small: Path) -> None:
    """What is too large with accounts fits without."""
    many(small, 40)
    arguments = ("caller", "--principal", BOT, "--endpoint", ENDPOINTS, "--grants", small, "--any-account")
    ran = run("policy", arguments[0], *HERE, *arguments[1:])
    assert ran.code == 0
    assert b"/POST/v1/accounts/*/roles/role-0/credentials" in ran.out
    assert SPOKE.encode() not in ran.out
