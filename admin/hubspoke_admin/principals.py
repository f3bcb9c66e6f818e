"""A caller from what an operator writes: the principal as in policies, and what else is known of it."""

import re
from dataclasses import replace
from typing import Final

from hubspoke_admin.representatives import fresh
from hubspoke_contract import limits
from hubspoke_contract.names import ACCOUNT_PATTERN, NAME_PATTERN, AccountId
from hubspoke_grants.caller import Caller, Kind

_PRINCIPAL: Final = re.compile(rf'Caller::(User|Role)::"({ACCOUNT_PATTERN})/({NAME_PATTERN})"')
_UNIQUE_ID: Final = {
    Kind.USER: re.compile("AIDA[A-Z0-9]{12,124}"),
    Kind.ROLE: re.compile("AROA[A-Z0-9]{12,124}"),
}
_ORG_ID: Final = re.compile("o-[a-z0-9]{10,32}")
_SESSION: Final = re.compile(rf"[A-Za-z0-9_+=,.@-]{{{limits.SESSION_NAME_MIN},{limits.SESSION_NAME_MAX}}}")


class PrincipalInvalid(Exception):
    """Raised for what can't be a caller. ``key`` says which part: ``principal``, ``unique_id``, …"""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def caller(
    principal: str, unique_id: str | None = None, org_id: str | None = None, session: str | None = None
) -> Caller:
    """Make the caller that an operator means. What isn't given is some value that no policy names.

    Raises:
        PrincipalInvalid: a part is none that the hub could see.
    """
    found = _PRINCIPAL.fullmatch(principal)
    if found is None:
        raise PrincipalInvalid(
            "principal",
            'must be Caller::User::"ACCOUNT/NAME" or Caller::Role::"ACCOUNT/NAME", without a path',
        )
    kind = Kind(found[1])
    who = fresh(kind, AccountId(found[2]), found[3])
    if unique_id is not None and not _UNIQUE_ID[kind].fullmatch(unique_id):
        raise PrincipalInvalid(
            "unique_id", "must be AIDA… of a user or AROA… of a role, as 'hubspoke whoami' shows"
        )
    if org_id is not None and not _ORG_ID.fullmatch(org_id):
        raise PrincipalInvalid("org_id", "must be an organization's id, as o-a1b2c3d4e5")
    if session is not None and (kind is Kind.USER or not _SESSION.fullmatch(session)):
        raise PrincipalInvalid(
            "session", "must be a role session's name, 2 to 64 of A-Z a-z 0-9 _ + = , . @ -"
        )
    return replace(who, unique_id=unique_id or who.unique_id, org_id=org_id, session=session or who.session)
