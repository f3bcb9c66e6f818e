"""The hub's stacks, one a Region: where an operator's command goes, by the stacks' own outputs.

Names of buckets and tables are never typed: whoever may read the stack finds them, and an operator who
names one Region too few is asked for it by ``HUBSPOKE_REGIONS``, which is set once.
"""

import argparse
import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hubspoke_admin.exceptions import AwsError, UsageError

if TYPE_CHECKING:
    import boto3

_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
_STACK: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_Answer = TypeVar("_Answer")

# Source: IAM API reference, "Common Errors".
_UNSIGNED: Final = (
    "ExpiredToken",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)

BUNDLE_KEY: Final = "bundle.json"
"""The bundle's key in its bucket, as ``template.yaml`` tells the function."""


@dataclass(frozen=True, slots=True)
class Hub:
    """One Region's hub: its stack's outputs, and a session to call AWS with."""

    region: str
    outputs: dict[str, str]
    session: "boto3.Session"
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def output(self, name: str) -> str:
        """Return one of the stack's outputs.

        Raises:
            AwsError: the stack has none of this name, so it is not a hub's, or an older one's.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise AwsError(f"{self.region}: the stack has no output {name}: update the stack") from None

    @property
    def account(self) -> str:
        """The hub's account. Its buckets must be its own: a bucket's name is anybody's once that is gone."""
        return self.output("ExecutionRoleArn").split(":")[4]

    def client(self, service: str) -> Any:
        """Return a client for a service in this hub's Region."""
        if service not in self._clients:
            client = self.session.client(service, region_name=self.region)  # type: ignore[call-overload]
            self._clients[service] = client
        return self._clients[service]


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
    session = aws_session()
    return [hub(session, region, options.stack) for region in regions(options, session)]


def aws_session() -> "boto3.Session":
    """Begin with the operator's own settings and credentials; one session reads AWS's models only once.

    Raises:
        AwsError: the settings can't be read.
    """
    import boto3

    return calling("AWS settings", boto3.Session)


def regions(options: argparse.Namespace, session: "boto3.Session") -> list[str]:
    """List the Regions that have a hub.

    Raises:
        UsageError: a Region or the stack's name can't be one, or no Region is known.
    """
    if not _STACK.fullmatch(options.stack):
        raise UsageError(f"--stack {options.stack!r} can't be a stack's name")
    # The AWS CLI reads AWS_REGION first; boto3 doesn't read it at all.
    here = os.environ.get("AWS_REGION") or session.region_name
    named = options.regions.split(",") if options.regions else [here] if here else []
    if not named:
        raise UsageError("name the hub's Regions: --regions eu-west-1,us-east-1, or HUBSPOKE_REGIONS")
    for region in named:
        if not _REGION.fullmatch(region):
            raise UsageError(f"--regions: {region!r} can't be a Region; write eu-west-1,us-east-1")
    if len(set(named)) != len(named):
        raise UsageError("--regions names a Region twice; keep one")
    return named


def hub(session: "boto3.Session", region: str, stack: str) -> Hub:
    """Look the hub's stack up in one Region.

    Raises:
        AwsError: it can't be read.
    """
    found = Hub(region, {}, session)
    described = calling(
        f"{region}: cannot read the stack {stack}",
        lambda: found.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0],
    )
    found.outputs.update({each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])})
    return found


def operator(session: "boto3.Session", regions: Sequence[str]) -> str:
    """Return the operator's own ARN, from the first Region whose STS answers.

    Raises:
        AwsError: none does.
    """
    refused = AwsError("no Region to ask who you are")
    for region in regions:
        try:
            return calling(
                f"{region}: STS can't say who you are",
                lambda region=region: str(  # type: ignore[misc]
                    session.client("sts", region_name=region).get_caller_identity()["Arn"]
                ),
            )
        except AwsError as error:
            refused = error
    raise refused


def calling(what: str, call: Callable[[], _Answer]) -> _Answer:
    """Make a call to AWS.

    Raises:
        AwsError: it failed. The text is ``what``, AWS's error code, and what to look at.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return call()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        look_at = (
            "AWS_PROFILE, AWS_REGION and the clock" if code in _UNSIGNED else "the name and your permissions"
        )
        raise AwsError(f"{what}: AWS answered {code}: check {look_at}") from None
    # The last two come of what isn't AWS's answer: a proxy's page.
    except (BotoCoreError, ValueError, ResponseParserError, LookupError) as error:
        raise AwsError(
            f"{what}: AWS was not reached, or you have no credentials ({type(error).__name__}): "
            "check AWS_PROFILE, AWS_REGION and the network"
        ) from None


def in_every(
    regions: Sequence[str], what: str, act: Callable[[str], None], typed: Sequence[str] = ()
) -> None:
    """Do something in every Region, also after one has failed, and say where it was done and where not.

    Args:
        regions: where.
        what: names what is done, for the message.
        act: does it in one Region, or raises ``AwsError``.
        typed: the command's arguments as they were typed, to be repeated where it failed.

    Raises:
        AwsError: it failed somewhere; what was done elsewhere stays done.
    """
    done: list[str] = []
    failed: dict[str, AwsError] = {}
    for region in regions:
        try:
            act(region)
            done.append(region)
        except AwsError as error:
            failed[region] = error
    if failed:
        where = f"done in {', '.join(done)}" if done else "done in no Region"
        lines = [
            f"{what}: {where}, and NOT in {', '.join(failed)}:",
            *(f"  {error}" for error in failed.values()),
        ]
        if typed:
            lines.append(f"mend that, then repeat: {_again(typed, list(failed))}")
        raise AwsError("\n".join(lines))


def _again(typed: Sequence[str], regions: Sequence[str]) -> str:
    """Write a command for some of its Regions."""
    kept: list[str] = []
    rest = iter(typed)
    for each in rest:
        if each == "--regions":
            next(rest, None)
        elif not each.startswith("--regions="):
            kept.append(each)
    return shlex.join(["hubspoke-admin", *kept, "--regions", ",".join(regions)])
