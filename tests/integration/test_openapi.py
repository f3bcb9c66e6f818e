"""What the running hub answers is what docs/openapi.json says, for whatever is sent.

schemathesis makes the requests from the document, right ones and wrong ones; each is signed and goes
through the gateway of the running hub. Every call is repeatable: nothing is drawn at random.
HUBSPOKE_OPENAPI_CALLS sets how many there are.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests_aws4auth import AWS4Auth
from schemathesis import Case, GenerationMode, Response
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hubspoke_contract.errors import RETRY_AFTER, Code, Problem
from hubspoke_contract.reply import error_document
from hubspoke_local.hub import EmbeddedHub
from hubspoke_local.openapi import document
from hubspoke_local.openapi_examples import REPLIES

CALLS = int(os.environ.get("HUBSPOKE_OPENAPI_CALLS", "1000"))

VEND = ("/v1/accounts/{account}/roles/{role}/credentials", "POST")
ROLES, VENDS, IDENTITY, HEALTH = (("/v1/" + name, "GET") for name in ("roles", "vends", "identity", "health"))
GRANTED = [
    {"account": account, "role": "automation-spoke-role"} for account in ("222222222222", "333333333333")
]
RIGHT, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE

# Who signs is for the test to say, so the document's demand for a signature is left out of what is drawn.
API = schemathesis.openapi.from_dict({**document(), "security": []})
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
INSIDE = ("Traceback", 'File "', "Error:", "Exception", "boto", "/var/task", "arn:aws:iam::111111111111:role")
"""What only somebody's exception or stack trace would bring into a reply."""


def strategy(operation: tuple[str, str], mode: GenerationMode, granted: bool) -> st.SearchStrategy[Case]:
    """Draw requests of an operation: right or wrong by its schema, and of a role on offer or of any."""
    path, method = operation
    drawn = API[path][method]
    if not granted:
        return drawn.as_strategy(generation_mode=mode)
    return st.one_of(*(drawn.as_strategy(generation_mode=mode, path_parameters=role) for role in GRANTED))


def asked_modestly(case: Case) -> Case:
    """Leave out of a right request what no grant offers, and what no schema can say of a value."""
    asked = case.body if isinstance(case.body, dict) else {}
    body: dict[str, object] = {}
    if "DurationSeconds" in asked:
        # To JSON Schema 900.0 is an integer; the hub goes by how it is written.
        body["DurationSeconds"] = int(asked["DurationSeconds"])
    # schemathesis reads the Unicode classes of the pattern more widely than they are.
    if str(asked.get("Reason", "")).isprintable() and "Reason" in asked:
        body["Reason"] = asked["Reason"]
    case.body = body
    return case


def again_and_again(operation: tuple[str, str]) -> st.SearchStrategy[Case]:
    """Draw the one right request of an operation without parameters, as often as is wanted."""
    return st.tuples(strategy(operation, RIGHT, False), st.integers()).map(lambda drawn: drawn[0])


def with_a_query(operation: tuple[str, str]) -> st.SearchStrategy[Case]:
    """Draw requests with query parameters, for an operation that has none."""

    def adding(drawn: tuple[Case, dict[str, str]]) -> Case:
        drawn[0].query = drawn[1]
        return drawn[0]

    query = st.dictionaries(st.text(min_size=1), st.text(), min_size=1, max_size=3)
    return st.tuples(strategy(operation, RIGHT, False), query).map(adding)


SHARES: dict[str, tuple[st.SearchStrategy[Case], float, set[int]]] = {
    "a vend that is granted": (strategy(VEND, RIGHT, True).map(asked_modestly), 0.2, {200}),
    "a role on offer, any right body": (strategy(VEND, RIGHT, True), 0.1, {200, 403}),
    "any role, any right body": (strategy(VEND, RIGHT, False), 0.15, {403}),
    "a role on offer, a wrong body": (strategy(VEND, WRONG, True), 0.15, {400}),
    "a wrong path or body": (strategy(VEND, WRONG, False), 0.2, {400, 403}),
    "roles": (strategy(ROLES, RIGHT, False), 0.025, {200, 400}),
    "roles, a wrong query": (strategy(ROLES, WRONG, False), 0.025, {400}),
    "vends": (strategy(VENDS, RIGHT, False), 0.025, {400, 403}),
    "vends, a wrong query": (strategy(VENDS, WRONG, False), 0.025, {400}),
    "identity": (again_and_again(IDENTITY), 0.025, {200}),
    "identity, a query": (with_a_query(IDENTITY), 0.025, {400}),
    "health": (again_and_again(HEALTH), 0.025, {200}),
    "health, a query": (with_a_query(HEALTH), 0.025, {400}),
}
"""What is asked, its share of the calls, and statuses that must be among the answers."""


def check(case: Case, response: Response) -> None:
    """Fail unless the answer is one that the document has for this request, and tells nothing else."""
    case.validate_response(response, checks=CHECKS)
    answer = json.loads(response.content)
    text = response.content.decode()
    assert not [word for word in INSIDE if word in text]
    if "Code" in answer or response.status_code == 200:
        assert response.headers["cache-control"] == ["no-store"]
        waits = RETRY_AFTER.get(Code(answer["Code"])) if "Code" in answer else None
        found = response.headers.get("retry-after")
        if answer.get("Code") == Code.TOO_MANY_REQUESTS:
            assert 1 <= int(found[0]) <= RETRY_AFTER[Code.TOO_MANY_REQUESTS]
        else:
            assert found == (None if waits is None else [str(waits)])
    else:
        # By itself the gateway of a hub that is well refuses, and never fails.
        assert response.status_code == 403


