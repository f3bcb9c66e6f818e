"""One signed call to the hub, by whichever of its endpoints: bounded in time and size.

It is tried again only where that can help, and never after a decision of the hub's.
"""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict
from requests_aws4auth import AWS4Auth

from hubspoke import replies
from hubspoke.bounded import within
from hubspoke.connections import LATE, Connections, Trust
from hubspoke.endpoint import Endpoint
from hubspoke.exceptions import HubspokeError, HubThrottled, HubUnavailable, HubUnreachable
from hubspoke.outages import Outages
from hubspoke.own_credentials import OwnCredentials
from hubspoke.replies import Reply

_BACKOFF: Final = 0.25
"""Seconds before the second try, doubled for each further one, where the hub names no time."""

_NONE_ANSWERED: Final = (
    "None of the hub's endpoints gave an answer: check --endpoint or HUBSPOKE_ENDPOINT, the network, and "
    "HTTPS_PROXY. '--verbose' shows what is tried."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """What is asked, and whose credentials sign it."""

    method: str
    path: str
    body: bytes | None
    own: OwnCredentials


@dataclass(frozen=True, slots=True)
class _Way:
    """One endpoint, the Region it is signed for, and the connections to it."""

    endpoint: Endpoint
    region: str
    connections: Connections


class Transport:
    """What all calls of one hub share. Any thread may call."""

    def __init__(
        self,
        endpoints: Sequence[tuple[Endpoint, str]],
        timeout: float,
        retries: int,
        ca_bundle: str | None,
        outages: Outages,
    ) -> None:
        """Say where to call. Nothing is sent yet.

        Args:
            endpoints: each with its Region, in the order in which they are tried.
            timeout: seconds for a whole call: endpoints, retries and waits included.
            retries: how often all of them are tried again.
            ca_bundle: a file or a folder; ``None`` for requests' own.
            outages: which endpoints were down a moment ago.
        """
        trust = Trust(ca_bundle)
        self._ways = [_Way(place, region, Connections(place, trust)) for place, region in endpoints]
        self._timeout = timeout
        self._retries = retries
        self._outages = outages

    def call(self, own: OwnCredentials, method: str, path: str, body: bytes | None = None) -> Reply:
        """Call the hub and return its 200.

        A vend is tried again like the rest: the one that got lost, if it was made, is in the ledger
        and nobody has its credentials.

        Raises:
            HubspokeError: whatever else came of it.
        """
        deadline = time.monotonic() + self._timeout
        asked = _Call(method, path, body, own)
        for attempt in count():
            try:
                return self._round(asked, deadline)
            except (HubUnreachable, HubThrottled, HubUnavailable) as error:
                wait = _wait(error.retry_after, attempt)
                if attempt >= self._retries or time.monotonic() + wait >= deadline:
                    raise
                _log.info("%s: trying again in %.1f s", error.code, wait)
            time.sleep(wait)
        raise AssertionError  # count() has no end

    def _round(self, asked: _Call, deadline: float) -> Reply:
        """Try each endpoint once, those that were down a moment ago only when the others are as well."""
        alone = len(self._ways) == 1
        down = [not alone and self._outages.lasts(way.endpoint.url) for way in self._ways]
        errors: list[HubspokeError] = []
        for wanted in (False, True):
            ways = [way for way, is_down in zip(self._ways, down, strict=True) if is_down is wanted]
            for place, way in enumerate(ways):
                # What is left is shared fairly: one that hangs must not use up the others' time.
                seconds = (deadline - time.monotonic()) / (len(ways) - place)
                if errors and seconds <= 0:
                    raise _summary(errors)  # of those that were asked: nothing is known of the others
                try:
                    return self._attempt(way, asked, seconds, was_down=wanted)
                except (HubUnreachable, HubThrottled, HubUnavailable) as error:
                    errors.append(error)
        raise _summary(errors)

    def _attempt(self, way: _Way, asked: _Call, seconds: float, *, was_down: bool) -> Reply:
        url = way.endpoint.url
        _log.info("%s %s%s, Region %s", asked.method, url, asked.path, way.region)
        try:
            reply = _sent(way, asked, seconds)
            _log.info("answered %d, request id %s", reply.status, reply.request_id or "unknown")
            if error := replies.failure(reply):
                raise error
        except (HubUnreachable, HubUnavailable) as error:
            if len(self._ways) > 1:
                _log.info("%s: %s is left alone for a while", error.code, url)
                self._outages.begin(url)
            raise
        if was_down:
            self._outages.end(url)
        return reply


def _sent(way: _Way, asked: _Call, seconds: float) -> Reply:
    try:
        return within(seconds, lambda: way.connections.send(_signed(way, asked), seconds))
    except TimeoutError:
        pass
    raise HubUnreachable(LATE)


def _signed(way: _Way, asked: _Call) -> PreparedRequest:
    request = unsigned(way.endpoint, asked.method, asked.path, asked.body)
    sign(request, asked.own, way.region)
    return request


def unsigned(endpoint: Endpoint, method: str, path: str, body: bytes | None = None) -> PreparedRequest:
    """Return a request to an endpoint, which nobody has signed."""
    request = PreparedRequest()
    request.method = method
    # As it is: what is signed is what is sent, and no part of it needs to be quoted.
    request.url = endpoint.url + path
    # identity: a compressed reply could be far larger than what the size cap lets through.
    request.headers = CaseInsensitiveDict(
        {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "hubspoke"}
    )
    if body is not None:
        request.headers["Content-Type"] = "application/json"
    request.body = body
    return request


def sign(request: PreparedRequest, own: OwnCredentials, region: str) -> None:
    """Sign a request for API Gateway in a Region."""
    token = own.session_token
    # It keeps state and is not thread-safe: one for each request.
    signer = AWS4Auth(
        own.access_key_id,
        own.secret_access_key.reveal(),
        region,
        "execute-api",
        session_token=token.reveal() if token else None,
    )
    signer(request)


def _summary(errors: Sequence[HubspokeError]) -> HubspokeError:
    """Return one error for all endpoints: what a hub said, or else that there was no answer."""
    if len(errors) == 1:
        return errors[0]
    answered = [error for error in errors if not isinstance(error, HubUnreachable)]
    return answered[0] if answered else HubUnreachable(_NONE_ANSWERED)


def _wait(retry_after: int | None, attempt: int) -> float:
    """Return the seconds to wait: what the hub asks for, or a jittered, doubling time of ours."""
    if retry_after is not None:
        return float(retry_after)
    return _BACKOFF * float(2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
