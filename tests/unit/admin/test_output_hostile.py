"""JSON whose texts would steer a terminal, or which can't be written at all."""

import json

import pytest

from hubspoke_admin.output import show_json


@pytest.mark.parametrize(
    "text", ["\x9b2J", "\x1b[2J", "\x7f", "\u202eevil", "\u2028", "\ud800", "\U000e0001", 'ä "ö" 語\n']
)
def test_json_holds_nothing_that_steers_a_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be printed is escaped as JSON has it, and is read as what it was."""
    show_json({text: [text]})
    written = capsys.readouterr().out
    written.encode()
    assert all(char.isprintable() or char == "\n" for char in written)
    assert json.loads(written) == {text: [text]}
