"""``hubspoke-admin``: what operators type. Wiring of arguments to the modules that do the work."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hubspoke_admin.text import GrantsInvalid

_EXAMPLES = """\
examples:
  hubspoke-admin grants build grants/ --output bundle.json
  hubspoke-admin grants publish grants/ --bucket hubspoke-prod-bundle-111111111111-eu-west-1

exit codes:
  0  done
  1  the grants can't be built, or publishing failed; the message says what to mend
  2  wrong arguments
"""


_EXTRA = ("cedarpy", "yaml")
"""What only operators need: callers install the client without it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except GrantsInvalid as error:
        print(f"hubspoke-admin: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        print("hubspoke-admin: install the operators' extra: pip install 'hubspoke[admin]'", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubspoke-admin",
        description="Operate a hub: build and publish the grants it decides by.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    grants = groups.add_parser("grants", help="build and publish grants", allow_abbrev=False)
    commands = grants.add_subparsers(required=True, metavar="COMMAND")

    building = commands.add_parser("build", help="make one bundle of a grants folder", allow_abbrev=False)
    building.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that holds roles.yaml")
    building.add_argument(
        "--output", type=Path, metavar="FILE", help="where to write it (default: standard output)"
    )
    building.set_defaults(command=_build)

    publishing = commands.add_parser(
        "publish", help="build a grants folder and put it in force", allow_abbrev=False
    )
    publishing.add_argument("folder", type=Path, metavar="FOLDER", help="the folder that holds roles.yaml")
    publishing.add_argument(
        "--bucket",
        default=os.environ.get("HUBSPOKE_BUNDLE_BUCKET"),
        help="the hub's bundle bucket, an output of its stack (default: $HUBSPOKE_BUNDLE_BUCKET)",
    )
    publishing.add_argument("--key", default="bundle.json", help="the object's key (default: %(default)s)")
    publishing.set_defaults(command=_publish)
    return parser


def _build(options: argparse.Namespace) -> int:
    from hubspoke_admin.source import build
    from hubspoke_grants.bundle import encode

    document = build(options.folder)
    if options.output is None:
        sys.stdout.buffer.write(encode(document) + b"\n")
        return 0
    try:
        options.output.write_bytes(encode(document) + b"\n")
    except OSError as error:
        print(f"hubspoke-admin: {options.output}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{options.output}: version {document['Version']}", file=sys.stderr)
    return 0


def _publish(options: argparse.Namespace) -> int:
    if not options.bucket:
        print("hubspoke-admin: name the bucket: --bucket, or HUBSPOKE_BUNDLE_BUCKET", file=sys.stderr)
        return 2
    from hubspoke_admin.source import build

    document = build(options.folder)

    import boto3
    from botocore.exceptions import BotoCoreError

    from hubspoke_admin.publish import PublishFailed, publish

    try:
        client = boto3.Session().client("s3")
    except (BotoCoreError, ValueError) as error:
        print(f"hubspoke-admin: AWS settings: {error} (AWS_PROFILE, AWS_ENDPOINT_URL)", file=sys.stderr)
        return 1
    try:
        publish(client, options.bucket, options.key, document)
    except PublishFailed as error:
        print(f"hubspoke-admin: {error}", file=sys.stderr)
        return 1
    roles = sum(len(profile["Accounts"]) for profile in document["Profiles"])
    print(f"published version {document['Version']}: {roles} roles in {len(document['Accounts'])} accounts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
