"""The bundle: everything the hub decides from, in one versioned document.

``hubspoke-admin grants build`` writes it, the function loads it from S3. Loading checks all that a
half-written or foreign object could get wrong, and yields a whole ``Bundle`` or nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hubspoke_contract import limits
from hubspoke_contract.names import (
    AccountId,
    PolicyName,
    RoleName,
    Target,
    account_id,
    is_external_id,
    is_role_path,
    policy_name,
    role_name,
)
from hubspoke_contract.request import is_tag
from hubspoke_grants.policies import Policies

FORMAT_VERSION: Final = 1
"""Raised when an older function could not read a newer bundle."""

SIZE_MAX: Final = 64 * 1024 * 1024
"""Bytes that are read of one. Ten thousand accounts and a thousand policies are under ten million."""

FOLDER: Final = "folder"
ORGANIZATION: Final = "organization"
"""Where a bundle's accounts are from: the grants folder it was built of, or AWS Organizations itself."""


class BundleInvalid(Exception):
    """Raised for a document that is not a whole bundle. The text names what is wrong, for operators."""


@dataclass(frozen=True, slots=True)
class Account:
    """A spoke account and its place in the organization."""

    id: AccountId
    name: str
    org_unit: str
    """The path from the root, ``ou-root/Workloads/Dev``; empty without AWS Organizations."""
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoleProfile:
    """What the hub knows of a role that exists under one name in many accounts."""

    name: str
    """The profile's own name, in ``roles.yaml``."""
    role: RoleName
    path: str
    external_id: str | None
    max_duration: int
    """Seconds."""
    session_policies: tuple[PolicyName, ...]
    tags: tuple[tuple[str, str], ...]
    """Session tags that every vend of this profile carries."""
    caller_tag_keys: frozenset[str]
    """Keys of session tags that a caller may set."""
    vends_per_minute: int
    """The most that one caller may vend of this profile within a minute."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole, parsed bundle. Immutable; the policies in it are parsed once."""

    version: str
    """A digest of the contents: equal grants have equal versions."""
    accounts: Mapping[AccountId, Account]
    roles: Mapping[Target, RoleProfile]
    """Every role on offer: the catalogue. Ordered by account, then role."""
    session_policies: Mapping[PolicyName, str]
    """The text STS gets, by name."""
    durations: tuple[int, ...]
    """Seconds at which a decision can change: with these, a search over durations is exact."""
    policies: Policies


def version_of(document: Mapping[str, Any]) -> str:
    """Digest a bundle document, apart from its ``Version``: 16 hexadecimal characters of SHA-256."""
    content = {key: value for key, value in document.items() if key != "Version"}
    return hashlib.sha256(encode(content)).hexdigest()[:16]


def encode(document: Mapping[str, Any]) -> bytes:
    """Write a document so that equal documents are equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def load(raw: bytes) -> Bundle:
    """Read a bundle.

    Raises:
        BundleInvalid: it is not JSON, not of this format, its version isn't the digest of its
            contents, or any part is missing, of a wrong type or outside the grammar.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise BundleInvalid("not JSON") from None
    try:
        return _bundle(document)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        # A missing key, a wrong type, a lone surrogate or a nesting too deep anywhere: whole or not at all.
        raise BundleInvalid(f"a part is missing or of a wrong type ({type(error).__name__})") from None


def _bundle(document: dict[str, Any]) -> Bundle:
    if type(document["FormatVersion"]) is not int or document["FormatVersion"] != FORMAT_VERSION:
        raise BundleInvalid("another format version")
    if document["Version"] != version_of(document):
        raise BundleInvalid("its version is not the digest of its contents")
    if document["AccountsFrom"] not in (FOLDER, ORGANIZATION):
        raise BundleInvalid("its accounts are from neither the folder nor the organization")
    session_policies = {_policy_name(name): _text(text) for name, text in document["SessionPolicies"].items()}
    accounts = {found.id: found for found in map(_account, _list(document["Accounts"]))}
    if len(accounts) != len(document["Accounts"]):
        raise BundleInvalid("an account stands in it twice")
    roles: dict[Target, RoleProfile] = {}
    for raw in _list(document["Profiles"]):
        profile = _profile(raw, session_policies.keys())
        for account in _list(raw["Accounts"]):
            place = Target(accounts[account].id, profile.role)
            if place in roles:
                raise BundleInvalid(f"{place} is in two role profiles")
            roles[place] = profile
    try:
        policies = Policies(_text(document["Policies"]))
    except ValueError:
        raise BundleInvalid("the policies do not parse, or one is a template") from None
    durations = tuple(_seconds(value) for value in _list(document["Durations"]))
    if not {limits.DURATION_MIN, limits.DURATION_MAX} <= set(durations):
        raise BundleInvalid("the least or the longest duration is not among those listed")
    return Bundle(
        version=document["Version"],
        accounts=MappingProxyType(accounts),
        roles=MappingProxyType(dict(sorted(roles.items()))),
        session_policies=MappingProxyType(session_policies),
        durations=durations,
        policies=policies,
    )


