"""``hubspoke-admin quarantine``: stop the very next vend, in every Region."""

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import AdminError, Exit, UsageError
from hubspoke_admin.hubs import add_hub_options, aws_session, hub, hubs, in_every, operator, regions
from hubspoke_admin.moments import length, moment
from hubspoke_admin.output import add_format, say, show
from hubspoke_contract import names, quarantine
from hubspoke_contract.limits import REASON_MAX
from hubspoke_contract.reply import format_time
from hubspoke_contract.request import is_reason

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands


def add(commands: "Commands") -> None:
    """Add the commands."""
    adding = command(
        commands,
        "add",
        "refuse every vend to a caller, of a role, of an account, or at all, from the very next one on",
        "  hubspoke-admin quarantine add --caller 111111111111/inventory-bot --reason 'key leaked'\n"
        "  hubspoke-admin quarantine add --role 222222222222/deploy-spoke-role --reason INC-7 --expires 8h\n"
        "  hubspoke-admin quarantine add --everything --reason 'drill' --expires 15m\n",
    )
    _add_subject(adding)
    adding.add_argument("--reason", required=True, metavar="TEXT", help="why; it is kept with the row")
    adding.add_argument(
        "--expires",
        metavar="WHEN",
        help="end by itself: 15m, 8h, 7d, or a time with its offset (default: stays until removed)",
    )
    adding.set_defaults(command=_add)
    removing = command(
        commands,
        "remove",
        "lift a quarantine",
        "  hubspoke-admin quarantine remove --caller 111111111111/inventory-bot\n",
    )
    _add_subject(removing)
    removing.set_defaults(command=_remove)
    listing = command(
        commands,
        "list",
        "list what is quarantined, where, by whom and why",
        "  hubspoke-admin quarantine list\n  hubspoke-admin quarantine list --format json\n",
    )
    add_format(listing)
    listing.set_defaults(command=_list)
    for parser in (adding, removing, listing):
        add_hub_options(parser)


def _add_subject(parser: argparse.ArgumentParser) -> None:
    subject = parser.add_mutually_exclusive_group(required=True)
    subject.add_argument("--everything", action="store_true", help="the whole hub")
    subject.add_argument("--account", metavar="ID", help="every role in a spoke account")
    subject.add_argument("--role", metavar="ACCOUNT/ROLE", help="one spoke role")
    subject.add_argument("--caller", metavar="ACCOUNT/NAME", help="a user or role that calls the hub")


def _subject(options: argparse.Namespace) -> str:
    """Write the row's key.

    Raises:
        UsageError: what was given can't be one.
    """
    if options.account is not None:
        if (account := names.account_id(options.account)) is None:
            raise UsageError(f"--account {options.account!r}: write the account's twelve digits")
        return quarantine.of_account(account)
    if options.role is not None:
        if (target := names.target(options.role)) is None:
            raise UsageError(f"--role {options.role!r}: write ACCOUNT/ROLE, the role's name without its path")
        return quarantine.of_role(target)
    if options.caller is not None:
        if not quarantine.is_caller_key(options.caller):
            raise UsageError(
                f"--caller {options.caller!r}: write ACCOUNT/NAME of the user or role, not its ARN"
            )
        return quarantine.of_caller(options.caller)
    return quarantine.EVERYTHING


def _add(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.quarantine import put

    subject, now = _subject(options), datetime.now(UTC)
    if not is_reason(options.reason):
        raise UsageError(f"--reason must be one line of 1 to {REASON_MAX} characters that can be seen")
    expires_at = _end(options.expires, now) if options.expires is not None else None
    session = aws_session()
    where = regions(options, session)
    by = operator(session, where)

    def stop(region: str) -> None:
        # Looked up one by one: a Region that is out of reach must not keep the others open.
        before = put(hub(session, region, options.stack), subject, options.reason, by, now, expires_at)
        if before is not None:
            say(f"{region}: replaced the row of {before.by or 'unknown'}, {before.at}: {before.reason}")

    in_every(where, f"quarantine {subject}", stop, options.typed)
    until = f"until {format_time(expires_at)}" if expires_at else "until it is removed"
    print(f"quarantined {subject} in {', '.join(where)} {until}")
    _warn_of_unknown(options, subject)
    return Exit.OK


def _end(raw: str, now: datetime) -> datetime:
    """Read when a quarantine ends: a length from now on, or a time.

    Raises:
        UsageError: it is neither, or is past.
    """
    try:
        at = now + length("--expires", raw)
    except UsageError:
        at = moment("--expires", raw, now)
    if at <= now:
        raise UsageError(f"--expires {raw!r} is not in the future: it would stop nothing")
    return at


def _remove(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.quarantine import remove

    subject, session, lifted = _subject(options), aws_session(), list[str]()
    where = regions(options, session)

    def lift(region: str) -> None:
        if remove(hub(session, region, options.stack), subject):
            lifted.append(region)

    in_every(where, f"lift the quarantine of {subject}", lift, options.typed)
    if not lifted:
        say(f"{subject} was not quarantined in {', '.join(where)}; see 'hubspoke-admin quarantine list'")
        return Exit.NO
    print(f"lifted the quarantine of {subject} in {', '.join(lifted)}")
    return Exit.OK


def _list(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.quarantine import entries, merged

    now = datetime.now(UTC)
    rows = merged({each.region: entries(each, now) for each in hubs(options)})
    headings = ["Subject", "State", "Reason", "By", "At", "ExpiresAt", "Regions"]
    show(options, headings, rows)
    for row in rows:
        if row["MissingIn"]:
            say(f"{row['Subject']} is NOT quarantined in {', '.join(row['MissingIn'])}: add it there, too")
    return Exit.OK


def _warn_of_unknown(options: argparse.Namespace, subject: str) -> None:
    """Say so where the grants know no such account or role: a slip of the pen stops nothing."""
    from hubspoke_admin.bundles import in_force
    from hubspoke_admin.quarantine import is_known

    try:
        known = any(is_known(subject, in_force(each).document or {}) for each in hubs(options))
    except AdminError as error:
        say(f"whether the grants know {subject} could not be checked: {error}")
        return
    if not known:
        say(
            f"the grants in force know no {subject}; it was quarantined all the same: check how it is written"
        )