def signed(hub: EmbeddedHub, profile: str) -> AWS4Auth:
    config = ConfigParser()
    config.read(hub.environment(profile)["AWS_CONFIG_FILE"])
    section = config[f"profile {profile}"]
    return AWS4Auth(section["aws_access_key_id"], section["aws_secret_access_key"], hub.region, "execute-api")


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


def test_enough_is_asked() -> None:
    """The shares come to all the calls there are to be, at least a thousand."""
    assert CALLS >= 1000
    assert sum(share for _, share, _ in SHARES.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", SHARES)
def test_the_hub_answers_as_documented(name: str, hub: EmbeddedHub, session: requests.Session) -> None:
    """Each answer conforms, and the statuses that the requests are made for do come."""
    cases, share, expected = SHARES[name]
    calls = round(CALLS * share)
    statuses: Counter[int] = Counter()
    auth = signed(hub, "inventory-bot")

    @settings(
        max_examples=calls,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Case) -> None:
        response = case.call(base_url=hub.endpoint, session=session, auth=auth)
        check(case, response)
        statuses[response.status_code] += 1

    ask()
    print(name, dict(statuses))
    assert statuses.total() >= calls
    assert expected <= statuses.keys()
    if expected == {200}:
        assert statuses.keys() == {200}


@contextmanager
def replaying(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """Serve one answer to whatever is asked, on loopback."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for header, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the test's stderr."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


JSON = {"Content-Type": "application/json", "Cache-Control": "no-store"}
GOOD = REPLIES["Identity"][0]
BAD_QUERY = error_document(Problem.QueryUnexpected, "r")
DOWN = error_document(Problem.Internal, "r")

FAITHFUL: dict[str, tuple[int, dict[str, str], Any]] = {
    "the reply": (200, JSON, GOOD),
    "a refusal": (400, JSON, BAD_QUERY),
    "a failure": (503, {**JSON, "Retry-After": "5"}, DOWN),
    "the gateway's refusal": (403, {"Content-Type": "application/json"}, {"message": "Forbidden"}),
}
SPOILED: dict[str, tuple[int, dict[str, str], Any]] = {
    "a key more": (200, JSON, {**GOOD, "Arn": "x"}),
    "a key less": (200, JSON, {key: value for key, value in GOOD.items() if key != "UniqueId"}),
    "another type": (200, JSON, {**GOOD, "Label": None}),
    "another form": (200, JSON, {**GOOD, "AccountId": "11111111111"}),
    "no document": (200, JSON, []),
    "another status": (201, JSON, GOOD),
    "a status that is not ours": (404, JSON, BAD_QUERY),
    "a refusal with a 200": (200, JSON, BAD_QUERY),
    "a code of another status": (400, JSON, DOWN),
    "a code of another operation": (400, JSON, error_document(Problem.NextTokenInvalid, "r")),
    "a code more": (400, JSON, {**BAD_QUERY, "Code": "Oops"}),
    "other words": (400, JSON, {**BAD_QUERY, "Message": "Traceback (most recent call last)"}),
    "a detail more": (400, JSON, {**BAD_QUERY, "Detail": "x"}),
    "another content type": (200, {**JSON, "Content-Type": "text/html"}, GOOD),
    "no content type": (200, {"Cache-Control": "no-store"}, GOOD),
    "what may be stored": (200, {"Content-Type": "application/json"}, GOOD),
    "what may be stored for a while": (400, {**JSON, "Cache-Control": "max-age=1"}, BAD_QUERY),
    "a failure without a time": (503, JSON, DOWN),
    "a failure with another time": (503, {**JSON, "Retry-After": "60"}, DOWN),
    "a refusal with a time": (400, {**JSON, "Retry-After": "5"}, BAD_QUERY),
    "the gateway's failure": (502, JSON, {"message": "Internal server error"}),
    "an exception in the gateway's words": (403, JSON, {"message": "KeyError: 'x' in File \"a.py\""}),
}


def ask_identity(url: str, session: requests.Session) -> tuple[Case, Response]:
    path, method = IDENTITY
    case = API[path][method].Case()
    return case, case.call(base_url=url, session=session)


@pytest.mark.parametrize("name", FAITHFUL)
def test_a_faithful_answer_passes(name: str, session: requests.Session) -> None:
    """The checks let through what a hub may answer."""
    status, headers, answer = FAITHFUL[name]
    with replaying(status, headers, json.dumps(answer).encode()) as url:
        check(*ask_identity(url, session))


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_answer_is_noticed(name: str, session: requests.Session) -> None:
    """The checks that the running hub passes are such that a hub which answers otherwise fails them."""
    status, headers, answer = SPOILED[name]
    with replaying(status, headers, json.dumps(answer).encode()) as url:
        case, response = ask_identity(url, session)
    with pytest.raises((AssertionError, FailureGroup)):
        check(case, response)
