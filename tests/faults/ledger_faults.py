"""What can go wrong with the hub's ledger: one table, which the tests play and docs/faults.md shows."""

import dataclasses
import json
from collections.abc import Callable

from tests.faults.scene import Outcome, Scene
from tests.support.fake_aws import Reply, dynamodb_error

FAILED = Outcome(503, "Unavailable", "LedgerUnavailable")

_JSON = "application/x-amz-json-1.0"
_NEVER = 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerFault:
    """One fault of one operation."""

    breaks: Callable[[Scene, str], None]
    row: str | None = None
    """The outcome on the vend's row, where it isn't what the operation leaves (see ``OPERATIONS``)."""
    slow: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One of the calls to DynamoDB, and how a vend stands when it fails."""

    part: str
    """The part of a request's time that it belongs to."""
    row: str | None
    """The outcome on the vend's row when the call failed; ``None`` where there is no row."""
    asked: int
    """How often STS was asked by then."""


OPERATIONS = {
    "UpdateItem:rates": Operation("before_sts", row=None, asked=0),
    "PutItem": Operation("before_sts", row=None, asked=0),
    "BatchGetItem": Operation("before_sts", row=FAILED.name, asked=0),
    "UpdateItem": Operation("outcome", row="Intended", asked=1),
}


class _Lost(dict[str, Reply]):
    """Every reply is lost, not the next one alone."""

    def pop(self, operation: str, default: object = None) -> object:  # type: ignore[override]
        """Give the reply, and keep it."""
        return self.get(operation, default)


def _answers(reply: Reply) -> Callable[[Scene, str], None]:
    return lambda scene, operation: scene.aws.faults.update({operation: reply})


def _says(status: int, code: str) -> Callable[[Scene, str], None]:
    return _answers(dynamodb_error(status, code))


def _holds(document: object) -> Callable[[Scene, str], None]:
    return _answers(Reply(200, json.dumps(document).encode(), _JSON))


def _loses(reply: Reply) -> Callable[[Scene, str], None]:
    def breaks(scene: Scene, operation: str) -> None:
        scene.aws.lost_replies = _Lost({operation: reply})

    return breaks


_RESET = Reply(raw=b"", cut_after=0)

ANY_OPERATION = {
    "throttled": LedgerFault(_says(400, "ThrottlingException")),
    "over its throughput": LedgerFault(_says(400, "ProvisionedThroughputExceededException")),
    "over the account's limit": LedgerFault(_says(400, "RequestLimitExceeded")),
    "a table that is missing": LedgerFault(_says(400, "ResourceNotFoundException")),
    "access denied": LedgerFault(_says(400, "AccessDeniedException")),
    "the hub's own credentials expired": LedgerFault(_says(400, "ExpiredTokenException")),
    "500": LedgerFault(_says(500, "InternalServerError")),
    "503 without a body": LedgerFault(_answers(Reply(503))),
    "a proxy's page": LedgerFault(_answers(Reply(200, b"<html>hello</html>", "text/html"))),
    "reset before a byte": LedgerFault(_answers(_RESET)),
    "reset within the reply": LedgerFault(_answers(Reply(200, b"{}" + b" " * 98, _JSON, cut_after=50))),
    "connection ended within the reply": LedgerFault(
        _answers(Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"))
    ),
    "a reply that drips": LedgerFault(_answers(Reply(200, b"{" + b" " * 2000, _JSON, drip=0.05)), slow=True),
    "accepts and never answers": LedgerFault(_answers(Reply(200, delay=_NEVER)), slow=True),
}

OF_ONE: dict[str, dict[str, LedgerFault]] = {
    "UpdateItem:rates": {"counted, but no reply comes back": LedgerFault(_loses(_RESET))},
    "PutItem": {
        "the vend's id is taken": LedgerFault(_says(400, "ConditionalCheckFailedException")),
        "written, but no reply comes back": LedgerFault(_loses(_RESET), row="Intended"),
    },
    "BatchGetItem": {
        "a key that wasn't read": LedgerFault(
            _holds(
                {
                    "Responses": {"quarantine": []},
                    "UnprocessedKeys": {"quarantine": {"Keys": [{"Subject": {"S": "everything"}}]}},
                }
            )
        ),
        "no table in the reply": LedgerFault(_holds({"Responses": {}, "UnprocessedKeys": {}})),
        "another table in the reply": LedgerFault(
            _holds({"Responses": {"elsewhere": []}, "UnprocessedKeys": {}})
        ),
        "an empty reply": LedgerFault(_holds({})),
        "a reply cut short, well framed": LedgerFault(_answers(Reply(200, b'{"Responses": {"qua', _JSON))),
    },
    "UpdateItem": {
        "the vend has ended otherwise": LedgerFault(_says(400, "ConditionalCheckFailedException")),
        "written, but no reply comes back": LedgerFault(_loses(_RESET), row="Vended"),
    },
}

FAULTS = {
    f"{operation}: {name}": (operation, fault)
    for operation in OPERATIONS
    for name, fault in (ANY_OPERATION | OF_ONE[operation]).items()
}


def row_of(operation: str, fault: LedgerFault) -> str | None:
    """Name the outcome that the vend's row is left with."""
    return fault.row or OPERATIONS[operation].row
