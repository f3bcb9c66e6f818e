"""``hubspoke-admin grants publish`` and ``rollback`` against a hub in two Regions on a real socket."""

import base64
import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants.bundle import encode, load, version_of
from hubspoke_grants.catalogue import with_accounts
from tests.support.fake_regions import OPERATOR_ARN, FakeRegions, Fault
from tests.support.grants import document, signed
from tests.unit.admin.conftest import AWAY, HOME

Run = Callable[..., Any]


def old(name: str = "old") -> dict[str, Any]:
    """Write a bundle that was in force before, told apart by its policy's name."""
    return document(f'@id("{name}") permit (principal, action, resource);')


def puts(aws: FakeRegions, region: str = HOME) -> list[Any]:
    """List the puts that reached a Region."""
    return [call for call in aws.calls if (call.region, call.operation) == (region, "PutObject")]


CASES = """\
tests:
  - principal: Caller::User::"111111111111/bot"
    role: 222222222222/app-role
    expect: permit
  - principal: Caller::User::"111111111111/bot"
    role: 222222222222/admin-role
    expect: deny
"""


@pytest.fixture
def tested(small: Path) -> Path:
    """Give the smallest folder the tests that a publish asks for."""
    (small / "tests.yaml").write_text(CASES)
    return small


# --- publish ----------------------------------------------------------------------------------


def test_the_bundle_is_put_whole(run: Run, folder: Path, aws: FakeRegions) -> None:
    """One put brings the bundle, with its checksum and its type, to the stack's bucket."""
    ran = run("grants", "publish", folder)
    [put] = puts(aws)

    assert ran.code == 0
    assert put.path.split("?")[0] == f"/bundles-{HOME}/bundle.json"
    assert put.body == encode(build(folder))
    assert load(put.body).roles
    assert put.headers["content-type"] == "application/json"
    assert (
        put.headers["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(put.body).digest()).decode()
    )


def test_what_was_published_is_said(run: Run, folder: Path, aws: FakeRegions) -> None:
    """Standard output names the version, and how much it grants."""
    ran = run("grants", "publish", folder)

    assert ran.out.decode() == f"published version {build(folder)['Version']}: 4 roles in 4 accounts\n"


def test_who_published_and_why_stands_beside_the_bundle(run: Run, folder: Path, aws: FakeRegions) -> None:
    """S3's metadata have the version, the publisher's ARN and the reason, whatever its script."""
    run("grants", "publish", folder, "--reason", "für Łódź: 100%")
    [version] = aws.regions[HOME].versions

    assert version.metadata == {
        "version": build(folder)["Version"],
        "publisher": OPERATOR_ARN,
        "reason": "f%C3%BCr %C5%81%C3%B3d%C5%BA: 100%25",
    }


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 257, "\x1b[2J", "日" * 200])
def test_a_reason_that_cannot_be_kept_is_refused(
    run: Run, folder: Path, aws: FakeRegions, reason: str
) -> None:
    """Nothing is published without the reason that was given for it."""
    ran = run("grants", "publish", folder, "--reason", reason)

    assert (ran.code, ran.out, puts(aws)) == (2, b"", [])
    assert "--reason" in ran.err


@pytest.mark.usefixtures("both")
def test_every_region_gets_it(run: Run, folder: Path, aws: FakeRegions) -> None:
    """All Regions have the same bytes in force."""
    assert run("grants", "publish", folder).code == 0
    assert aws.regions[HOME].current == aws.regions[AWAY].current == encode(build(folder))


@pytest.mark.usefixtures("both")
def test_nothing_is_written_before_every_region_was_read(run: Run, folder: Path, aws: FakeRegions) -> None:
    """A Region whose bundle can't be read ends the command in time."""
    aws.faults[AWAY, "GetObject"] = Fault()
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert f"{AWAY}: s3://bundles-{AWAY}/bundle.json can't be read: AWS answered AccessDenied" in ran.err
    assert "PutObject" not in aws.operations()


