"""``hubspoke map``: one command over many spokes, side by side."""

import os
import re
import shutil
import signal
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from hubspoke import arguments, settings
from hubspoke.child_environment import child_environment
from hubspoke.children import Children, Ended
from hubspoke.cli import direct
from hubspoke.cli.options import SECONDS, Parser, command_parser, parse_with_command, request, route
from hubspoke.cli.outcomes import Report, as_line, as_text
from hubspoke.exit_codes import Exit
from hubspoke.fan_out import CONCURRENCY, CONCURRENCY_MAX, Outcome, Result, attempt, fan_out
from hubspoke.hub import Hub
from hubspoke.route import Route
from hubspoke.selection import Selection
from hubspoke_contract.names import Target
from hubspoke_contract.request import VendRequest

_EXAMPLES = """\
  hubspoke map --ou Workloads --role automation-spoke-role -- aws sts get-caller-identity
  hubspoke map --tag environment=dev --role deploy-spoke-role --duration 15m -- ./roll-out.sh
  hubspoke map --all --format json -- aws s3api list-buckets | jq -r 'select(.Outcome != "Succeeded")'
  hubspoke map --account 222222222222 --account 333333333333 --role automation-spoke-role --output out -- make
"""

_BYTES: Final = {"": 1, "k": 1024, "m": 1024**2}
_MAX_OUTPUT: Final = 1024**2
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parser() -> Parser:
    """Return the command's parser. What follows ``--`` is not for it."""
    made = command_parser("map", "Run a command in many spokes, side by side.", _EXAMPLES)
    made.usage = "hubspoke map SELECTION [options] -- COMMAND [ARGUMENT ...]"
    which = made.add_argument_group("which spokes and roles, of those you may take; all of this has to hold")
    which.add_argument("--role", action="append", default=[], metavar="NAME", help="one of these roles")
    which.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="ACCOUNT",
        help="one of these accounts; - reads stdin",
    )
    which.add_argument(
        "--ou", action="append", default=[], metavar="PATH", help="in one of these units, or below"
    )
    which.add_argument(
        "--tag",
        dest="account_tags",
        type=_pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="accounts with all these tags",
    )
    which.add_argument("--all", action="store_true", help="every role in every spoke")
    role = made.add_argument_group("the credentials")
    role.add_argument("--duration", type=_seconds, metavar="TIME", help="900 to 3600 seconds, or as 15m, 1h")
    role.add_argument(
        "--session-policy", metavar="NAME", help="one that 'hubspoke roles' lists for the roles"
    )
    role.add_argument(
        "--session-tag", dest="tag", type=_pair, action="append", metavar="KEY=VALUE", help="may be repeated"
    )
    role.add_argument("--reason", metavar="TEXT", help="a line for the hub's ledger")
    direct.add_options(made)
    running = made.add_argument_group("running")
    running.add_argument(
        "--concurrency",
        type=_concurrency,
        default=CONCURRENCY,
        metavar="N",
        help=f"how many at a time, 1 to {CONCURRENCY_MAX} ({CONCURRENCY})",
    )
    running.add_argument(
        "--timeout", type=_seconds, metavar="TIME", help="end a command that takes longer; as 90, 15m, 1h"
    )
    running.add_argument("--format", choices=("text", "json"), default="text", help="text, or JSON lines")
    running.add_argument("--output", metavar="DIR", help="write to ACCOUNT-ROLE.out and .err in it, instead")
    running.add_argument(
        "--max-output",
        type=_bytes,
        default=_MAX_OUTPUT,
        metavar="SIZE",
        help="kept of each command's stdout, and of its stderr; as 64k, 1m (1m)",
    )
    return made


def main(argv: list[str]) -> int:
    """Run the command in every spoke that is selected."""
    asked = parser()
    parsed = parse_with_command(asked, argv)
    if parsed is None:
        return Exit.OK
    given, command = parsed
    if problem := _not_a_command(command[0]):
        return problem
    limits, way = request(asked, given), route(given)
    targets = _targets(asked, given, way)
    folder = _folder(asked, given.output)
    children = Children(timeout=given.timeout, max_output=given.max_output)
    outcomes = fan_out(
        targets, _work(way, limits, children, command, folder), given.concurrency, lambda: children.all_ended
    )
    report = Report(len(targets), as_line if given.format == "json" else as_text, verbose=given.verbose)
    _show(outcomes, report, children)
    report.sum_up()
    if children.stopping:
        return Exit.INTERRUPTED
    return Exit.OK if report.all_well else Exit.SOME_FAILED


