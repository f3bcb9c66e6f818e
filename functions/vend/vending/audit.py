"""The audit record of a request: begun first, filled in as facts arrive, written exactly once.

One JSON line and one count a request, on every path. Only the fields below can be in it: there is
no place for an event, a header, a reply of STS or an exception's text.
"""

import json
import logging
import sys
import time
from dataclasses import dataclass, field, fields
from typing import Any, Final, TextIO, TypeGuard

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from hubspoke_contract.errors import Problem
from hubspoke_grants.caller import Caller


@dataclass(slots=True)
class Audit:
    """What is known of a request so far. ``None`` means it didn't get that far."""

    request_id: str
    route: str | None = None
    principal: str | None = None
    unique_id: str | None = None
    session: str | None = None
    source_ip: str | None = None
    target: str | None = None
    profile: str | None = None
    """The role profile's own name, as the grants have it."""
    duration: int | None = None
    session_policy: str | None = None
    bundle_version: str | None = None
    policies: tuple[str, ...] = ()
    vend_id: str | None = None
    source_identity: str | None = None
    access_key_id: str | None = None
    expiration: str | None = None
    packed_policy_size: int | None = None
    sts_attempts: int | None = None
    stopped_by: str | None = None
    """For a vend that the ledger could not conclude: the problem that had stopped it."""
    problem: Problem | None = Problem.Internal
    """How the request ends, unless something else becomes known. ``None`` once it has its answer."""
    fault: str | None = None
    """For ``Internal``: the exception's type and the line that raised it. Never its text."""
    began: float = field(default_factory=time.monotonic)

    def caller(self, caller: Caller) -> None:
        """Note who calls."""
        self.principal = caller.principal
        self.unique_id = caller.unique_id
        self.session = caller.session

    @property
    def outcome(self) -> str:
        """``Vended``, ``Answered``, or the problem's name: also the metric's name."""
        if self.problem is not None:
            return self.problem.name
        return "Vended" if self.access_key_id is not None else "Answered"

    def write(self, logger: Logger) -> None:
        """Write the record's line.

        Raises:
            Exception: the line was not written. Then nothing may be answered but a failure.
        """
        each = ((name, getattr(self, name)) for name in _IN_THE_RECORD)
        known = {name: value for name, value in each if value not in (None, ())}
        known |= {
            "outcome": self.outcome,
            "code": self.problem.code.value if self.problem else "OK",
            "milliseconds": round((time.monotonic() - self.began) * 1000, 1),
        }
        logger.info("audit", extra={"audit": known})

    def count(self, metrics: Metrics, bundle_age: int | None, bundle_max_age: int) -> None:
        """Emit the request's metrics. They are not the record: without them an answer still stands.

        Args:
            metrics: where to.
            bundle_age: seconds since S3 confirmed the bundle that decided, where one did.
            bundle_max_age: how many it may be.
        """
        try:
            metrics.add_metric(name=self.outcome, unit=MetricUnit.Count, value=1)
            if self.problem is not None:
                # Once more by its code, so that an alarm on all denials needs no list of the problems.
                metrics.add_metric(name=self.problem.code.value, unit=MetricUnit.Count, value=1)
            if bundle_age is not None:
                share = round(100 * bundle_age / bundle_max_age, 1)
                metrics.add_metric(name="BundleAge", unit=MetricUnit.Seconds, value=bundle_age)
                # A template can't compute a threshold from a parameter, so the share is a metric too.
                metrics.add_metric(name="BundleAgeShare", unit=MetricUnit.Percent, value=share)
            if self.packed_policy_size is not None:
                size = self.packed_policy_size
                metrics.add_metric(name="PackedPolicySize", unit=MetricUnit.Percent, value=size)
            emitted: Any = metrics.serialize_metric_set()
            if self.packed_policy_size is not None and _is_dimension(self.profile):
                emitted = _by_profile(emitted, self.profile)
            sys.stdout.write(json.dumps(emitted, separators=(",", ":")) + "\n")
            metrics.clear_metrics()
        except Exception:  # noqa: BLE001 - see above; what was begun must not count for the next request
            metrics.clear_metrics()


def _is_dimension(profile: str | None) -> TypeGuard[str]:
    # CloudWatch takes no other value (API reference, ``Dimension``), and one that it doesn't take could cost
    # the whole line: with it the metric that the alarm looks at.
    return (
        profile is not None
        and 0 < len(profile) <= _DIMENSION_MAX
        and profile.isascii()
        and profile.isprintable()
        and not profile.isspace()
    )


def _by_profile(emitted: Any, profile: str) -> dict[str, object]:
    """Have CloudWatch note the packed size once more, by its role profile.

    Powertools puts every metric of a line under every one of its sets of dimensions, and each metric of each
    profile is paid for. The format itself takes several directives in a line (CloudWatch user guide,
    "Embedded metric format").
    """
    directives = emitted["_aws"]["CloudWatchMetrics"]
    directives.append(
        {
            "Namespace": directives[0]["Namespace"],
            "Dimensions": [["service", "profile"]],
            "Metrics": [{"Name": "PackedPolicySize", "Unit": "Percent"}],
        }
    )
    return {**emitted, "profile": profile}


_DIMENSION_MAX: Final = 1024
"""Characters of a dimension's value."""

_IN_THE_RECORD: Final = tuple(each.name for each in fields(Audit) if each.name not in ("problem", "began"))
"""The two left out are in it as the outcome with its code, and as the milliseconds."""


class AuditStream(logging.StreamHandler[TextIO]):
    """Standard output, where a line that can't be written is an error. ``logging`` itself swallows it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - logging's name
        """Let the error through, to whoever wrote the line."""
        raise