@pytest.mark.usefixtures("both")
def test_a_region_that_refuses_is_named_with_what_to_repeat(run: Run, folder: Path, aws: FakeRegions) -> None:
    """The other one is done and stays so, and repeating the command does the rest."""
    aws.faults[AWAY, "PutObject"] = Fault(503, "SlowDown")
    ran = run("grants", "publish", folder, f"--regions={HOME},{AWAY}")

    assert (ran.code, ran.out) == (3, b"")
    assert f"done in {HOME}, and NOT in {AWAY}" in ran.err
    assert "SlowDown" in ran.err
    assert f"hubspoke-admin grants publish {folder} --regions {AWAY}\n" in ran.err
    del aws.faults[AWAY, "PutObject"]
    assert run("grants", "publish", folder, "--regions", AWAY).code == 0
    assert aws.regions[HOME].current == aws.regions[AWAY].current


@pytest.mark.usefixtures("both")
def test_regions_that_differ_are_said(run: Run, folder: Path, aws: FakeRegions) -> None:
    """Whoever publishes over two different versions learns of both."""
    aws.regions[HOME].put(encode(old("one")))
    aws.regions[AWAY].put(b"{}")
    ran = run("grants", "publish", folder)

    assert ran.code == 0
    assert "DIFFERENT grants in force" in ran.err
    assert f"{HOME}: {old('one')['Version']}" in ran.err
    assert f"{AWAY}: an object that is no bundle" in ran.err
    assert aws.regions[AWAY].current == encode(build(folder))


def test_the_put_holds_only_over_what_was_read(run: Run, folder: Path, aws: FakeRegions) -> None:
    """The condition is the ETag of what was in force, or that nothing was."""
    run("grants", "publish", folder)
    aws.regions[HOME].put(encode(old()))
    etag = aws.regions[HOME].versions[-1].etag
    run("grants", "publish", folder)
    first, second = puts(aws)

    assert first.headers["if-none-match"] == "*"
    assert second.headers["if-match"] == etag


@pytest.mark.parametrize("before", [None, encode(old())], ids=["nothing", "a bundle"])
@pytest.mark.parametrize("other", [encode(old("other")), None], ids=["a bundle", "a deletion"])
def test_whoever_publishes_meanwhile_wins(
    run: Run, folder: Path, aws: FakeRegions, before: bytes | None, other: bytes | None
) -> None:
    """What came in force between the look and the put is not overwritten; the message says to look again."""
    home = aws.regions[HOME]
    if before is not None:
        home.put(before)
    if before is None and other is None:
        other = b"half"
    aws.meanwhile[HOME, "PutObject"] = lambda: home.put(other)
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert "something else was published meanwhile" in ran.err
    assert home.current == other


def test_a_put_whose_reply_got_lost_is_done(run: Run, folder: Path, aws: FakeRegions) -> None:
    """botocore puts again, which S3 refuses over what is there by then: this very bundle."""
    home = aws.regions[HOME]
    aws.meanwhile[HOME, "PutObject"] = lambda: home.put(encode(build(folder)))
    ran = run("grants", "publish", folder)

    assert ran.code == 0
    assert "meanwhile" not in ran.err
    assert len(home.versions) == 1


def test_the_version_that_is_in_force_is_not_put_again(run: Run, folder: Path, aws: FakeRegions) -> None:
    """A command that is repeated adds nothing to the history."""
    run("grants", "publish", folder)
    ran = run("grants", "publish", folder)

    assert ran.code == 0
    assert len(puts(aws)) == 1


def test_a_publish_can_be_bound_to_a_version(run: Run, folder: Path, aws: FakeRegions) -> None:
    """``--based-on`` publishes over that version and over no other."""
    aws.regions[HOME].put(encode(old()))
    ran = run("grants", "publish", folder, "--based-on", "0" * 16)

    assert (ran.code, ran.out, puts(aws)) == (3, b"", [])
    assert f"{HOME}: {old()['Version']}" in ran.err
    assert run("grants", "publish", folder, "--based-on", old()["Version"]).code == 0


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (404, "NoSuchBucket"), (400, "InvalidRequest")]
)
@pytest.mark.parametrize("operation", ["DescribeStacks", "GetObject", "PutObject", "GetCallerIdentity"])
def test_a_refusal_of_awss_is_named_by_its_code(
    run: Run, folder: Path, aws: FakeRegions, operation: str, status: int, code: str
) -> None:
    """The message says the Region and AWS's code, and not AWS's own message."""
    aws.faults[HOME, operation] = Fault(status, code)
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert HOME in ran.err
    assert code in ran.err
    assert "planted" not in ran.err
    assert aws.regions[HOME].versions == []


