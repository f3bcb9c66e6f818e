"""What a caller needs in its own account: the way to the hub's API, or to the hub role."""

from collections.abc import Iterable, Sequence

from hubspoke_admin.documents.estate import Api, Hub
from hubspoke_admin.documents.statements import Document, allow, document
from hubspoke_contract.names import RoleName, Target


def by_hub(
    hub: Hub,
    apis: Sequence[Api],
    targets: Iterable[Target],
    *,
    audits: bool = False,
    any_account: bool = False,
) -> Document:
    """Let a caller vend these roles, ask what it may vend and who it is, and nothing else of the API.

    Args:
        hub: whose API it is.
        apis: one a Region.
        targets: the roles that the grants let it take.
        audits: let it read the ledger too.
        any_account: name roles and no accounts. The grants still decide; the document stays short.
    """
    places: list[tuple[str, RoleName]] = [("*" if any_account else one.account, one.role) for one in targets]
    vends = [f"POST/v1/accounts/{account}/roles/{role}/credentials" for account, role in sorted(set(places))]
    asks = ["GET/v1/identity", "GET/v1/roles", *(["GET/v1/vends"] if audits else [])]
    return document(
        allow("VendWhatIsGranted", Action="execute-api:Invoke", Resource=_at(hub, apis, vends)),
        allow("AskTheHub", Action="execute-api:Invoke", Resource=_at(hub, apis, asks)),
    )


def by_hub_role(hub: Hub) -> Document:
    """Let a caller assume the hub role, and do nothing else."""
    return document(allow("AssumeTheHubRole", Action="sts:AssumeRole", Resource=[hub.role_arn]))


def _at(hub: Hub, apis: Iterable[Api], calls: Sequence[str]) -> list[str]:
    return [
        f"arn:{hub.partition}:execute-api:{api.region}:{hub.account}:{api.id}/{api.stage}/{call}"
        for api in apis
        for call in calls
    ]
