"""Whose signature counts: nobody's but a key's own, for the service and the Region it was made for.

Installed by ``hubspoke_local.strict``. The emulator takes a key of twelve digits, ``test`` and no key at
all for an account's root, unchecked, and a signature made for any service in any Region. Here a
twelve-digit key is root only under the bootstrap secret of this one run, and never to STS or an API.
"""

import dataclasses
import re
from typing import Any, Final
from urllib.parse import parse_qs

from hubspoke_contract.secret import Secret
from hubspoke_local.accounts import REGION
from hubspoke_local.mending import module, replace

STS_VERSION: Final = "2011-06-15"
"""Every request of STS's query protocol says it, and no other service's does."""

_HEALTH: Final = "/_ministack/health"
_OWN_PATHS: Final = ("/_ministack/", "/_localstack/")
_SCOPES: Final = {"dynamodb": "dynamodb", "iam": "iam", "s3": "s3", "sts": "sts"}
_NO_SUCH_KEY: Final = (
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
)


def install(bootstrap: Secret) -> None:
    """Put the mends of keys and signatures in place; first of all, since others import what they replace."""
    _check_root_keys(bootstrap)
    _refuse_root_where_callers_call()
    _refuse_another_scope()
    _refuse_another_scope_of_sts()
    _close_the_emulators_own_paths()


def _check_root_keys(bootstrap: Secret) -> None:
    """Verify a twelve-digit key's signature as any other's, by the bootstrap secret; know no other root."""
    evaluator = module("ministack.core.iam_evaluator")
    unchecked = evaluator._SESSION_TOKEN_NOT_CHECKED

    def make(resolve: Any) -> Any:
        def resolving(key: str, account: str | None = None, session_token: Any = unchecked) -> Any:
            found = resolve(key, account, session_token)
            if getattr(found, "principal_type", None) != "Root":
                return found
            # With a token the signature is verified next; without, it must have been before.
            proven = session_token is not unchecked or evaluator._verified_key.get() == key
            if not proven or not re.fullmatch("[0-9]{12}", key):
                return evaluator.CredentialResolutionError(*_NO_SUCH_KEY)
            return dataclasses.replace(found, secret_access_key=bootstrap.reveal())

        return resolving

    replace(evaluator, "resolve_credential", make)
    replace(evaluator, "_is_root_key", lambda _: lambda _key: False)


def _refuse_root_where_callers_call() -> None:
    """Know no root at STS and at the hub's API, whatever it is signed with."""
    evaluator = module("ministack.core.iam_evaluator")

    def make(enforce: Any) -> Any:
        def enforcing(key: str, action: str, service: str, *rest: Any, **named: Any) -> Any:
            calls = service == "sts" or action.startswith("execute-api:")
            if calls and key and evaluator.is_root_access_key(key):
                return evaluator.AuthError(*_NO_SUCH_KEY)
            return enforce(key, action, service, *rest, **named)

        return enforcing

    replace(evaluator, "enforce", make)


def misscoped(service: str, region: str | None, expected: str, expected_region: str | None) -> str | None:
    """Return what AWS says of a signature made for another service or Region; ``None`` of the right one."""
    said = []
    if expected_region is not None and region != expected_region:
        said.append(f"Credential should be scoped to a valid region, not '{region}'. ")
    if service != expected:
        said.append(f"Credential should be scoped to correct service: '{expected}'. ")
    return "".join(said) or None


def _scope() -> tuple[str, str] | None:
    """Return service and Region that the request was signed for, while that is still to be checked."""
    evaluator, sigv4 = module("ministack.core.iam_evaluator"), module("ministack.core.sigv4")
    request = evaluator._signed_request.get()
    if request is None or request.unverifiable or request.sigv2:
        return None
    parse = sigv4.parse_query_signature if request.presigned else sigv4.parse_header_signature
    signature = parse(request.query_params if request.presigned else request.headers)
    return None if isinstance(signature, tuple) else (signature.service, signature.region)


def _refuse_another_scope() -> None:
    """Refuse a signature made for another service, and at an API also for another Region."""
    evaluator = module("ministack.core.iam_evaluator")

    def make(enforce: Any) -> Any:
        def enforcing(
            key: str, action: str, service: str, region: str, resource_arn: str = "*", **named: Any
        ) -> Any:
            api = action.startswith("execute-api:")
            expected = "execute-api" if api else _SCOPES.get(service)
            scope = _scope() if expected else None
            if expected and scope:
                its_region = resource_arn.split(":")[3] if api and resource_arn != "*" else None
                if wrong := misscoped(*scope, expected, its_region):
                    return evaluator.AuthError("SignatureDoesNotMatch", wrong)
            return enforce(key, action, service, region, resource_arn=resource_arn, **named)

        return enforcing

    replace(evaluator, "enforce", make)


def _refuse_another_scope_of_sts() -> None:
    """Refuse a call of STS that is signed for something else: the emulator goes by the signature alone.

    What listens here stands for STS's endpoint in the hub's Region, which takes no other Region's.
    """
    evaluator = module("ministack.core.iam_evaluator")

    def make(dispatch: Any) -> Any:
        async def dispatching(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request: str
        ) -> Any:
            sent = {**query, **parse_qs((body or b"").decode("utf-8", "replace"))}
            scope = _scope() if sent.get("Version") == [STS_VERSION] else None
            wrong = misscoped(*scope, "sts", REGION) if scope else None
            if wrong is None:
                return await dispatch(method, path, headers, body, query, request)
            evaluator._signed_request.set(None)
            return module("ministack.services.sts")._error(403, "SignatureDoesNotMatch", wrong, ns="sts")

        return dispatching

    replace(module("ministack.app"), "_dispatch_service_request", make)


def _close_the_emulators_own_paths() -> None:
    """Answer nothing under the emulator's own paths but its health: they reset and configure it, unsigned."""

    def make(handle: Any) -> Any:
        async def handling(method: str, path: str, *rest: Any) -> Any:
            if path.startswith(_OWN_PATHS) and path != _HEALTH:
                return 403, {"Content-Type": "application/json"}, b'{"message": "Forbidden"}'
            return await handle(method, path, *rest)

        return handling

    replace(module("ministack.app"), "_handle_pre_body_request", make)
