"""``hubspoke console``: a URL that signs a browser in as a spoke's role."""

import sys
import webbrowser

from hubspoke import settings
from hubspoke.cli.options import add_vending, command_parser, parse, request, route, target
from hubspoke.exceptions import CannotOpen
from hubspoke.exit_codes import Exit
from hubspoke.sign_in import require_grammar, sign_in_url

_EXAMPLES = """\
  hubspoke console 222222222222/automation-spoke-role --open
  hubspoke console 222222222222/automation-spoke-role --service s3 --console-region eu-west-1
"""


def main(argv: list[str]) -> int:
    """Print the URL, or open it."""
    parser = command_parser("console", "Sign in to the AWS console as a spoke's role.", _EXAMPLES)
    add_vending(parser)
    parser.add_argument("--service", metavar="NAME", help="whose console to open, such as s3 (the home page)")
    parser.add_argument("--console-region", metavar="REGION", help="to open it in (the console's own choice)")
    parser.add_argument(
        "--open", action="store_true", help="open it in the browser; else it is printed, and is a credential"
    )
    given = parse(parser, argv)
    if given is None:
        return Exit.OK
    require_grammar(given.service, given.console_region)
    known = settings.read()
    entry = route(given).obtain(target(parser, given), request(parser, given))
    url = sign_in_url(
        entry.credentials,
        service=given.service,
        region=given.console_region,
        override=known.sign_in_endpoint,
        ca_bundle=known.ca_bundle,
    )
    if not given.open:
        sys.stdout.write(url + "\n")
    elif not webbrowser.open(url):
        raise CannotOpen(
            "No browser could be opened: set BROWSER, or leave --open out to have the URL printed."
        )
    return Exit.OK
