"""The API's document is the contract's, and docs/openapi.json is what the contract makes today."""

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from hubspoke_contract import limits
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import account_id, policy_name, role_name
from hubspoke_contract.reply import Credentials, Identity, RoleOffer, RolesPage, VendsPage, error_document
from hubspoke_contract.request import decode_vend_request
from hubspoke_local import openapi
from hubspoke_local.openapi_examples import CREDENTIALS, IDENTITY, OFFER, REPLIES, REQUESTS

ROOT = Path(__file__).parents[3]
DOCUMENT = openapi.document()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}
WHOLE = [
    (name, status, response["content"]["application/json"]["schema"])
    for name, operation in OPERATIONS.items()
    for status, response in operation["responses"].items()
]


def errors(schema: dict[str, Any], instance: object) -> list[str]:
    """Return what is wrong with an instance, by a schema of the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(instance)]


def schemas_in(found: object) -> Iterator[dict[str, Any]]:
    """Find every object schema, at any depth."""
    if isinstance(found, dict):
        if found.get("type") == "object" and "properties" in found:
            yield found
        for part in found.values():
            yield from schemas_in(part)
    elif isinstance(found, list):
        for part in found:
            yield from schemas_in(part)


def test_the_committed_file_is_todays() -> None:
    """To mend: python -m hubspoke_local openapi > docs/openapi.json."""
    assert openapi.COMMITTED.read_text() == openapi.text()


def test_the_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_local", "openapi"], capture_output=True, text=True, check=True
    )
    assert done.stdout == openapi.text()
    assert done.stderr == ""


def test_it_is_openapi_3_1() -> None:
    found = jsonschema_rs.Draft202012Validator(OPENAPI_31).iter_errors(DOCUMENT)
    assert [str(error) for error in found] == []
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_metaschema_can_fail() -> None:
    """What checks the document notices a broken one."""
    broken = json.loads(json.dumps(DOCUMENT))
    del broken["paths"]["/v1/health"]["get"]["responses"]["200"]["description"]
    assert not jsonschema_rs.Draft202012Validator(OPENAPI_31).is_valid(broken)


@pytest.mark.parametrize(
    "schema", [*SCHEMAS.values(), *(schema for _, _, schema in WHOLE)], ids=lambda _: "schema"
)
def test_each_schema_is_json_schema_2020_12(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.meta.is_valid({"$schema": DOCUMENT["jsonSchemaDialect"], **schema})


def test_every_object_is_closed() -> None:
    """An undocumented key is an error wherever it stands."""
    objects = list(schemas_in(DOCUMENT["paths"])) + list(schemas_in(SCHEMAS))
    assert len(objects) > 20
    assert all(schema["additionalProperties"] is False for schema in objects)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_examples_are_what_their_schema_says(name: str) -> None:
    """And a key more, or a required one less, is not."""
    for example in SCHEMAS[name].get("examples", []):
        assert errors(SCHEMAS[name], example) == []
        assert errors(SCHEMAS[name], {**example, "Undocumented": 1})
        for key in SCHEMAS[name].get("required", []):
            assert errors(SCHEMAS[name], {had: example[had] for had in example if had != key})


@pytest.mark.parametrize(("name", "status", "schema"), WHOLE)
def test_the_examples_of_each_answer_are_too(name: str, status: str, schema: dict[str, Any]) -> None:
    for form in schema.get("anyOf", [schema]):
        for example in form.get("examples", []):
            assert errors(schema, example) == []


@pytest.mark.parametrize(
    ("kind", "instance"),
    [
        (Credentials, CREDENTIALS),
        (RoleOffer, OFFER),
        (Identity, IDENTITY),
        (RolesPage, RolesPage((), None)),
        (VendsPage, VendsPage((), None)),
    ],
)
def test_the_examples_show_each_field_and_each_null(kind: type, instance: Any) -> None:
    """A field that may be None is shown with and without, so its schema can't miss it."""
    assert len(instance.to_document()) <= len(SCHEMAS[kind.__name__]["properties"])
    optional = [name for name, hint in get_type_hints(kind).items() if type(None) in get_args(hint)]
    nullable = [key for key, form in SCHEMAS[kind.__name__]["properties"].items() if "null" in form["type"]]
    absent = SCHEMAS[kind.__name__]["properties"].keys() - set(SCHEMAS[kind.__name__]["required"])
    assert len(optional) == len(nullable) + len(absent)
    constant = {"Version"} & SCHEMAS[kind.__name__]["properties"].keys()
    assert len(SCHEMAS[kind.__name__]["properties"]) == len(fields(kind)) + len(constant)


