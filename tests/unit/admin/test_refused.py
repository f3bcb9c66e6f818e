"""What a grants folder can hold that must not become a bundle, beyond plain mistakes."""

import subprocess
import sys
from pathlib import Path

import pytest

from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.source import build
from tests.support.grants import permit_when
from tests.unit.admin.conftest import ROLES


@pytest.mark.parametrize(
    "condition",
    [
        "context.duration * 2 <= 3600",
        "context.duration + 600 <= 3600",
        "-context.duration >= -1800",
        'context.duration <= duration("30m").toSeconds()',
        "context.duration == context.duration",
        "context == context",
    ],
)
def test_a_duration_that_is_computed_with_is_refused(small: Path, condition: str) -> None:
    """Discovery is exact only where policies compare the duration with numbers they name."""
    (small / "policies/all.cedar").write_text(permit_when(condition, action="assume"))
    with pytest.raises(GrantsInvalid, match="whole numbers"):
        build(small)


@pytest.mark.parametrize(
    ("condition", "durations"),
    [
        ("context.duration <= 1800", [900, 1799, 1800, 1801, 3600]),
        ("1800 > context.duration", [900, 1799, 1800, 1801, 3600]),
        ("[900, 2000].contains(context.duration)", [900, 901, 1999, 2000, 2001, 3600]),
        ("context has sessionPolicy && 7 == 7", [900, 3600]),
    ],
)
def test_a_duration_that_is_compared_is_listed(small: Path, condition: str, durations: list[int]) -> None:
    """The bundle lists the durations next to the numbers that policies name."""
    (small / "session-policies/read-only.json").write_text('{"Statement": [{}]}')
    (small / "roles.yaml").write_text(ROLES + "    session_policies: [read-only]\n")
    (small / "policies/all.cedar").write_text(permit_when(condition, action="assume"))
    assert build(small)["Durations"] == durations


@pytest.mark.parametrize(
    "condition",
    [
        " || ".join(f'resource.account.name == "account-{i}"' for i in range(1000)),
        "true && " * 1000 + "true",
    ],
    ids=["or", "and"],
)
def test_a_long_policy_builds_or_is_named(small: Path, condition: str) -> None:
    """A chain of a thousand terms is refused by the name of its file, not by a crash."""
    (small / "policies/all.cedar").write_text(permit_when(condition, action="assume"))
    with pytest.raises(GrantsInvalid, match=r"all\.cedar"):
        build(small)


@pytest.mark.parametrize("depth", [51, 1000, 5000])
def test_a_deep_policy_is_no_segmentation_fault(small: Path, depth: int) -> None:
    """Cedar's parser never sees what would take the process with it."""
    (small / "policies/all.cedar").write_text(permit_when("(" * depth + "true" + ")" * depth))
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_admin.cli", "grants", "build", str(small)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("accounts.json", '[{"Id": "222222222222", "Name": "\\ud800"}]'),
        ("accounts.json", '[{"Id": "222222222222", "OrgUnit": "\\ud800"}]'),
        ("accounts.json", '[{"Id": "222222222222", "Tags": {"\\ud800": "x"}}]'),
        ("roles.yaml", ROLES.replace("  app:", '  "\\ud800":')),
    ],
)
def test_a_lone_surrogate_is_named_with_its_file(small: Path, name: str, text: str) -> None:
    """Half a character is no text."""
    (small / name).write_text(text)
    with pytest.raises(GrantsInvalid, match=name):
        build(small)


@pytest.mark.parametrize("name", ["team/stop.cedar", "stop.CEDAR", "stop.cedar.txt", "stop.cdr"])
def test_a_file_among_the_policies_that_would_be_passed_over_is_refused(small: Path, name: str) -> None:
    """A forbid in a misnamed file must not quietly not apply."""
    (small / "policies" / name).parent.mkdir(exist_ok=True)
    (small / "policies" / name).write_text('@id("stop") forbid (principal, action, resource);')
    with pytest.raises(GrantsInvalid):
        build(small)


def test_a_folder_without_policies_is_refused(small: Path) -> None:
    """A misspelt folder must not build a bundle that denies everybody."""
    (small / "policies").rename(small / "policy")
    with pytest.raises(GrantsInvalid):
        build(small)


def test_two_tags_that_differ_only_in_case_are_refused(small: Path) -> None:
    """STS compares tag keys without case."""
    (small / "roles.yaml").write_text(ROLES + "    tags: {Owner: a, owner: b}\n")
    with pytest.raises(GrantsInvalid):
        build(small)


@pytest.mark.parametrize(
    "text", ['{"Statement": [NaN]}', '{"Statement": [Infinity]}', '{"Statement": [1e999]}']
)
def test_a_session_policy_is_json_that_sts_reads(small: Path, text: str) -> None:
    """Numbers that JSON lacks are refused here, not by STS at each vend."""
    (small / "session-policies/mine.json").write_text(text)
    with pytest.raises(GrantsInvalid):
        build(small)


@pytest.mark.parametrize("written", ["null", "Null", "~"])
def test_an_external_id_that_means_none_is_not_a_text(small: Path, written: str) -> None:
    """YAML's words for none and yes are not external ids."""
    (small / "roles.yaml").write_text(ROLES + f"    external_id: {written}\n")
    with pytest.raises(GrantsInvalid):
        build(small)