def test_a_bucket_that_has_become_somebody_elses_gets_nothing(
    run: Run, folder: Path, aws: FakeRegions
) -> None:
    """S3 is told whose the bucket must be: grants hold external ids."""
    aws.bucket_owner = "666666666666"
    ran = run("grants", "publish", folder)

    assert ran.code == 3
    assert aws.regions[HOME].versions == []


def test_a_stack_that_is_no_hub_is_said(run: Run, folder: Path, aws: FakeRegions) -> None:
    """A stack without the output is named as too old."""
    del aws.regions[HOME].outputs["BundleBucket"]
    ran = run("grants", "publish", folder)

    assert ran.code == 3
    assert f"{HOME}: the stack has no output BundleBucket" in ran.err


@pytest.mark.parametrize(
    ("arguments", "mentions"),
    [
        (["--stack", "not a stack"], "--stack"),
        (["--stack", ""], "--stack"),
        (["--regions", "eu-west-1,"], "--regions"),
        (["--regions", "eu-west-1;us-east-1"], "--regions"),
        (["--regions", "eu-west-1,eu-west-1"], "twice"),
        (["--regions", "x.evil.example/"], "--regions"),
    ],
)
def test_a_name_that_cannot_be_one_is_not_asked_for(
    run: Run, folder: Path, aws: FakeRegions, arguments: list[str], mentions: str
) -> None:
    """What AWS doesn't allow as a name never leaves the machine."""
    ran = run("grants", "publish", folder, *arguments)

    assert (ran.code, ran.out, aws.calls) == (2, b"", [])
    assert mentions in ran.err


