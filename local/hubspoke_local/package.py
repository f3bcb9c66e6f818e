"""Lay out the function and the layers as they are shipped: third-party files, ours, pruned and compiled.

``sam build`` runs this file by the Makefile beside each of them, with the runtime's own Python:

    python3.13 -I local/hubspoke_local/package.py Vend DESTINATION

So it imports the standard library only. The embedded hub, the tests and the benchmarks lay out the same
with the files of their own environment, whose native wheels fit their interpreter.
"""

import argparse
import compileall
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]

AWS_CALLS: Final = {
    "dynamodb": ("BatchGetItem", "PutItem", "Query", "UpdateItem"),
    "s3": ("GetObject",),
    "sts": ("AssumeRole",),
}
"""Every call the vending function makes. botocore's models are cut down to these: reading all of them is a
fifth of a cold start, and a client that has no other method can't be made to use one."""

INVENTORY_CALLS: Final = {
    "organizations": (
        *("ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent", "ListAccounts"),
        "ListTagsForResource",
    ),
    "s3": ("GetObject", "PutObject"),
    "sts": ("AssumeRole",),
}
"""Every call the inventory makes, likewise."""

_PINNED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)
_RUNTIMES_OWN: Final = frozenset({"boto3", "botocore", "s3transfer"})
_ARM64_WHEELS: Final = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
"""Platforms that run on Amazon Linux 2023: its glibc is 2.34."""


@dataclass(frozen=True, slots=True)
class Package:
    """One artifact: our own folder, third-party requirements, and where both lie for Lambda."""

    resource: str
    source: str
    requirements: str | None
    prefix: str
    mount: str
    """Where Lambda puts it: what tracebacks name, whichever machine it was built on."""
    left_out: frozenset[str] = frozenset()
    calls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What it calls of AWS, where it carries botocore."""

    @property
    def key(self) -> str:
        """Name the zip, as a file and in the artifact bucket."""
        return f"{self.resource}.zip"

    def pins(self) -> dict[str, str]:
        """Map each third-party distribution to its pinned version."""
        if self.requirements is None:
            return {}
        text = (PROJECT / "requirements" / f"{self.requirements}.txt").read_text()
        return {name: version for name, version in _PINNED.findall(text) if name not in self.left_out}


PACKAGES: Final = (
    Package("Vend", "functions/vend", "vend", "", "/var/task", calls=AWS_CALLS),
    Package("InventoryFunction", "functions/inventory", "vend", "", "/var/task", calls=INVENTORY_CALLS),
    Package("ContractLayer", "layers/contract", None, "python", "/opt"),
    Package("GrantsLayer", "layers/grants", "grants", "python", "/opt"),
    # Its callers' functions have boto3 from Lambda's runtime, with the models of whatever they call.
    Package("ClientLayer", "layers/client", "client", "python", "/opt", left_out=_RUNTIMES_OWN),
)

ThirdParty = Callable[[Package, Path], None]
"""Puts a package's third-party files into a folder."""


def lay_out(package: Package, destination: Path, third_party: ThirdParty) -> None:
    """Write everything of a package into ``destination``, which is made where it is missing."""
    root = destination / package.prefix
    root.mkdir(parents=True, exist_ok=True)
    third_party(package, root)
    _prune(root, package.calls)
    source = PROJECT / package.source
    for path in sorted(source.rglob("*.py")):
        place = root / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    _compile(destination, package.mount)


def from_registry(package: Package, root: Path) -> None:
    """Install the arm64 wheels of the pinned requirements, by their hashes, for this very Python."""
    lines = (PROJECT / "requirements" / f"{package.requirements}.txt").read_text()
    wanted = "\n".join(
        pin for pin in re.split(r"\n(?=\S)", lines) if pin.split("==")[0] not in package.left_out
    )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    platforms = [part for name in _ARM64_WHEELS for part in ("--platform", name)]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(wanted)
        requirements.flush()
        subprocess.run(  # noqa: S603 - no shell, and every argument is ours
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"),
                *("--implementation", "cp", "--python-version", version, *platforms),
                *("--requirement", requirements.name, "--target", str(root)),
            ],
            check=True,
        )


