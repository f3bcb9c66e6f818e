"""What people configure: environment, endpoint, arguments, command line, and the grants' YAML."""

# ruff: noqa: S101, PT017 - an assertion is how a target says that a promise is broken

import atexit
import contextlib
import io
import logging
import shutil
import string
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hubspoke import arguments, endpoint, settings
from hubspoke.cli import options
from hubspoke.exceptions import ArgumentInvalid, ConfigurationError
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.source import build
from hubspoke_admin.strict_yaml import YamlInvalid, read_yaml
from soak.fuzz.take import Take, put

_ROOT: Final = Path(__file__).parents[2]
_VARIABLES: Final = (
    "HUBSPOKE_ENDPOINT",
    "HUBSPOKE_CACHE_DIR",
    "XDG_CACHE_HOME",
    "HOME",
    "AWS_REGION",
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CONFIG_FILE",
    "AWS_CA_BUNDLE",
    "ASSUME_ROLE_SPOKE_ACCOUNT",
    "ASSUME_ROLE_SPOKE_ROLE",
)
_HOST: Final = frozenset(string.ascii_lowercase + string.digits + ".-:[]")


def seeds() -> list[bytes]:
    """Give the settings, arguments and files that the documents show."""
    roles = (_ROOT / "grants/roles.yaml").read_bytes()
    environments = [
        put(0, 0, "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod", 4, "eu-west-1"),
        put(0, 1, "/tmp/cache", 6, "AKIAEXAMPLE", 7, "secret", 8, "token", 9, "2030-01-01T00:00:00Z"),  # noqa: S108
        put(0, 9, "2030-01-01T00:00:00", 6, "A", 7, "\0", 3, "\0"),
    ]
    endpoints = [
        put(1, text)
        for text in (
            "https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod/",
            "http://127.0.0.1:4566/restapis/x/prod",
            "http://[::1]:80",
            "https://user@host/",
            "https://host:99999/",
            "https://[::1",
        )
    ]
    asked = [
        put(2, "222222222222", "app-role", "read-only", "a=b", "why"),
        put(2, "２２２２２２２２２２２２", "..", "", "aws:x=y", "two\nlines"),
    ]
    lines = [
        put(3, "222222222222/app-role", "--duration", "15m", "--tag", "a=b"),
        put(3, "--spoke-account", "222222222222", "--spoke-role=app", "--", "x"),
        put(3, "--help"),
        put(3, "--retries=٣", "-h\udc80"),
    ]
    files = [
        bytes([4]) + roles,
        bytes([5]) + roles,
        bytes([4]) + b"roles: &a {x: *a}",
        bytes([4]) + b"[" * 999,
    ]
    return [*environments, *endpoints, *asked, *lines, *files]


def one(data: bytes) -> None:
    """Read one piece of configuration."""
    take = Take(data)
    take.choice(_READERS)(take)


def _environment(take: Take) -> None:
    given: dict[str, str] = {}
    while take.more and len(given) < len(_VARIABLES):
        name = take.choice(_VARIABLES)
        given[name] = take.text()
    found = settings.read(given)
    secret = given.get("AWS_SECRET_ACCESS_KEY", "")
    assert (
        len(secret) < 8
        or secret in "".join(v for k, v in given.items() if "SECRET" not in k)
        or (secret not in repr(found))
    )
    assert (found.keys is None) == (not given.get("AWS_ACCESS_KEY_ID") or not secret)
    if found.cache_directory is not None and found.keys is not None:
        assert OwnCredentialChain(found, None, None).cache_identity()[0] == "keys"


def _endpoint(take: Take) -> None:
    raw = take.text()
    assert endpoint.is_region(raw) in (True, False)
    try:
        found = endpoint.parse(raw)
    except ConfigurationError:
        return
    parts = urlsplit(found.url)
    assert parts.scheme == "https" or (parts.scheme == "http" and found.loopback)
    assert set(parts.netloc.lower()) <= _HOST, parts
    assert (parts.username, parts.query, parts.fragment) == (None, "", "")
    assert endpoint.parse(found.url) == found


def _arguments(take: Take) -> None:
    account, role, policy, tag, reason = (take.text() for _ in range(5))
    try:
        target = arguments.target(account, role)
        assert str(target) == f"{account}/{role}"
        assert target.account.isascii()
    except ArgumentInvalid:
        pass
    key, _, value = tag.partition("=")
    try:
        request = arguments.vend_request(len(account) * 100, policy or None, {key: value}, reason or None)
        assert request.tags == ((key, value),)
        assert request.reason == (reason or None)
    except ArgumentInvalid:
        pass


def _command_line(take: Take) -> None:
    given: list[str] = []
    while take.more and len(given) < 12:
        given.append(take.text())
    parser = options.command_parser("run", "Run a command.", "")
    options.add_vending(parser)
    logging.getLogger("hubspoke").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = options.parse(parser, given)
        except options.UsageError as error:
            assert str(error).isprintable() or "\n" in str(error)
            return
    assert found is None or found.duration is None or isinstance(found.duration, int)


def _yaml(take: Take) -> None:
    text = take.rest().decode("utf-8", "replace")
    try:
        node = read_yaml(text)
        for name in node:
            assert name
            with contextlib.suppress(YamlInvalid):
                node.texts(name)
            with contextlib.suppress(YamlInvalid):
                node.whole_number(name, 1, 0, 9)
            with contextlib.suppress(YamlInvalid):
                node.texts_by_name(name)
    except YamlInvalid as error:
        assert error.line >= 1


def _roles(take: Take) -> None:
    (_grants() / "roles.yaml").write_bytes(take.rest())
    try:
        document = build(_grants())
    except GrantsInvalid:
        return
    assert document["Version"]


_READERS: Final[tuple[Callable[[Take], None], ...]] = (
    _environment,
    _endpoint,
    _arguments,
    _command_line,
    _yaml,
    _roles,
)


@cache
def _grants() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hubspoke-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Without the policies: Cedar takes most of a build's time, and the bundle's target has them.
    shutil.copytree(_ROOT / "grants", folder / "grants", ignore=shutil.ignore_patterns("*.cedar"))
    return folder / "grants"
