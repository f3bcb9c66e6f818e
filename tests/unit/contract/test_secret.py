"""The type of everything that must never be printed."""

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import string
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_contract.secret import Secret

TEXT = "canary/9c3e+wJalrXUtnFEMI="


def _logged(secret: Secret) -> str:
    stream = io.StringIO()
    logger = logging.Logger("test", logging.DEBUG)
    logger.addHandler(logging.StreamHandler(stream))
    logger.debug("%s %r", secret, secret)
    return stream.getvalue()


def _traceback(secret: Secret) -> str:
    try:
        raise ValueError(secret)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(shown.format())


SHOWN: dict[str, Callable[[Secret], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "format with a width": lambda secret: format(secret, ">80"),
    "f-string": lambda secret: f"{secret}",
    "f-string !r": lambda secret: f"{secret!r:>20}",
    "f-string !s": lambda secret: f"{secret!s}",
    "f-string =": lambda secret: f"{secret=}",
    "%s": lambda secret: "%s" % secret,  # noqa: UP031
    "%r": lambda secret: "%r" % secret,  # noqa: UP031
    "str.format": lambda secret: "{0} {0!r}".format(secret),  # noqa: UP032
    "string.Template": lambda secret: string.Template("$it").substitute(it=secret),
    "in a list": lambda secret: str([secret]),
    "in a dict": lambda secret: str({"it": secret, secret: 1}),
    "pprint": lambda secret: pprint.pformat({"it": [secret]}),
    "print": lambda secret: (print(secret, file=(out := io.StringIO())), out.getvalue())[1],
    "log": _logged,
    "traceback with locals": _traceback,
    "exception": lambda secret: str(ValueError(secret)) + repr(ValueError(secret)),
    "json with default=str": lambda secret: json.dumps({"it": secret}, default=str),
    "json with default=repr": lambda secret: json.dumps({"it": secret}, default=repr),
    "dir": lambda secret: str(dir(secret)),
}

FORBIDDEN: dict[str, Callable[[Secret], object]] = {
    **{f"pickle {level}": lambda secret, level=level: pickle.dumps(secret, level) for level in range(6)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a dict": lambda secret: copy.deepcopy({"it": [secret]}),
    "json": json.dumps,
    "json in a list": lambda secret: json.dumps([secret]),
    "vars": vars,
    "len": len,
    "iter": iter,
    "bytes": bytes,
    "index": lambda secret: secret[0],
    "concatenate": lambda secret: "x" + secret,
    "join": lambda secret: "".join([secret]),
    "new attribute": lambda secret: setattr(secret, "text", "x"),
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_no_way_of_showing_a_secret_shows_it(show: Callable[[Secret], str]) -> None:
    """Whatever prints, formats or logs a secret prints something else."""
    shown = show(Secret(TEXT))

    assert shown
    assert TEXT not in shown
    assert "canary" not in shown


@pytest.mark.parametrize("take", FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_secret_cannot_be_copied_serialised_or_taken_apart(take: Callable[[Secret], object]) -> None:
    """What would carry the text elsewhere raises, without the text in the exception."""
    with pytest.raises((TypeError, AttributeError)) as raised:
        take(Secret(TEXT))

    assert TEXT not in str(raised.value)


def test_a_dataclass_that_holds_one_cannot_be_flattened() -> None:
    """``dataclasses.asdict`` and ``astuple`` raise rather than copy."""

    @dataclasses.dataclass
    class Holder:
        it: Secret

    for flatten in (dataclasses.asdict, dataclasses.astuple):
        with pytest.raises(TypeError):
            flatten(Holder(Secret(TEXT)))


@given(st.text())
@settings(deadline=None, max_examples=200)
def test_reveal_is_the_one_way_to_the_text(text: str) -> None:
    """Any text comes back whole, and only from ``reveal``."""
    assert Secret(text).reveal() == text


@given(st.text(max_size=4), st.text(max_size=4))
@settings(deadline=None, max_examples=300)
def test_secrets_are_equal_when_their_texts_are(one: str, other: str) -> None:
    """Equality and hash follow the text."""
    assert (Secret(one) == Secret(other)) == (one == other)
    assert one != other or hash(Secret(one)) == hash(Secret(other))


def test_a_secret_is_not_equal_to_its_text() -> None:
    """A text compared with a secret tells nothing about it."""
    assert Secret(TEXT) != TEXT
    assert TEXT not in {Secret(TEXT)}


def test_the_hash_is_not_that_of_the_text() -> None:
    """A secret is no key for whoever holds the text."""
    assert hash(Secret(TEXT)) != hash(TEXT)


def test_a_secret_has_no_state_to_take() -> None:
    """What copies by state finds none."""
    with pytest.raises(TypeError):
        Secret("canary").__getstate__()


def test_what_stands_in_a_secrets_place_is_always_the_same() -> None:
    """Whoever reads a log sees that a secret was meant, and no secret can pass for another text."""
    secret = Secret(TEXT)

    assert [repr(secret), str(secret), f"{secret:>80}", f"{secret!r}"] == ["<secret>"] * 4


@pytest.mark.parametrize(
    ("take", "said"),
    [
        (pickle.dumps, "a Secret cannot be pickled or copied"),
        (copy.deepcopy, "a Secret cannot be pickled or copied"),
        (Secret.__getstate__, "a Secret has no state to take"),
    ],
)
def test_who_tries_to_copy_a_secret_is_told_why_not(take: Callable[[Secret], object], said: str) -> None:
    """The exception names the type, so that the line that tried is found."""
    with pytest.raises(TypeError) as raised:
        take(Secret(TEXT))

    assert str(raised.value) == said


def test_secrets_of_different_texts_have_different_hashes() -> None:
    """Many secrets in a set are found by their texts, not one after the other."""
    assert len({hash(Secret(str(number))) for number in range(100)}) > 90
