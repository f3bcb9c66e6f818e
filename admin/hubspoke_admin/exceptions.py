"""What ends a command of ``hubspoke-admin`` without its work done.

AdminError
├── GrantsInvalid      a grants folder can't become a bundle
├── CallersUncountable what policies grant can't be listed
├── DocumentRefused    an IAM document would serve nobody, or AWS would not take it
├── UsageError         the arguments don't go together
└── AwsError           AWS refused, or was not reached, in at least one Region
"""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    NO = 1
    USAGE = 2
    UNDONE = 3
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Say what it means, as ``--help`` lists it."""
        return {
            Exit.OK: "done, or yes",
            Exit.NO: "no: what was asked about is not so, or what was checked is not right",
            Exit.USAGE: "wrong arguments",
            Exit.UNDONE: "not done, or not in every Region: AWS or a file stood in the way",
            Exit.INTERRUPTED: "interrupted by Ctrl-C",
        }[self]


class AdminError(Exception):
    """Raised for whatever ends a command. Its text says what to do; nobody sees a traceback."""

    exit_code = Exit.UNDONE


class GrantsInvalid(AdminError):
    """Raised when a grants folder can't become a bundle. The text has a line a mistake, from its file on."""

    exit_code = Exit.NO

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class CallersUncountable(AdminError):
    """Raised where the callers that policies tell apart can't all be listed. The text names the policies."""


class DocumentRefused(AdminError):
    """Raised for an IAM document that would serve nobody, or that AWS would not take. The text says why."""

    exit_code = Exit.NO


class UsageError(AdminError):
    """Raised for arguments that don't go together."""

    exit_code = Exit.USAGE


class AwsError(AdminError):
    """Raised when AWS refused or was not reached. The text names the Region and AWS's error code."""