def _targets(asked: Parser, given: Namespace, way: Route) -> list[Target]:
    accounts = _accounts(asked, given)
    tags = dict(given.account_tags)
    if len(tags) != len(given.account_tags):
        asked.error("--tag: a key is given twice")
    if not (given.all or given.role or accounts or given.ou or tags):
        asked.error("which spokes? Give --role, --account, --ou or --tag, or --all")
    if isinstance(way, Hub):
        return Selection(accounts, given.role, given.ou, tags, given.all).targets(way.roles)
    if given.all or given.ou or tags or not (accounts and given.role):
        asked.error("without a hub nobody knows which roles there are: give --account and --role alone")
    return sorted({arguments.target_by_path(account, role) for account in accounts for role in given.role})


def _accounts(asked: Parser, given: Namespace) -> list[str]:
    """Return the accounts that are named, ``-`` standing for those on standard input."""
    found: list[str] = []
    for each in given.account:
        found += sys.stdin.read().split() if each == "-" else [each]
    if given.account and not found:
        asked.error("--account -: there is none on stdin")
    return found


def _work(
    way: Route, limits: VendRequest, children: Children, command: list[str], folder: Path | None
) -> Callable[[Target], Outcome[Ended | None]]:
    environ = settings.environment()

    def work(target: Target) -> Outcome[Ended | None]:
        if children.stopping:
            return Outcome(target, Result.NOT_STARTED)
        # A path, as the direct route takes it, is no folder's; in one account no two roles have one name.
        name = f"{target.account}-{target.role.rpartition('/')[2]}"
        files = (folder / f"{name}.out", folder / f"{name}.err") if folder else None
        return attempt(
            target,
            lambda: way.obtain(target, limits).kept(),
            lambda found: children.run(command, child_environment(environ, found), files),
            _judge,
        )

    return work


def _judge(ended: Ended | None) -> Result:
    if ended is None:
        return Result.NOT_STARTED
    return Result.FAILED if ended.exit_code or ended.timed_out else Result.SUCCEEDED


def _not_a_command(name: str) -> Exit | None:
    """Say why no spoke could run it, before anything is vended."""
    if shutil.which(name):
        return None
    exists = "/" in name and Path(name).exists()
    problem = "it can't be executed" if exists else "there is no such command"
    sys.stderr.write(f"hubspoke: {name!r}: {problem}\n")
    return Exit.NOT_EXECUTABLE if exists else Exit.NOT_FOUND


def _folder(asked: Parser, raw: str | None) -> Path | None:
    if raw is None:
        return None
    folder = Path(raw)
    try:
        # What a command prints of a spoke is nobody else's.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        asked.error("--output: there is no such folder, and none can be made")
    return folder


def _show(outcomes: Iterator[Outcome[Ended | None]], report: Report, children: Children) -> None:
    """Print what comes. Ctrl-C and its like go to the commands, whose end is waited for."""
    before = {number: signal.signal(number, lambda got, _: children.stop(got)) for number in _STOPPING}
    try:
        for outcome in outcomes:
            report.show(outcome)
    except BaseException as error:
        children.stop(signal.SIGTERM)
        for _ in outcomes:
            pass
        if not isinstance(error, BrokenPipeError):
            raise
        # Nobody reads any more; what is still buffered must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pair(raw: str) -> tuple[str, str]:
    key, equals, value = raw.partition("=")
    if not equals or not key:
        raise ArgumentTypeError("must be KEY=VALUE")
    return key, value


def _seconds(raw: str) -> int:
    return _number(raw, SECONDS, "seconds, or as 15m, 1h")


def _bytes(raw: str) -> int:
    return _number(raw, _BYTES, "bytes, or as 64k, 1m")


def _concurrency(raw: str) -> int:
    found = _number(raw, {"": 1}, f"1 to {CONCURRENCY_MAX}")
    if found > CONCURRENCY_MAX:
        raise ArgumentTypeError(f"must be 1 to {CONCURRENCY_MAX}")
    return found


def _number(raw: str, units: dict[str, int], form: str) -> int:
    found = re.fullmatch(r"([0-9]{1,8})([a-z]?)", raw)
    if not found or found[2] not in units or int(found[1]) == 0:
        raise ArgumentTypeError(f"must be {form}")
    return int(found[1]) * units[found[2]]
