"""The environment, read in this module and in ``quick``, and nowhere else in the package.

An empty variable counts as one that isn't set: ``NAME= command`` is how a shell unsets for one call.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hubspoke import places
from hubspoke_contract.secret import Secret

_ASKING = "HUBSPOKE_PROFILES_ASKED"
"""Set by us alone, for ourselves further down: the profiles being asked for, a line each."""

_PROFILE_VARIABLES = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    # A profile with credential_source = Environment begins with it.
    "AWS_ACCESS_KEY_ID",
)


@dataclass(frozen=True, slots=True)
class EnvironmentKeys:
    """The caller's own credentials, as the environment holds them."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None
    expiration: str | None
    """As written by whoever set it: not yet read as a time."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, taken once."""

    endpoint: str | None
    region: str | None
    sts_endpoint: str | None
    """Where it isn't AWS's own."""
    spoke_account: str | None
    spoke_role: str | None
    hub_account: str | None
    hub_role: str | None
    external_id: Secret | None
    session_string: str | None
    keys: EnvironmentKeys | None
    ca_bundle: str | None
    sign_in_endpoint: str | None
    """For the console; AWS's own by default."""
    cache_directory: Path | None
    """``None`` where there is neither a variable nor a home."""
    aws_files: tuple[Path, ...]
    """The shared config and credentials files."""
    profile_sources: tuple[tuple[str, str], ...] = field(repr=False)
    """The variables that steer botocore's choice of credentials. No secret is among them."""

    @property
    def is_steered_from_outside(self) -> bool:
        """Whether a container's endpoint or a web identity decides whose credentials botocore finds.

        Who that is can't be told from the variables: one address answers everybody with their own.
        """
        return any(
            name.startswith(("AWS_CONTAINER_", "AWS_WEB_IDENTITY_")) for name, _ in self.profile_sources
        )


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Take the settings from ``environ``, by default the process's own."""
    given = {name: value for name, value in (os.environ if environ is None else environ).items() if value}

    def first(*names: str) -> str | None:
        return next((given[name] for name in names if name in given), None)

    directory = places.cache_directory(given)
    external_id = first("ASSUME_ROLE_EXTERNAL_ID")
    return Settings(
        endpoint=first("HUBSPOKE_ENDPOINT"),
        region=first("AWS_REGION", "AWS_DEFAULT_REGION"),
        sts_endpoint=first("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"),
        spoke_account=first("ASSUME_ROLE_SPOKE_ACCOUNT"),
        spoke_role=first("ASSUME_ROLE_SPOKE_ROLE"),
        hub_account=first("ASSUME_ROLE_HUB_ACCOUNT"),
        hub_role=first("ASSUME_ROLE_HUB_ROLE"),
        external_id=Secret(external_id) if external_id else None,
        session_string=first("ASSUME_ROLE_SESSION_STRING"),
        keys=_keys(given),
        ca_bundle=first("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        sign_in_endpoint=first("AWS_ENDPOINT_URL_SIGNIN"),
        cache_directory=Path(directory) if directory else None,
        aws_files=tuple(map(Path, places.aws_files(given))),
        profile_sources=tuple((name, given[name]) for name in _PROFILE_VARIABLES if name in given),
    )


def enter_profile(profile: str | None) -> bool:
    """Note, for processes below, that a profile's credentials are asked for; say whether for the first time.

    botocore runs ``credential_process`` with this environment. A profile whose process is hubspoke, asking
    as the same profile, would otherwise start one process after the other without an end.
    """
    name = signing_profile(profile)
    if name is None:
        return True
    asking = os.environ.get(_ASKING, "").split("\n")
    os.environ[_ASKING] = "\n".join([*asking, name])
    return name not in asking


def signing_profile(profile: str | None) -> str | None:
    """Return the AWS profile that signs, there or not; ``None`` where the environment's keys do."""
    given = read()
    if profile is None and given.keys is not None:
        return None
    sources = dict(given.profile_sources)
    # In botocore's order.
    return profile or sources.get("AWS_DEFAULT_PROFILE") or sources.get("AWS_PROFILE") or "default"


def environment() -> dict[str, str]:
    """Return a copy of the process's environment, for a child to be given."""
    return dict(os.environ)


def _keys(given: Mapping[str, str]) -> EnvironmentKeys | None:
    if "AWS_ACCESS_KEY_ID" not in given or "AWS_SECRET_ACCESS_KEY" not in given:
        return None
    # AWS_SECURITY_TOKEN is the older name, which botocore also still reads.
    token = given.get("AWS_SESSION_TOKEN") or given.get("AWS_SECURITY_TOKEN")
    return EnvironmentKeys(
        access_key_id=given["AWS_ACCESS_KEY_ID"],
        secret_access_key=Secret(given["AWS_SECRET_ACCESS_KEY"]),
        session_token=Secret(token) if token else None,
        expiration=given.get("AWS_CREDENTIAL_EXPIRATION"),
    )
