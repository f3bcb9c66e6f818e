"""The hub's API as OpenAPI 3.1, made from the contract. ``python -m hubspoke_local openapi`` prints it.

Nothing of the contract is typed here a second time: a reply's keys, their JSON types and which may be
null or missing are read off what its class writes; patterns, lengths, codes, statuses and messages are
the contract's own. What stands here is what no type says: the form of a text, and which operation
can end in which problem. The schemas are closed, so a key that isn't documented breaks conformance.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hubspoke_contract import limits
from hubspoke_contract.errors import STATUS, Code, Problem
from hubspoke_contract.names import ACCOUNT_PATTERN, NAME_PATTERN, NO_ROLES
from hubspoke_contract.reply import error_document
from hubspoke_contract.request import (
    KEYS,
    RESERVED_TAG_PREFIXES,
    TAG_CATEGORIES,
    TAG_KEYS,
    TAG_PUNCTUATION,
)
from hubspoke_contract.vends_query import PATTERNS
from hubspoke_local.accounts import PROJECT
from hubspoke_local.console import say
from hubspoke_local.openapi_examples import REPLIES, REQUEST_ID, REQUESTS

Schema = dict[str, Any]

COMMITTED: Final = PROJECT / "docs" / "openapi.json"


def _whole(pattern: str) -> Schema:
    return {"pattern": f"^(?:{pattern})$"}


def _any_case(text: str) -> str:
    return "".join(f"[{char.lower()}{char.upper()}]" if char.isalpha() else char for char in text)


_TAG_TEXT: Final = "[{}{}]*".format(
    "".join(rf"\p{{{category}}}" for category in TAG_CATEGORIES), TAG_PUNCTUATION.replace("-", r"\-")
)
_ACCOUNT: Final[Schema] = {"type": "string", **_whole(ACCOUNT_PATTERN)}
_NAME: Final[Schema] = {"type": "string", **_whole(NAME_PATTERN)}
_ROLE: Final[Schema] = {**_NAME, "not": {"enum": list(NO_ROLES)}}
_SECONDS: Final[Schema] = {
    "type": "integer",
    "minimum": limits.DURATION_MIN,
    "maximum": limits.DURATION_MAX,
}

FORMS: Final[dict[str, Schema]] = {
    "AccountId": _ACCOUNT,
    "BundleAgeSeconds": {"minimum": 0},
    "Expiration": {"format": "date-time", **_whole("[0-9-]{10}T[0-9:]{8}Z")},
    "MaxDurationSeconds": _SECONDS,
    "NextToken": {"maxLength": limits.NEXT_TOKEN_MAX, "minLength": 1},
    "PackedPolicySize": {"minimum": 0, "maximum": 100},
    "RoleName": _ROLE,
    "Roles": {"items": {"$ref": "#/components/schemas/RoleOffer"}},
    "Vends": {"items": {"$ref": "#/components/schemas/VendRow"}},
    "Account": _ACCOUNT,
    "Role": _NAME,
    "DurationSeconds": _SECONDS,
    "SessionPolicies": {"items": _NAME},
    "AccountTags": {"additionalProperties": {"type": "string"}},
    "SourceIdentity": {
        "minLength": 2,
        "maxLength": limits.SOURCE_IDENTITY_MAX,
        **_whole("[A-Za-z0-9_+=,.@-]*"),
    },
    "Version": {},
}
"""What a key's value looks like, beyond its JSON type, wherever it stands. The rest is any text but none."""

_MAY_BE_EMPTY: Final = ("AccountName", "OrgUnit")
_TYPES: Final = {
    str: "string",
    int: "integer",
    bool: "boolean",
    list: "array",
    dict: "object",
    type(None): "null",
}


def _reply(examples: Sequence[Mapping[str, object]]) -> Schema:
    """Describe a reply by its examples: keys, types, what may be null and what may be missing."""
    keys = dict.fromkeys(key for example in examples for key in example)
    properties: dict[str, Schema] = {}
    for key in keys:
        types = list(dict.fromkeys(_TYPES[type(example[key])] for example in examples if key in example))
        form = dict(FORMS.get(key, {}))
        if types[0] == "string" and key not in FORMS and key not in _MAY_BE_EMPTY:
            form = {"minLength": 1}
        properties[key] = {**form, "type": types[0] if len(types) == 1 else types}
    required = [key for key in keys if all(key in example for example in examples)]
    return {**_closed(properties, required), "examples": list(examples)}


