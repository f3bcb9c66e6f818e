"""``hubspoke-admin audit``: pair the ledger with CloudTrail, and list what has no partner."""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import AdminError, Exit, UsageError
from hubspoke_admin.hubs import Hub, add_hub_options, calling, hubs
from hubspoke_admin.moments import length, moment
from hubspoke_admin.output import add_format, say, show

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.reconcile import Finding, Reconciliation
    from hubspoke_admin.trail_files import Place

SHOWN_MAX: Final = 1000
"""Lines of a table, whose columns can't be as wide as their cells before all of them are known."""

_HEADINGS: Final = ("Kind", "At", "AccessKeyId", "Who", "RoleArn", "RoleSessionName")


def add(commands: "Commands") -> None:
    """Add the command."""
    auditing = command(
        commands,
        "audit",
        "pair the hub's AssumeRole calls in CloudTrail with the ledger, and list what has no partner",
        "  hubspoke-admin audit --trail s3://org-trail/AWSLogs/o-abcde12345/ --since 24h\n"
        "  hubspoke-admin audit --trail ./AWSLogs --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z\n"
        "\nit ends with 0 if all is paired and every file could be read, else with 1.\n",
    )
    auditing.add_argument(
        "--trail",
        default=os.environ.get("HUBSPOKE_TRAIL"),
        metavar="FOLDER|s3://BUCKET/PREFIX",
        help="where CloudTrail's log files are (default: $HUBSPOKE_TRAIL)",
    )
    auditing.add_argument("--since", default="24h", metavar="TIME", help="24h, 7d or RFC 3339 (default: 24h)")
    auditing.add_argument("--until", default="0s", metavar="TIME", help="the same (default: now)")
    auditing.add_argument(
        "--delay",
        default="15m",
        metavar="LENGTH",
        help="a vend younger than this is not missed in CloudTrail, which delivers late (default: 15m)",
    )
    add_hub_options(auditing)
    add_format(auditing)
    auditing.set_defaults(command=_audit)


def _audit(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.reconcile import Ours, Reconciliation, Window
    from hubspoke_admin.trail_files import place

    if not options.trail:
        raise UsageError("say where CloudTrail's files are: --trail FOLDER, or s3://BUCKET/PREFIX")
    now = datetime.now(UTC)
    since, until = (moment(f"--{name}", getattr(options, name), now) for name in ("since", "until"))
    # Days to come have no vends, and each would be asked for.
    until = min(until, max(since, now) + timedelta(days=1))
    window = Window(since, until, now - length("--delay", options.delay))
    if window.since >= window.until:
        raise UsageError("--since is not before --until")
    where, found = place(options.trail), hubs(options)
    ours = Ours(
        frozenset(hub.output("ExecutionRoleArn") for hub in found),
        [hub.output("SpokeRoles") for hub in found],
    )
    try:
        with Reconciliation(ours, window) as reconciliation:
            # The trail first: whatever it has by then, the ledger has too, but not the other way round.
            files = _take_trail(reconciliation, where, window.since, window.until)
            if not files["FilesRead"] and not files["FilesUnreadable"]:
                raise AdminError(f"{options.trail} holds no log file of CloudTrail's for this time")
            for hub in found:
                _take_ledger(reconciliation, hub, window.since, window.until)
            kinds = _show(options, reconciliation, files)
    except sqlite3.Error:
        raise AdminError(
            f"{tempfile.gettempdir()} is full, or can't be written: name another folder by TMPDIR"
        ) from None
    return Exit.NO if kinds or files["FilesUnreadable"] else Exit.OK


def _take_ledger(reconciliation: "Reconciliation", hub: Hub, since: datetime, until: datetime) -> None:
    from hubspoke_admin.reconcile import SLACK
    from hubspoke_contract.vends import Criteria, RowsMissing, find

    table, criteria = hub.output("LedgerTable"), Criteria(since - SLACK, until + SLACK)
    rows = find(hub.client("dynamodb"), table, criteria)
    try:
        calling(f"{hub.region}: the ledger", lambda: reconciliation.take_vends(rows))
    except RowsMissing:
        raise AdminError(f"{hub.region}: the ledger was read in part only; try again") from None


def _take_trail(
    reconciliation: "Reconciliation", where: "Place", since: datetime, until: datetime
) -> Counter[str]:
    """Read every log file of the time in question, whole or not at all, and count."""
    from hubspoke_admin.trail import Unreadable, assumed, records
    from hubspoke_admin.trail_files import log_files

    counted: Counter[str] = Counter()
    for file in log_files(where, since, until):
        read = 0
        try:
            if not file.is_cloudtrails:
                raise Unreadable("not named as a log file of CloudTrail's")
            with file.open() as opened, reconciliation.whole():
                for record in records(opened):
                    read += 1
                    if known := assumed(record):
                        reconciliation.take_record(known)
        except (Unreadable, AdminError, OSError) as error:
            what = error.strerror if isinstance(error, OSError) else error
            # Whoever may write into the bucket chose the name.
            say(f"skipped {''.join(c if c.isprintable() else '?' for c in file.name)}: {what}")
            counted["FilesUnreadable"] += 1
        else:
            counted["FilesRead"] += 1
            counted["Records"] += read
    return counted


def _show(options: argparse.Namespace, reconciliation: "Reconciliation", files: Counter[str]) -> Counter[str]:
    kinds: Counter[str] = Counter()

    def counted() -> "Iterator[Finding]":
        for finding in reconciliation.findings():
            kinds[finding.Kind] += 1
            yield finding

    summary = {
        "Paired": reconciliation.paired(),
        "Pending": reconciliation.pending(),
        "Denied": reconciliation.denied(),
        "Records": files["Records"],
        "FilesRead": files["FilesRead"],
        "FilesUnreadable": files["FilesUnreadable"],
    }
    findings = counted()
    if options.format == "json":
        _write_json(findings, summary)
    else:
        show(options, _HEADINGS, [finding.to_document() for finding in islice(findings, SHOWN_MAX)])
        if more := sum(1 for _ in findings):
            say(f"and {more} more; --format json lists all of them")
        _say_summary(kinds, summary)
    return kinds


def _write_json(findings: "Iterator[Finding]", summary: dict[str, int]) -> None:
    """Write findings as they come: there may be as many as there are vends."""
    between = '{"Findings": ['
    for finding in findings:
        sys.stdout.write(f"{between}\n  {json.dumps(finding.to_document(), ensure_ascii=False)}")
        between = ","
    sys.stdout.write(f'{"" if between == "," else between}],\n "Summary": {json.dumps(summary)}}}\n')


def _say_summary(kinds: Counter[str], summary: dict[str, int]) -> None:
    from hubspoke_admin.reconcile import KINDS

    for kind, number in sorted(kinds.items()):
        say(f"{number} {kind}: {KINDS[kind]}")
    say(
        f"{summary['Paired']} vends paired, {summary['Pending']} too young to be missed, "
        f"{summary['Denied']} calls denied by STS; {summary['Records']} records in "
        f"{summary['FilesRead']} files, {summary['FilesUnreadable']} files skipped"
    )
