"""The type of everything that must never be printed.

A secret access key or a session token is a ``Secret`` from the reply that brings it to the
document that hands it out. It has no repr, no length, no pickle, no copy into JSON: the one way to
its text is ``reveal()``, so a reader finds every place that does it with one search.
"""

from typing import NoReturn


class Secret:
    """Hold a text that no log, traceback, format string or serialiser can print."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """Return the text itself. Only for the moment it is sent or signed with."""
        return self.__text

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__text == other.__text

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret has no state to take")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")
