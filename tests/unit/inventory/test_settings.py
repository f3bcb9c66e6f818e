"""The function's environment: read once, and refused by the name of what is wrong."""

import pytest

from inventory.settings import SettingMissing, Settings
from tests.unit.inventory.conftest import ENVIRONMENT


def test_the_settings_are_read() -> None:
    """A role is named or not; all else must be there."""
    settings = Settings.read(ENVIRONMENT)

    assert settings.metrics_namespace == "Hubspoke/prod"
    assert (settings.reader_role, settings.shrink_max) == (None, 20)
    assert Settings.read(ENVIRONMENT | {"HUBSPOKE_ORGANIZATION_READER_ROLE": "arn"}).reader_role == "arn"


@pytest.mark.parametrize("name", sorted(name for name in ENVIRONMENT if name.startswith("HUBSPOKE_")))
@pytest.mark.parametrize("value", ["", None])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    """At start, where nothing has been read yet."""
    changed = {key: text for key, text in ENVIRONMENT.items() if key != name or value is not None}
    with pytest.raises(SettingMissing, match=name):
        Settings.read(changed | ({name: value} if value is not None else {}))


@pytest.mark.parametrize("value", ["101", "-1", "20 %", "1e1", "٢٠", " 20", "0.2"])
def test_a_share_that_is_no_percentage_is_refused(value: str) -> None:
    """A slip there would let everybody go."""
    with pytest.raises(SettingMissing, match="HUBSPOKE_INVENTORY_SHRINK_MAX"):
        Settings.read(ENVIRONMENT | {"HUBSPOKE_INVENTORY_SHRINK_MAX": value})
