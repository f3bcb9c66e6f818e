"""The handler: every route and every kind of refusal, by the sample events."""

import dataclasses
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hubspoke_contract.errors import Code, Problem
from hubspoke_contract.reply import Credentials, Identity, RolesPage
from hubspoke_grants import bundle
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, dynamodb_error, sts_error, sts_session
from tests.unit.vending.conftest import ROOT, STARTING_BUNDLE, Invoke, audit_of, event
from vending.audit import Audit, AuditStream
from vending.bundles import Moment
from vending.identity import identify

REFUSALS = {
    "console-test": Problem.CallerUnknown,
    "no-caller": Problem.CallerUnknown,
    "account-and-arn-disagree": Problem.CallerUnknown,
    "root": Problem.CallerUnknown,
    "federated-user": Problem.CallerUnknown,
    "unique-id-of-another-kind": Problem.CallerUnknown,
    "not-granted": Problem.NotGranted,
    "role-unknown": Problem.RoleUnknown,
    "account-unknown": Problem.RoleUnknown,
    "stranger": Problem.NotGranted,
    "path-encoded": Problem.PathMalformed,
    "path-account": Problem.PathMalformed,
    "path-role": Problem.PathMalformed,
    "route-unknown": Problem.RouteUnknown,
    "method-unknown": Problem.RouteUnknown,
    "query": Problem.QueryUnexpected,
    "body-not-json": Problem.BodyMalformed,
    "body-not-an-object": Problem.BodyMalformed,
    "body-base64": Problem.BodyMalformed,
    "body-nan": Problem.BodyMalformed,
    "body-key-unknown": Problem.KeyUnknown,
    "body-key-twice": Problem.BodyMalformed,
    "body-too-large": Problem.BodyTooLarge,
    "duration-true": Problem.DurationInvalid,
    "duration-too-long": Problem.DurationInvalid,
    "session-policy-malformed": Problem.SessionPolicyInvalid,
    "session-policy-not-offered": Problem.NotGranted,
    "tags-reserved": Problem.TagsInvalid,
    "tags-not-offered": Problem.NotGranted,
    "reason-two-lines": Problem.ReasonInvalid,
    "next-token": Problem.NextTokenInvalid,
    "vends-query": Problem.QueryInvalid,
}


def test_every_sample_event_of_a_refusal_is_in_the_table() -> None:
    """No sample event goes untested."""
    names = {path.stem.removeprefix("refused-") for path in (ROOT / "events").glob("refused-*.json")}
    assert names == REFUSALS.keys()


