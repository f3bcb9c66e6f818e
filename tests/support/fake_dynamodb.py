"""DynamoDB, as far as the hub's tables are concerned: whole items, one key, the ledger's indexes."""

import json
from collections.abc import Callable
from typing import Any

Item = dict[str, dict[str, Any]]
Reply = tuple[int, bytes, dict[str, str]]
TableOf = Callable[[str], tuple[str, dict[str, Item]]]
"""From a table's name to its key attribute and its items."""


class FakeDynamoDb:
    """What DynamoDB answers, page by page."""

    def __init__(self) -> None:
        self.page_size = 1000
        self.unprocessed = 0
        """How many of the next calls of BatchGetItem leave their last key out."""

    def dynamodb(self, table: TableOf, operation: str, asked: dict[str, Any]) -> Reply:
        """Answer a call."""
        if operation == "BatchGetItem":
            return self._batch_get(table, asked)
        key, items = table(asked["TableName"])
        if operation == "PutItem":
            old = items.get(asked["Item"][key]["S"])
            items[asked["Item"][key]["S"]] = asked["Item"]
            return reply({"Attributes": old} if old and asked.get("ReturnValues") == "ALL_OLD" else {})
        if operation == "DeleteItem":
            old = items.pop(asked["Key"][key]["S"], None)
            return reply({"Attributes": old} if old and asked.get("ReturnValues") == "ALL_OLD" else {})
        if operation == "GetItem":
            found = items.get(asked["Key"][key]["S"])
            return reply({"Item": found} if found else {})
        if operation == "Scan":
            return self._page(key, sorted(items.values(), key=lambda item: str(item[key]["S"])), asked, {})
        assert operation == "Query", operation
        return self._query(key, items, asked)

    def _query(self, key: str, items: dict[str, Item], asked: dict[str, Any]) -> Reply:
        values = asked["ExpressionAttributeValues"]
        (attribute,) = asked["ExpressionAttributeNames"].values()
        index = asked["IndexName"]
        assert index == f"By{attribute}", "an index that the ledger doesn't have"
        least, below = values[":least"]["S"], values[":below"]["S"]
        if least > below:
            return refusal(400, "ValidationException")
        found = [
            item
            for item in items.values()
            if item.get(attribute) == values[":value"] and least <= item[key]["S"] <= below
        ]
        found.sort(key=lambda item: str(item[key]["S"]), reverse=not asked.get("ScanIndexForward", True))
        keys = [{name: item[name] for name in (key, attribute)} for item in found]
        return self._page(key, keys, asked, {attribute: values[":value"]})

    def _page(self, key: str, items: list[Item], asked: dict[str, Any], extra: Item) -> Reply:
        start = 0
        if last := asked.get("ExclusiveStartKey"):
            start = 1 + [item[key] for item in items].index(last[key])
        page = items[start : start + self.page_size]
        document: dict[str, Any] = {"Items": page, "Count": len(page)}
        if start + self.page_size < len(items):
            document["LastEvaluatedKey"] = {key: page[-1][key], **extra}
        return reply(document)

    def _batch_get(self, table: TableOf, asked: dict[str, Any]) -> Reply:
        ((name, wanted),) = asked["RequestItems"].items()
        key, items = table(name)
        keys = [each[key]["S"] for each in wanted["Keys"]]
        assert len(keys) == len(set(keys)) <= 100, "DynamoDB refuses this"
        left: list[str] = []
        if self.unprocessed:
            self.unprocessed -= 1
            keys, left = keys[:-1], keys[-1:]
        # DynamoDB answers in no order.
        found = [items[each] for each in reversed(keys) if each in items]
        rest = {name: {"Keys": [{key: {"S": each}} for each in left]}} if left else {}
        return reply({"Responses": {name: found}, "UnprocessedKeys": rest})


def reply(document: dict[str, Any], status: int = 200) -> Reply:
    """Write a document of DynamoDB's."""
    return status, json.dumps(document).encode(), {"Content-Type": "application/x-amz-json-1.0"}


def refusal(status: int, code: str) -> Reply:
    """Write an error of DynamoDB's."""
    return reply({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "planted"}, status)
