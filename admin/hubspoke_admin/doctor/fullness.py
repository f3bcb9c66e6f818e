"""How full the sessions of a role were, by the ledger: STS's replies are the only measure there is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

from hubspoke.findings import Finding, noted, right, unseen, wrong
from hubspoke_admin.exceptions import AwsError
from hubspoke_admin.hubs import Hub
from hubspoke_admin.ledger import search
from hubspoke_admin.packed import fullness
from hubspoke_contract.names import Target
from hubspoke_contract.vends import Criteria

_STEP: Final = "packed-size"
_DAYS: Final = 7
_ROWS_MAX: Final = 1000


def examine(hubs: Sequence[Hub], target: Target) -> Finding:
    """Judge the packed sizes of a role's latest vends."""
    now = datetime.now(UTC)
    latest = Criteria(since=now - timedelta(days=_DAYS), until=now, account=target.account, role=target.role)
    try:
        rows = [row for _, row in islice(search(hubs, [latest]), _ROWS_MAX)]
    except AwsError as error:
        says, _, mend = str(error).partition("\n")
        return unseen(_STEP, "PackedSizeUnread", says, mend or "Allow yourself to read the ledger.")
    # The fullest profile first; a role that was in two of them is as full as that.
    found = next(iter(fullness(rows)), None)
    if found is None or (found.largest is None and not found.too_large):
        return noted(_STEP, "PackedSizeNone", f"No vend of it within {_DAYS} days, so nothing was measured.")
    taken = f"{found.largest.percent} % ({found.largest.vend_id})" if found.largest else "more than there is"
    if not found.is_nearly_full:
        return right(_STEP, "PackedSizeRight", f"Policies and tags took at most {taken} of what STS packs.")
    refused = f", and STS refused {found.too_large} vends for it" if found.too_large else ""
    says = f"Policies and tags took {taken} of what STS packs{refused}."
    mend = "Shorten the session policy, or ask for fewer tags: at 100 % STS refuses."
    return wrong(_STEP, "PackedSizeNearlyFull", says, mend)
