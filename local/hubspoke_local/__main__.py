"""``python -m hubspoke_local demo``, ``… serve`` and ``… openapi``."""

import os
import signal
import sys
from typing import NoReturn

from hubspoke_local import demo, openapi, serve
from hubspoke_local.confinement import ConfinementError, forget_the_person, refuse_inside_lambda
from hubspoke_local.console import complain
from hubspoke_local.deploy import DeployError
from hubspoke_local.emulator import EmulatorError
from hubspoke_local.hub import PublishError

COMMANDS = {"demo": demo.main, "serve": serve.main, "openapi": openapi.main}


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        complain(f"usage: python -m hubspoke_local {{{','.join(COMMANDS)}}}")
        return 2
    # SIGINT too: a shell starts background jobs with it ignored, and Python then leaves it so.
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, _interrupt)
    try:
        refuse_inside_lambda(os.environ)
        forget_the_person()
        return COMMANDS[arguments[0]]()
    except (ConfinementError, DeployError, EmulatorError, PublishError) as error:
        complain(f"hubspoke_local: {error}")
        return 1
    except KeyboardInterrupt:
        # Ctrl-C is how one ends "serve"; the demo was cut short.
        return 0 if arguments[0] == "serve" else 130


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    # One way out for all of them, through the same clean-up.
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
