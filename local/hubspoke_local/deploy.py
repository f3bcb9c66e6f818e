"""Put the hub and its spokes on the emulator: stacks from the project's own templates, then the callers.

This is the one module that uses bootstrap credentials: an account's number as the key id of its root, and
the secret of this one run. They never go to a child process but the emulator.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config

from hubspoke_contract.secret import Secret
from hubspoke_local.accounts import (
    ADMINISTRATOR,
    BROKEN_SPOKE,
    CALLERS,
    DEPLOYER,
    DIRECT_CALLER,
    DIRECT_EXTERNAL_ID,
    DIRECT_HUB,
    DIRECT_HUB_ROLE,
    DIRECT_ROLE,
    DIRECT_SPOKES,
    DOCTOR_READS,
    ENVIRONMENT,
    HUB,
    OPERATOR,
    PROJECT,
    REGION,
    RUNNER,
    SPOKE_ADMINISTRATOR,
    SPOKE_ROLES,
    STACK,
    TOOLING,
    SpokeRole,
    external_ids,
)
from hubspoke_local.package import PACKAGES, build, packaged
from hubspoke_local.policies import (
    PARTITION,
    administer_policy,
    allow,
    hub_role_policy,
    invoke_policy,
    operate_policy,
)

DEPLOYER_ARN: Final = f"arn:{PARTITION}:iam::{TOOLING}:role/{DEPLOYER}"
OPERATOR_ARN: Final = f"arn:{PARTITION}:iam::{HUB}:user/{OPERATOR}"
DIRECT_HUB_ROLE_ARN: Final = f"arn:{PARTITION}:iam::{DIRECT_HUB}:role/{DIRECT_HUB_ROLE}"
_ARTIFACTS: Final = "hubspoke-local-artifacts"
_STACK_SECONDS: Final = 60.0
_INVENTORY: Final = "InventoryFunction"
_CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class DeployError(RuntimeError):
    """A stack didn't come up. The message has the emulator's reason."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A caller's long-lived key."""

    key_id: str
    secret: str = field(repr=False)


