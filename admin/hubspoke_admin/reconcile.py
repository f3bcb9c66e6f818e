"""The pairing: CloudTrail's records with the ledger's rows, by access key id, both ways.

Pure of AWS. Both sides are put into a database on disk, since a month's vends are more than a process
should hold; what has no partner is then a question to it. Nothing that signs is in it, and it goes when it
is closed.
"""

import fnmatch
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final

from hubspoke_admin.trail import Assumed
from hubspoke_contract.reply import format_time
from hubspoke_contract.vends import Vend

SLACK: Final = timedelta(minutes=5)
"""How far beyond the time in question partners are looked for: a vend ends within half a minute, and a
clock may be off by as much as SigV4 takes."""

KINDS: Final = {
    "NotInTrail": "a vend that CloudTrail has no record of",
    "NotInLedger": "an AssumeRole by the hub's role that the ledger has no row of",
    "Differs": "a vend whose role or session name CloudTrail has otherwise",
    "NotAnswered": "a session that STS issued and the function never answered with",
    "AroundTheHub": "a session of a spoke role that somebody else than the hub got",
}
"""What can have no partner, and what that means."""

_SCHEMA: Final = """
CREATE TABLE trail (key TEXT PRIMARY KEY, at TEXT, role TEXT, session TEXT, caller TEXT) WITHOUT ROWID;
CREATE TABLE other (key TEXT PRIMARY KEY, at TEXT, role TEXT, session TEXT, caller TEXT) WITHOUT ROWID;
CREATE TABLE ledger (vend TEXT PRIMARY KEY, at TEXT, key TEXT, role TEXT, session TEXT, principal TEXT)
  WITHOUT ROWID;
CREATE TABLE denied (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""

_INDEXES: Final = """
CREATE INDEX IF NOT EXISTS ledger_key ON ledger (key);
CREATE INDEX IF NOT EXISTS ledger_session ON ledger (session);
CREATE INDEX IF NOT EXISTS trail_session ON trail (session);
"""

_FINDINGS: Final = """
SELECT 'NotInTrail', l.at, l.key, l.role, l.session, l.principal, l.vend
  FROM ledger l LEFT JOIN trail t ON t.key = l.key
  WHERE l.key IS NOT NULL AND t.key IS NULL AND l.at BETWEEN :since AND :until AND l.at <= :delivered
UNION ALL
SELECT 'Differs', l.at, l.key, t.role, t.session, l.principal, l.vend
  FROM ledger l JOIN trail t ON t.key = l.key
  WHERE (l.role IS NOT t.role OR l.session IS NOT t.session) AND l.at BETWEEN :since AND :until
UNION ALL
SELECT CASE WHEN u.vend IS NULL THEN 'NotInLedger' ELSE 'NotAnswered' END,
       t.at, t.key, t.role, t.session, coalesce(u.principal, t.caller), u.vend
  FROM trail t LEFT JOIN ledger l ON l.key = t.key
               LEFT JOIN ledger u ON u.session = t.session AND u.key IS NULL
  WHERE l.key IS NULL AND t.at BETWEEN :since AND :until
UNION ALL
SELECT 'AroundTheHub', o.at, o.key, o.role, o.session, o.caller, NULL
  FROM other o LEFT JOIN trail t ON t.key = o.key LEFT JOIN ledger l ON l.key = o.key
  WHERE t.key IS NULL AND l.key IS NULL AND o.at BETWEEN :since AND :until
ORDER BY 2, 1, 3
"""

_PAIRED: Final = """
SELECT count(*) FROM ledger l JOIN trail t ON t.key = l.key WHERE l.at BETWEEN :since AND :until
"""

_PENDING: Final = """
SELECT count(*) FROM ledger l LEFT JOIN trail t ON t.key = l.key
  WHERE l.key IS NOT NULL AND t.key IS NULL AND l.at BETWEEN :since AND :until AND l.at > :delivered
