"""The client as a layer: what a function of somebody else's attaches is enough to call the hub."""

import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from hubspoke_local.package import PACKAGES, build


def test_the_client_layer_and_the_contract_layer_are_enough(tmp_path: Path) -> None:
    """With the two layers and the runtime's boto3 alone, a vend gets as far as the network."""
    folders = []
    for package in PACKAGES:
        if package.resource in ("ClientLayer", "ContractLayer"):
            folder = tmp_path / package.resource
            zipfile.ZipFile(build(package, tmp_path)).extractall(folder)
            folders.append(str(folder / "python"))
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"):
        (runtime / name).symlink_to(Path(str(distribution("boto3").locate_file(name))))
    program = f"""
import sys
sys.path[:0] = {folders!r}
sys.path.append({str(runtime)!r})
import hubspoke, hubspoke_contract.reply, requests
for module in (hubspoke, hubspoke_contract.reply, requests):
    assert module.__file__.startswith({str(tmp_path)!r})
hub = hubspoke.Hub("http://127.0.0.1:9/prod", region="eu-west-1", cache=False, retries=0)
try:
    hub.session("222222222222", "automation-spoke-role")
except hubspoke.HubUnreachable:
    print("as far as the network")
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        capture_output=True,
        text=True,
        env={"AWS_ACCESS_KEY_ID": "ASIAFUNCTIONFUNCTION", "AWS_SECRET_ACCESS_KEY": "its-own"},
        check=False,
    )
    assert done.stdout == "as far as the network\n", done.stderr
