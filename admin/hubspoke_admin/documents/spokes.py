"""What stands in a spoke: whom a role trusts, and what none of its sessions may do.

Equal to ``spokes/cloudformation/spoke-role.yaml``, which has the reasons; a test holds the two together.
"""

from typing import Any

from hubspoke_admin.documents.estate import Hub, Route, SpokeRole
from hubspoke_admin.documents.statements import Document, Statement, allow, conditions, deny, document


def trust(hub: Hub, role: SpokeRole, route: Route, direct_external_id: str | None = None) -> Document:
    """Let the hub's function assume a role, or the hub role, or both.

    Args:
        hub: the hub.
        role: the role, with the external id that the function sends and nobody else knows.
        route: who may.
        direct_external_id: what callers of the direct route send, where they send one.
    """
    statements: list[Statement] = []
    if route.by_hub:
        asked = {"sts:ExternalId": role.external_id, "aws:PrincipalOrgID": hub.organization}
        statements += _hub_may(hub, role, asked)
    if route.by_hub_role:
        # As callers of the direct route assume it: they send no tags and no source identity.
        statements.append(
            allow(
                "DirectHubRoleMayAssume",
                Principal={"AWS": [hub.role_arn]},
                Action="sts:AssumeRole",
                Condition=conditions(
                    StringEquals={
                        "sts:ExternalId": direct_external_id,
                        "aws:PrincipalOrgID": hub.organization,
                    }
                ),
            )
        )
    return document(*statements)


def _hub_may(hub: Hub, role: SpokeRole, asked: dict[str, Any]) -> list[Statement]:
    # One statement per action: a condition on a key that is missing would refuse every vend.
    principal = {"AWS": list(hub.execution_roles)}
    return [
        allow(
            "HubMayAssume",
            Principal=principal,
            Action="sts:AssumeRole",
            Condition=conditions(Null={"sts:SourceIdentity": "false"}, StringEquals=asked),
        ),
        allow("HubMaySetSourceIdentity", Principal=principal, Action="sts:SetSourceIdentity"),
        allow("HubMayTagSession", Principal=principal, Action="sts:TagSession", Condition=_tagged(role)),
    ]


def _tagged(role: SpokeRole) -> Document:
    """Ask for the tags of the role's profile, and no others; nothing where it has none."""
    fixed = {f"aws:RequestTag/{key}": value for key, value in role.tags}
    keys = sorted({key for key, _ in role.tags} | {*role.caller_tag_keys})
    if not keys:
        return {}
    return {
        **conditions(StringEquals=fixed),
        # ForAllValues holds where there is no key at all.
        "ForAllValues:StringEquals": {"aws:TagKeys": keys},
        "Null": {"aws:TagKeys": "false"},
    }


def boundary(*, chains_roles: bool = False, passes_roles: bool = False) -> Document:
    """Keep a session from making itself a successor, whatever the policies of its role allow.

    Args:
        chains_roles: let sessions assume further roles.
        passes_roles: let sessions pass roles to services, which can do more than they themselves.
    """
    reads = ["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"]
    federation = [
        "sts:AssumeRoot",
        "sts:GetDelegatedAccessToken",
        "sts:GetFederationToken",
        "sts:GetWebIdentityToken",
    ]
    statements = [
        allow("AnythingButIam", NotAction="iam:*", Resource="*"),
        allow("ReadIam", Action=reads, Resource="*"),
        *([allow("PassRoles", Action="iam:PassRole", Resource="*")] if passes_roles else []),
        deny("NoFederation", Action=federation, Resource="*"),
        *([] if chains_roles else [deny("NoRoleChaining", Action="sts:AssumeRole", Resource="*")]),
    ]
    return document(*statements)
