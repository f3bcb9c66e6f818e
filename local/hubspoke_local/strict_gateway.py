"""API Gateway as it is on AWS: callers of other accounts, and the function's say in who invokes it.

Installed by ``hubspoke_local.strict``. The emulator looks an API up in the caller's account; on AWS
an API is where it is, the caller's own policies and the API's resource policy both decide across
accounts, and the event names the caller's account. It also hands a function's exception to the caller.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from hubspoke_local import invoke_permission
from hubspoke_local.mending import module, replace


def install() -> None:
    """Put the mends of API Gateway in place."""
    _keep_the_resource_policy()
    _find_an_api_wherever_it_is()
    _authorize_against_the_owners_arn()
    _name_the_callers_own_account()
    _ask_for_the_invoke_permission()
    _say_nothing_of_a_functions_failure()
    _refuse_in_the_gateways_own_words()


@contextmanager
def _in_account_of(selector: str) -> Iterator[None]:
    """Let the emulator look things up in an account, for a while: by its id, or by an access key of it."""
    responses = module("ministack.core.responses")
    token = responses._request_account_id.set(responses.get_account_id())
    try:
        responses.set_request_account_id(module("ministack.app")._request_account_scope(selector))
        yield
    finally:
        responses._request_account_id.reset(token)


def _owner(api: str) -> tuple[str, str] | None:
    """Return the account and Region of an API, whoever asks."""
    for (account, region, name), _ in module("ministack.services.apigateway_v1")._rest_apis.all_items():
        if name == api:
            return account, region
    return None


def _keep_the_resource_policy() -> None:
    """Take an API's resource policy out of its OpenAPI body, where SAM puts it; the emulator drops it."""

    def make(take: Any) -> Any:
        def taking(body: dict[str, Any], base: dict[str, Any] | None = None) -> Any:
            policy = body.get("x-amazon-apigateway-policy")
            return take(body, {**(base or {}), **({"policy": policy} if policy else {})})

        return taking

    replace(module("ministack.services.apigateway_v1"), "_import_rest_api", make)


def _find_an_api_wherever_it_is() -> None:
    """Resolve an API's stages and methods in the account that owns it, not in the caller's."""

    def as_owner(look_up: Any) -> Any:
        def looking_up(api: str, *rest: Any, **named: Any) -> Any:
            owner = _owner(api)
            if owner is None:
                return look_up(api, *rest, **named)
            with _in_account_of(owner[0]):
                return look_up(api, *rest, **named)

        return looking_up

    app, gateway = module("ministack.app"), module("ministack.services.apigateway_v1")
    replace(gateway, "find_api_scope", lambda find: lambda api: _owner(api) or find(api))
    replace(gateway, "authentication_error_response", as_owner)
    replace(app, "_execute_api_authorization_type", as_owner)
    replace(app, "_resolve_stage_and_path", as_owner)


def _authorize_against_the_owners_arn() -> None:
    """Write the ARN that policies match with the owner's account and Region."""

    def make(write: Any) -> Any:
        def writing(region: str, account: str, api: str, *rest: Any) -> Any:
            owner = _owner(api)
            return write(*(reversed(owner) if owner else (region, account)), api, *rest)

        return writing

    replace(module("ministack.core.arn"), "execute_api_arn", make)


def _name_the_callers_own_account() -> None:
    """Give the event the identity as it is in the caller's account, whose key it is."""
    router = module("ministack.core.router")

    def make(identify: Any) -> Any:
        def identifying(headers: Any, query: Any) -> Any:
            key = router.extract_access_key_id(headers, query)
            if not key:
                return identify(headers, query)
            with _in_account_of(key):
                return identify(headers, query)

        return identifying

    replace(module("ministack.services.apigateway_v1"), "_iam_caller_identity", make)


def _ask_for_the_invoke_permission() -> None:
    """Invoke a function for API Gateway only where the function's own policy lets it, as AWS does."""
    gateway, functions = module("ministack.services.apigateway_v1"), module("ministack.services.lambda_svc")

    def make(invoke: Any) -> Any:
        async def asking(
            integration: Any,
            api: str,
            stage: str,
            settings: Any,
            resource: Any,
            path: str,
            method: str,
            *rest: Any,
            **named: Any,
        ) -> Any:
            account, region = named["owner_account_id"], named["owner_region"]
            reference = gateway._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
            with _in_account_of(account):
                function, _, _ = functions._get_base_func_record_for_ref(reference)
            source = f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}{path}"
            # An alias has a policy of its own; the emulator keeps them all in one, by their Resource.
            written = function["policy"]["Statement"] if function is not None else []
            own = [statement for statement in written if statement["Resource"] == reference]
            if function is not None and not invoke_permission.allows({"Statement": own}, source):
                return gateway._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
            return await invoke(integration, api, stage, settings, resource, path, method, *rest, **named)

        return asking

    replace(gateway, "_invoke_lambda_proxy_v1", make)


_FAILED: Final = "Internal server error"


def _is_proxy_reply(reply: Any) -> bool:
    return (
        isinstance(reply, dict)
        and type(reply.get("statusCode")) is int
        and isinstance(reply.get("body", ""), str)
        and all(isinstance(reply.get(name) or {}, dict) for name in ("headers", "multiValueHeaders"))
    )


def _say_nothing_of_a_functions_failure() -> None:
    """Answer 502 and a fixed text where a function raised or its reply is malformed.

    Lambda developer guide, "Handling Lambda errors with an API Gateway API": both are a 502 with this
    body; a function that could not be invoked is a 500 with the same.
    """

    def make(shape: Any) -> Any:
        def shaping(result: Any) -> Any:
            if result.get("throttle"):
                return {"statusCode": 500, "body": json.dumps({"message": _FAILED})}, None
            reply, error = shape(result)
            if error or result.get("error") or not _is_proxy_reply(result.get("body")):
                return None, _FAILED
            return reply, None

        return shaping

    replace(module("ministack.services.apigateway_v1"), "_lambda_proxy_response", make)


def _refuse_in_the_gateways_own_words() -> None:
    """Answer a call that no policy of the caller's allows as a REST API does, not as a JSON service."""

    def make(enforce: Any) -> Any:
        def enforcing(*call: Any, **named: Any) -> Any:
            denied = enforce(*call, **named)
            if not denied or "x-amz-json" not in denied[1].get("Content-Type", ""):
                return denied
            said = json.loads(denied[2])
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": said["__type"]}
            # Capitalised where a policy refused, and only there.
            return denied[0], headers, json.dumps({"Message": said.get("message")}).encode()

        return enforcing

    replace(module("ministack.app"), "_enforce_execute_api", make)
