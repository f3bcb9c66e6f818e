"""``hubspoke-admin grants explain``: the decision, and what made it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants.bundle import encode
from tests.support.grants import STARTING_GRANTS

INVENTORY = 'Caller::User::"111111111111/inventory-bot"'
DEPLOYER = 'Caller::Role::"555555555555/ci-deployer"'
AUTOMATION = "222222222222/automation-spoke-role"
DEPLOY = "333333333333/deploy-spoke-role"
Run = Callable[..., Any]


def explain(run: Run, principal: str, role: str, *options: str | Path) -> Any:
    """Ask about the starting grants."""
    return run("grants", "explain", "--as", principal, role, "--grants", STARTING_GRANTS, *options)


def test_a_yes_names_the_policy_and_where_it_stands(run: Run) -> None:
    """ALLOW, the policy's id, its file and line."""
    ran = explain(run, INVENTORY, AUTOMATION)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(b"ALLOW: for 3600 s\n")
    assert f"inventory-reads-workloads  {STARTING_GRANTS}/policies/inventory.cedar:2" in ran.out.decode()


def test_the_folder_is_grants_here_unless_another_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works where the folder is."""
    monkeypatch.chdir(STARTING_GRANTS.parent)
    ran = run("grants", "explain", "--as", INVENTORY, AUTOMATION)

    assert ran.code == 0


def test_a_bundle_is_asked_like_a_folder(run: Run, tmp_path: Path) -> None:
    """Without files there are ids alone."""
    (tmp_path / "bundle.json").write_bytes(encode(build(STARTING_GRANTS)))
    ran = run(
        *("grants", "explain", "--as", INVENTORY, AUTOMATION),
        *("--bundle", tmp_path / "bundle.json", "--format", "json"),
    )

    assert json.loads(ran.out) == {
        "Decision": "ALLOW",
        "Reason": "for 3600 s",
        "Policies": [{"Policy": "inventory-reads-workloads", "Place": None}],
    }


@pytest.mark.parametrize(
    ("principal", "role", "options", "reason"),
    [
        (INVENTORY, DEPLOY, [], "no policy permits it"),
        ('Caller::User::"111111111111/stranger"', AUTOMATION, [], "no policy permits it"),
        (INVENTORY, "222222222222/gone", [], "is no role of the catalogue"),
        (INVENTORY, "999999999999/gone", [], "nor its account"),
        (DEPLOYER, DEPLOY, ["--session-policy", "gone"], "session policies: read-only"),
        (DEPLOYER, "222222222222/deploy-spoke-role", ["--duration", "901"], "no policy permits it"),
    ],
)
def test_a_no_says_why(run: Run, principal: str, role: str, options: list[str], reason: str) -> None:
    """DENY, 1, and what stood in the way."""
    ran = explain(run, principal, role, *options)

    assert ran.code == 1
    assert ran.out.decode().startswith("DENY: ")
    assert reason in ran.out.decode()


def test_a_forbid_is_named(run: Run, folder: Path) -> None:
    """Who forbade it stands in the answer."""
    (folder / "policies/stop.cedar").write_text('@id("stop")\nforbid (principal, action, resource);')
    ran = run("grants", "explain", "--as", INVENTORY, AUTOMATION, "--grants", folder)

    assert ran.out.startswith(b"DENY: forbidden by stop\n")
    assert f"{folder}/policies/stop.cedar:1" in ran.out.decode()


def test_more_than_the_profile_gives_is_said(run: Run, folder: Path) -> None:
    """The profile's limit isn't a policy's."""
    roles = (folder / "roles.yaml").read_text()
    (folder / "roles.yaml").write_text(roles.replace("max_duration: 3600", "max_duration: 1800", 1))
    ran = run(
        *("grants", "explain", "--as", INVENTORY, AUTOMATION),
        *("--duration", "1801", "--grants", folder),
    )

    assert ran.out == b"DENY: profile automation gives its roles for at most 1800 s\n"


def test_what_was_not_told_of_the_caller_is_asked_for(run: Run, folder: Path) -> None:
    """A pinned unique id is no mystery: the answer says which option to give."""
    path = folder / "policies/inventory.cedar"
    path.write_text(
        path.read_text().replace("when {", 'when { principal.uniqueId == "AIDAEXAMPLEEXAMPLE001" &&')
    )
    asked = ("grants", "explain", "--as", INVENTORY, AUTOMATION, "--grants", folder)

    assert b"--unique-id" in run(*asked).out
    assert run(*asked, "--unique-id", "AIDAEXAMPLEEXAMPLE001").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--as", "inventory-bot", AUTOMATION],
        ["--as", 'Caller::User::"１１１１１１１１１１１１/a"', AUTOMATION],
        ["--as", f"{INVENTORY}\n", AUTOMATION],
        ["--as", INVENTORY, "automation-spoke-role"],
        ["--as", INVENTORY, AUTOMATION, "--duration", "899"],
        ["--as", INVENTORY, AUTOMATION, "--duration", "٩٠٠"],
        ["--as", INVENTORY, AUTOMATION, "--duration", "9" * 5000],
        ["--as", INVENTORY, AUTOMATION, "--session-policy", "a/b"],
        ["--as", INVENTORY, AUTOMATION, "--unique-id", "x"],
        ["--as", INVENTORY, AUTOMATION, "--session", "ann"],
    ],
)
def test_what_cannot_be_asked_is_a_wrong_use(run: Run, arguments: list[str]) -> None:
    """One line that says what it must be."""
    ran = run("grants", "explain", *arguments, "--grants", STARTING_GRANTS)

    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 100000])
def test_what_is_no_bundle_is_said(run: Run, tmp_path: Path, raw: bytes) -> None:
    """A foreign file is refused whole."""
    (tmp_path / "bundle.json").write_bytes(raw)
    ran = run("grants", "explain", "--as", INVENTORY, AUTOMATION, "--bundle", tmp_path / "bundle.json")

    assert (ran.code, ran.out) == (1, b"")
    assert ran.err.startswith(f"hubspoke-admin: {tmp_path}/bundle.json: no bundle")
