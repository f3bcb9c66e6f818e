"""What is installed is what was reviewed, and what runs beside the hub's keys is little."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
_PIN = re.compile(r"([a-z0-9-]+(?:\[[a-z0-9,-]+\])?)==[0-9][^ ]*(?: ; .*)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def pins(path: Path) -> dict[str, list[str]]:
    """Read a compiled file: each requirement, with what follows it on its lines."""
    joined = path.read_text().replace("\\\n", " ")
    lines = [line.split(" --hash") for line in joined.splitlines() if line and not line.startswith("#")]
    return {first.strip(): [f"--hash{part.rstrip()}" for part in rest] for first, *rest in lines}


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.glob("*.txt")), ids=lambda path: path.name)
def test_everything_is_pinned_by_its_hash(path: Path) -> None:
    """Every requirement has one version, and the hash of each of its files."""
    found = pins(path)

    assert found
    for requirement, hashes in found.items():
        assert _PIN.fullmatch(requirement), requirement
        assert hashes
        assert all(map(_HASH.fullmatch, hashes)), requirement


def test_what_holds_the_keys_is_a_short_list() -> None:
    """What the function and its layers carry, whole. One more is a decision, and this test's to know."""
    names = {
        name: {requirement.partition("==")[0] for requirement in pins(REQUIREMENTS / f"{name}.txt")}
        for name in ("vend", "grants")
    }
    asked = [line for line in (REQUIREMENTS / "vend.in").read_text().splitlines() if line[0] != "#"]

    assert names["vend"] == {
        *("aws-lambda-powertools", "jmespath", "typing-extensions"),
        *("boto3", "botocore", "python-dateutil", "s3transfer", "six", "urllib3"),
    }
    assert names["grants"] == {"cedarpy"}
    assert asked == ["aws-lambda-powertools", "boto3"]


@pytest.mark.parametrize(
    "folder", ["functions/vend", "functions/inventory", "layers/grants", "layers/client"]
)
def test_what_is_deployed_is_what_is_pinned(folder: str) -> None:
    """A package is built from the pinned file, and from no list of its own."""
    listed = ROOT / folder / "requirements.txt"

    assert listed.is_symlink()
    assert listed.resolve().parent == REQUIREMENTS


def test_setting_up_demands_the_hashes() -> None:
    """Nothing is installed from a list without them."""
    installs = [line for line in (ROOT / "Makefile").read_text().splitlines() if " install " in line]

    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-deps --no-build-isolation --editable ." in line, line
