"""The verified caller, as policies see it.

In the function only ``vending.identity`` makes one, from what API Gateway verified; the operators'
CLI makes one from what an operator types, to ask "what if".
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hubspoke_contract.names import AccountId

# IAM Identity Center names its roles so (IAM Identity Center user guide, "Referencing permission
# sets in resource policies"): AWSReservedSSO_<permission set>_<16 hex digits>.
_PERMISSION_SET_ROLE: Final = re.compile(r"AWSReservedSSO_([A-Za-z0-9_+=,.@-]{1,32})_[0-9a-f]{16}")


class Kind(StrEnum):
    """The kinds of principal the hub serves; the value is the Cedar entity type's last part."""

    USER = "User"
    ROLE = "Role"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: account, name and unique id together. The ARN of a session is only for show."""

    kind: Kind
    partition: str
    account: AccountId
    name: str
    """The user's or the role's name, without its path."""
    unique_id: str
    """``AIDA…`` of a user, ``AROA…`` of a role."""
    session: str | None
    """A role session's name: a label that whoever assumed the role chose."""
    org_id: str | None

    @property
    def key(self) -> str:
        """``ACCOUNT/NAME``: the id of the Cedar entity."""
        return f"{self.account}/{self.name}"

    @property
    def entity_type(self) -> str:
        """``Caller::User`` or ``Caller::Role``."""
        return f"Caller::{self.kind.value}"

    @property
    def principal(self) -> str:
        """As a policy writes it: ``Caller::User::"111122223333/inventory-bot"``."""
        return f'{self.entity_type}::"{self.key}"'

    @property
    def permission_set(self) -> str | None:
        """The Identity Center permission set, for a role named as Identity Center names them."""
        if self.kind is not Kind.ROLE:
            return None
        found = _PERMISSION_SET_ROLE.fullmatch(self.name)
        return found[1] if found else None

    @property
    def label(self) -> str:
        """What to name this caller's sessions after: for people to read, never to decide by."""
        return self.session or self.name
