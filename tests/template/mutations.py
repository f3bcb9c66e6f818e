"""Ways to spoil a template, for a check to notice."""

from typing import Any

from tests.template.rendering import Mutation, Template


def put(*path: Any, to: Any) -> Mutation:
    """Make a mutation that sets one value of a resource."""
    return _at(path[:-1], lambda node: node.__setitem__(path[-1], to))


def drop(*path: Any) -> Mutation:
    """Make a mutation that takes one value of a resource away."""
    return _at(path[:-1], lambda node: node.__delitem__(path[-1]))


def insert(*path: Any, value: Any) -> Mutation:
    """Make a mutation that adds one value to a list of a resource."""
    return _at(path, lambda node: node.append(value))


def replace(*path: Any, old: str, new: str) -> Mutation:
    """Make a mutation that changes a part of a text of a resource."""

    def change(node: Any) -> None:
        assert old in node[path[-1]]
        node[path[-1]] = node[path[-1]].replace(old, new)

    return _at(path[:-1], change)


def add_resource(name: str, kind: str, **properties: Any) -> Mutation:
    """Make a mutation that adds a resource."""
    return put(name, to={"Type": kind, "Properties": properties})


def parameter(name: str, key: str, to: Any) -> Mutation:
    """Make a mutation of a parameter's declaration."""

    def mutate(source: Template) -> None:
        assert key in source["Parameters"][name]
        source["Parameters"][name][key] = to

    return mutate


def _at(path: tuple[Any, ...], change: Any) -> Mutation:
    def mutate(source: Template) -> None:
        node: Any = source["Resources"]
        for step in path:
            node = node[step]
        change(node)

    return mutate
