"""``hubspoke-admin vends``: the ledger, by caller, account, role, access key id and time."""

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import Exit, UsageError
from hubspoke_admin.hubs import add_hub_options, hubs
from hubspoke_admin.moments import moment
from hubspoke_admin.output import add_format, limit, say, show
from hubspoke_contract import names
from hubspoke_contract.quarantine import is_caller_key
from hubspoke_contract.vends import Criteria, Vend
from hubspoke_grants.caller import Kind

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands

_OLDEST: Final = timedelta(days=401)
"""Rows are kept for 400 days."""

_Read = TypeVar("_Read")

_LIMIT: Final = 1000
_PACKED_LIMIT: Final = 100_000
"""Rows that are summed up. DynamoDB gives a hundred at a time."""
_PRINCIPAL: Final = re.compile('Caller::(?:User|Role)::"([^"]*)"')
# Source: IAM API, ``AccessKey``.
_KEY: Final = re.compile("[A-Z0-9]{16,128}")
_HEADINGS: Final = (
    "At",
    "VendId",
    "Principal",
    "Role",
    "Profile",
    "Outcome",
    "AccessKeyId",
    "Packed",
    "Reason",
)
_PACKED_HEADINGS: Final = ("Profile", "Vends", "TooLarge", "Median", "Largest", "NearlyFull", "At", "VendId")


def add(commands: "Commands") -> None:
    """Add the command."""
    parser = command(
        commands,
        "vends",
        "list what was vended and what was refused, newest first, from every Region's ledger",
        "  hubspoke-admin vends --since 1h\n"
        "  hubspoke-admin vends --caller 111111111111/inventory-bot --since 7d\n"
        "  hubspoke-admin vends --role 222222222222/deploy-spoke-role --since 2026-01-31T00:00:00+01:00\n"
        "  hubspoke-admin vends --key ASIAEXAMPLEEXAMPLE00 --since 30d --format json\n"
        "  hubspoke-admin vends --packed --since 7d\n",
    )
    parser.add_argument(
        "--since", default="1h", metavar="WHEN", help="15m, 1h, 7d, or a time with its offset (default: 1h)"
    )
    parser.add_argument("--until", metavar="WHEN", help="the same (default: now)")
    parser.add_argument("--caller", help="ACCOUNT/NAME, or a principal as policies write it")
    parser.add_argument("--account", metavar="ID", help="the spoke account")
    parser.add_argument("--role", metavar="ACCOUNT/ROLE", help="the spoke role")
    parser.add_argument("--key", metavar="ACCESS-KEY-ID", help="of the credentials that were vended")
    parser.add_argument(
        "--packed",
        action="store_true",
        help="sum the vends up by role profile: how much of what STS packs their policies and tags took",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        help=f"at most so many rows (default: {_LIMIT}; {_PACKED_LIMIT} with --packed)",
    )
    add_format(parser)
    add_hub_options(parser)
    parser.set_defaults(command=_vends)


def _vends(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.ledger import search

    criteria, most = _criteria(options, datetime.now(UTC)), _most(options)
    found = hubs(options)
    rows = search(found, criteria)
    if options.packed:
        headings: Sequence[str] = _PACKED_HEADINGS
        shown = _by_profile(options, islice(rows, most))
    else:
        headings = [*(("Region",) if len(found) > 1 else ()), *_HEADINGS]
        shown = _listed(options, islice(rows, most))
    # Before anything is printed: a ledger that can't be read in full ends the command.
    more = next(rows, None) is not None
    show(options, headings, shown)
    if options.packed:
        _say_who_is_full(shown)
    if more:
        say(f"there are more than {most}: raise --limit, or ask for less")
    return Exit.OK


def _most(options: argparse.Namespace) -> int:
    if options.limit is not None:
        return limit(options)
    return _PACKED_LIMIT if options.packed else _LIMIT


def _listed(options: argparse.Namespace, rows: Iterator[tuple[str, Vend]]) -> list[dict[str, Any]]:
    return [
        {"Region": region, **vend.to_document()}
        | (
            {}
            if options.format == "json"
            else {"Role": f"{vend.Account}/{vend.Role}", "Packed": _percent(vend.PackedPolicySize)}
        )
        for region, vend in rows
    ]


def _by_profile(options: argparse.Namespace, rows: Iterator[tuple[str, Vend]]) -> list[dict[str, Any]]:
    from hubspoke_admin.packed import fullness

    percent = _percent if options.format == "table" else lambda value: value
    return [
        {
            "Profile": each.profile,
            "Vends": each.vends,
            "TooLarge": each.too_large,
            "Median": percent(each.median),
            "Largest": percent(each.largest.percent) if each.largest else None,
            "NearlyFull": each.is_nearly_full,
            "At": each.largest.moment if each.largest else None,
            "VendId": each.largest.vend_id if each.largest else None,
        }
        for each in fullness(vend for _, vend in rows)
    ]


def _say_who_is_full(shown: Sequence[Mapping[str, Any]]) -> None:
    from hubspoke_admin.packed import NEARLY_FULL

    full = sum(each["NearlyFull"] for each in shown)
    if not shown:
        say("no vend of these has a packed size")
    elif full:
        say(
            f"{full} of {len(shown)} role profiles took {NEARLY_FULL}% or more of what STS packs: "
            "shorten the session policy, or set fewer tags"
        )


def _percent(value: int | None) -> str | None:
    return None if value is None else f"{value}%"


def _criteria(options: argparse.Namespace, now: datetime) -> list[Criteria]:
    """Read what is asked for: one search, or two where a user and a role go by one name.

    Raises:
        UsageError: one of the arguments can't be what it should, or two of them contradict each other.
    """
    # Beyond these there are no rows, and each day would be asked for.
    since = max(moment("--since", options.since, now), now - _OLDEST)
    until = moment("--until", options.until, now) if options.until is not None else now
    until = min(until, now + timedelta(hours=1))
    if until < since:
        raise UsageError("--until is before --since; nothing can be in between")
    account = _checked("--account", options.account, names.account_id, "write the account's twelve digits")
    target = _checked("--role", options.role, names.target, "write ACCOUNT/ROLE")
    if account is not None and target is not None and target.account != account:
        raise UsageError("--role is in another account than --account; leave --account out")
    key = _checked("--key", options.key, _KEY.fullmatch, "write an access key id, like ASIA…")
    return [
        Criteria(
            since=since,
            until=until,
            access_key_id=key[0] if key else None,
            principal=principal,
            account=target.account if target else account,
            role=target.role if target else None,
        )
        for principal in _principals(options.caller)
    ]


def _principals(raw: str | None) -> list[str] | list[None]:
    if raw is None:
        return [None]
    if is_caller_key(raw):
        return [f'Caller::{kind}::"{raw}"' for kind in Kind]
    named = _PRINCIPAL.fullmatch(raw)
    if named is None or not is_caller_key(named[1]):
        raise UsageError(f"--caller {raw!r}: write ACCOUNT/NAME, or 'Caller::Role::\"ACCOUNT/NAME\"'")
    return [raw]


def _checked(option: str, raw: str | None, read: Callable[[str], _Read | None], form: str) -> _Read | None:
    if raw is None:
        return None
    if (value := read(raw)) is None:
        raise UsageError(f"{option} {raw!r}: {form}")
    return value
