"""Where the hub is: an endpoint is checked here before anything is signed for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from hubspoke.exceptions import ConfigurationError

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
"""urlsplit passes over what stands between an address's bracket and its port."""
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_REGION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_EXECUTE_API: Final = re.compile(r"(?:.+\.)?execute-api\.(?P<region>[a-z]+(?:-[a-z]+)+-[0-9]+)\..+")
"""``ID.execute-api.REGION.amazonaws.com``, and a VPC endpoint's ``VPCE.execute-api.REGION.vpce.…``."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A hub's address that requests may be signed for."""

    url: str
    """Without a trailing slash."""
    loopback: bool
    region: str | None
    """As the host names it, if it does."""


def parse_all(raw: str | Sequence[str] | None) -> tuple[Endpoint, ...]:
    """Check the endpoints of one hub: in a sequence, or in one text with commas between them.

    Raises:
        ConfigurationError: there is none, one is given twice, or one isn't right; see ``parse``.
    """
    each = [part.strip(" ") for part in raw.split(",")] if isinstance(raw, str) else list(raw or ())
    if not each or each == [""]:
        raise ConfigurationError("Which hub? Set --endpoint or HUBSPOKE_ENDPOINT to its API's address.")
    found = tuple(map(parse, each))
    if len({endpoint.url for endpoint in found}) < len(found):
        raise ConfigurationError(
            "An endpoint is given twice: set --endpoint or HUBSPOKE_ENDPOINT to each address once."
        )
    return found


def parse(raw: str) -> Endpoint:
    """Check an endpoint.

    Raises:
        ConfigurationError: it isn't https (or http on loopback) to a host and a plain path. A
            signed request sent in the clear could be replayed by whoever reads it.
    """
    trimmed = raw.rstrip("/")
    # urlsplit silently drops tabs and line breaks: such an endpoint is refused before it gets there.
    if not trimmed.isascii() or not trimmed.isprintable() or any(char in trimmed for char in " \\%?#@"):
        raise _refusal()
    try:
        parts = urlsplit(trimmed)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise _refusal() from None
    loopback = _is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ConfigurationError(
            "The endpoint must begin with https:// (http:// only on loopback): set --endpoint or "
            "HUBSPOKE_ENDPOINT. Nothing was sent."
        )
    if not _HOST.fullmatch(host) or not _AUTHORITY.fullmatch(parts.netloc) or not _PATH.fullmatch(parts.path):
        raise _refusal()
    named = _EXECUTE_API.fullmatch(host)
    return Endpoint(
        url=f"{parts.scheme}://{parts.netloc}{parts.path}",
        loopback=loopback,
        region=named["region"] if named else None,
    )


def is_region(raw: str) -> bool:
    """Tell whether ``raw`` can stand in a signature's scope as a Region."""
    return _REGION.fullmatch(raw) is not None


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refusal() -> ConfigurationError:
    return ConfigurationError(
        "The endpoint must be a plain address such as https://ID.execute-api.REGION.amazonaws.com/STAGE, "
        "without user, query or fragment: set --endpoint or HUBSPOKE_ENDPOINT."
    )
