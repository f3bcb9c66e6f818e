"""The ``hubspoke`` command: picks the subcommand's module, and turns every failure into a line and a code.

Only the module of the command that runs is imported. Whatever goes wrong ends here, and nobody sees
a traceback: it could hold what a caller must not print.
"""

import errno
import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from hubspoke.cli.direct import show_what_is_typed
from hubspoke.cli.options import COMMANDS, UsageError, top_parser
from hubspoke.exceptions import HubspokeError
from hubspoke.exit_codes import Exit


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    _mend_streams()
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
    except Exception as error:  # noqa: BLE001 - the outermost edge
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return _fail(
                Exit.CANNOT_OPEN, "CannotOpen: what was to be printed can't be written: the disk is full."
            )
        # The type alone: the text of an error nobody foresaw could hold anything.
        return _fail(Exit.INTERNAL, f"InternalError: {type(error).__name__}. This is a fault in hubspoke.")
    finally:
        show_what_is_typed()
    return code


def _mend_streams() -> None:
    """Let no command meet a stream that was closed before we started, or an encoding that lacks a character.

    The null device takes a closed one's number too: else a socket would.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


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


def _fail(code: Exit, text: str) -> int:
    with suppress(OSError):  # nobody reads it, or the disk is full: the code says it still
        sys.stderr.write(f"hubspoke: {text}\n")
    return code
