"""The options of ``hubspoke-admin policy``, read into what documents are made from.

Which hub it is comes from AWS, or, with ``--hub-account``, from the options alone. The partition is never
guessed: it comes from an ARN of AWS's or from the Region.
"""

import argparse
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hubspoke_admin.commands.policy.arguments import IAM_ARN, read_organization
from hubspoke_admin.documents.estate import Api, Hub, Route, execution_role
from hubspoke_admin.exceptions import AwsError, UsageError
from hubspoke_admin.hubs import add_hub_options, aws_session, hubs, operator, regions
from hubspoke_contract.arns import PARTITIONS
from hubspoke_contract.names import AccountId, account_id, is_role_path, role_name

if TYPE_CHECKING:
    import boto3

    from hubspoke_admin.documents.granted import Granted
    from hubspoke_grants.bundle import Bundle

HUB_ROLE: Final = "automation-hub-role"

_PARTITION: Final = "|".join(PARTITIONS)
_CALLER_ARN: Final = re.compile(
    rf"arn:(?P<partition>{_PARTITION}):sts::(?P<account>[0-9]{{12}}):assumed-role/[^/]+/[^/]+"
)
_ENVIRONMENT: Final = re.compile("[a-z][a-z0-9-]{0,11}")
_ENDPOINT: Final = re.compile(
    r"https://(?P<id>[a-z0-9]{4,32})\.execute-api\.(?P<region>[a-z0-9-]+)\.(?:[a-z0-9-]+\.)+[a-z]{2,}"
    r"/(?P<stage>[A-Za-z0-9_-]{1,128})/?"
)


def add_grants(parser: argparse.ArgumentParser) -> None:
    """Add ``--grants`` and ``--bundle``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--grants", type=Path, default=Path("grants"), metavar="FOLDER", help="default: grants, here"
    )
    source.add_argument("--bundle", type=Path, metavar="FILE", help="what grants build wrote, in its place")


def add_hub(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which hub it is."""
    parser.add_argument(
        "--hub-account",
        metavar="ID",
        help="then nothing is asked of AWS (default: the account of the hub's stack; for the direct route, "
        "that of your credentials)",
    )
    parser.add_argument(
        "--partition",
        choices=PARTITIONS,
        metavar="NAME",
        help=f"{', '.join(PARTITIONS)} (default: the hub's)",
    )
    parser.add_argument("--organization", metavar="o-…", help="AWS Organizations' id (default: without)")
    parser.add_argument(
        "--environment", metavar="NAME", help="of the hub's stack, with --hub-account (default: prod)"
    )
    parser.add_argument(
        "--hub-role",
        default=os.environ.get("ASSUME_ROLE_HUB_ROLE") or HUB_ROLE,
        metavar="[PATH/]NAME|ARN",
        help="the direct route's role, in the hub's account or, by its ARN, in another "
        f"(default: $ASSUME_ROLE_HUB_ROLE, or {HUB_ROLE})",
    )
    add_hub_options(parser)


def granted_bundle(options: argparse.Namespace) -> "Bundle":
    """Read the grants.

    Raises:
        GrantsInvalid: they have a mistake.
    """
    from hubspoke_admin.source import load_grants

    return load_grants(options.bundle or options.grants).bundle


def granted(options: argparse.Namespace) -> "Granted":
    """Read the grants, and who may take what.

    Raises:
        GrantsInvalid: they have a mistake.
    """
    from hubspoke_admin.documents.granted import Granted

    return Granted.by(granted_bundle(options))


