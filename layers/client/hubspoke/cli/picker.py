"""Which role? Asked of the person at the terminal, on stderr: stdout is for the result alone."""

import os
import sys
from collections.abc import Sequence
from typing import Final

from hubspoke.cli.options import UsageError
from hubspoke.cli.table import table
from hubspoke.exceptions import AccessDenied
from hubspoke.offers import matching
from hubspoke_contract.names import Target
from hubspoke_contract.reply import RoleOffer

_LINE_MAX: Final = 4096
"""Bytes. A terminal hands over no longer line (termios(3), canonical mode)."""
_ROWS_LEAST: Final = 5
_PROMPT: Final = "Which role? A number, or words to search for: "


def pick(offers: Sequence[RoleOffer]) -> Target:
    """Ask until a number names a role.

    Words narrow the list, an empty line shows all of it again, and takes the last one left.

    Raises:
        AccessDenied: there is nothing to choose from.
        UsageError: the terminal's input ended without a choice.
    """
    if not offers:
        raise AccessDenied(
            "The hub offers you no such role: 'hubspoke roles' lists what it does, 'hubspoke whoami' shows "
            "what to quote when you ask for a grant."
        )
    found = list(offers)
    while True:
        _show(found)
        answer = _answer()
        if not answer:
            if len(found) == 1:
                return _target(found[0])
            found = list(offers)
        elif (number := _number(answer)) is not None and 1 <= number <= len(found):
            return _target(found[number - 1])
        else:
            # Among all of them: a search that went wrong is mended by another.
            found = matching(offers, answer.split()) or _nothing(found)


def _show(found: Sequence[RoleOffer]) -> None:
    # One row is for what is left out, one for the prompt, one for the line typed before.
    shown = max(_ROWS_LEAST, os.get_terminal_size(sys.stderr.fileno()).lines - 3)
    rows = [
        (f"{number:>4}", f"{offer.account}/{offer.role}", offer.account_name, offer.org_unit)
        for number, offer in enumerate(found[:shown], 1)
    ]
    sys.stderr.write(table(rows))
    if len(found) > shown:
        sys.stderr.write(f"      … and {len(found) - shown} more\n")
    if len(found) == 1:
        sys.stderr.write("Enter takes it. ")
    sys.stderr.write(_PROMPT)
    sys.stderr.flush()


def _answer() -> str:
    # Not input(): it would read ahead, and what follows on stdin is the command's that is run.
    raw = os.read(sys.stdin.fileno(), _LINE_MAX)
    if not raw:
        sys.stderr.write("\n")
        raise UsageError("no role was picked")
    return raw.decode(errors="replace").strip()


def _number(answer: str) -> int | None:
    # An account's number is a word to search for.
    return int(answer) if answer.isascii() and answer.isdecimal() and len(answer) < 12 else None


def _nothing(found: list[RoleOffer]) -> list[RoleOffer]:
    sys.stderr.write("No role has all of these words, or no such number.\n")
    return found


def _target(offer: RoleOffer) -> Target:
    return Target(offer.account, offer.role)
