"""IAM and CloudFormation as AWS has them, where doctor looks: paths, boundaries, conditions on lists."""

from typing import Any

from hubspoke_local.mending import module, replace


def install() -> None:
    """Put the mends of IAM in place."""
    _name_roles_by_their_path()
    _bound_roles_that_stacks_make()
    _join_lists_in_conditions()


def _name_roles_by_their_path() -> None:
    """Decide about a role under its own ARN, with its path; the emulator takes the request's bare name."""

    def make(extract: Any) -> Any:
        def extracting(service: str, *rest: Any, **named: Any) -> Any:
            arn = extract(service, *rest, **named)
            if service != "iam" or ":role/" not in str(arn):
                return arn
            role = module("ministack.services.iam")._roles.get_scoped(
                arn.split(":")[4], None, arn.rpartition("/")[2]
            )
            return role["Arn"] if role else arn

        return extracting

    replace(module("ministack.core.iam_actions"), "extract_resource_arn", make)


def _bound_roles_that_stacks_make() -> None:
    """Give a stack's roles the boundary that their template names; the emulator drops it."""
    iam = module("ministack.services.iam")
    role = module("ministack.services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::IAM::Role"]

    def creating(create: Any) -> Any:
        def bounded(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
            made = create(logical_id, properties, stack)
            iam._roles[made[0]]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
            return made

        return bounded

    def updating(update: Any) -> Any:
        def bounded(
            physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any
        ) -> Any:
            made = update(physical_id, old, new, *rest, **named)
            iam._roles[made[0]]["PermissionsBoundary"] = new.get("PermissionsBoundary")
            return made

        return bounded

    role["create"] = creating(role["create"])
    role["update"] = updating(role["update"])


def _join_lists_in_conditions() -> None:
    """Let a condition join a list parameter, to see whether it is empty; the emulator takes it for filled."""

    def make(evaluate: Any) -> Any:
        def evaluating(template: dict[str, Any], parameters: dict[str, Any]) -> Any:
            conditions = _joined(template.get("Conditions", {}), parameters)
            return evaluate({**template, "Conditions": conditions}, parameters)

        return evaluating

    # Each of them has imported the name for itself.
    for part in ("engine", "changesets", "handlers", "stacks"):
        replace(module(f"ministack.services.cloudformation.{part}"), "_evaluate_conditions", make)


def _joined(condition: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(condition, list):
        return [_joined(each, parameters) for each in condition]
    if not isinstance(condition, dict):
        return condition
    match condition:
        case {"Fn::Join": [str(between), {"Ref": str(name)}]} if name in parameters:
            return between.join(str(parameters[name]["Value"]).split(","))
    return {key: _joined(value, parameters) for key, value in condition.items()}
