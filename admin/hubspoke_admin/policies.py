"""Read the Cedar policies of a grants folder, and refuse what could be passed over or misread."""

import json
import re
from pathlib import Path
from typing import Any, Final

import cedarpy

from hubspoke_admin.exceptions import GrantsInvalid
from hubspoke_admin.text import files, read
from hubspoke_grants import bundle
from hubspoke_grants.durations import DurationComputed, durations_that_matter, numbers_compared_with

SCHEMA: Final = Path(bundle.__file__).with_name("schema.cedarschema").read_text()

NESTING_MAX: Final = 50
OPERATORS_MAX: Final = 200
"""Per policy. Cedar's parser and evaluator recurse: past some thousand levels they take the process with
them, and some hundred are already more than anybody can review."""

_TOKENS: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|//[^\n]*|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)'
    r"|(?P<operator>&&|\|\||[!+*.-]|\bif\b|\bhas\b)",
    re.DOTALL,
)


def read_policies(folder: Path) -> tuple[str, list[int]]:
    """Return the text of all policies, and the durations at which they can change their answer.

    Raises:
        GrantsInvalid: the folder or a policy in it can't be right.
    """
    if not folder.is_dir():
        raise GrantsInvalid(f"{folder}: no such folder; put the policies into it, as *.cedar")
    texts = {path: read(path) for path in files(folder, ".cedar")}
    seen: dict[str, Path] = {}
    numbers: set[int] = set()
    for path, text in texts.items():
        for name, policy in _parsed(path, text):
            if name in seen:
                raise GrantsInvalid(f'{path}: @id("{name}") is also in {seen[name]}; ids are unique')
            seen[name] = path
            numbers |= _numbers(path, name, policy)
    return "\n".join(texts.values()), durations_that_matter(numbers)


def _parsed(path: Path, text: str) -> list[tuple[str, dict[str, Any]]]:
    if _is_too_large(text):
        raise GrantsInvalid(
            f"{path}: a policy is nested deeper than {NESTING_MAX} or has over {OPERATORS_MAX} operators; "
            "use sets, OUs, tags, or several policies"
        )
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise GrantsInvalid(f"{path}: not Cedar: {str(error).splitlines()[0]}") from None
    if parsed["templates"]:
        raise GrantsInvalid(f"{path}: templates are not supported; name the principal or resource")
    found: list[tuple[str, dict[str, Any]]] = []
    for policy in parsed["staticPolicies"].values():
        name = policy.get("annotations", {}).get("id")
        if not name:
            raise GrantsInvalid(f'{path}: a policy has no name; write @id("…") above it')
        found.append((name, policy))
    result = cedarpy.validate_policies(text, SCHEMA)
    if not result.validation_passed:
        raise GrantsInvalid(f"{path}: {result.errors[0].error if result.errors else 'not valid'}")
    return found


def _numbers(path: Path, name: str, policy: dict[str, Any]) -> set[int]:
    try:
        return numbers_compared_with(policy["conditions"])
    except DurationComputed:
        raise GrantsInvalid(
            f'{path}: @id("{name}") computes with the duration; compare it with whole numbers, '
            "so that 'hubspoke roles' can say exactly what is granted"
        ) from None


def _is_too_large(text: str) -> bool:
    """Tell, before Cedar sees it, whether any policy of a text is nested or chained too far."""
    depth = operators = 0
    for token in _TOKENS.finditer(text):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["operator"]:
            operators += 1
        elif token["end"]:
            depth = operators = 0
        if depth > NESTING_MAX or operators > OPERATORS_MAX:
            return True
    return False
