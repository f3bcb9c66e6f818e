"""Whether a function's policy lets API Gateway invoke it, which ministack never asks.

AWS: API Gateway may invoke a function only where a statement of the function's policy allows it, for
the method and path that were called; otherwise the caller gets a 500 and the function does not run.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_SERVICE: Final = "apigateway.amazonaws.com"


def allows(policy: Mapping[str, Any], source_arn: str) -> bool:
    """Tell whether a policy, as ``lambda:AddPermission`` makes it, allows an invoke for a method's ARN."""
    return any(_statement_allows(statement, source_arn) for statement in policy.get("Statement", []))


def _statement_allows(statement: Mapping[str, Any], source_arn: str) -> bool:
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, dict):
        return False
    if principal.get("Service") != _SERVICE or statement.get("Action") != "lambda:InvokeFunction":
        return False
    conditions = statement.get("Condition", {})
    # Any condition but the one that AddPermission writes is not understood, so it is not met.
    if set(conditions) - {"ArnLike"} or {key.lower() for key in conditions.get("ArnLike", {})} - {
        "aws:sourcearn"
    }:
        return False
    return all(_matches(pattern, source_arn) for pattern in conditions.get("ArnLike", {}).values())


def _matches(pattern: str | Sequence[str], arn: str) -> bool:
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return any(
        re.fullmatch("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in one), arn)
        for one in patterns
    )
