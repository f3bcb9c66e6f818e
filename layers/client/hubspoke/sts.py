"""The AssumeRole calls of the direct route: bounded in time, and tried again only where that can help.

Exceptions of botocore never leave this module: the text of one about a truncated reply holds the secret key.
``sts_replies`` has what is asked, and what is believed of the answer.
"""

import functools
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, TypeVar

from hubspoke import endpoint
from hubspoke.bounded import within
from hubspoke.exceptions import (
    ConfigurationError,
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    HubUnreachable,
    ReplyMalformed,
)
from hubspoke.own_credentials import OwnCredentials
from hubspoke.silence import silence
from hubspoke.sts_replies import (
    NOT_STS,
    Assumption,
    Hop,
    Refused,
    Unreadable,
    believed,
    by_status,
    failure,
    look_over,
)
from hubspoke_contract import arns
from hubspoke_contract.reply import Credentials

_NO_ANSWER: Final = (
    "AWS STS gave no answer: check --region or AWS_REGION, the network, HTTPS_PROXY, and, if it is set, "
    "AWS_ENDPOINT_URL_STS."
)
_LATE: Final = "AWS STS gave no answer in time: try again, and check the network if it lasts."
_TLS: Final = (
    "The TLS certificate of AWS STS was not accepted: check AWS_CA_BUNDLE if a proxy re-signs the traffic."
)
_CA_BUNDLE: Final = "The CA bundle can't be read: check AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
_PARTITION: Final = "AWS has no such Region: check --region or AWS_REGION. It must be one such as eu-west-1."
_ENDPOINT: Final = (
    "The address of STS must begin with https:// (http:// only on loopback): check AWS_ENDPOINT_URL_STS, "
    "AWS_ENDPOINT_URL and the profile's endpoint_url. Nothing was sent."
)
_CONFIG: Final = (
    "The AWS config file or its profile can't be used: 'aws configure list' shows what is read, and whence."
)

_WORTH_RETRYING: Final = (HubUnreachable, HubThrottled, HubUnavailable)

_CONNECT_TIMEOUT: Final = 5.0
"""Seconds for one connection: a lost SYN is sent again after one and after three."""

_BACKOFF: Final = 0.25
"""Seconds before the second try, doubled for each further one."""

_T = TypeVar("_T")
_R = TypeVar("_R")

_log = logging.getLogger(__name__)


