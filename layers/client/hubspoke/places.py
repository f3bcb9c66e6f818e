"""Where the cache and the AWS files are, by the environment. Imports next to nothing: ``quick`` asks.

An empty variable counts as one that isn't set: ``NAME= command`` is how a shell unsets for one call.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def cache_directory(environ: "Mapping[str, str]") -> str | None:
    """Return the cache's directory; ``None`` where there is neither a variable nor a home.

    A Lambda function's home can't be written to.
    """
    if given := environ.get("HUBSPOKE_CACHE_DIR"):
        return given
    if given := environ.get("XDG_CACHE_HOME"):
        return os.path.join(given, "hubspoke")  # noqa: PTH118 - pathlib takes as long as Python's own start
    home = _home(environ) if "AWS_LAMBDA_FUNCTION_NAME" not in environ else None
    return os.path.join(home, ".cache", "hubspoke") if home else None  # noqa: PTH118


def aws_files(environ: "Mapping[str, str]") -> list[str]:
    """Return the shared config and credentials files, whether they are there or not.

    Expanded as botocore does: ``~`` and variables, which no shell has expanded in a unit's settings.
    """
    places = (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    home = _home(environ)
    usual = os.path.join(home, ".aws") if home else None  # noqa: PTH118
    found = (
        environ.get(variable) or (os.path.join(usual, name) if usual else None)  # noqa: PTH118
        for variable, name in places
    )
    return [os.path.expanduser(os.path.expandvars(path)) for path in found if path]  # noqa: PTH111


def state(path: str) -> tuple[int, ...]:
    """Return what changes when a file is written or replaced; nothing for one that can't be seen."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _home(environ: "Mapping[str, str]") -> str | None:
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111
    return None if home == "~" else home  # a container whose user has no entry in passwd
