"""The real shells, as ``make .tools/shells/ready`` sets them up."""

import subprocess
from pathlib import Path
from typing import Final

_BIN: Final = Path(__file__).parents[2] / ".tools" / "shells" / "bin"

_WITHOUT_FILES: Final = {
    "bash": ["--norc", "--noprofile"],
    "zsh": ["-d"],  # its own .zshenv is read, which says where an unpacked zsh has its modules
    "fish": ["--no-config"],
    "tcsh": ["-f"],
}
"""Options that leave the person's own start-up files out."""


def command(name: str, *arguments: str) -> list[str]:
    """Return the command line that starts a shell.

    Raises:
        FileNotFoundError: ``make test`` has not set it up.
    """
    shell = _BIN / name
    if not shell.exists():
        raise FileNotFoundError(f"{shell}: run 'make .tools/shells/ready'")
    return [str(shell), *_WITHOUT_FILES[name], *arguments]


def evaluate(name: str, script: str, environ: dict[str, str]) -> str:
    """Return what a shell prints for a script, in ``HOME``; a word on stderr is a failure."""
    # tcsh takes no more than one line by -c.
    done = subprocess.run(
        command(name, "-s") if name == "tcsh" else command(name, "-c", script),
        input=script if name == "tcsh" else None,
        stdin=None if name == "tcsh" else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environ,
        cwd=environ["HOME"],
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
