"""Kills: the client's cache, written by two processes at a time, one of which is killed at any moment."""

import json
import shutil
import subprocess

from soak.report import Outcome
from soak.tree import ROOT, WORK, python


def run(kills: int) -> Outcome:
    """Kill so many processes, and read what was found after each."""
    WORK.mkdir(exist_ok=True)
    folder = WORK / "kills"
    shutil.rmtree(folder, ignore_errors=True)
    with (WORK / "kills.log").open("w") as log:
        done = subprocess.run(  # noqa: S603
            python("-m", "tests.support.kills", str(folder), str(-(-kills // 2))),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        return Outcome("0 kills", "it broke: see .soak/kills.log", False)
    return judged(json.loads(done.stdout))


def judged(found: dict[str, int]) -> Outcome:
    """Say what was found, and whether that is nothing."""
    whole = not (found["torn"] or found["locked"] or found["orphans"] or found["late"]) and found["vends"] > 0
    return Outcome(
        f"{found['kills']} kills",
        f"{found['torn']} torn files, {found['locked']} locks that stayed, {found['late']} waits above 2 s, "
        f"{found['temporary']} temporary files left, {found['orphans']} of them after the next start",
        whole,
    )
