"""The options of the direct route, and which of the two routes a command line means.

An option decides over the other route's variables, all of them. Without an option, the variables decide;
where these name both routes, nothing does.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hubspoke import settings
from hubspoke.cli.usage import UsageError
from hubspoke.exceptions import MfaCodeNeeded
from hubspoke_contract.limits import EXTERNAL_ID_MAX
from hubspoke_contract.secret import Secret

if TYPE_CHECKING:
    from hubspoke.hub_role import HubRole

_DETAILS: Final = ("external_id", "external_id_file", "session_string", "mfa_serial", "mfa_code")
"""What belongs to the direct route, and doesn't choose it."""

_FOR_THE_HUB: Final = ("session_policy", "tag", "reason")

_CHOOSE: Final = "choose: --endpoint leads through the hub, --hub-account and --hub-role lead directly"
_CHOOSE_VARIABLE: Final = (
    "HUBSPOKE_ENDPOINT leads through the hub, ASSUME_ROLE_HUB_ACCOUNT and ASSUME_ROLE_HUB_ROLE lead "
    "directly: unset one, or choose with --endpoint or --hub-role"
)
_DIRECT_ONLY: Final = "belongs to the direct route, which --hub-account and --hub-role choose"
_DIRECT_ONLY_VARIABLES: Final = (
    "ASSUME_ROLE_EXTERNAL_ID and ASSUME_ROLE_SESSION_STRING belong to the direct route, and "
    "HUBSPOKE_ENDPOINT leads through the hub: unset them, or give --endpoint"
)
_NO_TERMINAL: Final = (
    "The hub role wants an MFA code, and there is no terminal to ask on: give the one that the device shows "
    "now, with --mfa-code."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the direct route."""
    group = parser.add_argument_group(
        "without a hub", "your own credentials, then the hub role, then the spoke's: see docs/direct.md"
    )
    group.add_argument("--hub-account", metavar="ACCOUNT", help="twelve digits (ASSUME_ROLE_HUB_ACCOUNT)")
    group.add_argument("-H", "--hub-role", metavar="ROLE", help="the role in it (ASSUME_ROLE_HUB_ROLE)")
    # On a command line, everybody on the machine can read it: so it is taken, and not advertised.
    group.add_argument("-e", "--external-id", help=argparse.SUPPRESS)
    group.add_argument(
        "--external-id-file",
        metavar="FILE",
        help="holds the external id, where the roles ask for one (else ASSUME_ROLE_EXTERNAL_ID)",
    )
    group.add_argument(
        "--session-string", metavar="TEXT", help="the sessions' name (ASSUME_ROLE_SESSION_STRING)"
    )
    group.add_argument("--mfa-serial", metavar="ARN", help="your MFA device, where the hub role asks for MFA")
    group.add_argument("--mfa-code", metavar="CODE", help="what it shows; else you are asked")


def is_chosen(given: argparse.Namespace) -> bool:
    """Tell whether the way is by the hub role, without a hub.

    Raises:
        UsageError: both ways are named, or what only the direct one has is given for the other.
    """
    by_option = _given(given, "hub_account", "hub_role")
    if given.endpoint is not None:
        if by_option:
            raise UsageError(_CHOOSE)
        _refuse(given, _DETAILS, _DIRECT_ONLY)
        return False
    if by_option:
        return True
    known = settings.read()
    if not known.hub_account and not known.hub_role:
        _refuse(given, _DETAILS, _DIRECT_ONLY)
        if known.endpoint and (known.external_id or known.session_string):
            raise UsageError(_DIRECT_ONLY_VARIABLES)
        return False
    if known.endpoint:
        raise UsageError(_CHOOSE_VARIABLE)
    return True


def hub_role(given: argparse.Namespace) -> "HubRole":
    """Return the direct route, as the options and the variables describe it.

    Raises:
        UsageError: they don't describe it, or ask for what only the hub has.
        ArgumentInvalid: a value can't be right.
    """
    from hubspoke.hub_role import HubRole

    _refuse(given, _FOR_THE_HUB, "needs the hub, which --endpoint or HUBSPOKE_ENDPOINT names")
    known, option = settings.read(), vars(given).get
    account = known.hub_account if option("hub_account") is None else option("hub_account")
    role = known.hub_role if option("hub_role") is None else option("hub_role")
    if account is None or role is None:
        raise UsageError(
            "which hub role? Give both --hub-account and --hub-role, or ASSUME_ROLE_HUB_ACCOUNT and "
            "ASSUME_ROLE_HUB_ROLE"
        )
    serial, code = option("mfa_serial"), option("mfa_code")
    settings.enter_profile(given.profile)  # as on the hub's route
    return HubRole(
        account,
        role,
        external_id=_external_id(option("external_id"), option("external_id_file"), known.external_id),
        session_string=known.session_string if option("session_string") is None else option("session_string"),
        mfa_serial=serial,
        mfa_code=code if code is not None or serial is None else lambda: _asked_for(serial),
        profile=given.profile,
        region=given.region,
        cache=not given.no_cache,
        retries=given.retries,
    )


def is_repeatable(given: argparse.Namespace) -> bool:
    """Tell whether the same words mean the same again: a code is good once, and a file can change."""
    return not _given(given, "mfa_code", "external_id_file")


def _given(given: argparse.Namespace, *names: str) -> bool:
    return any(vars(given).get(name) is not None for name in names)


def _refuse(given: argparse.Namespace, names: tuple[str, ...], why: str) -> None:
    for name in names:
        if _given(given, name):
            raise UsageError(f"--{name.replace('_', '-')} {why}")


def _external_id(text: str | None, file: str | None, variable: Secret | None) -> Secret | None:
    if text is not None and file is not None:
        raise UsageError("give --external-id-file alone")
    if text is not None:
        return Secret(text)
    if file is None:
        return variable
    try:
        with Path(file).open("rb") as opened:
            # A little more than can be right, so that what is too long is seen to be.
            read = opened.read(EXTERNAL_ID_MAX + 3).decode("ascii", "replace")
    except (OSError, ValueError):
        read = ""
    if not read.strip():
        raise UsageError("--external-id-file: there is no such file, or it can't be read, or it is empty")
    return Secret(read.removesuffix("\n").removesuffix("\r"))


_hidden: Final[list[Callable[[], None]]] = []
"""What makes the terminal show again what is typed, for a question that isn't answered yet."""


def show_what_is_typed() -> None:
    """Leave the terminal as it was, where a thread still asks at the command's end: nobody waits for it."""
    while _hidden:
        _hidden.pop()()


def _asked_for(serial: str) -> str:
    import getpass

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        raise MfaCodeNeeded(_NO_TERMINAL) from None
    try:
        with _shown_again(terminal):
            # Asked on stderr, since stdout is for the result, and read from the terminal, unseen.
            return getpass.getpass(f"hubspoke: MFA code of {serial}: ", stream=sys.stderr).strip()
    except EOFError:
        raise MfaCodeNeeded(_NO_TERMINAL) from None
    finally:
        os.close(terminal)


@contextmanager
def _shown_again(terminal: int) -> Iterator[None]:
    import termios

    before = termios.tcgetattr(terminal)

    def show() -> None:
        termios.tcsetattr(terminal, termios.TCSANOW, before)

    _hidden.append(show)
    try:
        yield
    finally:
        with suppress(ValueError):  # the command has ended meanwhile
            _hidden.remove(show)
