"""``hubspoke-admin doctor``: what is right and what is wrong between the hub and roles in spokes."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from hubspoke.cli.findings import write
from hubspoke.findings import Verdict, summary, worst
from hubspoke_admin.commands import command
from hubspoke_admin.commands.policy.arguments import IAM_ARN, read_caller, read_organization
from hubspoke_admin.documents.estate import Route
from hubspoke_admin.exceptions import Exit, UsageError
from hubspoke_admin.hubs import add_hub_options
from hubspoke_admin.output import add_format, show_json
from hubspoke_contract.names import Target, is_external_id, role_name, target

if TYPE_CHECKING:
    from hubspoke_admin.commands import Commands
    from hubspoke_admin.doctor import visit
    from hubspoke_grants.caller import Caller

_DOCTOR_ROLE: Final = "hubspoke-doctor"
"""As ``spokes/cloudformation/doctor-role.yaml`` names it."""

_TO_MEND: Final = (Verdict.WRONG, Verdict.UNSEEN)


def add(commands: "Commands") -> None:
    """Add the command."""
    parser = command(
        commands,
        "doctor",
        "find what is wrong between the hub and roles in spokes, and what mends it",
        "  hubspoke-admin doctor 333333333333/automation-spoke-role\n"
        "  hubspoke-admin doctor 333333333333/automation-spoke-role \\\n"
        "      --principal arn:aws:iam::111111111111:user/inventory-bot\n"
        "  hubspoke-admin doctor --all --format json\n"
        "  hubspoke-admin doctor 888888888888/automation-spoke-role --route direct \\\n"
        "      --hub-role arn:aws:iam::999999999999:role/automation-hub-role\n"
        "\nexit codes:\n"
        "  0  all is right\n"
        "  1  something is wrong; what mends it stands beneath\n"
        "  2  wrong arguments\n"
        "  3  nothing is wrong that could be seen, but not all could be: docs/doctor.md says what it needs\n",
    )
    parser.add_argument("roles", nargs="*", metavar="ACCOUNT/ROLE", help="roles in spokes")
    parser.add_argument("--all", action="store_true", help="every role of the grants in force")
    parser.add_argument(
        "--route",
        choices=[str(route) for route in Route],
        default=str(Route.HUB),
        help="through the hub's function, or by the hub role (default: hub)",
    )
    parser.add_argument(
        "--principal",
        metavar="ARN",
        help="a caller, as policies write it or by its ARN: may it take the roles? (default: may anybody)",
    )
    parser.add_argument(
        "--hub-role",
        metavar="ARN",
        help="the direct route's role, which --route direct and both ask for",
    )
    parser.add_argument(
        "--trusts",
        metavar="ARN,…",
        default=os.environ.get("HUBSPOKE_TRUSTS"),
        help="whom spokes may trust beside the hub, as a hub role (default: $HUBSPOKE_TRUSTS, or nobody)",
    )
    parser.add_argument(
        "--doctor-role",
        metavar="NAME",
        default=_DOCTOR_ROLE,
        help=f"the role in each account that it reads by (default: {_DOCTOR_ROLE})",
    )
    parser.add_argument(
        "--organization", metavar="o-…", help="AWS Organizations' id (default: as the hub's role has it)"
    )
    parser.add_argument("--verbose", action="store_true", help="with several roles, show also what is right")
    add_format(parser)
    add_hub_options(parser)
    parser.set_defaults(command=_doctor)


def _doctor(options: argparse.Namespace) -> Exit:
    asked = _asked(options)
    from hubspoke_admin.doctor import visit
    from hubspoke_admin.hubs import aws_session, regions

    session = aws_session()
    report = visit.pay(asked, session, regions(options, session), options.stack, _progress())
    if options.format == "json":
        show_json(report.to_document())
    else:
        _print(report, in_full=options.verbose or len(report.roles) == 1)
    return {Verdict.RIGHT: Exit.OK, Verdict.WRONG: Exit.NO}.get(report.verdict, Exit.UNDONE)


def _asked(options: argparse.Namespace) -> "visit.Asked":
    from hubspoke_admin.doctor import visit

    route = Route(options.route)
    who, arn = _caller(options)
    return visit.Asked(
        targets=_targets(options),
        route=route,
        caller=who,
        hub_role=_hub_role(options) if route.by_hub_role else None,
        trusts=frozenset(_arns("--trusts", options.trusts)),
        doctor_role=_doctor_role(options),
        organization=read_organization(options.organization),
        direct_external_id=_external_id() if route.by_hub_role else None,
        principal_arn=arn,
    )


def _targets(options: argparse.Namespace) -> tuple[Target, ...]:
    if options.all == bool(options.roles):
        raise UsageError("name the roles as ACCOUNT/ROLE, or say --all")
    if options.all and not Route(options.route).by_hub:
        raise UsageError("--all lists the roles of the hub's grants; with --route direct name the roles")
    found: list[Target] = []
    for raw in options.roles:
        if (one := target(raw)) is None:
            raise UsageError(f"{raw!r}: write ACCOUNT/ROLE, the role's name without its path")
        found.append(one)
    return tuple(dict.fromkeys(found))


def _caller(options: argparse.Namespace) -> "tuple[Caller | None, str | None]":
    if options.principal is None:
        return None, None
    # As read_caller takes them; neither decides anything that could be said here.
    options.unique_id = options.session = None
    who, partition = read_caller(options)
    return who, options.principal if partition else None


def _hub_role(options: argparse.Namespace) -> str:
    found = IAM_ARN.fullmatch(options.hub_role or "")
    if found is None or found["kind"] != "role":
        raise UsageError("--route direct and both need --hub-role, the exact ARN of the one hub role")
    return found[0]


def _arns(option: str, raw: str | None) -> list[str]:
    found = [each.strip() for each in (raw or "").split(",") if each.strip()]
    for arn in found:
        if not IAM_ARN.fullmatch(arn):
            raise UsageError(f"{option} {arn!r}: write the exact ARN of a user or role")
    return found


def _doctor_role(options: argparse.Namespace) -> str:
    if role_name(options.doctor_role) is None:
        raise UsageError(f"--doctor-role {options.doctor_role!r}: write a role's name; it has no path")
    return str(options.doctor_role)


def _external_id() -> str | None:
    raw = os.environ.get("ASSUME_ROLE_EXTERNAL_ID")
    if raw and not is_external_id(raw):
        # What it is stays out of the refusal.
        raise UsageError("ASSUME_ROLE_EXTERNAL_ID: set 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -")
    return raw or None


def _progress() -> Callable[[int, int], None]:
    """Say on a terminal how far it is, and nothing anywhere else."""
    if not sys.stderr.isatty():
        return lambda _done, _all: None

    def say_how_far(done: int, accounts: int) -> None:
        if accounts > 1:
            sys.stderr.write(f"\r{done} of {accounts} accounts" + ("\n" if done == accounts else ""))
            sys.stderr.flush()

    return say_how_far


def _print(report: "visit.Report", *, in_full: bool) -> None:
    surroundings = [each for each in report.surroundings if in_full or each.verdict in _TO_MEND]
    if len(report.roles) == 1:
        (found,) = report.roles.values()
        write([*surroundings, *found])
        print(f"\n{summary([*report.surroundings, *found])}")
        return
    write(surroundings)
    for where, found in report.roles.items():
        if shown := [each for each in found if in_full or each.verdict in _TO_MEND]:
            print(f"\n{where}")
            write(shown)
    roles = [worst(found) for found in report.roles.values()]
    counts = {each: roles.count(each) for each in (Verdict.RIGHT, Verdict.WRONG, Verdict.UNSEEN)}
    print(f"\nthe hub: {summary(report.surroundings) or 'not looked at'}")
    print(f"{len(roles)} roles: " + ", ".join(f"{n} {each}" for each, n in counts.items() if n))