def _closed(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def _request() -> Schema:
    """Describe the body of a vend; what no schema can say is in the descriptions."""
    reserved = "|".join(map(_any_case, RESERVED_TAG_PREFIXES))
    tag = {
        "Key": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.TAG_KEY_MAX,
            **_whole(_TAG_TEXT),
            "not": {"pattern": f"^(?:{reserved})"},
        },
        "Value": {"type": "string", "maxLength": limits.TAG_VALUE_MAX, **_whole(_TAG_TEXT)},
    }
    forms: dict[str, Schema] = {
        "DurationSeconds": {
            **_SECONDS,
            "description": "Written without a fraction or an exponent. Left out: the longest that the role's "
            "profile allows.",
        },
        "SessionPolicy": {**_NAME, "description": "One that GET /v1/roles lists for the role."},
        "Tags": {
            "type": "array",
            "maxItems": limits.TAGS_MAX,
            "items": _closed({key: tag[key] for key in TAG_KEYS}, TAG_KEYS),
            "description": "No key twice, whatever its case; only keys that the role's profile lets callers "
            "set.",
        },
        "Reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.REASON_MAX,
            **_whole(r"(?:[^\p{C}\p{Z}]| )*"),
            "description": "For the ledger: printable characters on one line.",
        },
    }
    return {
        **_closed({key: forms[key] for key in KEYS}),
        "description": f"At most {limits.BODY_MAX} bytes of UTF-8; no key twice at any depth.",
        "examples": [json.loads(request.to_body()) for request in REQUESTS],
    }


ANYWHERE: Final = frozenset(
    {
        Problem.PathMalformed,
        Problem.RouteUnknown,
        Problem.BodyMalformed,
        Problem.QueryUnexpected,
        Problem.CallerUnknown,
        Problem.Internal,
    }
)
PROBLEMS: Final[dict[str, frozenset[Problem]]] = {
    # A problem that is new in the contract is documented for the vend until somebody says otherwise.
    "vend": frozenset(Problem) - {Problem.NextTokenInvalid, Problem.QueryInvalid, Problem.AuditNotGranted},
    "roles": ANYWHERE | {Problem.NextTokenInvalid, Problem.GrantsUnavailable},
    "vends": ANYWHERE
    | {
        Problem.QueryInvalid,
        Problem.NextTokenInvalid,
        Problem.AuditNotGranted,
        Problem.GrantsUnavailable,
        Problem.LedgerUnavailable,
    },
    "identity": ANYWHERE,
    "health": ANYWHERE | {Problem.GrantsUnavailable},
}
"""Each operation to the problems it can end in. A test follows the function's calls to find them too."""

GATEWAY: Final[dict[int, str]] = {
    403: "the signature, its Region, service or time is wrong, no IAM policy allows the call, or there "
    "is no such route",
    413: "the request is larger than API Gateway takes",
    429: "all callers together are too many",
    500: "API Gateway may not invoke the function, or failed itself",
    502: "the function ended without an answer",
    504: "the function gave no answer in time",
}
"""Statuses that API Gateway answers by itself (developer guide, gateway response types), and when."""

_GATEWAY_REF: Final = {"$ref": "#/components/schemas/GatewayRefusal"}
_NO_STORE: Final[Schema] = {"schema": {"const": "no-store"}, "description": "Replies are never to be stored."}


def _refusal(status: int, problems: frozenset[Problem]) -> Schema:
    """Describe one status of an operation: our document, API Gateway's, or either."""
    ours = sorted((problem for problem in problems if problem.status == status), key=lambda each: each.value)
    by_gateway = GATEWAY.get(status)
    forms: list[Schema] = []
    headers: dict[str, Schema] = {}
    if ours:
        codes = [*dict.fromkeys(problem.code.value for problem in ours)]
        messages = [*dict.fromkeys(problem.message for problem in ours)]
        properties: dict[str, Schema] = {
            "Code": {"type": "string", "enum": codes},
            "Message": {"type": "string", "enum": messages},
            "RequestId": {"type": "string", "minLength": 1},
        }
        forms.append(
            {**_closed(properties, list(properties)), "examples": [error_document(ours[0], REQUEST_ID)]}
        )
        headers["Cache-Control"] = {**_NO_STORE, "required": by_gateway is None}
    if waits := sorted({problem.retry_after for problem in ours if problem.retry_after is not None}):
        headers["Retry-After"] = {
            "schema": {"type": "integer", **_seconds(status, waits)},
            "description": "Seconds.",
            "required": by_gateway is None,
        }
    texts = [f"{code.value}, from the hub" for code in dict.fromkeys(problem.code for problem in ours)]
    if by_gateway:
        forms.append(_GATEWAY_REF)
        texts.append(f"or from API Gateway: {by_gateway}" if ours else f"From API Gateway: {by_gateway}")
    return {
        "description": "; ".join(texts) + ".",
        **({"headers": headers} if headers else {}),
        "content": {"application/json": {"schema": forms[0] if len(forms) == 1 else {"anyOf": forms}}},
    }


