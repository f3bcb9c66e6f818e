"""The ledger: who was to get what, written before STS is asked; what came of it, before the answer.

And the quarantine, read between the two with strong consistency, so that a quarantine stops the
very next vend. Not one transaction: a condition on a single hot item would cap the hub far below
STS's own rate. Whatever fails here is ``LedgerUnavailable``, and no credentials leave.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hubspoke_contract import quarantine
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import Target
from hubspoke_contract.vends import INTENDED, Criteria, Vend, day_of, read
from hubspoke_grants.caller import Caller
from vending.deadline import by
from vending.dynamodb import answered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

KEPT_FOR: Final = 400 * 86_400
"""Seconds a row is kept: a year and a month, so that a yearly review finds all of it."""

PAGE: Final = 100
"""Rows of a page of ``GET /v1/vends``."""

PAGE_BYTES: Final = 4 * 1024 * 1024
"""After these a page ends before. Lambda takes six million of a reply, and answers nothing at all for more;
a row with all the tags that a body holds is under 200,000."""

Row = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The two tables: the function writes and reads the one, and reads the other."""

    dynamodb: "DynamoDBClient"
    table: str
    quarantine_table: str

    def intend(self, row: Row, deadline: float) -> None:
        """Write a vend's row before STS is asked. ``row`` has ``VendId`` and ``RequestId``.

        Raises:
            Refused: ``LedgerUnavailable``.
        """
        ends = int(time.time()) + KEPT_FOR
        item = _item({**row, "Day": day_of(str(row["VendId"])), "Outcome": INTENDED, "ExpiresAt": ends})
        answered(
            deadline,
            lambda: self.dynamodb.put_item(
                TableName=self.table,
                Item=item,
                # botocore tries again when a reply gets lost, so this very row may be there already.
                ConditionExpression=(
                    "attribute_not_exists(VendId) OR (#RequestId = :request AND #Outcome = :intended)"
                ),
                ExpressionAttributeNames={"#RequestId": "RequestId", "#Outcome": "Outcome"},
                ExpressionAttributeValues={":request": item["RequestId"], ":intended": item["Outcome"]},
            ),
        )

    def is_quarantined(self, caller: Caller, target: Target, deadline: float) -> bool:
        """Tell whether everything, the account, the role or the caller is quarantined right now.

        Raises:
            Refused: ``LedgerUnavailable`` when any part of the answer is missing.
        """
        keys = [{"Subject": {"S": subject}} for subject in quarantine.subjects(caller.key, target)]
        reply = answered(
            deadline,
            lambda: self.dynamodb.batch_get_item(
                RequestItems={self.quarantine_table: {"Keys": keys, "ConsistentRead": True}}
            ),
        )
        if reply.get("UnprocessedKeys") or self.quarantine_table not in reply.get("Responses", {}):
            raise Refused(Problem.LedgerUnavailable)
        now = time.time()
        return any(quarantine.is_active(item, now) for item in reply["Responses"][self.quarantine_table])

    def conclude(self, vend_id: str, row: Row, deadline: float) -> None:
        """Write what came of a vend onto its row, once. ``row`` has the ``Outcome``.

        Raises:
            Refused: ``LedgerUnavailable``.
        """
        known = {key: value for key, value in row.items() if value is not None}
        answered(
            deadline,
            lambda: self.dynamodb.update_item(
                TableName=self.table,
                Key={"VendId": {"S": vend_id}},
                UpdateExpression="SET " + ", ".join(f"#{key} = :{key}" for key in known),
                # A vend has one end. It may be this very one already, where a reply got lost.
                ConditionExpression="#Outcome = :intended OR ("
                + " AND ".join(f"#{key} = :{key}" for key in known)
                + ")",
                ExpressionAttributeNames={f"#{key}": key for key in known},
                ExpressionAttributeValues={":intended": {"S": INTENDED}}
                | {f":{key}": value for key, value in _item(known).items()},
            ),
        )

    def page(
        self,
        criteria: Criteria,
        below: str | None,
        may_see: Callable[[Vend], bool],
        seconds: float,
        deadline: float,
    ) -> tuple[list[Vend], str | None]:
        """Read a page of rows, newest first, and the id to go on from where there may be more.

        Args:
            criteria: which rows.
            below: the id to go on from.
            may_see: whether a row is for the caller's eyes.
            seconds: after these the page ends, whatever is on it.
            deadline: the ``time.monotonic()`` by which to have returned.

        Raises:
            Refused: ``LedgerUnavailable``.
        """
        ends = time.monotonic() + seconds

        def rows() -> tuple[list[Vend], str | None]:
            found: list[Vend] = []
            size = 0
            for vend in read(self.dynamodb, self.table, criteria, below):
                if criteria.matches(vend) and may_see(vend):
                    found.append(vend)
                    size += _size(vend)
                if len(found) == PAGE or size >= PAGE_BYTES or time.monotonic() >= ends:
                    return found, vend.VendId
            return found, None

        def answer() -> tuple[list[Vend], str | None] | Problem:
            try:
                return rows()
            except Exception:  # noqa: BLE001 - part of a record is no record
                return Problem.LedgerUnavailable

        page = by(deadline, answer, Problem.LedgerUnavailable)
        if isinstance(page, Problem):
            raise Refused(page)
        return page


def _size(vend: Vend) -> int:
    # In Lambda's reply the body is a text in JSON, so each of its own escapes is escaped once more.
    return len(json.dumps(json.dumps(vend.to_document())))


def _item(row: Row) -> dict[str, Any]:
    return {
        key: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for key, value in row.items()
        if value is not None
    }
