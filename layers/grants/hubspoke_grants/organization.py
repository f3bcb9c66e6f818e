"""Read an organization's accounts, OUs and tags from AWS Organizations, as ``accounts.json`` lists them.

``hubspoke-admin org pull`` and the inventory function read by this module, so that both see the same
accounts. It makes no client and has no clock: who calls brings both. What the client raises passes through,
but for throttling, which is waited out.

The accounts and OUs are read whole or not at all. Tags take a call an account, which AWS Organizations
throttles in large organizations: an account whose tags could not be read keeps those it was last known by,
and a new one waits until they were.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import SystemRandom
from typing import Any, Final, Protocol

from hubspoke_contract.names import account_id

ROOT: Final = "ou-root"
"""How every path begins. AWS calls each organization's root "Root", and lets nobody choose another name."""

THROTTLES: Final = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException"}
)
"""Error codes that mean "later": the service's own (Organizations API), and those of AWS's front ends."""

_PASSING: Final = THROTTLES | {"ServiceException", "TargetNotFoundException"}
"""Error codes for which an account's tags count as not read: throttled, a fault of AWS's, closed since."""

_WAIT_FIRST, _WAIT_MAX = 0.5, 20.0
"""Seconds that the first wait lasts at most, and any. Each is up to twice the one before."""

_TAG_TRIES: Final = 5
"""Calls for one account's tags, before they count as not read."""

_TAG_LOSSES_MAX: Final = 5
"""Accounts in a row whose tags were not read, after which no more are asked for."""

_WALKS: Final = 3
"""Walks over the OUs, when accounts move or come while they are walked."""

_LOST: Final = "�"
_random: Final = SystemRandom()

Account = dict[str, Any]


class Organizations(Protocol):
    """What is needed of a client of AWS Organizations."""

    def list_roots(self, **parameters: Any) -> Any:
        """``ListRoots``."""

    def list_organizational_units_for_parent(self, **parameters: Any) -> Any:
        """``ListOrganizationalUnitsForParent``."""

    def list_accounts_for_parent(self, **parameters: Any) -> Any:
        """``ListAccountsForParent``."""

    def list_accounts(self, **parameters: Any) -> Any:
        """``ListAccounts``."""

    def list_tags_for_resource(self, **parameters: Any) -> Any:
        """``ListTagsForResource``."""


class OrganizationInvalid(Exception):
    """Raised for an organization that can't be written as accounts, or an answer that isn't AWS's.

    The text says what to do, for operators.
    """


