"""The project's files: where they are, at which commit, and a copy to change at will."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
WORK: Final = ROOT / ".soak"
"""What the parts leave: logs, crashes, copies. Nothing of it is kept in git."""

WRITTEN: Final = ("docs/verification.md", "soak/figures.json")
"""What the programme itself writes. A tree with changes in these alone is the commit's."""

_INSTALLED: Final = ("tests/iam/node_modules", ".tools/terraform")
"""What git doesn't hold, and tests of a copy need: the IAM simulator, and Terraform."""

IMPORT_ROOTS: Final = (
    "layers/contract",
    "layers/grants",
    "layers/client",
    "functions/vend",
    "functions/inventory",
    "admin",
    "local",
)


def files() -> list[str]:
    """List the project's files: those in git, and new ones that git doesn't ignore."""
    found = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return sorted({name for name in found if name and (ROOT / name).is_file()})


def commit() -> str:
    """Name the commit, and say so when the files are not the commit's."""
    changed = [line for line in _git("status", "--porcelain").splitlines() if line[3:] not in WRITTEN]
    return _git("rev-parse", "--short=12", "HEAD").strip() + (" with changes" if changed else "")


def copy_to(folder: Path) -> None:
    """Copy the project's files into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    for name in _INSTALLED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(ROOT / name)


def environment(root: Path, *more: str) -> dict[str, str]:
    """Make an environment in which Python imports the packages under ``root``, not the installed ones."""
    paths = [str(root / name) for name in (*IMPORT_ROOTS, *more)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *paths])}


def python(*arguments: str) -> list[str]:
    """Write the command line of a program in this Python."""
    return [sys.executable, *arguments]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return done.stdout
