"""``hubspoke-admin grants build``: one bundle, or what to mend and where."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants.bundle import encode, load
from tests.support.grants import STARTING_GRANTS
from tests.unit.admin.conftest import ACCOUNT, POLICY, ROLES

# --- what is built ----------------------------------------------------------------------------


def test_the_starting_grants_build(run: Callable[..., Any], folder: Path) -> None:
    """The grants that the project comes with make a bundle that loads, on standard output."""
    ran = run("grants", "build", folder)

    assert (ran.code, ran.err) == (0, "")
    assert [str(place) for place in load(ran.out).roles] == [
        "222222222222/automation-spoke-role",
        "222222222222/deploy-spoke-role",
        "333333333333/automation-spoke-role",
        "333333333333/deploy-spoke-role",
    ]


def test_the_output_is_the_same_bytes_in_a_file(
    run: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    """A file gets what standard output would have got; the version is said beside it."""
    to_stdout, to_file = (
        run("grants", "build", folder),
        run("grants", "build", folder, "--output", tmp_path / "b"),
    )

    assert (to_file.code, to_file.out) == (0, b"")
    assert (tmp_path / "b").read_bytes() == to_stdout.out
    assert (
        to_file.err == f"hubspoke-admin: {tmp_path / 'b'}: version {json.loads(to_stdout.out)['Version']}\n"
    )


def test_building_twice_gives_the_same_bytes(folder: Path) -> None:
    """Equal grants are equal bundles."""
    assert encode(build(folder)) == encode(build(folder))


def test_nothing_depends_on_the_order_of_files_and_entries(folder: Path, tmp_path: Path) -> None:
    """Files made in another order, accounts and profiles listed in another one: the same bytes."""
    other = tmp_path / "other"
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            (other / path.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, other / path.relative_to(folder))
    accounts = json.loads((folder / "accounts.json").read_text())
    (other / "accounts.json").write_text(json.dumps(accounts[::-1], indent=4))
    head, automation, deploy = re.split(
        r"(?m)^(?=  automation:|  deploy:)", (folder / "roles.yaml").read_text()
    )
    (other / "roles.yaml").write_text(head + deploy.rstrip() + "\n" + automation)

    assert encode(build(other)) == encode(build(folder))


def test_a_change_of_the_grants_is_a_change_of_the_version(small: Path) -> None:
    """Grants that differ have another version."""
    before = build(small)["Version"]
    (small / "policies/all.cedar").write_text(POLICY.replace("permit", "forbid"))

    assert build(small)["Version"] != before


def test_what_is_left_out_of_a_profile_has_a_default(small: Path) -> None:
    """A role and its accounts are enough: the rest is the longest duration, and nothing else."""
    assert build(small)["Profiles"] == [
        {
            "Name": "app",
            "RoleName": "app-role",
            "Path": "/",
            "ExternalId": None,
            "MaxDurationSeconds": 3600,
            "SessionPolicies": [],
            "Tags": {},
            "CallerTagKeys": [],
            "VendsPerMinute": 600,
            "Choice": {"Ids": ["222222222222"], "OrgUnits": [], "Tags": {}},
            "Accounts": ["222222222222"],
        }
    ]


def test_a_profile_without_a_role_is_named_like_it(small: Path) -> None:
    """The profile's own name is the role's, where none is given."""
    (small / "roles.yaml").write_text(ROLES.replace("    role: app-role\n", ""))

    assert build(small)["Profiles"][0]["RoleName"] == "app"


@pytest.mark.parametrize("written", ["012345670123", '"012345670123"', "'012345670123'"])
def test_an_account_id_that_yaml_would_read_as_octal_is_itself(small: Path, written: str) -> None:
    """Quoted or not, an account id of digits below eight with a leading zero stays what it is."""
    (small / "accounts.json").write_text(json.dumps([{**ACCOUNT, "Id": "012345670123"}]))
    (small / "roles.yaml").write_text(ROLES.replace('"222222222222"', written))

    assert build(small)["Profiles"][0]["Accounts"] == ["012345670123"]


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ("{org_units: [ou-root]}", ["222222222222", "333333333333"]),
        ("{org_units: [ou-root/Workloads]}", ["222222222222"]),
        ("{org_units: [ou-root/Work]}", ["333333333333"]),
        ("{ids: ['444444444444'], org_units: [ou-root/Work]}", ["333333333333", "444444444444"]),
        ("{tags: {env: dev}}", ["222222222222", "444444444444"]),
        ("{tags: {env: dev}, ids: ['222222222222']}", ["222222222222", "444444444444"]),
    ],
)
def test_accounts_are_chosen_by_id_unit_or_tag(small: Path, accounts: str, expected: list[str]) -> None:
    """A unit takes all below it, by whole names; what is named twice is there once."""
    (small / "accounts.json").write_text(
        json.dumps(
            [
                {"Id": "222222222222", "OrgUnit": "ou-root/Workloads/Dev", "Tags": {"env": "dev"}},
                {"Id": "333333333333", "OrgUnit": "ou-root/Work", "Tags": {"env": "prod"}},
                {"Id": "444444444444", "Tags": {"env": "dev"}},
            ]
        )
    )
    (small / "roles.yaml").write_text(ROLES.replace('{ids: ["222222222222"]}', accounts))

    assert build(small)["Profiles"][0]["Accounts"] == expected


def test_a_session_policy_is_counted_without_white_space(small: Path) -> None:
    """White space costs nothing: only what STS would get has to fit."""
    document = {"Statement": [{"Sid": "x" * 2000}]}
    (small / "session-policies/long.json").write_text(json.dumps(document, indent=200))

    assert json.loads(build(small)["SessionPolicies"]["long"]) == document


def test_a_session_policy_is_of_characters_that_sts_takes(small: Path) -> None:
    """STS takes a policy of Latin-1 alone, so what is beyond is written as JSON's escapes."""
    document = {"Statement": [{"Sid": "Läse → 日本"}]}
    (small / "session-policies/odd.json").write_text(json.dumps(document, ensure_ascii=False))
    text = build(small)["SessionPolicies"]["odd"]

    assert text.isascii()
    assert json.loads(text) == document


