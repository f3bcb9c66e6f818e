"""The audit record: what can be in it, and under which name its request is counted."""

import dataclasses
import io
import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from hubspoke_contract.errors import Problem
from tests.support import grants
from vending.audit import Audit, AuditStream

FIELDS = {
    "request_id",
    "route",
    "principal",
    "unique_id",
    "session",
    "source_ip",
    "target",
    "profile",
    "duration",
    "session_policy",
    "bundle_version",
    "policies",
    "vend_id",
    "source_identity",
    "access_key_id",
    "expiration",
    "packed_policy_size",
    "sts_attempts",
    "stopped_by",
    "fault",
}


@pytest.fixture
def stream() -> io.StringIO:
    """Where the record goes."""
    return io.StringIO()


@pytest.fixture
def logger(stream: io.StringIO) -> Logger:
    """A logger as the handler makes it, of another name."""
    return Logger(service="audit-test", level="INFO", logger_handler=AuditStream(stream))


def written(audit: Audit, logger: Logger, stream: io.StringIO) -> dict[str, Any]:
    """Write a record and read it back."""
    stream.seek(0)
    stream.truncate()
    logger._logger.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    audit.write(logger)
    (line,) = stream.getvalue().splitlines()
    document: dict[str, Any] = json.loads(line)
    assert (document["message"], document["level"]) == ("audit", "INFO")
    found: dict[str, Any] = document["audit"]
    return found


def full() -> Audit:
    """A record in which everything is known."""
    values = {
        field.name: (7 if "int" in str(field.type) else "x")
        for field in dataclasses.fields(Audit)
        if field.name not in ("problem", "began", "policies")
    }
    return Audit(**values, policies=("p",), problem=Problem.Quarantined)  # type: ignore[arg-type]


def test_a_record_has_these_fields_and_no_others(logger: Logger, stream: io.StringIO) -> None:
    """There is no field that an event, a header or an exception's text would fit."""
    assert written(full(), logger, stream).keys() == FIELDS | {"outcome", "code", "milliseconds"}


def test_what_is_not_known_is_left_out(logger: Logger, stream: io.StringIO) -> None:
    """A record of a request that got nowhere says how it ended, and nothing else."""
    found = written(Audit(request_id="r"), logger, stream)

    assert found.keys() == {"request_id", "outcome", "code", "milliseconds"}
    assert (found["request_id"], found["outcome"], found["code"]) == ("r", "Internal", "Unavailable")


@pytest.mark.parametrize(
    ("problem", "access_key_id", "outcome", "code"),
    [
        (None, "ASIAFAKEFAKEFAKEFAKE", "Vended", "OK"),
        (None, None, "Answered", "OK"),
        (Problem.NotGranted, None, "NotGranted", "AccessDenied"),
        (Problem.LedgerUnavailable, "ASIAFAKEFAKEFAKEFAKE", "LedgerUnavailable", "Unavailable"),
    ],
)
def test_the_outcome_is_the_problem_or_what_was_answered(
    problem: Problem | None,
    access_key_id: str | None,
    outcome: str,
    code: str,
    logger: Logger,
    stream: io.StringIO,
) -> None:
    """A key that was issued makes no vend of a request that failed."""
    audit = Audit(request_id="r", access_key_id=access_key_id, problem=problem)
    found = written(audit, logger, stream)

    assert audit.outcome == outcome
    assert (found["outcome"], found["code"]) == (outcome, code)


def test_a_caller_is_noted_by_name_unique_id_and_session() -> None:
    """Who it was can be told from the record alone."""
    audit, caller = Audit(request_id="r"), grants.role()
    audit.caller(caller)

    assert (audit.principal, audit.unique_id, audit.session) == (
        'Caller::Role::"111111111111/bot"',
        "AROAEXAMPLEEXAMPLE001",
        "session",
    )


