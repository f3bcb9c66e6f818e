"""What pip installs and what the client layer holds work by themselves."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build_wheel(folder: Path) -> Path:
    """Build the wheel as pip does, by the backend that pyproject.toml names."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_what_callers_and_operators_need(wheel: Path) -> None:
    """The client, the contract and the operators' CLI are in it; the function and the embedded hub aren't."""
    names = zipfile.ZipFile(wheel).namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info" not in name and ".data" not in name}
    assert [name for name in names if ".data" in name] == ["hubspoke-0.1.0.data/scripts/hubspoke"]
    assert packages == {"hubspoke", "hubspoke_contract", "hubspoke_grants", "hubspoke_admin"}
    assert "hubspoke_grants/schema.cedarschema" in names
    assert "hubspoke/py.typed" in names


def test_the_client_works_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, with nothing of this checkout in reach, the command line runs."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    third_party = str(distribution("requests").locate_file(""))
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.path.append({third_party!r});"
    program += "import hubspoke.cli, hubspoke.transport; assert hubspoke.__file__.startswith(sys.path[0]);"
    program += "sys.exit(hubspoke.cli.main(['roles']))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 78, done.stderr
    assert "HUBSPOKE_ENDPOINT" in done.stderr


def test_the_operators_cli_names_the_extra_that_it_lacks(wheel: Path, tmp_path: Path) -> None:
    """Installed as callers install it, hubspoke-admin says what to install, without a traceback."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; import hubspoke_admin.cli as cli;"
    program += f"sys.exit(cli.main(['grants', 'build', {str(ROOT / 'grants')!r}]))"
    command = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "hubspoke[admin]" in done.stderr
    assert "Traceback" not in done.stderr