# --- what is refused --------------------------------------------------------------------------


def check_refused(
    run: Callable[..., Any], folder: Path, where: str, *mentions: str, line: int | None = None
) -> None:
    """Build, and expect one message that begins with the place and mentions what is wrong."""
    output = folder.parent / "bundle.json"
    output.write_bytes(b"as before")
    ran = run("grants", "build", folder, "--output", output)
    place = f"{folder / where}:{line}:" if line else f"{folder / where}:"

    assert ran.code == 1
    assert ran.out == b""
    assert ran.err.startswith(f"hubspoke-admin: {place}"), ran.err
    assert all(mention in ran.err for mention in mentions), ran.err
    assert "Traceback" not in ran.err
    assert ran.err.count("\n") == 1
    assert output.read_bytes() == b"as before"


@pytest.mark.parametrize("missing", ["accounts.json", "roles.yaml"])
def test_a_missing_file_is_named(run: Callable[..., Any], small: Path, missing: str) -> None:
    """A grants folder needs its two files."""
    (small / missing).unlink()

    check_refused(run, small, missing, "no such file")


@pytest.mark.parametrize(
    "name", ["roles.yaml", "accounts.json", "policies/all.cedar", "session-policies/x.json"]
)
@pytest.mark.parametrize("raw", [b"\xff\xfe", b"caf\xe9: 1", b"\x80"])
def test_a_file_that_is_not_utf8_is_named(
    run: Callable[..., Any], small: Path, name: str, raw: bytes
) -> None:
    """Text of another encoding is refused where it stands."""
    (small / name).write_bytes(raw)

    check_refused(run, small, name, "UTF-8")


@pytest.mark.parametrize(
    ("name", "mentions"),
    [
        ("roles.yaml", "cannot be read"),
        ("accounts.json", "cannot be read"),
        ("policies/dir.cedar", "only *.cedar"),
        ("session-policies/x.json", "only *.json"),
    ],
)
def test_a_folder_in_the_place_of_a_file_is_named(
    run: Callable[..., Any], small: Path, name: str, mentions: str
) -> None:
    """What can't be read as a file is refused, whatever it is."""
    (small / name).unlink(missing_ok=True)
    (small / name).mkdir()

    check_refused(run, small, name, mentions)


def test_an_empty_folder_says_what_it_lacks(run: Callable[..., Any], tmp_path: Path) -> None:
    """An empty folder is no grants."""
    (tmp_path / "empty").mkdir()

    ran = run("grants", "build", tmp_path / "empty")

    assert (ran.code, ran.out) == (1, b"")
    assert [line.partition("empty/")[2].partition(":")[0] for line in ran.err.splitlines()] == [
        "accounts.json",
        "policies",
    ]


