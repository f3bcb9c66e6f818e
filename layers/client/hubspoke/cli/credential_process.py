"""``hubspoke credential-process``: credentials as AWS SDKs read them from a process."""

import json
import sys

from hubspoke.cli.options import add_vending, command_parser, parse, vend
from hubspoke.exit_codes import Exit

_KEYS = ("Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId")

_EXAMPLES = """\
  in ~/.aws/config:
    [profile dev]
    credential_process = hubspoke credential-process 222222222222/automation-spoke-role --profile sso
"""


def main(argv: list[str]) -> int:
    """Print the document, and nothing else, on stdout."""
    parser = command_parser(
        "credential-process", "Print a spoke's credentials for credential_process.", _EXAMPLES
    )
    add_vending(parser)
    given = parse(parser, argv)
    if given is None:
        return Exit.OK
    document = vend(parser, given).to_document()
    sys.stdout.write(json.dumps({key: document[key] for key in _KEYS}) + "\n")
    return Exit.OK
