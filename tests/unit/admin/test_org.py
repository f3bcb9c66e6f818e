"""``hubspoke-admin org pull`` against a stand-in for AWS Organizations on a real socket."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from hubspoke_admin.source import build
from tests.support.fake_organizations import FakeOrganizations

Run = Callable[..., Any]
DEV, PROD, NEW = "222222222222", "333333333333", "777777777777"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOrganizations]:
    """Stand in for AWS Organizations, which knows the accounts of the starting grants."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "operators-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with FakeOrganizations() as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", fake.url)
        workloads = fake.unit(1, name="Workloads")
        fake.account(DEV, fake.unit(2, workloads, "Dev"), Name="dev")
        fake.account(PROD, fake.unit(3, workloads, "Prod"), Name="prod")
        fake.account("444444444444", fake.unit(4, name="Sandbox"), Name="sandbox")
        fake.account("555555555555", fake.unit(5, name="Tooling"), Name="tooling")
        fake.tags = {number: {"environment": each["Name"]} for number, each in fake.accounts.items()}
        yield fake


def test_what_changed_is_written_and_shown(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """One line a change, by account; the folder then builds with the new accounts."""
    aws.account(NEW, "ou-abcd-00000002", Name="new")
    aws.accounts[PROD]["Parent"] = "ou-abcd-00000002"
    # No policy may name an OU that nobody is in any more.
    (folder / "policies/deployment.cedar").unlink()
    aws.tags[DEV]["owner"] = "me"
    del aws.accounts["444444444444"]
    ran = run("org", "pull", folder)

    assert ran.code == 0
    assert ran.out.decode().splitlines() == [
        "ID            CHANGE    BEFORE                  AFTER",
        "222222222222  Retagged  environment=dev         environment=dev, owner=me",
        "333333333333  Moved     ou-root/Workloads/Prod  ou-root/Workloads/Dev",
        "444444444444  Removed   ou-root/Sandbox         -",
        "777777777777  Added     -                       ou-root/Workloads/Dev",
    ]
    assert ran.err == f"hubspoke-admin: {folder}/accounts.json: 4 accounts, 4 changes\n"
    assert [account["Id"] for account in build(folder)["Accounts"]] == [DEV, PROD, "555555555555", NEW]


def test_a_second_pull_changes_nothing(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """Equal accounts are equal bytes, one account a line."""
    run("org", "pull", folder)
    first = (folder / "accounts.json").read_bytes()
    ran = run("org", "pull", folder)

    assert (ran.code, ran.out) == (0, b"")
    assert (folder / "accounts.json").read_bytes() == first
    assert first.count(b"\n") == 6
    assert json.loads(first)[0] == {
        "Id": DEV,
        "Name": "dev",
        "OrgUnit": "ou-root/Workloads/Dev",
        "Tags": {"environment": "dev"},
    }


def test_a_folder_without_accounts_gets_them(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """The first pull adds every account, in a file that others may read."""
    path = folder / "accounts.json"
    path.unlink()
    ran = run("org", "pull", folder, "--format", "json")

    assert ran.code == 0
    assert [each["Change"] for each in json.loads(ran.out)] == ["Added"] * 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_check_writes_nothing(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """It shows what would change, and its exit code says whether anything would."""
    before = (folder / "accounts.json").read_bytes()
    assert run("org", "pull", folder, "--check").code == 0

    aws.account(NEW)
    ran = run("org", "pull", folder, "--check", "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out) == [{"Id": NEW, "Change": "Added", "Before": None, "After": "ou-root"}]
    assert ran.err == f"hubspoke-admin: {folder}/accounts.json: 1 change to make\n"
    assert (folder / "accounts.json").read_bytes() == before


@pytest.mark.parametrize("operation", ["ListRoots", "ListAccountsForParent", "ListTagsForResource"])
def test_the_last_good_copy_stays_when_a_call_fails(
    run: Run, folder: Path, aws: FakeOrganizations, operation: str
) -> None:
    """AWS's code is named, its text isn't, and the file is as it was."""
    before = (folder / "accounts.json").read_bytes()
    aws.fault = lambda called, _asked: "AccessDeniedException" if called == operation else None
    ran = run("org", "pull", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert "AccessDeniedException" in ran.err
    assert "is as it was" in ran.err
    assert "planted" not in ran.err
    assert not list(folder.glob(".accounts*"))
    assert (folder / "accounts.json").read_bytes() == before


def test_an_ou_with_a_slash_is_named(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """The message has the OU's id and what to do."""
    unit = aws.unit(9, name="a/b")
    ran = run("org", "pull", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert f"OU {unit}: its name holds a slash" in ran.err


def test_tags_that_were_not_read_are_counted(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """They stay as they were, and a new account is named and left out."""
    aws.account(NEW)
    aws.fault = lambda called, asked: "ServiceException" if asked.get("ResourceId") in (DEV, NEW) else None
    ran = run("org", "pull", folder)

    assert ran.code == 0
    assert "tags of 2 accounts were not read, and are as they were: pull again later" in ran.err
    assert f"; new, so left out until then: {NEW}\n" in ran.err
    accounts = {each["Id"]: each["Tags"] for each in json.loads((folder / "accounts.json").read_text())}
    assert (accounts[DEV], NEW in accounts) == ({"environment": "dev"}, False)


@pytest.mark.parametrize("text", ["", "{", '{"Id": 1}', '[{"Id": "1"}]'])
def test_a_spoiled_file_is_not_taken_for_none(
    run: Run, folder: Path, aws: FakeOrganizations, text: str
) -> None:
    """It could hold tags that are needed; the message names it, and AWS isn't asked."""
    (folder / "accounts.json").write_text(text)
    ran = run("org", "pull", folder)

    assert ran.code == 1
    assert ran.err.startswith(f"hubspoke-admin: {folder}/accounts.json")
    assert not aws.calls


def test_a_folder_that_is_not_there_is_said(run: Run, tmp_path: Path, aws: FakeOrganizations) -> None:
    """Before AWS is asked for anything."""
    ran = run("org", "pull", tmp_path / "none")

    assert ran.code == 3
    assert "no such folder" in ran.err
    assert not aws.calls


def test_a_folder_that_can_t_be_written_is_said(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """A directory stands where the file would be put."""
    path = folder / "accounts.json"
    path.unlink()

    def in_the_way(_called: str, _asked: Any, page: Any) -> Any:
        path.mkdir(exist_ok=True)
        return page

    aws.spoil = in_the_way
    ran = run("org", "pull", folder)

    assert ran.code == 3
    assert "not written, and as it was" in ran.err
    assert not list(folder.glob(".accounts*"))


def test_an_operator_without_credentials_is_told(
    run: Run, folder: Path, aws: FakeOrganizations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent, and the message says what to check."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = run("org", "pull", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert "AWS_PROFILE" in ran.err
    assert not aws.calls


def test_names_can_t_rewrite_the_terminal(run: Run, folder: Path, aws: FakeOrganizations) -> None:
    """What whoever is in an account chose is printed only where it is printable."""
    aws.accounts[DEV]["Name"] = "\x1b[2J"
    ran = run("org", "pull", folder)

    assert ran.code == 0
    assert b"\x1b" not in ran.out
    assert "�[2J" in ran.out.decode()
