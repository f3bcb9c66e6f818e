"""The hub's stacks, one a Region: where an operator's command goes, by the stacks' own outputs.

Names of buckets and tables are never typed: whoever may read the stack finds them, and an operator who
names one Region too few is asked for it by ``HUBSPOKE_REGIONS``, which is set once.
"""

import argparse
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hubspoke_admin.exceptions import AwsError, UsageError

if TYPE_CHECKING:
    import boto3

_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
_STACK: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_Answer = TypeVar("_Answer")

BUNDLE_KEY: Final = "bundle.json"
"""The bundle's key in its bucket, as ``template.yaml`` tells the function."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One Region's hub: its stack's outputs, and a session to call AWS with."""

    region: str
    outputs: dict[str, str]
    session: "boto3.Session"

    def output(self, name: str) -> str:
        """Return one of the stack's outputs.

        Raises:
            AwsError: the stack has none of this name, so it is not a hub's, or an older one's.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise AwsError(f"{self.region}: the stack has no output {name}: update the stack") from None

    def client(self, service: str) -> Any:
        """Make a client for a service in this hub's Region."""
        return self.session.client(service)  # type: ignore[call-overload]


def add_hub_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--stack`` and ``--regions``."""
    parser.add_argument(
        "--stack",
        default=os.environ.get("HUBSPOKE_STACK", "hubspoke"),
        help="name of the hub's stack (default: $HUBSPOKE_STACK, or hubspoke)",
    )
    parser.add_argument(
        "--regions",
        default=os.environ.get("HUBSPOKE_REGIONS"),
        metavar="REGION,…",
        help="every Region that has a hub (default: $HUBSPOKE_REGIONS, or the profile's Region)",
    )


def hubs(options: argparse.Namespace) -> list[Hub]:
    """Look the hub's stack up in every Region, or in none: one that is missing ends the command.

    Raises:
        UsageError: a Region or the stack's name can't be one, or no Region is known.
        AwsError: a stack can't be read.
    """
    import boto3

    if not _STACK.fullmatch(options.stack):
        raise UsageError(f"--stack {options.stack!r} can't be a stack's name")
    here = calling("AWS settings", boto3.Session).region_name
    regions = options.regions.split(",") if options.regions else [here] if here else []
    if not regions:
        raise UsageError("name the hub's Regions: --regions eu-west-1,us-east-1, or HUBSPOKE_REGIONS")
    for region in regions:
        if not _REGION.fullmatch(region):
            raise UsageError(f"--regions: {region!r} can't be a Region; write eu-west-1,us-east-1")
    if len(set(regions)) != len(regions):
        raise UsageError("--regions names a Region twice; keep one")
    return [_hub(region, options.stack) for region in regions]


def _hub(region: str, stack: str) -> Hub:
    import boto3

    session = calling(region, lambda: boto3.Session(region_name=region))
    found = calling(
        f"{region}: cannot read the stack {stack}",
        lambda: session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0],
    )
    outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
    return Hub(region, outputs, session)


def calling(what: str, call: Callable[[], _Answer]) -> _Answer:
    """Make a call to AWS.

    Raises:
        AwsError: it failed. The text is ``what``, AWS's error code, and what to look at.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise AwsError(f"{what}: AWS answered {code}: check the name and your permissions") from None
    except (BotoCoreError, ValueError) as error:
        raise AwsError(
            f"{what}: AWS was not reached, or you have no credentials ({type(error).__name__}): "
            "check AWS_PROFILE, AWS_REGION and the network"
        ) from None


def in_every(found: Sequence[Hub], what: str, act: Callable[[Hub], None]) -> None:
    """Do something in every Region, also after one has failed, and say where it was done and where not.

    Raises:
        AwsError: it failed somewhere; what was done elsewhere stays done.
    """
    done: list[str] = []
    failed: list[str] = []
    for hub in found:
        try:
            act(hub)
            done.append(hub.region)
        except AwsError as error:
            failed.append(str(error))
    if failed:
        where = f"done in {', '.join(done)}" if done else "done in no Region"
        raise AwsError(
            "\n".join([f"{what}: {where}, and NOT in {len(failed)}:", *(f"  {line}" for line in failed)])
        )
