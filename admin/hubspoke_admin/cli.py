"""``hubspoke-admin``: what operators type. Each command is a module of ``hubspoke_admin.commands``."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from hubspoke_admin.commands import (
    asking,
    audit,
    doctor,
    folder,
    group,
    org,
    policy,
    publishing,
    quarantine,
    vends,
    who,
)
from hubspoke_admin.exceptions import AdminError, Exit
from hubspoke_admin.output import say

_EXAMPLES: Final = """\
examples:
  hubspoke-admin grants check grants/
  hubspoke-admin grants who-can 222222222222/automation-spoke-role
  hubspoke-admin grants publish grants/
  hubspoke-admin org pull grants/
  hubspoke-admin audit --trail s3://org-trail/AWSLogs/o-abcde12345/ --since 24h
  hubspoke-admin who ASIAIOSFODNN7EXAMPLE
  hubspoke-admin quarantine add --caller 111111111111/inventory-bot --reason 'key leaked'
  hubspoke-admin vends --since 1h
  hubspoke-admin policy spoke-trust --role automation-spoke-role
  hubspoke-admin doctor 333333333333/automation-spoke-role

exit codes:
"""

_EXTRA: Final = ("cedarpy", "yaml")
"""What only operators need: callers install the client without it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(typed, argparse.Namespace(typed=typed))
    try:
        code = int(options.command(options))
        # Written out here, where a reader that has gone away can still be answered quietly.
        sys.stdout.flush()
    except AdminError as error:
        say(str(error))
        return error.exit_code
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        say("install the operators' extra: pip install 'hubspoke[admin]'")
        return Exit.UNDONE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # What is still buffered must not fail again when the interpreter closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubspoke-admin",
        description="Operate a hub, with your own AWS credentials: grants, quarantine, records.",
        epilog=_EXAMPLES + "".join(f"  {code:<3} {code.meaning}\n" for code in Exit),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    grants = group(commands, "grants", "who may take which role: check, ask, publish")
    for module in (folder, asking, publishing):
        module.add(grants)
    org.add(group(commands, "org", "the accounts there are, from AWS Organizations"))
    quarantine.add(
        group(commands, "quarantine", "stop vending to a caller, of a role, of an account, at all")
    )
    policy.add(commands)
    for module in (vends, who, audit, doctor):
        module.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