def _account(raw: dict[str, Any]) -> Account:
    number = account_id(_text(raw["Id"]))
    if number is None:
        raise BundleInvalid("an account id is not twelve digits")
    tags = tuple((_text(key), _text(value)) for key, value in raw["Tags"].items())
    return Account(number, _text(raw["Name"]), _text(raw["OrgUnit"]), tags)


def _profile(raw: dict[str, Any], known_policies: Any) -> RoleProfile:
    name, role, path = _text(raw["Name"]), role_name(_text(raw["RoleName"])), _text(raw["Path"])
    external_id = raw["ExternalId"]
    if role is None or not is_role_path(path):
        raise BundleInvalid(f"role profile {name}: its role's name or path")
    if external_id is not None and not is_external_id(_text(external_id)):
        raise BundleInvalid(f"role profile {name}: its external id")
    session_policies = tuple(_policy_name(policy) for policy in _list(raw["SessionPolicies"]))
    if not known_policies >= set(session_policies):
        raise BundleInvalid(f"role profile {name}: a session policy that isn't in the bundle")
    tags = tuple((_text(key), _text(value)) for key, value in raw["Tags"].items())
    caller_tag_keys = frozenset(_text(key) for key in _list(raw["CallerTagKeys"]))
    if not all(is_tag(key, value) for key, value in tags) or not all(
        is_tag(key, "") for key in caller_tag_keys
    ):
        raise BundleInvalid(f"role profile {name}: its tags")
    if len({key.casefold() for key, _ in tags}) != len(tags):
        raise BundleInvalid(f"role profile {name}: two tags that are the same but for their case")
    if {key.casefold() for key, _ in tags} & {key.casefold() for key in caller_tag_keys}:
        raise BundleInvalid(f"role profile {name}: a tag of its own that a caller could set")
    _check_choice(raw["Choice"])
    return RoleProfile(
        name=name,
        role=role,
        path=path,
        external_id=external_id,
        max_duration=_seconds(raw["MaxDurationSeconds"]),
        session_policies=session_policies,
        tags=tags,
        caller_tag_keys=caller_tag_keys,
        vends_per_minute=_rate(raw["VendsPerMinute"]),
    )


def _check_choice(raw: Any) -> None:
    """Check what the inventory resolves anew when the organization changes (``catalogue``)."""
    numbers = [account_id(_text(number)) for number in _list(raw["Ids"])]
    units = [_text(unit) for unit in _list(raw["OrgUnits"])]
    tags = [(_text(key), _text(value)) for key, value in raw["Tags"].items()]
    if None in numbers or "" in units or any(not key for key, _ in tags):
        raise BundleInvalid("a choice of accounts")


def _policy_name(raw: Any) -> PolicyName:
    name = policy_name(_text(raw))
    if name is None:
        raise BundleInvalid("a session policy's name")
    return name


def _seconds(raw: Any) -> int:
    if type(raw) is not int or not limits.DURATION_MIN <= raw <= limits.DURATION_MAX:
        raise BundleInvalid("a duration is not a whole number from 900 to 3600")
    return raw


def _rate(raw: Any) -> int:
    if type(raw) is not int or not 1 <= raw <= limits.VENDS_PER_MINUTE_MAX:
        raise BundleInvalid(f"a rate is not a whole number from 1 to {limits.VENDS_PER_MINUTE_MAX}")
    return raw


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise BundleInvalid("a list is of another type")
    return raw


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise BundleInvalid("a text is not a string")
    return raw
