"""Writes ``docs/verification.md``: figures, threats, survivors. Nobody else writes it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from soak.defences import Defence, Threat, threats
from soak.figures import Figure, read
from soak.mutation import Explanation, explanations
from soak.programme import PARTS
from soak.tree import ROOT

DOCUMENT: Final = ROOT / "docs/verification.md"

_HEAD: Final = """\
# Verification

`make test` runs every test of a change. `make soak` runs what takes longer, hours in all, and writes this
page: don't edit it. `make soak PART=fuzz` runs one part; the others keep their line, with its own commit.
"""
_SIZES: Final = """\
A part's size is set by its variable, or all sizes at once by a factor: `make soak SOAK_SCALE=0.1`. What
stands under "run" was truly run. A commit "with changes" means that files differed from it.
"""
_THREATS: Final = """\
## Threats

For each threat: what is built against it, and the tests that fail when it is taken away.
`make soak PART=defences` takes away one after the other, in a copy of the project, and sees them fail. The
table is `soak/defences.toml`.
"""
_SURVIVORS: Final = """\
## Changes that no test minds

What mutation left, and why none of it is a fault. mutmut changes the bodies of functions; it leaves alone
what a module does as it is imported, such as its regular expressions.
"""


def document(figures: Mapping[str, Figure]) -> str:
    """Write the page."""
    parts = [
        _HEAD,
        "## The long runs\n",
        _SIZES,
        _table(("part", "what", "whole size"), [(p.name, p.what, _whole(p.variable, p.size)) for p in PARTS]),
        _table(
            ("part", "run", "result", "commit", "command", "duration", "date", "machine"),
            [_line(part.name, figures.get(part.name)) for part in PARTS],
        ),
        _THREATS,
        _table(("threat", "defence", "where", "missed by"), list(_defences(threats()))),
        _SURVIVORS,
        _survivors(explanations()),
    ]
    return "\n".join(parts)


def write() -> None:
    """Write the page from what is known."""
    DOCUMENT.write_text(document(read()), encoding="utf-8")


def _whole(variable: str | None, size: int) -> str:
    return "all" if variable is None else f"`{variable}={size}`"


def _line(name: str, figure: Figure | None) -> tuple[str, ...]:
    if figure is None:
        return (name, "not run yet", "", "", "", "", "", "")
    return (
        name,
        figure.number,
        figure.result if figure.passed else f"**failed:** {figure.result}",
        figure.commit,
        f"`{figure.command}`",
        _duration(figure.seconds),
        figure.date,
        figure.machine,
    )


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s"


def _defences(known: Iterable[Threat]) -> Iterable[tuple[str, ...]]:
    for threat in known:
        name = f"{threat.number}. {threat.name}"
        if threat.none is not None:
            yield (name, threat.none, "", "")
        for defence in threat.defences:
            yield (name, defence.what, f"`{defence.file}`", _tests(defence))
            name = ""


def _tests(defence: Defence) -> str:
    return ", ".join(f"`{test.removeprefix('tests/')}`" for test in defence.tests)


def _survivors(known: Iterable[Explanation]) -> str:
    lines = [
        (f"`{e.survivor.function}`", _code(e.survivor.takes), _code(e.survivor.puts), e.why) for e in known
    ]
    return _table(("function", "code", "changed to", "why no test minds"), lines)


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`" if text else "nothing"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |\n" for row in lines)
