"""What every test lives by: no network but loopback, no AWS settings of the machine's, no cache of the person's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

LOOPBACK = ["127.0.0.1", "::1"]


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves the machine."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    yield
    pytest_socket.socket_allow_hosts(None)


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
