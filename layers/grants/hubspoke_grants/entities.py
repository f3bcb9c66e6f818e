"""A caller and a spoke role as Cedar entities.

Only the few entities that one decision can reach are written, so its cost doesn't grow with the
organization: the caller, the role, its account, and the OUs above that.
"""

from typing import Any, Final

from hubspoke_contract.names import Target
from hubspoke_grants.bundle import Account
from hubspoke_grants.caller import Caller

Entity = dict[str, Any]


def uid(entity_type: str, entity_id: str) -> dict[str, str]:
    """Name an entity, in the form that needs no escaping."""
    return {"type": entity_type, "id": entity_id}


HUB: Final = uid("Hub", "hub")
"""What every account lies in."""


def caller_entity(caller: Caller) -> Entity:
    """Write the caller. Attributes that do not apply are absent, so policies ask with ``has``."""
    attributes = {"account": caller.account, "name": caller.name, "uniqueId": caller.unique_id}
    if caller.org_id is not None:
        attributes["orgId"] = caller.org_id
    if caller.permission_set is not None and caller.session is not None:
        attributes["permissionSet"] = caller.permission_set
        attributes["session"] = caller.session
    return _entity(uid(caller.entity_type, caller.key), attributes)


def role_entities(target: Target, profile: str, account: Account) -> list[Entity]:
    """Write a spoke role, its account and every OU above, from the inside out."""
    account_uid = uid("Account", account.id)
    role = _entity(
        uid("SpokeRole", str(target)),
        {"account": {"__entity": account_uid}, "name": target.role, "profile": profile},
        [account_uid],
    )
    return [role, *account_entities(account)]


def account_entities(account: Account) -> list[Entity]:
    """Write an account and every OU above. Each account lies in the hub as well, which is everything."""
    units = _units(account.org_unit)
    place = _entity(uid("Account", account.id), {"name": account.name}, [*units[:1], HUB], dict(account.tags))
    return [place, *(_entity(unit, {}, units[i + 1 : i + 2]) for i, unit in enumerate(units))]


def lineage(target: Target, account: Account) -> list[tuple[str, str]]:
    """List a role and all that it lies in, by type and id."""
    above = [uid("SpokeRole", str(target)), uid("Account", account.id), *_units(account.org_unit), HUB]
    return [(each["type"], each["id"]) for each in above]


def _units(path: str) -> list[dict[str, str]]:
    """``a/b/c`` → the OUs ``a/b/c``, ``a/b`` and ``a``."""
    parts = path.split("/") if path else []
    return [uid("OrgUnit", "/".join(parts[:end])) for end in range(len(parts), 0, -1)]


def _entity(
    name: dict[str, str],
    attributes: dict[str, Any],
    parents: list[dict[str, str]] | None = None,
    tags: dict[str, str] | None = None,
) -> Entity:
    return {"uid": name, "attrs": attributes, "parents": parents or [], "tags": tags or {}}
