"""The ledgers of all Regions as one, newest first."""

import heapq
from collections.abc import Iterator, Sequence

from hubspoke_admin.exceptions import AwsError
from hubspoke_admin.hubs import Hub, calling
from hubspoke_contract.vends import Criteria, RowInvalid, RowsMissing, Vend, find


def search(hubs: Sequence[Hub], criteria: Sequence[Criteria]) -> Iterator[tuple[str, Vend]]:
    """Yield the rows that meet any of the criteria, each with its Region, newest first, as they are read.

    Args:
        hubs: where.
        criteria: which rows; no row may meet two of these.

    Raises:
        AwsError: a Region's ledger can't be read in full.
    """
    found = [_read(hub, each) for hub in hubs for each in criteria]
    return heapq.merge(*found, key=lambda row: row[1].VendId, reverse=True)


def _read(hub: Hub, criteria: Criteria) -> Iterator[tuple[str, Vend]]:
    table = hub.output("LedgerTable")
    rows = find(hub.client("dynamodb"), table, criteria)
    while (row := calling(f"{hub.region}: {table} can't be read", lambda: _next(hub, rows))) is not None:
        yield hub.region, row


def _next(hub: Hub, rows: Iterator[Vend]) -> Vend | None:
    try:
        return next(rows, None)
    except RowInvalid as error:
        raise AwsError(
            f"{hub.region}: the ledger's row {str(error)!r} is none that the hub wrote: find out who did"
        ) from None
    except RowsMissing:
        raise AwsError(f"{hub.region}: DynamoDB left rows out; try again in a minute") from None
