"""``hubspoke run``: become the command, with the role's credentials in its environment."""

import sys
from collections.abc import Callable
from typing import NoReturn

from hubspoke import settings
from hubspoke.child_environment import child_environment
from hubspoke.cli.options import (
    Parser,
    add_vending,
    command_parser,
    parse_with_command,
    request,
    route,
    target,
    vend,
)
from hubspoke.execute import execute
from hubspoke.exit_codes import Exit

_EXAMPLES = """\
  hubspoke run 222222222222/automation-spoke-role -- aws sts get-caller-identity
  hubspoke run 222222222222/deploy-spoke-role --duration 15m --reason INC-1234 -- terraform plan
  hubspoke run --refresh 222222222222/automation-spoke-role -- ./takes-a-night
  ASSUME_ROLE_SPOKE_ACCOUNT=222222222222 hubspoke run --spoke-role deploy-spoke-role -- make deploy
"""


def parser() -> Parser:
    """Return the command's parser. What follows ``--`` is not for it."""
    made = command_parser("run", "Run a command as a spoke's role.", _EXAMPLES)
    made.usage = "hubspoke run [ACCOUNT/ROLE] [options] -- COMMAND [ARGUMENT ...]"
    add_vending(made)
    made.add_argument(
        "--refresh",
        action="store_true",
        help="for a command that may run longer than the credentials last: give it new ones in time",
    )
    return made


def main(argv: list[str]) -> int:
    """Run the command. Returns only when there is none to run."""
    asked = parser()
    parsed = parse_with_command(asked, argv)
    if parsed is None:
        return Exit.OK
    given, command = parsed
    if given.refresh:
        from hubspoke.refreshed_command import execute_refreshed

        which, limits, way = target(asked, given), request(asked, given), route(given)
        return _become(
            command,
            lambda: execute_refreshed(
                command, settings.environment(), which, lambda: way.obtain(which, limits)
            ),
        )
    environ = child_environment(settings.environment(), vend(asked, given))
    return _become(command, lambda: execute(command, environ))


def _become(command: list[str], replace: Callable[[], NoReturn]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        replace()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last one is for an empty name
        problem, code = "there is no such command", Exit.NOT_FOUND
    except OSError:
        problem, code = "it can't be executed", Exit.NOT_EXECUTABLE
    try:
        sys.stderr.write(f"hubspoke: {command[0]!r}: {problem}\n")
    except OSError:
        pass  # nobody reads it: the code is what a shell goes by
    return code
