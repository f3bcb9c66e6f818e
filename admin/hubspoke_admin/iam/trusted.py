"""Whom a principal of a policy stands for."""

import re
from typing import Final

from hubspoke_admin.iam.policy import ANYBODY, Names
from hubspoke_admin.iam.request import Request, Truth, any_of, known

_ACCOUNT: Final = re.compile("[0-9]{12}")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID: Final = re.compile("A(?:ROA|IDA)[A-Z0-9]{4,124}")
_ARN_PARTS: Final = 6


def trusts(named: Names, request: Request) -> Truth:
    """Say whether a statement's Principal, or NotPrincipal, has the principal of a request in it."""
    if ANYBODY in named.values:
        return known(not named.negated)
    if request.principal is None:
        return Truth.UNKNOWN
    found = any_of(_is(each, request.principal, request) for each in named.values)
    if not named.negated:
        return found
    # AWS: whoever is to be spared is named together with the account, and a role with its session. What
    # becomes of one that isn't, nobody says.
    return Truth.YES if found is Truth.NO else Truth.UNKNOWN


def _is(named: str, principal: str, request: Request) -> Truth:
    kind, _, name = named.partition(":")
    if kind in ("Service", "Federated"):
        return Truth.NO
    parts = principal.split(":", _ARN_PARTS - 1)
    if kind != "AWS" or len(parts) != _ARN_PARTS or not _ACCOUNT.fullmatch(parts[4]):
        # A canonical id is an account's, and which one's it doesn't show.
        return Truth.UNKNOWN
    if _UNIQUE_ID.fullmatch(name):
        # Of a principal that is still there, IAM shows the ARN: whoever this was is gone, and no namesake
        # made since has the id.
        return known(name == request.unique_id)
    _, partition, _, _, account, resource = parts
    if name in (account, f"arn:{partition}:iam::{account}:root", principal):
        return Truth.YES
    session = f"arn:{partition}:sts::{account}:assumed-role/{resource.rpartition('/')[2]}/"
    if resource.startswith("role/") and name.startswith(session):
        return Truth.UNKNOWN if request.session is None else known(name == session + request.session)
    return Truth.NO
