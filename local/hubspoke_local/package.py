"""Zips of the function and the layers, laid out as ``sam build`` would lay them out.

Third-party files are copied from the running environment, as installed from the same hash-pinned
requirements: the emulator runs functions on this interpreter, so its wheels are the ones that fit.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from hubspoke_local.accounts import PROJECT

_PINNED: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)


_LEFT_OUT: Final = frozenset({"boto3", "botocore", "s3transfer"})
"""Not packed here, though the client names boto3: 15 MB that Lambda's runtime has anyway."""


@dataclass(frozen=True, slots=True)
class Package:
    """One zip: our own folder, third-party requirements, and where in the zip both lie."""

    resource: str
    source: str
    requirements: str | None
    prefix: str

    @property
    def key(self) -> str:
        """Name the zip, as a file and in the artifact bucket."""
        return f"{self.resource}.zip"


PACKAGES: Final = (
    Package("Vend", "functions/vend", "vend", ""),
    Package("ContractLayer", "layers/contract", None, "python/"),
    Package("GrantsLayer", "layers/grants", "grants", "python/"),
    Package("ClientLayer", "layers/client", "client", "python/"),
)


def build(package: Package, folder: Path) -> Path:
    """Write the package's zip into ``folder``."""
    zipped = folder / package.key
    # Stored, not deflated: it never leaves the machine, and cedarpy alone would take a second to deflate.
    with zipfile.ZipFile(zipped, "x", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(contents(package).items()):
            archive.writestr(zipfile.ZipInfo(f"{package.prefix}{name}"), path.read_bytes())
    return zipped


def packaged(template: str, bucket: str) -> str:
    """Let a template's text name the uploaded zips where it names our folders; change nothing else."""
    for package in PACKAGES:
        here = f"Uri: {package.source}/\n"
        if template.count(here) != 1:
            raise LookupError(f"template.yaml should say {here.strip()!r} exactly once")
        template = template.replace(here, f"Uri: s3://{bucket}/{package.key}\n")
    return template


def contents(package: Package) -> dict[str, Path]:
    """Map each file's name, without the prefix, to where it is now."""
    return {**dict(_third_party(package)), **dict(_ours(package))}


def _ours(package: Package) -> Iterator[tuple[str, Path]]:
    root = PROJECT / package.source
    for path in root.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and not path.is_symlink():
            yield path.relative_to(root).as_posix(), path


def _third_party(package: Package) -> Iterator[tuple[str, Path]]:
    if package.requirements is None:
        return
    pins = _PINNED.findall((PROJECT / "requirements" / f"{package.requirements}.txt").read_text())
    for name, pinned in pins:
        if name in _LEFT_OUT:
            continue
        installed = distribution(name)
        if installed.version != pinned:
            raise LookupError(f"{name} {installed.version} is installed, {pinned} is pinned: run make again")
        for file in installed.files or ():
            path = Path(str(installed.locate_file(file)))
            if file.parts[0] != ".." and "__pycache__" not in file.parts and path.is_file():
                yield file.as_posix(), path
