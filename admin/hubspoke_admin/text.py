"""Files of a grants folder as text and JSON, read so that nothing in them is guessed or passed over."""

import json
from pathlib import Path
from typing import Any, NoReturn

from hubspoke_admin.exceptions import GrantsInvalid


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


def read_json(path: Path) -> Any:
    """Read a file as JSON, without duplicate keys, numbers that JSON doesn't have, or lone surrogates."""

    def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise GrantsInvalid(f"{path}: the key {key!r} stands twice in one object; keep one")
        return dict(pairs)

    def no_constants(name: str) -> NoReturn:
        raise GrantsInvalid(f"{path}: {name} is no number of JSON's")

    try:
        document = json.loads(read(path), object_pairs_hook=no_duplicates, parse_constant=no_constants)
        # What can't be written again was never text, or is a number beyond all bounds.
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        raise GrantsInvalid(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise GrantsInvalid(f"{path}: a text, a number or the nesting in it is beyond JSON") from None
    return document
