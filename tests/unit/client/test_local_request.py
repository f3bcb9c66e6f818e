"""hubspoke.local_request: what is answered on loopback, and everything that isn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke.local_request import RequestRefused, requested
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.secret import Secret

_TOKEN = "Zm9v-token_0123456789-abcdefghijklmnopqrstuv"
_HOSTS = {b"127.0.0.1:4711", b"localhost:4711"}
_PATH = "/222222222222/automation-spoke-role"
_HOST = "Host: 127.0.0.1:4711"
_AUTHORIZATION = f"Authorization: {_TOKEN}"


def _requested(*rows: str, line: str = f"GET {_PATH} HTTP/1.1") -> Target:
    head = "\r\n".join([line, *rows]).encode("latin-1")
    return requested(head, _HOSTS, Secret(_TOKEN), {}, any_role=True)


def _status(*rows: str, line: str = f"GET {_PATH} HTTP/1.1") -> int:
    with pytest.raises(RequestRefused) as caught:
        _requested(*rows, line=line)
    return caught.value.status


@pytest.mark.parametrize(
    "rows",
    [
        [_HOST, _AUTHORIZATION],
        ["host:localhost:4711", f"AUTHORIZATION:\t{_TOKEN} \t"],
        [_HOST, "Accept: */*", "User-Agent: x (y; z)", "X-Empty:", "Content-Length: 0", _AUTHORIZATION],
    ],
)
def test_a_request_with_host_and_token_names_its_role(rows: list[str]) -> None:
    """Names of fields have no case, and what stands around a value doesn't count."""
    assert str(_requested(*rows)) == "222222222222/automation-spoke-role"


def test_a_role_with_a_path_is_found_where_it_was_named() -> None:
    """And nowhere else: what isn't in the grammar of names is looked up, never taken apart."""
    line = "GET /222222222222/team/role HTTP/1.1"
    named = {"222222222222/team/role": Target(AccountId("222222222222"), RoleName("team/role"))}
    head = "\r\n".join([line, _HOST, _AUTHORIZATION]).encode()
    assert requested(head, _HOSTS, Secret(_TOKEN), named, any_role=False).role == "team/role"
    assert _status(_HOST, _AUTHORIZATION, line=line) == 404


def test_a_role_that_was_not_named_is_found_only_where_any_is() -> None:
    """Whoever has the token of one role's endpoint doesn't get all others."""
    head = "\r\n".join([f"GET {_PATH} HTTP/1.1", _HOST, _AUTHORIZATION]).encode()
    with pytest.raises(RequestRefused) as caught:
        requested(head, _HOSTS, Secret(_TOKEN), {}, any_role=False)
    assert (caught.value.status, caught.value.code) == (404, "NoSuchRole")
    assert str(caught.value) == caught.value.message


def test_http_1_0_with_a_host_is_answered() -> None:
    """The connection is closed either way."""
    assert _requested(_HOST, _AUTHORIZATION, line=f"GET {_PATH} HTTP/1.0").role == "automation-spoke-role"


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"GET {_PATH}",  # HTTP/0.9
        f"GET {_PATH} HTTP/0.9",
        f"GET {_PATH} HTTP/2.0",
        f"GET {_PATH} HTTP/1.1 ",
        f"GET  {_PATH} HTTP/1.1",
        f" GET {_PATH} HTTP/1.1",
        f"get {_PATH} HTTP/1.1",
        f"GET\t{_PATH}\tHTTP/1.1",
        f"GET {_PATH}\nX: HTTP/1.1",
        f"GET {_PATH}\rX: HTTP/1.1",
        f"GET {_PATH}\x00 HTTP/1.1",
        "GET /é HTTP/1.1",
        f"GET http://127.0.0.1:4711{_PATH} HTTP/1.1",  # absolute form
        f"GET http://evil.test{_PATH} HTTP/1.1",
        "GET 127.0.0.1:4711 HTTP/1.1",  # authority form
        "GET * HTTP/1.1",
    ],
)
def test_a_malformed_first_line_is_refused(line: str) -> None:
    """Before anything else is looked at."""
    assert _status(_HOST, _AUTHORIZATION, line=line) == 400


