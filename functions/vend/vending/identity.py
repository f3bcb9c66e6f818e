"""Who is calling: the one place where a ``Caller`` is made from a request.

Everything comes from ``requestContext.identity``, which API Gateway fills in after it has verified
the signature; headers, path and body say nothing of who calls. Whoever may invoke the function
directly could forge all of it, so nobody but API Gateway may (``template.yaml``).
"""

import re
from typing import Any, Final

from hubspoke_contract import arns, limits
from hubspoke_contract.errors import Problem, Refused
from hubspoke_grants.caller import Caller, Kind

# The console's test feature skips the gateway's authorization and says so in these two fields
# (API Gateway developer guide, "Test a method").
_TEST_STAGE: Final = "test-invoke-stage"
_TEST_SOURCE_IP: Final = "test-invoke-source-ip"

_UNIQUE_ID: Final = {
    Kind.USER: re.compile(r"AIDA[A-Z0-9]{12,124}"),
    Kind.ROLE: re.compile(r"AROA[A-Z0-9]{12,124}"),
}
_ORG_ID: Final = re.compile(r"o-[a-z0-9]{10,32}")


def identify(unverified_event: object) -> Caller:
    """Make the caller of a request.

    Raises:
        Refused: ``CallerUnknown`` for the console's test feature, root, federated and anonymous
            callers, and whenever account, ARN and unique id don't agree.
    """
    context = _mapping(_mapping(unverified_event).get("requestContext"))
    identity = _mapping(context.get("identity"))
    if context.get("stage") == _TEST_STAGE or identity.get("sourceIp") == _TEST_SOURCE_IP:
        raise Refused(Problem.CallerUnknown)
    arn = arns.principal(_text(identity, "userArn"))
    if arn is None or arn.account != _text(identity, "accountId"):
        raise Refused(Problem.CallerUnknown)
    kind = Kind.USER if arn.kind == "user" else Kind.ROLE
    unique_id, colon, session = _text(identity, "caller").partition(":")
    if not _UNIQUE_ID[kind].fullmatch(unique_id) or identity.get("user") != identity["caller"]:
        raise Refused(Problem.CallerUnknown)
    if (session if colon else None) != arn.session:
        raise Refused(Problem.CallerUnknown)
    return Caller(
        kind=kind,
        partition=arn.partition,
        account=arn.account,
        name=arn.name,
        unique_id=unique_id,
        session=arn.session,
        org_id=_org_id(identity.get("principalOrgId")),
    )


def session_name(caller: Caller, vend_id: str) -> str:
    """Name a vended session: the caller's label, cut to fit, and the vend's id.

    The id makes every session findable in CloudTrail, and revocable by itself.
    """
    room = limits.SESSION_NAME_MAX - len(vend_id) - 1
    return f"{caller.label[:room]}-{vend_id}"


def _org_id(raw: Any) -> str | None:
    # Absent outside AWS Organizations. A value of any other shape is nobody's organization.
    return raw if isinstance(raw, str) and _ORG_ID.fullmatch(raw) else None


def _mapping(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Refused(Problem.CallerUnknown)
    return raw


def _text(mapping: dict[str, Any], key: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str):
        raise Refused(Problem.CallerUnknown)
    return value
