"""Put a bundle where the hub's function looks for it, in every Region."""

from collections.abc import Sequence
from typing import Any

from hubspoke_admin.hubs import BUNDLE_KEY, Hub, calling, in_every
from hubspoke_grants.bundle import encode


def publish(found: Sequence[Hub], document: dict[str, Any]) -> None:
    """Write the bundle in one put a Region: readers see the old object or the new one, never a part.

    Raises:
        AwsError: S3 refused or was not reached somewhere; there the old bundle is still in force.
    """
    body = encode(document)

    def put(hub: Hub) -> None:
        bucket = hub.output("BundleBucket")
        calling(
            f"{hub.region}: s3://{bucket}/{BUNDLE_KEY} was not written, and what was in force still is",
            lambda: hub.client("s3").put_object(
                Bucket=bucket,
                Key=BUNDLE_KEY,
                Body=body,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
            ),
        )

    in_every(found, f"publish version {document['Version']}", put)
