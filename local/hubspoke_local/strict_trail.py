"""A trail: every call of STS that is somebody's goes into CloudTrail's files.

Installed by ``hubspoke_local.strict``, last of all, so that what it sees is the final answer. What the
records hold is in ``trail``. The emulator's own CloudTrail keeps no record that could be read by account.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from hubspoke_local import trail
from hubspoke_local.mending import StrictnessError, module, replace
from hubspoke_local.strict_keys import STS_VERSION
from hubspoke_local.trail import Call, Caller

TRAIL_VARIABLE: Final = "HUBSPOKE_LOCAL_TRAIL"
"""Names the folder that stands for the trail's bucket."""

EVENTS: Final = ("AssumeRole", "GetCallerIdentity")
_NOBODYS: Final = (
    b"<Code>ExpiredToken</Code>",
    b"<Code>IncompleteSignature</Code>",
    b"<Code>InvalidClientTokenId</Code>",
    b"<Code>MissingAuthenticationToken</Code>",
    b"<Code>RequestExpired</Code>",
    b"<Code>SignatureDoesNotMatch</Code>",
)
"""CloudTrail logs authenticated requests; whoever met one of these was not."""


def install() -> None:
    """Put the trail in place."""
    named = os.environ.get(TRAIL_VARIABLE)
    if not named:
        raise StrictnessError(f"{TRAIL_VARIABLE} is not set")
    folder = Path(named)

    def make(dispatch: Any) -> Any:
        async def recording(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request: str
        ) -> Any:
            sent = _sent(body or b"", query)
            if sent.get("Version") != STS_VERSION or sent.get("Action") not in EVENTS:
                return await dispatch(method, path, headers, body, query, request)
            at, caller = datetime.now(UTC), _caller(headers, query)
            status, answered, reply = await dispatch(method, path, headers, body, query, request)
            if caller is not None and not any(code in reply for code in _NOBODYS):
                agent = headers.get("user-agent", "")
                call = Call(sent["Action"], sent, at, agent, status, reply.decode("utf-8", "replace"))
                for record in trail.records(call, caller):
                    trail.deliver(record, folder)
            return status, answered, reply

        return recording

    replace(module("ministack.app"), "_dispatch_service_request", make)


def _sent(body: bytes, query: dict[str, Any]) -> dict[str, str]:
    both = query | parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: str(values[0] if isinstance(values, list) else values) for name, values in both.items()}


def _caller(headers: dict[str, str], query: dict[str, Any]) -> Caller | None:
    evaluator, sts = module("ministack.core.iam_evaluator"), module("ministack.services.sts")
    key = module("ministack.core.router").extract_access_key_id(headers, query)
    found = evaluator.resolve_credential(key, sts.get_account_id()) if key else None
    if not isinstance(found, evaluator.ResolvedCredential):
        return None
    session = sts._sessions.get(key)
    if session is None or ":assumed-role/" not in found.principal_arn:
        return Caller(found.account_id, found.principal_arn, found.principal_id, key)
    name, label = found.principal_arn.split("/")[1:]
    role = module("ministack.services.iam")._roles.get_scoped(found.account_id, None, name)
    if role is None:
        return Caller(found.account_id, found.principal_arn, found.principal_id, key)
    return Caller(
        found.account_id,
        found.principal_arn,
        # A function's session has the role's name there, for the role's id.
        f"{role['RoleId']}:{label}",
        key,
        role_arn=role["Arn"],
        source_identity=session.get("SourceIdentity"),
        issued_at=session.get("IssuedAt"),
    )
