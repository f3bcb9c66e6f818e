"""hubspoke.local_endpoint, over real sockets: bytes in, bytes out."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from hubspoke import exceptions
from hubspoke.exceptions import CannotOpen, HubspokeError
from hubspoke.kept import Kept
from hubspoke.local_endpoint import LocalEndpoint
from hubspoke.local_request import HEAD_MAX
from hubspoke_contract.names import AccountId, RoleName, Target
from tests.plugins.canary import Canaries
from tests.support.entries import kept

_TARGET = "222222222222/automation-spoke-role"


class Served:
    """What the tests hold: the endpoint, what was asked of it, and how it fails if it is to."""

    def __init__(self) -> None:
        self.endpoint = LocalEndpoint(seconds=0.4, any_role=True)
        self.asked: list[Target] = []
        self.failure: HubspokeError | None = None
        self.secret = "spoke-secret"

    def get(self, target: Target) -> Kept:
        self.asked.append(target)
        if self.failure:
            raise self.failure
        return kept(target, secret=self.secret)

    def head(self, *rows: str, line: str = f"GET /{_TARGET} HTTP/1.1", host: str | None = None) -> bytes:
        host = f"127.0.0.1:{self.endpoint.port}" if host is None else host
        token = self.endpoint.token.reveal()
        return "\r\n".join([line, f"Host: {host}", f"Authorization: {token}", *rows, "", ""]).encode()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=10)

    def sent(self, *parts: bytes, pause: float = 0.0) -> bytes:
        """Send the parts, one after the other, and return everything that comes back."""
        with closing(self.connect()) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            return _rest(connection)


@pytest.fixture(scope="module")
def running() -> Iterator[Served]:
    """Serve until the module's tests have run."""
    found = Served()
    thread = threading.Thread(target=found.endpoint.answer, args=(found.get,), daemon=True)
    thread.start()
    yield found
    found.endpoint.shutdown()
    found.endpoint.server_close()
    thread.join()


@pytest.fixture
def served(running: Served) -> Served:
    """Forget what the test before asked."""
    running.asked.clear()
    running.failure, running.secret = None, "spoke-secret"
    return running