def test_an_operator_without_a_region_is_told(
    run: Run, folder: Path, aws: FakeRegions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no Region is known, the message says how to name them."""
    monkeypatch.delenv("AWS_REGION")
    ran = run("grants", "publish", folder)

    assert (ran.code, aws.calls) == (2, [])
    assert "HUBSPOKE_REGIONS" in ran.err


def test_an_aws_that_is_not_there_is_said(
    run: Run, folder: Path, aws: FakeRegions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing listens, the message says to check the network."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        ran = run("grants", "publish", folder)

    assert (ran.code, ran.out) == (3, b"")
    assert "AWS was not reached" in ran.err


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_that_is_no_url_is_no_traceback(
    run: Run, folder: Path, aws: FakeRegions, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A setting that is none is a line and an exit code."""
    monkeypatch.setenv(name, "foo")

    assert run("grants", "publish", folder).code == 3


def test_an_operator_without_credentials_is_told(
    run: Run, folder: Path, aws: FakeRegions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are no credentials nothing is sent, and the message says what to check."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out, aws.calls) == (3, b"", [])
    assert "you have no credentials" in ran.err
    assert "AWS_PROFILE" in ran.err


def test_an_unknown_profile_is_said(
    run: Run, folder: Path, aws: FakeRegions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile that isn't configured is a message, not a traceback."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out, aws.calls) == (3, b"", [])
    assert "ProfileNotFound" in ran.err


def test_grants_that_do_not_build_are_not_published(run: Run, folder: Path, aws: FakeRegions) -> None:
    """A mistake in the grants is found before AWS is asked for anything."""
    (folder / "roles.yaml").write_text("roles: [\n")
    ran = run("grants", "publish", folder)

    assert (ran.code, ran.out, aws.calls) == (1, b"", [])
    assert ran.err.startswith(f"hubspoke-admin: {folder}/roles.yaml:2:")


def test_no_output_shows_the_operators_secret(run: Run, folder: Path, aws: FakeRegions) -> None:
    """Neither success nor failure prints the key it signed with."""
    good = run("grants", "publish", folder)
    aws.faults[HOME, "GetObject"] = Fault(403, "SignatureDoesNotMatch")
    bad = run("grants", "publish", folder)

    assert "operators-secret" not in (good.out + bad.out).decode() + good.err + bad.err


# --- tests, gains and losses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "mentions"),
    [
        (CASES.replace("expect: deny", "expect: permit").replace("permit", "deny", 1), "tests.yaml:2"),
        (CASES.replace("app-role", "other-role"), "tests.yaml:2"),
        ("tests: []\n", "tests.yaml"),
        (None, "tests.yaml: no such file"),
    ],
    ids=["two fail", "one fails", "none there", "no file"],
)
def test_grants_that_fail_their_tests_are_not_published(
    run: Run, tested: Path, aws: FakeRegions, cases: str | None, mentions: str
) -> None:
    """A failed test is named with its line, and nothing is written anywhere."""
    (tested / "tests.yaml").unlink()
    if cases is not None:
        (tested / "tests.yaml").write_text(cases)
    ran = run("grants", "publish", tested)

    assert (ran.code, ran.out, puts(aws)) == (1, b"", [])
    assert mentions in ran.err


def test_who_gains_and_who_loses_is_said(run: Run, tested: Path, aws: FakeRegions) -> None:
    """What is published is compared with what was in force."""
    forbids = document('@id("it") permit (principal == Caller::User::"111111111111/lost", action, resource);')
    aws.regions[HOME].put(encode(forbids))
    (tested / "policies/all.cedar").write_text(
        '@id("it") permit (principal == Caller::User::"111111111111/bot", action, resource);'
    )
    ran = run("grants", "publish", tested)

    assert ran.code == 0
    assert f"against version {forbids['Version']}" in ran.err
    assert 'gains Caller::User::"111111111111/bot": assume 222222222222/app-role' in ran.err
    assert 'loses Caller::User::"111111111111/lost": assume 222222222222/app-role' in ran.err


def test_what_was_in_force_and_cannot_be_compared_stops_nothing(
    run: Run, tested: Path, aws: FakeRegions
) -> None:
    """A bundle that this version can't load is said to be so, and is replaced."""
    other = signed({**document(), "FormatVersion": 99})
    aws.regions[HOME].put(encode(other))
    ran = run("grants", "publish", tested)

    assert ran.code == 0
    assert f"what changes against version {other['Version']} can't be said" in ran.err


# --- accounts that the organization keeps -----------------------------------------------------


def from_organization(grants: dict[str, Any], *numbers: str) -> dict[str, Any]:
    """Write a bundle as the inventory leaves it, for accounts of these numbers."""
    accounts = [{"Id": each, "Name": "", "OrgUnit": "ou-root/Workloads", "Tags": {}} for each in numbers]
    return with_accounts({**grants, "AccountsFrom": "organization"}, accounts)


def test_the_organizations_accounts_are_kept(run: Run, tested: Path, aws: FakeRegions) -> None:
    """A folder's accounts don't undo what the inventory has found since."""
    aws.regions[HOME].put(encode(from_organization(old(), "222222222222", "999999999999")))
    ran = run("grants", "publish", tested)
    now = json.loads(aws.regions[HOME].current or b"")

    assert ran.code == 0
    assert [account["Id"] for account in now["Accounts"]] == ["222222222222", "999999999999"]
    assert now["AccountsFrom"] == "organization"
    assert now["Version"] == version_of(now)
    assert now["Policies"] == build(tested)["Policies"]
    assert "the accounts are the organization's" in ran.err


@pytest.mark.usefixtures("both")
def test_the_newest_inventory_counts(run: Run, tested: Path, aws: FakeRegions) -> None:
    """Of two Regions' accounts those are kept that were written last, and both Regions get them."""
    aws.regions[HOME].put(encode(from_organization(old(), "222222222222")))
    aws.regions[AWAY].put(encode(from_organization(old(), "222222222222")))
    aws.regions[AWAY].put(encode(from_organization(old(), "222222222222", "999999999999")))
    run("grants", "publish", tested)

    assert aws.regions[HOME].current == aws.regions[AWAY].current
    assert len(json.loads(aws.regions[HOME].current or b"")["Accounts"]) == 2


def test_the_tests_are_run_on_what_is_published(run: Run, tested: Path, aws: FakeRegions) -> None:
    """A test about an account that only the organization has is passed with its accounts."""
    (tested / "roles.yaml").write_text(
        "roles:\n  app:\n    role: app-role\n    accounts: {org_units: [ou-root/Workloads]}\n"
    )
    account = {"Id": "222222222222", "OrgUnit": "ou-root/Workloads"}
    (tested / "accounts.json").write_text(json.dumps([account]))
    (tested / "tests.yaml").write_text(CASES.replace("222222222222/app", "999999999999/app"))
    aws.regions[HOME].put(encode(from_organization(old(), "222222222222", "999999999999")))

    assert run("grants", "publish", tested, "--accounts-from-folder").code == 1
    assert run("grants", "publish", tested).code == 0


def test_the_folders_accounts_can_be_insisted_on(run: Run, tested: Path, aws: FakeRegions) -> None:
    """``--accounts-from-folder`` publishes the folder as it is built."""
    aws.regions[HOME].put(encode(from_organization(old(), "222222222222", "999999999999")))
    ran = run("grants", "publish", tested, "--accounts-from-folder")

    assert ran.code == 0
    assert aws.regions[HOME].current == encode(build(tested))


# --- rollback ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("both")
def test_the_version_before_comes_back_in_every_region(run: Run, folder: Path, aws: FakeRegions) -> None:
    """The same bytes as before are in force, said with who did it and why."""
    for region in aws.regions.values():
        region.put(encode(old()))
    run("grants", "publish", folder)
    ran = run("grants", "rollback", "--reason", "too wide")

    assert ran.out.decode() == f"rolled back to version {old()['Version']}\n"
    assert aws.regions[HOME].current == aws.regions[AWAY].current == encode(old())
    assert aws.regions[HOME].versions[-1].metadata["reason"] == "too wide"


def test_what_is_no_bundle_is_not_gone_back_to(run: Run, aws: FakeRegions) -> None:
    """Foreign and half-written objects, deletions, other keys and the version in force are passed over."""
    home = aws.regions[HOME]
    home.put(encode(old("before")))
    home.put(encode(old("other key")), key="bundle.json.bak")
    home.put(encode(old()))
    home.put(b"{}")
    home.put(None)
    home.put(encode(old()))
    home.put(encode(old())[:-1])
    home.put(encode(old()))

    assert run("grants", "rollback").code == 0
    assert home.current == encode(old("before"))


def test_a_version_can_be_named(run: Run, aws: FakeRegions) -> None:
    """``--to`` finds it over several pages of the bucket's versions."""
    aws.page_size = 2
    for place in range(7):
        aws.regions[HOME].put(encode(old(f"p{place}")))
    ran = run("grants", "rollback", "--to", old("p1")["Version"])

    assert ran.code == 0
    assert aws.regions[HOME].current == encode(old("p1"))


@pytest.mark.parametrize("arguments", [[], ["--to", "0" * 16], ["--to", ""]])
def test_a_version_that_there_never_was_is_said(run: Run, aws: FakeRegions, arguments: list[str]) -> None:
    """Nothing to go back to changes nothing."""
    aws.regions[HOME].put(encode(old()))
    ran = run("grants", "rollback", *arguments)

    assert (ran.code, ran.out, puts(aws)) == (3, b"", [])
    assert "grants history" in ran.err


@pytest.mark.usefixtures("both")
def test_regions_with_different_pasts_ask_for_a_version(run: Run, aws: FakeRegions) -> None:
    """Nobody guesses which of two pasts is meant; the one named goes to both, whichever has it."""
    for region, name in ((HOME, "a"), (AWAY, "b")):
        aws.regions[region].put(encode(old(name)))
        aws.regions[region].put(encode(old()))
    ran = run("grants", "rollback")

    assert (ran.code, ran.out) == (3, b"")
    assert all(old(name)["Version"] in ran.err for name in "ab")
    assert run("grants", "rollback", "--to", old("a")["Version"]).code == 0
    assert aws.regions[HOME].current == aws.regions[AWAY].current == encode(old("a"))


def test_going_back_keeps_the_organizations_accounts(run: Run, aws: FakeRegions) -> None:
    """What the inventory wrote since is no version to go back over, and its accounts stay."""
    home = aws.regions[HOME]
    home.put(encode(from_organization(old("good"), "222222222222")))
    home.put(encode(from_organization(old("bad"), "222222222222")))
    home.put(encode(from_organization(old("bad"), "222222222222", "999999999999")))
    ran = run("grants", "rollback")

    assert ran.code == 0
    assert home.current == encode(from_organization(old("good"), "222222222222", "999999999999"))
    assert "with today's accounts" in ran.out.decode()


def test_a_rollback_holds_only_over_what_was_read(run: Run, aws: FakeRegions) -> None:
    """Whoever publishes meanwhile wins over a rollback, too."""
    home = aws.regions[HOME]
    home.put(encode(old("before")))
    home.put(encode(old()))
    aws.meanwhile[HOME, "PutObject"] = lambda: home.put(encode(old("other")))
    ran = run("grants", "rollback")

    assert ran.code == 3
    assert home.current == encode(old("other"))
