"""The fuzz targets, without a fuzzer: over their seeds, and over some changes to them."""

import subprocess
import sys

import pytest

from soak.fuzz import TARGETS
from soak.fuzz.take import Take, put
from soak.tree import ROOT


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds_and_changes_to_them(name: str) -> None:
    """What a run begins from, and some hundred changes to it, break no promise. Always the same ones."""
    done = subprocess.run(
        [sys.executable, "-m", "soak.fuzz", name, "--changes", "500"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "500 changes" in done.stderr


def test_what_is_put_is_taken() -> None:
    """Seeds are written as they are read."""
    take = Take(put(7, "text\udc80", b"\xff", 3, "[1]"))

    assert take.byte() == 7
    assert take.text() == "text\udc80"
    assert take.chunk() == b"\xff"
    assert take.value() == [1]
    assert not take.more
    assert (take.byte(), take.text(), take.rest()) == (0, "", b"")


def test_atheris_is_not_needed_to_import_a_target() -> None:
    """What only the long runs need is not needed by the tests of a change."""
    imports = "; ".join(f"import soak.fuzz.{name}" for name in TARGETS)
    code = f"import sys; {imports}; print('atheris' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
