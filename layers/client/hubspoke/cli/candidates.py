"""The words that could stand last in a command line, by the commands' own parsers."""

import argparse
from importlib import import_module
from typing import Final

from hubspoke.cli.offering import on_offer, remembered
from hubspoke.cli.options import COMMANDS, top_parser
from hubspoke.exceptions import HubspokeError
from hubspoke.hub import Hub

DEADLINE: Final = 2.0
"""Seconds that a person waits for the roles after Tab, however slow the hub or the sign-in is."""

_CALLING: Final = ("--endpoint", "--region", "--profile")


def candidates(words: list[str]) -> dict[str, str]:
    """Return what the last word could become, and what each means in a few words.

    Args:
        words: what follows ``hubspoke``; the last one is unfinished, and may be empty.
    """
    *before, current = words
    if not before:
        found = COMMANDS | _options(top_parser(), [])
    elif before[0] not in COMMANDS or "--" in before:
        found = {}
    else:
        found = _of_command(before[0], before[1:], current)
    return {word: meaning for word, meaning in found.items() if word.startswith(current)}


# argparse shows what a parser holds by its private names alone; completion libraries read the same ones.


def _of_command(command: str, before: list[str], current: str) -> dict[str, str]:
    parser = import_module(f"hubspoke.cli.{command.replace('-', '_')}").parser()
    options = {name: action for action in parser._actions for name in action.option_strings}
    if current.startswith("-"):
        name, equals, _ = current.partition("=")
        if not equals:
            return _options(parser, before)
        return {f"{name}={value}": meaning for value, meaning in _values(options.get(name)).items()}
    # An option's value has the word before it to itself.
    if before and _takes_value(options.get(before[-1])):
        return _values(options[before[-1]])
    positional = _positional(parser, options, before)
    if positional is not None and positional.metavar == "ACCOUNT/ROLE":
        return _roles(before)
    if positional is None and " -- " in (parser.usage or ""):
        return {"--": "then the command to run"}
    return _values(positional)


def _options(parser: argparse.ArgumentParser, before: list[str]) -> dict[str, str]:
    """Return the options that can still be given."""
    return {
        name: (action.help or "").partition("\n")[0]
        for action in parser._actions
        for name in action.option_strings
        if name.startswith("--") and action.help != argparse.SUPPRESS
        if isinstance(action, argparse._AppendAction) or not {*action.option_strings} & {*_names(before)}
    }


def _names(before: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in before]


def _takes_value(action: argparse.Action | None) -> bool:
    return action is not None and action.nargs != 0


def _values(action: argparse.Action | None) -> dict[str, str]:
    return dict.fromkeys(map(str, action.choices), "") if action is not None and action.choices else {}


def _positional(
    parser: argparse.ArgumentParser, options: dict[str, argparse.Action], before: list[str]
) -> argparse.Action | None:
    """Return the positional argument that comes next, if one does."""
    given, at = 0, 0
    while at < len(before):
        if before[at].startswith("-"):
            at += 1 if _takes_value(options.get(before[at])) else 0
        else:
            given += 1
        at += 1
    wanted = [action for action in parser._actions if not action.option_strings]
    if given < len(wanted):
        return wanted[given]
    return wanted[-1] if wanted and wanted[-1].nargs in {"*", "+"} else None


def _roles(before: list[str]) -> dict[str, str]:
    """Return the roles on offer, as remembered or as the hub says in a moment."""
    given = argparse.Namespace(no_cache=False, **dict.fromkeys(("endpoint", "region", "profile")))
    for name in _CALLING:
        setattr(given, name.removeprefix("--"), _value(name, before))
    found = remembered(given)
    if found is None:
        try:
            hub = Hub(
                given.endpoint,
                region=given.region,
                profile=given.profile,
                cache=False,
                timeout=DEADLINE,
                retries=0,
            )
            found = {f"{each.account}/{each.role}": each.account_name for each in on_offer(given, hub)}
        except HubspokeError:
            return {}  # the command itself will say
    return {role: name if name.isprintable() else "" for role, name in found.items()}


def _value(name: str, before: list[str]) -> str | None:
    for at, word in enumerate(before):
        if word == name and at + 1 < len(before):
            return before[at + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
