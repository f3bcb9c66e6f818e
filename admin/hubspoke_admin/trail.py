"""CloudTrail's records, as far as this project needs them: who assumed which role, and what came of it.

Pure: bytes of a log file in, records out. Fields are those of the CloudTrail user guide ("CloudTrail
record contents"). A file is read a record at a time, so that its size is nobody's memory.
"""

import codecs
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Final

ASSUMING: Final = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
"""Events of STS that make a role's session."""

RECORD_MAX: Final = 4 * 1024 * 1024
"""Characters. CloudTrail's own limit is 256 KB ("Quotas in AWS CloudTrail"), 1 MB with expanded events."""

_CHUNK: Final = 256 * 1024
_BEGINNING: Final = re.compile(r'\s*\{\s*"Records"\s*:\s*\[\s*')
_BETWEEN: Final = re.compile(r"\s*,?\s*")
_END: Final = re.compile(r"\s*\]\s*\}\s*")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_SECONDS: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

Record = Mapping[str, Any]


class Unreadable(Exception):
    """Raised for a file or a record that is not CloudTrail's, or not whole. The text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """One call that was to make a role's session, as one account's trail has it."""

    at: datetime
    event: str
    event_id: str
    recipient: str
    """The account whose record it is."""
    caller: str | None
    """ARN of the caller's role or user; ``None`` in the record of the role's account, which isn't told."""
    caller_account: str | None
    role_arn: str
    session_name: str
    source_identity: str | None
    access_key_id: str | None
    """The key that was made; ``None`` where the call was denied."""
    error: str | None


def assumed(record: Record) -> Assumed | None:
    """Read a record; ``None`` if it is about anything else than the making of a role's session.

    Raises:
        Unreadable: it says it is about that, and lacks what such a record has.
    """
    if record.get("eventSource") != "sts.amazonaws.com" or record.get("eventName") not in ASSUMING:
        return None
    asked, answered, identity = (
        _mapping(record.get(name)) for name in ("requestParameters", "responseElements", "userIdentity")
    )
    error = _text(record.get("errorCode"))
    key = _text(_mapping(answered.get("credentials")).get("accessKeyId"))
    recipient, at, event_id = (
        _text(record.get(name)) or "" for name in ("recipientAccountId", "eventTime", "eventID")
    )
    if not _ACCOUNT.fullmatch(recipient) or not _SECONDS.fullmatch(at) or not event_id:
        raise Unreadable("a record without an id, a time or an account")
    if error is None and (key is None or _text(asked.get("roleArn")) is None):
        raise Unreadable(f"a record of {record['eventName']} with neither an error nor a key")
    try:
        moment = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable("a record of a day that isn't one") from None
    return Assumed(
        at=moment,
        event=record["eventName"],
        event_id=event_id,
        recipient=recipient,
        caller=_issuer(identity) or _text(identity.get("arn")) or _text(identity.get("invokedBy")),
        caller_account=_text(identity.get("accountId")),
        role_arn=_text(asked.get("roleArn")) or "",
        session_name=_text(asked.get("roleSessionName")) or "",
        source_identity=_text(asked.get("sourceIdentity")),
        access_key_id=key if error is None else None,
        error=error,
    )


def records(file: IO[bytes]) -> Iterator[Record]:
    """Yield the records of a log file, as CloudTrail writes it: gzip, JSON, one list called ``Records``.

    Raises:
        Unreadable: it is something else, or ends too early. What was yielded before is not to be relied on.
    """
    decoder = json.JSONDecoder()
    text = _Text(file)
    if not text.passes(_BEGINNING):
        raise Unreadable("not a log file of CloudTrail's")
    while not text.passes(_END):
        record = text.take(decoder)
        if not isinstance(record, dict):
            raise Unreadable("not a log file of CloudTrail's")
        yield record
        text.passes(_BETWEEN)
    if text.more():
        raise Unreadable("something follows its end")


class _Text:
    """What of a file's text is not yet read: never much more than a record and a chunk."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = gzip.GzipFile(fileobj=file, mode="rb")
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False

    def passes(self, pattern: re.Pattern[str]) -> bool:
        """Go past a pattern, if it stands here."""
        # A pattern is a few characters and perhaps some blanks, so a chunk shows it whole.
        while len(self._text) - self._at < _CHUNK // 2 and self._fetch():
            pass
        found = pattern.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        return True

    def take(self, decoder: json.JSONDecoder) -> Any:
        """Read the JSON value that begins here, with as many chunks as it takes."""
        while True:
            try:
                value, self._at = decoder.raw_decode(self._text, self._at)
                return value
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or len(self._text) - self._at > RECORD_MAX:
                    raise Unreadable("a record that is none") from None
                if not self._fetch():
                    raise Unreadable("it ends in the middle of a record, or is no JSON") from None

    def more(self) -> bool:
        """Tell whether there is more text."""
        return self._at < len(self._text) or self._fetch()

    def _fetch(self) -> bool:
        """Read another chunk, and tell whether there was one."""
        if self._ended:
            return False
        try:
            chunk = self._file.read(_CHUNK)
            read = self._decode.decode(chunk, final=not chunk)
        except (EOFError, OSError, zlib.error, UnicodeDecodeError):
            # gzip says of a file that isn't its own, is cut short, or whose sum is wrong.
            raise Unreadable("not gzip, or not whole") from None
        self._ended = not chunk
        self._text, self._at = self._text[self._at :] + read, 0
        return bool(chunk)


def _issuer(identity: Mapping[str, Any]) -> str | None:
    """Return the role whose session called, with its path, which the session's own ARN hasn't."""
    context = _mapping(identity.get("sessionContext"))
    return _text(_mapping(context.get("sessionIssuer")).get("arn"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        # JSON may write half of a surrogate pair, which nothing can print or keep.
        raise Unreadable("a text that is none") from None
    return value
