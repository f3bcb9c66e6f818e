"""What the Terraform module makes: the roles of the CloudFormation template, by name, path and ceiling."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.rendering import render, spoke_template, template_of_spokes
from tests.terraform.stand_in import made, put_up, standing_in
from tests.terraform.terraform import MODULE, Terraform, TerraformRefused, configuration

HUB_ROLES = [
    f"arn:aws:iam::111111111111:role/hubspoke-prod-{region}-vend" for region in ("eu-west-1", "us-east-1")
]
HUB_ROLE = "arn:aws:iam::999999999999:role/automation-hub-role"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OPERATOR = "arn:aws:iam::111111111111:user/operator"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
NOBODY: dict[str, Any] = {"roles": {}}
FULL: dict[str, Any] = {
    "hub_execution_role_arns": HUB_ROLES,
    "direct_hub_role_arns": [HUB_ROLE],
    "organization_id": "o-abcdefghij",
    "roles": {
        "automation-spoke-role": {
            "route": "both",
            "external_id": "automation-external-id",
            "direct_external_id": "this-is-my-automation",
            "managed_policies": {"read": READ_ONLY, "own": "arn:aws:iam::222222222222:policy/team/own"},
            "inline_policies": {"get": json.dumps(DOCUMENT), "more": json.dumps(DOCUMENT)},
        },
        "deploy-spoke-role": {"path": "/hubspoke/ci/", "allow_role_chaining": True, "allow_pass_role": True},
        "by-hand": {"route": "direct", "path": "/"},
    },
    "doctor": {"operator_arns": [OPERATOR], "role_name": "reader"},
}
# As the schemas of the AWS provider have them, release 5 and later: what each asks for, and takes besides.
ATTRIBUTES = {
    "aws_iam_policy": ({"policy"}, {"name", "path", "description"}),
    "aws_iam_role": (
        {"assume_role_policy"},
        {"name", "path", "description", "permissions_boundary", "max_session_duration"},
    ),
    "aws_iam_role_policy": ({"policy", "role"}, {"name"}),
    "aws_iam_role_policy_attachment": ({"policy_arn", "role"}, set()),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Terraform makes for a full account, and for one without any role."""
    folder = tmp_path_factory.mktemp("module")
    terraform = put_up(folder)
    (folder / "main.tf").write_text(configuration({"full": FULL, "nobody": NOBODY}))
    return terraform.apply()


def role_of_template(name: str) -> Any:
    """Render what CloudFormation makes of the same values."""
    role = FULL["roles"][name]
    route = role.get("route", "hub")
    return render(
        spoke_template(),
        RoleName=name,
        RolePath=role.get("path", "/hubspoke/"),
        HubExecutionRoleArns="" if route == "direct" else ",".join(HUB_ROLES),
        DirectHubRoleArns="" if route == "hub" else HUB_ROLE,
        ExternalId=role.get("external_id", ""),
        DirectExternalId=role.get("direct_external_id", ""),
        OrganizationId="o-abcdefghij",
        AllowRoleChaining=str(role.get("allow_role_chaining", False)).lower(),
        AllowPassRole=str(role.get("allow_pass_role", False)).lower(),
    )


@pytest.mark.parametrize("name", FULL["roles"])
def test_each_role_is_the_one_that_the_template_makes(state: dict[str, Any], name: str) -> None:
    """Name, path, description, trust, hour and ceiling."""
    found, template = made(state, "full"), role_of_template(name)
    role, boundary = found[f"aws_iam_role.spoke[{name}]"], found[f"aws_iam_policy.boundary[{name}]"]
    assert role.get("permissions_boundary") == f"<aws_iam_policy.boundary {name}>"
    assert {
        "RoleName": role["name"],
        "Path": role["path"],
        "Description": role["description"],
        "MaxSessionDuration": role["max_session_duration"],
        "PermissionsBoundary": "<Boundary>",
        "AssumeRolePolicyDocument": json.loads(role["assume_role_policy"]),
    } == template["SpokeRole"]
    assert {
        "ManagedPolicyName": boundary["name"],
        "Path": boundary["path"],
        "Description": boundary["description"],
        "PolicyDocument": json.loads(boundary["policy"]),
    } == template["Boundary"]


def test_permissions_are_attached_to_their_role(state: dict[str, Any]) -> None:
    """Managed ones and documents, each under its own name."""
    found = made(state, "full")
    name = "automation-spoke-role"
    managed = FULL["roles"][name]["managed_policies"]
    assert {key: each for key, each in found.items() if ".managed" in key} == {
        f"aws_iam_role_policy_attachment.managed[{name}/{key}]": {"role": name, "policy_arn": arn}
        for key, arn in managed.items()
    }
    assert {key: each for key, each in found.items() if ".inline" in key} == {
        f"aws_iam_role_policy.inline[{name}/{key}]": {
            "role": name,
            "name": key,
            "policy": json.dumps(DOCUMENT),
        }
        for key in ("get", "more")
    }


def test_the_doctor_is_the_one_that_the_template_makes(state: dict[str, Any]) -> None:
    """Where one is asked for."""
    found = made(state, "full")
    doctor, policy = found["aws_iam_role.doctor"], found["aws_iam_role_policy.doctor"]
    template = render(template_of_spokes("doctor-role"), RoleName="reader", OperatorArns=OPERATOR)["Doctor"]
    assert policy["role"] == doctor["name"]
    # The template is rendered in another account.
    permissions = json.loads(policy["policy"].replace("222222222222", "111111111111"))
    assert {
        "RoleName": doctor["name"],
        "Description": doctor["description"],
        "MaxSessionDuration": doctor["max_session_duration"],
        "AssumeRolePolicyDocument": json.loads(doctor["assume_role_policy"]),
        "Policies": [{"PolicyName": policy["name"], "PolicyDocument": permissions}],
    } == template


