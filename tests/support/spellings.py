"""The same policy document, written in another way: IAM takes many, and people and tools use them all."""

from random import Random
from typing import Any

from tests.support.spokes import Document, Spoke


def respell(spoke: Spoke, rng: Random) -> None:
    """Write a spoke's documents anew, with the same meaning."""
    for document in (spoke.trust, spoke.boundary, spoke.doctor_policy):
        _respell(document, rng)
    if rng.random() < 0.5 and all(each.get("Effect") == "Allow" for each in spoke.trust["Statement"]):
        _join(spoke.trust)


def _respell(document: Document, rng: Random) -> None:
    statements: list[Document] = document["Statement"]
    rng.shuffle(statements)
    names = rng.choice(["kept", "gone", "some"])
    for statement in statements:
        if names == "gone" or (names == "some" and rng.random() < 0.5):
            statement.pop("Sid", None)
        for part in ("Action", "NotAction", "Resource"):
            if part in statement:
                statement[part] = _list_or_text(statement[part], rng)
        for part in ("Action", "NotAction"):
            if part in statement:
                statement[part] = _each(statement[part], lambda action: _cased(action, rng))
        if isinstance(statement.get("Principal"), dict):
            who = statement["Principal"]
            statement["Principal"] = {kind: _list_or_text(named, rng) for kind, named in who.items()}
        if "Condition" in statement:
            statement["Condition"] = _conditions(statement["Condition"], rng)
    if len(statements) == 1 and rng.random() < 0.5:
        document["Statement"] = statements[0]


def _conditions(conditions: Document, rng: Random) -> Document:
    """Write keys in another case, values as lists, and StringEquals as what does the same."""
    found: dict[str, dict[str, Any]] = {}
    for operator, keys in conditions.items():
        for key, value in keys.items():
            written = _list_or_text(value, rng)
            name = operator
            if operator == "StringEquals" and "*" not in str(value) and "?" not in str(value):
                name = rng.choice(["StringEquals", "StringLike", "ForAnyValue:StringEquals"])
            # IAM takes keys in any case.
            cased = rng.choice([key, key, key.lower(), key[:4].upper() + key[4:]])
            found.setdefault(name, {})[cased] = written
    return dict(rng.sample(list(found.items()), len(found)))


def _join(document: Document) -> None:
    """Make one of the statements that let the same in without a condition."""
    if not isinstance(document["Statement"], list):
        return
    joined: list[Document] = []
    for statement in document["Statement"]:
        same = [
            each
            for each in joined
            if "Condition" not in each
            and "Condition" not in statement
            and each.keys() == statement.keys()
            and each["Principal"] == statement["Principal"]
        ]
        if same:
            same[0]["Action"] = [*_listed(same[0]["Action"]), *_listed(statement["Action"])]
        else:
            joined.append(statement)
    document["Statement"] = joined


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _list_or_text(value: Any, rng: Random) -> Any:
    if isinstance(value, list):
        return value[0] if len(value) == 1 and rng.random() < 0.5 else rng.sample(value, len(value))
    return [value] if rng.random() < 0.5 else value


def _each(value: Any, write: Any) -> Any:
    return [write(each) for each in value] if isinstance(value, list) else write(value)


def _cased(action: str, rng: Random) -> str:
    return rng.choice([action, action, action.lower(), action.upper()])
