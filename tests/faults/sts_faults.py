"""What can go wrong between the hub and STS: one table, which the tests play and docs/faults.md shows."""

import dataclasses
import gzip
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.faults.certificates import Certificates
from tests.faults.scene import Outcome, Scene
from tests.support.fake_aws import FakeAws, Params, Reply, reset, sts_error, sts_session

Answer = Callable[[Scene, Params], Reply]
Front = Callable[[socket.socket], socket.socket]

THROTTLED = Outcome(503, "Throttled", "StsThrottled")
UNAVAILABLE = Outcome(503, "Unavailable", "StsUnavailable")
UNREACHABLE = Outcome(503, "Unavailable", "StsUnreachable")
NOT_BELIEVED = Outcome(503, "Unavailable", "StsReplyInvalid")
TOO_LATE = Outcome(503, "Unavailable", "DeadlineExceeded")
OWN_CREDENTIALS = Outcome(503, "Unavailable", "HubCredentialsInvalid")
DENIED = Outcome(502, "SpokeRefused", "SpokeDenied")
SESSION_LIMIT = Outcome(502, "SpokeRefused", "SpokeSessionLimit")
POLICY_TOO_LARGE = Outcome(502, "SpokeRefused", "SpokePolicyTooLarge")
POLICY_MALFORMED = Outcome(502, "SpokeRefused", "SpokePolicyMalformed")
REGION_DISABLED = Outcome(502, "SpokeRefused", "SpokeRegionDisabled")

ATTEMPTS = 3
_MEGABYTE = 1_000_000
_NEVER = 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class StsFault:
    """One fault: what STS answers, and what the vend comes to."""

    meets: Outcome
    answer: Answer
    seconds: float | None = None
    """For what is slow: by when STS must have ended in the test, instead of the 18th second."""
    patience: float | None = None
    """For what is silent: how long the test waits for a connection or a read, instead of 3 and 8 seconds."""

    @property
    def asked(self) -> int:
        """How often STS is asked: again where it says that it is throttling or failing, else once."""
        return ATTEMPTS if self.meets in (THROTTLED, UNAVAILABLE) else 1


def _says(status: int, code: str) -> Answer:
    return lambda scene, params: sts_error(status, code, f"{scene.sts.secret} {scene.sts.token}")


def _is(status: int, body: bytes, **headers: str) -> Answer:
    return lambda scene, params: Reply(status, body, headers=_named(headers))


def _good(scene: Scene, params: Params, **changes: str | None) -> bytes:
    return sts_session(params, scene.sts.secret, scene.sts.token, **changes).body


def _with(**changes: str | None) -> Answer:
    return lambda scene, params: Reply(body=_good(scene, params, **changes))


def _with_arn(
    account: str = "222222222222", role: str = "automation-spoke-role", session: str = ""
) -> Answer:
    return lambda scene, params: Reply(
        body=_good(
            scene,
            params,
            Arn=f"arn:aws:sts::{account}:assumed-role/{role}/{session or params['RoleSessionName']}",
        )
    )


def _expires(form: str = "%Y-%m-%dT%H:%M:%SZ", **delta: float) -> Answer:
    return lambda scene, params: Reply(
        body=_good(scene, params, Expiration=f"{datetime.now(UTC) + timedelta(**delta):{form}}")
    )


def _edited(old: str, new: str) -> Answer:
    """Answer well but for one edit; ``SECRET`` and ``TOKEN`` are the planted ones."""

    def answer(scene: Scene, params: Params) -> Reply:
        text = _good(scene, params).decode()
        filled = new.replace("SECRET", scene.sts.secret).replace("TOKEN", scene.sts.token)
        assert text.count(old) == 1, old
        return Reply(body=text.replace(old, filled).encode())

    return answer


def _without(part: str) -> Answer:
    def answer(scene: Scene, params: Params) -> Reply:
        before, _, rest = _good(scene, params).decode().partition(f"<{part}>")
        return Reply(body=(before + rest.partition(f"</{part}>")[2]).encode())

    return answer


