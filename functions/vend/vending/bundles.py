"""The bundle in force: loaded from S3, swapped whole, and never older than it may be.

Nothing is decided before a first bundle has loaded. One that can't be read, parsed or understood
changes nothing; the last good one goes on, but only for a stated time after S3 last confirmed it.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from hubspoke_contract.errors import Problem, Refused
from hubspoke_grants.bundle import Bundle, BundleInvalid, load

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LOOK_EVERY: Final = 10.0
"""Seconds between looks at S3 while there is traffic: how late a published change can be in force."""


class Bundles:
    """Hands out the bundle in force."""

    def __init__(
        self,
        s3: "S3Client",
        bucket: str,
        key: str,
        max_age: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._key = key
        self._max_age = max_age
        self._clock = clock
        self._bundle: Bundle | None = None
        self._etag = ""
        self._looked = float("-inf")
        self._confirmed = float("-inf")

    def current(self) -> Bundle:
        """Return the bundle in force, looking at S3 first when it's time.

        Raises:
            Refused: ``GrantsUnavailable`` before the first good bundle, or when S3 has not confirmed
                the last good one for longer than it may serve.
        """
        now = self._clock()
        if self._bundle is None or now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._look(now)
        if self._bundle is None or now - self._confirmed > self._max_age:
            raise Refused(Problem.GrantsUnavailable)
        return self._bundle

    @property
    def age(self) -> int:
        """Seconds since S3 last confirmed the bundle in force."""
        return int(self._clock() - self._confirmed)

    def _look(self, now: float) -> None:
        try:
            if self._bundle is None:
                reply = self._s3.get_object(Bucket=self._bucket, Key=self._key)
            else:
                reply = self._s3.get_object(Bucket=self._bucket, Key=self._key, IfNoneMatch=self._etag)
            bundle = load(reply["Body"].read())
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 304:
                self._confirmed = now
            return
        except (BotoCoreError, BundleInvalid, OSError):
            return
        self._bundle, self._etag, self._confirmed = bundle, reply["ETag"], now
