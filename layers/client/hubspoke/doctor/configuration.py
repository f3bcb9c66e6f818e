"""What options, variables and the AWS files say, and where they contradict each other. Asks nobody."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hubspoke.findings import Finding, noted, right, wrong
from hubspoke.places import aws_files
from hubspoke.settings import Settings

_STEP: Final = "configuration"

_FILE_MAX: Final = 16 * 1024 * 1024
"""Bytes; what is larger is no AWS file."""

_OF_ANOTHER: Final = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""What botocore would get credentials by, where nothing goes before it."""


def choice(known: Settings, endpoint: str | None, *, by_hub_role: bool) -> Finding | None:
    """Say what keeps a route from being chosen: variables of both, and no option that decides.

    Args:
        known: the environment.
        endpoint: as an option has it.
        by_hub_role: whether an option names the hub account or role.
    """
    if endpoint is not None or by_hub_role or not known.endpoint:
        return None
    if known.hub_account or known.hub_role:
        return wrong(
            _STEP,
            "RoutesBoth",
            "HUBSPOKE_ENDPOINT leads through the hub, and ASSUME_ROLE_HUB_ACCOUNT or ASSUME_ROLE_HUB_ROLE "
            "directly.",
            "unset HUBSPOKE_ENDPOINT\nor: unset ASSUME_ROLE_HUB_ACCOUNT ASSUME_ROLE_HUB_ROLE\n"
            "or choose at each call, with --endpoint, or with --hub-account and --hub-role.",
        )
    if known.external_id or known.session_string:
        return wrong(
            _STEP,
            "DirectSettings",
            "HUBSPOKE_ENDPOINT leads through the hub; ASSUME_ROLE_EXTERNAL_ID and ASSUME_ROLE_SESSION_STRING "
            "belong "
            "to the direct route.",
            "unset ASSUME_ROLE_EXTERNAL_ID ASSUME_ROLE_SESSION_STRING",
        )
    return None


def examine(
    known: Settings, environ: Mapping[str, str], *, endpoint: str | None, profile: str | None, direct: bool
) -> list[Finding]:
    """Say which settings are used, and which are not.

    Args:
        known: the environment, as the client reads it.
        environ: the same as it is.
        endpoint: as an option has it.
        profile: as an option has it.
        direct: whether the hub role's route is walked.
    """
    given = {name: value for name, value in environ.items() if value}
    return [
        _route(known, endpoint, direct=direct),
        *_unused(known, endpoint, direct=direct),
        *_signers(known, given, profile),
        *_files(given),
        *_sts(known),
    ]


def _route(known: Settings, endpoint: str | None, *, direct: bool) -> Finding:
    if direct:
        return right(
            _STEP, "RouteDirect", "The way is direct: your own credentials, the hub role, the spoke's."
        )
    whence = "--endpoint" if endpoint is not None else "HUBSPOKE_ENDPOINT"
    if not (known.endpoint if endpoint is None else endpoint):
        return wrong(
            _STEP,
            "EndpointMissing",
            "Nothing says where the hub is.",
            "Set HUBSPOKE_ENDPOINT or --endpoint to its API's address, which the hub's operators know: the "
            "output\n"
            "Endpoint of its stack. Without a hub: --hub-account and --hub-role.",
        )
    return right(_STEP, "RouteHub", f"The way is through the hub, whose address {whence} has.")


def _unused(known: Settings, endpoint: str | None, *, direct: bool) -> list[Finding]:
    if direct and known.endpoint:
        return [noted(_STEP, "EndpointUnused", "HUBSPOKE_ENDPOINT is set, and an option says otherwise.")]
    if not direct and endpoint is not None and (known.hub_account or known.hub_role):
        says = "ASSUME_ROLE_HUB_ACCOUNT or ASSUME_ROLE_HUB_ROLE is set, and --endpoint says otherwise."
        return [noted(_STEP, "HubRoleUnused", says)]
    return []


def _signers(known: Settings, given: Mapping[str, str], profile: str | None) -> list[Finding]:
    """Say whose credentials are not used though a variable names them."""
    if ("AWS_ACCESS_KEY_ID" in given) != ("AWS_SECRET_ACCESS_KEY" in given):
        there, lacks = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
        if lacks in given:
            there, lacks = lacks, there
        return [
            wrong(
                _STEP,
                "KeysIncomplete",
                f"{there} is set, and {lacks} isn't.",
                f"Set {lacks} too, or unset {there}, so that the profile's credentials are used.",
            )
        ]
    if known.keys is None:
        return []
    if profile is not None:
        return [noted(_STEP, "KeysUnused", "AWS_ACCESS_KEY_ID is set, and --profile goes before it.")]
    others = [name for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", *_OF_ANOTHER) if name in given]
    if not others:
        return []
    return [
        noted(
            _STEP,
            "KeysBeforeProfile",
            f"AWS_ACCESS_KEY_ID signs; {' and '.join(others)} is set too, and not used.",
            "To call as a profile: --profile NAME, or unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY "
            "AWS_SESSION_TOKEN",
        )
    ]


def _files(given: Mapping[str, str]) -> list[Finding]:
    files = {path: _problem(Path(path)) for path in aws_files(given)}
    named = {
        name: given[name] for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE") if name in given
    }
    return [
        *(_broken(path, problem) for path, problem in files.items() if problem),
        *(
            noted(_STEP, "AwsFileMissing", f"{name} names a file that isn't there.")
            for name, path in named.items()
            # As botocore expands it; and however long a name is, this answers.
            if not os.access(os.path.expanduser(os.path.expandvars(path)), os.F_OK)  # noqa: PTH111
        ),
    ]


def _broken(path: str, problem: str) -> Finding:
    return wrong(
        _STEP,
        "AwsFileBroken",
        f"{path} can't be read as an AWS file: {problem}.",
        "Mend it: sections in brackets, name = value beneath, in UTF-8. AWS_CONFIG_FILE and\n"
        "AWS_SHARED_CREDENTIALS_FILE can name others.",
    )


def _problem(path: Path) -> str | None:
    """Say why a file is none that AWS's tools read; ``None`` for one that is, or isn't there."""
    from botocore.configloader import raw_config_parse
    from botocore.exceptions import BotoCoreError

    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            return "it is not a regular file"
        if state.st_size > _FILE_MAX:
            return "it is too large"
        raw_config_parse(str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.strerror or "unknown error"
    except (BotoCoreError, ValueError):
        return "it doesn't parse"
    return None if os.access(path, os.R_OK) else "you may not read it"


def _sts(known: Settings) -> list[Finding]:
    if known.sts_endpoint is None:
        return []
    says = "AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL is set: STS isn't asked at AWS's own address."
    return [noted(_STEP, "StsElsewhere", says)]
