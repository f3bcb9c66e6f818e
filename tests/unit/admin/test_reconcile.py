"""The pairing: each kind of what has no partner, the edges of the time, and what it costs in memory."""

import tracemalloc
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.reconcile import KINDS, Finding, Ours, Reconciliation, Window
from hubspoke_admin.trail import assumed
from hubspoke_contract.vends import Vend
from tests.support.cloudtrail import EXECUTION_ROLE, HUB, NOW, SPOKE, assume_role, hours, in_the_spoke, row

OURS = Ours(frozenset({EXECUTION_ROLE}), ["role/hubspoke/*"])
WINDOW = Window(NOW - hours(1), NOW + hours(1), NOW + hours(1))
EVE = {"type": "IAMUser", "arn": f"arn:aws:iam::{HUB}:user/eve", "accountId": HUB}


def reconciled(
    records: Iterable[dict[str, Any]], rows: Iterable[Vend], window: Window = WINDOW
) -> tuple[list[Finding], dict[str, int]]:
    with Reconciliation(OURS, window) as reconciliation:
        for record in records:
            found = assumed(record)
            assert found is not None
            reconciliation.take_record(found)
        reconciliation.take_vends(rows)
        counts = {name: getattr(reconciliation, name)() for name in ("paired", "pending", "denied")}
        return list(reconciliation.findings()), counts


def kinds(records: Iterable[dict[str, Any]], rows: Iterable[Vend], window: Window = WINDOW) -> list[str]:
    return [finding.Kind for finding in reconciled(records, rows, window)[0]]


def test_what_is_on_both_sides_is_paired() -> None:
    """By both accounts' records of it, too: they are one call."""
    records = [make(number) for number in range(3) for make in (assume_role, in_the_spoke)]

    assert reconciled(records, map(row, range(3))) == ([], {"paired": 3, "pending": 0, "denied": 0})


def test_a_vend_that_cloudtrail_does_not_know_is_named() -> None:
    (finding,), _ = reconciled([assume_role(1)], [row(1), row(2)])

    assert (finding.Kind, finding.VendId, finding.Who) == ("NotInTrail", row(2).VendId, row(2).Principal)


def test_an_assume_role_around_the_service_is_named() -> None:
    """By the hub's role, but without a row."""
    findings, _ = reconciled([assume_role(1), assume_role(2), in_the_spoke(2)], [row(1)])

    assert [(each.Kind, each.AccessKeyId, each.Who) for each in findings] == [
        ("NotInLedger", row(2).AccessKeyId, EXECUTION_ROLE)
    ]


@pytest.mark.parametrize("outcome", ["Intended", "StsUnreachable", "StsReplyInvalid", "DeadlineExceeded"])
def test_a_session_that_nobody_got_is_named_as_such(outcome: str) -> None:
    """The row has the session's name, and no key."""
    (finding,), _ = reconciled([assume_role(1), in_the_spoke(1)], [row(1, Outcome=outcome, AccessKeyId=None)])

    assert (finding.Kind, finding.VendId, finding.Who) == ("NotAnswered", row(1).VendId, row(1).Principal)


def test_a_row_without_a_session_anywhere_is_as_it_should_be() -> None:
    assert kinds([], [row(1, Outcome="SpokeDenied", AccessKeyId=None)]) == []


@pytest.mark.parametrize("part", ["RoleArn", "RoleSessionName"])
def test_a_row_that_says_otherwise_than_cloudtrail_is_named(part: str) -> None:
    assert kinds([assume_role(1)], [row(1, **{part: "another"})]) == ["Differs"]


def test_a_session_of_a_spoke_role_that_another_got_is_named_once() -> None:
    """Both accounts have a record of it; the one that names the caller is shown, in either order."""
    both = [assume_role(1, userIdentity=EVE), in_the_spoke(1)]

    for records in (both, both[::-1]):
        (finding,), _ = reconciled(records, [])
        assert (finding.Kind, finding.Who) == ("AroundTheHub", EVE["arn"])


def test_a_stranger_of_an_account_without_a_trail_here_is_named_by_that_account() -> None:
    (finding,), _ = reconciled([in_the_spoke(1, caller="999999999999")], [])

    assert (finding.Kind, finding.Who) == ("AroundTheHub", "999999999999")


