"""What every test lives by: no AWS settings of the machine's, no cache of the person's.

That no test reaches further than loopback is an option of pytest-socket, in pyproject.toml.

A property that sets no number of examples of its own is scaled by hypothesis's profile: ``change`` for
every change, ``soak`` for the long runs, ``mutation`` where a suite is run once for each mutant.
"""

import os
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["tests.plugins.canary"]

_EXAMPLES = int(os.environ.get("HUBSPOKE_PROPERTY_EXAMPLES", "200000"))
hypothesis.settings.register_profile("change", deadline=None, max_examples=1000)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=_EXAMPLES, database=None)
hypothesis.settings.register_profile(
    "mutation", deadline=None, max_examples=40, database=None, derandomize=True
)
hypothesis.settings.load_profile("change")


_TOGETHER = ("tests/integration", "tests/iam", "tests/unit/vending", "tests/faults")
"""Folders whose tests share something that takes long to start, each in one process."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, where several share the work: they share what they started."""
    root = Path(__file__).parents[1]
    for item in items:
        place = item.path.relative_to(root).as_posix()
        group = next((folder for folder in _TOGETHER if place.startswith(f"{folder}/")), place)
        # The faults' function is a warm one, and the handler's own tests load theirs anew.
        group = "tests/unit/vending" if group == "tests/faults" else group
        item.add_marker(pytest.mark.xdist_group(group))


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