@dataclass(frozen=True, slots=True)
class Pace:
    """How long reading may take: a clock, a way to wait, and when to have ended."""

    until: float
    """By ``clock``, in seconds."""
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def wait(self, times: int) -> bool:
        """Wait after the given number of refusals; tell, without waiting, when no time is left for it."""
        seconds = _random.uniform(0, min(_WAIT_MAX, _WAIT_FIRST * 2 ** min(times, 10)))
        if self.clock() + seconds >= self.until:
            return False
        self.sleep(seconds)
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: active accounts, ordered by id."""

    accounts: tuple[Account, ...]
    """As in ``accounts.json``. ``Tags`` is ``None`` where they could not be read."""

    @property
    def unread(self) -> tuple[str, ...]:
        """The ids of the accounts whose tags could not be read."""
        return tuple(account["Id"] for account in self.accounts if account["Tags"] is None)

    def over(self, known: Sequence[Mapping[str, Any]]) -> list[Account]:
        """Return the accounts, with the tags of ``known`` where they were not read.

        A new one whose tags were not read is left out: a forbid by one of its tags would not hold yet.
        """
        tags = {account["Id"]: account["Tags"] for account in known}
        return [
            {**each, "Tags": tags[each["Id"]] if each["Tags"] is None else each["Tags"]}
            for each in self.accounts
            if each["Tags"] is not None or each["Id"] in tags
        ]


def read(client: Organizations, known: Sequence[Mapping[str, Any]], pace: Pace) -> Reading:
    """Read the whole organization.

    Args:
        client: with credentials of the management account, or of a delegated administrator.
        known: the accounts last known. Tags of accounts that are not among them are read first.
        pace: how long it may take.

    Raises:
        OrganizationInvalid: an OU's name can't be part of a path, an answer lacks a part, or accounts kept
            moving while they were read.
        Exception: what the client raises, for anything but a throttle that was waited out.
    """
    reader = _Reader(client, pace)
    accounts = _walked(reader)
    tags = reader.tags(_order(accounts, {account["Id"] for account in known}))
    return Reading(tuple({**accounts[number], "Tags": tags.get(number)} for number in sorted(accounts)))


def _walked(reader: "_Reader") -> dict[str, Account]:
    """Walk the OUs until all there is was found: an account that moves meanwhile is missed, or met twice."""
    for _ in range(_WALKS):
        walked = reader.walk()
        if walked is not None and walked.keys() == reader.active():
            return walked
    raise OrganizationInvalid(
        f"accounts came, went or moved in each of {_WALKS} readings, so none is whole: try again later"
    )


def _order(accounts: Mapping[str, Account], known: set[str]) -> list[str]:
    """Put new accounts first, the rest in another order each time: whom a throttle hits is then chance."""
    numbers = sorted(accounts)
    _random.shuffle(numbers)
    return sorted(numbers, key=lambda number: number in known)


class _Reader:
    def __init__(self, client: Organizations, pace: Pace) -> None:
        self._client = client
        self._pace = pace

    def walk(self) -> dict[str, Account] | None:
        """Read every OU's active accounts, by id; ``None`` where one was met twice."""
        found: dict[str, Account] = {}
        ahead = [(self._root(), ROOT)]
        seen = {ahead[0][0]}
        while ahead:
            parent, path = ahead.pop()
            for raw in self._all(self._client.list_accounts_for_parent, "Accounts", ParentId=parent):
                if not _is_active(raw):
                    continue
                account = {"Id": _id(raw), "Name": _label(_text(raw, "Name")), "OrgUnit": path}
                if found.setdefault(account["Id"], account) is not account:
                    return None
            for unit, name in self._units(parent):
                if unit in seen:
                    return None
                seen.add(unit)
                ahead.append((unit, f"{path}/{name}"))
        return found

    def active(self) -> set[str]:
        """List the ids of all active accounts, wherever they are."""
        return {_id(raw) for raw in self._all(self._client.list_accounts, "Accounts") if _is_active(raw)}

    def tags(self, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
        """Read the tags of accounts, as many as can be had."""
        found: dict[str, dict[str, str]] = {}
        losses = 0
        for number in numbers:
            if losses >= _TAG_LOSSES_MAX or self._pace.clock() >= self._pace.until:
                break
            tags = self._tags(number)
            losses = losses + 1 if tags is None else 0
            if tags is not None:
                found[number] = tags
        return found

    def _tags(self, number: str) -> dict[str, str] | None:
        call = self._client.list_tags_for_resource
        try:
            pairs = list(self._all(call, "Tags", tries=_TAG_TRIES, ResourceId=number))
        except Exception as error:
            if _code(error) in _PASSING:
                return None
            raise
        tags = {_text(raw, "Key"): _text(raw, "Value") for raw in pairs}
        if len(tags) != len(pairs) or any(_is_control(c) for pair in tags.items() for c in "".join(pair)):
            raise OrganizationInvalid(f"account {number}: its tags are not what AWS Organizations allows")
        return tags

    def _root(self) -> str:
        roots = [_text(raw, "Id") for raw in self._all(self._client.list_roots, "Roots")]
        if len(roots) != 1:
            raise OrganizationInvalid(f"the organization has {len(roots)} roots, and AWS's have one")
        return roots[0]

    def _units(self, parent: str) -> list[tuple[str, str]]:
        """List the OUs right below a parent, ids with names that can be part of a path."""
        call = self._client.list_organizational_units_for_parent
        units = [
            (_text(raw, "Id"), _text(raw, "Name"))
            for raw in self._all(call, "OrganizationalUnits", ParentId=parent)
        ]
        for unit, name in units:
            if "/" in name:
                raise OrganizationInvalid(
                    f"OU {unit}: its name holds a slash, which reads as nesting: rename it"
                )
            if not name.isprintable() or name != name.strip() or not name:
                raise OrganizationInvalid(f"OU {unit}: its name holds what can't be seen: rename it")
        if len({name for _, name in units}) != len(units):
            raise OrganizationInvalid(f"two OUs under {parent} have one name: rename one")
        return units

    def _all(
        self, call: Callable[..., Any], part: str, tries: int | None = None, **parameters: str
    ) -> Iterator[Any]:
        """Yield the entries of every page. A page may be empty and not the last (Organizations API)."""
        seen: set[str] = set()
        while True:
            page = self._page(call, tries, parameters)
            if not isinstance(page.get(part), list):
                raise OrganizationInvalid(f"an answer of AWS Organizations lacks {part}: try again later")
            yield from page[part]
            token = page.get("NextToken")
            if not token:
                return
            if token in seen:
                raise OrganizationInvalid("AWS Organizations gave the same page twice: try again later")
            seen.add(token)
            parameters = parameters | {"NextToken": token}

    def _page(self, call: Callable[..., Any], tries: int | None, parameters: Mapping[str, str]) -> Any:
        times = 0
        while True:
            try:
                return call(**parameters)
            except Exception as error:
                times += 1
                if _code(error) not in THROTTLES or times == tries or not self._pace.wait(times):
                    raise


def _code(error: Exception) -> str | None:
    """Return AWS's error code of an exception that has one, as botocore's ``ClientError`` does."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code if isinstance(code, str) else None


def _is_active(raw: Any) -> bool:
    """Tell whether an account is active. ``State`` took the place of ``Status`` on 2026-09-09 (AWS)."""
    state = raw.get("State", raw.get("Status"))
    if state is None:
        raise OrganizationInvalid("AWS Organizations lists an account without its state: try again later")
    return bool(state == "ACTIVE")


def _id(raw: Any) -> str:
    number = account_id(_text(raw, "Id"))
    if number is None:
        raise OrganizationInvalid("AWS Organizations lists an account whose id is not twelve digits")
    return number


def _text(raw: Any, key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str):
        raise OrganizationInvalid(f"AWS Organizations lists something without {key}: try again later")
    return value


def _label(name: str) -> str:
    """Replace what can't be seen in an account's name, which whoever is in the account may choose."""
    return "".join(c if c.isprintable() else _LOST for c in name)


def _is_control(character: str) -> bool:
    return unicodedata.category(character).startswith("C")
