"""Read the Cedar policies of a grants folder, and refuse what could be passed over or misread."""

import json
import re
from collections import defaultdict
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import cedarpy

from hubspoke_admin.cedar import Policy, Statement, parsed, statements
from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.text import files, read
from hubspoke_grants import bundle
from hubspoke_grants.durations import DurationComputed, durations_that_matter, numbers_compared_with

SCHEMA: Final = Path(bundle.__file__).with_name("schema.cedarschema").read_text()

NESTING_MAX: Final = 50
OPERATORS_MAX: Final = 200
"""Per policy. Cedar's parser and evaluator recurse: past some thousand levels they take the process with
them, and some hundred are already more than anybody can review."""

_WORDS: Final = frozenset(re.findall(r"[A-Za-z]{3,}", re.sub(r"//[^\n]*", "", SCHEMA)))
"""What a misspelt word of a policy could have been."""


def read_policies(folder: Path) -> tuple[str, list[Policy], list[int]]:
    """Return the text of all policies, each by itself, and the durations at which an answer can change.

    Raises:
        GrantsInvalid: the folder or policies in it can't be right.
    """
    if not folder.is_dir():
        raise GrantsInvalid(f"{folder}: no such folder; put the policies into it, as *.cedar")
    texts = {path: read(path) for path in files(folder, ".cedar")}
    policies: list[Policy] = []
    mistakes: list[str] = []
    for path, text in texts.items():
        try:
            policies += _parsed(path, text)
        except GrantsInvalid as error:
            mistakes += error.mistakes
    seen: dict[str, Policy] = {}
    numbers: set[int] = set()
    for policy in policies:
        if seen.setdefault(policy.name, policy) is not policy:
            other = seen[policy.name].place
            mistakes.append(f'{policy.place}: @id("{policy.name}") is also in {other}; ids are unique')
        try:
            numbers |= numbers_compared_with(policy.body["conditions"])
        except DurationComputed:
            mistakes.append(
                f'{policy.at("context.duration")}: @id("{policy.name}") computes with the duration; compare '
                "it with whole numbers, so that 'hubspoke roles' can say exactly what is granted"
            )
    if mistakes:
        raise GrantsInvalid(*mistakes)
    return "\n".join(texts.values()), policies, durations_that_matter(numbers)


def _parsed(path: Path, text: str) -> list[Policy]:
    parts = list(statements(text))
    too_large = [part for part in parts if part.depth > NESTING_MAX or part.operators > OPERATORS_MAX]
    if too_large:
        raise GrantsInvalid(
            *(
                f"{path}:{part.line}: a policy is nested deeper than {NESTING_MAX} or has over "
                f"{OPERATORS_MAX} operators; use sets, OUs, tags, or several policies"
                for part in too_large
            )
        )
    try:
        document = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise GrantsInvalid(*(_not_cedar(path, parts) or [f"{path}:1: not Cedar: {_first(error)}"])) from None
    if document["templates"]:
        line = next(part.line for part in parts if re.search(r"\?(principal|resource)\b", part.text))
        raise GrantsInvalid(f"{path}:{line}: templates are not supported; name the principal or resource")
    policies = parsed(text, path)
    mistakes = [
        f'{policy.place}: a policy has no name; write @id("…") above it'
        for policy in policies
        if not policy.name
    ]
    faults: dict[str, set[str]] = defaultdict(set)
    for fault in cedarpy.validate_policies(text, SCHEMA).errors:
        faults[fault.policy_id].add(_first(fault.error).removeprefix(f"for policy `{fault.policy_id}`, "))
    for policy_id, messages in sorted(faults.items()):
        number = policy_id.removeprefix("policy")
        policy = policies[int(number)] if number.isdecimal() and int(number) < len(policies) else None
        # Cedar says much the same once for every type of principal and resource, in any order.
        message = ", and ".join(sorted(messages))
        where = policy.at(_word(message)) if policy else f"{path}:1"
        mistakes.append(f"{where}: {message}{_instead(message)}")
    if mistakes:
        raise GrantsInvalid(*mistakes)
    return policies


def _not_cedar(path: Path, parts: list[Statement]) -> list[str]:
    """Find which policies of a text don't parse."""
    found: list[str] = []
    for part in parts:
        try:
            cedarpy.policies_to_json_str(part.text)
        except ValueError as error:
            message = _first(error)
            where = Policy("", part.text, {}, path, part.line).at(_word(message))
            found.append(
                f'{where}: not Cedar: {message}; write @id("…") permit or forbid (principal, action, '
                "resource) when { … };"
            )
    return found


def _first(error: object) -> str:
    return (str(error).splitlines() or ["not valid"])[0]


def _word(message: str) -> str:
    """Take the first word that Cedar quotes: what is wrong. A text that stands nowhere when there is none."""
    quoted = re.search(r"`([^`]+)`", message)
    return quoted[1] if quoted else "\0"


def _instead(message: str) -> str:
    if "optional attribute" in message or "tag" in message:
        return f"; ask for it first: has {_word(message)} && …, or hasTag(…) && … for a tag"
    close = get_close_matches(_word(message).rpartition("::")[2].strip('"'), _WORDS, 1)
    if close and f"`{close[0]}`" not in message:
        return f"; did you mean {close[0]}?"
    return "; what there is stands in the schema, hubspoke_grants/schema.cedarschema"
