"""Answers to botocore's clients without a socket: its own parsers read them, and nothing is sent.

The tests answer on real sockets. A fuzzer needs thousands of answers a second, and what it is after
is the parsing, so here the answer is given where botocore would send the request.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders


class Answer(NamedTuple):
    """What would come back from AWS."""

    status: int
    body: bytes
    headers: dict[str, str]


class _Body(io.BytesIO):
    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


def _headers(plain: dict[str, str]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in plain.items():
        headers[name] = value
    return headers


def answer_with(client: Any, answer: Callable[[AWSPreparedRequest], Answer]) -> None:
    """Have a client's requests answered by a function."""

    def before_send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        status, body, headers = answer(request)
        return AWSResponse(request.url, status, _headers(headers), _Body(body))

    client.meta.events.register("before-send", before_send)
