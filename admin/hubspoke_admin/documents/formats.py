"""A document as text: alone as JSON, or in the resource that holds it, for CloudFormation or Terraform."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from hubspoke_admin.documents.placements import InOwnAccount, Json, Placement

_WORDS: Final = re.compile("[A-Za-z0-9]+")
_IDENTIFIER: Final = re.compile("[A-Za-z_][A-Za-z0-9_-]*")


def as_json(placement: Placement) -> str:
    """Write the document alone."""
    return json.dumps(placement.document, indent=2, ensure_ascii=False) + "\n"


def as_cloudformation(placement: Placement) -> str:
    """Write a template of one resource, as YAML."""
    import yaml

    kind, properties = placement.cloudformation()
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "".join(word[0].upper() + word[1:] for word in _WORDS.findall(placement.name)) or "Named": {
                "Type": kind,
                "Properties": {name: _property(value) for name, value in properties.items()},
            }
        },
    }
    # Through JSON, so that no part is written as an alias of another: CloudFormation takes none.
    text: str = yaml.safe_dump(
        json.loads(json.dumps(template)), sort_keys=False, allow_unicode=True, width=110
    )
    return text


def as_terraform(placement: Placement) -> str:
    """Write a resource block in the one way that ``terraform fmt`` leaves alone."""
    kind, attributes = placement.terraform()
    label = "_".join(_WORDS.findall(placement.name)).lower() or "named"
    # A document is set off by an empty line.
    plain = {name: value for name, value in attributes.items() if not isinstance(value, Json)}
    documents = {name: value for name, value in attributes.items() if isinstance(value, Json)}
    body = [*_attributes(plain, 1), "", *_attributes(documents, 1)]
    lines = [f'resource "{kind}" "{label if label[0].isalpha() else f"_{label}"}" {{', *body, "}"]
    if any(isinstance(value, InOwnAccount) for value in attributes.values()):
        lines = ['data "aws_caller_identity" "current" {}', "", *lines]
    return "\n".join(lines) + "\n"


FORMATS: Final[Mapping[str, Callable[[Placement], str]]] = {
    "json": as_json,
    "cloudformation": as_cloudformation,
    "terraform": as_terraform,
}


def _property(value: Any) -> Any:
    if isinstance(value, Json):
        return value.document
    if isinstance(value, InOwnAccount):
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy{value.policy}"}
    return value


def _attributes(attributes: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Write attributes as ``terraform fmt`` does: neighbouring one-liners have their equals signs in line."""
    indent = "  " * depth
    keys = {name: name if _IDENTIFIER.fullmatch(name) else _quoted(name) for name in attributes}
    values = {name: _value(value, depth) for name, value in attributes.items()}
    run: list[str] = []
    for name in [*attributes, ""]:
        if name and len(values[name]) == 1:
            run.append(name)
            continue
        width = max((len(keys[each]) for each in run), default=0)
        yield from (f"{indent}{keys[each]:{width}} = {values[each][0]}" for each in run)
        run = []
        if name:
            first, *rest = values[name]
            yield f"{indent}{keys[name]} = {first}"
            yield from rest


def _value(value: Any, depth: int) -> list[str]:
    """Write a value: its first line without an indent, the others with theirs."""
    indent = "  " * depth
    if isinstance(value, Json):
        first, *rest, last = _value(value.document, depth)
        return [f"jsonencode({first}", *rest, f"{last})"]
    if isinstance(value, InOwnAccount):
        account = "${data.aws_caller_identity.current.account_id}"
        return [f'"arn:{value.partition}:iam::{account}:policy{value.policy}"']
    if isinstance(value, Mapping):
        return ["{", *_attributes(value, depth + 1), f"{indent}}}"]
    if isinstance(value, list):
        items = [_value(item, depth + 1) for item in value]
        lines: list[str] = []
        for item in items:
            comma = "," if item is not items[-1] else ""
            lines += [f"{indent}  {item[0]}", *item[1:]]
            lines[-1] += comma
        return ["[", *lines, f"{indent}]"]
    return [str(value)] if isinstance(value, int) else [_quoted(value)]


def _quoted(text: str) -> str:
    """Quote a text: JSON's escapes are HCL's too, and what would begin a template is doubled."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
