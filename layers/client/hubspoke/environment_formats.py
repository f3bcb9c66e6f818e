"""How credentials are written for each shell and file: exact in its quoting, or refused.

A value is visible ASCII, and any of it: a shell must take a quote, a dollar or an exclamation mark as
it is. A format that can't carry a character says so rather than change it. Pure.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from hubspoke.child_environment import CONTRADICTING, contradicting, variables
from hubspoke.exceptions import ArgumentInvalid
from hubspoke.kept import Kept

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VISIBLE: Final = re.compile(r"[!-~]*")
_CSH_PLAIN: Final = re.compile(r"[^A-Za-z0-9_/+=.,:@-]")

_CMD_LINE_MAX: Final = 8191
"""Characters (Microsoft's "Command prompt line string limitation"). cmd would cut the rest off."""


def write(form: str, found: Kept, present: Iterable[str]) -> str:
    """Return what ``hubspoke env`` prints in a form of ``FORMATS``. The secrets are in it.

    Args:
        form: a key of ``FORMATS``.
        found: the credentials.
        present: names of variables that the caller's environment has, to unset those that contradict.

    Raises:
        ArgumentInvalid: the form can't carry a value as it is.
    """
    # A shell runs a variable's name that looks like an array's element, quoted or not.
    names = sorted({*CONTRADICTING, *filter(_NAME.fullmatch, contradicting(present))})
    values = variables(found)
    if not all(map(_VISIBLE.fullmatch, values.values())):
        raise _unfit(form)
    return FORMATS[form](found, values, names)


def _bash(_: Kept, values: dict[str, str], unset: list[str]) -> str:
    # Always in quotes, so that a line's form doesn't depend on its value.
    quoted = {name: value.replace("'", "'\"'\"'") for name, value in values.items()}
    return _lines(f"unset {' '.join(unset)}", *(f"export {name}='{value}'" for name, value in quoted.items()))


def _fish(_: Kept, values: dict[str, str], unset: list[str]) -> str:
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in values.items()}
    # -g: a universal variable would be gone from every other shell too, and for good.
    return _lines(
        *(f"set -eg {name};" for name in unset),
        *(f"set -gx {name} '{value}';" for name, value in quoted.items()),
    )


def _tcsh(_: Kept, values: dict[str, str], unset: list[str]) -> str:
    # A backslash each: what one means between quotes depends on the shell's variable backslash_quote.
    quoted = {name: _CSH_PLAIN.sub(r"\\\g<0>", value) for name, value in values.items()}
    # eval "`…`" joins the lines, hence the semicolons.
    return _lines(
        *(f"unsetenv {name};" for name in unset),
        *(f"setenv {name} {value};" for name, value in quoted.items()),
    )


def _powershell(_: Kept, values: dict[str, str], unset: list[str]) -> str:
    # Between single quotes nothing but the quote itself is special (about_Quoting_Rules).
    quoted = {name: value.replace("'", "''") for name, value in values.items()}
    return _lines(
        *(f"Remove-Item -ErrorAction SilentlyContinue Env:{name}" for name in unset),
        *(f"$Env:{name} = '{value}'" for name, value in quoted.items()),
    )


def _cmd(_: Kept, values: dict[str, str], unset: list[str]) -> str:
    # A quote ends the quoting; % is doubled in a batch file, but not at the prompt; ! depends on a setting.
    _require("cmd", values, '"%!')
    lines = [f'set "{name}="' for name in unset] + [f'set "{name}={value}"' for name, value in values.items()]
    if max(map(len, lines)) > _CMD_LINE_MAX:
        raise _unfit("cmd")
    return _lines(*lines)


def _dotenv(_: Kept, values: dict[str, str], __: list[str]) -> str:
    # docker takes a line as it is; other readers know quotes, comments and variables.
    _require("dotenv", values, "\"'`\\$#")
    return _lines(*(f"{name}={value}" for name, value in values.items()))


def _ini(found: Kept, values: dict[str, str], _: list[str]) -> str:
    # The SDKs' readers of this file disagree about these.
    _require("ini", values, "\"'#;")
    role = found.assumed_role_arn.split("/")[1]
    return _lines(
        f"[{found.account}-{role}]",
        f"aws_access_key_id = {values['AWS_ACCESS_KEY_ID']}",
        f"aws_secret_access_key = {values['AWS_SECRET_ACCESS_KEY']}",
        f"aws_session_token = {values['AWS_SESSION_TOKEN']}",
    )


def _json(_: Kept, values: dict[str, str], __: list[str]) -> str:
    return json.dumps(values, indent=2) + "\n"


def _process(found: Kept, _: dict[str, str], __: list[str]) -> str:
    return found.process_document()


FORMATS: Final[dict[str, Callable[[Kept, dict[str, str], list[str]], str]]] = {
    "bash": _bash,
    "fish": _fish,
    "tcsh": _tcsh,
    "powershell": _powershell,
    "cmd": _cmd,
    "dotenv": _dotenv,
    "ini": _ini,
    "json": _json,
    "process": _process,
}


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def _require(form: str, values: dict[str, str], without: str) -> None:
    if any(char in value for value in values.values() for char in without):
        raise _unfit(form)


def _unfit(form: str) -> ArgumentInvalid:
    return ArgumentInvalid(
        f"These credentials hold what --format {form} can't carry unchanged: use another format, or "
        "'hubspoke run'."
    )