class Deployment:
    """Deploys to one emulator, with its bootstrap credentials."""

    def __init__(self, aws_endpoint: str, bootstrap: Secret) -> None:
        self._endpoint = aws_endpoint
        self._bootstrap = bootstrap
        # One for all sessions: each would read the services' models anew.
        self._models = botocore.loaders.create_loader()

    def root_client(self, service: str, account: str = HUB) -> Any:
        """Make a client that may do everything in an account. For bootstrap, and tests that break things."""
        # A session of its own: one keeps the profiles it has read once, and tests change them.
        session = botocore.session.get_session()
        session.register_component("data_loader", self._models)
        return boto3.session.Session(botocore_session=session).client(
            service,  # type: ignore[call-overload]
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=account,
            aws_secret_access_key=self._bootstrap.reveal(),
            config=Config(retries={"max_attempts": 0}, proxies={}, s3={"addressing_style": "path"}),
        )

    def deploy_hub(self, packages: Path, *, inventory: bool = False) -> dict[str, str]:
        """Zip into ``packages`` and deploy ``template.yaml``; return the stack's outputs."""
        packages.mkdir()
        s3 = self.root_client("s3")
        s3.create_bucket(Bucket=_ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
        template = (PROJECT / "template.yaml").read_text()
        for package in (each for each in PACKAGES if inventory or each.resource != _INVENTORY):
            s3.upload_file(str(build(package, packages)), _ARTIFACTS, package.key)
        parameters = {"Environment": ENVIRONMENT, "CallerAccounts": TOOLING}
        parameters |= {"Inventory": "on"} if inventory else {}
        template = with_defaults(packaged(template, _ARTIFACTS), parameters)
        # By way of S3, as the SAM CLI does it: a template in the request itself may have 51,200 bytes.
        s3.put_object(Bucket=_ARTIFACTS, Key="template.yaml", Body=template.encode())
        place = {"TemplateURL": f"{self._endpoint}/{_ARTIFACTS}/template.yaml"}
        return self.create_stack(HUB, STACK, place, parameters)

    def deploy_spokes(self, execution_role: str) -> None:
        """Make every spoke role, in every account it belongs to.

        Those that the hub vends trust ``execution_role``; the ones of ``DIRECT_ROLE``'s name also, or
        instead, the hub role, which must be there already.
        """
        template = (PROJECT / "spokes" / "cloudformation" / "spoke-role.yaml").read_text()
        ids = external_ids()
        for role in SPOKE_ROLES:
            for account in role.accounts:
                parameters = spoke_parameters(role, execution_role, ids.get(role.profile, ""))
                body = {"TemplateBody": template}
                self.create_stack(account, f"hubspoke-{role.profile}", body, parameters)
        for account in DIRECT_SPOKES:
            body = {"TemplateBody": template}
            self.create_stack(account, "hubspoke-direct", body, direct_spoke_parameters())

    def deploy_doctor_roles(self) -> None:
        """Let the operator read the vended roles, and the hub role, in each account that has one."""
        template = (PROJECT / "spokes" / "cloudformation" / "doctor-role.yaml").read_text()
        for account in DOCTOR_READS:
            body = {"TemplateBody": template}
            self.create_stack(account, "hubspoke-doctor", body, {"OperatorArns": OPERATOR_ARN})

    def create_hub_role(self) -> dict[str, AccessKey]:
        """Create what the direct route takes in place of a hub; return the key of who may assume the role."""
        assume = {"Version": "2012-10-17", "Statement": [allow(["sts:AssumeRole"], DIRECT_HUB_ROLE_ARN)]}
        keys = {DIRECT_CALLER: self._create_user(DIRECT_HUB, DIRECT_CALLER, assume)}
        caller = f"arn:{PARTITION}:iam::{DIRECT_HUB}:user/{DIRECT_CALLER}"
        self._create_role(DIRECT_HUB, DIRECT_HUB_ROLE, caller, hub_role_policy())
        return keys

    def create_callers(self, outputs: Mapping[str, str]) -> dict[str, AccessKey]:
        """Create the callers, each with a policy that says what it may do; return the users' keys."""
        policies = {name: invoke_policy(outputs) for name in CALLERS}
        policies |= {OPERATOR: operate_policy(outputs), ADMINISTRATOR: administer_policy()}
        keys = {name: self._create_user(HUB, name, policy) for name, policy in policies.items()}
        keys[SPOKE_ADMINISTRATOR] = self._create_user(BROKEN_SPOKE, SPOKE_ADMINISTRATOR, administer_policy())
        assume = {"Version": "2012-10-17", "Statement": [allow(["sts:AssumeRole"], DEPLOYER_ARN)]}
        keys[RUNNER] = self._create_user(TOOLING, RUNNER, assume)
        runner = f"arn:{PARTITION}:iam::{TOOLING}:user/{RUNNER}"
        self._create_role(TOOLING, DEPLOYER, runner, invoke_policy(outputs))
        return keys

    def _create_role(self, account: str, name: str, trusted: str, policy: Mapping[str, Any]) -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
        iam = self.root_client("iam", account)
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))

    def _create_user(self, account: str, name: str, policy: Mapping[str, Any]) -> AccessKey:
        iam = self.root_client("iam", account)
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return AccessKey(made["AccessKeyId"], made["SecretAccessKey"])

    def create_stack(
        self, account: str, name: str, template: Mapping[str, str], parameters: Mapping[str, str]
    ) -> dict[str, str]:
        """Create a stack, wait until it is up, and return its outputs.

        Raises:
            DeployError: it didn't come up.
        """
        stacks = self.root_client("cloudformation", account)
        stacks.create_stack(
            StackName=name,
            **template,
            Capabilities=list(_CAPABILITIES),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        until = time.monotonic() + _STACK_SECONDS
        while time.monotonic() < until:
            stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
            if not stack["StackStatus"].endswith("IN_PROGRESS") or "ROLLBACK" in stack["StackStatus"]:
                break
            time.sleep(0.05)
        failed = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in stacks.describe_stack_events(StackName=name)["StackEvents"]
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise DeployError(f"Stack {name} in {account} failed: {'; '.join(failed) or 'it took too long'}")


def with_defaults(template: str, parameters: Mapping[str, str]) -> str:
    """Let a template's text have the parameters as their defaults too.

    The emulator transforms a template before it knows its parameters; AWS does so with them.
    """
    for name, value in parameters.items():
        declared = re.compile(rf"(^  {name}:\n(?:    .*\n)*?    Default: ).*$", re.MULTILINE)
        template, times = declared.subn(lambda found, value=value: f'{found[1]}"{value}"', template)  # type: ignore[misc]
        if times != 1:
            raise LookupError(f"the template should declare {name} with a default exactly once")
    return template


def spoke_parameters(role: SpokeRole, execution_role: str, external_id: str) -> dict[str, str]:
    """Return the parameters of one spoke role's stack."""
    arns = [f"arn:{PARTITION}:iam::aws:policy/{name}" for name in role.managed_policies]
    parameters = {
        "RoleName": role.name,
        "HubExecutionRoleArns": execution_role,
        "ExternalId": external_id,
        "ManagedPolicyArns": ",".join(arns),
    }
    if role.name == DIRECT_ROLE:
        parameters |= {"DirectHubRoleArns": DIRECT_HUB_ROLE_ARN, "DirectExternalId": DIRECT_EXTERNAL_ID}
    return parameters


def direct_spoke_parameters() -> dict[str, str]:
    """Return the parameters of the stack of a role that trusts the hub role alone."""
    return {
        "RoleName": DIRECT_ROLE,
        "RolePath": "/",
        "HubExecutionRoleArns": "",
        "DirectHubRoleArns": DIRECT_HUB_ROLE_ARN,
        "ManagedPolicyArns": f"arn:{PARTITION}:iam::aws:policy/ReadOnlyAccess",
    }
