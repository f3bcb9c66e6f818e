"""What keeps the embedded hub from being taken for the real one, or deployed as one."""

import os
import socket
from collections.abc import Mapping
from typing import Final

LOOPBACK: Final = "127.0.0.1"
"""The only address anything of the embedded hub listens on."""

KEY_MARK: Final = "LOCALHUB"
"""Stands in every access key id the embedded hub issues, so that one found in a log explains itself."""

_LAMBDA_VARIABLES: Final = ("AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT")
"""Set by Lambda in every execution environment (Lambda developer guide, reserved variables)."""

_NOT_THE_PERSONS: Final = {
    # ~/.aws would otherwise be read, and may name another endpoint, proxy or CA.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # A proxy knows nothing of our loopback.
    "NO_PROXY": LOOPBACK,
    "no_proxy": LOOPBACK,
}


class ConfinementError(RuntimeError):
    """The embedded hub was about to run where it must not."""


def refuse_inside_lambda(environment: Mapping[str, str]) -> None:
    """Raise ``ConfinementError`` in an execution environment of Lambda."""
    found = [name for name in _LAMBDA_VARIABLES if name in environment]
    if found:
        raise ConfinementError(
            f"The embedded hub is for a developer's machine, and this looks like Lambda ({found[0]} is set)."
        )


def free_port() -> int:
    """Find a TCP port that nothing listens on. Another process may take it before it is used."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """Copy an environment without anything that would lead an AWS SDK to the user's own account."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("AWS_", "HUBSPOKE_", "ASSUME_ROLE_", "BOTO_"))
    }


def base_environment() -> dict[str, str]:
    """Return this process's environment, cleaned for a child of the embedded hub."""
    return without_aws(os.environ) | _NOT_THE_PERSONS


def forget_the_person() -> None:
    """Clean this process's own environment likewise, for the SDK in here."""
    cleaned = base_environment()
    os.environ.clear()
    os.environ.update(cleaned)
