"""``hubspoke-admin audit``: a trail in a folder or a bucket against a ledger, both as AWS has them."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.cloudtrail import (
    EXECUTION_ROLE,
    HUB,
    NOW,
    SPOKE,
    assume_role,
    hours,
    in_the_spoke,
    packed,
    row,
    write,
)
from tests.support.fake_estate import FakeEstate, serving

TIMES = ("--since", "2026-11-25T11:00:00Z", "--until", "2026-11-25T13:00:00Z", "--delay", "0s")
Run = Callable[..., Any]


@pytest.fixture
def estate(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEstate]:
    """A hub with five vends."""
    outputs = {"ExecutionRoleArn": EXECUTION_ROLE, "LedgerTable": "ledger", "SpokeRoles": "role/hubspoke/*"}
    with serving(FakeEstate(outputs, [row(number) for number in range(5)])) as served:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Both accounts' files of the five vends."""
    folder = tmp_path / "trail"
    for number in range(5):
        write(folder, packed(assume_role(number)), unique=str(number))
    write(folder, packed(*map(in_the_spoke, range(5))), SPOKE)
    return folder


def audited(run: Run, trail: Path | str, *options: str) -> Any:
    ran = run("audit", "--trail", trail, *TIMES, "--format", "json", *options)
    return ran.code, json.loads(ran.out) if ran.out else None, ran.err


def test_all_paired_is_clean(run: Run, estate: FakeEstate, trail: Path) -> None:
    """Nothing on standard output, the numbers beside it, and 0."""
    ran = run("audit", "--trail", trail, *TIMES)

    assert (ran.code, ran.out) == (0, b"")
    assert "5 vends paired" in ran.err


def test_exactly_what_has_no_partner_is_named(run: Run, estate: FakeEstate, trail: Path) -> None:
    """One row removed and one foreign AssumeRole added are two lines, and 1."""
    del estate.vends[2]
    eve = {"type": "IAMUser", "arn": f"arn:aws:iam::{HUB}:user/eve", "accountId": HUB}
    write(trail, packed(assume_role(9, userIdentity=eve)), unique="9")

    code, found, _ = audited(run, trail)

    assert code == 1
    assert {(each["Kind"], each["AccessKeyId"]) for each in found["Findings"]} == {
        ("NotInLedger", row(2).AccessKeyId),
        ("AroundTheHub", row(9).AccessKeyId),
    }
    assert found["Summary"] == {
        "Paired": 4,
        "Pending": 0,
        "Denied": 0,
        "Records": 11,
        "FilesRead": 7,
        "FilesUnreadable": 0,
    }


def test_a_table_is_for_people(run: Run, estate: FakeEstate, trail: Path) -> None:
    """Each kind is explained once, beside the table."""
    estate.vends.append(row(7))

    ran = run("audit", "--trail", trail, *TIMES)

    assert ran.out.decode().startswith("KIND")
    assert str(row(7).AccessKeyId) in ran.out.decode()
    assert "1 NotInTrail: a vend that CloudTrail has no record of" in ran.err


def test_an_accounts_own_trail_is_read_too(run: Run, estate: FakeEstate, tmp_path: Path) -> None:
    """It has no organization's folder."""
    place = tmp_path / f"AWSLogs/{HUB}/CloudTrail/eu-west-1/2026/11/25"
    place.mkdir(parents=True)
    (place / f"{HUB}_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz").write_bytes(
        packed(*map(assume_role, range(5)))
    )

    assert audited(run, tmp_path)[0] == 0


def test_an_end_at_the_end_of_the_calendar_is_now(run: Run, estate: FakeEstate, trail: Path) -> None:
    """There is nothing to look for beyond, and no day after it."""
    ran = run("audit", "--trail", trail, *TIMES, "--until", "9999-12-31T00:00:00Z")

    assert ran.code == 0


def test_a_trails_prefix_may_be_an_account(run: Run, estate: FakeEstate, trail: Path) -> None:
    """What lies under it is no other service's log: an AssumeRole in there must not stay unseen."""
    place = trail / f"{SPOKE}/AWSLogs/{SPOKE}/CloudTrail/eu-west-1/2026/11/25"
    place.mkdir(parents=True)
    file = place / f"{SPOKE}_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz"
    file.write_bytes(packed(in_the_spoke(9, caller="999999999999")))

    code, found, _ = audited(run, trail)

    assert (code, [each["Kind"] for each in found["Findings"]]) == (1, ["AroundTheHub"])


