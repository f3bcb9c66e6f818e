"""What every test lives by: no AWS settings of the machine's, no cache of the person's.

That no test reaches further than loopback is an option of pytest-socket, in pyproject.toml.
"""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.plugins.canary"]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the person's own AWS and hubspoke settings from the tests."""
    for name in os.environ:
        if name.upper().startswith(("AWS_", "HUBSPOKE_", "ASSUME_ROLE_", "POWERTOOLS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HUBSPOKE_CACHE_DIR", str(tmp_path / "hubspoke-cache"))