def _rest(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except (ConnectionResetError, TimeoutError):
        pass
    return found


def _read(answer: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Read exactly one reply; whatever follows it isn't JSON."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *rows = head.decode("ascii").split("\r\n")
    fields = dict(row.split(": ", 1) for row in rows)
    assert line.startswith("HTTP/1.1 ")
    assert int(fields["Content-Length"]) == len(body)
    return int(line.split()[1]), fields, json.loads(body)


def test_an_sdks_request_is_answered_with_what_it_reads(served: Served) -> None:
    """The container provider's five keys, and nothing that may be stored or that tells what runs here."""
    status, fields, document = _read(served.sent(served.head("Accept: application/json")))
    assert (status, str(served.asked[0])) == (200, _TARGET)
    assert sorted(document) == ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"]
    assert (document["SecretAccessKey"], document["AccountId"]) == ("spoke-secret", "222222222222")
    assert (fields["Cache-Control"], fields["Server"], fields["Connection"]) == (
        "no-store",
        "hubspoke",
        "close",
    )
    assert not [name for name in fields if name.startswith("Access-Control-") or name == "Location"]


def test_each_role_has_its_path(served: Served) -> None:
    """Any number of them."""
    other = "333333333333/+=,.@-_role"
    assert served.endpoint.uri(Target(*other.split("/"))).endswith(f"/{other}")  # type: ignore[arg-type]
    assert _read(served.sent(served.head(line=f"GET /{other} HTTP/1.1")))[2]["AccountId"] == "333333333333"


def test_a_role_with_a_path_is_served_where_its_address_says(served: Served) -> None:
    """Once the address was asked for, and not before: the direct route alone has such roles."""
    target = Target(AccountId("333333333333"), RoleName("team/role"))
    line = f"GET /{target} HTTP/1.1"
    assert _read(served.sent(served.head(line=line)))[0] == 404
    assert served.endpoint.uri(target).endswith("/333333333333/team/role")
    assert _read(served.sent(served.head(line=line)))[0] == 200
    assert served.asked == [target]


def test_it_listens_on_loopback_alone(served: Served) -> None:
    """Nobody on the network gets as far as a refusal."""
    assert served.endpoint.socket.getsockname()[0] == "127.0.0.1"


def test_the_token_is_of_256_bits_and_each_ones_own() -> None:
    """43 characters of base64."""
    with LocalEndpoint() as one, LocalEndpoint() as another:
        assert len(one.token.reveal()) == 43
        assert one.token.reveal() != another.token.reveal()


def _evil_host(served: Served) -> bytes:
    return served.head(host="evil.test")


def _doubled_host(served: Served) -> bytes:
    return served.head("Host: evil.test")


def _doubled_token(served: Served) -> bytes:
    return served.head("Authorization: x")


def _wrong_token(served: Served) -> bytes:
    return served.head().replace(b"Authorization: ", b"Authorization: x")


def _no_token(served: Served) -> bytes:
    return served.head().replace(b"Authorization: ", b"X: ")


def _token_in_the_query(served: Served) -> bytes:
    token = served.endpoint.token.reveal()
    line = f"GET /{_TARGET}?token={token} HTTP/1.1"
    return served.head(line=line).replace(b"Authorization: ", b"X: ")


def _bare_line_feeds(served: Served) -> bytes:
    return served.head().replace(b"\r\n", b"\n") + b"\r\n\r\n"


_HOSTILE: list[tuple[Callable[[Served], bytes], int]] = [
    (_evil_host, 403),
    (_doubled_host, 400),
    (_doubled_token, 400),
    (_wrong_token, 401),
    (_no_token, 401),
    (_token_in_the_query, 401),
    (_bare_line_feeds, 400),
    (lambda _: b"GET /\r\n\r\n", 400),  # HTTP/0.9, with the rest of a head
    (lambda _: b"GET / HTTP/1.0\r\n\r\n", 403),  # no Host
    (lambda _: b"\r\n\r\n", 400),
    (lambda _: b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),  # TLS
    (lambda served: served.head("Origin: http://evil.test"), 403),
    (lambda served: served.head("Sec-Fetch-Site: cross-site"), 403),
    (lambda served: served.head("X: y", " folded"), 400),
    (lambda served: served.head("Content-Length: 5") + b"hello", 400),
    (lambda served: served.head("Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
    (lambda served: served.head(line=f"GET http://127.0.0.1:1/{_TARGET} HTTP/1.1"), 400),
    (lambda served: served.head(line=f"POST /{_TARGET} HTTP/1.1"), 405),
    (lambda served: served.head(line="OPTIONS * HTTP/1.1"), 400),
    (lambda served: served.head(line=f"GET /{_TARGET}%0d%0aX:%20y HTTP/1.1"), 404),
    (lambda served: served.head(line=f"GET /{_TARGET}\r\nX: y HTTP/1.1"), 400),
    (lambda served: served.head(line="GET /222222222222/%2e%2e HTTP/1.1"), 404),
    (lambda served: served.head(line="GET /nonesuch HTTP/1.1"), 404),
]


@pytest.mark.parametrize(("hostile", "status"), _HOSTILE)
def test_a_hostile_request_gets_a_refusal(
    hostile: Callable[[Served], bytes], status: int, served: Served
) -> None:
    """One reply, with a code, without credentials; and nobody was asked for any."""
    found, fields, document = _read(served.sent(hostile(served)))
    assert found == status
    assert sorted(document) == ["Code", "Message"]
    assert (fields["Cache-Control"], fields["Server"]) == ("no-store", "hubspoke")
    assert not [name for name in fields if name.startswith("Access-Control-")]
    assert served.asked == []


def test_a_request_may_come_in_pieces(served: Served) -> None:
    """As a network may cut it."""
    head = served.head()
    assert _read(served.sent(head[:7], head[7:50], head[50:-1], head[-1:], pause=0.02))[0] == 200


def test_of_pipelined_requests_the_first_is_answered(served: Served) -> None:
    """And the connection closed: what else is in it can't be anybody's answer."""
    assert _read(served.sent(served.head() + _evil_host(served)))[0] == 200
    assert len(served.asked) == 1


@pytest.mark.parametrize(
    "rows", [["X: " + "y" * HEAD_MAX], [f"X{number}: y" for number in range(1000)], ["X: " + "y" * 1_000_000]]
)
def test_a_huge_head_is_refused(rows: list[str], served: Served) -> None:
    """And its sender reads why."""
    assert _read(served.sent(served.head(*rows)))[0] == 431


def test_a_request_that_drips_is_cut_off(served: Served) -> None:
    """Each byte comes in time, and all of them would take for ever."""
    began = time.monotonic()
    with closing(served.connect()) as connection:
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        answer = _rest(connection)
        ended.set()
        thread.join()
    assert _read(answer)[0] == 408
    assert time.monotonic() - began < 5


def test_one_that_goes_away_leaves_nothing(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it asked, or before it was answered: the others are served, and nothing is said."""
    for part in (b"", served.head()[:30], served.head()):
        with closing(served.connect()) as connection:
            connection.sendall(part)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    assert _read(served.sent(served.head()))[0] == 200
    assert capsys.readouterr() == ("", "")


def test_idle_connections_are_bounded_and_end(served: Served) -> None:
    """What is too many is closed unanswered, and the next is served when slots are free again."""
    connections = [served.connect() for _ in range(80)]
    answers = [_rest(connection) for connection in connections]
    for connection in connections:
        connection.close()
    assert 1 <= answers.count(b"") <= 16
    assert {_read(answer)[0] for answer in answers if answer} == {408}
    until = time.monotonic() + 5
    while not (answer := served.sent(served.head())) and time.monotonic() < until:
        time.sleep(0.05)
    assert _read(answer)[0] == 200


def test_many_at_once_are_answered(served: Served) -> None:
    """As a machine's worth of SDKs asks."""
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: served.sent(served.head()), range(200)))
    assert {_read(answer)[0] for answer in answers} == {200}


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (exceptions.AccessDenied("No grant."), 403),
        (exceptions.CallNotAllowed("No permission."), 403),
        (exceptions.RequestInvalid("Too long."), 400),
        (exceptions.TooManyRequests("Slower.", retry_after=7), 429),
        (exceptions.OwnCredentialsError("Sign in."), 503),
        (exceptions.HubUnreachable("No answer."), 503),
        (exceptions.SpokeRefused("Its trust."), 503),
        (exceptions.HubUnavailable("Later.", retry_after=3), 503),
    ],
)
def test_a_failure_is_an_error_and_never_empty_credentials(
    failure: HubspokeError, status: int, served: Served
) -> None:
    """With the code and the message that a person reads in the SDK's error."""
    served.failure = failure
    found, fields, document = _read(served.sent(served.head()))
    assert (found, document) == (status, {"Code": failure.code, "Message": failure.message})
    assert fields.get("Retry-After") == (str(failure.retry_after) if failure.retry_after else None)


def test_a_taken_port_is_told() -> None:
    """With what to do."""
    with LocalEndpoint() as one, pytest.raises(CannotOpen, match=f"{one.port} is taken"):
        LocalEndpoint(one.port)


def test_no_secret_is_written_anywhere(served: Served, canaries: Canaries) -> None:
    """Neither the token nor what is served, whatever goes wrong."""
    canaries.adopt("the token", served.endpoint.token.reveal())
    served.secret = canaries.plant("the spoke's secret")
    canaries.check("a refusal", served.sent(_doubled_token(served), _token_in_the_query(served)).decode())
    assert served.secret in served.sent(served.head()).decode()
