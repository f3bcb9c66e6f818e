"""``hubspoke completion``: what makes a shell complete hubspoke's command lines.

The scripts hold no command and no option: they ask this module at each Tab, which asks the parsers.
"""

import os
import signal
import sys
from importlib import resources
from typing import Any

from hubspoke.cli.options import Parser, parse
from hubspoke.exit_codes import Exit

_EXAMPLES = """\
examples:
  eval "$(hubspoke completion bash)"       # in ~/.bashrc
  eval "$(hubspoke completion zsh)"        # in ~/.zshrc, after compinit
  hubspoke completion fish > ~/.config/fish/completions/hubspoke.fish
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = Parser("hubspoke completion", "Print what makes a shell complete hubspoke's lines.", _EXAMPLES)
    made.usage = "hubspoke completion SHELL"
    made.add_argument("shell", choices=("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")
    made.set_defaults(verbose=False)
    return made


def main(argv: list[str]) -> int:
    """Print a shell's script; or, for the script, the words that could stand last in a command line."""
    # Cut before argparse sees it: what follows is a command line to complete.
    cut = argv.index("--") if "--" in argv else len(argv)
    if argv[:cut] == ["candidates"]:
        from hubspoke.cli.candidates import DEADLINE, candidates

        _end_after(DEADLINE)
        found = candidates(argv[cut + 1 :] or [""])
        sys.stdout.write("".join(f"{word}\t{meaning}\n" for word, meaning in found.items()))
        return Exit.OK
    given = parse(parser(), argv)
    if given is not None:
        script = resources.files("hubspoke.cli").joinpath("completions", f"hubspoke.{given.shell}")
        sys.stdout.write(script.read_text(encoding="utf-8"))
    return Exit.OK


def _end_after(seconds: float) -> None:
    """Let nothing, such as a profile that asks for an MFA code, hold up the person who pressed Tab."""

    def end(*_: Any) -> None:
        os._exit(0)

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        os.setsid()  # no terminal, no question
    except PermissionError:
        pass  # run by hand, as the first of a pipeline
