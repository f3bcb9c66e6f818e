"""One text for every way in which comparisons can tell texts apart.

A ``like`` pattern splits all texts in two; several patterns split them into cells. To have a caller for
every cell that isn't empty, the patterns are read side by side, as automata, shortest texts first.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

STATES_MAX: Final = 20_000
"""Of the patterns read side by side; past that nobody could review them either."""

Step = str | None
"""One character, or ``None``: any characters, any number of them."""


class TooManyTexts(Exception):
    """Raised when patterns can't be taken apart within ``STATES_MAX`` states."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a text can be."""

    characters: str
    least: int
    most: int

    def has(self, text: str) -> bool:
        """Tell whether it is one."""
        return self.least <= len(text) <= self.most and set(text) <= set(self.characters)


@dataclass(frozen=True, slots=True)
class Like:
    """A pattern, and what stands around the text when it is matched."""

    steps: Sequence[Step]
    before: str = ""
    after: str = ""


def texts_that_differ(
    grammar: Grammar, literals: Collection[str], patterns: Sequence[Like]
) -> dict[str, tuple[bool, ...]]:
    """Find a text for each different answer to "which of these patterns match it?"

    Returns:
        The shortest such texts that are none of the literals, each with the answer.

    Raises:
        TooManyTexts: the patterns are too many or too long together.
    """
    machines = [_Machine(pattern) for pattern in patterns]
    alphabet = _alphabet(grammar, literals, patterns)
    prefixes = {literal[:end] for literal in literals for end in range(len(literal) + 1)}
    found: dict[tuple[bool, ...], str] = {}
    queue = deque([("", tuple(machine.start for machine in machines))])
    seen: set[object] = set()
    while queue:
        text, states = queue.popleft()
        if len(text) >= grammar.least and text not in literals:
            found.setdefault(tuple(m.ends(s) for m, s in zip(machines, states, strict=True)), text)
        if len(text) == grammar.most:
            continue
        for character in alphabet:
            longer = text + character
            after = tuple(m.after(s, character) for m, s in zip(machines, states, strict=True))
            # Past the least length only the patterns and the literals can tell how a text goes on.
            key = (after, longer if longer in prefixes else None, min(len(longer), grammar.least))
            if key not in seen:
                seen.add(key)
                queue.append((longer, after))
        if len(seen) > STATES_MAX:
            raise TooManyTexts
    return {text: answer for answer, text in found.items()}


class _Machine:
    """A pattern as an automaton; a state is the set of steps that may come next, one bit each."""

    def __init__(self, pattern: Like) -> None:
        self._end = 1 << len(pattern.steps)
        self._loops = sum(1 << place for place, step in enumerate(pattern.steps) if step is None)
        self._steps: dict[str, int] = {}
        for place, step in enumerate(pattern.steps):
            if step is not None:
                self._steps[step] = self._steps.get(step, 0) | 1 << place
        self._behind = pattern.after
        self.start = self._run(self._skip(1), pattern.before)

    def after(self, state: int, character: str) -> int:
        return self._skip((state & self._steps.get(character, 0)) << 1 | state & self._loops)

    def ends(self, state: int) -> bool:
        return bool(self._run(state, self._behind) & self._end)

    def _run(self, state: int, text: str) -> int:
        for character in text:
            state = self.after(state, character)
        return state

    def _skip(self, state: int) -> int:
        """Add what may come next where a wildcard stands for nothing."""
        while (more := state | (state & self._loops) << 1) != state:
            state = more
        return state


def _alphabet(grammar: Grammar, literals: Iterable[str], patterns: Iterable[Like]) -> list[str]:
    """Choose characters: all that stand for themselves, and one of those that nothing tells apart."""
    own = set().union(*literals, *(filter(None, pattern.steps) for pattern in patterns))
    another = next((character for character in grammar.characters if character not in own), "")
    return [character for character in grammar.characters if character in own or character == another]
