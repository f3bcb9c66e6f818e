"""``hubspoke-admin grants check``: every mistake, with its line and what to write instead."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.grants_tests import read_cases
from hubspoke_admin.source import build, read_grants
from hubspoke_grants.bundle import encode
from tests.support.grants import STARTING_GRANTS
from tests.unit.admin.conftest import ROLES

ASSUME = 'action == Action::"assume"'


def mistakes(folder: Path, policies: str) -> tuple[str, ...]:
    """Give a folder other policies and list what is wrong, from the file's name on."""
    (folder / "policies/all.cedar").write_text(policies)
    try:
        read_grants(folder)
    except GrantsInvalid as error:
        return tuple(mistake.removeprefix(f"{folder}/policies/") for mistake in error.mistakes)
    return ()


def policy(condition: str, name: str = "it", resource: str = "resource", principal: str = "principal") -> str:
    """Write a permit to assume."""
    return f'@id("{name}")\npermit ({principal}, {ASSUME}, {resource})\nwhen {{ {condition} }};\n'


@pytest.fixture
def offering(small: Path) -> Path:
    """Make a small folder whose profile is for 1,800 s and offers one of two session policies."""
    for name in ("read-only", "write"):
        (small / f"session-policies/{name}.json").write_text('{"Statement": [{}]}')
    (small / "roles.yaml").write_text(ROLES + "    session_policies: [read-only]\n    max_duration: 1800\n")
    return small


@pytest.mark.parametrize(
    ("text", "line", "mentions"),
    [
        (policy("true", resource='resource in OrgUnit::"ou-root/Dve"'), 2, "did you mean ou-root/Dev?"),
        (policy("true", resource='resource in Account::"999999999999"'), 2, "is not in accounts.json"),
        (policy("true", resource='resource == SpokeRole::"222222222222/app"'), 2, "222222222222/app-role?"),
        (
            policy('resource in OrgUnit::"ou-root"\n|| resource in Account::"1"'),
            4,
            "write one of 222222222222",
        ),
        (
            policy('resource.profile == "ap"'),
            3,
            'resource.profile "ap" is no profile of roles.yaml; did you mean',
        ),
        (policy('["app", "db"].contains(resource.profile)'), 3, '"db" is no profile'),
        (
            policy('context has sessionPolicy && context.sessionPolicy == "readonly"'),
            3,
            "is no file in session-policies/; did you mean read-only?",
        ),
        (policy('resource.account != Account::"333333333333"'), 3, "is not in accounts.json"),
    ],
)
def test_a_name_that_is_not_there_is_named_with_its_line(
    offering: Path, text: str, line: int, mentions: str
) -> None:
    """A policy that speaks of what the folder doesn't have says where, and what there is."""
    [mistake] = mistakes(offering, text)

    assert mistake.startswith(f"all.cedar:{line}: ")
    assert mentions in mistake


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        (policy("context.duration > 3600"), "write 900 to 3600"),
        (policy("context.duration < 900"), "write 900 to 3600"),
        (policy("context.duration == 0 || context.duration == -5"), "write 900 to 3600"),
        (policy("context.duration >= 1801"), "raise max_duration"),
        (policy('context has sessionPolicy && context.sessionPolicy == "write"'), "session_policies"),
        (policy('resource.name == "db-role"'), "make its conditions true"),
        (policy('principal.account == "not an account"'), "make its conditions true"),
        (policy('principal.account like "*a*"'), "make its conditions true"),
        (policy('principal.name == "a" && principal.name == "b"'), "make its conditions true"),
        (policy('principal.name like "a*" && principal.name like "b*"'), "make its conditions true"),
        (policy("true", principal='principal == Caller::User::"bot"'), "principal can't exist"),
        (policy("true").replace("permit", "forbid") + policy("false", "never"), "never"),
        ('@id("it") forbid (principal, action, resource) when { false };', "make its conditions true"),
        (
            policy(
                'principal.account == "111111111111"', principal='principal == Caller::User::"222222222222/a"'
            ),
            "make its conditions true",
        ),
        (policy('resource.account.hasTag("env") && resource.account.getTag("env") == "x"'), "conditions"),
    ],
)
def test_a_policy_that_can_never_match_is_named(offering: Path, text: str, mentions: str) -> None:
    """Tried with every caller, role, duration and session policy, and true for none."""
    [mistake] = mistakes(offering, text)

    assert mistake.startswith("all.cedar:")
    assert "can never match" in mistake
    assert mentions in mistake