def from_environment(package: Package, root: Path) -> None:
    """Copy the pinned requirements as they are installed in this environment."""
    for name, pinned in package.pins().items():
        installed = distribution(name)
        if installed.version != pinned:
            raise LookupError(f"{name} {installed.version} is installed, {pinned} is pinned: run make again")
        for file in installed.files or ():
            path = Path(str(installed.locate_file(file)))
            if file.parts[0] != ".." and "__pycache__" not in file.parts and path.is_file():
                place = root / file
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)


def _prune(root: Path, calls: Mapping[str, Sequence[str]]) -> None:
    """Drop what a function never opens: four hundred service models, examples, and console scripts."""
    data = root / "botocore" / "data"
    if data.is_dir():
        for folder in data.iterdir():
            if folder.is_dir() and folder.name not in calls:
                shutil.rmtree(folder)
        _prune_endpoints(data / "endpoints.json", calls)
        for model in data.glob("*/*/service-2.json.gz"):
            _prune_model(model, calls[model.parts[-3]])
    for unused in (
        *data.rglob("examples-*"),
        root / "boto3" / "examples",
        root / "boto3" / "data",
        root / "bin",
    ):
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink(missing_ok=True)


def _prune_endpoints(path: Path, calls: Mapping[str, Sequence[str]]) -> None:
    document = json.loads(path.read_text())
    for partition in document["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in calls}
    path.write_text(json.dumps(document))


def _prune_model(zipped: Path, operations: Sequence[str]) -> None:
    """Leave a model the operations named and the shapes they reach, and store it unzipped."""
    model = json.loads(gzip.decompress(zipped.read_bytes()))
    model["operations"] = {name: each for name, each in model["operations"].items() if name in operations}
    shapes, reached = model["shapes"], set[str]()
    ahead = [_shapes_of(model["operations"])]
    while ahead:
        for name in ahead.pop() - reached:
            reached.add(name)
            ahead.append(_shapes_of(shapes[name]))
    model["shapes"] = {name: each for name, each in shapes.items() if name in reached}
    zipped.with_suffix("").write_text(json.dumps(model))
    zipped.unlink()


def _shapes_of(node: object) -> set[str]:
    """Collect the names that a part of a model refers to."""
    if isinstance(node, dict):
        named = {node["shape"]} if isinstance(node.get("shape"), str) else set()
        return named.union(*map(_shapes_of, node.values()))
    return set().union(*map(_shapes_of, node)) if isinstance(node, list) else set()


def _compile(destination: Path, mount: str) -> None:
    """Write bytecode that Python takes as it is.

    Checked bytecode would be stale: packing changes the sources' time stamps, and Lambda can't write new.
    """
    done = compileall.compile_dir(
        destination,
        quiet=1,
        stripdir=str(destination),
        prependdir=mount,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        workers=0,
    )
    if not done:
        raise SyntaxError(f"something in {destination} doesn't compile")


def build(package: Package, folder: Path) -> Path:
    """Write the package's zip into ``folder``, laid out from this environment."""
    zipped, laid_out = folder / package.key, folder / package.resource
    lay_out(package, laid_out, from_environment)
    # Stored, not deflated: it never leaves the machine, and cedarpy alone would take a second to deflate.
    with zipfile.ZipFile(zipped, "x", zipfile.ZIP_STORED) as archive:
        for path in sorted(laid_out.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(path.relative_to(laid_out).as_posix()), path.read_bytes())
    return zipped


def packaged(template: str, bucket: str) -> str:
    """Let a template's text name the uploaded zips where it names our folders; change nothing else."""
    for package in PACKAGES:
        here = f"Uri: {package.source}/\n"
        if template.count(here) != 1:
            raise LookupError(f"template.yaml should say {here.strip()!r} exactly once")
        template = template.replace(here, f"Uri: s3://{bucket}/{package.key}\n")
    return template


def main() -> None:
    """Lay out one package for Lambda, on behalf of ``sam build``."""
    by_name = {package.resource: package for package in PACKAGES}
    parser = argparse.ArgumentParser(description="Lay out the function or a layer as it is shipped.")
    parser.add_argument("resource", choices=by_name)
    parser.add_argument("destination", type=Path)
    asked = parser.parse_args()
    package = by_name[asked.resource]
    lay_out(package, asked.destination, from_registry if package.pins() else lambda *_: None)


if __name__ == "__main__":
    main()
