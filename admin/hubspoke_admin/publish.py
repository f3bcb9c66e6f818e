"""Put a bundle where the hub's function looks for it."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from hubspoke_grants.bundle import encode

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class PublishFailed(Exception):
    """Raised when the bundle did not reach the bucket. The text says what to do."""


def publish(s3: "S3Client", bucket: str, key: str, document: dict[str, Any]) -> None:
    """Write the bundle in one put: readers see the old object or the new one, never a part.

    Raises:
        PublishFailed: S3 refused or was not reached; the old bundle is still in force.
    """
    try:
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=encode(document),
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
        )
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise PublishFailed(
            f"S3 answered {code} for s3://{bucket}/{key}: check the bucket's name and your permission to "
            "s3:PutObject; the bundle in force is unchanged"
        ) from None
    except ParamValidationError:
        raise PublishFailed(
            f"s3://{bucket}/{key} can't be an object's place: check --bucket and --key; "
            "the bundle in force is unchanged"
        ) from None
    except BotoCoreError as error:
        raise PublishFailed(
            f"S3 was not reached or you have no credentials ({type(error).__name__}): check AWS_PROFILE and "
            "the network; the bundle in force is unchanged"
        ) from None
