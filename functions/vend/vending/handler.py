"""The Lambda handler: wiring of API Gateway, the clients and the audit record to ``service``.

Clients are made at init and shared by all requests of the execution environment; credentials never
are: nothing that was vended outlives its request.
"""

import json
import logging
import os
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from botocore.config import Config

from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import Target, account_id, role_name
from hubspoke_contract.reply import error_document
from hubspoke_contract.request import decode_vend_request
from hubspoke_contract.vends_query import decode_vends_query
from hubspoke_grants.caller import Caller
from vending.audit import Audit, AuditStream
from vending.bundles import Bundles, Place
from vending.deadline import Deadlines
from vending.identity import identify
from vending.ledger import Ledger
from vending.rates import Rates
from vending.service import Hub
from vending.settings import Settings

settings: Final = Settings.read(os.environ)
_ROUTES: Final = re.compile(
    r"POST /v1/accounts/[^/\n]+/roles/[^/\n]+/credentials|GET /v1/(?:roles|vends|identity|health)"
)
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SOURCE_IP: Final = re.compile(r"[0-9A-Fa-f.:]{2,45}|test-invoke-source-ip")

logger: Final = Logger(
    service="hubspoke",
    level="INFO",
    log_uncaught_exceptions=False,
    logger_handler=AuditStream(sys.stdout),
    use_rfc3339=True,
    utc=True,
)
metrics: Final = Metrics(namespace=settings.metrics_namespace, service="hubspoke")
# It logs every refusal as an error, with a traceback and the exception's text.
logging.getLogger("aws_lambda_powertools").setLevel(logging.CRITICAL)
# Said outright, so that no variable of the environment can switch on its printing of whole events.
app: Final = APIGatewayRestResolver(debug=False)

# Two tries of three seconds; vending.deadline bounds what that adds up to.
_QUICK: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}
)
# STS is tried again by vending.sts, which knows the deadline, and by nobody else.
_ONCE: Final = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})

_session: Final = boto3.Session(region_name=settings.region)
bundles: Final = Bundles(
    _session.client("s3", config=_QUICK),
    Place(settings.bundle_bucket, settings.bundle_key, settings.bundle_owner),
    settings.bundle_max_age,
)
_dynamodb: Final = _session.client("dynamodb", config=_QUICK)
hub: Final = Hub(
    bundles=bundles,
    rates=Rates(_dynamodb, settings.rates_table),
    ledger=Ledger(_dynamodb, settings.ledger_table, settings.quarantine_table),
    sts=_session.client("sts", config=_ONCE),
)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway and write its audit record, whatever happens."""
    audit = Audit(request_id=str(getattr(context, "aws_request_id", "unknown")))
    try:
        reply = _reply(event, context, audit)
    except Refused as refused:
        reply = _refusal(refused.problem, audit, refused.retry_after)
    except BaseException as error:  # noqa: BLE001 - the outer edge; a panic within Cedar is no Exception
        audit.fault = _where(error)
        reply = _refusal(Problem.Internal, audit)
    try:
        audit.write(logger)
    except BaseException:  # noqa: BLE001 - no record, no answer
        reply = _refusal(Problem.Internal, audit)
    # Only a vend that got its bundle says how old it was: a request that needs none doesn't look at S3, so
    # after a quiet hour it would report an hour, and nothing would be wrong.
    audit.count(metrics, bundles.age if audit.bundle_version else None, settings.bundle_max_age)
    return reply


def _reply(event: Any, context: Any, audit: Audit) -> dict[str, Any]:
    _note_origin(event, audit)
    caller = identify(event)
    audit.caller(caller)
    _check_shape(event)
    app.append_context(caller=caller, audit=audit)  # type: ignore[no-untyped-call]
    reply = app.resolve(event, context)
    audit.problem = None
    return reply


@app.post("/v1/accounts/<account>/roles/<role>/credentials")
def vend(account: str, role: str) -> Response[str]:
    """Vend credentials of a role."""
    caller, audit = _asking()
    audit.route = "credentials"
    asked = _target(account, role)
    audit.target = str(asked)
    request = decode_vend_request(app.current_event.body)
    audit.duration, audit.session_policy = request.duration, request.session_policy
    return _answer(hub.vend(caller, asked, request, audit).to_document())


@app.get("/v1/roles")
def roles() -> Response[str]:
    """List the roles on offer."""
    caller, audit = _asking()
    audit.route = "roles"
    return _answer(hub.roles(caller, _next_token(), audit).to_document())


@app.get("/v1/vends")
def vends() -> Response[str]:
    """List rows of the ledger."""
    caller, audit = _asking()
    audit.route = "vends"
    asked = decode_vends_query(_query(Problem.QueryInvalid), datetime.now(UTC))
    return _answer(hub.vends(caller, asked, audit).to_document())


@app.get("/v1/identity")
def identity() -> Response[str]:
    """Say how the hub sees the caller."""
    caller, audit = _asking()
    audit.route = "identity"
    return _answer(hub.identity(caller).to_document())


@app.get("/v1/health")
def health() -> Response[str]:
    """Say what is in force."""
    _, audit = _asking()
    audit.route = "health"
    bundle = bundles.current(Deadlines.of(audit.began).grants)
    return _answer(
        {"Version": settings.version, "BundleVersion": bundle.version, "BundleAgeSeconds": bundles.age}
    )


@app.not_found
def unknown_route(_error: Exception) -> NoReturn:
    """Refuse every other path and method."""
    raise Refused(Problem.RouteUnknown)


def _asking() -> tuple[Caller, Audit]:
    return app.context["caller"], app.context["audit"]


def _note_origin(unverified_event: Any, audit: Audit) -> None:
    """Note what ties the record to API Gateway's own log, also where the caller is nobody."""
    context = unverified_event.get("requestContext") if isinstance(unverified_event, dict) else None
    if not isinstance(context, dict):
        return
    identity = context.get("identity")
    source_ip = identity.get("sourceIp") if isinstance(identity, dict) else None
    if isinstance(context.get("requestId"), str) and _REQUEST_ID.fullmatch(context["requestId"]):
        audit.request_id = context["requestId"]
    if isinstance(source_ip, str) and _SOURCE_IP.fullmatch(source_ip):
        audit.source_ip = source_ip


