"""Everything the library raises. What to do about each stands in its docstring.

::

    HubspokeError
    ├── ArgumentInvalid       an argument can't be right; nothing was sent
    ├── NothingSelected       a selection of spokes that matches no role on offer
    ├── ConfigurationError    the endpoint or the Region is missing or wrong
    ├── AwsConfigError        the AWS config file can't be read or written; it is as it was
    ├── CacheUnusable         'hubspoke cache' can't read or clear the cache's directory
    ├── OwnCredentialsError   the caller's own AWS credentials are missing, expired or not accepted
    ├── HubUnreachable        no answer: DNS, connection, TLS, or the deadline
    ├── ReplyMalformed        an answer, but not one of the contract's; nothing of it is used
    ├── CannotOpen            a local endpoint's port or files, or the browser, can't be had
    ├── SignInRefused         AWS's sign-in endpoint takes no credentials of this role
    ├── CallNotAllowed        API Gateway refused: the caller's IAM policy doesn't allow the call
    ├── HubRoleRefused        direct route: STS refused the hub role to the caller
    ├── MfaCodeNeeded         direct route: a code is to be given, and nobody is there to ask
    └── HubRefusal            the hub's own answers, one class for each code of the contract
        ├── RequestInvalid    InvalidRequest
        ├── AccessDenied      AccessDenied
        ├── TooManyRequests   TooManyRequests
        ├── SpokeRefused      SpokeRefused
        ├── HubThrottled      Throttled
        └── HubUnavailable    Unavailable
"""

from typing import ClassVar, Self

from hubspoke.exit_codes import Exit


class HubspokeError(Exception):
    """The base of everything this package raises on purpose. Holds no secret."""

    code: ClassVar[str]
    """Stable within v1: what a program matches on."""
    exit_code: ClassVar[Exit]
    """What the command line ends with."""

    def __init__(
        self, message: str, *, request_id: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        """Fixed text: what happened, and what to do next."""
        self.request_id = request_id
        """What the hub's operators find the call by, if it got that far."""
        self.retry_after = retry_after
        """Seconds the hub asks to wait; ``None`` where trying again won't help."""

    def diagnostics(self) -> str:
        """Return one or two lines for a person: code, what to do next, the request's id, and when."""
        line = f"{self.code}: {self.message}"
        known = {"RequestId": self.request_id, "Retry-After": self.retry_after and f"{self.retry_after} s"}
        details = ", ".join(f"{name}: {value}" for name, value in known.items() if value)
        return f"{line}\n  {details}" if details else line

    def copy(self) -> Self:
        """Return the same in another object, for another thread: a traceback is one thread's."""
        return type(self)(self.message, request_id=self.request_id, retry_after=self.retry_after)


class ArgumentInvalid(HubspokeError):
    """An argument can't be right: mend the call. Nothing was sent."""

    code = "ArgumentInvalid"
    exit_code = Exit.USAGE


class NothingSelected(HubspokeError):
    """No role on offer is selected, or a part of the selection matches none: look at ``hubspoke roles``."""

    code = "NothingSelected"
    exit_code = Exit.NOTHING_SELECTED


class ConfigurationError(HubspokeError):
    """The endpoint or the Region is missing or wrong: the message names the option and the variable."""

    code = "ConfigurationError"
    exit_code = Exit.CONFIGURATION


class AwsConfigError(HubspokeError):
    """The AWS config file can't be read, or not be written safely: it is as it was."""

    code = "AwsConfigError"
    exit_code = Exit.AWS_CONFIG


class CacheUnusable(HubspokeError):
    """``hubspoke cache`` can't read or clear the directory; elsewhere that costs a warning and a vend."""

    code = "CacheUnusable"
    exit_code = Exit.OUTPUT


class OwnCredentialsError(HubspokeError):
    """The caller's own AWS credentials are missing, expired or not accepted: sign in again."""

    code = "OwnCredentialsError"
    exit_code = Exit.OWN_CREDENTIALS


class HubUnreachable(HubspokeError):
    """The hub gave no answer within the deadline: check the endpoint, the network, the proxy."""

    code = "HubUnreachable"
    exit_code = Exit.UNREACHABLE


class ReplyMalformed(HubspokeError):
    """What answered isn't a hub, speaks another version, or is broken. Nothing of the reply is used."""

    code = "ReplyMalformed"
    exit_code = Exit.REPLY_MALFORMED


class CannotOpen(HubspokeError):
    """A port is taken, a file of the local endpoint can't be written, or no browser opens."""

    code = "CannotOpen"
    exit_code = Exit.CANNOT_OPEN


class SignInRefused(HubspokeError):
    """AWS's sign-in endpoint did not take the role's credentials: no console for them."""

    code = "SignInRefused"
    exit_code = Exit.DENIED


class CallNotAllowed(HubspokeError):
    """API Gateway refused the call before the hub saw it: the caller needs ``execute-api:Invoke``."""

    code = "CallNotAllowed"
    exit_code = Exit.DENIED


class HubRoleRefused(HubspokeError):
    """Direct route: STS refused the hub role: its trust, the caller's own policy, or the MFA code."""

    code = "HubRoleRefused"
    exit_code = Exit.DENIED


class MfaCodeNeeded(HubspokeError):
    """Direct route: an MFA code is to be given, and there is no terminal to ask on: sign in from one."""

    code = "MfaCodeNeeded"
    exit_code = Exit.OWN_CREDENTIALS


class HubRefusal(HubspokeError):
    """The hub answered with one of the contract's codes; the message is the contract's."""


class RequestInvalid(HubRefusal):
    """The hub calls the request invalid: mend it as the message says."""

    code = "InvalidRequest"
    exit_code = Exit.REQUEST_INVALID


class AccessDenied(HubRefusal):
    """No grant lets the caller take this role so; a role that doesn't exist reads the same."""

    code = "AccessDenied"
    exit_code = Exit.DENIED


class TooManyRequests(HubRefusal):
    """The caller asks too often: wait ``retry_after`` seconds. Never retried here."""

    code = "TooManyRequests"
    exit_code = Exit.TRY_LATER


class SpokeRefused(HubRefusal):
    """The spoke account refused the hub: its trust policy or the session's limits need mending."""

    code = "SpokeRefused"
    exit_code = Exit.SPOKE_REFUSED


class HubThrottled(HubRefusal):
    """AWS STS throttles the hub. Retried within the deadline before it is raised."""

    code = "Throttled"
    exit_code = Exit.TRY_LATER


class HubUnavailable(HubRefusal):
    """The hub can't vend right now. Retried within the deadline before it is raised."""

    code = "Unavailable"
    exit_code = Exit.TRY_LATER


def by_code(code: str) -> type[HubspokeError]:
    """Return the class of a ``code``.

    Raises:
        KeyError: it is no class's.
    """
    return {kind.code: kind for kind in _leaves(HubspokeError)}[code]


def _leaves(kind: type[HubspokeError]) -> list[type[HubspokeError]]:
    below = kind.__subclasses__()
    return [leaf for each in below for leaf in _leaves(each)] if below else [kind]