@pytest.mark.parametrize(
    "make", [lambda path: None, lambda path: path.write_text("x")], ids=["nothing", "a file"]
)
def test_what_is_not_a_folder_is_refused(
    run: Callable[..., Any], tmp_path: Path, make: Callable[[Path], object]
) -> None:
    """A folder that doesn't exist, or is a file, is named."""
    make(tmp_path / "grants")

    check_refused(run, tmp_path / "grants", "", "no such folder")


@pytest.mark.parametrize(
    ("text", "line", "mentions"),
    [
        pytest.param("", 1, "must be a mapping", id="empty"),
        pytest.param("- a\n", 1, "must be a mapping", id="list"),
        pytest.param("roles\n", 1, "must be a mapping", id="scalar"),
        pytest.param("roles: [\n", 2, "not YAML", id="cut short"),
        pytest.param("\troles: {}\n", 1, "not YAML", id="tab"),
        pytest.param("a: b: c\n", 1, "not YAML", id="two colons"),
        pytest.param("roles: *gone\n", 1, "not YAML", id="unknown alias"),
        pytest.param("roles: {}\n---\nroles: {}\n", 2, "not YAML", id="two documents"),
        pytest.param("roles: \x07\n", 1, "not YAML", id="control character"),
        pytest.param('roles: {"\\UFFFFFFFF": {}}\n', 1, "not YAML", id="no such character"),
        pytest.param("[" * 5000, 1, "not YAML", id="deep"),
        pytest.param("{}\n", 1, "roles", id="no roles"),
        pytest.param("rolls: {}\n", 1, "roles", id="misspelt roles"),
        pytest.param("roles: {}\nextra: 1\n", 2, "extra: not known", id="unknown key at the top"),
        pytest.param("roles: []\n", 1, "roles: must be there, and be a mapping", id="roles a list"),
        pytest.param("roles:\n", 1, "roles", id="roles null"),
        pytest.param("roles: {}\nroles: {}\n", 2, "roles stands twice", id="roles twice"),
        pytest.param("? [a]\n: b\n", 1, "a key must be a text", id="list for a key"),
        pytest.param("roles:\n  app: x\n", 2, "app: must be there", id="profile a text"),
        pytest.param("roles:\n  app: {}\n  app: {}\n", 3, "app stands twice", id="profile twice"),
        pytest.param("roles:\n  app:\n    role: a\n    role: b\n", 4, "role stands twice", id="key twice"),
        pytest.param("roles:\n  app:\n    rol: a\n", 3, "rol: not known", id="unknown key"),
        pytest.param("roles:\n  app:\n    <<: {role: x}\n", 3, "<<: not known", id="merge key"),
        pytest.param("roles: &r\n  app: *r\n", 2, "app: not known", id="recursive alias"),
        pytest.param("roles:\n  app:\n    role: a/b\n", 3, "role:", id="role with a path"),
        pytest.param("roles:\n  app:\n    role: [a]\n", 3, "role: must be a text", id="role a list"),
        pytest.param("roles:\n  app:\n    role:\n", 3, "role: must be a text", id="role empty"),
        pytest.param("roles:\n  app:\n    role: 'a\n\n      b'\n", 3, "role:", id="role with a line break"),
        pytest.param("roles:\n  a b:\n    path: /\n", 3, "role:", id="profile's name no role's"),
        pytest.param("roles:\n  app:\n    path: hubspoke\n", 3, "path:", id="path without slashes"),
        pytest.param("roles:\n  app:\n    path: /a:b/\n", 3, "path:", id="path with a colon"),
        pytest.param("roles:\n  app:\n    external_id: x\n", 3, "external_id:", id="external id short"),
        pytest.param(
            "roles:\n  app:\n    external_id: a b\n", 3, "external_id:", id="external id with a space"
        ),
        pytest.param("roles:\n  app:\n    external_id: ~\n", 3, "external_id:", id="external id null"),
        pytest.param(
            "roles:\n  app:\n    session_policies: none\n", 3, "session_policies:", id="text for a list"
        ),
        pytest.param(
            "roles:\n  app:\n    session_policies: [gone]\n",
            3,
            "there is no session-policies/gone.json",
            id="unknown session policy",
        ),
        pytest.param("roles:\n  app:\n    session_policies: [a, a]\n", 3, "twice", id="session policy twice"),
        pytest.param("roles:\n  app:\n    session_policies: [[a]]\n", 3, "list of texts", id="nested list"),
        pytest.param("roles:\n  app:\n    tags: [a]\n", 3, "tags:", id="tags a list"),
        pytest.param("roles:\n  app:\n    tags: {a*: b}\n", 3, "tags:", id="tag of an illegal key"),
        pytest.param("roles:\n  app:\n    tags: {aws:x: b}\n", 3, "tags:", id="tag of AWS's"),
        pytest.param("roles:\n  app:\n    tags: {HubSpoke:x: b}\n", 3, "tags:", id="tag of the service's"),
        pytest.param("roles:\n  app:\n    tags: {a: [b]}\n", 3, "a: must be a text", id="tag of a list"),
        pytest.param("roles:\n  app:\n    tags: {a: b, a: c}\n", 3, "a stands twice", id="tag twice"),
        pytest.param("roles:\n  app:\n    caller_tag_keys: [a*]\n", 3, "caller_tag_keys:", id="caller's tag"),
        pytest.param(
            "roles:\n  app:\n    caller_tag_keys: [AWS:x]\n", 3, "caller_tag_keys:", id="caller's aws:"
        ),
        pytest.param(
            "roles:\n  app:\n    tags: {Team: a}\n    caller_tag_keys: [team]\n",
            4,
            "caller_tag_keys: a caller could override",
            id="caller's tag overrides",
        ),
        pytest.param(
            "roles:\n  app:\n    tags: {a: b}\n    caller_tag_keys: ["
            + ", ".join(f"k{i}" for i in range(50))
            + "]\n",
            3,
            "more than 50",
            id="too many tags",
        ),
        pytest.param("roles:\n  app:\n    role: x\n", 3, "accounts: must be there", id="no accounts"),
        pytest.param("roles:\n  app:\n    accounts: all\n", 3, "accounts:", id="accounts a text"),
        pytest.param("roles:\n  app:\n    accounts: {}\n", 3, "chooses no account", id="no account chosen"),
        pytest.param(
            "roles:\n  app:\n    accounts: {tags: {a: b}}\n", 3, "chooses no account", id="no such tag"
        ),
        pytest.param(
            "roles:\n  app:\n    accounts:\n      id: [a]\n", 4, "id: not known", id="unknown chooser"
        ),
        pytest.param(
            "roles:\n  app:\n    accounts:\n      ids: ['999999999999']\n",
            4,
            "999999999999 is not an account",
            id="unknown account",
        ),
        pytest.param(
            "roles:\n  app:\n    accounts:\n      ids: ['222222222222', '222222222222']\n",
            4,
            "twice",
            id="account twice",
        ),
        pytest.param(
            "roles:\n  app:\n    accounts:\n      org_units: [ou-root/De]\n",
            4,
            "no account of accounts.json is in ou-root/De",
            id="unknown unit",
        ),
        pytest.param(
            "roles:\n  app:\n    accounts:\n      org_units: [ou-root/]\n",
            4,
            "ou-root/",
            id="unit with a slash",
        ),
    ],
)
def test_a_mistake_in_roles_yaml_is_named_with_its_line(
    run: Callable[..., Any], small: Path, text: str, line: int, mentions: str
) -> None:
    """Whatever is wrong in ``roles.yaml``, the message begins with the file and the line."""
    (small / "session-policies/a.json").write_text('{"Statement": [1]}')
    (small / "roles.yaml").write_text(text)

    check_refused(run, small, "roles.yaml", mentions, line=line)


