"""Which buckets the accounts hold that this function may read: a service as a caller of the hub."""

from functools import cache
from typing import Any

import boto3

from hubspoke import Hub

ROLE = "automation-spoke-role"

# Outside the handler, so that it lasts as long as the execution environment. Nothing is sent yet.
hub = Hub.from_env()


@cache
def spoke(account: str) -> boto3.Session:
    """Return a session of an account's role, which renews its credentials by itself."""
    return hub.session(account, ROLE, reason="inventory report")


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Report on every account in which the grants let this function take the role."""
    accounts = sorted({offer.account for offer in hub.roles() if offer.role == ROLE})
    return {"Accounts": [report(account) for account in accounts]}


def report(account: str) -> dict[str, Any]:
    """Look into one account, as its role."""
    session = spoke(account)
    return {
        "AccountId": account,
        "SeenAs": session.client("sts").get_caller_identity()["Arn"],
        "Buckets": [bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]],
    }
