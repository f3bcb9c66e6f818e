"""What every ``hubspoke-admin policy`` command has: a hub, a format, a document that AWS would take."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hubspoke_admin.commands import command
from hubspoke_admin.commands.policy.hub import add_hub
from hubspoke_admin.documents.estate import Route
from hubspoke_admin.documents.placements import TRUST_POLICY_MAX, TRUST_POLICY_RAISED_MAX
from hubspoke_admin.exceptions import Exit, UsageError

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.documents.placements import Placement

AT_A_HUB: Final = "--hub-account 111111111111 --regions eu-west-1"
"""For examples: what makes a command ask nothing of AWS."""

IN_ORGANIZATION: Final = "--organization o-a1b2c3d4e5"


def add_document(
    documents: "Commands",
    name: str,
    summary: str,
    examples: str,
    make: "Callable[[argparse.Namespace], Placement]",
    *routes: Route,
    of_a_hub: bool = True,
) -> argparse.ArgumentParser:
    """Add the command that prints one document; where it names no hub, without the options that say which."""
    parser = command(documents, name, summary, examples)
    if routes:
        parser.add_argument(
            "--route",
            choices=[str(route) for route in routes],
            default=str(Route.HUB),
            help="through the hub's function, or by the hub role (default: hub)",
        )
    if of_a_hub:
        add_hub(parser)
    parser.add_argument(
        "--format",
        choices=("json", "cloudformation", "terraform"),
        default="json",
        help="the document, or the resource that holds it (default: json)",
    )
    parser.set_defaults(command=lambda options: _print(options, make(options)))
    return parser


def add_inline(parser: argparse.ArgumentParser, holder: str) -> None:
    """Add ``--inline``."""
    parser.add_argument(
        "--inline", action="store_true", help=f"as an inline policy of {holder} (default: a managed policy)"
    )


def add_trust_quota(parser: argparse.ArgumentParser) -> None:
    """Add ``--trust-quota``; ``trust_quota`` reads it."""
    parser.add_argument(
        "--trust-quota",
        default=str(TRUST_POLICY_MAX),
        metavar="CHARACTERS",
        help=f"what AWS lets a trust policy have in that account: {TRUST_POLICY_MAX} to "
        f"{TRUST_POLICY_RAISED_MAX} (default: {TRUST_POLICY_MAX})",
    )


def trust_quota(options: argparse.Namespace) -> int:
    """Read ``--trust-quota``.

    Raises:
        UsageError: it is no whole number, or none that AWS gives.
    """
    raw = options.trust_quota
    if not (raw.isascii() and raw.isdecimal() and len(raw) == 4) or not (
        TRUST_POLICY_MAX <= int(raw) <= TRUST_POLICY_RAISED_MAX
    ):
        raise UsageError(
            f"--trust-quota {raw!r}: AWS gives {TRUST_POLICY_MAX} to {TRUST_POLICY_RAISED_MAX} characters"
        )
    return int(raw)


def _print(options: argparse.Namespace, placement: "Placement") -> Exit:
    from hubspoke_admin.documents.formats import FORMATS
    from hubspoke_admin.documents.placements import check_size

    check_size(placement)
    sys.stdout.write(FORMATS[options.format](placement))
    return Exit.OK
