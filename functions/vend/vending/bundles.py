"""The bundle in force: loaded from S3, swapped whole, and never older than it may be.

Nothing is decided before a first bundle has loaded. One that can't be read, parsed or understood
changes nothing; the last good one goes on, but only for a stated time after S3 last confirmed it.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError

from hubspoke_contract.errors import Problem, Refused
from hubspoke_grants.bundle import SIZE_MAX, Bundle, load
from vending.deadline import by

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LOOK_EVERY: Final = 10.0
"""Seconds between looks at S3 while there is traffic: how late a published change can be in force."""


class Moment(NamedTuple):
    """A time by two clocks. The monotonic one may stand still while Lambda freezes the function."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "Moment":
        """Read both clocks."""
        return cls(time.monotonic(), time.time())

    def since(self, earlier: "Moment") -> float:
        """Return the seconds that may have passed: what either clock says, a step back included."""
        return max(self.monotonic - earlier.monotonic, abs(self.wall - earlier.wall))


class Place(NamedTuple):
    """Where the bundle is. A bucket's name is anybody's once the bucket is gone, so its owner is told."""

    Bucket: str
    Key: str
    ExpectedBucketOwner: str


class _Loaded(NamedTuple):
    bundle: Bundle
    etag: str


class _Unchanged:
    """S3's word that the bundle in force is still the one."""


class Bundles:
    """Hands out the bundle in force."""

    def __init__(
        self,
        s3: "S3Client",
        place: Place,
        max_age: int,
        clock: Callable[[], Moment] = Moment.now,
    ) -> None:
        self._s3 = s3
        self._place = place
        self._max_age = max_age
        self._clock = clock
        self._loaded: _Loaded | None = None
        self._looked = self._confirmed = Moment(float("-inf"), float("-inf"))

    def current(self, deadline: float) -> Bundle:
        """Return the bundle in force, looking at S3 first when it's time.

        Raises:
            Refused: ``GrantsUnavailable`` before the first good bundle, or when S3 has not confirmed
                the last good one for longer than it may serve.
        """
        now = self._clock()
        if self._loaded is None or now.since(self._looked) >= LOOK_EVERY:
            self._looked = now
            found = by(deadline, self._look, Problem.GrantsUnavailable)
            if isinstance(found, _Loaded):
                self._loaded = found
            if not isinstance(found, Problem):
                self._confirmed = now
        if self._loaded is None or now.since(self._confirmed) > self._max_age:
            raise Refused(Problem.GrantsUnavailable)
        return self._loaded.bundle

    @property
    def age(self) -> int:
        """Seconds since S3 last confirmed the bundle in force, once there is one."""
        return int(self._clock().since(self._confirmed))

    def _look(self) -> _Loaded | _Unchanged | Problem:
        try:
            if self._loaded is None:
                reply = self._s3.get_object(**self._place._asdict())
            else:
                reply = self._s3.get_object(**self._place._asdict(), IfNoneMatch=self._loaded.etag)
            raw = reply["Body"].read(SIZE_MAX + 1)
            return _Loaded(load(raw), reply["ETag"]) if len(raw) <= SIZE_MAX else Problem.GrantsUnavailable
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return _Unchanged() if status == 304 and self._loaded else Problem.GrantsUnavailable
        except Exception:  # noqa: BLE001 - whatever it is, it is no bundle, and the last good one goes on
            return Problem.GrantsUnavailable
