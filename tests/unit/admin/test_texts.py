"""One text for every way in which patterns tell texts apart."""

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_admin import texts
from hubspoke_admin.texts import Grammar, Like, TooManyTexts, texts_that_differ

LETTERS = Grammar("abc", 1, 4)
ALL = ["".join(word) for size in range(1, 5) for word in itertools.product("abc", repeat=size)]

patterns = st.lists(st.sampled_from(["a", "b", None]), max_size=4).map(tuple)


def matches(pattern: tuple[str | None, ...], text: str) -> bool:
    """Match as Cedar's ``like`` does."""
    return re.fullmatch("".join(".*" if step is None else step for step in pattern), text) is not None


@given(st.lists(patterns, max_size=4), st.sets(st.sampled_from(ALL), max_size=4))
@settings(deadline=None, max_examples=300)
def test_every_answer_that_a_text_gives_is_represented(
    chosen: list[tuple[str | None, ...]], literals: set[str]
) -> None:
    """Against all texts of a small grammar, one by one."""
    found = texts_that_differ(LETTERS, literals, [Like(pattern) for pattern in chosen])
    expected = {tuple(matches(pattern, text) for pattern in chosen) for text in ALL if text not in literals}

    assert set(found.values()) == expected
    assert all(answer == tuple(matches(p, text) for p in chosen) for text, answer in found.items())
    assert not literals & found.keys()


def test_what_stands_around_a_text_is_matched_with_it() -> None:
    """A pattern may be about more than the text that is looked for."""
    like = Like(("x", None, "y", "z"), before="x", after="z")

    assert set(texts_that_differ(Grammar("ay", 1, 2), set(), [like]).items()) == {
        ("a", (False,)),
        ("y", (True,)),
    }


def test_patterns_that_are_too_many_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound, and it is no guess."""
    monkeypatch.setattr(texts, "STATES_MAX", 3)
    like = Like((None, *"abcab", None))

    with pytest.raises(TooManyTexts):
        texts_that_differ(Grammar("abc", 1, 20), set(), [like])
