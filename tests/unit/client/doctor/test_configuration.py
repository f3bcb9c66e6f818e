"""hubspoke.doctor.configuration: which settings lead where, and which contradict each other."""

import os
from pathlib import Path

import pytest

from hubspoke import settings
from hubspoke.doctor import configuration
from hubspoke.findings import Finding
from tests.support.findings import codes, only, wrongs

ENDPOINT = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"


def _found(*, endpoint: str | None = None, profile: str | None = None, direct: bool = False) -> list[Finding]:
    return configuration.examine(
        settings.read(), settings.environment(), endpoint=endpoint, profile=profile, direct=direct
    )


def _set(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"ASSUME_ROLE_HUB_ROLE": "hub"}, "RoutesBoth"),
        ({"ASSUME_ROLE_HUB_ACCOUNT": "999999999999"}, "RoutesBoth"),
        ({"ASSUME_ROLE_EXTERNAL_ID": "an-id"}, "DirectSettings"),
        ({"ASSUME_ROLE_SESSION_STRING": "me"}, "DirectSettings"),
    ],
)
def test_variables_of_both_routes_choose_none(
    variables: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option decides over them."""
    _set(monkeypatch, HUBSPOKE_ENDPOINT=ENDPOINT, **variables)
    known = settings.read()
    problem = configuration.choice(known, None, by_hub_role=False)
    assert problem is not None
    assert problem.code == code
    assert all(f"unset {name}" in problem.mend or name in problem.mend for name in variables)
    assert configuration.choice(known, ENDPOINT, by_hub_role=False) is None
    assert configuration.choice(known, None, by_hub_role=True) is None


def test_variables_of_one_route_are_no_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is."""
    _set(monkeypatch, ASSUME_ROLE_HUB_ROLE="hub", ASSUME_ROLE_EXTERNAL_ID="an-id")
    assert configuration.choice(settings.read(), None, by_hub_role=False) is None


def test_an_external_id_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a session string."""
    _set(monkeypatch, HUBSPOKE_ENDPOINT=ENDPOINT, ASSUME_ROLE_EXTERNAL_ID="an-external-id")
    assert "an-external-id" not in repr(configuration.choice(settings.read(), None, by_hub_role=False))


@pytest.mark.parametrize(
    ("variables", "options", "expected"),
    [
        ({}, {}, ["EndpointMissing"]),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT}, {}, ["RouteHub"]),
        ({}, {"endpoint": ENDPOINT}, ["RouteHub"]),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT}, {"endpoint": ""}, ["EndpointMissing"]),
        ({}, {"direct": True}, ["RouteDirect"]),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT}, {"direct": True}, ["RouteDirect", "EndpointUnused"]),
        ({"ASSUME_ROLE_HUB_ROLE": "hub"}, {"endpoint": ENDPOINT}, ["RouteHub", "HubRoleUnused"]),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_PROFILE": "x"}, {}, ["RouteHub", "KeysBeforeProfile"]),
        (
            {"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_WEB_IDENTITY_TOKEN_FILE": "x"},
            {},
            ["RouteHub", "KeysBeforeProfile"],
        ),
        (
            {"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_PROFILE": "x"},
            {"profile": "y"},
            ["RouteHub", "KeysUnused"],
        ),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_ACCESS_KEY_ID": ""}, {}, ["RouteHub", "KeysIncomplete"]),
        ({"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_SECRET_ACCESS_KEY": ""}, {}, ["RouteHub", "KeysIncomplete"]),
        (
            {"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
            {},
            ["RouteHub", "StsElsewhere"],
        ),
        (
            {"HUBSPOKE_ENDPOINT": ENDPOINT, "AWS_CONFIG_FILE": "/nonesuch/config"},
            {},
            ["RouteHub", "AwsFileMissing"],
        ),
    ],
)
def test_what_is_used_and_what_is_not(
    variables: dict[str, str], options: dict[str, str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The route first, then what could surprise."""
    _set(monkeypatch, **variables)
    assert codes(_found(**options)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lacks", "there"),
    [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")],
)
def test_half_a_pair_of_keys_names_the_half_that_lacks(
    lacks: str, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore passes over it or fails, and says neither."""
    monkeypatch.delenv(lacks)
    found = only(_found(endpoint=ENDPOINT), "KeysIncomplete")
    assert f"{there} is set, and {lacks} isn't" in found.says


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
@pytest.mark.parametrize(
    "content",
    [
        b"region = eu-west-1\n",
        b"[profile x\nregion = y\n",
        b"[a]\n[a]\n",
        b"\xff\xfe[\x00",
        b"[x]\nno equals\n",
    ],
    ids=["no section", "no bracket", "twice", "UTF-16", "no value"],
)
def test_a_file_that_doesnt_parse(
    variable: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is named, and nothing of it quoted."""
    (tmp_path / "aws").write_bytes(content)
    monkeypatch.setenv(variable, str(tmp_path / "aws"))
    found = only(_found(endpoint=ENDPOINT), "AwsFileBroken")
    assert str(tmp_path / "aws") in found.says
    assert "equals" not in found.says + found.mend


def test_a_file_that_is_none_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A FIFO, a folder, and one that is far too large."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", 17 << 20)
    for name in ("fifo", "large", "."):
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / name))
        assert wrongs(_found(endpoint=ENDPOINT)) == ["AwsFileBroken"]


def test_a_file_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is no file, and the system's own word for it is said."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "file" / "config"))
    assert "Not a directory" in only(_found(endpoint=ENDPOINT), "AwsFileBroken").says


@pytest.mark.parametrize("name", ["/" + "x" * 300, "~nonesuch/config", "$nonesuch/config", "relative"])
def test_a_files_name_that_leads_nowhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is written."""
    monkeypatch.setenv("AWS_CONFIG_FILE", name)
    assert "AwsFileMissing" in codes(_found(endpoint=ENDPOINT))


def test_files_that_are_well_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In silence."""
    (tmp_path / "config").write_text("[profile x]\nregion = eu-west-1\ns3 =\n  max_queue_size = 1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    assert codes(_found(endpoint=ENDPOINT)) == ["RouteHub"]
