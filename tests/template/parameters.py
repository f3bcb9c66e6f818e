"""What CloudFormation refuses before it makes anything: values that a parameter doesn't admit."""

import re
from typing import Any

from tests.template.rendering import Template


def refused(source: Template, **given: str) -> list[str]:
    """List the parameters whose values CloudFormation would refuse, those that are missing among them."""
    declared = source["Parameters"]
    assert given.keys() <= declared.keys()
    missing = [name for name, each in declared.items() if "Default" not in each and name not in given]
    return missing + [name for name, value in given.items() if not _admits(declared[name], value)]


def _admits(declaration: dict[str, Any], value: str) -> bool:
    items = value.split(",") if declaration["Type"] == "CommaDelimitedList" else [value]
    if declaration["Type"] == "Number":
        return value.isdecimal() and declaration["MinValue"] <= int(value) <= declaration["MaxValue"]
    return (
        all(re.fullmatch(declaration.get("AllowedPattern", ".*"), each) for each in items)
        and value in declaration.get("AllowedValues", [value])
        # CloudFormation's quota for a parameter's value.
        and len(value) <= 4096
    )
