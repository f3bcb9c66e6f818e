"""The parts that every document is put together from."""

from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]


def document(*statements: Statement) -> Document:
    """Write a policy of these statements, in this order."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, **parts: Any) -> Statement:
    """Write a statement that allows. Parts that are empty are left out."""
    return {"Sid": sid, "Effect": "Allow", **_filled(parts)}


def deny(sid: str, **parts: Any) -> Statement:
    """Write a statement that denies. Parts that are empty are left out."""
    return {"Sid": sid, "Effect": "Deny", **_filled(parts)}


def conditions(**operators: dict[str, Any]) -> Document:
    """Write a condition block of the operators and keys that have a value."""
    return _filled({operator: _filled(keys) for operator, keys in operators.items()})


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part}
