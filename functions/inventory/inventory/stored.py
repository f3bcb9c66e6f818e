"""The bundle in its bucket: read with its ETag, and replaced only where that still is its ETag."""

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

from hubspoke_grants.bundle import SIZE_MAX, BundleInvalid, encode, load

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_CHANGED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""S3's codes for a write that somebody else's came before, or beside (S3 API, ``PutObject``)."""


class Place(NamedTuple):
    """Where the bundle is. A bucket's name is anybody's once the bucket is gone, so its owner is told."""

    Bucket: str
    Key: str
    ExpectedBucketOwner: str


class Stored(NamedTuple):
    """A bundle document that loads, and the ETag it has in the bucket."""

    document: dict[str, Any]
    etag: str


class BundleChanged(Exception):
    """Raised when the bundle is no longer the one that was read: somebody published."""


class StoredBundle:
    """The one object, by a client of S3."""

    def __init__(self, s3: "S3Client", place: Place) -> None:
        self._s3 = s3
        self._place = place

    def read(self) -> Stored:
        """Read it whole.

        Raises:
            BundleInvalid: it is no bundle; then it is left for somebody to look at.
            ClientError: S3 refused, or there is none.
        """
        reply = self._s3.get_object(**self._place._asdict())
        raw = reply["Body"].read(SIZE_MAX + 1)
        _check(raw)
        return Stored(json.loads(raw), reply["ETag"])

    def replace(self, document: dict[str, Any], etag: str) -> None:
        """Put a document in place of the one that has this ETag.

        Raises:
            BundleInvalid: the vending function would refuse it. Nothing was written.
            BundleChanged: the one there has another ETag. Nothing was written.
            ClientError: S3 refused.
        """
        body = encode(document)
        _check(body)
        try:
            self._s3.put_object(
                **self._place._asdict(),
                Body=body,
                IfMatch=etag,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _CHANGED:
                raise BundleChanged from None
            raise


def _check(raw: bytes) -> None:
    """Refuse what the vending function would refuse."""
    if len(raw) > SIZE_MAX:
        raise BundleInvalid(f"more than {SIZE_MAX} bytes")
    load(raw)