def test_an_accounts_folder_is_a_trail(run: Run, estate: FakeEstate, trail: Path) -> None:
    """The digests beside it are passed over there as well."""
    account = trail / f"AWSLogs/o-abcde12345/{HUB}"
    (account / "CloudTrail-Digest").mkdir()
    (account / "CloudTrail-Digest/x.json.gz").write_bytes(b"x")

    assert audited(run, account)[0] == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz", packed(assume_role(9))[:-9], "not whole"),
        ("_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz", b"<html>", "not whole"),
        ("_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz", gzip.compress(b"{}", mtime=0), "not a log file"),
        (
            "_CloudTrail_eu-west-1_20261125T1200Z_x.json.gz",
            packed(assume_role(9, eventTime=7)),
            "without an id, a time",
        ),
        ("_CloudTrail_eu-west-1_20261125T1200Z_x.json", b"", "not named"),
        ("notes.txt", b"", "not named"),
    ],
)
def test_a_file_that_is_cut_short_or_foreign_is_skipped_and_counted(
    run: Run, estate: FakeEstate, trail: Path, name: str, content: bytes, said: str
) -> None:
    """Nothing of it is taken, and the audit isn't clean."""
    name = HUB + name if name.startswith("_") else name
    (trail / f"AWSLogs/o-abcde12345/{HUB}/CloudTrail/eu-west-1/2026/11/25" / name).write_bytes(content)

    code, found, err = audited(run, trail)

    assert (code, found["Findings"], found["Summary"]["FilesUnreadable"]) == (1, [], 1)
    assert f"skipped AWSLogs/o-abcde12345/{HUB}/CloudTrail/eu-west-1/2026/11/25/{name}: " in err
    assert said in err


def test_digests_and_other_services_logs_are_passed_over(run: Run, estate: FakeEstate, trail: Path) -> None:
    """They lie in the same bucket, and are nobody's mistake."""
    for folder in ("CloudTrail-Digest", "CloudTrail-Insight", "vpcflowlogs", "Config"):
        place = trail / f"AWSLogs/o-abcde12345/{HUB}/{folder}/eu-west-1/2026/11/25"
        place.mkdir(parents=True)
        (place / "x.json.gz").write_bytes(b"x")

    assert audited(run, trail)[0] == 0


def test_files_of_other_days_are_not_opened(run: Run, estate: FakeEstate, trail: Path) -> None:
    """A trail of years costs a day's audit nothing; the next day's files may hold this day's last."""
    for day in (-400, -1, 2, 40):
        write(trail, b"never read", at=NOW + timedelta(days=day))
    write(trail, packed(assume_role(9)), at=NOW + timedelta(days=1))

    code, found, _ = audited(run, trail)

    assert [each["AccessKeyId"] for each in found["Findings"]] == [row(9).AccessKeyId]
    assert (code, found["Summary"]["FilesUnreadable"]) == (1, 0)


def test_a_bucket_is_read_as_a_folder_is(run: Run, estate: FakeEstate, trail: Path) -> None:
    """By pages, and only the days in question are listed."""
    write(trail, b"never read", at=NOW - timedelta(days=400))
    estate.objects = {
        f"some/where/{file.relative_to(trail)}": file.read_bytes() for file in trail.rglob("*.gz")
    }
    estate.objects["elsewhere/notes.txt"] = b""

    code, found, _ = audited(run, "s3://org-trail/some/where/")

    assert (code, found["Summary"]["FilesRead"], found["Summary"]["Paired"]) == (0, 6, 5)


def test_a_bucket_that_is_closed_ends_it(run: Run, estate: FakeEstate) -> None:
    """By AWS's code, not its words."""
    estate.failing["ListObjectsV2"] = "AccessDenied"

    code, found, err = audited(run, "s3://org-trail/AWSLogs")

    assert (code, found) == (3, None)
    assert "AccessDenied" in err
    assert "planted" not in err


def test_an_object_that_is_closed_is_skipped(run: Run, estate: FakeEstate, trail: Path) -> None:
    """The others may still tell something."""
    estate.objects = {str(file.relative_to(trail)): b"" for file in trail.rglob("*.gz")}
    estate.failing["GetObject"] = "AccessDenied"

    code, found, err = audited(run, "s3://org-trail")

    assert (code, found["Summary"]["FilesUnreadable"]) == (1, 6)
    assert "AccessDenied" in err


def test_a_ledger_that_cannot_be_read_ends_it(run: Run, estate: FakeEstate, trail: Path) -> None:
    estate.failing["Query"] = "ResourceNotFoundException"

    code, found, err = audited(run, trail)

    assert (code, found) == (3, None)
    assert err.startswith("hubspoke-admin: eu-west-1: the ledger: AWS answered ResourceNotFoundException")