@pytest.mark.parametrize("kind", [Credentials, RoleOffer, RolesPage, Identity])
def test_the_client_reads_the_examples(kind: Any) -> None:
    for example in REPLIES[kind.__name__]:
        assert kind.from_document(example).to_document() == example


def test_the_hub_reads_the_examples_of_requests() -> None:
    assert SCHEMAS["VendRequest"]["examples"] == [json.loads(request.to_body()) for request in REQUESTS]
    for request in REQUESTS:
        assert decode_vend_request(request.to_body().decode()) == request


NAMES = ("a", "a" * 64, "a" * 65, "", ".", "..", "a/b", "a%b", "a b", "ä", "a\n", "+=,.@-_", "111122223333")
TAG_KEYS = ("team", "a" * 128, "a" * 129, "", "ünïcode", "a b", "a\tb", "aws:x", "AWS:x", "HubSpoke:x", "aws")


@pytest.mark.parametrize("name", NAMES)
def test_names_are_the_contracts(name: str) -> None:
    """The path's schemas take what the contract takes, and nothing else."""
    account, role = (parameter["schema"] for parameter in OPERATIONS["vend"]["parameters"])
    assert (errors(account, name) == []) == (account_id(name) is not None)
    assert (errors(role, name) == []) == (role_name(name) is not None)


def taken(body: object) -> bool:
    """Tell whether the hub would take a body."""
    try:
        decode_vend_request(json.dumps(body))
    except Refused:
        return False
    return True


BODIES: list[object] = [
    *({"DurationSeconds": seconds} for seconds in (899, 900, 3600, 3601, True, "900", None, 900.5)),
    *({"SessionPolicy": name} for name in NAMES),
    *({"Reason": reason} for reason in ("", "a", "a" * 256, "a" * 257, "a\nb", "ä b", "\u2028", "\x00", 1)),
    *({"Tags": [{"Key": key, "Value": ""}]} for key in TAG_KEYS),
    *({"Tags": [{"Key": "k", "Value": value}]} for value in ("a" * 256, "a" * 257, "a;b", "_.:/=+-@")),
    *({"Tags": [{"Key": f"k{number}", "Value": ""} for number in range(count)]} for count in (0, 50, 51)),
    *({"Tags": tags} for tags in ([{"Key": "k"}], [{"Key": "k", "Value": "v", "More": 1}], {}, [1], None)),
    *([{}, [], None, {"Other": 1}, {"durationSeconds": 900}]),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: json.dumps(body)[:40])
def test_the_bodys_schema_takes_what_the_hub_takes(body: object) -> None:
    assert (errors(SCHEMAS["VendRequest"], body) == []) == taken(body)
    if isinstance(body, dict) and "SessionPolicy" in body:
        assert taken(body) == (policy_name(body["SessionPolicy"]) is not None)


def test_what_no_schema_can_say_is_said_in_words() -> None:
    """The hub is stricter in four places, each named where a reader looks."""
    stricter = ['{"DurationSeconds": 900.0}', '{"Tags": [{"Key":"k","Value":""},{"Key":"K","Value":""}]}']
    for body in stricter:
        assert errors(SCHEMAS["VendRequest"], json.loads(body)) == []
        with pytest.raises(Refused, match="Invalid"):
            decode_vend_request(body)
    texts = SCHEMAS["VendRequest"]["properties"]
    assert "fraction" in texts["DurationSeconds"]["description"]
    assert "case" in texts["Tags"]["description"]
    assert str(limits.BODY_MAX) in SCHEMAS["VendRequest"]["description"]
    assert "no key twice" in SCHEMAS["VendRequest"]["description"]


# ---- which problems: found by following the function's calls


SOURCES = [
    *(ROOT / "functions/vend/vending").glob("*.py"),
    # What the function imports of the grants.
    *(
        ROOT / f"layers/grants/hubspoke_grants/{name}.py"
        for name in ("bundle", "caller", "decision", "entities", "policies")
    ),
    ROOT / "layers/contract/hubspoke_contract/request.py",
    ROOT / "layers/contract/hubspoke_contract/vends_query.py",
]


