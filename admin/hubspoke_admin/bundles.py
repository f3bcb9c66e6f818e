"""The bundles of a hub's bucket: what is in force in a Region, and what was before."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from hubspoke_admin.exceptions import AwsError, UsageError
from hubspoke_admin.hubs import BUNDLE_KEY, Hub, calling
from hubspoke_grants.bundle import version_of

ORGANIZATION: Final = "organization"
"""``AccountsFrom`` of a bundle whose accounts the inventory keeps as the organization has them."""

REASON_BYTES_MAX: Final = 1500
"""Of a reason when it is percent-encoded. S3 user guide: all metadata of an object are 2 KB at most."""

_READABLE: Final = " !#$&'()*+,/:;=?@[]"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that is in force in a Region, or was."""

    at: datetime
    etag: str
    body: bytes
    document: dict[str, Any] | None
    """``None`` where the object is no bundle."""
    publisher: str | None
    reason: str | None

    @property
    def version(self) -> str | None:
        """The bundle's version."""
        return self.document["Version"] if self.document else None

    @property
    def roles(self) -> int | None:
        """How many roles in accounts it offers."""
        return (
            sum(len(profile["Accounts"]) for profile in self.document["Profiles"]) if self.document else None
        )


@dataclass(frozen=True, slots=True)
class InForce:
    """What one Region's hub has in force; ``stored`` is ``None`` where there is nothing."""

    hub: Hub
    stored: Stored | None

    @property
    def version(self) -> str | None:
        """The version in force, if there is a bundle."""
        return self.stored.version if self.stored else None

    @property
    def document(self) -> dict[str, Any] | None:
        """The bundle in force, if there is one."""
        return self.stored.document if self.stored else None

    def __str__(self) -> str:
        if self.stored is None:
            return f"{self.hub.region}: nothing"
        return f"{self.hub.region}: {self.version or 'an object that is no bundle'}"


def in_force(hub: Hub) -> InForce:
    """Read what a Region has in force.

    Raises:
        AwsError: it can't be read.
    """
    return InForce(hub, calling(_cannot_read(hub), lambda: _get(hub)))


def history(hub: Hub) -> Iterator[Stored]:
    """Yield every object that a Region has had, newest first, as they are read.

    Raises:
        AwsError: the bucket's versions can't be read.
    """
    pages = iter(
        hub.client("s3").get_paginator("list_object_versions").paginate(**_bucket(hub), Prefix=BUNDLE_KEY)
    )
    while (page := calling(_cannot_read(hub), lambda: next(pages, None))) is not None:
        for each in page.get("Versions", []):
            if each["Key"] == BUNDLE_KEY:
                version = each["VersionId"]
                stored = calling(_cannot_read(hub), lambda version=version: _get(hub, VersionId=version))  # type: ignore[misc]
                if stored is not None:
                    yield stored


def agreed(states: Sequence[InForce]) -> dict[str, Any] | None:
    """Return the bundle that all Regions have in force, or ``None`` where none of them has anything.

    Raises:
        AwsError: they differ, or what is there is no bundle.
    """
    if all(state.stored is None for state in states):
        return None
    if any(state.document is None for state in states) or regions_differ(states):
        raise AwsError(
            "\n".join(
                [
                    "not every Region has the same bundle in force; name one by --regions, or publish:",
                    *(f"  {state}" for state in states),
                ]
            )
        )
    return states[0].document


def regions_differ(states: Sequence[InForce]) -> bool:
    """Tell whether different versions are in force."""
    return len({state.version for state in states}) > 1


def metadata(version: str, publisher: str, reason: str | None) -> dict[str, str]:
    """Write what is to stand beside an object. S3 keeps ASCII there, so a reason is percent-encoded.

    Raises:
        UsageError: the reason is too long for that.
    """
    noted = {"version": version, "publisher": publisher}
    if reason is None:
        return noted
    encoded = quote(reason, safe=_READABLE)
    if len(encoded) > REASON_BYTES_MAX:
        raise UsageError("--reason is too long for S3 to keep beside the bundle; shorten it")
    return {**noted, "reason": encoded}


def _bucket(hub: Hub) -> dict[str, str]:
    return {"Bucket": hub.output("BundleBucket"), "ExpectedBucketOwner": hub.account}


def _get(hub: Hub, **which: str) -> Stored | None:
    s3 = hub.client("s3")
    try:
        found = s3.get_object(**_bucket(hub), Key=BUNDLE_KEY, **which)
    except s3.exceptions.NoSuchKey:
        return None
    body, noted = found["Body"].read(), found["Metadata"]
    reason = unquote(noted["reason"]) if "reason" in noted else None
    return Stored(found["LastModified"], found["ETag"], body, _document(body), noted.get("publisher"), reason)


def _document(body: bytes) -> dict[str, Any] | None:
    """Read a bundle, by its version alone: the policies in it are not parsed."""
    try:
        document = json.loads(body)
        whole = document["Version"] == version_of(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return document if whole else None


def _cannot_read(hub: Hub) -> str:
    return f"{hub.region}: s3://{hub.output('BundleBucket')}/{BUNDLE_KEY} can't be read"