def _twice(part: str) -> Answer:
    """Answer well, but with somebody else's element in front of the right one, of the same name."""

    def answer(scene: Scene, params: Params) -> Reply:
        text = _good(scene, params).decode()
        inner = text.partition(f"<{part}>")[2].partition(f"</{part}>")[0]
        foreign = f"<{part}>{inner.replace('ASIAFAKE', 'ASIAELSE')}</{part}>"
        return Reply(body=text.replace(f"<{part}>", f"{foreign}<{part}>").encode())

    return answer


def _wire(body: bytes, **headers: str) -> bytes:
    head = {"Content-Type": "text/xml", "Content-Length": str(len(body))} | _named(headers)
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _resets(where: Callable[[Scene, bytes], int]) -> Answer:
    """Send a good reply up to a byte, then reset the connection."""

    def answer(scene: Scene, params: Params) -> Reply:
        whole = _wire(_good(scene, params))
        return Reply(raw=whole, cut_after=where(scene, whole))

    return answer


def _ends(where: Callable[[Scene, bytes], int]) -> Answer:
    """Send a good reply up to a byte, then end the connection in good order."""

    def answer(scene: Scene, params: Params) -> Reply:
        whole = _wire(_good(scene, params))
        return Reply(raw=whole[: where(scene, whole)])

    return answer


def _at(text: str) -> Callable[[Scene, bytes], int]:
    return lambda scene, whole: whole.index(text.encode()) + len(text)


def _amid_secret(scene: Scene, whole: bytes) -> int:
    return whole.index(scene.sts.secret.encode()) + len(scene.sts.secret) // 2


def _amid_token(scene: Scene, whole: bytes) -> int:
    return whole.index(scene.sts.token.encode()) + len(scene.sts.token) // 2


def _all_but_one(_: Scene, whole: bytes) -> int:
    return len(whole) - 1


