"""How the profiles that ``hubspoke configure`` writes are called, by a template. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from hubspoke.exceptions import ArgumentInvalid
from hubspoke_contract.reply import RoleOffer

FIELDS: Final = ("account", "account_name", "role", "org_unit")
"""What can stand in braces; ``org_unit`` is the last part of its path."""

_FIELD: Final = re.compile(r"\{([a-z_]*)\}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.@+=,-]*")
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9_.@+=,]+")
_NAME_MAX: Final = 128


def by_name(template: str, offers: Iterable[RoleOffer]) -> dict[str, RoleOffer]:
    """Return the offers by the names of their profiles.

    Whatever needs quoting in a config file or a shell becomes a ``-``: an account may have any name.

    Raises:
        ArgumentInvalid: the template can't be right, or gives two offers one name, or one an unusable name.
    """
    _check(template)
    found: dict[str, RoleOffer] = {}
    for offer in offers:
        name = _name(template, offer)
        if name in found:
            other = found[name]
            raise ArgumentInvalid(
                f"--name {template}: {other.account}/{other.role} and {offer.account}/{offer.role} would "
                f"both be the profile {name}. Use more of {_fields()}."
            )
        found[name] = offer
    return found


def _check(template: str) -> None:
    unknown = [field for field in _FIELD.findall(template) if field not in FIELDS]
    if unknown or not _PLAIN.fullmatch(_FIELD.sub("", template)):
        raise ArgumentInvalid(
            f"--name may hold A-Z a-z 0-9 _ . @ + = , - and the fields {_fields()}, and nothing else."
        )


def _name(template: str, offer: RoleOffer) -> str:
    values = {
        "account": offer.account,
        "account_name": offer.account_name,
        "role": offer.role,
        "org_unit": offer.org_unit.rpartition("/")[2],
    }
    name = _FIELD.sub(lambda field: _NOT_PLAIN.sub("-", values[field[1]]).strip("-"), template)
    if not re.search(r"[A-Za-z0-9]", name) or name.startswith("-") or len(name) > _NAME_MAX:
        raise ArgumentInvalid(
            f"--name {template} gives {offer.account}/{offer.role} a name that no profile can have: use "
            "{account} or {role} in it."
        )
    if name == "default":
        raise ArgumentInvalid(
            "--name would make the profile 'default', which every tool uses unasked: use another name."
        )
    return name


def _fields() -> str:
    return ", ".join(f"{{{field}}}" for field in FIELDS)