@pytest.mark.parametrize(
    "written",
    [
        "899",
        "3601",
        "0",
        "-900",
        "+900",
        "0900",
        "900.0",
        "9e2",
        "1_800",
        "1,800",
        "0x384",
        "15m",
        "true",
        "900 s",
    ],
)
def test_a_longest_duration_is_a_whole_number_of_seconds(
    run: Callable[..., Any], small: Path, written: str
) -> None:
    """No other way of writing a number is taken, though YAML or Python would."""
    (small / "roles.yaml").write_text(
        f"roles:\n  app:\n    max_duration: {written}\n    accounts: {{ids: ['222222222222']}}\n"
    )

    check_refused(run, small, "roles.yaml", "max_duration: must be a whole number from 900 to 3600", line=3)


def test_a_role_in_two_profiles_is_refused(run: Callable[..., Any], small: Path) -> None:
    """One role of one account has one profile."""
    (small / "roles.yaml").write_text(ROLES + ROLES.replace("roles:\n  app:", "  again:"))

    check_refused(run, small, "roles.yaml", "222222222222/app-role", "again", "app")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("[", "not JSON", id="cut short"),
        pytest.param("\ufeff[]", "not JSON", id="byte order mark"),
        pytest.param("{}", "list of accounts", id="object"),
        pytest.param("null", "list of accounts", id="null"),
        pytest.param("[" * 100_000, "nesting", id="deep"),
        pytest.param("[" + "1" * 5000 + "]", "number", id="five thousand digits"),
        pytest.param("[7]", ":1: an account must be an object", id="number"),
        pytest.param("[{}]", ":1: an account must be an object", id="no id"),
        pytest.param('[{"Id": 222222222222}]', ":1: an account must be an object", id="id a number"),
        pytest.param('[{"Id": "22222222222"}]', "twelve digits", id="eleven digits"),
        pytest.param('[{"Id": "222222222222\\n"}]', "twelve digits", id="id with a line break"),
        pytest.param('[{"Id": "２２２２２２２２２２２２"}]', "twelve digits", id="digits of another script"),
        pytest.param(
            '[{"Id": "222222222222", "Email": "x"}]', ":1: an account must be an object", id="unknown key"
        ),
        pytest.param('[{"Id": "222222222222", "Name": null}]', "must be texts", id="name null"),
        pytest.param('[{"Id": "222222222222", "Name": 7}]', "must be texts", id="name a number"),
        pytest.param('[{"Id": "222222222222", "OrgUnit": ["a"]}]', "must be texts", id="unit a list"),
        pytest.param('[{"Id": "222222222222", "OrgUnit": "a//b"}]', "OrgUnit", id="unit without a name"),
        pytest.param('[{"Id": "222222222222", "OrgUnit": "/a"}]', "OrgUnit", id="unit with a slash first"),
        pytest.param('[{"Id": "222222222222", "OrgUnit": "a/"}]', "OrgUnit", id="unit with a slash last"),
        pytest.param('[{"Id": "222222222222", "Tags": []}]', "Tags an object", id="tags a list"),
        pytest.param('[{"Id": "222222222222", "Tags": {"a": 1}}]', "Tags must be texts", id="tag a number"),
        pytest.param('[{"Id": "222222222222", "Tags": {"a": null}}]', "Tags must be texts", id="tag null"),
        pytest.param('[{"Id": "222222222222", "Id": "333333333333"}]', "stands twice", id="key twice"),
        pytest.param(
            '[{"Id": "222222222222", "Tags": {"a": "b", "a": "c"}}]', "stands twice", id="tag twice"
        ),
        pytest.param('[{"Id": "222222222222"}, {"Id": "222222222222"}]', "listed twice", id="account twice"),
    ],
)
def test_a_mistake_in_accounts_json_is_named(
    run: Callable[..., Any], small: Path, text: str, mentions: str
) -> None:
    """Whatever is wrong in ``accounts.json``, the message begins with the file."""
    (small / "accounts.json").write_text(text)

    check_refused(run, small, "accounts.json", mentions)


