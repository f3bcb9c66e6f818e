"""The direct route: STS in the Region, the hub role, and the spoke's role by it."""

from typing import Final

from hubspoke import arguments
from hubspoke.doctor.credentials import Signer
from hubspoke.exceptions import (
    ArgumentInvalid,
    ConfigurationError,
    HubRoleRefused,
    HubspokeError,
    HubThrottled,
    HubUnavailable,
    HubUnreachable,
    MfaCodeNeeded,
    OwnCredentialsError,
    RequestInvalid,
    SpokeRefused,
)
from hubspoke.findings import Finding, noted, right, wrong
from hubspoke.hub_role import HubRole
from hubspoke_contract import arns
from hubspoke_contract.limits import DURATION_MIN
from hubspoke_contract.names import Target

_HUB: Final = "hub-role"
_SPOKE: Final = "spoke-role"


def examine(route: HubRole, signer: Signer) -> Finding:
    """Assume the hub role. Its session is kept by ``route``, so that an MFA code is asked for once."""
    try:
        session = route.hub_session().credentials
    except HubspokeError as error:
        return _failed(_HUB, error, route, signer, route.hub)
    return right(_HUB, "HubRoleAssumed", f"STS lets you take the hub role: {session.assumed_role_arn}.")


def vend(route: HubRole, signer: Signer, target: Target) -> Finding:
    """Assume the spoke's role by the hub role, and throw the session away."""
    request = arguments.vend_request(DURATION_MIN, None, None, None)
    try:
        found = route.assume(target, request)
    except HubspokeError as error:
        return _failed(_SPOKE, error, route, signer, target)
    return right(_SPOKE, "SpokeRoleAssumed", f"{found.assumed_role_arn} was assumed, and thrown away.")


def skipped() -> Finding:
    """Say that the spoke's role was not asked for."""
    return noted(
        _SPOKE,
        "SpokeRoleSkipped",
        "Whether the spoke's role lets the hub role in isn't tried.",
        "ACCOUNT/ROLE with --vend tries it: a session like any other, in CloudTrail, that nobody uses.",
    )


def _failed(step: str, error: HubspokeError, route: HubRole, signer: Signer, role: Target) -> Finding:
    match error:
        case HubRoleRefused():
            return _hub_role_refused(route, signer)
        case SpokeRefused():
            return _spoke_role_refused(route, signer, role)
        case MfaCodeNeeded():
            says = "The hub role wants an MFA code, and there is nobody to ask."
            return wrong(step, "MfaCodeNeeded", says, error.message)
        case ArgumentInvalid():
            return wrong(step, "MfaCodeInvalid", "What was given isn't an MFA code.", error.message)
        case OwnCredentialsError():
            says = "STS doesn't accept the credentials that this is asked for with."
            return wrong(step, "StsKeyRefused", says, error.message)
        case RequestInvalid():
            return wrong(step, "StsInvalid", "STS calls the request invalid.", error.message)
        case ConfigurationError():
            says = "STS can't be asked as it is configured."
            return wrong(step, "StsUnusable", says, error.message)
        case HubThrottled() | HubUnavailable():
            return wrong(
                step, "StsBusy", "STS takes no calls, or can't answer, for the moment.", error.message
            )
        case HubUnreachable():
            return wrong(step, "StsSilent", "STS gives no answer.", error.message)
    return wrong(step, "NotSts", "What answers for STS isn't STS.", error.message)


def _arn(signer: Signer, role: Target) -> str:
    path, name = arguments.path_and_name(role.role)
    return arns.role(signer.partition or "PARTITION", role.account, path, name)


def _hub_role_refused(route: HubRole, signer: Signer) -> Finding:
    arn = _arn(signer, route.hub)
    you = f"{signer.caller.kind} {signer.caller.name} of {signer.caller.account}" if signer.caller else "you"
    return wrong(
        _HUB,
        "HubRoleRefused",
        "STS denies you the hub role; it doesn't say which of the three sides does.",
        f'1. Your own policy has to allow "sts:AssumeRole" on "{arn}", and no SCP or boundary may deny it.\n'
        f"2. The role has to be there, of that name and path, and its trust policy has to name {you}.\n"
        "3. Its conditions have to be met: MFA (--mfa-serial; a code is good once), an external id\n"
        "   (ASSUME_ROLE_EXTERNAL_ID), an organization, an address. The hub account's CloudTrail shows the "
        "denial.",
    )


def _spoke_role_refused(route: HubRole, signer: Signer, role: Target) -> Finding:
    arn, hub = _arn(signer, role), _arn(signer, route.hub)
    return wrong(
        _SPOKE,
        "SpokeRoleRefused",
        "STS denies the hub role the spoke's role; it doesn't say which of the three sides does.",
        f'1. The hub role\'s policy has to allow "sts:AssumeRole" on "{arn}", and no SCP may deny it.\n'
        f'2. The role has to be there, of that name and path, and its trust policy has to name "{hub}".\n'
        "3. Its conditions have to be met: an external id (ASSUME_ROLE_EXTERNAL_ID) that is the same, an\n"
        "   organization; one that wants a source identity (sts:SetSourceIdentity) is met by the hub's route "
        "alone.",
    )
