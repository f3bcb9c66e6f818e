"""Texts of others, on their way to a terminal or into a message."""


def printable(text: str) -> str:
    """Return ``text`` with a question mark for whatever could steer a terminal, or break a line."""
    return "".join(char if char.isprintable() else "?" for char in text)
