"""The Lambda handler: wiring of the clients, the log line and the metrics to ``renewal``.

What woke it says only that something changed, and is not believed beyond that: every run reads all.
"""

import logging
import os
import time
from typing import Any, Final

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from hubspoke_grants.bundle import BundleInvalid
from hubspoke_grants.organization import OrganizationInvalid, Pace
from inventory.records import Failure, count, record_of
from inventory.renewal import Renewal, TooManyGone, renew
from inventory.settings import Settings
from inventory.stored import BundleChanged, Place, StoredBundle

settings: Final = Settings.read(os.environ)
logger: Final = Logger(
    service="hubspoke", level="INFO", log_uncaught_exceptions=False, use_rfc3339=True, utc=True
)
metrics: Final = Metrics(namespace=settings.metrics_namespace, service="hubspoke")
# At DEBUG the first three log whole replies of STS, and a log level can be set without a deploy.
for _library in ("botocore", "boto3", "urllib3", "aws_lambda_powertools"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)

_CONFIG: Final = Config(
    connect_timeout=3, read_timeout=15, retries={"total_max_attempts": 3, "mode": "standard"}
)
_FOR_WRITING: Final = 60.0
"""Seconds that are kept, of those Lambda gives, for building and writing the bundle and the log."""

_SESSION_SECONDS: Final = 900
"""The shortest session STS gives; Lambda ends the function sooner."""

_session: Final = boto3.Session(region_name=settings.region)
stored: Final = StoredBundle(
    _session.client("s3", config=_CONFIG),
    Place(settings.bundle_bucket, settings.bundle_key, settings.bundle_owner),
)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Renew the accounts once, and say how it went."""
    began = time.monotonic()
    ended = _renewed(began + context.get_remaining_time_in_millis() / 1000 - _FOR_WRITING)
    record = record_of(ended) | {
        "woken_by": _woken_by(event),
        "milliseconds": round((time.monotonic() - began) * 1000, 1),
    }
    (logger.error if isinstance(ended, Failure) else logger.info)("inventory", extra={"inventory": record})
    count(ended, metrics)
    return record


def _renewed(until: float) -> Renewal | Failure:
    pace = Pace(until, time.monotonic, time.sleep)
    try:
        return renew(stored, _organizations(), settings.shrink_max, pace)
    except OrganizationInvalid as error:
        return Failure("OrganizationInvalid", str(error))
    except TooManyGone as error:
        return Failure("TooManyGone", str(error))
    except BundleInvalid as error:
        return Failure("BundleInvalid", str(error))
    except BundleChanged:
        return Failure("BundleChanged", "it was published again each time it was to be written")
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        return Failure("AwsRefused", f"{error.operation_name}: {code}")
    except BotoCoreError as error:
        return Failure("AwsUnreachable", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the outer edge: whatever it is, the alarm must hear of it
        return Failure("Internal", type(error).__name__)


def _organizations() -> Any:
    """Make a client for the organization: as this function's role, or the management account's."""
    if settings.reader_role is None:
        return _session.client("organizations", config=_CONFIG)
    got = _session.client("sts", config=_CONFIG).assume_role(
        RoleArn=settings.reader_role,
        RoleSessionName=f"hubspoke-{settings.environment}-inventory",
        DurationSeconds=_SESSION_SECONDS,
    )["Credentials"]
    return _session.client(
        "organizations",
        config=_CONFIG,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )


def _woken_by(unverified_event: Any) -> str:
    """Name what woke the function, where it is one of the names that AWS gives events."""
    detail = unverified_event.get("detail") if isinstance(unverified_event, dict) else None
    name = detail.get("eventName") if isinstance(detail, dict) else None
    return name if isinstance(name, str) and name.isascii() and name.isalnum() else "schedule"
