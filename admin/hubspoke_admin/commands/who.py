"""``hubspoke-admin who``: from a key, a vend's id or a CloudTrail record to the caller."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import AdminError, Exit
from hubspoke_admin.hubs import Hub, add_hub_options, calling, hubs
from hubspoke_admin.output import add_format, say, show, show_json

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.who import Clues
    from hubspoke_contract.vends import Vend

_RECORD_BYTES_MAX: Final = 4 * 1024 * 1024


def add(commands: "Commands") -> None:
    """Add the command."""
    asking = command(
        commands,
        "who",
        "say whose a key is, or a call in CloudTrail: caller, grant, reason",
        "  hubspoke-admin who ASIAIOSFODNN7EXAMPLE\n"
        "  hubspoke-admin who 01kan5t0m3vendid0000000000\n"
        "  hubspoke-admin who record.json\n"
        "  jq '.Records[0]' log.json | hubspoke-admin who -\n",
    )
    asking.add_argument(
        "subject",
        metavar="ACCESS-KEY-ID|VEND-ID|FILE",
        help="an access key id, a vend's id, or a file with one CloudTrail record; - is standard input",
    )
    add_hub_options(asking)
    add_format(asking)
    asking.set_defaults(command=_who)


def _who(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.who import clues_in, clues_of

    clues = clues_of(options.subject) or clues_in(_document(options.subject))
    failed: list[str] = []
    for hub in hubs(options):
        try:
            vend = _looked_up(hub, clues)
        except AdminError as error:
            # Another Region's ledger may know it, and then this one need not be asked.
            failed.append(str(error))
            continue
        if vend:
            document = {"Region": hub.region, **vend.to_document()}
            if options.format == "json":
                show_json(document)
            else:
                known = [{"What": name, "Is": value} for name, value in document.items() if value is not None]
                show(options, ("What", "Is"), known)
            return Exit.OK
    if failed:
        raise AdminError("\n".join(failed))
    say("no ledger of these Regions knows it: not vended by this hub, or longer ago than rows are kept")
    return Exit.NO


def _looked_up(hub: Hub, clues: "Clues") -> "Vend | None":
    from hubspoke_admin.who import look_up
    from hubspoke_contract.vends import RowsMissing

    try:
        return calling(
            f"{hub.region}: the ledger",
            lambda: look_up(hub.client("dynamodb"), hub.output("LedgerTable"), clues),
        )
    except RowsMissing:
        raise AdminError(f"{hub.region}: the ledger was read in part only; try again") from None


def _document(name: str) -> str:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
            raw = file.read(_RECORD_BYTES_MAX + 1)
    except OSError as error:
        raise AdminError(
            f"{name}: {error.strerror}; give an access key id, a vend's id, or a file with one record"
        ) from None
    if len(raw) > _RECORD_BYTES_MAX:
        raise AdminError(f"{name}: too large for one record")
    return raw.decode("utf-8", "replace")
