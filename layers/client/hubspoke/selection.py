"""Which roles of which spokes a fan-out is over, said by account, role, organizational unit and tag."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hubspoke import arguments
from hubspoke.exceptions import ArgumentInvalid, NothingSelected
from hubspoke.printable import printable
from hubspoke_contract.names import Target, account_id, role_name
from hubspoke_contract.reply import RoleOffer

_NOTHING: Final = "Nothing that you may take matches {}: 'hubspoke roles' shows what there is."


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected: of each kind that is given, any of its values; of the tags, all of them.

    Example:
        >>> Selection(roles=["automation-spoke-role"], org_units=["Workloads"])
    """

    accounts: Iterable[str] = ()
    """Twelve digits each."""
    roles: Iterable[str] = ()
    """Names without a path."""
    org_units: Iterable[str] = ()
    """Each a unit with all below it, by as much of its path as tells it: ``Workloads``, ``Workloads/Dev``."""
    account_tags: Mapping[str, str] = field(default_factory=dict)
    everything: bool = False
    """Every role on offer. Said, and said alone: what is forgotten must not mean the whole estate."""

    def __post_init__(self) -> None:
        """Take the values once, and refuse what can't be right.

        Raises:
            ArgumentInvalid: a value is malformed, or nothing is said, or everything and something.
        """
        for name in ("accounts", "roles", "org_units"):
            values = getattr(self, name)
            if isinstance(values, str):
                raise ArgumentInvalid(f"{name} must be a list, not a text.")
            object.__setattr__(self, name, tuple(dict.fromkeys(values)))
        if not all(account_id(account) for account in self.accounts):
            raise ArgumentInvalid("The account must be twelve digits.")
        if not all(role_name(role) for role in self.roles):
            raise ArgumentInvalid("The role must be a role's name without its path.")
        if not all(all(path.split("/")) for path in self.org_units):
            raise ArgumentInvalid(
                "The organizational unit must be a path, such as Workloads or Workloads/Dev."
            )
        narrowed = bool(self.accounts or self.roles or self.org_units or self.account_tags)
        if narrowed == self.everything:
            raise ArgumentInvalid(
                "Say which spokes: by account, role, organizational unit or tag; or everything and no more."
            )

    @property
    def names_targets(self) -> bool:
        """Whether accounts and roles are all that is said: then nobody has to be asked what there is."""
        return bool(self.accounts and self.roles) and not (self.org_units or self.account_tags)

    def targets(self, offers: Callable[[], Iterable[RoleOffer]]) -> list[Target]:
        """Return what is selected, sorted.

        Args:
            offers: asks the hub for the roles on offer; not called where the targets are named.

        Raises:
            NothingSelected: nothing is, or one of the values matches nothing by itself.
            HubspokeError: the hub could not be asked.
        """
        if self.names_targets:
            return sorted(arguments.target(account, role) for account in self.accounts for role in self.roles)
        offered = list(offers())
        for said, matches in self._criteria():
            if not any(map(matches, offered)):
                # One misspelt account of ten would else be missed.
                raise NothingSelected(_NOTHING.format(said))
        found = {Target(offer.account, offer.role) for offer in offered if self._includes(offer)}
        if not found:
            raise NothingSelected(_NOTHING.format("all of this together" if offered else "anything"))
        return sorted(found)

    def _criteria(self) -> Iterator[tuple[str, Callable[[RoleOffer], bool]]]:
        for account in self.accounts:
            yield account, lambda offer, account=account: offer.account == account  # type: ignore[misc]
        for role in self.roles:
            yield role, lambda offer, role=role: offer.role == role  # type: ignore[misc]
        for path in self.org_units:
            yield printable(path), lambda offer, path=path: is_within(offer.org_unit, path)  # type: ignore[misc]
        for pair in self.account_tags.items():
            yield printable("=".join(pair)), lambda offer, pair=pair: pair in offer.account_tags  # type: ignore[misc]

    def _includes(self, offer: RoleOffer) -> bool:
        return (
            (not self.accounts or offer.account in self.accounts)
            and (not self.roles or offer.role in self.roles)
            and (not self.org_units or any(is_within(offer.org_unit, path) for path in self.org_units))
            and all(pair in offer.account_tags for pair in self.account_tags.items())
        )


def is_within(org_unit: str, path: str) -> bool:
    """Tell whether ``path``'s units stand one after the other in ``org_unit``, as whole names."""
    return f"/{path}/" in f"/{org_unit}/"
