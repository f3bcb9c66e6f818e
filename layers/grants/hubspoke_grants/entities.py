"""A caller and a spoke role as Cedar entities.

Only the few entities that one decision can reach are written, so its cost doesn't grow with the
organization: the caller, the role, its account, and the OUs above that.
"""

from typing import Any

from hubspoke_contract.names import Target
from hubspoke_grants.bundle import Account
from hubspoke_grants.caller import Caller

Entity = dict[str, Any]


def uid(entity_type: str, entity_id: str) -> dict[str, str]:
    """Name an entity, in the form that needs no escaping."""
    return {"type": entity_type, "id": entity_id}


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
    units = _units(account.org_unit)
    role = _entity(
        uid("SpokeRole", str(target)),
        {"account": {"__entity": account_uid}, "name": target.role, "profile": profile},
        [account_uid],
    )
    place = _entity(account_uid, {"name": account.name}, units[:1], dict(account.tags))
    return [role, place, *(_entity(unit, {}, units[i + 1 : i + 2]) for i, unit in enumerate(units))]


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