def _seconds(status: int, waits: Sequence[int]) -> Schema:
    if status == STATUS[Code.TOO_MANY_REQUESTS]:
        # What is left of the minute.
        return {"minimum": 1, "maximum": max(waits)}
    return {"enum": list(waits)}


def _operation(name: str, summary: str, reply: str, **rest: Any) -> Schema:
    problems = PROBLEMS[name]
    statuses = sorted({problem.status for problem in problems} | GATEWAY.keys())
    success = {
        "description": "As asked.",
        "headers": {"Cache-Control": {**_NO_STORE, "required": True}},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{reply}"}}},
    }
    return {
        "operationId": name,
        "summary": summary,
        **rest,
        "responses": {
            "200": success,
            **{str(status): _refusal(status, problems) for status in statuses},
        },
    }


def document() -> Schema:
    """Make the whole OpenAPI document."""
    account = {"name": "account", "in": "path", "required": True, "schema": _ACCOUNT}
    role = {
        "name": "role",
        "in": "path",
        "required": True,
        "schema": _ROLE,
        "description": "Its name without its path. No % anywhere in the path.",
    }
    token = {
        "name": "NextToken",
        "in": "query",
        "required": False,
        "schema": {"type": "string", **FORMS["NextToken"]},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/VendRequest"}}}}
    vend = _operation(
        "vend",
        "Vend credentials of a role",
        "Credentials",
        parameters=[account, role],
        requestBody={"required": False, **body},
    )
    roles = _operation(
        "roles", "List the roles you may take, a page at a time", "RolesPage", parameters=[token]
    )
    vends = _operation(
        "vends",
        "List rows of the ledger that you may audit, newest first, a page at a time",
        "VendsPage",
        description="Without Since the hour before Until, without Until now; at most "
        f"{limits.VENDS_RANGE_MAX} days. Without AccountId all accounts, for who may audit the hub whole.",
        parameters=[
            {"name": name, "in": "query", "required": False, "schema": {"type": "string", **_whole(pattern)}}
            for name, pattern in PATTERNS.items()
        ],
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hubspoke",
            "version": "v1",
            "summary": "Vends short-lived AWS credentials for spoke accounts to signed callers",
            "description": "Made by 'python -m hubspoke_local openapi' from the contract's types; see api.md."
            " Routes and methods that aren't here are refused with 403 by API Gateway.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com/{stage}",
                "variables": {
                    "api": {"default": "abcdefghij"},
                    "region": {"default": "eu-west-1"},
                    "stage": {"default": "prod"},
                },
            }
        ],
        "security": [{"sigv4": []}],
        "paths": {
            "/v1/accounts/{account}/roles/{role}/credentials": {"post": vend},
            "/v1/roles": {"get": roles},
            "/v1/vends": {"get": vends},
            "/v1/identity": {"get": _operation("identity", "Say how the hub sees you", "Identity")},
            "/v1/health": {"get": _operation("health", "Say what is in force", "Health")},
        },
        "components": {
            "schemas": {
                "VendRequest": _request(),
                **{name: _reply(examples) for name, examples in REPLIES.items()},
                "GatewayRefusal": {
                    **_closed({"message": {"type": ["string", "null"]}, "Message": {"type": "string"}}),
                    "minProperties": 1,
                    "maxProperties": 1,
                    "description": "API Gateway's own: Message where a policy refused, else message.",
                },
            },
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, for execute-api in the hub's Region.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def text() -> str:
    """Write the document as it is committed."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Print it."""
    say(text().rstrip("\n"))
    return 0
