"""What the hub's roles may do in spokes, and who may assume the hub role of the direct route."""

from collections.abc import Sequence

from hubspoke_admin.documents.estate import Hub, SpokeRole
from hubspoke_admin.documents.statements import Document, allow, conditions, document
from hubspoke_contract.names import AccountId


def execution_permissions(hub: Hub, spoke_roles: str) -> Document:
    """Let the hub's function assume roles, always in somebody's name: ``template.yaml``'s assume-spoke-roles.

    Args:
        hub: the hub.
        spoke_roles: which roles, in every account: ``role/hubspoke/*``.
    """
    resource = f"arn:{hub.partition}:iam::*:{spoke_roles}"
    # One statement per action: which condition keys are present on the other two is not documented.
    return document(
        allow(
            "AssumeOnlyWithASourceIdentity",
            Action="sts:AssumeRole",
            Resource=resource,
            Condition=conditions(
                Null={"sts:SourceIdentity": "false"}, StringEquals={"aws:ResourceOrgID": hub.organization}
            ),
        ),
        allow("SetSourceIdentity", Action="sts:SetSourceIdentity", Resource=resource),
        allow("TagSession", Action="sts:TagSession", Resource=resource),
    )


def role_permissions(hub: Hub, roles: Sequence[SpokeRole]) -> Document:
    """Let the hub role of the direct route assume just these roles.

    Within an organization in every account, since the organization is the bound; without one, in those
    accounts alone where the grants have them.
    """
    resources = [
        f"arn:{hub.partition}:iam::{account}:{role.resource}"
        for role in roles
        for account in (["*"] if hub.organization else role.accounts)
    ]
    return document(
        allow(
            "AssumeSpokeRoles",
            Action="sts:AssumeRole",
            Resource=resources,
            Condition=conditions(StringEquals={"aws:PrincipalOrgID": hub.organization}),
        )
    )


def trust(hub: Hub, principals: Sequence[str]) -> Document:
    """Let these users and roles, by their exact ARNs, assume the hub role."""
    return document(
        allow(
            "CallersMayAssume",
            Principal={"AWS": list(principals)},
            Action="sts:AssumeRole",
            Condition=conditions(StringEquals={"aws:PrincipalOrgID": hub.organization}),
        )
    )


def sso_trust(hub: Hub, accounts: Sequence[AccountId], permission_sets: Sequence[str]) -> Document:
    """Let people assume the hub role who signed in with one of these permission sets.

    Identity Center makes its roles anew under other ids, so their accounts are trusted and the roles
    known by name: ``AWSReservedSSO_<set>_<16 hexadecimal digits>``, under a path that nobody but AWS can
    make roles in. The digits are matched one by one: a star would take ``Admin_ReadOnly`` for ``Admin``.

    Args:
        hub: the hub.
        accounts: where the people sign in.
        permission_sets: names; a star may stand before one, as in ``*-PowerUserAccess``.
    """
    path = "role/aws-reserved/sso.amazonaws.com/"
    patterns = [
        f"arn:{hub.partition}:iam::{account}:{path}{region}AWSReservedSSO_{name}_{'?' * 16}"
        for account in accounts
        for name in permission_sets
        # With Identity Center in us-east-1 the path has no Region.
        for region in ("", "*/")
    ]
    return document(
        allow(
            "PermissionSetsMayAssume",
            Principal={"AWS": [f"arn:{hub.partition}:iam::{account}:root" for account in accounts]},
            Action="sts:AssumeRole",
            Condition=conditions(
                ArnLike={"aws:PrincipalArn": patterns}, StringEquals={"aws:PrincipalOrgID": hub.organization}
            ),
        )
    )
