"""A boto3 session whose credentials are vended again shortly before they end."""

from collections.abc import Callable
from functools import cache

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, RefreshableCredentials
from botocore.loaders import Loader, create_loader

from hubspoke.cache import Entry
from hubspoke.kept import margin
from hubspoke_contract.reply import format_time


def refreshing_session(vend: Callable[[], Entry], region_name: str | None) -> boto3.Session:
    """Return a session that calls ``vend`` now, and again whenever its credentials near their end.

    botocore renews 15 minutes before the end, which for credentials of 15 minutes means at each call:
    so the window is the cache's own margin, and a renewal never gets the old ones back from the cache.
    """
    first = vend()
    window = margin(first.lifetime)
    credentials = RefreshableCredentials.create_from_metadata(
        metadata=_metadata(first),
        refresh_using=lambda: _metadata(vend()),
        method=_Vended.METHOD,
        advisory_timeout=window,
        mandatory_timeout=window // 2,
    )
    session = botocore.session.Session()
    # Each session would read and keep the services' models for itself, which takes longer than a vend.
    session.register_component("data_loader", _models(session.get_config_variable("data_path")))
    session.get_component("credential_provider").insert_before("env", _Vended(credentials))
    return boto3.Session(botocore_session=session, region_name=region_name)


@cache
def _models(data_path: str | None) -> Loader:
    return create_loader(data_path)


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
