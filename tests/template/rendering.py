"""A template as CloudFormation would see it: SAM transformed, conditions decided, intrinsics filled in.

What refers to a resource becomes a readable mark: ``<Ledger>`` for a Ref, ``<Ledger.Arn>`` for an attribute.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from hubspoke_local.accounts import PROJECT
from hubspoke_local.package import packaged

HUB = "111111111111"
PSEUDO = {
    "AWS::AccountId": HUB,
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "hubspoke",
}
_NOTHING = object()

Template = dict[str, Any]
Mutation = Callable[[Template], None]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The resources and outputs of a rendered template."""

    resources: dict[str, Any]
    outputs: dict[str, Any]

    def __getitem__(self, logical_id: str) -> Any:
        """Return one resource's properties."""
        return self.resources[logical_id]["Properties"]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the properties of all resources of a type, by logical id."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}


class _NoManagedPolicies:
    def load(self) -> dict[str, str]:
        return {}


def hub_template() -> Template:
    """Read ``template.yaml``, for a test to render or to spoil first."""
    source: Template = yaml_parse(packaged((PROJECT / "template.yaml").read_text(), "artifacts"))
    return source


def spoke_template() -> Template:
    """Read ``spokes/cloudformation/spoke-role.yaml``."""
    source: Template = yaml_parse((PROJECT / "spokes" / "cloudformation" / "spoke-role.yaml").read_text())
    return source


def reader_template() -> Template:
    """Read ``spokes/cloudformation/organization-reader.yaml``."""
    path = PROJECT / "spokes" / "cloudformation" / "organization-reader.yaml"
    source: Template = yaml_parse(path.read_text())
    return source


def template_of_spokes(name: str) -> Template:
    """Read one of ``spokes/cloudformation``, by its name without the ending."""
    source: Template = yaml_parse((PROJECT / "spokes" / "cloudformation" / f"{name}.yaml").read_text())
    return source


def rules_broken(source: Template, **parameters: str) -> list[str]:
    """List the template's rules that these parameters break, for which CloudFormation makes no stack."""
    renderer = _Renderer({**PSEUDO, **_values(source, parameters)}, {})
    return [
        name
        for name, rule in source.get("Rules", {}).items()
        if not all(renderer.fill(each["Assert"]) for each in rule["Assertions"])
    ]


def render(source: Template, **parameters: str) -> Rendered:
    """Render a template with some parameters given and the rest at their defaults."""
    source = copy.deepcopy(source)
    if "Transform" in source:
        defaults = {name: each.get("Default") for name, each in source["Parameters"].items()}
        source = transform(source, defaults | parameters, _NoManagedPolicies())
    renderer = _Renderer({**PSEUDO, **_values(source, parameters)}, source.get("Conditions", {}))
    resources = {
        name: renderer.fill({key: part for key, part in each.items() if key != "Condition"})
        for name, each in source["Resources"].items()
        if "Condition" not in each or renderer.holds(each["Condition"])
    }
    return Rendered(resources, renderer.fill(source.get("Outputs", {})))


def _values(source: Template, parameters: Mapping[str, str]) -> dict[str, Any]:
    values = {name: each.get("Default") for name, each in source["Parameters"].items()} | parameters
    lists = [name for name, each in source["Parameters"].items() if each["Type"] == "CommaDelimitedList"]
    return values | {name: str(values[name]).split(",") for name in lists}


class _Renderer:
    def __init__(self, values: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
        self._values = values
        self._conditions = conditions

    def holds(self, condition: str) -> bool:
        return bool(self.fill(self._conditions[condition]))

    def fill(self, node: Any) -> Any:
        if isinstance(node, list):
            return [each for each in map(self.fill, node) if each is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            # A policy's "Condition" holds a mapping; the intrinsic of that name, a condition's name.
            if (
                name.startswith("Fn::")
                or name == "Ref"
                or (name == "Condition" and isinstance(argument, str))
            ):
                return getattr(self, f"_{name.removeprefix('Fn::').lower()}")(argument)
        filled = {key: self.fill(value) for key, value in node.items()}
        return {key: value for key, value in filled.items() if value is not _NOTHING}

    def _ref(self, name: str) -> Any:
        return _NOTHING if name == "AWS::NoValue" else self._values.get(name, f"<{name}>")

    def _condition(self, name: str) -> bool:
        return self.holds(name)

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.fill(then if self.holds(condition) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        left, right = self.fill(argument)
        return str(left) == str(right)

    def _not(self, argument: list[Any]) -> bool:
        return not self.fill(argument[0])

    def _and(self, argument: list[Any]) -> bool:
        return all(self.fill(argument))

    def _or(self, argument: list[Any]) -> bool:
        return any(self.fill(argument))

    def _join(self, argument: list[Any]) -> str:
        between, parts = self.fill(argument)
        return str(between).join(parts)

    def _split(self, argument: list[Any]) -> list[str]:
        at, text = self.fill(argument)
        return str(text).split(at)

    def _select(self, argument: list[Any]) -> Any:
        index, values = self.fill(argument)
        return values[int(index)]

    def _getatt(self, argument: str | list[str]) -> str:
        return f"<{argument if isinstance(argument, str) else '.'.join(argument)}>"

    def _sub(self, argument: str | list[Any]) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument
        names = {**self._values, **self.fill(extra)}
        return re.sub(r"\$\{([^}!]+)\}", lambda found: str(names.get(found[1], f"<{found[1]}>")), text)
