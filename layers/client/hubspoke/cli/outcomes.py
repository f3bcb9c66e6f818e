"""How ``map`` shows what came of each spoke: to people, or as JSON lines to programs."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TextIO

from hubspoke.children import Ended
from hubspoke.exceptions import HubspokeError
from hubspoke.fan_out import Outcome, Result
from hubspoke_contract.names import Target

_WORDS: Final = {
    Result.SUCCEEDED: "succeeded",
    Result.FAILED: "failed",
    Result.REFUSED: "refused",
    Result.NOT_STARTED: "not started",
}
_ERASE: Final = "\r\x1b[K"


class Report:
    """Prints outcomes as they come, and says on stderr how far it is: on a terminal, in one line."""

    def __init__(self, total: int, write: Callable[[Outcome[Ended | None]], None], *, verbose: bool) -> None:
        self._total = total
        self._write = write
        self._verbose = verbose
        self._on_terminal = sys.stderr.isatty()
        self._counts = Counter[Result]()
        self._progress()

    @property
    def all_well(self) -> bool:
        """Whether every spoke succeeded."""
        return self._counts[Result.SUCCEEDED] == self._total

    def show(self, outcome: Outcome[Ended | None]) -> None:
        """Print what came of a spoke."""
        self._counts[outcome.result] += 1
        self._erase()
        self._write(outcome)
        sys.stdout.flush()
        if self._verbose:
            sys.stderr.write(
                f"hubspoke: {outcome.target}: {_WORDS[outcome.result]}, {outcome.seconds:.1f} s\n"
            )
        self._progress()

    def sum_up(self) -> None:
        """Say how many went how, where a person reads it or something went wrong."""
        self._erase()
        if self._on_terminal or self._verbose or not self.all_well:
            counts = (f"{self._counts[each]} {word}" for each, word in _WORDS.items() if self._counts[each])
            sys.stderr.write(f"hubspoke: {', '.join(counts)}\n")

    def _erase(self) -> None:
        if self._on_terminal:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()

    def _progress(self) -> None:
        if self._on_terminal:
            sys.stderr.write(f"{self._counts.total()}/{self._total} spokes")
            sys.stderr.flush()


def as_text(outcome: Outcome[Ended | None]) -> None:
    """Print a spoke's output whole, under a heading: stdout's on stdout, the rest on stderr."""
    if outcome.value is not None:
        _print(sys.stdout, outcome.target, outcome.value.stdout, always=outcome.succeeded)
        _print(sys.stderr, outcome.target, outcome.value.stderr)
    if problem := _problem(outcome):
        sys.stderr.write(f"hubspoke: {outcome.target}: {': '.join(problem)}\n")


def as_line(outcome: Outcome[Ended | None]) -> None:
    """Print a JSON document on one line."""
    sys.stdout.write(json.dumps(document(outcome)) + "\n")


def document(outcome: Outcome[Ended | None]) -> dict[str, Any]:
    """Write an outcome: all keys always, and ``null`` where there is nothing to say."""
    ended, (code, message) = outcome.value, _problem(outcome) or (None, None)
    return {
        "AccountId": outcome.target.account,
        "RoleName": outcome.target.role,
        "Outcome": outcome.result.value,
        "ExitCode": ended.exit_code if ended else None,
        "Stdout": ended.stdout.decode(errors="replace") if ended else None,
        "Stderr": ended.stderr.decode(errors="replace") if ended else None,
        "Truncated": ended.truncated if ended else None,
        "Code": code,
        "Message": message,
        "RequestId": outcome.error.request_id if isinstance(outcome.error, HubspokeError) else None,
        "Seconds": round(outcome.seconds, 3),
    }


def _problem(outcome: Outcome[Ended | None]) -> tuple[str, str] | None:
    ended, error = outcome.value, outcome.error
    if isinstance(error, HubspokeError):
        return error.code, error.message
    if isinstance(error, OSError):
        return "NotExecutable", "The command can't be executed, or its output can't be written."
    if error is not None:
        # The type alone: the text of an error nobody foresaw could hold anything.
        return "InternalError", f"{type(error).__name__}. This is a fault in hubspoke."
    if ended is not None and ended.timed_out:
        return "TimedOut", "The command took longer than --timeout, and was ended."
    if ended is not None and ended.exit_code:
        return "CommandFailed", f"The command ended with {ended.exit_code}."
    return None


def _print(stream: TextIO, target: Target, content: bytes, *, always: bool = False) -> None:
    if content or always:
        stream.write(f"--- {target}\n")
        stream.flush()
        stream.buffer.write(content if content.endswith(b"\n") or not content else content + b"\n")
        stream.buffer.flush()
