"""A function that lacks a setting doesn't start."""

import pytest

from vending.settings import SettingMissing, Settings

WHOLE = {
    "AWS_REGION": "eu-west-1",
    "HUBSPOKE_ENVIRONMENT": "prod",
    "HUBSPOKE_LEDGER_TABLE": "ledger",
    "HUBSPOKE_QUARANTINE_TABLE": "quarantine",
    "HUBSPOKE_RATES_TABLE": "rates",
    "HUBSPOKE_BUNDLE_BUCKET": "bundles",
    "HUBSPOKE_BUNDLE_KEY": "bundle.json",
    "HUBSPOKE_BUNDLE_OWNER": "111111111111",
    "HUBSPOKE_BUNDLE_MAX_AGE": "900",
    "HUBSPOKE_VERSION": "0.1.0",
}


def test_a_whole_environment_is_read() -> None:
    """Every variable has its setting."""
    settings = Settings.read(WHOLE)
    assert (settings.region, settings.bundle_max_age) == ("eu-west-1", 900)


def test_each_environment_has_metrics_of_its_own() -> None:
    """Two hubs in one account and Region don't count into one metric."""
    namespaces = {
        Settings.read(WHOLE | {"HUBSPOKE_ENVIRONMENT": name}).metrics_namespace
        for name in ("prod", "staging")
    }
    assert namespaces == {"Hubspoke/prod", "Hubspoke/staging"}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    """The exception says which variable to set."""
    environment = {key: text for key, text in WHOLE.items() if key != name} | (
        {name: value} if value == "" else {}
    )
    with pytest.raises(SettingMissing, match=name):
        Settings.read(environment)


@pytest.mark.parametrize("value", ["0", "-1", "15m", "9.5", "٣"])
def test_an_age_that_is_none_is_named(value: str) -> None:
    """Whole seconds above zero, in ASCII."""
    with pytest.raises(SettingMissing, match="HUBSPOKE_BUNDLE_MAX_AGE"):
        Settings.read(WHOLE | {"HUBSPOKE_BUNDLE_MAX_AGE": value})


@pytest.mark.parametrize("level", ["WARN", "ERROR", "FATAL", "nonsense"])
def test_a_log_level_that_drops_the_audit_record_is_refused(level: str) -> None:
    """The record is a line at INFO; a function that would drop it doesn't start."""
    with pytest.raises(SettingMissing, match="AWS_LAMBDA_LOG_LEVEL"):
        Settings.read(WHOLE | {"AWS_LAMBDA_LOG_LEVEL": level})