class Sts:
    """STS of one Region. Any thread may call."""

    def __init__(
        self, region: str, profile: str | None, ca_bundle: str | None, timeout: float, retries: int
    ) -> None:
        """Say where STS is, and how long to ask it.

        Args:
            region: of its regional endpoint.
            profile: whose settings, such as ``endpoint_url``, hold; not whose keys.
            ca_bundle: a file, by default botocore's.
            timeout: seconds for one call, retries included.
            retries: how often a call is tried again when STS is unreachable, throttled or down.

        Raises:
            ConfigurationError: no partition of AWS has the Region, the CA bundle can't be read, or the AWS
                config file is broken.
        """
        from botocore.config import Config
        from botocore.session import Session

        # botocore would call it a certificate that isn't accepted.
        if ca_bundle is not None and not os.access(ca_bundle, os.R_OK):
            raise ConfigurationError(_CA_BUNDLE)
        self._region, self._ca_bundle, self._timeout, self._retries = region, ca_bundle, timeout, retries
        self._session = Session(profile=profile)
        # The global endpoint's tokens are not good in the Regions that have to be switched on.
        self._session.set_config_variable("sts_regional_endpoints", "regional")
        self._config = Config(
            connect_timeout=min(_CONNECT_TIMEOUT, timeout),
            read_timeout=timeout,
            retries={"total_max_attempts": 1},
            user_agent_extra="hubspoke",
        )
        self._direct = self._config.merge(Config(proxies={}))
        self._turn = threading.Lock()
        data = _answered(lambda: self._session.get_config_variable("data_path"), _CONFIG)
        self._session.register_component("data_loader", _models(data))
        found = _answered(lambda: self._session.get_partition_for_region(region), _PARTITION)
        self.partition = str(found)
        if self.partition not in arns.PARTITIONS:
            raise ConfigurationError(_PARTITION)

    def assume(self, own: OwnCredentials, asked: Assumption, hop: Hop) -> Credentials:
        """Assume a role; try again only when STS says that it is throttling or failing, or says nothing.

        Raises:
            HubspokeError: whatever else came of it.
        """
        with closing(self._client(own)) as client:
            return self._assume(client, asked, hop)

    def identity(self, own: OwnCredentials) -> str | Refused:
        """Return the ARN of whose credentials they are, or AWS's code where it refuses them.

        Raises:
            HubspokeError: there was no answer, or none that is STS's.
        """
        with closing(self._client(own)) as client:
            found = _within(self._timeout, lambda: self._answer(lambda: _arn(client), Refused.of))
        if isinstance(found, HubspokeError):
            raise found
        return found

    def _assume(self, client: Any, asked: Assumption, hop: Hop) -> Credentials:
        deadline = time.monotonic() + self._timeout
        # A code is good for one call, whether its answer got lost or not.
        retries = 0 if asked.mfa_code else self._retries
        for attempt in count():
            _log.info("sts:AssumeRole %s/%s, Region %s", asked.account, asked.name, self._region)
            left = deadline - time.monotonic()
            answer = _within(left, lambda: self._ask(client, asked, hop))
            if isinstance(answer, Credentials):
                return answer
            wait = _BACKOFF * 2.0**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
            too_late = attempt >= retries or time.monotonic() + wait >= deadline
            if too_late or not isinstance(answer, _WORTH_RETRYING):
                raise answer
            _log.info("%s: trying again in %.1f s", answer.code, wait)
            time.sleep(wait)
        raise AssertionError  # count() has no end

    def _client(self, own: OwnCredentials) -> Any:
        client = self._new(own, self._config)
        if not _may_be_signed_for(client.meta.endpoint_url):
            raise ConfigurationError(_ENDPOINT)
        place = _place(client.meta.endpoint_url)
        if place and place.loopback:
            # Without TLS, a proxy would read the reply; and it has another loopback.
            client.close()
            client = self._new(own, self._direct)
        client.meta.events.register("before-parse.sts.AssumeRole", look_over)
        return client

    def _new(self, own: OwnCredentials, config: Any) -> Any:
        token = own.session_token.reveal() if own.session_token else None
        # botocore's sessions are not safe for threads; the clients they make are.
        with self._turn, silence():
            return _answered(
                lambda: self._session.create_client(
                    "sts",
                    region_name=self._region,
                    aws_access_key_id=own.access_key_id,
                    aws_secret_access_key=own.secret_access_key.reveal(),
                    aws_session_token=token,
                    verify=self._ca_bundle,
                    config=config,
                ),
                _CONFIG,
            )

    def _ask(self, client: Any, asked: Assumption, hop: Hop) -> Credentials | HubspokeError:
        def assume() -> Credentials | None:
            reply = client.assume_role(**asked.parameters(self.partition))
            return believed(reply, asked, self.partition, datetime.now(UTC))

        return self._answer(assume, lambda response: failure(response, hop))

    def _answer(
        self, call: Callable[[], _T | None], refused: Callable[[Mapping[str, Any]], _R]
    ) -> _T | _R | HubspokeError:
        """Make one call. Returns instead of raising: no traceback may hold a frame with STS's reply."""
        from botocore import exceptions

        try:
            with silence():
                found = call()
            return ReplyMalformed(NOT_STS) if found is None else found
        except exceptions.ClientError as error:
            return refused(error.response)
        except Unreadable as unreadable:
            return by_status(unreadable.status, None)
        except exceptions.SSLError:
            return HubUnreachable(_TLS)
        except (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError):
            return HubUnreachable(_LATE)
        except (exceptions.HTTPClientError, exceptions.ConnectionError):
            return HubUnreachable(_NO_ANSWER)
        except Exception:  # noqa: BLE001 - whatever else a broken reply made botocore raise, text and all
            return ReplyMalformed(NOT_STS)


@functools.cache
def _models(search_path: str | None) -> Any:
    """Return what reads AWS's service models, and keeps them: reading takes longer than all else here."""
    from botocore.loaders import create_loader

    return create_loader(search_path)


def _answered(ask: Callable[[], Any], otherwise: str) -> Any:
    """Return what botocore answers; its own errors quote what they read."""
    from botocore.exceptions import BotoCoreError

    try:
        return ask()
    except (BotoCoreError, ValueError):
        pass
    raise ConfigurationError(otherwise)


def _arn(client: Any) -> str | None:
    found = client.get_caller_identity().get("Arn")
    return found if isinstance(found, str) and found.isascii() and found.isprintable() else None


def _within(seconds: float, ask: Callable[[], _T]) -> _T | HubUnreachable:
    try:
        return within(seconds, ask)
    except TimeoutError:
        return HubUnreachable(_LATE)


def _may_be_signed_for(url: str) -> bool:
    return _place(url) is not None


def _place(url: str) -> endpoint.Endpoint | None:
    """Read the address; ``None`` where nothing may be signed for it."""
    try:
        return endpoint.parse(url)
    except ConfigurationError:
        return None