@pytest.mark.parametrize(
    "text",
    [
        policy("context.duration == 1800"),
        policy("context.duration == 1234"),
        policy("!(context has sessionPolicy)"),
        policy('context has sessionPolicy && context.sessionPolicy == "read-only"'),
        policy('principal.name like "a*b" && principal.name like "*c*" && principal.name != "acb"'),
        policy('principal.account like "12*" && principal.account like "*89"'),
        policy("principal.name == resource.name"),
        policy("principal.name == principal.account"),
        policy("principal has orgId"),
        policy("!(principal has orgId)"),
        policy('principal.uniqueId like "AROA*"'),
        policy("principal has permissionSet", principal="principal is Caller::Role"),
        policy(
            'principal has session && principal.session like "*@example.com"',
            principal='principal == Caller::Role::"111111111111/AWSReservedSSO_Admin_0123456789abcdef"',
        ),
        policy(
            'principal has permissionSet && principal.permissionSet like "A*" && '
            'principal.name like "AWSReservedSSO_Ab*"',
            principal="principal is Caller::Role",
        ),
        '@id("it") permit (principal, action == Action::"audit", resource is Account) '
        'when { resource.name == "dev" };',
        '@id("it") permit (principal, action == Action::"audit", resource == Hub::"hub");',
        '@id("it") forbid (principal, action, resource);',
        "",
    ],
)
def test_a_policy_that_can_match_is_never_accused(offering: Path, text: str) -> None:
    """No alarm is false: what can match somebody, or can't be known, is left alone."""
    assert mistakes(offering, text) == ()


def test_every_mistake_is_listed(run: Callable[..., Any], small: Path) -> None:
    """Files are read to the end, so that one look mends them all."""
    (small / "accounts.json").write_text(
        '[\n{"Id": "1"},\n{"Id": "222222222222"},\n\n{"Id": "222222222222"}]'
    )
    (small / "policies/all.cedar").write_text(
        '@id("a") permit (principal, action resource);\n\npermit;\n'
        '@id("b") permit (principal, action, resource);\n'
    )
    ran = run("grants", "check", small)
    lines = [line.removeprefix(f"{small}/").split(" ")[0] for line in ran.out.decode().splitlines()]

    assert (ran.code, ran.err) == (1, "")
    assert lines == [
        *("accounts.json:2:", "accounts.json:5:"),
        *("policies/all.cedar:1:", "policies/all.cedar:3:", "tests.yaml:"),
    ]


def test_profiles_are_all_read(small: Path) -> None:
    """A fault in one profile doesn't hide another's."""
    (small / "roles.yaml").write_text("roles:\n  a:\n    path: x\n  b:\n    path: y\n")
    with pytest.raises(GrantsInvalid) as invalid:
        build(small)

    assert [mistake.split(":")[1] for mistake in invalid.value.mistakes] == ["3", "5"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"Id": "222222222222",\n "Tags": {"a": "1",\n  "\\u0061": "2"}}]', 4),
        ('[{"Id": "222222222222"},\n{"Id": "2", "Id": "3"}]', 2),
        ('[{"Id": "222222222222",\n"Tags": NaN}]', 2),
    ],
)
def test_a_key_that_stands_twice_has_its_line(small: Path, text: str, line: int) -> None:
    """JSON's parser keeps the last of two; here the second is pointed at."""
    (small / "accounts.json").write_text(text)
    with pytest.raises(GrantsInvalid, match=rf"accounts\.json:{line}: "):
        build(small)


