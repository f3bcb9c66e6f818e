"""``hubspoke console``: a URL that signs a browser in as a spoke's role."""

import sys
import webbrowser

from hubspoke import settings
from hubspoke.cli.options import Parser, add_vending, command_parser, parse, request, route, target
from hubspoke.exceptions import CannotOpen
from hubspoke.exit_codes import Exit
from hubspoke.sign_in import require_grammar, sign_in_url

_EXAMPLES = """\
  hubspoke console 222222222222/automation-spoke-role --open
  hubspoke console 222222222222/automation-spoke-role --service s3 --console-region eu-west-1
"""


def parser() -> Parser:
    """Return the command's parser."""
    made = command_parser("console", "Sign in to the AWS console as a spoke's role.", _EXAMPLES)
    add_vending(made)
    made.add_argument("--service", metavar="NAME", help="whose console to open, such as s3 (the home page)")
    made.add_argument("--console-region", metavar="REGION", help="to open it in (the console's own choice)")
    made.add_argument(
        "--open", action="store_true", help="open it in the browser; else it is printed, and is a credential"
    )
    return made


def main(argv: list[str]) -> int:
    """Print the URL, or open it."""
    asked = parser()
    given = parse(asked, argv)
    if given is None:
        return Exit.OK
    require_grammar(given.service, given.console_region)
    known = settings.read()
    entry = route(given).obtain(target(asked, given), request(asked, given))
    url = sign_in_url(
        entry.credentials,
        service=given.service,
        region=given.console_region,
        override=known.sign_in_endpoint,
        ca_bundle=known.ca_bundle,
    )
    if not given.open:
        sys.stdout.write(url + "\n")
    elif not _is_opened(url):
        raise CannotOpen(
            "No browser could be opened: set BROWSER, or leave --open out to have the URL printed."
        )
    return Exit.OK


def _is_opened(url: str) -> bool:
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, ValueError):  # BROWSER, with a quote that doesn't end
        return False
