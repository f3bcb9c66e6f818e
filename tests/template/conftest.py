"""What every test of the templates needs."""

import pytest


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a Region: the SAM translator asks boto3 for one, to tell the partition."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