"""


@dataclass(frozen=True, slots=True)
class Window:
    """The time in question."""

    since: datetime
    until: datetime
    delivered: datetime
    """Up to when CloudTrail is taken to have delivered: a later vend isn't missed yet."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something without a partner. Named as ``--format json`` shows it."""

    Kind: str
    At: str
    AccessKeyId: str
    RoleArn: str
    RoleSessionName: str
    Who: str | None
    """The caller of the vend, where the ledger knows it; else the ARN, or the account, in CloudTrail."""
    VendId: str | None

    def to_document(self) -> dict[str, str | None]:
        """Write it with every key."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Ours:
    """What belongs to the hub: its execution roles, and which roles only they should assume."""

    execution_roles: frozenset[str]
    spoke_roles: Sequence[str]
    """Patterns of ``role/…``, as the stack's policies have them: a star matches slashes too."""

    def is_spoke_role(self, arn: str) -> bool:
        """Tell whether an ARN is of a role that the hub vends."""
        resource = arn.split(":", 5)[-1]
        return any(fnmatch.fnmatchcase(resource, pattern) for pattern in self.spoke_roles)


class Reconciliation(AbstractContextManager["Reconciliation"]):
    """Takes both sides in any order, then says what has no partner."""

    def __init__(self, ours: Ours, window: Window) -> None:
        self._ours = ours
        self._window = window
        self._folder = tempfile.TemporaryDirectory(prefix="hubspoke-audit-")
        self._database = sqlite3.connect(Path(self._folder.name) / "audit.db", isolation_level=None)
        # It need not outlive a crash; and what it may hold in memory is fixed: 16 MB of pages.
        self._database.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-16384;")
        self._database.executescript(_SCHEMA)

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Keep all that is taken within, or nothing of it where something is raised."""
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def take_record(self, record: Assumed) -> None:
        """Take a record of CloudTrail's. One that comes twice counts once."""
        if not self._window.since - SLACK <= record.at <= self._window.until + SLACK:
            return
        by_hub = record.caller in self._ours.execution_roles and record.event == "AssumeRole"
        if record.access_key_id is None:
            if by_hub:
                self._database.execute("INSERT OR IGNORE INTO denied VALUES (?)", (record.event_id,))
            return
        if not by_hub and not self._ours.is_spoke_role(record.role_arn):
            return
        row = (
            record.access_key_id,
            format_time(record.at),
            record.role_arn,
            record.session_name,
            record.caller or record.caller_account,
        )
        if by_hub:
            self._database.execute("INSERT OR IGNORE INTO trail VALUES (?, ?, ?, ?, ?)", row)
        elif record.caller is not None:
            # Of two records of one call, the caller's own names the caller.
            self._database.execute("INSERT OR REPLACE INTO other VALUES (?, ?, ?, ?, ?)", row)
        else:
            self._database.execute("INSERT OR IGNORE INTO other VALUES (?, ?, ?, ?, ?)", row)

    def take_vends(self, vends: Iterable[Vend]) -> None:
        """Take the rows of a Region's ledger, all of them or none."""
        with self.whole():
            self._database.executemany(
                "INSERT OR IGNORE INTO ledger VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        vend.VendId,
                        vend.At,
                        vend.AccessKeyId,
                        vend.RoleArn,
                        vend.RoleSessionName,
                        vend.Principal,
                    )
                    for vend in vends
                ),
            )

    def findings(self) -> Iterator[Finding]:
        """Yield what has no partner, the oldest first."""
        self._database.executescript(_INDEXES)
        for row in self._database.execute(_FINDINGS, self._times()):
            yield Finding(*row)

    def paired(self) -> int:
        """Count the vends that CloudTrail has too."""
        return self._count(_PAIRED)

    def pending(self) -> int:
        """Count the vends that CloudTrail has not, and need not have yet."""
        return self._count(_PENDING)

    def denied(self) -> int:
        """Count the hub's calls that STS denied: they made no key, so there is nothing to pair."""
        return self._count("SELECT count(*) FROM denied")

    def _count(self, query: str) -> int:
        self._database.executescript(_INDEXES)
        (number,) = self._database.execute(query, self._times() if ":" in query else {}).fetchone()
        return int(number)

    def _times(self) -> dict[str, str]:
        window = self._window
        moments = {"since": window.since, "until": window.until, "delivered": window.delivered}
        return {name: format_time(each) for name, each in moments.items()}