def test_a_misspelt_word_of_a_policy_is_mended(small: Path) -> None:
    """Cedar says what is wrong; the schema, what it could have been."""
    [mistake] = mistakes(small, policy('principal.account == "111111111111" &&\n  principal.nmae == "x"'))

    assert mistake.startswith("all.cedar:4: attribute `nmae`")
    assert mistake.endswith("; did you mean name?")


def test_an_attribute_that_may_be_absent_is_to_be_asked_for(small: Path) -> None:
    """The message says what to write before it."""
    [mistake] = mistakes(small, policy('principal.orgId == "o-a1b2c3d4e5"'))

    assert "has orgId && …" in mistake


def test_check_says_that_nothing_is_wrong(run: Callable[..., Any]) -> None:
    """The starting grants pass."""
    ran = run("grants", "check", STARTING_GRANTS)

    assert (ran.code, ran.out.decode()) == (0, f"{STARTING_GRANTS}: no mistakes\n")


def test_check_is_json_for_programs(run: Callable[..., Any], small: Path) -> None:
    """A list of objects, empty where nothing is wrong."""
    good, bad = (run("grants", "check", where, "--format", "json") for where in (STARTING_GRANTS, small))

    assert (good.code, json.loads(good.out)) == (0, [])
    assert (bad.code, [next(iter(one)) for one in json.loads(bad.out)]) == (1, ["Mistake"])


def test_white_space_of_yaml_and_hashing_change_no_byte(folder: Path, tmp_path: Path) -> None:
    """Equal grants are equal bundles, in whatever process and layout."""
    roles = (folder / "roles.yaml").read_text()
    outputs = []
    for seed, text in (("1", roles), ("2", roles.replace("\n    ", "\n         ").replace(": ", ":   "))):
        (folder / "roles.yaml").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "hubspoke_admin.cli", "grants", "build", str(folder)],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        outputs.append(done.stdout)

    assert outputs[0] == outputs[1] == encode(build(STARTING_GRANTS)) + b"\n"


def test_init_writes_what_passes(run: Callable[..., Any], tmp_path: Path) -> None:
    """The starting folder is checked and tested as it is."""
    where = tmp_path / "new"
    codes = [run("grants", command, where).code for command in ("init", "check", "test", "build")]

    assert codes == [0, 0, 0, 0]


@pytest.mark.parametrize("name", ["grants", "grants/roles.yaml"])
def test_init_overwrites_nothing(run: Callable[..., Any], tmp_path: Path, name: str) -> None:
    """A folder with anything in it, or a file, is left alone."""
    shutil.copytree(STARTING_GRANTS, tmp_path / "grants")
    ran = run("grants", "init", tmp_path / name)

    assert ran.code == 3
    assert "is not an empty folder" in ran.err
    assert (tmp_path / "grants/roles.yaml").read_text() == (STARTING_GRANTS / "roles.yaml").read_text()


@given(
    name=st.sampled_from(
        [
            "roles.yaml",
            "accounts.json",
            "tests.yaml",
            "policies/inventory.cedar",
            "session-policies/read-only.json",
        ]
    ),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.text(max_size=4)), max_size=3),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_spoilt_folder_is_valid_or_invalid(
    tmp_path: Path, name: str, cuts: list[tuple[float, int, str]]
) -> None:
    """Whatever is done to a file, a check ends with its own exception or none."""
    folder = shutil.copytree(STARTING_GRANTS, tmp_path / "spoilt", dirs_exist_ok=True)
    text = (STARTING_GRANTS / name).read_text()
    for where, length, other in cuts:
        start = int(where * len(text))
        text = text[:start] + other + text[start + length :]
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    for read in (read_grants, read_cases):
        try:
            read(folder)
        except GrantsInvalid as error:
            assert all(mistake.startswith(str(folder)) for mistake in error.mistakes)  # noqa: PT017
