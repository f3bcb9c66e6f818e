"""The templates of ``spokes/``, deployed to the emulator by the AWS CLI, as their own heads say it."""

import json
import subprocess
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

from hubspoke_local.accounts import PROJECT, REGION
from hubspoke_local.deploy import Deployment
from tests.support.accounts import HUB, allow, client, user

SPOKE = "666666666666"
TEMPLATES = PROJECT / "spokes" / "cloudformation"
OPERATOR = f"arn:aws:iam::{HUB}:user/spokes-operator"
CALLER = f"arn:aws:iam::{HUB}:role/spokes-hub-role"
PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["iam:ListRoles", "iam:CreateUser"], "Resource": "*"}],
}


def deploy(deployment: Deployment, stack: str, template: str, **parameters: str) -> str:
    """Run ``aws cloudformation deploy`` as root of the spoke's account; return what it says when it fails."""
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "awscli", "cloudformation", "deploy", "--stack-name", stack),
            *("--template-file", str(TEMPLATES / template), "--capabilities", "CAPABILITY_NAMED_IAM"),
            *("--parameter-overrides", *overrides),
        ],
        env={
            "AWS_ACCESS_KEY_ID": SPOKE,
            "AWS_SECRET_ACCESS_KEY": deployment._bootstrap.reveal(),
            "AWS_ENDPOINT_URL": deployment._endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def spoke(bootstrap: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A spoke with a role, whose permissions come from a file, and with the doctor's."""
    hub = bootstrap.root_client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"}, "Action": "sts:AssumeRole"}
    hub.create_role(
        RoleName="spokes-hub-role",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("sts:AssumeRole", Resource="*")]})
    hub.put_role_policy(RoleName="spokes-hub-role", PolicyName="p", PolicyDocument=policy)
    file = tmp_path_factory.mktemp("spokes") / "permissions.json"
    file.write_text(json.dumps(PERMISSIONS, indent=2) + "\n")
    role = {
        "RoleName": "spokes-role",
        "HubExecutionRoleArns": "",
        "DirectHubRoleArns": CALLER,
        # What "$(cat permissions.json)" makes of it.
        "InlinePolicy": file.read_text().rstrip("\n"),
    }
    assert deploy(bootstrap, "hubspoke-role", "spoke-role.yaml", **role) == ""
    assert deploy(bootstrap, "hubspoke-doctor", "doctor-role.yaml", OperatorArns=OPERATOR) == ""
    return bootstrap


def taken(deployment: Deployment, key: dict[str, str], arn: str) -> dict[str, str]:
    """Assume a role; return the session's key."""
    sts = client(deployment, "sts", key)
    session: dict[str, str] = sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    return session


def code(call: Any, **asked: Any) -> str:
    """Make a call; return the error's code, or nothing."""
    try:
        call(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_permissions_from_a_file_are_the_roles_within_its_ceiling(spoke: Deployment) -> None:
    """Reading IAM is let through, and writing is not, though the file asks for both."""
    hub = taken(spoke, user(spoke, "spokes-caller", allow("sts:AssumeRole", Resource=CALLER)), CALLER)
    iam = client(spoke, "iam", taken(spoke, hub, f"arn:aws:iam::{SPOKE}:role/hubspoke/spokes-role"))
    assert code(iam.list_roles) == ""
    assert code(iam.create_user, UserName="x") == "AccessDenied"
    assert code(iam.list_users) == "AccessDenied"


@pytest.fixture(scope="module")
def doctor(spoke: Deployment) -> Any:
    """IAM of the spoke, by the doctor's role."""
    arn = f"arn:aws:iam::{SPOKE}:role/hubspoke-doctor"
    key = user(spoke, "spokes-operator", allow("sts:AssumeRole", Resource=arn))
    return client(spoke, "iam", taken(spoke, key, arn))


def test_the_doctor_reads_the_role_and_its_ceiling(doctor: Any) -> None:
    """What hubspoke-admin doctor looks at."""
    role = doctor.get_role(RoleName="spokes-role")["Role"]
    boundary = role["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert doctor.list_role_policies(RoleName="spokes-role")["PolicyNames"] == ["permissions"]
    found = doctor.get_role_policy(RoleName="spokes-role", PolicyName="permissions")
    assert found["PolicyDocument"] == PERMISSIONS
    assert doctor.list_attached_role_policies(RoleName="spokes-role")["AttachedPolicies"] == []
    version = doctor.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    assert doctor.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]


def test_the_doctor_changes_nothing(doctor: Any) -> None:
    """Nor reads what else there is."""
    trust = json.dumps(PERMISSIONS)
    assert (
        code(doctor.update_assume_role_policy, RoleName="spokes-role", PolicyDocument=trust) == "AccessDenied"
    )
    assert code(doctor.delete_role_permissions_boundary, RoleName="spokes-role") == "AccessDenied"
    assert code(doctor.list_role_tags, RoleName="spokes-role") == "AccessDenied"
    assert code(doctor.list_users) == "AccessDenied"


@pytest.mark.parametrize("name", ["spokes-operator-2", "spokes-operato", "spokes-caller"])
def test_nobody_else_is_a_doctor(spoke: Deployment, name: str) -> None:
    """Whatever their own policies allow."""
    key = user(spoke, name, allow("sts:AssumeRole", Resource="*"))
    call = client(spoke, "sts", key).assume_role
    arn = f"arn:aws:iam::{SPOKE}:role/hubspoke-doctor"
    assert code(call, RoleArn=arn, RoleSessionName="session") == "AccessDenied"


@pytest.mark.parametrize(
    ("template", "parameters"),
    [
        ("spoke-role.yaml", {"RoleName": "a/b", "HubExecutionRoleArns": CALLER}),
        ("spoke-role.yaml", {"RoleName": "other", "HubExecutionRoleArns": CALLER, "InlinePolicy": "x.json"}),
        ("doctor-role.yaml", {"RoleName": "other", "OperatorArns": f"arn:aws:iam::{HUB}:role/*"}),
    ],
)
def test_what_makes_no_sense_makes_no_stack(
    spoke: Deployment, template: str, parameters: dict[str, str]
) -> None:
    """The parameter is named."""
    said = deploy(spoke, "hubspoke-refused", template, **parameters)
    assert "ValidationError" in said
    assert "Traceback" not in said


def test_the_emulator_has_neither_stack_sets_nor_organizations_policies() -> None:
    """So these templates are rendered and never deployed here, as docs/emulator.md says."""
    assert "AWS::IAM::Role" in _RESOURCE_HANDLERS
    assert {"AWS::CloudFormation::StackSet", "AWS::Organizations::Policy"}.isdisjoint(_RESOURCE_HANDLERS)
