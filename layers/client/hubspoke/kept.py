"""How vended credentials lie on the caller's own disk, and how they are read back: never blindly.

An entry is text, a value a line, and its last line is the digest of the others: one that is torn, cut
or changed is not an entry. A command answered from the cache reads it with this module alone, which
is why nothing is imported here but what Python has loaded at its start.
"""

import os
import stat

try:  # hashlib itself loads OpenSSL, a tenth of Python's own start
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMAT = "hubspoke-credentials 2"
_ENTRY_MAX = 64 * 1024
"""Bytes. A session token is a few kilobytes at most."""

_TIME_DIGITS = 10
"""Of seconds since 1970, until the year 2286."""

LEAST = 60
"""Seconds. What is closer to its end could expire on the way to AWS."""


class Kept:
    """One entry, as its lines say. Has no repr of its own: the secrets are in it, as text."""

    __slots__ = (
        "access_key_id",
        "account",
        "assumed_role_arn",
        "expiration",
        "expires",
        "obtained",
        "packed_policy_size",
        "secret_access_key",
        "session_token",
        "source_identity",
        "vend_id",
    )

    def __init__(self, lines: "Sequence[str]") -> None:
        """Take the values in the order that they are written.

        Raises:
            ValueError: there are more or fewer, or a time isn't one.
        """
        obtained, expires, *rest = lines
        if not (obtained + expires).isdecimal() or max(len(obtained), len(expires)) > _TIME_DIGITS:
            raise ValueError
        self.obtained, self.expires = int(obtained), int(expires)
        """Seconds since 1970."""
        (
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            self.expiration,
            self.account,
            self.assumed_role_arn,
            self.source_identity,
            self.vend_id,
            self.packed_policy_size,
        ) = rest

    def is_fresh(self, now: float) -> bool:
        """Tell whether there is no need to renew them yet.

        A clock that was set back would make them look younger than they can be: that is not fresh either.
        """
        return self.obtained - LEAST <= now < self.expires - margin(self.expires - self.obtained)

    def is_usable(self, now: float) -> bool:
        """Tell whether they can still be handed out when there is no way to renew them.

        Nor then, where they are from the future: how long they last is anybody's guess.
        """
        return self.obtained - LEAST <= now < self.expires - LEAST

    def process_document(self) -> str:
        """Write what ``credential_process`` has to print (AWS SDKs and Tools reference guide)."""
        values = {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": self.expiration,
            "AccountId": self.account,
        }
        # Of what is visible ASCII, which an entry's values are, JSON escapes no more than these two.
        rows = [f'"{key}": "{_escaped(value)}"' for key, value in values.items()]
        return f'{{"Version": 1, {", ".join(rows)}}}\n'


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def margin(lifetime: float) -> int:
    """Return how many seconds before their end credentials of this ``lifetime`` are renewed.

    A quarter of it and at most 15 minutes, the time at which botocore and the AWS CLI renew theirs: a
    cache that held on longer would be asked again at each of their calls.
    """
    return max(LEAST, min(900, int(lifetime) // 4))


def encode(lines: "Sequence[str]") -> bytes:
    """Write an entry's values, all of them visible ASCII."""
    text = "\n".join((_FORMAT, *lines)).encode("ascii") + b"\n"
    return text + digest(text).encode() + b"\n"


def decode(content: bytes) -> Kept | None:
    """Read an entry; ``None`` where it isn't whole, isn't one, or is another version's."""
    body, _, seal = content[:-1].rpartition(b"\n")
    body += b"\n"
    if content[-1:] != b"\n" or seal != digest(body).encode():
        return None
    try:
        form, *lines = body[:-1].decode("ascii").split("\n")
        return Kept(lines) if form == _FORMAT else None
    except ValueError:
        return None


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content``, in hexadecimal."""
    found: str = sha256(content).hexdigest()
    return found


def open_directory(path: str | os.PathLike[str]) -> int:
    """Open the cache's directory; everything after goes through the descriptor.

    A path swapped underneath changes nothing then.

    Raises:
        OSError: it isn't there, or isn't the user's own with mode 0700.
    """
    if not hasattr(os, "geteuid"):  # as on Windows
        raise OSError(0, "it takes a POSIX system to keep it to yourself")
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _require_private(os.fstat(folder), "the directory must be yours, with mode 0700")
    except OSError:
        os.close(folder)
        raise
    return folder


def read(folder: int, name: str) -> bytes:
    """Return a file's content, as far as an entry can be long.

    Raises:
        OSError: it isn't there, or isn't a regular file of the user's own with mode 0600.
    """
    file = open_private(folder, name, os.O_RDONLY)
    try:
        return os.read(file, _ENTRY_MAX)
    finally:
        os.close(file)


def written(folder: int, name: str) -> float:
    """Return when a file was written, in seconds since 1970.

    Raises:
        OSError: it isn't there, or isn't a regular file of the user's own with mode 0600.
    """
    file = open_private(folder, name, os.O_RDONLY)
    try:
        return os.fstat(file).st_mtime
    finally:
        os.close(file)


def open_private(folder: int, name: str, flags: int) -> int:
    """Open a file that is nobody else's.

    Raises:
        OSError: it isn't there, or isn't a regular file of the user's own with mode 0600.
    """
    # O_NONBLOCK: a FIFO planted under the name must not hang the open.
    file = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise PermissionError(0, "an entry must be a regular file")
        _require_private(found, "an entry must be yours, with mode 0600")
    except OSError:
        os.close(file)
        raise
    return file


def _require_private(found: os.stat_result, otherwise: str) -> None:
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(0, otherwise)