@pytest.mark.parametrize("event", ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"])
def test_a_federated_session_of_a_spoke_role_is_named(event: str) -> None:
    identity = {"type": "WebIdentityUser", "userName": "x"}

    assert kinds([in_the_spoke(1, eventName=event, userIdentity=identity)], []) == ["AroundTheHub"]


def test_a_vend_whose_record_only_the_spoke_has_is_missed_in_the_trail_alone() -> None:
    """The hub's own record is what is missing; it did not go around the hub."""
    assert kinds([in_the_spoke(1)], [row(1)]) == ["NotInTrail"]


def test_other_roles_are_nobodys_business() -> None:
    other = {"roleArn": f"arn:aws:iam::{SPOKE}:role/hubspokes", "roleSessionName": "eve"}

    assert kinds([assume_role(1, userIdentity=EVE, requestParameters=other)], []) == []


def test_denials_are_counted() -> None:
    """They made no key, so there is nothing to pair; one that two files have is one."""
    denied = assume_role(1, errorCode="AccessDenied", responseElements=None)

    assert reconciled([denied, denied], []) == ([], {"paired": 0, "pending": 0, "denied": 1})


def test_a_record_that_two_files_have_is_one() -> None:
    assert kinds([assume_role(1), assume_role(1)], []) == ["NotInLedger"]


def test_a_young_vend_is_not_missed_yet() -> None:
    """CloudTrail delivers late; what it should have delivered is missed."""
    window = Window(NOW - hours(1), NOW, NOW - timedelta(minutes=15))
    young, old = row(1, NOW - timedelta(minutes=14)), row(2, NOW - timedelta(minutes=16))

    findings, counts = reconciled([], [young, old], window)

    assert [finding.VendId for finding in findings] == [old.VendId]
    assert counts["pending"] == 1


def test_partners_across_the_edge_of_the_time_are_partners() -> None:
    """The row is a second older than the record; an edge between them makes neither alone."""
    row_at, record_at = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
    pair = [assume_role(1, record_at)], [row(1, row_at, RoleSessionName=f"bot-{row(1, record_at).VendId}")]

    assert kinds(*pair, Window(NOW, NOW + hours(1), NOW + hours(1))) == []
    assert kinds(*pair, Window(NOW - hours(1), NOW, NOW)) == []


def test_what_lies_outside_the_time_is_not_named() -> None:
    early, late = NOW - hours(2), NOW + hours(2)
    records = [assume_role(1, early), assume_role(2, late), in_the_spoke(5, late, "999999999999")]

    assert kinds(records, [row(3, early), row(4, late)]) == []


def test_a_file_that_breaks_leaves_nothing_behind() -> None:
    """Its first records are as good as not there."""
    found = assumed(assume_role(1))
    assert found is not None
    with Reconciliation(OURS, WINDOW) as reconciliation:
        with suppress(KeyError), reconciliation.whole():
            reconciliation.take_record(found)
            raise KeyError
        assert list(reconciliation.findings()) == []


def test_memory_does_not_grow_with_the_events() -> None:
    """Five times the events, and Python holds no more: sixteen megabytes of SQLite's pages are beside it."""

    def peak(events: int) -> int:
        tracemalloc.start()
        with Reconciliation(OURS, WINDOW) as reconciliation:
            with reconciliation.whole():
                for number in range(events):
                    found = assumed(assume_role(number))
                    assert found is not None
                    reconciliation.take_record(found)
            reconciliation.take_vends(row(number) for number in range(events))
            assert sum(1 for _ in reconciliation.findings()) == 0
            assert reconciliation.paired() == events
        peaked = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peaked

    peak(100)
    small = peak(2_000)
    assert peak(10_000) < small + 256 * 1024


def test_the_guide_explains_every_kind() -> None:
    """docs/cloudtrail.md has a line for each."""
    guide = (Path(__file__).parents[3] / "docs" / "cloudtrail.md").read_text()

    assert {kind for kind in KINDS if f"| `{kind}` |" not in guide} == set()