def test_json_that_does_not_parse_is_named_with_its_line(run: Callable[..., Any], small: Path) -> None:
    """JSON's own mistakes have a line."""
    (small / "accounts.json").write_text('[\n  {"Id": "222222222222"},\n  nothing\n]\n')

    check_refused(run, small, "accounts.json", "not JSON", line=3)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        pytest.param("", "not JSON", id="empty"),
        pytest.param("[]", "Statement", id="list"),
        pytest.param("{}", "Statement", id="no statement"),
        pytest.param('{"Statement": []}', "Statement", id="empty statement"),
        pytest.param('{"Statement": [1], "Statement": [2]}', "stands twice", id="key twice"),
        pytest.param(
            '{"Statement": [{"Effect": "Deny", "Effect": "Allow"}]}', "stands twice", id="effect twice"
        ),
        pytest.param('{"Statement": ["' + "x" * 2040 + '"]}', "STS takes 2048", id="too long"),
        pytest.param("[" * 100_000, "nesting", id="deep"),
        pytest.param('{"Statement": [' + "1" * 5000 + "]}", "number", id="five thousand digits"),
    ],
)
def test_a_mistake_in_a_session_policy_is_named(
    run: Callable[..., Any], small: Path, text: str, mentions: str
) -> None:
    """Whatever is wrong in a session policy, the message begins with its file."""
    (small / "session-policies/mine.json").write_text(text)

    check_refused(run, small, "session-policies/mine.json", mentions)


