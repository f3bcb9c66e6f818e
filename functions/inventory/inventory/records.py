"""How a run ended, as its log line and its metrics say it. Nothing of AWS's own text is in either."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from inventory.renewal import Renewal

_NAMED_MAX: Final = 50
"""Differences that a log line names. The rest are counted; the bucket keeps every version."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was renewed: a fixed word, and what may be said of it. Never AWS's own text."""

    problem: str
    detail: str


def record_of(ended: Renewal | Failure) -> dict[str, Any]:
    """Write the run's record."""
    if isinstance(ended, Failure):
        return {"outcome": "Failed", "problem": ended.problem, "detail": ended.detail}
    return {
        "outcome": "Written" if ended.written else "Unchanged",
        "accounts": ended.accounts,
        "changes": Counter(each.Change for each in ended.differences),
        "changed": [f"{each.Change} {each.Id}" for each in ended.differences[:_NAMED_MAX]],
        "tags_unread": len(ended.unread),
        "bundle_version": ended.version,
    }


def count(ended: Renewal | Failure, metrics: Metrics) -> None:
    """Emit the run's metrics."""
    try:
        if isinstance(ended, Failure):
            metrics.add_metric(name="InventoryFailed", unit=MetricUnit.Count, value=1)
        else:
            metrics.add_metric(name="InventoryRenewed", unit=MetricUnit.Count, value=1)
            metrics.add_metric(name="AccountsListed", unit=MetricUnit.Count, value=ended.accounts)
            metrics.add_metric(name="AccountTagsUnread", unit=MetricUnit.Count, value=len(ended.unread))
        metrics.flush_metrics()
    except Exception:  # noqa: BLE001 - the alarm on no success hears of it; what was begun must not count twice
        metrics.clear_metrics()
