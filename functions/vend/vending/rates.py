"""How often one caller may vend of one role profile within a minute.

API Gateway's throttle knows no callers, so that one alone could use it up. Each caller counts on an item
of its own: a burst makes nobody else wait. A count that can't be written lets nobody through.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hubspoke_contract.errors import Problem, Refused
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.caller import Caller
from vending.dynamodb import answered

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WINDOW: Final = 60
"""Seconds that are counted together. They begin with the minute, for all callers at once."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The table of counts."""

    dynamodb: "DynamoDBClient"
    table: str

    def count(self, caller: Caller, profile: RoleProfile, deadline: float) -> None:
        """Count one vend.

        Raises:
            Refused: ``RateExceeded`` with the seconds until the next window, or ``LedgerUnavailable``.
        """
        now = int(time.time())
        ends = now - now % WINDOW + WINDOW
        try:
            answered(
                deadline,
                lambda: self.dynamodb.update_item(
                    TableName=self.table,
                    Key={"Window": {"S": f"{ends} {profile.name} {caller.principal}"}},
                    UpdateExpression="ADD Vends :one SET ExpiresAt = :expires",
                    ConditionExpression="attribute_not_exists(Vends) OR Vends < :most",
                    ExpressionAttributeValues={
                        ":one": {"N": "1"},
                        ":most": {"N": str(profile.vends_per_minute)},
                        # DynamoDB deletes late. It is never read again anyway.
                        ":expires": {"N": str(ends + WINDOW)},
                    },
                ),
                {"ConditionalCheckFailedException": Problem.RateExceeded},
            )
        except Refused as refused:
            if refused.problem is not Problem.RateExceeded:
                raise
            raise Refused(refused.problem, retry_after=max(1, ends - int(time.time()))) from None
