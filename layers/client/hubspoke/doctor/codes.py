"""What the command ends with, by what is wrong first: so that a script can tell."""

from collections.abc import Iterable
from typing import Final

from hubspoke.exit_codes import Exit
from hubspoke.findings import Finding, Verdict

EXITS: Final[dict[str, Exit]] = {
    # configuration
    "RoutesBoth": Exit.USAGE,
    "DirectSettings": Exit.USAGE,
    "EndpointMissing": Exit.CONFIGURATION,
    "EndpointInvalid": Exit.CONFIGURATION,
    "EndpointNotTls": Exit.CONFIGURATION,
    "RegionMissing": Exit.CONFIGURATION,
    "RegionInvalid": Exit.CONFIGURATION,
    "KeysIncomplete": Exit.OWN_CREDENTIALS,
    "AwsFileBroken": Exit.AWS_CONFIG,
    # credentials
    "CredentialsMissing": Exit.OWN_CREDENTIALS,
    "CredentialsExpired": Exit.OWN_CREDENTIALS,
    "CredentialsMalformed": Exit.OWN_CREDENTIALS,
    "CredentialsBroken": Exit.OWN_CREDENTIALS,
    "ProfileUnknown": Exit.OWN_CREDENTIALS,
    "TokenExpired": Exit.OWN_CREDENTIALS,
    "KeyUnknown": Exit.OWN_CREDENTIALS,
    "SecretWrong": Exit.OWN_CREDENTIALS,
    "SignedTooEarly": Exit.OWN_CREDENTIALS,
    "CallerKindRefused": Exit.OWN_CREDENTIALS,
    # endpoint and tls
    "NameUnknown": Exit.UNREACHABLE,
    "ConnectionRefused": Exit.UNREACHABLE,
    "ConnectionLate": Exit.UNREACHABLE,
    "NoHttp": Exit.UNREACHABLE,
    "ProxyRefuses": Exit.UNREACHABLE,
    "CaBundleUnreadable": Exit.CONFIGURATION,
    "TlsOtherName": Exit.UNREACHABLE,
    "TlsOutOfDate": Exit.UNREACHABLE,
    "TlsUntrusted": Exit.UNREACHABLE,
    "TlsFails": Exit.UNREACHABLE,
    "UnsignedAnswered": Exit.REPLY_MALFORMED,
    "EndpointRedirects": Exit.REPLY_MALFORMED,
    "NotAnApi": Exit.REPLY_MALFORMED,
    "EndpointDown": Exit.TRY_LATER,
    # clock
    "ClockWrong": Exit.OWN_CREDENTIALS,
    # gateway, and whatever the hub is asked later
    "GatewayKeyUnknown": Exit.OWN_CREDENTIALS,
    "GatewayTokenExpired": Exit.OWN_CREDENTIALS,
    "SignatureRefused": Exit.OWN_CREDENTIALS,
    "SignatureOutOfDate": Exit.OWN_CREDENTIALS,
    "CredentialsRefused": Exit.OWN_CREDENTIALS,
    "RouteMissing": Exit.CONFIGURATION,
    "ForbiddenOutside": Exit.DENIED,
    "CallNotAllowed": Exit.DENIED,
    "HubDenies": Exit.DENIED,
    "RequestInvalid": Exit.REQUEST_INVALID,
    "RateExceeded": Exit.TRY_LATER,
    "HubThrottled": Exit.TRY_LATER,
    "HubDown": Exit.TRY_LATER,
    "HubSilent": Exit.UNREACHABLE,
    "SpokeRefuses": Exit.SPOKE_REFUSED,
    "NotAHub": Exit.REPLY_MALFORMED,
    "IdentityDiffers": Exit.REPLY_MALFORMED,
    # grant
    "GrantsUnavailable": Exit.TRY_LATER,
    "RoleNotOffered": Exit.DENIED,
    # vend
    "OfferRefused": Exit.DENIED,
    # the direct route
    "HubRoleRefused": Exit.DENIED,
    "SpokeRoleRefused": Exit.SPOKE_REFUSED,
    "MfaCodeNeeded": Exit.OWN_CREDENTIALS,
    "MfaCodeInvalid": Exit.USAGE,
    "StsKeyRefused": Exit.OWN_CREDENTIALS,
    "StsInvalid": Exit.REQUEST_INVALID,
    "StsUnusable": Exit.CONFIGURATION,
    "StsBusy": Exit.TRY_LATER,
    "StsSilent": Exit.UNREACHABLE,
    "NotSts": Exit.REPLY_MALFORMED,
    # cache
    "CacheUnreadable": Exit.OUTPUT,
    "CacheLink": Exit.OUTPUT,
    "CacheNoDirectory": Exit.OUTPUT,
    "CacheForeign": Exit.OUTPUT,
    "CacheOpen": Exit.OUTPUT,
    "CacheReadOnly": Exit.OUTPUT,
    "CacheFull": Exit.OUTPUT,
}
"""By the code of a finding that is wrong."""


def exit_code(findings: Iterable[Finding]) -> Exit:
    """Return the exit code of what is wrong first; of nothing wrong, success."""
    return next((EXITS[each.code] for each in findings if each.verdict is Verdict.WRONG), Exit.OK)
