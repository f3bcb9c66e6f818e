"""The options that the commands share, and how their values are read."""

import argparse
import logging
import re
import sys
from typing import Final, NoReturn

from hubspoke import arguments, settings, shortcut
from hubspoke.cli import direct
from hubspoke.cli.usage import UsageError as UsageError
from hubspoke.exit_codes import Exit
from hubspoke.hub import Hub
from hubspoke.kept import Kept
from hubspoke.printable import printable
from hubspoke.route import Route
from hubspoke_contract import names
from hubspoke_contract.request import VendRequest

COMMANDS: Final = {
    "run": "run a command as a spoke's role",
    "serve": "serve spokes' credentials to AWS SDKs on this machine, renewed in time",
    "console": "sign in to the AWS console as a spoke's role",
    "env": "print a spoke's credentials as shell variables",
    "credential-process": "print them for credential_process in an AWS config file",
    "roles": "list the roles you may take, or search them",
    "map": "run a command in many spokes, side by side",
    "whoami": "show how the hub sees you",
    "doctor": "find out what is wrong between you and a role",
    "configure": "write a profile for each role into your AWS config file",
    "completion": "print what makes a shell complete hubspoke's command lines",
    "cache": "list or clear the credentials that are kept",
}

SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
"""What a unit of a time on the command line is worth."""
_NOISY: Final = ("urllib3", "requests", "boto3", "botocore")