def _check_shape(event: dict[str, Any]) -> None:
    """Refuse an event whose parts aren't of the types API Gateway sends, or whose path is none of ours.

    Powertools' resolver takes trailing slashes and any case of a method; IAM may have matched less.
    """
    path, body = event.get("path"), event.get("body")
    # An encoded character could read as one path to IAM and as another to us.
    if not isinstance(path, str) or "%" in path or "%" in str(event["requestContext"].get("path", "")):
        raise Refused(Problem.PathMalformed)
    if not _ROUTES.fullmatch(f"{event.get('httpMethod')} {path}"):
        raise Refused(Problem.RouteUnknown)
    if not (body is None or isinstance(body, str)) or event.get("isBase64Encoded"):
        raise Refused(Problem.BodyMalformed)
    for name in ("queryStringParameters", "multiValueQueryStringParameters"):
        query = event.get(name) or {}
        if not isinstance(query, dict) or (query and path not in ("/v1/roles", "/v1/vends")):
            raise Refused(Problem.QueryUnexpected)


def _target(unverified_account: str, unverified_role: str) -> Target:
    account, role = account_id(unverified_account), role_name(unverified_role)
    if account is None or role is None:
        raise Refused(Problem.PathMalformed)
    return Target(account, role)


def _next_token() -> str | None:
    query = _query(Problem.NextTokenInvalid)
    if not query.keys() <= {"NextToken"}:
        raise Refused(Problem.NextTokenInvalid)
    return query.get("NextToken")


def _query(otherwise: Problem) -> dict[str, str]:
    """Return the query, in which no key stands twice."""
    every = app.current_event.get("multiValueQueryStringParameters") or {}
    if any(len(values) > 1 for values in every.values()):
        raise Refused(otherwise)
    return app.current_event.query_string_parameters


def _answer(document: dict[str, object]) -> Response[str]:
    return Response(
        status_code=200,
        content_type="application/json",
        body=json.dumps(document),
        headers={"Cache-Control": "no-store"},
    )


def _refusal(problem: Problem, audit: Audit, retry_after: int | None = None) -> dict[str, Any]:
    audit.problem = problem
    retry_after = retry_after or problem.retry_after
    headers = {"Content-Type": ["application/json"], "Cache-Control": ["no-store"]}
    if retry_after is not None:
        headers["Retry-After"] = [str(retry_after)]
    return {
        "statusCode": problem.status,
        "multiValueHeaders": headers,
        "body": json.dumps(error_document(problem, audit.request_id)),
        "isBase64Encoded": False,
    }


def _where(error: BaseException) -> str:
    """Name a fault's type and line. Its text could quote what it choked on."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
