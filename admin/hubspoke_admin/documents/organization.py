"""What AWS Organizations holds against everybody in the member accounts. It grants nothing.

Neither policy binds the management account; keep the hub and its spokes out of it.
"""

from collections.abc import Sequence

from hubspoke_admin.documents.estate import Hub, Route, SpokeRole
from hubspoke_admin.documents.statements import Document, conditions, deny, document

_WRITE_IAM = ("Add", "Attach", "Create", "Delete", "Detach", "Put", "Remove", "Set", "Tag", "Untag", "Update")
_WRITE_LAMBDA = ("Add", "Create", "Delete", "Publish", "Put", "Remove", "Tag", "Untag", "Update")
_WRITE_TRAIL = ("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail")


def service_control(
    hub: Hub, roles: Sequence[SpokeRole], route: Route, administrators: Sequence[str]
) -> Document:
    """Protect the vended roles, the hub's roles, its function, and CloudTrail's trails.

    Args:
        hub: the hub.
        roles: the roles that are vended.
        route: which of the hub's roles there are.
        administrators: ARNs, stars allowed, of who may change all this. They are protected themselves,
            so that nobody makes a role of such a name.
    """
    spared = conditions(ArnNotLike={"aws:PrincipalArn": list(administrators)})
    function = f"arn:{hub.partition}:lambda:*:{hub.account}:function:hubspoke-{hub.environment}-vend"
    hub_roles = hub.assuming(route)
    statements = [
        deny(
            "ProtectTheRoles",
            Action=["iam:PassRole", *(f"iam:{verb}*" for verb in _WRITE_IAM)],
            Resource=[
                *_everywhere(hub, "role", roles),
                *_everywhere(hub, "policy", roles),
                *hub_roles,
                *(
                    f"{arn.replace(':role/', ':policy/')}-boundary"
                    for arn in hub.execution_roles
                    if route.by_hub
                ),
                *administrators,
            ],
            Condition=spared,
        )
    ]
    if route.by_hub:
        statements += [
            # Whoever invokes it says who is calling. API Gateway does as a service, which no SCP binds.
            deny("NobodyInvokesTheFunction", Action="lambda:Invoke*", Resource=[function, f"{function}:*"]),
            deny(
                "ProtectTheFunction",
                Action=[f"lambda:{verb}*" for verb in _WRITE_LAMBDA],
                Resource=[function, f"{function}:*"],
                Condition=spared,
            ),
        ]
    return document(
        *statements,
        deny(
            "ProtectTheTrails",
            Action=[f"cloudtrail:{name}" for name in _WRITE_TRAIL],
            Resource=f"arn:{hub.partition}:cloudtrail:*:*:trail/*",
            Condition=spared,
        ),
    )


def resource_control(hub: Hub, roles: Sequence[SpokeRole], route: Route) -> Document:
    """Let nobody but the hub assume the vended roles, whatever their trust policies say.

    Callers without an ARN, as services and federated ones, are denied too: ArnNotEquals holds where the key
    is missing. The organization's condition adds nothing where an RCP is in force, and keeps the star
    from meaning more elsewhere; with IfExists, a missing key denies.
    """
    return document(
        deny(
            "OnlyTheHubAssumes",
            Principal="*",
            Action=["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
            Resource=_everywhere(hub, "role", roles),
            Condition=conditions(
                ArnNotEquals={"aws:PrincipalArn": hub.assuming(route)},
                StringEqualsIfExists={"aws:ResourceOrgID": hub.organization},
            ),
        )
    )


def _everywhere(hub: Hub, kind: str, roles: Sequence[SpokeRole]) -> list[str]:
    """Name roles, or their boundaries, in every account: by the path that is theirs, or one by one."""
    ending = "-boundary" if kind == "policy" else ""
    found = {f"{one.path}*" if one.path != "/" else f"/{one.name}{ending}" for one in roles}
    return [f"arn:{hub.partition}:iam::*:{kind}{name}" for name in sorted(found)]