def is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


class Code:
    """The names that each function, method and constant uses, and the problems it names itself."""

    def __init__(self) -> None:
        self.uses: dict[str, set[str]] = defaultdict(set)
        self.names: dict[str, set[Problem]] = defaultdict(set)
        for source in SOURCES:
            for statement in ast.parse(source.read_text()).body:
                self._read(statement, source.stem)

    def _read(self, statement: ast.stmt, module: str) -> None:
        if isinstance(statement, ast.ClassDef):
            for part in statement.body:
                self._read(part, module)
        elif isinstance(statement, ast.FunctionDef):
            self._note(statement.name, statement)
            if module == "handler":
                self._note(f"handler.{statement.name}", statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            for name in ast.walk(statement):
                if isinstance(name, ast.Name) and is_stored(name):
                    self._note(name.id, statement)

    def _note(self, name: str, node: ast.AST) -> None:
        own = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and is_stored(part)}
        own |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id not in own:
                self.uses[name].add(part.id)
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                self.uses[name].add(part.func.attr)
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                if part.value.id == "self":
                    self.uses[name].add(part.attr)
                elif part.value.id == "Problem":
                    self.names[name].add(Problem[part.attr])

    def reachable(self, *starts: str) -> frozenset[Problem]:
        """Collect the problems named by whatever can be reached; equal names count as one, to be safe."""
        seen: set[str] = set()
        waiting = list(starts)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(self.uses[name])
        return frozenset().union(*(self.names[name] for name in seen))


CODE = Code()
EDGE = ("_note_origin", "identify", "_check_shape", "unknown_route", "_refusal", "handler.handler")


def test_following_calls_finds_what_it_should() -> None:
    """The search sees into every layer: STS's table, the grants' decision, the body, the bundle."""
    found = CODE.reachable("handler.vend")
    assert {Problem.SpokeDenied, Problem.PolicyError, Problem.TagsInvalid, Problem.GrantsUnavailable} <= found
    assert Problem.NextTokenInvalid not in found


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_problem_an_operation_can_raise_is_among_its_answers(name: str) -> None:
    assert CODE.reachable(f"handler.{name}", *EDGE) == openapi.PROBLEMS[name]
    for problem in openapi.PROBLEMS[name]:
        response = OPERATIONS[name]["responses"][str(problem.status)]
        schema = response["content"]["application/json"]["schema"]
        document = error_document(problem, "r")
        assert errors(schema, document) == []
        assert errors(schema, {**document, "Message": "other words"})
        waits = response["headers"].get("Retry-After")
        assert (waits is not None) == (problem.retry_after is not None)
        if waits is not None:
            assert errors(waits["schema"], problem.retry_after) == []
            assert errors(waits["schema"], 0)


def test_every_problem_of_the_contract_is_somebodys() -> None:
    assert frozenset().union(*openapi.PROBLEMS.values()) == frozenset(Problem)


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_operation_claims_a_status_that_nothing_answers(name: str) -> None:
    statuses = {"200"} | {str(problem.status) for problem in openapi.PROBLEMS[name]}
    assert OPERATIONS[name]["responses"].keys() == statuses | {str(status) for status in openapi.GATEWAY}


def test_the_routes_are_the_templates_and_the_guides() -> None:
    """The document, template.yaml and docs/api.md know the same operations."""
    routes = {f"{method.upper()} {path}" for path, item in DOCUMENT["paths"].items() for method in item}
    template, guide = (ROOT / "template.yaml").read_text(), (ROOT / "docs/api.md").read_text()
    for route in routes:
        method, path = route.split(" ")
        assert f"Method: {method}\n            Path: {path}\n" in template
        assert f"`{route}`" in guide
    assert template.count("Type: Api\n") == len(routes)


def test_the_guides_examples_are_of_the_schemas() -> None:
    """Each JSON document of docs/api.md that is a reply has the keys of one."""
    guide = (ROOT / "docs/api.md").read_text()
    shown = [json.loads(block.split("```")[0]) for block in guide.split("```json\n")[1:]]
    replies = [set(document) for document in shown if "Effect" not in document]
    names = ("Credentials", "RolesPage", "VendsPage", "Identity")
    known = [set(SCHEMAS[name]["properties"]) for name in names]
    assert replies == known