def test_the_time_it_took_is_in_milliseconds(
    logger: Logger, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the tenth of one, from the request's beginning."""
    audit = Audit(request_id="r", began=100.0)
    monkeypatch.setattr("vending.audit.time", SimpleNamespace(monotonic=lambda: 102.34567))

    assert written(audit, logger, stream)["milliseconds"] == 2345.7


def test_a_line_that_cannot_be_written_is_an_error() -> None:
    """The record is not lost in silence, as ``logging`` would have it."""

    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("the log is gone")

    handler = AuditStream(Broken())
    record = logging.LogRecord("x", logging.INFO, "x", 1, "audit", (), None)

    with pytest.raises(OSError, match="the log is gone"):
        handler.handle(record)


class Spoiled(Metrics):
    """Metrics that can't be written down."""

    def serialize_metric_set(self, *_: object, **__: object) -> Any:
        """Fail, with all that was added still there."""
        raise OSError("the log is gone")


def counted(audit: Audit, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Count a request, and read the one line that CloudWatch gets of it."""
    audit.count(Metrics(namespace="AuditTest", service="hubspoke"), 100, 900)
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_metrics_count_the_outcome_and_the_percentages(capsys: pytest.CaptureFixture[str]) -> None:
    """One of the outcome; how full the packed policy and how old the bundle was, where that is known."""
    found = counted(Audit(request_id="r", problem=None, access_key_id="A", packed_policy_size=6), capsys)

    names = ("Vended", "PackedPolicySize", "BundleAge", "BundleAgeShare")
    assert [found[name] for name in names] == [[1.0], [6.0], [100.0], [11.1]]
    (directive,) = found["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]} == {
        "Vended": "Count",
        "PackedPolicySize": "Percent",
        "BundleAge": "Seconds",
        "BundleAgeShare": "Percent",
    }


@pytest.mark.parametrize("profile", ["automation", "a", "two words", "a" * 1024, "${ENV}:*/'\"\\"])
def test_the_packed_size_alone_is_also_noted_by_profile(
    profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line still; the whole's metrics have no profile, since each would be one more to pay for."""
    audit = Audit(request_id="r", profile=profile, problem=None, access_key_id="A", packed_policy_size=79)
    found = counted(audit, capsys)

    whole, by_profile = found["_aws"]["CloudWatchMetrics"]
    assert whole["Dimensions"] == [["service"]]
    assert len(whole["Metrics"]) == 4
    assert by_profile == {
        "Namespace": whole["Namespace"],
        "Dimensions": [["service", "profile"]],
        "Metrics": [{"Name": "PackedPolicySize", "Unit": "Percent"}],
    }
    assert (found["service"], found["profile"], found["PackedPolicySize"]) == ("hubspoke", profile, [79.0])


@pytest.mark.parametrize("profile", [None, "", " ", "größe", "a\nb", "a\x7f", "a" * 1025])
def test_a_profile_that_cloudwatch_would_not_take_costs_no_metric(
    profile: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the alarm looks at is in the line all the same."""
    audit = Audit(request_id="r", profile=profile, problem=None, access_key_id="A", packed_policy_size=80)
    found = counted(audit, capsys)

    assert [each["Dimensions"] for each in found["_aws"]["CloudWatchMetrics"]] == [[["service"]]]
    assert found["PackedPolicySize"] == [80.0]
    assert "profile" not in found


def test_a_profile_is_no_dimension_of_a_request_without_a_session(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A vend that was permitted and then refused has a profile and no size."""
    found = counted(Audit(request_id="r", profile="automation", problem=Problem.SpokeDenied), capsys)

    assert len(found["_aws"]["CloudWatchMetrics"]) == 1
    assert "profile" not in found


def test_a_profile_is_not_carried_to_the_next_request(capsys: pytest.CaptureFixture[str]) -> None:
    """An execution environment counts for many profiles, one after the other."""
    counted(Audit(request_id="r", profile="automation", problem=None, packed_policy_size=6), capsys)
    found = counted(Audit(request_id="r", problem=None), capsys)

    assert len(found["_aws"]["CloudWatchMetrics"]) == 1
    assert "profile" not in found


def test_metrics_of_no_vend_have_no_packed_size(capsys: pytest.CaptureFixture[str]) -> None:
    """An absent size is not a size of nothing; a refusal counts by its name and by its code."""
    Audit(request_id="r").count(Metrics(namespace="AuditTest", service="hubspoke"), None, 900)

    printed = capsys.readouterr().out
    found = json.loads(printed)
    (directive,) = found["_aws"]["CloudWatchMetrics"]
    assert (found["Internal"], found["Unavailable"]) == ([1.0], [1.0])
    assert {metric["Unit"] for metric in directive["Metrics"]} == {"Count"}
    assert "PackedPolicySize" not in printed
    assert "BundleAge" not in printed


def test_metrics_that_fail_are_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    """They cost the caller nothing, and do not count for the next request."""
    Audit(request_id="r").count(Spoiled(namespace="AuditTest", service="hubspoke"), None, 900)
    Audit(request_id="r", problem=None).count(Metrics(namespace="AuditTest", service="hubspoke"), None, 900)
    (line,) = capsys.readouterr().out.splitlines()

    assert json.loads(line)["Answered"] == [1.0]
    assert "Internal" not in line
