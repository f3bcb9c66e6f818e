"""The default profile's own credentials, which SDKs prefer to a container's endpoint.

Their order is: the environment's keys, the profile, the container's endpoint. A program that is given an
endpoint would silently act as whoever the ``default`` profile is. So it is given copies of the AWS files
in which that profile keeps its settings and has no credentials; all else in them stays as it is.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hubspoke.run_directory import RunDirectory

_FILES: Final = (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""str.splitlines() knows more ends of lines than those who read these files do."""
_HEADING: Final = re.compile(r"\[\s*(?:profile\s+)?[\"']?(?P<name>[^\"'\]]*?)[\"']?\s*\].*")
_CREDENTIALS: Final = re.compile(
    r"(?:aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|role_arn|source_profile|"
    r"credential_source|web_identity_token_file|credential_process|login_session|sso_[a-z_]+)\s*[=:].*",
    re.IGNORECASE,
)


def hidden(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of those AWS files that need a copy, by their variables. They may hold secrets."""
    found = {}
    for variable, name in _FILES:
        text = _text(environ.get(variable) or f"~/.aws/{name}")
        without = without_default_credentials(text)
        if without != text:
            found[variable] = without
    return found


def copies(texts: Mapping[str, str], directory: RunDirectory) -> dict[str, str]:
    """Write what ``hidden`` returned; return the variables that lead to it.

    Raises:
        CannotOpen: one can't be written.
    """
    return {variable: str(directory.write(dict(_FILES)[variable], text)) for variable, text in texts.items()}


def without_default_credentials(text: str) -> str:
    """Return an AWS file's text without the default profile's credentials."""
    lines: list[str] = []
    in_default = False
    dropped_indent: int | None = None
    for line in _LINE.findall(text):
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        # A line that stands further in than a setting goes on with it.
        if dropped_indent is not None and bare and indent <= dropped_indent:
            dropped_indent = None
        if bare.startswith("["):
            heading = _HEADING.fullmatch(bare)
            in_default = heading is not None and heading["name"].strip() == "default"
        elif in_default and dropped_indent is None and _CREDENTIALS.fullmatch(bare):
            dropped_indent = indent
        if dropped_indent is None:
            lines.append(line)
    return "".join(lines)


def _text(path: str) -> str:
    # Both expansions are botocore's.
    expanded = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111
    try:
        return Path(expanded).read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""  # what isn't there, or can't be read, gives nobody credentials
