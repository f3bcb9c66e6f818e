"""A boto3 session whose credentials are vended again shortly before they end."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from math import inf
from typing import Final

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, RefreshableCredentials
from botocore.loaders import Loader, create_loader

from hubspoke.cache import Entry
from hubspoke.exceptions import HubspokeError
from hubspoke.keeping import PASSING
from hubspoke.kept import LEAST, margin
from hubspoke_contract.reply import format_time

_PAUSE: Final = 10.0
"""Seconds after a failed renewal in which it isn't tried again: botocore would do so at each call."""

_log = logging.getLogger(__name__)


def refreshing_session(vend: Callable[[], Entry], region_name: str | None) -> boto3.Session:
    """Return a session that calls ``vend`` now, and again whenever its credentials near their end.

    botocore renews 15 minutes before the end, which for credentials of 15 minutes means at each call:
    so the window is the cache's own margin, and a renewal never gets the old ones back from the cache.
    One thread renews; the others go on with the old ones meanwhile, and wait only in the last minute.
    """
    renewal = _Renewal(vend)
    credentials = RefreshableCredentials.create_from_metadata(
        metadata=_metadata(renewal.entry),
        refresh_using=renewal,
        method=_Vended.METHOD,
        advisory_timeout=margin(renewal.entry.lifetime),
        mandatory_timeout=LEAST,
    )
    session = botocore.session.Session()
    # Each session would read and keep the services' models for itself, which takes longer than a vend.
    session.register_component("data_loader", _models(session.get_config_variable("data_path")))
    session.get_component("credential_provider").insert_before("env", _Vended(credentials))
    return boto3.Session(botocore_session=session, region_name=region_name)


@cache
def _models(data_path: str | None) -> Loader:
    return create_loader(data_path)


class _Renewal:
    """Vends anew. Called by one thread at a time: botocore holds a lock."""

    def __init__(self, vend: Callable[[], Entry]) -> None:
        self._vend = vend
        self.entry = vend()
        self._failed: HubspokeError | None = None
        self._again = -inf

    def __call__(self) -> dict[str, str]:
        """Return new credentials, or those at hand where the hub is down and they are still good.

        Raises:
            HubspokeError: the hub refuses, or they aren't good any more.
        """
        usable = self.entry.is_usable(datetime.now(UTC))
        if time.monotonic() >= self._again or (self._failed is None and not usable):
            self._try()
        if self._failed is not None:
            raise self._failed.copy()
        return _metadata(self.entry)

    def _try(self) -> None:
        self._failed = None
        try:
            self.entry = self._vend()
        except HubspokeError as error:
            self._again = time.monotonic() + _PAUSE
            if not isinstance(error, PASSING) or not self.entry.is_usable(datetime.now(UTC)):
                self._failed = error.copy()
            else:
                _log.warning("%s: the session goes on with credentials that still last a little", error.code)


class _Vended(CredentialProvider):
    """Stands before every other source in the session's chain."""

    METHOD = "hubspoke"
    CANONICAL_NAME = "hubspoke"

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials


def _metadata(entry: Entry) -> dict[str, str]:
    found = entry.credentials
    return {
        "access_key": found.access_key_id,
        "secret_key": found.secret_access_key.reveal(),
        "token": found.session_token.reveal(),
        "expiry_time": format_time(found.expiration),
        "account_id": found.account,
    }
