"""AssumeRole as STS does it: source identity, tags, limits and grammar, on both sides.

Installed by ``hubspoke_local.strict``; the rules themselves are in ``assume_role``.
"""

import dataclasses
import re
from contextvars import ContextVar
from typing import Any

from hubspoke_local import assume_role
from hubspoke_local.assume_role import Asked
from hubspoke_local.mending import module, replace

_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
"""The AssumeRole request that the current task serves, if it is one."""

_session: ContextVar[dict[str, Any] | None] = ContextVar("session", default=None)
"""The session that signed it, if temporary credentials did."""


def install() -> None:
    """Put the mends of STS in place."""
    _read_assume_role()
    _honour_source_identity_in_identity_policies()
    _honour_source_identity_in_trust_policies()
    _describe_principals_as_aws_does()
    _refuse_what_sts_refuses()
    _name_a_functions_role_by_its_id()


def _read_assume_role() -> None:
    """Note each AssumeRole's parameters, and who signed it, before anything is decided about it."""

    def make(dispatch: Any) -> Any:
        async def noting(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request: str
        ) -> Any:
            asked = assume_role.read(body or b"", query)
            _asked.set(asked)
            if asked is not None:
                key = module("ministack.core.router").extract_access_key_id(headers, query)
                _session.set(module("ministack.services.sts")._sessions.get(key))
            return await dispatch(method, path, headers, body, query, request)

        return noting

    replace(module("ministack.app"), "_dispatch_service_request", make)


def _source_identity() -> str | None:
    asked = _asked.get()
    requested = asked.source_identity if asked else None
    return requested or assume_role.inherited_source_identity(_session.get())


def _request_keys(asked: Asked) -> dict[str, Any]:
    """Return the condition keys of an AssumeRole request which the emulator leaves out."""
    return {
        "sts:sourceidentity": _source_identity(),
        "sts:externalid": asked.external_id,
        "sts:rolesessionname": asked.session_name,
    }


def _also_needed(asked: Asked) -> list[str]:
    """List the actions that an AssumeRole needs besides ``sts:AssumeRole`` itself."""
    return [
        *(["sts:SetSourceIdentity"] if _source_identity() else []),
        *(["sts:TagSession"] if asked.tags else []),
    ]


def _honour_source_identity_in_identity_policies() -> None:
    """Decide on the caller's side as AWS does.

    AWS: the caller's policies see ``sts:SourceIdentity``, and must allow ``sts:SetSourceIdentity`` when
    one is set and ``sts:TagSession`` when tags are. The emulator: knows no source identity, and asks
    only the trust policy about tags.
    """

    def make(enforce: Any) -> Any:
        def enforcing(key: str, action: str, service: str, *rest: Any, **named: Any) -> Any:
            asked = _asked.get()
            if action != "sts:AssumeRole" or asked is None:
                return enforce(key, action, service, *rest, **named)
            named["service_context"] = {**(named.get("service_context") or {}), **_request_keys(asked)}
            for needed in ("sts:AssumeRole", *_also_needed(asked)):
                if denied := enforce(key, needed, service, *rest, **named):
                    return denied
            return None

        return enforcing

    replace(module("ministack.core.iam_evaluator"), "enforce", make)


def _honour_source_identity_in_trust_policies() -> None:
    """Decide on the role's side as AWS does: the same keys, and the same two actions."""

    def make(evaluate: Any) -> Any:
        def evaluating(document: Any, caller: str, context: Any = None) -> bool:
            asked = _asked.get()
            if context is None or asked is None or context.action != "sts:AssumeRole":
                return bool(evaluate(document, caller, context))
            keys = {**context.service_context, **_request_keys(asked)}
            return all(
                evaluate(document, caller, dataclasses.replace(context, action=needed, service_context=keys))
                for needed in ("sts:AssumeRole", *_also_needed(asked))
            )

        return evaluating

    replace(module("ministack.core.iam_evaluator"), "evaluate_trust_policy", make)


