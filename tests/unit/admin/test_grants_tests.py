"""``tests.yaml``: who must and who must not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.grants_tests import read_cases
from hubspoke_admin.grants_tests import run as run_tests
from hubspoke_admin.source import read_grants
from tests.support.grants import STARTING_GRANTS

MUST = """\
tests:
  - principal: Caller::User::"111111111111/bot"
    role: 222222222222/app-role
    expect: permit
"""
MUST_NOT = """\
  - {principal: 'Caller::User::"111111111111/bot"', role: 222222222222/db-role, expect: deny}
"""


def test_the_starting_grants_pass(run: Callable[..., Any]) -> None:
    """Every must and must-not of the demo holds."""
    ran = run("grants", "test", STARTING_GRANTS)

    assert (ran.code, ran.out) == (0, b"")
    assert ran.err.endswith(" tests, 0 failed\n")


def test_a_test_that_fails_is_shown_with_its_line(run: Callable[..., Any], folder: Path) -> None:
    """A permit too many fails the musts-not it breaks, and names the policy."""
    (folder / "policies/oops.cedar").write_text(
        '@id("oops") permit (principal, action == Action::"assume", '
        'resource in OrgUnit::"ou-root/Workloads/Prod");'
    )
    ran = run("grants", "test", folder, "--format", "json")
    failed = json.loads(ran.out)

    assert ran.code == 1
    assert {(one["Expected"], one["Decided"], *one["Policies"]) for one in failed} == {
        ("deny", "permit", "oops")
    }
    assert all(one["Place"].startswith(f"{folder}/tests.yaml:") for one in failed)
    assert f"{len(failed)} failed" in ran.err


def test_a_must_that_is_denied_fails(small: Path) -> None:
    """The other way round: what must be permitted and isn't."""
    (small / "tests.yaml").write_text(MUST + MUST_NOT)
    (small / "policies/all.cedar").write_text('@id("no") forbid (principal, action, resource);')
    [failure] = run_tests(small, read_grants(small).bundle)

    assert (failure.expected, failure.decided, failure.policies) == ("permit", "deny", ("no",))
    assert failure.place == f"{small}/tests.yaml:2"


def test_a_folder_without_tests_is_said(run: Callable[..., Any], small: Path) -> None:
    """``check`` and ``test`` both name the file."""
    tested, checked = (run("grants", command, small) for command in ("test", "check"))

    assert (tested.code, checked.code) == (1, 1)
    assert "tests.yaml: no such file" in tested.err
    assert "tests.yaml: no such file" in checked.out.decode()


def test_a_callers_attributes_can_be_given(small: Path) -> None:
    """Unique id, organization and session are what a test says they are."""
    (small / "tests.yaml").write_text(
        MUST + "    unique_id: AIDAEXAMPLEEXAMPLE001\n    org_id: o-a1b2c3d4e5\n" + MUST_NOT
    )
    [case, _] = read_cases(small)

    assert (case.caller.unique_id, case.caller.org_id) == ("AIDAEXAMPLEEXAMPLE001", "o-a1b2c3d4e5")


@pytest.mark.parametrize(
    ("text", "line", "mentions"),
    [
        ("", 1, "must be a mapping"),
        ("tests: {}\n", 1, "be a list"),
        ("tests: [a]\n", 1, "each must be a mapping"),
        ("tests: []\n", 1, "expect: permit"),
        ("test: []\n", 1, "test: not known"),
        (MUST, 1, "expect: deny"),
        (MUST + "    expect: deny\n", 5, "stands twice"),
        (MUST + "    expcet: deny\n", 5, "not known here"),
        (MUST.replace("permit", "allow"), 4, "must be permit or deny"),
        (MUST.replace("    role: 222222222222/app-role\n", ""), 2, "role: must be there"),
        (MUST.replace("222222222222/", ""), 3, "ACCOUNT/ROLE"),
        (MUST.replace("Caller::User", "User"), 2, "Caller::User"),
        (MUST.replace("/bot", "/team/bot"), 2, "without a path"),
        (MUST + "    duration: 899\n", 5, "from 900 to 3600"),
        (MUST + "    duration: 0900\n", 5, "from 900 to 3600"),
        (MUST + "    session_policy: a/b\n", 5, "without .json"),
        (MUST + "    unique_id: AROAEXAMPLEEXAMPLE001\n", 5, "AIDA"),
        (MUST + "    org_id: o-1\n", 5, "organization"),
        (MUST + "    session: ann\n", 5, "role session"),
    ],
)
def test_a_mistake_in_tests_yaml_has_its_line(small: Path, text: str, line: int, mentions: str) -> None:
    """What can't be read is refused, and the folder doesn't build with it."""
    (small / "tests.yaml").write_text(text)
    for read in (read_cases, read_grants):
        with pytest.raises(GrantsInvalid) as invalid:
            read(small)
        assert str(invalid.value).startswith(f"{small}/tests.yaml:{line}: ")
        assert mentions in str(invalid.value)
