"""YAML without its surprises: every scalar is a text, no key twice, each fault with its line.

YAML reads ``012345670123`` as an octal number, ``no`` as false, and keeps the last of two equal
keys. Here nothing is guessed: whoever reads a value says what it must be.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final, TypeVar

import yaml

_Default = TypeVar("_Default")

_NOT_TEXTS: Final = frozenset({"null", "~"})
"""Without quotes, these mean that there is nothing."""


class YamlInvalid(Exception):
    """Raised for a fault in a YAML text. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class MappingNode:
    """A YAML mapping, whose values are read by what they must be."""

    def __init__(self, node: yaml.MappingNode) -> None:
        self._line = node.start_mark.line + 1
        self._values: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not _is_text(key):
                raise YamlInvalid(line, "a key must be a text")
            if key.value in self._values:
                raise YamlInvalid(line, f"the key {key.value} stands twice; keep one")
            self._values[key.value] = value
            self._lines[key.value] = line

    @property
    def first_line(self) -> int:
        """The line on which the mapping begins."""
        return self._line

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def wrong(self, key: str, message: str) -> YamlInvalid:
        """Make the exception for a value that can't be, at its line."""
        return YamlInvalid(self.line(key), f"{key}: {message}")

    def line(self, key: str) -> int:
        """Say on which line a key stands, or the mapping begins where the key isn't there."""
        return self._lines.get(key, self._line)

    def only(self, known: Collection[str]) -> None:
        """Refuse keys that aren't known."""
        for key in self._values:
            if key not in known:
                raise self.wrong(key, f"not known here; known are {', '.join(sorted(known))}")

    def mapping(self, key: str) -> "MappingNode":
        """Read a mapping that must be there."""
        value = self._values.get(key)
        if not isinstance(value, yaml.MappingNode):
            raise self.wrong(key, "must be there, and be a mapping")
        return MappingNode(value)

    def mappings(self, key: str) -> "list[MappingNode]":
        """Read a list of mappings that must be there."""
        value = self._values.get(key)
        if not isinstance(value, yaml.SequenceNode):
            raise self.wrong(key, "must be there, and be a list")
        for item in value.value:
            if not isinstance(item, yaml.MappingNode):
                raise YamlInvalid(item.start_mark.line + 1, f"{key}: each must be a mapping")
        return [MappingNode(item) for item in value.value]

    def text(self, key: str, default: _Default) -> "str | _Default":
        """Read a text, or return the default where the key isn't there."""
        if key not in self._values:
            return default
        value = self._values[key]
        if not _is_text(value):
            raise self.wrong(key, "must be a text; leave the key out where there is none")
        return str(value.value)

    def texts(self, key: str) -> list[str]:
        """Read a list of texts; empty where the key isn't there."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, yaml.SequenceNode) or not all(map(_is_text, value.value)):
            raise self.wrong(key, "must be a list of texts")
        found = [str(item.value) for item in value.value]
        if len(set(found)) != len(found):
            raise self.wrong(key, "names something twice; keep one")
        return found

    def texts_by_name(self, key: str) -> dict[str, str]:
        """Read a mapping of texts; empty where the key isn't there."""
        if key not in self._values:
            return {}
        node = self.mapping(key)
        return {name: node.text(name, "") for name in node}

    def whole_number(self, key: str, default: int, least: int, most: int) -> int:
        """Read a whole number within bounds. ASCII digits, no sign, no leading zero."""
        raw = self.text(key, str(default))
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 9 else -1
        if str(number) != raw or not least <= number <= most:
            raise self.wrong(key, f"must be a whole number from {least} to {most}")
        return number


def _is_text(node: yaml.Node) -> bool:
    """Tell whether a node is a text: not empty, not meant as none, and one that can be written."""
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        return False
    if node.style is None and node.value.casefold() in _NOT_TEXTS:
        return False
    return not any("\ud800" <= char <= "\udfff" for char in node.value)


def read_yaml(text: str) -> MappingNode:
    """Read a YAML text that must be one mapping.

    Raises:
        YamlInvalid: it isn't YAML, or isn't one mapping.
    """
    try:
        node: Any = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlInvalid(line, f"not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        raise YamlInvalid(1, "not YAML") from None
    if not isinstance(node, yaml.MappingNode):
        raise YamlInvalid(1, "must be a mapping")
    return MappingNode(node)
