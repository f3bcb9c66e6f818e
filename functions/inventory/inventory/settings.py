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
    bundle_bucket: str
    bundle_key: str
    bundle_owner: str
    """Account that owns the bucket: one of the same name in another account is neither read nor written."""
    reader_role: str | None
    """ARN of the role that reads the organization, where the function's own may not."""
    shrink_max: int
    """Percent of the accounts, or of the roles on offer, that may go at once."""

    @property
    def metrics_namespace(self) -> str:
        """Where the metrics go: the vending function's namespace."""
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

        shrink_max = text("HUBSPOKE_INVENTORY_SHRINK_MAX")
        if not (shrink_max.isascii() and shrink_max.isdigit() and int(shrink_max) <= 100):
            raise SettingMissing(
                "the environment variable HUBSPOKE_INVENTORY_SHRINK_MAX must be a percentage, 0 to 100"
            )
        return cls(
            environment=text("HUBSPOKE_ENVIRONMENT"),
            region=text("AWS_REGION"),
            bundle_bucket=text("HUBSPOKE_BUNDLE_BUCKET"),
            bundle_key=text("HUBSPOKE_BUNDLE_KEY"),
            bundle_owner=text("HUBSPOKE_BUNDLE_OWNER"),
            reader_role=environment.get("HUBSPOKE_ORGANIZATION_READER_ROLE") or None,
            shrink_max=int(shrink_max),
        )
