"""The one table of the command line's exit codes; ``hubspoke --help`` prints it.

Numbers from 64 on are ``sysexits.h``'s, where it has one that fits.
"""

from enum import IntEnum


class Exit(IntEnum):
    """An exit code and what it means."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> "Exit":
        """Make a member that knows its meaning."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member

    OK = 0, "done"
    SOME_FAILED = 1, "map: a command failed, or a spoke's credentials were refused"
    USAGE = 64, "wrong arguments"
    REQUEST_INVALID = 65, "the hub calls the request invalid"
    NOTHING_SELECTED = 66, "map: nothing that you may take is selected"
    OWN_CREDENTIALS = 67, "your own AWS credentials are missing, expired or not accepted"
    UNREACHABLE = 69, "the hub can't be reached"
    INTERNAL = 70, "a fault in hubspoke itself"
    SPOKE_REFUSED = 71, "the spoke account refused the hub"
    CANNOT_OPEN = 72, "serve, run --refresh, console: a port, a file or the browser can't be opened"
    AWS_CONFIG = 73, "configure, doctor: the AWS config file can't be read or written"
    OUTPUT = 74, "the output can't be written; cache, doctor: its directory can't be used"
    TRY_LATER = 75, "the hub is busy, throttled or down: try again later"
    REPLY_MALFORMED = 76, "what answered isn't a hub, or speaks another version"
    DENIED = 77, "AccessDenied: no grant, or your IAM policy doesn't allow the call"
    CONFIGURATION = 78, "the endpoint or the Region is missing or wrong"
    NOT_EXECUTABLE = 126, "run: the command can't be executed"
    NOT_FOUND = 127, "run: the command doesn't exist"
    INTERRUPTED = 130, "interrupted"
