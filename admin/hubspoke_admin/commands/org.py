"""``hubspoke-admin org pull``: the accounts, from AWS Organizations."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hubspoke_admin.commands import command
from hubspoke_admin.commands.folder import add_folder
from hubspoke_admin.exceptions import AdminError, Exit
from hubspoke_admin.output import add_format, say, show

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_grants.organization import Reading

_SECONDS: Final = 1800.0
"""How long reading may take. Ten thousand accounts' tags are ten thousand calls."""


def add(commands: "Commands") -> None:
    """Add the commands."""
    pulling = command(
        commands,
        "pull",
        "write the organization's accounts, OUs and tags into FOLDER/accounts.json, and show what changed",
        "  AWS_PROFILE=management hubspoke-admin org pull grants/\n"
        "  hubspoke-admin org pull grants/ --check     # write nothing; 1 when something would change\n",
    )
    add_folder(pulling)
    pulling.add_argument("--check", action="store_true", help="only show what would change")
    add_format(pulling)
    pulling.set_defaults(command=_pull)


def _pull(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.accounts_file import write_accounts
    from hubspoke_admin.source import read_accounts
    from hubspoke_grants.accounts import compare

    if not options.folder.is_dir():
        raise AdminError(f"{options.folder}: no such folder; give the one that holds roles.yaml")
    path = options.folder / "accounts.json"
    # A file that is there and can't be read is not taken for none: it holds the tags to fall back on.
    known = read_accounts(path) if path.exists() else []
    reading = _read(known, path)
    accounts = reading.over(known)
    differences = [asdict(each) for each in compare(known, accounts)]
    show(options, ("Id", "Change", "Before", "After"), [_readable(options, each) for each in differences])
    if reading.unread:
        say(_about(reading, known))
    if options.check:
        say(f"{path}: {_count(differences, 'change')} to make" if differences else f"{path}: up to date")
        return Exit.NO if differences else Exit.OK
    write_accounts(path, accounts)
    say(f"{path}: {_count(accounts, 'account')}, {_count(differences, 'change')}")
    return Exit.OK


def _read(known: list[dict[str, Any]], path: Path) -> "Reading":
    import boto3
    from botocore.config import Config

    from hubspoke_admin.hubs import calling
    from hubspoke_grants.organization import OrganizationInvalid, Pace, read

    # Throttling is waited out by the reading itself, which knows how long it may take.
    config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
    what = f"AWS Organizations was not read, and {path} is as it was"
    client: Any = calling(what, lambda: boto3.Session().client("organizations", config=config))
    pace = Pace(time.monotonic() + _SECONDS, time.monotonic, time.sleep)
    try:
        return calling(what, lambda: read(client, known, pace))
    except OrganizationInvalid as error:
        raise AdminError(f"{what}: {error}") from None


def _about(reading: "Reading", known: list[dict[str, Any]]) -> str:
    """Say how many accounts' tags were not read, and which are left out, having none to fall back on."""
    new = sorted(set(reading.unread) - {account["Id"] for account in known})
    kept = (
        f"tags of {_count(reading.unread, 'account')} were not read, and are as they were: pull again later"
    )
    return f"{kept}; new, so left out until then: {', '.join(new)}" if new else kept


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}" + "s" * (len(things) != 1)


def _readable(options: argparse.Namespace, difference: dict[str, Any]) -> dict[str, Any]:
    """Write tags for a table as ``key=value``; JSON has them as they are."""
    if options.format == "json":
        return difference
    return {
        key: [f"{tag}={text}" for tag, text in sorted(value.items())] if isinstance(value, dict) else value
        for key, value in difference.items()
    }
