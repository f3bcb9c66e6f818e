"""Values out of a fuzzer's bytes: small choices first, texts after, and never an error."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

_Item = TypeVar("_Item")


class Take:
    """Takes values from the front of some bytes; when they are used up, zeros and empty texts."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return bool(self._rest)

    def byte(self) -> int:
        """Take a number from 0 to 255."""
        first, self._rest = self._rest[:1], self._rest[1:]
        return first[0] if first else 0

    def choice(self, items: Sequence[_Item]) -> _Item:
        """Take one of some items."""
        return items[self.byte() % len(items)]

    def chunk(self) -> bytes:
        """Take some bytes, after their number."""
        length = self.byte() << 8 | self.byte()
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken

    def text(self) -> str:
        """Take a text: any characters, lone surrogates too."""
        return self.chunk().decode("utf-8", "surrogateescape")

    def rest(self) -> bytes:
        """Take all that is left."""
        taken, self._rest = self._rest, b""
        return taken

    def value(self) -> Any:
        """Take a text or, more seldom, any value that JSON can write."""
        kind, text = self.byte() % 4, self.text()
        if kind < 3:
            return text
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


def put(*parts: int | str | bytes) -> bytes:
    """Write what ``Take`` takes: numbers as bytes, texts and bytes as chunks."""
    written = b""
    for part in parts:
        if isinstance(part, int):
            written += bytes([part])
        else:
            raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
            written += len(raw).to_bytes(2) + raw
    return written
