"""What a wrong command line is answered with."""


class UsageError(Exception):
    """The command line can't be right. Its text is the line to print."""
