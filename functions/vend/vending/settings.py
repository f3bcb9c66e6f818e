"""The function's settings: its environment, read here once, at start."""

from collections.abc import Mapping
from dataclasses import dataclass


class SettingMissing(Exception):
    """Raised at start for a variable that is missing or makes no sense. Names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``template.yaml`` tells the function. Nothing secret is among it."""

    environment: str
    """Which of the account's hubs this is."""
    region: str
    """Without one, botocore would quietly use the global STS endpoint."""
    ledger_table: str
    quarantine_table: str
    rates_table: str
    bundle_bucket: str
    bundle_key: str
    bundle_owner: str
    """Account that owns the bucket: one of the same name in another account is not read."""
    bundle_max_age: int
    """Seconds that the last good bundle may serve without S3 confirming it."""
    version: str
    """The deployed version, for ``GET /v1/health``."""

    @property
    def metrics_namespace(self) -> str:
        """Where the metrics go: by environment, as one account and Region can hold several hubs."""
        return f"Hubspoke/{self.environment}"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingMissing: naming the variable.
        """

        def text(name: str) -> str:
            value = environment.get(name, "")
            if not value:
                raise SettingMissing(f"the environment variable {name} must be set")
            return value

        # Set by Lambda where the log format is JSON. The audit record is a line at INFO.
        if environment.get("AWS_LAMBDA_LOG_LEVEL", "INFO") not in ("TRACE", "DEBUG", "INFO"):
            raise SettingMissing("AWS_LAMBDA_LOG_LEVEL must be INFO, or the audit record would be dropped")
        max_age = text("HUBSPOKE_BUNDLE_MAX_AGE")
        if not (max_age.isascii() and max_age.isdigit() and int(max_age) > 0):
            raise SettingMissing(
                "the environment variable HUBSPOKE_BUNDLE_MAX_AGE must be whole seconds above 0"
            )
        return cls(
            environment=text("HUBSPOKE_ENVIRONMENT"),
            region=text("AWS_REGION"),
            ledger_table=text("HUBSPOKE_LEDGER_TABLE"),
            quarantine_table=text("HUBSPOKE_QUARANTINE_TABLE"),
            rates_table=text("HUBSPOKE_RATES_TABLE"),
            bundle_bucket=text("HUBSPOKE_BUNDLE_BUCKET"),
            bundle_key=text("HUBSPOKE_BUNDLE_KEY"),
            bundle_owner=text("HUBSPOKE_BUNDLE_OWNER"),
            bundle_max_age=int(max_age),
            version=text("HUBSPOKE_VERSION"),
        )
