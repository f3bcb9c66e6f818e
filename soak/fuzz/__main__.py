"""Run one fuzz target: under libFuzzer for some seconds, or as a quick check without it.

A target may change its process's environment, log and standard output: it has a process of its own.
"""

import argparse
import importlib
import random
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from soak.fuzz import TARGETS


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m soak.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, help="run libFuzzer for so long")
    parser.add_argument("--folder", type=Path, help="where its corpus and its crashes go")
    parser.add_argument("--changes", type=int, default=0, help="instead: try so many changes to the seeds")
    parser.add_argument("--input", type=Path, help="instead: try the input in a file, such as a crash")
    given = parser.parse_args()
    if given.input:
        _target(given.target).one(given.input.read_bytes())
    elif given.seconds:
        _fuzz(given.target, given.seconds, given.folder)
    else:
        _check(_target(given.target), given.changes)


def changed(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Change an input as a fuzzer would: a byte, a piece, an end, a piece of another input."""
    at, length = chance.randrange(len(data) + 1), chance.randrange(1, 9)
    kind = chance.randrange(5)
    if kind == 0:
        return data[:at] + chance.randbytes(length) + data[at + length :]
    if kind == 1:
        return data[:at] + data[at + length :]
    if kind == 2:
        return data[:at]
    if kind == 3:
        return data[:at] + data[at : at + length] * chance.randrange(2, 30) + data[at:]
    return data[:at] + other[chance.randrange(len(other) + 1) :][:60] + data[at:]


def _check(target: ModuleType, changes: int) -> None:
    seeds = target.seeds()
    for seed in seeds:
        target.one(seed)
    # Always the same ones, so that what fails here fails again.
    chance = random.Random(target.__name__)  # noqa: S311
    for _ in range(changes):
        data = chance.choice(seeds)
        for _ in range(chance.randrange(1, 4)):
            data = changed(chance, data, chance.choice(seeds))
        try:
            target.one(data)
        except BaseException:
            sys.stderr.write(f"input: {data!r}\n")
            raise
    sys.stderr.write(f"{len(seeds)} seeds, {changes} changes\n")


def _fuzz(name: str, seconds: int, folder: Path) -> None:
    import atheris  # type: ignore[import-untyped, unused-ignore]

    corpus, crashes = folder / "corpus", folder / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    # libFuzzer ends the process without a word to Python: what a target leaves is left in here.
    tempfile.tempdir = str(folder)
    with atheris.instrument_imports(include=list(TARGETS[name]), enable_loader_override=False):
        target = _target(name)
        # Run here too: what is imported only then is instrumented as well.
        for place, seed in enumerate(target.seeds()):
            target.one(seed)
            (corpus / f"seed-{place:03}").write_bytes(seed)
    arguments = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={seconds}",
        f"-artifact_prefix={crashes}/",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-max_len=16384",
        "-print_final_stats=1",
    ]
    atheris.Setup(arguments, target.one)
    atheris.Fuzz()


def _target(name: str) -> ModuleType:
    return importlib.import_module(f"soak.fuzz.{name}")


if __name__ == "__main__":
    main()
