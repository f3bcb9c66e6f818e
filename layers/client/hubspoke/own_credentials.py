"""The caller's own credentials, which sign the call: the environment's, or botocore's chain.

botocore's texts never leave this module: some quote a credential process's output. Each is replaced
by a fixed one, raised outside the ``except`` so that no traceback holds the original either.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from hubspoke import turns
from hubspoke.exceptions import OwnCredentialsError
from hubspoke.places import state
from hubspoke.settings import EnvironmentKeys, Settings
from hubspoke_contract.secret import Secret

MISSING = (
    "No AWS credentials of your own were found to sign the call with: set AWS_PROFILE or --profile, "
    "or sign in ('aws sso login')."
)
EXPIRED = "Your own AWS credentials have expired: sign in again ('aws sso login', or renew the keys)."
MALFORMED = (
    "Your own AWS credentials hold a space, a line break or another character that no key has: check "
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile's."
)
UNKNOWN_PROFILE = "There is no such AWS profile: check --profile, AWS_PROFILE and AWS_CONFIG_FILE."
BROKEN = (
    "Your own AWS credentials could not be loaded: 'aws sts get-caller-identity' with the same profile "
    "shows what is wrong with them. A profile that gets them from hubspoke can't also be the one you call as."
)
_VISIBLE = re.compile(r"[!-~]+")


class CredentialSource(Protocol):
    """A boto3 or botocore session."""

    def get_credentials(self) -> Any:
        """Return what can be frozen into an access key, a secret key and a token, or ``None``."""


@dataclass(frozen=True, slots=True)
class OwnCredentials:
    """What signs the call."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None


class OwnCredentialChain:
    """Where one hub's caller gets its own credentials from.

    A given session first, else the environment's keys, else botocore's chain. A profile asked for by
    name beats the environment's keys, as it does for boto3; ``AWS_PROFILE`` doesn't.
    """

    def __init__(self, settings: Settings, profile: str | None, source: CredentialSource | None) -> None:
        self._settings = settings
        self._profile = profile
        self._given = source
        self._keys = settings.keys if source is None and profile is None else None
        self._chain: CredentialSource | None = source

    def resolve(self) -> OwnCredentials:
        """Return credentials that are good now.

        Raises:
            OwnCredentialsError: they are missing, expired or can't be loaded.
        """
        found = _from_environment(self._keys) if self._keys else self._loaded()
        if not _is_sendable(found):
            raise OwnCredentialsError(MALFORMED)
        return found

    def method(self) -> str:
        """Name where they were found, as botocore does: ``env``, ``sso``. They must have been resolved."""
        if self._keys is not None:
            return "env"
        return str(getattr(self._source().get_credentials(), "method", None) or "session")

    def source(self) -> CredentialSource | None:
        """Return what resolves them, and keeps them; ``None`` where the environment's keys are used."""
        return None if self._keys is not None else self._source()

    def region(self) -> str | None:
        """Return the Region that the session or the profile is configured with, if any."""
        from botocore.exceptions import BotoCoreError

        try:
            source: Any = self._source()
            found = getattr(source, "region_name", None) or source.get_config_variable("region")
        except (BotoCoreError, AttributeError):
            found = None  # what is wrong with a profile is for resolve() to say
        return str(found) if found else None

    def cache_identity(self) -> tuple[object, ...]:
        """Name whose credentials sign, for the cache's key, without botocore where that can be helped.

        A profile's keys are not read for it. What decides them is: its name, the variables that steer
        the chain, and both AWS files with their size and time of change, so that an edit makes other
        keys. What this can't see (another sign-in under the same SSO profile) is the same local user
        all the same, who could read the cache's files anyway, and lasts no longer than credentials
        that were already vended.
        """
        if self._given is not None:
            return ("session", self.resolve().access_key_id)
        if self._keys is not None:
            return ("keys", self._keys.access_key_id)
        if self._settings.is_steered_from_outside:
            return ("outside", self.resolve().access_key_id)
        return ("profile", self._profile, *self.sources())

    def sources(self) -> tuple[object, ...]:
        """Name what a profile's settings come from: variables, and the AWS files as they are now."""
        files = [(str(path), *state(str(path))) for path in self._settings.aws_files]
        return (self._settings.profile_sources, files)

    def _loaded(self) -> OwnCredentials:
        """Ask the chain: one thread at a time, since what is asked may be a program, and that a person."""
        began = time.time()
        with turns.turn(f"own {id(self)}", None, "", threading.TIMEOUT_MAX, _nothing_arrives) as turn:
            if failure := turn.failure_since(began):
                raise failure
            try:
                return _from_chain(self._source)
            except OwnCredentialsError as error:
                turn.failed(error)
                raise

    def _source(self) -> CredentialSource:
        # Kept, since botocore keeps in it what it found, and a role or an SSO profile costs calls.
        if self._chain is None:
            from botocore.session import Session

            self._chain = Session(profile=self._profile)
        return self._chain


def _nothing_arrives() -> turns.Turn | None:
    return None


def _from_environment(keys: EnvironmentKeys) -> OwnCredentials:
    try:
        expiry = datetime.fromisoformat(keys.expiration) if keys.expiration else None
    except ValueError:
        expiry = None  # not ours to judge: AWS will, if it matters
    if expiry is not None and expiry.tzinfo is not None and expiry <= datetime.now(UTC):
        raise OwnCredentialsError(EXPIRED)
    return OwnCredentials(keys.access_key_id, keys.secret_access_key, keys.session_token)


def _from_chain(session: Callable[[], CredentialSource]) -> OwnCredentials:
    from botocore.exceptions import BotoCoreError, ClientError

    problem = MISSING
    try:
        found = session().get_credentials()
        if found is not None:
            if own := _frozen(found):
                return own
            problem = BROKEN  # a credential process may print a null or a number
    # A process that prints no JSON, or no object, or has no name, is none of botocore's own errors.
    except (BotoCoreError, ClientError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        problem = _advice(error)
    except RuntimeError:  # botocore's own type for credentials that a source hands out expired
        problem = EXPIRED
    raise OwnCredentialsError(problem)


def _frozen(found: Any) -> OwnCredentials | None:
    """Take botocore's credentials as they are now; ``None`` where they aren't text.

    Raises nothing of its own: the frame holds the secrets.
    """
    frozen = found.get_frozen_credentials()
    if not all(isinstance(part, str) for part in (frozen.access_key, frozen.secret_key, frozen.token or "")):
        return None
    return OwnCredentials(
        access_key_id=frozen.access_key,
        secret_access_key=Secret(frozen.secret_key),
        session_token=Secret(frozen.token) if frozen.token else None,
    )


def _is_sendable(found: OwnCredentials) -> bool:
    """Tell whether they can stand in a header: the HTTP library would quote what can't in its error."""
    token = found.session_token.reveal() if found.session_token else "-"
    return all(map(_VISIBLE.fullmatch, (found.access_key_id, found.secret_access_key.reveal(), token)))


def _advice(error: Exception) -> str:
    from botocore import exceptions

    if isinstance(error, exceptions.ProfileNotFound):
        return UNKNOWN_PROFILE
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return MISSING
    if isinstance(error, exceptions.SSOError | exceptions.TokenRetrievalError):
        return EXPIRED
    if isinstance(error, exceptions.ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        return EXPIRED if code in {"ExpiredToken", "ExpiredTokenException"} else BROKEN
    return BROKEN
