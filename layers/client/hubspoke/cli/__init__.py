"""The ``hubspoke`` command: picks the subcommand's module, and turns every failure into a line and a code.

Only the module of the command that runs is imported. Whatever goes wrong ends here, and nobody sees
a traceback: it could hold what a caller must not print.
"""

import errno
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from hubspoke.cli.direct import show_what_is_typed
from hubspoke.cli.options import COMMANDS, UsageError, top_parser
from hubspoke.exceptions import HubspokeError
from hubspoke.exit_codes import Exit

_UNWRITABLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write to a file can run into that was opened well."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    _replace_closed_streams()
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        # An account's name may hold a character that the locale doesn't have.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _dispatch(arguments)
        # Written out here, where a reader that has gone away can still be answered quietly.
        sys.stdout.flush()
    except UsageError as error:
        return _fail(Exit.USAGE, str(error))
    except HubspokeError as error:
        return _fail(error.exit_code, error.diagnostics())
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # What is still buffered must not fail again when the interpreter closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            return _fault(error)
        return _fail(Exit.OUTPUT, f"the output can't be written: {os.strerror(error.errno)}")
    except Exception as error:  # noqa: BLE001 - the outermost edge
        return _fault(error)
    finally:
        show_what_is_typed()
    return code


def _replace_closed_streams() -> None:
    """Let streams that the caller has closed lead nowhere, as when their reader has gone away.

    The next file or socket would else take a closed one's place. A child that is run has them closed still.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as the process


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        return _top(arguments)
    command = import_module(f"hubspoke.cli.{arguments[0].replace('-', '_')}")
    code: int = command.main(arguments[1:])
    return code


def _top(arguments: list[str]) -> int:
    parser = top_parser()
    try:
        given = parser.parse_args(arguments)
    except SystemExit:  # --help
        return Exit.OK
    if given.version:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("hubspoke")
        except PackageNotFoundError:  # a Lambda layer holds the packages without their metadata
            number = "(version unknown)"
        sys.stdout.write(f"hubspoke {number}\n")
    else:
        parser.print_help()
    return Exit.OK


def _fault(error: Exception) -> int:
    # The type alone: the text of an error nobody foresaw could hold anything.
    return _fail(Exit.INTERNAL, f"InternalError: {type(error).__name__}. This is a fault in hubspoke.")


def _fail(code: Exit, text: str) -> int:
    try:
        sys.stderr.write(f"hubspoke: {text}\n")
    except OSError:
        pass  # its reader has gone, or its disk is full: the exit code says the rest
    return code
