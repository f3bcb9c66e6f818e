"""Calls to DynamoDB that end in time with its own answer, or as a problem.

``ledger`` and ``rates`` make theirs through this. Whatever fails is ``LedgerUnavailable``, and no
credentials leave.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from hubspoke_contract.errors import Problem, Refused
from vending.deadline import by


def answered(deadline: float, call: Callable[[], Any], refusals: Mapping[str, Problem] | None = None) -> Any:
    """Make a call and return DynamoDB's reply.

    Args:
        deadline: the ``time.monotonic()`` by which to have returned.
        call: what to do.
        refusals: error codes of DynamoDB's that mean something else than that it failed.

    Raises:
        Refused: a problem of ``refusals``, or ``LedgerUnavailable``.
    """

    def answer() -> Any:
        try:
            return call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            return (refusals or {}).get(code, Problem.LedgerUnavailable)
        except Exception:  # noqa: BLE001 - a ledger that fails in any way at all is a ledger that failed
            return Problem.LedgerUnavailable

    reply = by(deadline, answer, Problem.LedgerUnavailable)
    if isinstance(reply, Problem):
        raise Refused(reply)
    if not _is_dynamodbs(reply):
        raise Refused(Problem.LedgerUnavailable)
    return reply


def _is_dynamodbs(reply: Any) -> bool:
    # To botocore, a proxy's page under a 200 is a write that was done (DynamoDB developer guide, "Response
    # Format": every reply has this content type).
    return "x-amz-json" in reply["ResponseMetadata"]["HTTPHeaders"].get("content-type", "")
