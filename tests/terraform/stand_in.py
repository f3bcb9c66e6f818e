"""The module with Terraform's own ``terraform_data`` in place of AWS's resources, for want of AWS's provider.

All else is evaluated as it stands: variables, validations, ``for_each``, references from one resource to
another. A resource's attributes become its stand-in's input, and what AWS would compute is a readable mark.
"""

import re
import shutil
from pathlib import Path
from typing import Any

from tests.terraform.terraform import MODULE, Terraform

ACCOUNT = "222222222222"

_RESOURCE = re.compile(r'^resource "(aws_\w+)" "(\w+)" \{\n(.*?)^\}\n', re.M | re.S)
_META = re.compile(r"^  (?:for_each|count) +=.*\n", re.M)
_REFERENCE = re.compile(r"(?<!data\.)\b(aws_\w+)\.(\w+)((?:\[[^\[\]]*\])?)(?=\.\w)")
_DATA = re.compile(r'^data "aws_caller_identity" "current" \{\}\n', re.M)
_PROVIDERS = re.compile(r"^  required_providers \{\n.*?^  \}\n", re.M | re.S)


def put_up(folder: Path) -> Terraform:
    """Copy the module to ``folder``/module with stand-ins; return a Terraform for what calls it there."""
    shutil.copytree(MODULE, folder / "module", ignore=shutil.ignore_patterns("examples", ".terraform*"))
    for path in (folder / "module").glob("*.tf"):
        path.write_text(standing_in(path.read_text()))
    return Terraform(folder)


def standing_in(source: str) -> str:
    """Rewrite a file of the module."""
    source = _DATA.sub("", _PROVIDERS.sub("", source))
    source = source.replace("data.aws_caller_identity.current.account_id", f'"{ACCOUNT}"')
    source = _RESOURCE.sub(_resource, source)
    return _REFERENCE.sub(r"terraform_data.\1_\2\3.output", source)


def _resource(found: re.Match[str]) -> str:
    kind, name, body = found.groups()
    meta = "".join(_META.findall(body))
    key = "each.key" if "for_each" in meta else '""'
    return (
        f'resource "terraform_data" "{kind}_{name}" {{\n{meta}\n'
        f'  input = {{\n{_META.sub("", body)}    arn = "<{kind}.{name} ${{{key}}}>"\n  }}\n}}\n'
    )


def made(state: dict[str, Any], call: str) -> dict[str, dict[str, Any]]:
    """List what a call of the module makes: attributes by ``type.name`` and ``type.name[key]``."""
    (module,) = [
        each for each in state["root_module"]["child_modules"] if each["address"] == f"module.{call}"
    ]
    found = {}
    for each in module.get("resources", []):
        kind, name = re.fullmatch(r"(aws_[a-z_]+)_([a-z]+)", each["name"]).groups()  # type: ignore[union-attr]
        index = f"[{each['index']}]" if isinstance(each.get("index"), str) else ""
        attributes = dict(each["values"]["input"])
        del attributes["arn"]
        found[f"{kind}.{name}{index}"] = attributes
    return found
