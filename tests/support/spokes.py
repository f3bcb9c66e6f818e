"""A spoke as it was deployed, and what is done to it to break it: one fault at a time.

What ``hubspoke-admin doctor`` has to find is written here a second time, from the documents' meaning: nothing
of the doctor's is imported.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

Document = dict[str, Any]
ORGANIZATION: Final = "o-a1b2c3d4e5"
"""The hub's, as the doctor is told."""

OTHER_ACCOUNT: Final = "121212121212"


@dataclass
class Spoke:
    """An account with one role that the hub vends, and the doctor's role, before they are made."""

    account: str
    role: str
    hub_role: str
    """ARN of the function's role."""
    trust: Document
    boundary: Document
    doctor_trust: Document
    doctor_policy: Document
    path: str = "/hubspoke/"
    max_session: int = 3600
    has_boundary: bool = True
    has_role: bool = True
    has_doctor_role: bool = True
    listed: str = ""
    """The role's name in the grants, where its own is another."""

    def copy(self, account: str) -> "Spoke":
        """Make the same in another account."""
        there = json.loads(json.dumps([self.trust, self.boundary, self.doctor_trust, self.doctor_policy]))
        text = json.dumps(there).replace(self.account, account)
        trust, boundary, doctor_trust, doctor_policy = json.loads(text)
        return Spoke(
            account, self.role, self.hub_role, trust, boundary, doctor_trust, doctor_policy, listed=self.role
        )

    def statement(self, sid: str) -> Document:
        """Find a statement of the trust by the Sid that the template gives it."""
        found: Document = next(each for each in self.trust["Statement"] if each["Sid"] == sid)
        return found

    @property
    def assume(self) -> Document:
        """The statement that lets the hub in."""
        return self.statement("HubMayAssume")

    def condition(self, statement: Document, operator: str, key: str, value: Any) -> None:
        """Add a condition to a statement, whatever it asked for under this key."""
        for keys in statement.get("Condition", {}).values():
            keys.pop(key, None)
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value
        statement["Condition"] = {name: keys for name, keys in statement["Condition"].items() if keys}

    def everywhere(self, principal: Any) -> None:
        """Put somebody in the hub's place, in the statement that lets it in or in all of them."""
        for each in self.trust["Statement"]:
            each["Principal"] = copy.deepcopy(principal)


@dataclass(frozen=True)
class Fault:
    """One way for a spoke to be wrong."""

    name: str
    code: str
    """What the doctor has to call it: this, and nothing else."""
    refuses: bool | None
    """Whether the hub is refused by it; ``None`` where that isn't known from the documents alone."""
    inject: Callable[[Spoke, Random], None]
    roles: tuple[str, ...]
    """The roles that can have it."""


FAULTS: Final[list[Fault]] = []
PLAIN, TAGGED, BARE = "plain-role", "tagged-role", "bare-role"
ROLES: Final = (PLAIN, TAGGED, BARE)
"""With an external id; with that and session tags; with neither."""


def fault(
    code: str, *, refuses: bool | None, roles: tuple[str, ...] = ROLES
) -> Callable[[Callable[[Spoke, Random], None]], Callable[[Spoke, Random], None]]:
    """List a fault."""

    def listed(inject: Callable[[Spoke, Random], None]) -> Callable[[Spoke, Random], None]:
        FAULTS.append(Fault(inject.__name__.strip("_"), code, refuses, inject, roles))
        return inject

    return listed


def twin(arn: str) -> str:
    """Name the same role in another account."""
    account = arn.split(":")[4]
    return arn.replace(account, OTHER_ACCOUNT)
