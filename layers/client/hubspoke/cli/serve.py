"""``hubspoke serve``: the container-credentials endpoint, in the foreground."""

import argparse
import json
import re
import shlex
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Final

from hubspoke import settings
from hubspoke.child_environment import CONTRADICTING, KEYS
from hubspoke.cli.options import Parser, add_vending, command_parser, parse, request, route
from hubspoke.cli.options import target as one_target
from hubspoke.default_profile import copies, hidden
from hubspoke.exit_codes import Exit
from hubspoke.hub import Hub
from hubspoke.local_endpoint import LocalEndpoint
from hubspoke.renewing import Renewing
from hubspoke.route import Route
from hubspoke.run_directory import RunDirectory
from hubspoke_contract import names
from hubspoke_contract.reply import RoleOffer

_URI: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN: Final = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 - its name

_EXAMPLES: Final = """\
  hubspoke serve 222222222222/automation-spoke-role
  hubspoke serve 222222222222/automation-spoke-role 333333333333/automation-spoke-role --format json
  hubspoke serve --port 9911      # any role you may take, once it is asked for
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser(
        "serve", "Serve spokes' credentials to the AWS SDKs on this machine, until Ctrl-C.", _EXAMPLES
    )
    add_vending(made)
    made.add_argument("others", nargs="*", metavar="ACCOUNT/ROLE", help="more roles")
    made.add_argument("--port", type=_port, default=0, help="of 127.0.0.1 (any that is free)")
    made.add_argument(
        "--format", choices=("shell", "json"), default="shell", help="lines for sh, or one line of JSON"
    )
    return made


def main(argv: list[str]) -> int:
    """Serve until interrupted or terminated, and print first what programs need to know."""
    asked = parser()
    given = parse(asked, argv)
    if given is None:
        return Exit.OK
    targets, limits, way = _targets(asked, given), request(asked, given), route(given)
    # The hub is asked even so: what it offers may change, and this is only what is printed.
    offered = [names.Target(offer.account, offer.role) for offer in _offers(way, targets)]
    renewing = Renewing(lambda target: way.obtain(target, limits))
    with LocalEndpoint(given.port, any_role=not targets) as endpoint, RunDirectory() as directory:
        # Before it is said that all is well.
        for target in targets:
            renewing.hold(target, way.obtain(target, limits))
        ended = _until_told()
        written = {f"{_TOKEN}_FILE": str(directory.write("token", endpoint.token.reveal()))}
        written |= copies(hidden(settings.environment()), directory)
        uris = {str(target): endpoint.uri(target) for target in offered or targets}
        show = _document if given.format == "json" else _lines
        sys.stdout.write(show(written, uris, f"http://127.0.0.1:{endpoint.port}"))
        sys.stdout.flush()
        sys.stderr.write(f"hubspoke: serving on 127.0.0.1:{endpoint.port}, until Ctrl-C\n")
        for serve in (renewing.run, lambda: endpoint.answer(renewing.get)):
            threading.Thread(target=serve, daemon=True).start()
        ended.wait()
        renewing.end()
        endpoint.shutdown()
    return Exit.OK


def _targets(parser: Parser, given: argparse.Namespace) -> list[names.Target]:
    """Return the roles that are named; none where each is to be served once it is asked for."""
    if given.target is not None:
        named = [given, *(argparse.Namespace(**{**vars(given), "target": raw}) for raw in given.others)]
        return list(dict.fromkeys(one_target(parser, each) for each in named))
    known = settings.read()
    if given.spoke_account or given.spoke_role or known.spoke_account or known.spoke_role:
        return [one_target(parser, given)]
    return []


def _offers(way: Route, named: list[names.Target]) -> Iterable[RoleOffer]:
    """List the roles on offer where none is named, and the route knows."""
    return way.roles() if isinstance(way, Hub) and not named else ()


def _until_told() -> threading.Event:
    """Return what Ctrl-C, SIGTERM and the terminal's end set."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish
            signal.signal(number, lambda *_: ended.set())
    return ended


def _document(written: dict[str, str], uris: dict[str, str], base: str) -> str:
    """Return one line, so that a program that reads it needn't wait for an end that doesn't come."""
    return json.dumps({"Endpoint": base, "Variables": written, "Roles": uris}) + "\n"


def _lines(written: dict[str, str], uris: dict[str, str], base: str) -> str:
    file = written[f"{_TOKEN}_FILE"]
    lines = [
        f"unset {' '.join(sorted({*CONTRADICTING, *KEYS}))}",
        *(_export(name, value) for name, value in written.items()),
    ]
    if len(uris) == 1:
        lines += [_export(_URI, uri) for uri in uris.values()]
    else:
        lines += ["# and one of:", *("# " + _export(_URI, uri) for uri in uris.values() or _of_any(base))]
    lines.append(
        f'# SDKs of before 2023-11 need the token itself: export {_TOKEN}="$(cat {shlex.quote(file)})"'
    )
    return "\n".join(lines) + "\n"


def _of_any(base: str) -> Sequence[str]:
    return [f"{base}/ACCOUNT/ROLE"]


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _port(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", raw) or int(raw) > 65535:
        raise argparse.ArgumentTypeError("must be 0 to 65535")
    return int(raw)
