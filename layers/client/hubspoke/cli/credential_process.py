"""``hubspoke credential-process``: credentials as AWS SDKs read them from a process."""

import sys

from hubspoke.cli.options import Parser, add_vending, command_parser, parse, vend
from hubspoke.exceptions import ConfigurationError
from hubspoke.exit_codes import Exit
from hubspoke.settings import enter_profile

_EXAMPLES = """\
  in ~/.aws/config:
    [profile dev]
    credential_process = hubspoke credential-process 222222222222/automation-spoke-role --profile sso
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser(
        "credential-process", "Print a spoke's credentials for credential_process.", _EXAMPLES
    )
    add_vending(made)
    # What runs it is a program, even where a person's terminal is near.
    made.set_defaults(may_pick=False)
    return made


def main(argv: list[str]) -> int:
    """Print the document, and nothing else, on stdout."""
    asked = parser()
    given = parse(asked, argv)
    if given is None:
        return Exit.OK
    if not enter_profile(given.profile):
        raise ConfigurationError(
            "The AWS profile that is to sign the call gets its credentials from this very command: name "
            "the profile that you call as, with --profile."
        )
    sys.stdout.write(vend(asked, given).process_document())
    return Exit.OK
