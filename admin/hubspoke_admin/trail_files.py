"""Where CloudTrail's log files lie, in a folder or a bucket, and which of them a time needs.

An account's trail has ``AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/``, an organization's one more folder
with its id (CloudTrail user guide, "Finding your CloudTrail log files"). Both are walked a folder at a
time, and days, Regions and logs of other services that nobody asked for are not listed.
"""

import errno
import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, Protocol

from hubspoke_admin.exceptions import AdminError, UsageError
from hubspoke_admin.hubs import calling

LATE: Final = timedelta(days=1)
"""A file lies under the day of its delivery, which may be the day after its events."""

_PLACE: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_FILE: Final = re.compile(r"[0-9]{12}_CloudTrail_[a-z0-9-]+_[0-9]{8}T[0-9]{4}Z_[A-Za-z0-9]+\.json\.gz")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_NO_LOGS: Final = ("CloudTrail-Digest", "CloudTrail-Insight")
_DAY: Final = (re.compile(r"[0-9]{4}"), re.compile(r"[0-9]{2}"), re.compile(r"[0-9]{2}"))


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file in a trail's place: what it is called there, and how it is opened."""

    name: str
    is_cloudtrails: bool
    """Whether it is called as CloudTrail calls its log files."""
    open: Callable[[], IO[bytes]]


class Place(Protocol):
    """A folder, or a bucket's prefix."""

    def children(self, path: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """List the names of the folders and of the files in a folder."""

    def opened(self, path: tuple[str, ...]) -> IO[bytes]:
        """Open a file."""


def place(raw: str) -> Place:
    """Read ``--trail``: a folder, or ``s3://BUCKET/PREFIX``.

    Raises:
        UsageError: it is neither.
        AdminError: there is no such folder.
    """
    if raw.startswith("s3://"):
        found = _PLACE.fullmatch(raw)
        if found is None:
            raise UsageError(f"--trail {raw!r} can't be a bucket; write s3://BUCKET/PREFIX")
        return _Bucket(found[1], (found[2] or "").strip("/"))
    folder = Path(raw)
    if not folder.is_dir():
        raise AdminError(f"{raw}: there is no such folder; --trail takes a folder or s3://BUCKET/PREFIX")
    return _Folder(folder)


def log_files(where: Place, since: datetime, until: datetime) -> Iterator[LogFile]:
    """Yield the files that may hold what happened between two times, and what lies among them.

    Raises:
        AdminError: a folder can't be listed.
    """
    yield from _walk(where, (), since.date(), (until + LATE).date())


def _walk(where: Place, path: tuple[str, ...], first: date, last: date) -> Iterator[LogFile]:
    folders, files = where.children(path)
    for name in files:
        inside = (*path, name)
        yield LogFile("/".join(inside), _FILE.fullmatch(name) is not None, partial(where.opened, inside))
    for name in folders:
        if _is_asked_for((*path, name), first, last):
            yield from _walk(where, (*path, name), first, last)


def _is_asked_for(path: tuple[str, ...], first: date, last: date) -> bool:
    """Tell whether a folder may hold log files of the days in question."""
    if path[-1] in _NO_LOGS:
        return False
    if len(path) > 1 and _ACCOUNT.fullmatch(path[-2]) and path[-1] not in ("CloudTrail", "AWSLogs"):
        # The logs of other services. A trail's own prefix may be an account as well.
        return False
    if "CloudTrail" not in path:
        return True
    day = path[path.index("CloudTrail") + 2 :][:3]
    if not all(form.fullmatch(part) for form, part in zip(_DAY, day, strict=False)):
        return True
    # As texts, so that a year or a month is compared with just as much of the first and the last day.
    begins, ends = (f"{each:%Y/%m/%d}".split("/")[: len(day)] for each in (first, last))
    return begins <= list(day) <= ends


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path

    def children(self, path: tuple[str, ...]) -> tuple[list[str], list[str]]:
        try:
            with os.scandir(self.root.joinpath(*path)) as entries:
                # A link is not followed: it could lead in a circle.
                found = [(each.name, each.is_dir(follow_symlinks=False)) for each in entries]
        except OSError as error:
            raise AdminError(f"{self.root.joinpath(*path)}: {error.strerror}") from None
        folders = sorted(name for name, is_folder in found if is_folder)
        return folders, sorted(name for name, is_folder in found if not is_folder)

    def opened(self, path: tuple[str, ...]) -> IO[bytes]:
        file = self.root.joinpath(*path)
        if not file.is_file():
            # A pipe would be waited for.
            raise OSError(errno.EINVAL, "not a file")
        return file.open("rb")


class _Bucket:
    def __init__(self, bucket: str, prefix: str) -> None:
        import boto3

        self._bucket, self._prefix = bucket, prefix
        # CloudTrail's bucket is where it is: S3 says which Region that is, and botocore goes there.
        self._s3: Any = calling(f"s3://{bucket}", lambda: boto3.client("s3"))

    def children(self, path: tuple[str, ...]) -> tuple[list[str], list[str]]:
        prefix = "".join(f"{part}/" for part in (self._prefix, *path) if part)
        pages = self._s3.get_paginator("list_objects_v2")
        folders: list[str] = []
        files: list[str] = []

        def read() -> None:
            for page in pages.paginate(Bucket=self._bucket, Prefix=prefix, Delimiter="/"):
                folders.extend(each["Prefix"][len(prefix) : -1] for each in page.get("CommonPrefixes", []))
                names = (each["Key"][len(prefix) :] for each in page.get("Contents", []))
                # The console makes an empty object for a folder.
                files.extend(name for name in names if name)

        calling(f"s3://{self._bucket}/{prefix}", read)
        return folders, files

    def opened(self, path: tuple[str, ...]) -> IO[bytes]:
        key = "/".join(part for part in (self._prefix, *path) if part)
        what = f"s3://{self._bucket}/{key}"
        body = calling(what, lambda: self._s3.get_object(Bucket=self._bucket, Key=key)["Body"])
        # Whole, so that a connection that breaks is found out here; compressed, a file is a few megabytes.
        return io.BytesIO(calling(what, body.read))
