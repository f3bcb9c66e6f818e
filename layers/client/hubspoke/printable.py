"""Texts of others, on their way to a terminal or into a message."""


def printable(text: str) -> str:
    """Return ``text`` with a question mark for whatever could steer a terminal, or break a line."""
    return "".join(char if char.isprintable() else "?" for char in text)


def shortened(text: str, most: int = 200) -> str:
    """Return ``text``, cut where it has more characters than anybody reads."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