def _chunked(scene: Scene, params: Params) -> Reply:
    body = _good(scene, params)
    half = body[: len(body) // 2]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Reply(raw=head + f"{len(half):x}\r\n".encode() + half + b"\r\n")


def _chunked_by_nonsense(scene: Scene, params: Params) -> Reply:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Reply(raw=head + b"zz\r\n" + _good(scene, params) + b"\r\n0\r\n\r\n")


def _run_together(scene: Scene, params: Params) -> Reply:
    """Send the body where the next header would be: whoever quotes that line, quotes the secret."""
    return Reply(raw=_wire(_good(scene, params)).replace(b"\r\n\r\n", b"\r\n"))


def _promises(difference: int) -> Answer:
    def answer(scene: Scene, params: Params) -> Reply:
        body = _good(scene, params)
        return Reply(raw=_wire(body, Content_Length=str(len(body) + difference)))

    return answer


def _bomb(root: str) -> bytes:
    laughs = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    return f"<!DOCTYPE {root} [{''.join(laughs)}]><{root}><Error><Code>&a11;</Code></Error></{root}>".encode()


def _within(scene: Scene, params: Params) -> Reply:
    """Define the credentials once, as an entity, and mention it twice."""
    text = _good(scene, params).decode()
    element = text[text.index("<Credentials>") : text.index("</Credentials>") + len("</Credentials>")]
    doctype = f"<!DOCTYPE AssumeRoleResponse [<!ENTITY c '{element}'>]>"
    return Reply(body=(doctype + text.replace(element, "&c;&c;")).encode())


def _elsewhere(status: int) -> Answer:
    return lambda scene, params: Reply(status, headers={"Location": f"{scene.elsewhere.url}/"})


def _json(scene: Scene, params: Params) -> Reply:
    credentials = {"AccessKeyId": "ASIAFAKEFAKEFAKEFAKE", "SecretAccessKey": scene.sts.secret}
    document = {"AssumeRoleResponse": {"AssumeRoleResult": {"Credentials": credentials}}}
    return Reply(body=json.dumps(document).encode(), content_type="application/json")


def _of_another_vend(scene: Scene, params: Params) -> Reply:
    """Answer the request before this one, as a connection that got out of step would."""
    return Reply(body=_good(scene, params | {"RoleSessionName": "inventory-bot-01jd0000000000000000000000"}))


THROTTLING = {
    "`Throttling`, 400": StsFault(THROTTLED, _says(400, "Throttling")),
    "`ThrottlingException`, 400": StsFault(THROTTLED, _says(400, "ThrottlingException")),
    "`TooManyRequestsException`, 429": StsFault(THROTTLED, _says(429, "TooManyRequestsException")),
    "`RequestLimitExceeded`, 503": StsFault(THROTTLED, _says(503, "RequestLimitExceeded")),
    "429 without a body": StsFault(THROTTLED, _is(429, b"")),
    "429 with a proxy's page": StsFault(THROTTLED, _is(429, b"<html>slow down</html>")),
}

FAILING = {
    "`InternalFailure`, 500": StsFault(UNAVAILABLE, _says(500, "InternalFailure")),
    "`ServiceUnavailable`, 503": StsFault(UNAVAILABLE, _says(503, "ServiceUnavailable")),
    **{
        f"{status} without a body": StsFault(UNAVAILABLE, _is(status, b"")) for status in (500, 502, 503, 504)
    },
    **{
        f"{status} with a code nobody knows": StsFault(UNAVAILABLE, _says(status, "NoCodeThatWeKnow"))
        for status in (500, 502, 503, 504)
    },
    "502 with a proxy's page": StsFault(UNAVAILABLE, _is(502, b"<!DOCTYPE html><html><br></html>")),
    "503 with plain text": StsFault(UNAVAILABLE, _is(503, b"upstream connect error")),
    "500 with a good session": StsFault(UNAVAILABLE, lambda scene, params: Reply(500, _good(scene, params))),
    "500 with an error document cut short": StsFault(
        UNAVAILABLE, _is(500, b"<ErrorResponse><Error><Code>InternalFailure</Code>")
    ),
    "500 with two codes": StsFault(
        UNAVAILABLE,
        _is(500, b"<ErrorResponse><Error><Code>Throttling</Code><Code>A</Code></Error></ErrorResponse>"),
    ),
}

REFUSING = {
    "`AccessDenied`": StsFault(DENIED, _says(403, "AccessDenied")),
    "`ValidationError`": StsFault(SESSION_LIMIT, _says(400, "ValidationError")),
    "`PackedPolicyTooLarge`": StsFault(POLICY_TOO_LARGE, _says(400, "PackedPolicyTooLarge")),
    "`MalformedPolicyDocument`": StsFault(POLICY_MALFORMED, _says(400, "MalformedPolicyDocument")),
    "`RegionDisabledException`": StsFault(REGION_DISABLED, _says(403, "RegionDisabledException")),
    "`ExpiredToken`: the hub's own credentials": StsFault(OWN_CREDENTIALS, _says(403, "ExpiredToken")),
    "`InvalidClientTokenId`": StsFault(OWN_CREDENTIALS, _says(403, "InvalidClientTokenId")),
    "`UnrecognizedClientException`": StsFault(OWN_CREDENTIALS, _says(403, "UnrecognizedClientException")),
    "`SignatureDoesNotMatch`: clocks apart": StsFault(OWN_CREDENTIALS, _says(403, "SignatureDoesNotMatch")),
    "`RequestExpired`: clocks apart": StsFault(OWN_CREDENTIALS, _says(400, "RequestExpired")),
    "`IncompleteSignature`": StsFault(OWN_CREDENTIALS, _says(400, "IncompleteSignature")),
    "a code nobody knows, 400": StsFault(NOT_BELIEVED, _says(400, "NoCodeThatWeKnow")),
    "an error without a code, 400": StsFault(
        NOT_BELIEVED, _is(400, b"<ErrorResponse><Error><Message>no</Message></Error></ErrorResponse>")
    ),
    "an error with two codes, 400": StsFault(
        NOT_BELIEVED,
        _is(400, b"<ErrorResponse><Error><Code>Throttling</Code><Code>A</Code></Error></ErrorResponse>"),
    ),
    "an error whose code is a tree, 400": StsFault(
        NOT_BELIEVED,
        _is(400, b"<ErrorResponse><Error><Code><Code>Throttling</Code></Code></Error></ErrorResponse>"),
    ),
    "an error that is a text, 400": StsFault(
        NOT_BELIEVED, _is(400, b"<ErrorResponse><Error>no</Error></ErrorResponse>")
    ),
    "400 without a body": StsFault(NOT_BELIEVED, _is(400, b"")),
    "an error document under 200": StsFault(
        NOT_BELIEVED, lambda scene, params: dataclasses.replace(sts_error(400, "Throttling"), status=200)
    ),
    "301 to another host": StsFault(NOT_BELIEVED, _elsewhere(301)),
    "302 to another host": StsFault(NOT_BELIEVED, _elsewhere(302)),
    "307 to another host": StsFault(NOT_BELIEVED, _elsewhere(307)),
    "308 to another host": StsFault(NOT_BELIEVED, _elsewhere(308)),
}

BROKEN_OFF = {
    "reset before a byte": StsFault(UNREACHABLE, _resets(lambda scene, whole: 0)),
    "reset in the status line": StsFault(UNREACHABLE, _resets(lambda scene, whole: 7)),
    "reset in the headers": StsFault(UNREACHABLE, _resets(_at("Content-Ty"))),
    "reset between headers and body": StsFault(UNREACHABLE, _resets(_at("\r\n\r\n"))),
    "reset amid AccessKeyId": StsFault(UNREACHABLE, _resets(_at("ASIAFAKE"))),
    "reset amid SecretAccessKey": StsFault(UNREACHABLE, _resets(_amid_secret)),
    "reset amid SessionToken": StsFault(UNREACHABLE, _resets(_amid_token)),
    "reset after the credentials": StsFault(UNREACHABLE, _resets(_at("</Credentials>"))),
    "reset before the last byte": StsFault(UNREACHABLE, _resets(_all_but_one)),
    "connection ended before a byte": StsFault(UNREACHABLE, _ends(lambda scene, whole: 0)),
    "connection ended in the status line": StsFault(UNREACHABLE, _ends(lambda scene, whole: 7)),
    "connection ended in the headers": StsFault(NOT_BELIEVED, _ends(_at("Content-Ty"))),
    "connection ended between headers and body": StsFault(UNREACHABLE, _ends(_at("\r\n\r\n"))),
    "connection ended amid SecretAccessKey": StsFault(UNREACHABLE, _ends(_amid_secret)),
    "connection ended before the last byte": StsFault(UNREACHABLE, _ends(_all_but_one)),
    "no line between headers and body": StsFault(UNREACHABLE, _run_together),
    "more bytes promised than sent": StsFault(UNREACHABLE, _promises(+7)),
    "fewer bytes promised than sent": StsFault(NOT_BELIEVED, _promises(-7)),
    "chunked, and cut off": StsFault(UNREACHABLE, _chunked),
    "chunks of no length": StsFault(UNREACHABLE, _chunked_by_nonsense),
    "a status line that is none": StsFault(
        UNREACHABLE, lambda scene, params: Reply(raw=b"STS/1.0 hello\r\n\r\n")
    ),
    "a header of a megabyte": StsFault(
        UNREACHABLE, lambda scene, params: Reply(raw=_wire(b"", X_Long="x" * _MEGABYTE))
    ),
}

SLOW = {
    "accepts and never answers": StsFault(
        UNREACHABLE, lambda scene, params: Reply(delay=_NEVER), patience=0.5
    ),
    "never ends its headers": StsFault(
        UNREACHABLE, lambda scene, params: Reply(raw=b"HTTP/1.1 200 OK\r\n", then_hold=True), patience=0.5
    ),
    "headers that drip": StsFault(
        TOO_LATE, lambda scene, params: Reply(raw=_wire(_good(scene, params)), drip=0.05), seconds=0.8
    ),
    "a body that drips": StsFault(
        TOO_LATE, lambda scene, params: Reply(body=_good(scene, params), drip=0.05), seconds=0.8
    ),
    "an error that drips": StsFault(
        TOO_LATE,
        lambda scene, params: dataclasses.replace(sts_error(400, "Throttling"), drip=0.05),
        seconds=0.8,
    ),
    "an endless row of headers": StsFault(
        UNREACHABLE, lambda scene, params: Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X-More: more\r\n" * 10_000)
    ),
}

NO_DOCUMENT = {
    "200 with an empty body": StsFault(NOT_BELIEVED, _is(200, b"")),
    "204": StsFault(NOT_BELIEVED, _is(204, b"")),
    "HTML in place of XML": StsFault(NOT_BELIEVED, _is(200, b"<html>a proxy's page</html>")),
    "JSON in place of XML": StsFault(NOT_BELIEVED, _json),
    "an entity bomb": StsFault(NOT_BELIEVED, _is(200, _bomb("AssumeRoleResponse"))),
    "an entity bomb under 400": StsFault(NOT_BELIEVED, _is(400, _bomb("ErrorResponse"))),
    "an external entity": StsFault(
        NOT_BELIEVED,
        _edited(
            "<AssumeRoleResponse ",
            '<!DOCTYPE r [<!ENTITY c SYSTEM "file:///etc/passwd">]><AssumeRoleResponse ',
        ),
    ),
    "elements nested 100,000 deep": StsFault(NOT_BELIEVED, _is(200, b"<a>" * 100_000 + b"</a>" * 100_000)),
    "an error nested 100,000 deep": StsFault(
        NOT_BELIEVED,
        _is(400, b"<ErrorResponse>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</ErrorResponse>"),
    ),
    "bytes that aren't UTF-8": StsFault(
        NOT_BELIEVED, lambda scene, params: Reply(body=_good(scene, params).replace(b"ASIA", b"AS\xff\xfe"))
    ),
    "UTF-16": StsFault(
        NOT_BELIEVED, lambda scene, params: Reply(body=_good(scene, params).decode().encode("utf-16"))
    ),
    "a NUL in the secret": StsFault(
        NOT_BELIEVED,
        lambda scene, params: Reply(
            body=_good(scene, params).replace(b"</SecretAccessKey>", b"\0</SecretAccessKey>")
        ),
    ),
    "8 MB of spaces": StsFault(NOT_BELIEVED, _is(200, b" " * 8 * _MEGABYTE)),
    "a session and 8 MB of comment": StsFault(
        NOT_BELIEVED, _edited("</AssumeRoleResult>", f"</AssumeRoleResult><!--{'x' * 8 * _MEGABYTE}-->")
    ),
    "a token of 8 MB": StsFault(
        NOT_BELIEVED, _edited("<SessionToken>", f"<SessionToken>{'x' * 8 * _MEGABYTE}")
    ),
    "gzip, said to be": StsFault(
        NOT_BELIEVED,
        lambda scene, params: Reply(
            body=gzip.compress(_good(scene, params)), headers={"Content-Encoding": "gzip"}
        ),
    ),
    "cut amid the secret, well framed": StsFault(
        NOT_BELIEVED,
        lambda scene, params: Reply(body=(whole := _good(scene, params))[: _amid_secret(scene, whole)]),
    ),
    "cut after the token, well framed": StsFault(
        NOT_BELIEVED, lambda scene, params: Reply(body=_good(scene, params).partition(b"</SessionToken>")[0])
    ),
    "the same document twice": StsFault(
        NOT_BELIEVED, lambda scene, params: Reply(body=_good(scene, params) * 2)
    ),
}

NOT_WHAT_WAS_ASKED = {
    **{
        f"no {part}": StsFault(NOT_BELIEVED, _without(part))
        for part in (
            "Credentials",
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
            "AssumedRoleUser",
            "Arn",
            "SourceIdentity",
        )
    },
    **{
        f"an empty {part}": StsFault(NOT_BELIEVED, _with(**{part: ""}))
        for part in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Arn", "SourceIdentity")
    },
    **{
        f"two of {part}": StsFault(NOT_BELIEVED, _twice(part))
        for part in (
            "AssumeRoleResult",
            "Credentials",
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
            "AssumedRoleUser",
            "Arn",
            "SourceIdentity",
        )
    },
    "two of Credentials, by an entity": StsFault(NOT_BELIEVED, _within),
    "an expiration that has passed": StsFault(NOT_BELIEVED, _expires(seconds=-1)),
    "an expiration in twelve hours": StsFault(NOT_BELIEVED, _expires(hours=12)),
    "an expiration in the year 9999": StsFault(NOT_BELIEVED, _with(Expiration="9999-12-31T23:59:59Z")),
    "an expiration that is none": StsFault(NOT_BELIEVED, _with(Expiration="soon")),
    "an expiration that is a secret": StsFault(
        NOT_BELIEVED, lambda scene, params: Reply(body=_good(scene, params, Expiration=scene.sts.secret))
    ),
    "an expiration without a zone": StsFault(NOT_BELIEVED, _expires("%Y-%m-%dT%H:%M:%S", minutes=14)),
    "a role of another account": StsFault(NOT_BELIEVED, _with_arn(account="333333333333")),
    "another role": StsFault(NOT_BELIEVED, _with_arn(role="administrator")),
    "another session": StsFault(NOT_BELIEVED, _with_arn(session="somebody-else")),
    "the session of another vend": StsFault(NOT_BELIEVED, _of_another_vend),
    "another source identity": StsFault(NOT_BELIEVED, _with(SourceIdentity="user.111111111111.stranger")),
    "a key that lives for ever (`AKIA`)": StsFault(NOT_BELIEVED, _with(AccessKeyId="AKIAFAKEFAKEFAKEFAKE")),
    "a key id that is none": StsFault(NOT_BELIEVED, _with(AccessKeyId="ASIA")),
}

ANSWERS: dict[str, dict[str, StsFault]] = {
    "STS is throttling": THROTTLING,
    "STS is failing": FAILING,
    "STS says no": REFUSING,
    "The reply breaks off": BROKEN_OFF,
    "The reply is late": SLOW,
    "The reply is no document": NO_DOCUMENT,
    "The reply is not what was asked for": NOT_WHAT_WAS_ASKED,
}
"""What STS answers, by the table's heading."""

UNCONNECTED = {
    "connection refused": UNREACHABLE,
    "a host name that doesn't resolve": UNREACHABLE,
}
"""Where there is nobody to answer. Each has a test of its own."""


@dataclasses.dataclass(frozen=True, slots=True)
class TlsFault:
    """A fault of the handshake: how the server meets a connection, and what the vend comes to."""

    meets: Outcome
    front: Callable[[Certificates, socket.socket, FakeAws], socket.socket]
    patience: float | None = None
    """As for ``StsFault``."""


def _shows(certificate: str) -> Callable[[Certificates, socket.socket, FakeAws], socket.socket]:
    return lambda certificates, accepted, server: certificates.serve(accepted, certificate)


def _resets_the_handshake(_: Certificates, accepted: socket.socket, __: FakeAws) -> socket.socket:
    accepted.recv(1)
    reset(accepted)
    return accepted


def _hangs_up(_: Certificates, accepted: socket.socket, __: FakeAws) -> socket.socket:
    accepted.recv(10_000)
    accepted.shutdown(socket.SHUT_RDWR)
    return accepted


def _says_nothing(_: Certificates, accepted: socket.socket, server: FakeAws) -> socket.socket:
    server.over.wait(_NEVER)
    return accepted


TLS = {
    "a certificate nobody signed": TlsFault(UNREACHABLE, _shows("self-signed")),
    "a certificate that has expired": TlsFault(UNREACHABLE, _shows("expired")),
    "a certificate of another host": TlsFault(UNREACHABLE, _shows("another-name")),
    "plain HTTP on the port of TLS": TlsFault(UNREACHABLE, lambda _, accepted, server: accepted),
    "a handshake that is reset": TlsFault(UNREACHABLE, _resets_the_handshake),
    "a handshake that is hung up on": TlsFault(UNREACHABLE, _hangs_up),
    "a handshake that never ends": TlsFault(UNREACHABLE, _says_nothing, patience=0.5),
}