@pytest.mark.parametrize(
    "row",
    [
        " folded",
        "\tfolded",
        "No-Colon",
        "Space : x",
        ": nameless",
        "X: a\rb",
        "X: a\nAuthorization: b",
        "X: a\x00b",
        "X: é",
        "X(: y",
        _HOST,
        "host: localhost:4711",
        _AUTHORIZATION,
        "Content-Length: 1",
        "Content-Length: -0",
        "Transfer-Encoding: chunked",
        "",
    ],
)
def test_odd_fields_are_refused(row: str) -> None:
    """Folded, doubled, with a body, or with what no field may hold."""
    assert _status(_HOST, _AUTHORIZATION, row) == 400


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.test",
        "evil.test:4711",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:4711.evil.test",
        "localhost",
        "localhost.:4711",
        "127.1:4711",
        "2130706433:4711",
        "[::1]:4711",
        "0.0.0.0:4711",
        "user@127.0.0.1:4711",
        "127.0.0.1:4711, evil.test",
        "127.0.0.1:04711",
    ],
)
def test_another_host_is_refused(host: str | None) -> None:
    """A name that an attacker's server resolves to loopback is in the Host, right token or not."""
    rows = [_AUTHORIZATION] if host is None else [f"Host: {host}", _AUTHORIZATION]
    assert _status(*rows) == 403
    assert _status(*rows, line=f"GET {_PATH} HTTP/1.0") == 403


@pytest.mark.parametrize(
    "row",
    [
        "Origin: null",
        "Origin: http://127.0.0.1:4711",
        "Origin:",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: none",
        "sec-fetch-mode: no-cors",
    ],
)
def test_a_browser_is_refused(row: str) -> None:
    """Whatever page it shows, and whatever it knows."""
    assert _status(_HOST, _AUTHORIZATION, row) == 403


@pytest.mark.parametrize(
    "row",
    [
        "X: no token at all",
        "Authorization:",
        f"Authorization: {_TOKEN[:-1]}",
        f"Authorization: {_TOKEN}x",
        f"Authorization: {_TOKEN[:-1]}x",
        f"Authorization: {_TOKEN.swapcase()}",
        f"Authorization: Bearer {_TOKEN}",
        f"Authorization: {_TOKEN}, {_TOKEN}",
        f"Proxy-Authorization: {_TOKEN}",
        f"Cookie: Authorization={_TOKEN}",
    ],
)
@pytest.mark.parametrize(
    "path", [_PATH, "/", "/nonesuch", f"/?token={_TOKEN}", f"{_PATH}?Authorization={_TOKEN}"]
)
def test_without_the_token_every_path_reads_the_same(row: str, path: str) -> None:
    """Nor is it taken from anywhere but its field."""
    assert _status(_HOST, row, line=f"GET {path} HTTP/1.1") == 401


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_another_method_is_refused(method: str) -> None:
    """There is nothing to change here."""
    assert _status(_HOST, _AUTHORIZATION, line=f"{method} {_PATH} HTTP/1.1") == 405


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//222222222222/automation-spoke-role",
        f"{_PATH}/",
        f"{_PATH}?x=y",
        f"{_PATH}#x",
        "/222222222222",
        "/222222222222/",
        "/22222222222/role",
        "/222222222222/path/role",
        "/222222222222/..",
        "/222222222222/%2e%2e",
        "/222222222222/role%0d%0aX:y",
        "/222222222222%2Frole",
        "/../222222222222/role",
        "/222222222222/" + "x" * 65,
    ],
)
def test_another_path_is_not_found(path: str) -> None:
    """Nothing is decoded, and nothing is resolved."""
    assert _status(_HOST, _AUTHORIZATION, line=f"GET {path} HTTP/1.1") == 404


@given(st.binary(max_size=300))
def test_no_bytes_are_answered_by_accident(head: bytes) -> None:
    """Any bytes are either a request with the token or a refusal."""
    with pytest.raises(RequestRefused):
        requested(head, _HOSTS, Secret(_TOKEN), {}, any_role=True)


@given(
    st.lists(
        st.sampled_from([_HOST, _AUTHORIZATION, "Origin: x", "X: y", " z", "Host: evil.test"]), max_size=5
    )
)
def test_what_is_answered_has_one_host_and_one_token(rows: list[str]) -> None:
    """In whatever order the fields come."""
    answered = True
    try:
        _requested(*rows)
    except RequestRefused:
        answered = False
    assert answered == (sorted(row for row in rows if row != "X: y") == sorted([_HOST, _AUTHORIZATION]))


def test_a_refusal_says_nothing_of_the_request() -> None:
    """A token that is nearly right is a secret too."""
    with pytest.raises(RequestRefused) as caught:
        _requested(_HOST, "Authorization: nearly-right")
    assert "nearly-right" not in str(caught.value)
    assert _TOKEN not in str(caught.value)
