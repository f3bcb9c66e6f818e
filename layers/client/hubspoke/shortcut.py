"""What a command line was answered with before: from its very words to an entry of the cache.

Reading the options takes argparse and all that it imports. The same words under the same environment
mean the same vend, though: so the name of its entry is kept under a digest of both, and ``quick``
follows it without reading an option. Whatever an option or a variable could change is in the digest, but
no secret. The entry itself is checked as ever, and so is when it ends.
"""

from hubspoke.kept import digest
from hubspoke.places import aws_files, state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PREFIXES = ("AWS_", "HUBSPOKE_", "ASSUME_ROLE_")
_NAMES = ("HOME", "XDG_CACHE_HOME")
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Whose they are is in the access key id."""


def name(words: "Sequence[str]", environ: "Mapping[str, str]") -> str:
    """Return the shortcut's name: the digest of everything that can lead to another entry."""
    parts = [*words, ""]
    parts += [
        f"{key}={environ[key]}"
        for key in sorted(environ)
        if (key.startswith(_PREFIXES) or key in _NAMES) and key not in _SECRETS
    ]
    parts += [f"{path} {state(path)}" for path in aws_files(environ)]
    # repr() quotes: no two lists have one text, which joining with a separator can't promise.
    return digest(repr(parts).encode("utf-8", "surrogatepass")) + ".words"