@pytest.mark.parametrize("length", [2047, 2048, 2049])
def test_a_session_policy_is_at_most_2048_characters(
    small: Path, run: Callable[..., Any], length: int
) -> None:
    """STS's limit to the character."""
    empty = len('{"Statement":[""]}')
    (small / "session-policies/mine.json").write_text(f'{{"Statement": ["{"x" * (length - empty)}"]}}')

    assert run("grants", "build", small).code == (0 if length <= 2048 else 1)


@pytest.mark.parametrize("name", ["a b", "é", "x" * 65, "a%2Fb"])
def test_a_session_policys_file_is_named_as_callers_name_it(
    run: Callable[..., Any], small: Path, name: str
) -> None:
    """A file whose name no request could hold is refused."""
    (small / f"session-policies/{name}.json").write_text('{"Statement": [1]}')

    check_refused(run, small, f"session-policies/{name}.json", "the file's name")


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        pytest.param('@id("x") permit (principal, action, resource)', "not Cedar", id="no semicolon"),
        pytest.param('@id("x") allow (principal, action, resource);', "not Cedar", id="no such effect"),
        pytest.param("{}", "not Cedar", id="JSON"),
        pytest.param(
            '\ufeff@id("x") permit (principal, action, resource);', "not Cedar", id="byte order mark"
        ),
        pytest.param("permit (principal, action, resource);", '@id("…")', id="no id"),
        pytest.param('@id("") permit (principal, action, resource);', '@id("…")', id="empty id"),
        pytest.param("@id permit (principal, action, resource);", '@id("…")', id="id without a value"),
        pytest.param('@Id("x") permit (principal, action, resource);', '@id("…")', id="id in another case"),
        pytest.param(POLICY, "ids are unique", id="id of another file"),
        pytest.param(POLICY.replace('"it"', '"x"') * 2, "ids are unique", id="id twice in a file"),
        pytest.param(
            '@id("x") permit (principal == ?principal, action, resource);', "templates", id="template"
        ),
        *(
            pytest.param(
                f'@id("x") permit (principal, action == Action::"assume", resource) when {{ {condition} }};',
                mention,
                id=mention,
            )
            for condition, mention in [
                ('resource.nme == "x"', "nme"),
                ('principal.acount == "x"', "acount"),
                ("context.durations <= 900", "durations"),
                ('context.sessionPolicy == "x"', "sessionPolicy"),
                ('principal.permissionSet == "x"', "permissionSet"),
                ('principal.orgId == "x"', "orgId"),
                ('resource.account.getTag("env") == "x"', "tag"),
                ('context.duration == "900"', "types"),
                ("context.duration <= 9223372036854775808", "9223372036854775808"),
                ('principal == User::"x"', "User"),
                ('resource in OU::"x"', "OU"),
            ]
        ),
        pytest.param(
            '@id("x") permit (principal, action == Action::"asume", resource);', "asume", id="action"
        ),
        pytest.param('@id("x") permit (principal is Role, action, resource);', "Role", id="type"),
        pytest.param('@id("x") permit (principal, action, resource in Caller::User::"x");', "", id="never"),
    ],
)
def test_a_mistake_in_a_policy_is_named(
    run: Callable[..., Any], small: Path, text: str, mentions: str
) -> None:
    """What doesn't parse, has no name, or misspells what the schema knows is refused with its file."""
    (small / "policies/mine.cedar").write_text(text)

    check_refused(run, small, "policies/mine.cedar", mentions)


@pytest.mark.parametrize("output", ["missing/bundle.json", "."])
def test_an_output_that_cannot_be_written_is_named(
    run: Callable[..., Any], small: Path, tmp_path: Path, output: str
) -> None:
    """Where the bundle can't be written, the message says where and why."""
    ran = run("grants", "build", small, "--output", tmp_path / output)

    assert ran.code == 3
    assert ran.err.startswith(f"hubspoke-admin: {tmp_path / output}: ")


def test_the_starting_grants_are_left_alone(folder: Path) -> None:
    """Building writes nothing into the folder it reads."""
    build(folder)

    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        path.relative_to(STARTING_GRANTS) for path in STARTING_GRANTS.rglob("*")
    }