def read_hub(options: argparse.Namespace, route: Route) -> Hub:
    """Say which hub it is.

    Raises:
        UsageError: an option can't be what it stands for, or they don't go together.
        AwsError: AWS was asked, and can't say.
    """
    organization = read_organization(options.organization)
    role = _role_arn(options.hub_role)
    if options.hub_account is not None:
        found = _typed(options, route)
    elif role is not None and not route.by_hub:
        found = _Found(role["partition"], AccountId(role["account"]))
    else:
        found = _looked_up(options, route)
    if options.partition not in (None, found.partition):
        raise UsageError(f"--partition {options.partition}: it is {found.partition}; leave the option out")
    if role is not None and role["partition"] != found.partition:
        raise UsageError(f"--hub-role {role[0]}: is not in the partition {found.partition}")
    if role is not None and not route.by_hub and role["account"] != found.account:
        raise UsageError(f"--hub-role {role[0]}: is not in the account {found.account}; leave one out")
    return Hub(
        found.partition,
        found.account,
        found.environment,
        found.execution_roles,
        role[0] if role else f"arn:{found.partition}:iam::{found.account}:role/{options.hub_role}",
        organization,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What AWS or the options say of a hub."""

    partition: str
    account: AccountId
    environment: str = ""
    execution_roles: tuple[str, ...] = ()


def _role_arn(raw: str) -> re.Match[str] | None:
    """Read the hub role's ARN; ``None`` where it is a role's name, which has an account only later."""
    found = IAM_ARN.fullmatch(raw)
    if found is not None and found["kind"] == "role":
        return found
    *above, name = raw.split("/")
    if role_name(name) is None or not is_role_path("".join(f"/{word}" for word in [*above, ""])):
        raise UsageError(f"--hub-role {raw!r}: write a role's name, behind its path if it has one, or an ARN")
    return None


def _typed(options: argparse.Namespace, route: Route) -> _Found:
    """Take what the options say, and the names that the template gives."""
    account = account_id(options.hub_account)
    if account is None:
        raise UsageError(f"--hub-account {options.hub_account!r}: write twelve digits")
    environment = options.environment or "prod"
    if not _ENVIRONMENT.fullmatch(environment):
        raise UsageError(f"--environment {environment!r}: write the stack's parameter Environment, as prod")
    session = aws_session()
    needed = route.by_hub or not options.partition or options.regions
    places = regions(options, session) if needed else []
    partitions = {_partition(session, "--regions", region) for region in places}
    if options.partition:
        partitions.add(options.partition)
    if len(partitions) != 1:
        raise UsageError(
            f"partition and Regions don't go together: {', '.join(sorted(partitions))}; take one"
        )
    (partition,) = partitions
    if partition not in PARTITIONS:
        raise UsageError(f"--regions: the partition {partition} is not one of {', '.join(PARTITIONS)}")
    roles = [execution_role(partition, account, environment, region) for region in places if route.by_hub]
    return _Found(partition, account, environment, tuple(roles))


def _looked_up(options: argparse.Namespace, route: Route) -> _Found:
    """Ask AWS: the hub's stacks, or where there is none, whose credentials these are."""
    if options.environment is not None:
        raise UsageError("--environment goes with --hub-account; else the stack says it")
    if not route.by_hub:
        session = aws_session()
        arn = operator(session, regions(options, session))
        found = IAM_ARN.fullmatch(arn) or _CALLER_ARN.fullmatch(arn)
        if found is None:
            raise AwsError("your credentials are neither a user's nor a role's: say --hub-account")
        return _Found(found["partition"], AccountId(found["account"]))
    stacks = hubs(options)
    arns = [stack.output("ExecutionRoleArn") for stack in stacks]
    roles = [IAM_ARN.fullmatch(arn) for arn in arns]
    owners = {(role["partition"], role["account"]) for role in roles if role}
    if None in roles or len(owners) != 1:
        raise AwsError("the stacks' execution roles are not of one account: check --stack and --regions")
    ((partition, account),) = owners
    return _Found(partition, AccountId(account), stacks[0].output("Stage"), tuple(arns))


def _partition(session: "boto3.Session", option: str, region: str) -> str:
    """Find the partition that a Region is in."""
    from botocore.exceptions import UnknownRegionError

    try:
        return str(session.get_partition_for_region(region))
    except UnknownRegionError:
        raise UsageError(
            f"{option}: {region} is in no partition that is known; look at its spelling"
        ) from None


def read_apis(options: argparse.Namespace, hub: Hub) -> list[Api]:
    """Find the hub's API in each Region: from the endpoints, or from the stacks.

    Raises:
        UsageError: an endpoint is not one of API Gateway's own.
        AwsError: a stack can't be read.
    """
    if options.endpoint is None:
        if options.hub_account is not None:
            raise UsageError("--hub-account asks nothing of AWS: say --endpoint, as callers have it")
        return [Api(one.region, one.output("ApiId"), one.output("Stage")) for one in hubs(options)]
    apis: list[Api] = []
    for endpoint in options.endpoint.split(","):
        found = _ENDPOINT.fullmatch(endpoint)
        if found is None:
            raise UsageError(
                f"--endpoint {endpoint!r}: write the stack's output Endpoint, "
                "as https://abcdefghij.execute-api.eu-west-1.amazonaws.com/prod"
            )
        apis.append(Api(found["region"], found["id"], found["stage"]))
    session = aws_session()
    for api in apis:
        if _partition(session, "--endpoint", api.region) != hub.partition:
            raise UsageError(f"--endpoint: {api.region} is not in the partition {hub.partition}")
        if apis.count(api) > 1:
            raise UsageError(f"--endpoint: {api.id} stands there twice; keep one")
    return apis
