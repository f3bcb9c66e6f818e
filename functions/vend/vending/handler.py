"""The Lambda handler: wiring of API Gateway, the clients and the audit record to ``service``.

Clients are made at init and shared by all requests of the execution environment; credentials never
are: nothing that was vended outlives its request.
"""

import json
import os
import traceback
from pathlib import Path
from typing import Any, Final, NoReturn

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from botocore.config import Config

from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import Target, account_id, role_name
from hubspoke_contract.wire import decode_vend_request, error_document
from hubspoke_grants.caller import Caller
from vending.audit import Audit
from vending.bundles import Bundles
from vending.identity import identify
from vending.ledger import Ledger
from vending.service import Hub
from vending.settings import Settings

settings: Final = Settings.read(os.environ)
logger: Final = Logger(
    service="hubspoke", level="INFO", log_uncaught_exceptions=False, use_rfc3339=True, utc=True
)
metrics: Final = Metrics(namespace="Hubspoke", service="hubspoke")
# Said outright, so that no variable of the environment can switch on its printing of whole events.
app: Final = APIGatewayRestResolver(debug=False)

# Two tries of three seconds at most: bundle, intent, quarantine and outcome together stay under 24.
_QUICK: Final = Config(
    connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}
)
# STS is tried again by vending.sts, which knows the deadline, and by nobody else.
_ONCE: Final = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})

_session: Final = boto3.Session(region_name=settings.region)
bundles: Final = Bundles(
    _session.client("s3", config=_QUICK), settings.bundle_bucket, settings.bundle_key, settings.bundle_max_age
)
hub: Final = Hub(
    bundles=bundles,
    ledger=Ledger(
        _session.client("dynamodb", config=_QUICK), settings.ledger_table, settings.quarantine_table
    ),
    sts=_session.client("sts", config=_ONCE),
)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway and write its audit record, whatever happens."""
    audit = Audit(request_id=context.aws_request_id)
    try:
        caller = identify(event)
        audit.caller(caller)
        _check_shape(event, audit)
        app.append_context(caller=caller, audit=audit)  # type: ignore[no-untyped-call]
        return app.resolve(event, context)
    except Refused as refused:
        return _refusal(refused.problem, audit)
    except Exception as error:  # noqa: BLE001 - the outer edge: a fault is recorded and answered, not shown
        audit.fault = _where(error)
        return _refusal(Problem.Internal, audit)
    finally:
        audit.write(logger, metrics)


@app.post("/v1/accounts/<account>/roles/<role>/credentials")
def vend(account: str, role: str) -> Response[str]:
    """Vend credentials of a role."""
    caller, audit = _asking()
    audit.route = "credentials"
    asked = _target(account, role)
    audit.target = str(asked)
    if app.current_event.query_string_parameters:
        raise Refused(Problem.QueryUnexpected)
    request = decode_vend_request(app.current_event.body)
    audit.duration, audit.session_policy = request.duration, request.session_policy
    return _answer(hub.vend(caller, asked, request, audit).to_document())


@app.get("/v1/roles")
def roles() -> Response[str]:
    """List the roles on offer."""
    caller, audit = _asking()
    audit.route = "roles"
    return _answer(hub.roles(caller, _next_token()).to_document())


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
    bundle = bundles.current()
    return _answer(
        {"Version": settings.version, "BundleVersion": bundle.version, "BundleAgeSeconds": bundles.age}
    )


@app.not_found
def unknown_route(_error: Exception) -> NoReturn:
    """Refuse every other path and method."""
    raise Refused(Problem.RouteUnknown)


def _asking() -> tuple[Caller, Audit]:
    return app.context["caller"], app.context["audit"]


def _check_shape(event: dict[str, Any], audit: Audit) -> None:
    """Refuse an event whose parts aren't of the types API Gateway sends."""
    context, path, body = event["requestContext"], event.get("path"), event.get("body")
    if isinstance(context.get("requestId"), str):
        audit.request_id = context["requestId"]
    if isinstance(context["identity"].get("sourceIp"), str):
        audit.source_ip = context["identity"]["sourceIp"]
    # An encoded character could read as one path to IAM and as another to us.
    if not isinstance(path, str) or "%" in path or "%" in str(context.get("path", "")):
        raise Refused(Problem.PathMalformed)
    if not isinstance(event.get("httpMethod"), str):
        raise Refused(Problem.RouteUnknown)
    if not (body is None or isinstance(body, str)) or event.get("isBase64Encoded"):
        raise Refused(Problem.BodyMalformed)
    if not isinstance(event.get("queryStringParameters") or {}, dict):
        raise Refused(Problem.QueryUnexpected)


def _target(unverified_account: str, unverified_role: str) -> Target:
    account, role = account_id(unverified_account), role_name(unverified_role)
    if account is None or role is None:
        raise Refused(Problem.PathMalformed)
    return Target(account, role)


def _next_token() -> str | None:
    query = app.current_event.query_string_parameters
    every = app.current_event.get("multiValueQueryStringParameters") or {}
    if not query.keys() <= {"NextToken"} or any(len(values) > 1 for values in every.values()):
        raise Refused(Problem.NextTokenInvalid)
    return query.get("NextToken")


def _answer(document: dict[str, object]) -> Response[str]:
    return Response(
        status_code=200,
        content_type="application/json",
        body=json.dumps(document),
        headers={"Cache-Control": "no-store"},
    )


def _refusal(problem: Problem, audit: Audit) -> dict[str, Any]:
    audit.problem = problem
    headers = {"Content-Type": ["application/json"], "Cache-Control": ["no-store"]}
    if problem.retry_after is not None:
        headers["Retry-After"] = [str(problem.retry_after)]
    return {
        "statusCode": problem.status,
        "multiValueHeaders": headers,
        "body": json.dumps(error_document(problem, audit.request_id)),
        "isBase64Encoded": False,
    }


def _where(error: Exception) -> str:
    """Name a fault's type and line. Its text could quote what it choked on."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
