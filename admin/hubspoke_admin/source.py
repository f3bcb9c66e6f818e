"""Read a grants folder and make one bundle document of it, or say what to mend and where.

The folder holds ``roles.yaml``, ``accounts.json``, ``policies/*.cedar`` and
``session-policies/*.json``. Everything is checked here, so that a bundle that was built is a bundle
the hub will load.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from hubspoke_admin.cedar import Policy, policies_of
from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.grants_tests import FILE, read_cases
from hubspoke_admin.never import never_matching, unknown_names
from hubspoke_admin.policies import read_policies
from hubspoke_admin.strict_yaml import MappingNode, YamlInvalid, read_yaml
from hubspoke_admin.text import files, item_lines, read, read_json
from hubspoke_contract import limits
from hubspoke_contract.names import account_id, is_external_id, is_role_path, policy_name, role_name
from hubspoke_contract.request import RESERVED_TAG_PREFIXES, is_tag
from hubspoke_grants import bundle
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.catalogue import choose, is_below

_Part = TypeVar("_Part")

_PROFILE_KEYS: Final = frozenset(
    {
        *("role", "path", "accounts", "external_id"),
        *("max_duration", "session_policies", "tags", "caller_tag_keys", "vends_per_minute"),
    }
)
_ACCOUNT_KEYS: Final = frozenset({"Id", "Name", "OrgUnit", "Tags"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """What grants say, ready to be asked."""

    bundle: Bundle
    policies: tuple[Policy, ...]
    """Of a folder, each with its file and line."""


@dataclass(frozen=True, slots=True)
class Grants(Loaded):
    """A grants folder without a mistake."""

    document: dict[str, Any]
    """The bundle document. Equal folders make equal documents."""


def build(folder: Path) -> dict[str, Any]:
    """Make the bundle document of a grants folder.

    Raises:
        GrantsInvalid: something in it is missing, misspelt, outside AWS's limits, or can never match.
    """
    return read_grants(folder).document


def read_grants(folder: Path) -> Grants:
    """Read a grants folder and check all that can be checked without running its tests.

    Raises:
        GrantsInvalid: as ``build``. Every mistake that could be found is in it, not only the first.
    """
    if not folder.is_dir():
        raise GrantsInvalid(f"{folder}: no such folder; give the one that holds roles.yaml, or say --grants")
    mistakes: list[str] = []
    accounts = _or_mistakes(mistakes, lambda: read_accounts(folder / "accounts.json"))
    session_policies = _or_mistakes(mistakes, lambda: _session_policies(folder / "session-policies"))
    profiles = None
    if accounts is not None and session_policies is not None:
        profiles = _or_mistakes(
            mistakes, lambda: _profiles(folder / "roles.yaml", accounts, session_policies)
        )
    policies = _or_mistakes(mistakes, lambda: read_policies(folder / "policies"))
    if (folder / FILE).exists():
        _or_mistakes(mistakes, lambda: read_cases(folder))
    if mistakes or policies is None:
        raise GrantsInvalid(*mistakes)
    text, one_by_one, durations = policies
    document: dict[str, Any] = {
        "FormatVersion": bundle.FORMAT_VERSION,
        "Accounts": accounts,
        "AccountsFrom": bundle.FOLDER,
        "Profiles": profiles,
        "SessionPolicies": session_policies,
        "Policies": text,
        "Durations": durations,
    }
    document["Version"] = bundle.version_of(document)
    try:
        loaded = bundle.load(bundle.encode(document))
    except bundle.BundleInvalid as error:
        raise GrantsInvalid(f"{folder}: the hub would not load this: {error}") from None
    mistakes += unknown_names(one_by_one, loaded)
    mistakes = mistakes or list(never_matching(one_by_one, loaded))
    if mistakes:
        raise GrantsInvalid(*mistakes)
    return Grants(loaded, tuple(one_by_one), document)


def load_grants(path: Path) -> Loaded:
    """Load what grants say, from a folder or from a bundle's file.

    Raises:
        GrantsInvalid: it is neither, or has a mistake.
    """
    if path.is_dir() or not path.exists():
        grants = read_grants(path)
        return Loaded(grants.bundle, grants.policies)
    try:
        loaded = bundle.load(path.read_bytes())
    except OSError as error:
        raise GrantsInvalid(f"{path}: {error.strerror}") from None
    except bundle.BundleInvalid as error:
        raise GrantsInvalid(f"{path}: no bundle that the hub would load: {error}; build one anew") from None
    return Loaded(loaded, tuple(policies_of(loaded)))


def _or_mistakes(mistakes: list[str], read_part: Callable[[], _Part]) -> _Part | None:
    """Read a part of the folder, or note what is wrong with it, so that the other parts are read too."""
    try:
        return read_part()
    except GrantsInvalid as error:
        mistakes += error.mistakes
        return None


# --- accounts.json ----------------------------------------------------------------------------


def read_accounts(path: Path) -> list[dict[str, Any]]:
    """Read the accounts, ordered by id, each with every key.

    Raises:
        GrantsInvalid: it is not a list of accounts.
    """
    document = read_json(path)
    if not isinstance(document, list):
        raise GrantsInvalid(f"{path}:1: must be a list of accounts")
    accounts: list[dict[str, Any]] = []
    mistakes: list[str] = []
    seen: set[str] = set()
    for line, raw in zip(item_lines(path), document, strict=True):
        try:
            account = _account(f"{path}:{line}", raw)
        except GrantsInvalid as error:
            mistakes += error.mistakes
            continue
        if account["Id"] in seen:
            mistakes.append(f"{path}:{line}: account {account['Id']} is listed twice; keep one")
        seen.add(account["Id"])
        accounts.append(account)
    if mistakes:
        raise GrantsInvalid(*mistakes)
    return sorted(accounts, key=lambda account: str(account["Id"]))


def _account(where: str, raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict) or not raw.keys() <= _ACCOUNT_KEYS or not isinstance(raw.get("Id"), str):
        raise GrantsInvalid(
            f"{where}: an account must be an object with Id, Name, OrgUnit and Tags, all texts"
        )
    if account_id(raw["Id"]) is None:
        raise GrantsInvalid(f"{where}: Id must be twelve digits in quotes")
    name, unit, tags = raw.get("Name", ""), raw.get("OrgUnit", ""), raw.get("Tags", {})
    if not isinstance(name, str) or not isinstance(unit, str) or not isinstance(tags, dict):
        raise GrantsInvalid(f"{where}: Name and OrgUnit must be texts, Tags an object")
    if unit and not all(unit.split("/")):
        raise GrantsInvalid(f"{where}: OrgUnit must be a path like ou-root/Workloads/Dev")
    if not all(isinstance(value, str) for value in tags.values()):
        raise GrantsInvalid(f"{where}: the values of Tags must be texts")
    return {"Id": raw["Id"], "Name": name, "OrgUnit": unit, "Tags": tags}


# --- session-policies/*.json ------------------------------------------------------------------


def _session_policies(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in files(folder, ".json"):
        if policy_name(path.stem) is None:
            raise GrantsInvalid(f"{path}: the file's name must be 1 to 64 of A-Z a-z 0-9 _ + = , . @ -")
        document = read_json(path)
        if not isinstance(document, dict) or not document.get("Statement"):
            raise GrantsInvalid(f"{path}:1: must be an IAM policy document with a Statement")
        # White space counts against the limit; beyond Latin-1 STS takes nothing, so the rest is escaped.
        text = json.dumps(document, separators=(",", ":"))
        if len(text) > limits.SESSION_POLICY_MAX:
            raise GrantsInvalid(
                f"{path}:1: {len(text)} characters without white space; STS takes {limits.SESSION_POLICY_MAX}"
            )
        found[path.stem] = text
    return found


# --- roles.yaml -------------------------------------------------------------------------------


def _profiles(
    path: Path, accounts: list[dict[str, Any]], session_policies: Mapping[str, str]
) -> list[dict[str, Any]]:
    try:
        document = read_yaml(read(path))
        roles = document.mapping("roles")
        document.only({"roles"})
        profiles, faults = [], []
        for name in sorted(roles):
            try:
                profiles.append(_profile(name, roles.mapping(name), accounts, session_policies))
            except YamlInvalid as fault:
                faults.append(f"{path}:{fault.line}: {fault}")
    except YamlInvalid as error:
        raise GrantsInvalid(f"{path}:{error.line}: {error}") from None
    if faults:
        raise GrantsInvalid(*faults)
    taken: dict[tuple[str, str], str] = {}
    for profile in profiles:
        for number in profile["Accounts"]:
            other = taken.setdefault((number, profile["RoleName"]), profile["Name"])
            if other != profile["Name"]:
                line = roles.line(profile["Name"])
                raise GrantsInvalid(
                    f"{path}:{line}: {number}/{profile['RoleName']} is in two profiles: {other}, "
                    f"{profile['Name']}; take the account out of one"
                )
    return profiles


def _profile(
    name: str, node: MappingNode, accounts: list[dict[str, Any]], session_policies: Mapping[str, str]
) -> dict[str, Any]:
    node.only(_PROFILE_KEYS)
    role, path = node.text("role", name), node.text("path", "/")
    if role_name(role) is None:
        raise node.wrong(
            "role", "must be a role's name without its path: 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"
        )
    if not is_role_path(path):
        raise node.wrong("path", "must be an IAM path: /, or /word/ with a slash at both ends")
    external_id = node.text("external_id", None)
    if external_id is not None and not is_external_id(external_id):
        raise node.wrong("external_id", "must be 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -")
    chosen = node.texts("session_policies")
    for policy in chosen:
        if policy not in session_policies:
            raise node.wrong("session_policies", f"there is no session-policies/{policy}.json")
    tags = node.texts_by_name("tags")
    caller_tag_keys = node.texts("caller_tag_keys")
    if not all(is_tag(key, value) and _is_free(key) for key, value in tags.items()):
        raise node.wrong("tags", "outside AWS's characters or lengths, or in a reserved namespace")
    if not all(is_tag(key, "") and _is_free(key) for key in caller_tag_keys):
        raise node.wrong("caller_tag_keys", "outside AWS's characters or lengths, or in a reserved namespace")
    if len({key.casefold() for key in tags}) != len(tags):
        raise node.wrong("tags", "two keys are the same but for their case; STS takes them as one")
    if {key.casefold() for key in tags} & {key.casefold() for key in caller_tag_keys}:
        raise node.wrong("caller_tag_keys", "a caller could override a tag of the profile's own")
    if len(tags) + len(caller_tag_keys) > limits.TAGS_MAX:
        raise node.wrong("tags", f"with caller_tag_keys more than {limits.TAGS_MAX}, all that STS takes")
    choice = _choice(node, accounts)
    chosen_accounts = choose(choice, accounts)
    if not chosen_accounts:
        raise node.wrong("accounts", "chooses no account: name some by ids, org_units or tags")
    return {
        "Name": name,
        "RoleName": role,
        "Path": path,
        "ExternalId": external_id,
        "MaxDurationSeconds": node.whole_number(
            "max_duration", limits.DURATION_MAX, limits.DURATION_MIN, limits.DURATION_MAX
        ),
        "SessionPolicies": sorted(chosen),
        "Tags": tags,
        "CallerTagKeys": sorted(caller_tag_keys),
        "VendsPerMinute": node.whole_number(
            "vends_per_minute", limits.VENDS_PER_MINUTE, 1, limits.VENDS_PER_MINUTE_MAX
        ),
        "Choice": choice,
        "Accounts": chosen_accounts,
    }


def _is_free(key: str) -> bool:
    return not key.casefold().startswith(RESERVED_TAG_PREFIXES)


def _choice(node: MappingNode, accounts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Read which accounts a profile's role is in: those named by id, by an OU with all below, or by a tag."""
    chooser = node.mapping("accounts")
    chooser.only({"ids", "org_units", "tags"})
    ids, units, tags = chooser.texts("ids"), chooser.texts("org_units"), chooser.texts_by_name("tags")
    known = {account["Id"] for account in accounts}
    for number in ids:
        if number not in known:
            raise chooser.wrong("ids", f"{number} is not an account of accounts.json")
    for unit in units:
        if not any(is_below(account["OrgUnit"], unit) for account in accounts):
            raise chooser.wrong("org_units", f"no account of accounts.json is in {unit}")
    return {"Ids": sorted(ids), "OrgUnits": sorted(units), "Tags": tags}
