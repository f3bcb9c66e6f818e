"""``hubspoke-admin grants explain|who-can|what-can|diff``: ask what grants say, without AWS."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hubspoke_admin.commands import command
from hubspoke_admin.exceptions import Exit, UsageError
from hubspoke_admin.output import add_format, say, show, show_json
from hubspoke_contract import limits
from hubspoke_contract.names import PolicyName, Target, policy_name, target
from hubspoke_contract.request import VendRequest

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.source import Loaded
    from hubspoke_grants.caller import Caller

_INVENTORY = """'Caller::User::"111111111111/inventory-bot"'"""
_WITHIN = ("MaxDurationSeconds", "SessionPolicies", "SessionPolicyRequired")


def add(commands: "Commands") -> None:
    """Add the commands."""
    explaining = command(
        commands,
        "explain",
        "say whether a caller may take a role, and which policies make it so",
        f"  hubspoke-admin grants explain --as {_INVENTORY} 222222222222/automation-spoke-role\n"
        f"""  hubspoke-admin grants explain --as 'Caller::Role::"555555555555/ci-deployer"' \\\n"""
        "      --duration 900 --session-policy read-only 333333333333/deploy-spoke-role\n",
    )
    explaining.add_argument(
        "--as", dest="principal", metavar="PRINCIPAL", required=True, help="as policies write it"
    )
    _add_role(explaining)
    explaining.add_argument("--duration", metavar="SECONDS", help="900 to 3600 (default: the longest)")
    explaining.add_argument("--session-policy", metavar="NAME", help="default: none")
    _add_attributes(explaining)
    _add_grants(explaining)
    explaining.set_defaults(command=_explain)
    who = command(
        commands,
        "who-can",
        "list everybody who may take a role; whom no policy names is represented",
        "  hubspoke-admin grants who-can 222222222222/automation-spoke-role\n"
        "  hubspoke-admin grants who-can 333333333333/deploy-spoke-role --bundle bundle.json --format json\n",
    )
    _add_role(who)
    _add_grants(who)
    who.set_defaults(command=_who_can)
    what = command(
        commands,
        "what-can",
        "list every role that a caller may take",
        f"  hubspoke-admin grants what-can {_INVENTORY}\n",
    )
    what.add_argument("principal", metavar="PRINCIPAL", help="as policies write it")
    _add_attributes(what)
    _add_grants(what)
    what.set_defaults(command=_what_can)
    difference = command(
        commands,
        "diff",
        "say who gains and who loses what; exits with 1 when anybody gains",
        "  hubspoke-admin grants diff bundle.json grants/\n"
        "  hubspoke-admin grants diff before/ after/ --allow-widening --format json\n",
    )
    for name in ("old", "new"):
        difference.add_argument(
            name, type=Path, metavar=name.upper(), help="a grants folder, or a bundle's file"
        )
    difference.add_argument("--allow-widening", action="store_true", help="exit with 0 even so")
    add_format(difference)
    difference.set_defaults(command=_diff)


def _add_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("role", metavar="ACCOUNT/ROLE", help="the role's name without its path")


def _add_attributes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unique-id", metavar="ID", help="AIDA… or AROA… (default: one that no policy names)"
    )
    parser.add_argument("--org-id", metavar="ID", help="the caller's organization (default: none)")
    parser.add_argument(
        "--session", metavar="NAME", help="of a role; policies see it under Identity Center's"
    )


def _add_grants(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--grants", type=Path, default=Path("grants"), metavar="FOLDER", help="default: grants, here"
    )
    source.add_argument("--bundle", type=Path, metavar="FILE", help="what grants build wrote, in its place")
    add_format(parser)


def _explain(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.explain import explain

    caller, place = _caller(options), _role(options)
    request = VendRequest(_duration(options.duration), _session_policy(options.session_policy))
    loaded = _loaded(options)
    found = explain(loaded.bundle, loaded.policies, caller, place, request)
    policies = [{"Policy": name, "Place": where or None} for name, where in found.policies.items()]
    word = "ALLOW" if found.allowed else "DENY"
    if options.format == "json":
        show_json({"Decision": word, "Reason": found.reason, "Policies": policies})
    else:
        print(f"{word}: {found.reason}")
        show(options, ["Policy", "Place"], policies)
    return Exit.OK if found.allowed else Exit.NO


def _who_can(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.reach import who_can

    place, loaded = _role(options), _loaded(options)
    if place not in loaded.bundle.roles:
        say(f"{place} is no role of the catalogue: look at roles.yaml")
        return Exit.NO
    rows = [
        {
            "Principal": one.label,
            **{key: offered.to_document()[key] for key in _WITHIN},
            "Example": {
                "Principal": one.caller.principal,
                "UniqueId": one.caller.unique_id,
                "OrgId": one.caller.org_id,
                "Session": one.caller.session,
            },
        }
        for one, offered in who_can(loaded.bundle, place)
    ]
    show(options, ["Principal", *_WITHIN], rows)
    if not rows:
        say(f"nobody may take {place}")
    return Exit.OK


def _what_can(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.reach import what_can

    caller, loaded = _caller(options), _loaded(options)
    rows = [offered.to_document() for offered in what_can(loaded.bundle, caller)]
    show(options, ["AccountId", "AccountName", "OrgUnit", "RoleName", *_WITHIN], rows)
    if not rows:
        say(f"{caller.principal} may take nothing")
    return Exit.OK


def _diff(options: argparse.Namespace) -> Exit:
    from hubspoke_admin.diff import compare
    from hubspoke_admin.source import load_grants

    changes = compare(load_grants(options.old).bundle, load_grants(options.new).bundle)
    show(
        options,
        ["Effect", "Principal", "Action", "Count", "Examples", "Limits"],
        [change.to_document() for change in changes],
    )
    if not changes:
        say("nobody gains or loses anything")
    widened = any(change.widens for change in changes)
    if widened and not options.allow_widening:
        say("this widens what may be taken; --allow-widening says that it is meant")
        return Exit.NO
    return Exit.OK


def _loaded(options: argparse.Namespace) -> "Loaded":
    from hubspoke_admin.source import load_grants

    return load_grants(options.bundle or options.grants)


def _caller(options: argparse.Namespace) -> "Caller":
    from hubspoke_admin.principals import PrincipalInvalid, caller

    try:
        return caller(options.principal, options.unique_id, options.org_id, options.session)
    except PrincipalInvalid as error:
        option = "PRINCIPAL" if error.key == "principal" else f"--{error.key.replace('_', '-')}"
        raise UsageError(f"{option} {error}") from None


def _role(options: argparse.Namespace) -> Target:
    found = target(options.role)
    if found is None:
        raise UsageError("the role must be ACCOUNT/ROLE: twelve digits, and the role's name without its path")
    return found


def _duration(raw: str | None) -> int | None:
    if raw is None:
        return None
    if not (
        raw.isascii()
        and raw.isdecimal()
        and len(raw) <= 4
        and limits.DURATION_MIN <= int(raw) <= limits.DURATION_MAX
    ):
        raise UsageError(f"--duration must be {limits.DURATION_MIN} to {limits.DURATION_MAX}, in seconds")
    return int(raw)


def _session_policy(raw: str | None) -> PolicyName | None:
    name = None if raw is None else policy_name(raw)
    if raw is not None and name is None:
        raise UsageError("--session-policy must be a name from session-policies/, without .json")
    return name