def test_nothing_is_made_where_nothing_is_asked_for(state: dict[str, Any]) -> None:
    """No role, no doctor."""
    assert [each["address"] for each in state["root_module"]["child_modules"]] == ["module.full"]
    assert state["outputs"]["nobody"]["value"] == {
        "role_arns": {},
        "boundary_arns": {},
        "doctor_role_arn": None,
    }


def test_the_roles_are_put_out(state: dict[str, Any]) -> None:
    """By their names."""
    value = state["outputs"]["full"]["value"]
    assert value["role_arns"] == {name: f"<aws_iam_role.spoke {name}>" for name in FULL["roles"]}
    assert value["boundary_arns"] == {name: f"<aws_iam_policy.boundary {name}>" for name in FULL["roles"]}
    assert value["doctor_role_arn"].startswith("<aws_iam_role.doctor")


def test_each_resource_has_the_attributes_of_its_type(state: dict[str, Any]) -> None:
    """Those that it needs, and none that the provider doesn't know."""
    kinds = set()
    for address, attributes in made(state, "full").items():
        kind = address.partition(".")[0]
        needed, taken = ATTRIBUTES[kind]
        assert needed <= attributes.keys() <= needed | taken, address
        kinds.add(kind)
    assert kinds == ATTRIBUTES.keys()


def test_all_that_the_module_makes_is_looked_at() -> None:
    """A resource that the stand-in passed over would be proved by nobody."""
    source = "".join(path.read_text() for path in MODULE.glob("*.tf"))
    assert set(re.findall(r'^(?:resource|data) "(\w+)"', source, re.MULTILINE)) == {
        *ATTRIBUTES,
        "aws_caller_identity",
    }
    assert "aws_" not in re.sub(r'"(?:<?aws_[^"]*)"|terraform_data\.\w+', "", standing_in(source))


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"roles": None}, "null"),
    ({"roles": {"a/b": {}}}, "1 to 55"),
    ({"roles": {"x" * 56: {}}}, "1 to 55"),
    ({"roles": {"*": {}}}, "1 to 55"),
    ({"roles": {"x": {"path": "hubspoke"}}}, "begins and ends with a slash"),
    ({"roles": {"x": {"path": "/*/"}}}, "begins and ends with a slash"),
    ({"roles": {"x": {"managed_policies": {"all": "*"}}}}, "ARN of a policy"),
    ({"roles": {"x": {"managed_policies": {"all": "AdministratorAccess"}}}}, "ARN of a policy"),
    ({"roles": {"x": {"inline_policies": {"a": "permissions.json"}}}}, "policy document as JSON"),
    ({"roles": {"x": {"inline_policies": {"a": "[]"}}}}, "policy document as JSON"),
    ({"roles": {"x": {"inline_policies": {"a b": json.dumps(DOCUMENT)}}}}, "policy's name"),
    ({"roles": {"x": "automation"}}, "object"),
    ({"doctor": {"operator_arns": [OPERATOR], "role_name": "a/b"}}, "role's name"),
    ({"doctor": {}}, "operator_arns"),
]


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    """By the module, before the provider is asked."""
    terraform = put_up(tmp_path)
    right = {"hub_execution_role_arns": HUB_ROLES, "roles": {"x": {}}}
    calls = {f"bad{number}": right | values for number, (values, _) in enumerate(HOSTILE)}
    (tmp_path / "main.tf").write_text(configuration(calls))
    refusals = terraform.refusals()
    for number, (values, said) in enumerate(HOSTILE):
        assert said in refusals.get(f"bad{number}", ""), values


def test_what_the_documents_refuse_the_module_does(tmp_path: Path) -> None:
    """Nothing is made then."""
    terraform = put_up(tmp_path)
    calls: dict[str, dict[str, Any]] = {
        "nobody": {"roles": {"x": {}}},
        "nobody_directly": {"roles": {"x": {"route": "direct"}}, "hub_execution_role_arns": HUB_ROLES},
        "external_id": {"roles": {"x": {"external_id": "*"}}, "hub_execution_role_arns": HUB_ROLES},
        "doctor": {"roles": {}, "doctor": {"operator_arns": ["*"]}},
    }
    (tmp_path / "main.tf").write_text(configuration(calls))
    terraform.run("init", "-no-color", "-backend=false")
    with pytest.raises(TerraformRefused) as refused:
        terraform.run("plan", "-no-color")
    said = " ".join(str(refused.value).split())
    for message in (
        "needs hub_execution_role_arns",
        "needs direct_hub_role_arns",
        "An external id has 2 to 1224",
        "without stars",
    ):
        assert message in said


@pytest.mark.parametrize("example", ["one-role", "many-roles"])
def test_the_examples_work(tmp_path: Path, example: str) -> None:
    """As they stand, but for the provider. A sensitive external id stays out of what is shown."""
    put_up(tmp_path)
    folder = tmp_path / "example"
    folder.mkdir()
    for path in (MODULE / "examples" / example).iterdir():
        (folder / path.name).write_text(standing_in(path.read_text()).replace('"../.."', '"../module"'))
    terraform = Terraform(folder)
    terraform.run("init", "-no-color", "-backend=false")
    given = ["-var", "external_id=an-external-id"] if example == "one-role" else []
    shown = terraform.run("apply", "-no-color", "-auto-approve", *given)
    assert "automation-spoke-role" in shown
    assert "an-external-id" not in shown