@pytest.mark.parametrize(("name", "problem"), REFUSALS.items())
def test_a_refusal_has_its_code_and_calls_neither_sts_nor_the_ledger(
    name: str, problem: Problem, invoke: Invoke, aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    """Each refused event is answered with its code, recorded once, and goes no further."""
    reply = invoke(event(f"refused-{name}"))
    document = json.loads(reply["body"])
    assert (reply["statusCode"], document["Code"]) == (problem.status, problem.code.value)
    assert document["Message"] == problem.message
    assert document.keys() == {"Code", "Message", "RequestId"}
    assert reply["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    assert set(aws.calls) <= {"GetObject"}
    (record,) = audit_of(caplog)
    assert record["outcome"] == problem.name


def test_a_vend_answers_a_credential_process_document(invoke: Invoke, aws: FakeAws) -> None:
    """The reply of a vend is the document that AWS's SDKs read, and may not be stored."""
    reply = invoke(event("vend"))
    assert reply["statusCode"] == 200
    assert reply["multiValueHeaders"]["Cache-Control"] == ["no-store"]
    assert reply["multiValueHeaders"]["Content-Type"] == ["application/json"]
    document = json.loads(reply["body"])
    assert document["Version"] == 1
    assert document["SecretAccessKey"] == aws.secret
    credentials = Credentials.from_document(document)
    assert credentials.assumed_role_arn.startswith(
        "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-"
    )
    assert credentials.assumed_role_arn.endswith(credentials.vend_id)


def test_a_vend_asks_sts_for_exactly_what_was_permitted(invoke: Invoke, aws: FakeAws) -> None:
    """On the wire: the role with its path, external id, source identity, duration; nothing else."""
    vend_id = json.loads(invoke(event("vend"))["body"])["VendId"]
    (asked,) = aws.assumed
    assert asked == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::222222222222:role/hubspoke/automation-spoke-role",
        "RoleSessionName": f"inventory-bot-{vend_id}",
        "SourceIdentity": "user.111111111111.inventory-bot",
        "DurationSeconds": "900",
        "ExternalId": "automation-external-id-demo",
    }


def test_a_session_policy_is_sent_by_its_text_from_the_bundle(invoke: Invoke, aws: FakeAws) -> None:
    """The caller names a session policy; STS gets the text that was published."""
    assert invoke(event("vend-with-session-policy"))["statusCode"] == 200
    published = json.loads((ROOT / "grants/session-policies/read-only.json").read_text())
    assert json.loads(aws.assumed[0]["Policy"]) == published


def test_a_vend_records_before_and_after_sts(invoke: Invoke, aws: FakeAws) -> None:
    """Rate, intent, quarantine, STS, outcome: in this order, and nothing else."""
    document = json.loads(invoke(event("vend"))["body"])
    assert aws.calls == [
        "GetObject",
        "UpdateItem:rates",
        "PutItem",
        "BatchGetItem",
        "AssumeRole",
        "UpdateItem",
    ]
    row = {key: next(iter(value.values())) for key, value in aws.rows[document["VendId"]].items()}
    assert row["Outcome"] == "Vended"
    assert row["AccessKeyId"] == document["AccessKeyId"]
    assert row["Principal"] == 'Caller::User::"111111111111/inventory-bot"'
    assert (row["Account"], row["Role"]) == ("222222222222", "automation-spoke-role")
    assert row["Reason"] == "nightly inventory"
    assert row["Policies"] == "inventory-reads-workloads"
    assert (row["Profile"], row["PackedPolicySize"]) == ("automation", "6")


def test_a_vend_that_sts_refuses_has_its_profile_in_the_ledger(invoke: Invoke, aws: FakeAws) -> None:
    """Whose policies were too large is found there: a refusal has no size."""
    aws.sts = lambda _: sts_error(400, "PackedPolicyTooLarge")
    assert invoke(event("vend"))["statusCode"] == 502
    ((_, row),) = aws.rows.items()
    assert row["Outcome"] == {"S": "SpokePolicyTooLarge"}
    assert row.get("Profile") == {"S": "automation"}
    assert "PackedPolicySize" not in row


def test_the_packed_size_is_counted_by_the_grants_profile(
    invoke: Invoke, capfd: pytest.CaptureFixture[str]
) -> None:
    """The dimension's value is the operators' word, whatever the caller sends."""
    raw = event("vend") | {"body": json.dumps({"Reason": "profile=theirs"})}
    invoke(raw)
    (line,) = [line for line in capfd.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    found = json.loads(line)
    assert found["_aws"]["CloudWatchMetrics"][1]["Dimensions"] == [["service", "profile"]]
    assert (found["profile"], found["PackedPolicySize"]) == ("automation", [6.0])
    assert "theirs" not in line


def test_a_row_names_the_tags_that_the_caller_set(invoke: Invoke, aws: FakeAws) -> None:
    """Tags that a caller may set decide what a session may do, so the ledger has them."""
    document = json.loads(STARTING_BUNDLE)
    document["Profiles"][0]["CallerTagKeys"] = ["ticket"]
    aws.bundle = bundle.encode(document | {"Version": bundle.version_of(document)})
    raw = event("vend") | {"body": json.dumps({"Tags": [{"Key": "ticket", "Value": "INC-1"}]})}
    vend_id = json.loads(invoke(raw)["body"])["VendId"]
    assert aws.rows[vend_id]["CallerTags"] == {"S": '{"ticket": "INC-1"}'}
    assert aws.assumed[0]["Tags.member.1.Value"] == "INC-1"


@pytest.mark.parametrize("size", [None, "-1", "101", "1000000000"])
def test_a_size_that_is_none_costs_no_vend(
    size: str | None,
    invoke: Invoke,
    aws: FakeAws,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Nobody is told of it: not the caller, the ledger, the record or CloudWatch."""
    aws.sts = lambda params: sts_session(params, aws.secret, aws.token, PackedPolicySize=size)
    document = json.loads(invoke(event("vend"))["body"])
    (record,) = audit_of(caplog)
    (line,) = [line for line in capfd.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert record["outcome"] == "Vended"
    assert document["PackedPolicySize"] is None
    assert "PackedPolicySize" not in aws.rows[document["VendId"]]
    assert "packed_policy_size" not in record
    assert "PackedPolicySize" not in line


def test_no_secret_reaches_the_ledger(invoke: Invoke, aws: FakeAws, canaries: Canaries) -> None:
    """A row names the access key, never the secret or the token."""
    invoke(event("vend"))
    canaries.check("the ledger", json.dumps(aws.rows))


def test_the_audit_record_says_who_what_and_why(invoke: Invoke, caplog: pytest.LogCaptureFixture) -> None:
    """One record a vend, with the caller, the target, the policies, the vend's id and the access key id."""
    document = json.loads(invoke(event("vend"))["body"])
    (record,) = audit_of(caplog)
    assert record.pop("milliseconds") > 0
    assert record == {
        "request_id": "6f1f0d60-0000-4000-8000-000000000001",
        "route": "credentials",
        "principal": 'Caller::User::"111111111111/inventory-bot"',
        "unique_id": "AIDAEXAMPLEINVENTORY1",
        "source_ip": "198.51.100.7",
        "target": "222222222222/automation-spoke-role",
        "profile": "automation",
        "duration": 900,
        "bundle_version": record["bundle_version"],
        "policies": ("inventory-reads-workloads",),
        "vend_id": document["VendId"],
        "source_identity": "user.111111111111.inventory-bot",
        "access_key_id": document["AccessKeyId"],
        "expiration": document["Expiration"],
        "packed_policy_size": 6,
        "sts_attempts": 1,
        "outcome": "Vended",
        "code": "OK",
    }


def metrics_of(capfd: pytest.CaptureFixture[str]) -> list[dict[str, float]]:
    """Read what CloudWatch would, request by request, from the embedded metric format."""
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    found = []
    for line in lines:
        directive, *_ = line["_aws"]["CloudWatchMetrics"]
        assert (directive["Namespace"], directive["Dimensions"]) == ("Hubspoke/test", [["service"]])
        assert line["service"] == "hubspoke"
        found.append({metric["Name"]: line[metric["Name"]][0] for metric in directive["Metrics"]})
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vend", {"Vended": 1, "PackedPolicySize": 6, "BundleAge": 0, "BundleAgeShare": 0}),
        ("refused-stranger", {"NotGranted": 1, "AccessDenied": 1, "BundleAge": 0, "BundleAgeShare": 0}),
        ("refused-root", {"CallerUnknown": 1, "AccessDenied": 1}),
        ("refused-query", {"QueryUnexpected": 1, "InvalidRequest": 1}),
        ("identity", {"Answered": 1}),
        ("health", {"Answered": 1}),
    ],
)
def test_a_request_is_counted_by_its_outcome_and_its_code(
    name: str, expected: dict[str, float], invoke: Invoke, capfd: pytest.CaptureFixture[str]
) -> None:
    """One count by name, one by code where refused, and the gauges of what was really looked at."""
    invoke(event(name))
    assert metrics_of(capfd) == [expected]


def test_a_bundle_that_s3_no_longer_confirms_shows_before_it_is_refused(
    function: ModuleType,
    invoke: Invoke,
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """While the last good bundle serves, its age and its share of the limit say how long it still may."""
    invoke(event("vend"))
    aws.faults["GetObject"] = dynamodb_error(500, "InternalError")
    now = Moment.now()
    later = Moment(now.monotonic + 600, now.wall + 600)
    monkeypatch.setattr(function.bundles, "_clock", lambda: later)
    assert invoke(event("vend"))["statusCode"] == 200
    invoke(event("identity"))
    _, gauges, without = metrics_of(capfd)
    assert 600 <= gauges["BundleAge"] < 700
    assert gauges["BundleAgeShare"] == pytest.approx(gauges["BundleAge"] / 9, abs=0.1)
    assert "BundleAge" not in without


def test_codes_and_outcomes_have_metrics_of_their_own() -> None:
    """No code is named like a problem or an outcome, which would count two things as one."""
    names = {problem.name for problem in Problem} | {"Vended", "Answered"}
    assert not names & {code.value for code in Code}


def test_without_a_body_the_longest_duration_is_asked_for(invoke: Invoke, aws: FakeAws) -> None:
    """A vend without a body is an hour, the most that role chaining allows."""
    invoke(event("vend-without-body"))
    assert aws.assumed[0]["DurationSeconds"] == "3600"


def test_identity_says_how_the_hub_sees_the_caller(invoke: Invoke) -> None:
    """The principal comes back as a policy names it."""
    identity = Identity.from_document(json.loads(invoke(event("identity"))["body"]))
    assert identity.principal == 'Caller::User::"111111111111/inventory-bot"'
    assert identity.source_identity == "user.111111111111.inventory-bot"


def test_identity_of_a_person_names_the_permission_set(invoke: Invoke) -> None:
    """An Identity Center session is the person, under a permission set."""
    identity = Identity.from_document(json.loads(invoke(event("identity-of-a-person"))["body"]))
    assert (identity.permission_set, identity.label) == ("Developer", "alice@example.com")


def test_roles_lists_exactly_what_may_be_taken(invoke: Invoke) -> None:
    """Discovery offers the two roles that the starting grants give the inventory service."""
    page = RolesPage.from_document(json.loads(invoke(event("roles"))["body"]))
    assert [(offer.account, offer.role) for offer in page.roles] == [
        ("222222222222", "automation-spoke-role"),
        ("333333333333", "automation-spoke-role"),
    ]
    assert page.next_token is None


def test_health_says_what_is_in_force(invoke: Invoke) -> None:
    """Version, bundle and its age."""
    document = json.loads(invoke(event("health"))["body"])
    assert document.keys() == {"Version", "BundleVersion", "BundleAgeSeconds"}


@pytest.mark.parametrize(
    "nonsense", [None, [], "event", 7, {}, {"requestContext": None}, {"requestContext": {"identity": []}}]
)
def test_an_event_that_is_none_is_nobody(nonsense: Any, invoke: Invoke, aws: FakeAws) -> None:
    """What API Gateway would never send is refused, not a crash."""
    assert invoke(nonsense)["statusCode"] == 403
    assert aws.calls == []


@pytest.mark.parametrize(
    ("part", "value", "problem"),
    [
        ("path", None, Problem.PathMalformed),
        ("path", ["/v1/roles"], Problem.PathMalformed),
        ("httpMethod", None, Problem.RouteUnknown),
        ("httpMethod", {"a": 1}, Problem.RouteUnknown),
        ("body", {"DurationSeconds": 900}, Problem.BodyMalformed),
        ("queryStringParameters", ["a"], Problem.QueryUnexpected),
    ],
)
def test_a_part_of_a_wrong_type_is_a_bad_request(
    part: str, value: Any, problem: Problem, invoke: Invoke, aws: FakeAws
) -> None:
    """Each part of the event is checked before it is used."""
    reply = invoke(event("vend") | {part: value})
    assert (reply["statusCode"], json.loads(reply["body"])["Message"]) == (400, problem.message)
    assert aws.calls == []


def test_an_encoded_character_anywhere_in_the_raw_path_is_refused(invoke: Invoke, aws: FakeAws) -> None:
    """IAM may have matched another path than the one we read, so no percent sign is taken at all."""
    raw = event("vend")
    raw["requestContext"]["path"] = "/prod/v1/accounts/222222222222/roles/automation%2Dspoke-role/credentials"
    assert invoke(raw)["statusCode"] == 400
    assert aws.calls == []


def test_a_fault_of_ours_is_recorded_and_not_shown(invoke: Invoke, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw is a 503 with a fixed text; the record has its type and line, not its text."""
    event_with_surprise = event("roles")
    event_with_surprise["multiValueQueryStringParameters"] = {"NextToken": 7}
    reply = invoke(event_with_surprise)
    assert (reply["statusCode"], json.loads(reply["body"])["Code"]) == (503, "Unavailable")
    (record,) = audit_of(caplog)
    assert record["outcome"] == "Internal"
    assert record["fault"].startswith("TypeError at handler.py:")
    assert "object" not in record["fault"]


def test_quarantine_stops_the_vend_and_is_recorded(invoke: Invoke, aws: FakeAws) -> None:
    """A quarantined caller reads what everybody reads who has no grant; the ledger knows better."""
    aws.quarantine["caller:111111111111/inventory-bot"] = {
        "Subject": {"S": "caller:111111111111/inventory-bot"}
    }
    reply = invoke(event("vend"))
    assert (reply["statusCode"], json.loads(reply["body"])["Message"]) == (403, Problem.NotGranted.message)
    assert "AssumeRole" not in aws.calls
    (row,) = aws.rows.values()
    assert row["Outcome"] == {"S": "Quarantined"}


@pytest.mark.parametrize("operation", ["UpdateItem:rates", "PutItem", "BatchGetItem", "UpdateItem"])
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ResourceNotFoundException"),
        (400, "ProvisionedThroughputExceededException"),
        (400, "AccessDeniedException"),
        (500, "InternalServerError"),
    ],
)
def test_without_the_ledger_no_credentials_leave(
    operation: str, status: int, code: str, invoke: Invoke, aws: FakeAws, canaries: Canaries
) -> None:
    """Whichever of the ledger's calls fails, the caller gets a 503 and nothing of the session."""
    aws.faults[operation] = dynamodb_error(status, code)
    reply = invoke(event("vend"))
    assert (reply["statusCode"], json.loads(reply["body"])["Code"]) == (503, "Unavailable")
    assert reply["multiValueHeaders"]["Retry-After"] == ["5"]
    canaries.check("the reply", json.dumps(reply))
    assert ("AssumeRole" in aws.calls) == (operation == "UpdateItem")
    aws.faults.clear()
    assert invoke(event("vend"))["statusCode"] == 200


def test_debug_logging_of_the_libraries_is_capped(invoke: Invoke, aws: FakeAws) -> None:
    """With the root logger at DEBUG, as the canaries have it, nothing secret is logged."""
    assert invoke(event("vend"))["statusCode"] == 200


def test_powertools_debug_mode_prints_no_event(
    aws: FakeAws,
    function: ModuleType,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The variable that makes Powertools print every event has no effect on the hub."""
    import importlib
    import sys

    monkeypatch.setenv("POWERTOOLS_DEV", "true")
    sys.modules.pop("vending.handler")
    with_debug = importlib.import_module("vending.handler")
    raw = event("vend")
    raw["headers"]["X-Amz-Security-Token"] = "the-caller's-own-token"
    with_debug.handler(raw, type("Context", (), {"aws_request_id": "r"}))
    assert "the-caller's-own-token" not in capfd.readouterr().out


def test_interleaved_callers_get_their_own(invoke: Invoke, aws: FakeAws) -> None:
    """One warm function never answers one caller with what another asked for."""
    for name, account in [("vend", "222222222222"), ("vend-with-session-policy", "333333333333")] * 3:
        document = json.loads(invoke(event(name))["body"])
        assert document["AccountId"] == account
        assert aws.assumed[-1]["RoleSessionName"] in document["AssumedRoleArn"]
    assert len(aws.assumed) == 6


def test_sample_events_hold_no_secret() -> None:
    """Examples are examples: no header of a signed request is in them."""
    for path in Path(ROOT / "events").glob("*.json"):
        assert "Authorization" not in path.read_text()


SPOKE = "/v1/accounts/222222222222/roles/automation-spoke-role"


@pytest.mark.parametrize(
    ("name", "part", "value", "problem"),
    [
        ("roles", "path", "/v1/roles/", Problem.RouteUnknown),
        ("roles", "path", "/v1/roles///", Problem.RouteUnknown),
        ("roles", "path", "//v1/roles", Problem.RouteUnknown),
        ("identity", "path", "/v1/identity\n", Problem.RouteUnknown),
        ("identity", "httpMethod", "get", Problem.RouteUnknown),
        ("identity", "httpMethod", "HEAD", Problem.RouteUnknown),
        ("vend", "path", f"{SPOKE}/credentials/", Problem.RouteUnknown),
        ("vend", "path", f"{SPOKE}/credentials\n", Problem.RouteUnknown),
        ("vend", "path", f"{SPOKE}\n/credentials", Problem.RouteUnknown),
        ("vend", "path", f"{SPOKE}/credentials".replace("2", "٢"), Problem.PathMalformed),
        ("identity", "queryStringParameters", {"x": "1"}, Problem.QueryUnexpected),
        ("health", "queryStringParameters", {"x": "1"}, Problem.QueryUnexpected),
        ("vend", "multiValueQueryStringParameters", {"x": ["1"]}, Problem.QueryUnexpected),
    ],
)
def test_what_only_resembles_a_route_is_refused(
    name: str, part: str, value: Any, problem: Problem, invoke: Invoke, aws: FakeAws
) -> None:
    """Paths, methods and queries are matched in full: what IAM saw is what we read."""
    reply = invoke(event(name) | {part: value})
    assert (reply["statusCode"], json.loads(reply["body"])["Message"]) == (400, problem.message)
    assert aws.calls == []


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt, BaseException])
def test_whatever_breaks_is_recorded_as_internal(
    error: type[BaseException],
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A panic within Cedar is no Exception; it is a 503 and one record all the same."""

    def breaks(*_: object) -> None:
        raise error("the planted text")

    monkeypatch.setattr("vending.service.decide", breaks)
    reply = invoke(event("vend"))
    assert (reply["statusCode"], json.loads(reply["body"])["Code"]) == (503, "Unavailable")
    (record,) = audit_of(caplog)
    assert (record["outcome"], record["code"]) == ("Internal", "Unavailable")
    assert "planted" not in json.dumps(record)


def test_without_a_record_there_is_no_answer(
    function: ModuleType, invoke: Invoke, canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the audit record can't be written, nothing of the vend is answered."""

    class Broken:
        def write(self, _: str) -> None:
            raise OSError("the log is gone")

        def flush(self) -> None: ...

    (stream,) = [found for found in function.logger.handlers if isinstance(found, AuditStream)]
    monkeypatch.setattr(stream, "stream", Broken())
    reply = invoke(event("vend"))
    assert reply["statusCode"] == 503
    canaries.check("the reply", json.dumps(reply))


def test_without_metrics_an_answer_still_stands(
    function: ModuleType, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Metrics that can't be emitted cost the caller nothing, and the next request isn't counted twice."""

    def breaks() -> None:
        raise OSError("the log is gone")

    with monkeypatch.context() as broken:
        broken.setattr(function.metrics, "serialize_metric_set", breaks)
        assert invoke(event("vend"))["statusCode"] == 200
    invoke(event("vend"))
    (line,) = [line for line in capfd.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert json.loads(line)["Vended"] == [1.0]


def test_a_refused_caller_is_found_by_the_gateways_request_id(
    invoke: Invoke, caplog: pytest.LogCaptureFixture
) -> None:
    """The record of nobody has the id that API Gateway's own log has."""
    reply = invoke(event("refused-root"))
    (record,) = audit_of(caplog)
    expected = event("refused-root")["requestContext"]["requestId"]
    assert record["request_id"] == json.loads(reply["body"])["RequestId"] == expected
    assert record["source_ip"] == "198.51.100.7"


def test_a_context_of_another_kind_is_answered(function: ModuleType) -> None:
    """Whatever invokes the function gets an answer, and leaves a record."""
    assert function.handler(event("identity"), None)["statusCode"] == 200


@pytest.mark.parametrize("limit", ["time", "tags"])
def test_a_page_that_takes_long_or_grows_large_ends_and_the_next_goes_on(
    limit: str, function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short a page must be, all pages together have every role."""
    hurried = dataclasses.replace(function.hub, page_time=0.0 if limit == "time" else 60.0)
    if limit == "tags":
        monkeypatch.setattr("vending.service.PAGE_TAGS", 1)
    caller = identify(event("roles"))
    found: list[str] = []
    token, pages = None, 0
    while token is not None or pages == 0:
        page = hurried.roles(caller, token, Audit(request_id="r"))
        found += [f"{offer.account}/{offer.role}" for offer in page.roles]
        token, pages = page.next_token, pages + 1
    assert found == ["222222222222/automation-spoke-role", "333333333333/automation-spoke-role"]
    assert pages == (4 if limit == "time" else 3)
