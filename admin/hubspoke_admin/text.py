"""Files of a grants folder as text and JSON, read so that nothing in them is guessed or passed over."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from hubspoke_admin.exceptions import GrantsInvalid

_JSON_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s"{}\[\],:]+')


def files(folder: Path, ending: str) -> list[Path]:
    """List the files of a folder, in order, all of which must have the ending.

    A policy that is passed over because of its file's name could be the one that forbids.
    """
    found = sorted(path for path in folder.glob("*") if not path.name.startswith("."))
    for path in found:
        if path.suffix != ending or not path.is_file():
            raise GrantsInvalid(f"{path}: only *{ending} files belong here; move it elsewhere")
    return found


def read(path: Path) -> str:
    """Read a file as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise GrantsInvalid(f"{path}: no such file; a grants folder needs it") from None
    except (OSError, UnicodeDecodeError):
        raise GrantsInvalid(f"{path}: cannot be read as UTF-8 text") from None


class _KeyTwice(Exception):
    """Raised within a JSON text, where nothing knows the line."""


def read_json(path: Path) -> Any:
    """Read a file as JSON, without duplicate keys, numbers that JSON doesn't have, or lone surrogates."""

    def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) != len(pairs):
            raise _KeyTwice
        return found

    def no_constants(name: str) -> NoReturn:
        line = next((line for line, piece in _tokens(text) if piece.lstrip("-") == name.lstrip("-")), 1)
        raise GrantsInvalid(
            f"{path}:{line}: {name} is no number of JSON's; write a number, or a text in quotes"
        )

    text = read(path)
    try:
        document = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constants)
        # What can't be written again was never text, or is a number beyond all bounds.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except _KeyTwice:
        line, key = _key_twice(text)
        raise GrantsInvalid(f"{path}:{line}: the key {key!r} stands twice in one object; keep one") from None
    except json.JSONDecodeError as error:
        raise GrantsInvalid(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise GrantsInvalid(f"{path}: a text, a number or the nesting in it is beyond JSON") from None
    return document


def item_lines(path: Path) -> list[int]:
    """List on which lines the items of a file's JSON list begin. The file has been read as JSON."""
    found: list[int] = []
    depth, before = 0, ""
    for line, piece in _tokens(read(path)):
        if depth == 1 and before in ("[", ",") and piece != "]":
            found.append(line)
        depth += (piece in "[{") - (piece in "]}")
        before = piece if depth <= 1 else ""
    return found


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    """Part a JSON text, each piece with its line, which counts from 1."""
    line = 1
    end = 0
    for piece in _JSON_TOKENS.finditer(text):
        line += text.count("\n", end, piece.start())
        end = piece.start()
        yield line, piece[0]


def _key_twice(text: str) -> tuple[int, str]:
    """Find the first key that an object has twice, and the line where it comes again."""
    objects: list[set[str]] = []
    before, at = "", 1
    for line, piece in _tokens(text):
        if piece in "[{":
            objects.append(set())
        elif piece in "]}":
            objects.pop()
        elif piece == ":":
            key = json.loads(before)
            if key in objects[-1]:
                return at, key
            objects[-1].add(key)
        before, at = piece, line
    return 1, ""