def test_an_older_stack_is_told_to_be_updated(run: Run, estate: FakeEstate, trail: Path) -> None:
    del estate.outputs["SpokeRoles"]

    assert audited(run, trail)[0] == 3


def test_a_folder_without_a_trail_is_no_clean_audit(run: Run, estate: FakeEstate, tmp_path: Path) -> None:
    """One who names the wrong folder learns it."""
    code, found, err = audited(run, tmp_path)

    assert (code, found) == (3, None)
    assert "holds no log file" in err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--trail", "nosuch"], 3),
        (["--trail", "s3://"], 2),
        (["--trail", "s3://UPPER/x"], 2),
        (["--trail", ".", "--since", "yesterday"], 2),
        (["--trail", ".", "--since", "2026-13-01T00:00:00Z"], 2),
        (["--trail", ".", "--since", "2026-01-01"], 2),
        (["--trail", ".", "--since", "٢h"], 2),
        (["--trail", ".", "--since", "999999d"], 2),
        (["--trail", ".", "--since", "1h", "--until", "2h"], 2),
        (["--trail", ".", "--delay", "2026-01-01T00:00:00Z"], 2),
        ([], 2),
    ],
    ids=str,
)
def test_arguments_that_make_no_sense_are_answered(
    run: Run, estate: FakeEstate, options: list[str], code: int
) -> None:
    ran = run("audit", *options)

    assert (ran.code, ran.out) == (code, b"")
    assert ran.err.startswith("hubspoke-admin: ")
    assert len(ran.err.splitlines()) == 1


def test_many_findings_are_all_in_the_json_and_a_thousand_in_the_table(
    run: Run, estate: FakeEstate, trail: Path
) -> None:
    """A table needs all its cells before its first line."""
    write(trail, packed(*map(assume_role, range(10, 1110))), unique="many")

    ran = run("audit", "--trail", trail, *TIMES)

    assert len(ran.out.splitlines()) == 1001
    assert "and 100 more; --format json lists all of them" in ran.err
    assert len(audited(run, trail)[1]["Findings"]) == 1100


def test_by_default_it_is_the_last_day(run: Run, estate: FakeEstate, tmp_path: Path) -> None:
    """A vend of just now need not be in CloudTrail yet, and is counted as such."""
    now = datetime.now(UTC)
    estate.vends = [row(1, now), row(2, now - hours(2)), row(3, now - hours(30))]
    write(tmp_path, packed(assume_role(2, now - hours(2))), at=now)

    ran = run("audit", "--trail", tmp_path)

    assert ran.code == 0
    assert "1 vends paired, 1 too young to be missed" in ran.err


def test_a_pipe_among_the_files_is_not_waited_for(run: Run, estate: FakeEstate, trail: Path) -> None:
    """It is skipped, as anything else that isn't a file."""
    file = write(trail, b"", unique="pipe")
    file.unlink()
    os.mkfifo(file)

    code, found, err = audited(run, trail)

    assert (code, found["Summary"]["FilesUnreadable"]) == (1, 1)
    assert "not a file" in err


def test_a_full_temporary_folder_is_said(estate: FakeEstate, trail: Path, tmp_path: Path) -> None:
    """Under a limit that lets no file grow past some kilobytes, as a full disk does."""
    write(trail, packed(*map(assume_role, range(10, 5000))), unique="many")
    script = 'ulimit -f 64; exec "$0" -m hubspoke_admin.cli audit --trail "$1" --since 2026-11-25T11:00:00Z'
    (tmp_path / "temporary").mkdir()

    done = subprocess.run(
        ["bash", "-c", script, sys.executable, str(trail)],
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (3, "")
    said = f"{tmp_path}/temporary is full, or can't be written: name another folder by TMPDIR"
    assert done.stderr == f"hubspoke-admin: {said}\n"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_files_name_cannot_paint_the_terminal(run: Run, estate: FakeEstate, trail: Path) -> None:
    """What isn't printable is a question mark, and a name is one line."""
    for name in (b"\x1b[2J.gz", b"a\nhubspoke-admin: all is well.gz", b"\xff.gz"):
        (trail / os.fsdecode(name)).write_bytes(b"")

    code, _, err = audited(run, trail)

    assert code == 1
    assert sorted(line for line in err.splitlines() if "skipped" in line) == [
        f"hubspoke-admin: skipped {name}: not named as a log file of CloudTrail's"
        for name in ("?.gz", "?[2J.gz", "a?hubspoke-admin: all is well.gz")
    ]