class Parser(argparse.ArgumentParser):
    """argparse, with our exit code for a wrong argument, and without guessed abbreviations."""

    def __init__(self, prog: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print and exit with 2 for."""
        raise UsageError(f"{printable(message)}\n  '{self.prog} --help' shows what can be given.")


def top_parser() -> Parser:
    """Return the parser of a command line that names no command."""
    commands = "\n".join(f"  {name:<20}{summary}" for name, summary in COMMANDS.items())
    codes = "\n".join(f"  {code.value:<6}{code.meaning}" for code in Exit)
    parser = Parser(
        "hubspoke",
        "Short-lived AWS credentials of spoke accounts, from the hub.",
        f"commands:\n{commands}\n\n'hubspoke COMMAND --help' shows a command's options and examples.\n\n"
        f"exit codes (run: else the command's own):\n{codes}\n",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("command", nargs="?", choices=COMMANDS, metavar="COMMAND", help="see below")
    return parser


def plain_parser(command: str, description: str, examples: str) -> Parser:
    """Return the parser of a command that asks no hub."""
    parser = Parser(f"hubspoke {command}", description, f"examples:\n{examples}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say on stderr what is done; never a secret"
    )
    return parser


def command_parser(command: str, description: str, examples: str) -> Parser:
    """Return a command's parser with the options that every command which asks the hub has."""
    parser = plain_parser(command, description, examples)
    calling = parser.add_argument_group("the hub and you")
    calling.add_argument("--endpoint", metavar="URL[,URL]", help="the hub's API (HUBSPOKE_ENDPOINT)")
    calling.add_argument("--region", help="the hub's Region, where its address doesn't name it (AWS_REGION)")
    calling.add_argument("--profile", help="the AWS profile that you call as (AWS_PROFILE)")
    calling.add_argument(
        "-r",
        "--retries",
        type=_retries,
        default=2,
        metavar="N",
        help="how often to try again when the hub is unreachable, throttled or down (2)",
    )
    calling.add_argument("--no-cache", action="store_true", help="neither use nor keep cached credentials")
    return parser


def add_vending(parser: Parser) -> None:
    """Add what says which role, and with which limits."""
    parser.set_defaults(may_pick=True)
    role = parser.add_argument_group("the role")
    role.add_argument("target", nargs="?", metavar="ACCOUNT/ROLE", help="twelve digits and a role's name")
    role.add_argument("-s", "--spoke-account", metavar="ACCOUNT", help="instead (ASSUME_ROLE_SPOKE_ACCOUNT)")
    role.add_argument("-S", "--spoke-role", metavar="ROLE", help="instead (ASSUME_ROLE_SPOKE_ROLE)")
    role.add_argument("--duration", type=duration, metavar="TIME", help="900 to 3600 seconds, or as 15m, 1h")
    role.add_argument("--session-policy", metavar="NAME", help="one that 'hubspoke roles' lists for the role")
    role.add_argument(
        "--tag", type=_tag, action="append", metavar="KEY=VALUE", help="a session tag; may be repeated"
    )
    role.add_argument("--reason", metavar="TEXT", help="a line for the hub's ledger")
    direct.add_options(parser)


def parse(parser: Parser, argv: list[str]) -> argparse.Namespace | None:
    """Parse a command's arguments, and set up what it says on stderr; ``None`` after ``--help``."""
    try:
        given = parser.parse_args(argv)
    except SystemExit:
        return None
    given.words, given.picked = argv, False
    _log_to_stderr(logging.INFO if given.verbose else logging.WARNING)
    return given


def parse_with_command(parser: Parser, argv: list[str]) -> tuple[argparse.Namespace, list[str]] | None:
    """Parse what stands before ``--``; what follows is a command's, whatever it looks like."""
    cut = argv.index("--") if "--" in argv else len(argv)
    given = parse(parser, argv[:cut])
    if given is None:
        return None
    return given, argv[cut + 1 :] or parser.error("which command? Put it last, after --")


def hub(given: argparse.Namespace) -> Hub:
    """Return the hub that the options name."""
    # The profile's own process would wait for our turn, where it asks for the same: see credential_process.
    settings.enter_profile(given.profile)
    return Hub(
        given.endpoint,
        region=given.region,
        profile=given.profile,
        cache=not given.no_cache,
        retries=given.retries,
    )


def route(given: argparse.Namespace) -> Route:
    """Return the way to credentials that the options or the variables name.

    Raises:
        UsageError: they name both, or what only the other has.
    """
    return direct.hub_role(given) if direct.is_chosen(given) else hub(given)


def vend(parser: Parser, given: argparse.Namespace) -> Kept:
    """Get credentials of the role that the options name.

    Raises:
        HubspokeError: see ``hubspoke.exceptions``.
    """
    which, limits, way = target(parser, given), request(parser, given), route(given)
    found = way.obtain(which, limits).kept()
    # Verbose is asked for to be told what is done; and who picked a role is to be asked again.
    if not given.verbose and not given.picked and direct.is_repeatable(given):
        way.remember(shortcut.name(given.words, settings.environment()), which, limits)
    return found


def request(parser: Parser, given: argparse.Namespace) -> VendRequest:
    """Return the limits that the options ask for.

    Raises:
        ArgumentInvalid: the hub would call the request invalid.
    """
    tags = dict(given.tag or ())
    if len(tags) != len(given.tag or ()):
        parser.error("--tag: a key is given twice")
    return arguments.vend_request(given.duration, given.session_policy, tags, given.reason)


def target(parser: Parser, given: argparse.Namespace) -> names.Target:
    """Return the role that the options or the variables name."""
    if given.target is not None and (given.spoke_account, given.spoke_role) != (None, None):
        parser.error("give ACCOUNT/ROLE, or --spoke-account and --spoke-role, not both")
    if given.target is not None:
        if direct.is_chosen(given):
            account, _, role = given.target.partition("/")
            return arguments.target_by_path(account, role)
        found = names.target(given.target)
        if found is None:
            parser.error("ACCOUNT/ROLE must be twelve digits, a slash and a role's name")
        return arguments.target(found.account, found.role)
    known = settings.read()
    account = known.spoke_account if given.spoke_account is None else given.spoke_account
    role = known.spoke_role if given.spoke_role is None else given.spoke_role
    if account is None or role is None:
        if picked := _picked(given, account, role):
            return picked
        parser.error(
            "which role? Give ACCOUNT/ROLE, or both ASSUME_ROLE_SPOKE_ACCOUNT and ASSUME_ROLE_SPOKE_ROLE"
        )
    return (arguments.target_by_path if direct.is_chosen(given) else arguments.target)(account, role)


def _picked(given: argparse.Namespace, account: str | None, role: str | None) -> names.Target | None:
    """Let the person choose among the roles on offer; ``None`` where there is nobody to ask."""
    # A stream that was closed before we started is None.
    at_a_terminal = all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))
    way = route(given) if given.may_pick and at_a_terminal else None
    if not isinstance(way, Hub):
        return None  # the other route offers nothing
    from hubspoke.cli.offering import on_offer
    from hubspoke.cli.picker import pick

    given.picked = True
    offers = on_offer(given, way)
    return pick([each for each in offers if account in {None, each.account} and role in {None, each.role}])


def duration(raw: str) -> int:
    """Read a duration option, in seconds."""
    found = re.fullmatch(r"([0-9]{1,5})([smh]?)", raw)
    if not found:
        raise argparse.ArgumentTypeError("must be seconds, or as 15m, 1h")
    return int(found[1]) * SECONDS[found[2]]


def _retries(raw: str) -> int:
    if not re.fullmatch(r"[0-9]", raw):
        raise argparse.ArgumentTypeError("must be 0 to 9")
    return int(raw)


def _tag(raw: str) -> tuple[str, str]:
    key, equals, value = raw.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("must be KEY=VALUE")
    return key, value


def _log_to_stderr(level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("hubspoke: %(message)s"))
    ours = logging.getLogger("hubspoke")
    ours.handlers[:] = [handler]
    ours.setLevel(level)
    ours.propagate = False
    for name in _NOISY:
        # botocore's DEBUG lines hold secrets.
        logging.getLogger(name).setLevel(logging.WARNING)