def _describe_principals_as_aws_does() -> None:
    """Give policies ``aws:SourceIdentity``, and a session's role as ``aws:PrincipalArn``, not the session."""
    evaluator, sts = module("ministack.core.iam_evaluator"), module("ministack.services.sts")

    def with_source_identity(principal_keys: Any) -> Any:
        def describing(credential: Any) -> dict[str, Any]:
            keys: dict[str, Any] = principal_keys(credential)
            session = sts._sessions.get(credential.access_key_id)
            if identity := assume_role.inherited_source_identity(session):
                keys["aws:sourceidentity"] = identity
            return keys

        return describing

    def with_role_arn(resolve: Any) -> Any:
        def resolving(key: str, context: Any) -> Any:
            session = re.fullmatch(r".*:([0-9]{12}):assumed-role/([^/]+)/.*", context.principal_arn)
            if key.lower() != "aws:principalarn" or session is None:
                return resolve(key, context)
            role = module("ministack.services.iam")._roles.get_scoped(session[1], None, session[2])
            return role["Arn"] if role else context.principal_arn

        return resolving

    replace(evaluator, "_principal_keys", with_source_identity)
    replace(sts, "_principal_keys", with_source_identity)
    replace(evaluator, "_resolve_condition_key", with_role_arn)


def _refuse_what_sts_refuses() -> None:
    """Hold AssumeRole to AWS's grammar and limits, and carry the source identity into session and reply."""
    sts, iam = module("ministack.services.sts"), module("ministack.services.iam")

    def make(handle: Any) -> Any:
        async def handling(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
            if "amz-json" in headers.get("content-type", ""):
                # The emulator would read it; the checks here would not, and STS has no such protocol.
                return sts._error(400, "InvalidAction", "STS speaks the query protocol", ns="sts")
            asked = _asked.get()
            if asked is None:
                return await handle(method, path, headers, body, query)
            parts = asked.role_arn.split(":")
            name = parts[-1].rsplit("/", 1)[-1]
            role = iam._roles.get_scoped(parts[4], None, name) if len(parts) == 6 else None
            refusal = assume_role.malformed(asked) or assume_role.beyond_role(asked, role, _session.get())
            if refusal:
                return sts._error(refusal.status, refusal.code, refusal.message, ns="sts")
            return _with_source_identity(await handle(method, path, headers, body, query), sts._sessions)

        return handling

    replace(sts, "handle_request", make)


def _name_a_functions_role_by_its_id() -> None:
    """Give the session under which a function runs the user id that AWS does: the role's unique id first.

    The emulator puts the role's name there, and what identifies callers by AWS's ids knows no function.
    """
    iam = module("ministack.services.iam")

    def make(register: Any) -> Any:
        def registering(key: str, session: dict[str, Any]) -> None:
            arn = re.fullmatch(r".*:([0-9]{12}):assumed-role/([^/]+)/(.+)", session.get("Arn", ""))
            if arn and session.get("UserId") == f"{arn[2]}:{arn[3]}":
                role = iam._roles.get_scoped(arn[1], None, arn[2])
                session["UserId"] = f"{role['RoleId']}:{arn[3]}" if role else session["UserId"]
            register(key, session)

        return registering

    replace(module("ministack.services.sts"), "register_session", make)


def _with_source_identity(reply: Any, sessions: dict[str, dict[str, Any]]) -> Any:
    status, headers, body = reply
    identity = _source_identity()
    issued = re.search(rb"<AccessKeyId>([A-Z0-9]+)</AccessKeyId>", body)
    if status != 200 or identity is None or issued is None:
        return reply
    sessions[issued[1].decode()]["SourceIdentity"] = identity
    end = b"</AssumeRoleResult>"
    return status, headers, body.replace(end, f"<SourceIdentity>{identity}</SourceIdentity>".encode() + end)
