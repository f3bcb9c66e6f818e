"""A caller of another account: a role session of the tooling account, through the resource policy."""

import json

from hubspoke_local.accounts import DEPLOYER, TOOLING
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done, Run

DEV, PROD = "222222222222/deploy-spoke-role", "333333333333/deploy-spoke-role"


def deploy(run: Run, target: str, *options: str, command: tuple[str, ...] = ("true",)) -> Done:
    """Run a command in a spoke as the pipeline would."""
    return run(
        "hubspoke", "run", target, "--no-cache", "--retries", "0", *options, "--", *command, profile=DEPLOYER
    )


def test_the_hub_sees_the_role_and_its_account(run: Run) -> None:
    """The identity is the role of the tooling account, by IAM's id; its session's name is a label."""
    identity = run("hubspoke", "whoami", "--format", "json", profile=DEPLOYER).json()
    assert identity["Principal"] == 'Caller::Role::"555555555555/ci-deployer"'
    assert identity["AccountId"] == TOOLING
    assert identity["UniqueId"].startswith("AROA")
    assert identity["Label"] == "build-4711"
    assert identity["SourceIdentity"] == "role.555555555555.ci-deployer"


def test_a_quarter_of_an_hour_in_dev_and_not_a_second_more(run: Run) -> None:
    """The grant compares the duration, and the default is longer than it allows."""
    assert deploy(run, DEV, "--duration", "900").code == 0
    for options in (("--duration", "901"), ()):
        done = deploy(run, DEV, *options)
        assert (done.code, "AccessDenied" in done.err) == (77, True)


def test_in_prod_only_to_look(run: Run) -> None:
    """Refused without the session policy; granted with it, and a write is then AWS's to refuse."""
    assert deploy(run, PROD).code == 77
    read_only = ("--session-policy", "read-only")
    assert deploy(run, PROD, *read_only, command=("aws", "s3api", "list-buckets")).code == 0
    create = (
        "aws",
        "s3api",
        "create-bucket",
        "--create-bucket-configuration",
        "LocationConstraint=eu-west-1",
    )
    refused = deploy(run, PROD, *read_only, command=(*create, "--bucket", "made-by-a-reader"))
    assert refused.code not in (0, 77)
    assert "AccessDenied" in refused.err
    written = deploy(run, DEV, "--duration", "900", command=(*create, "--bucket", "made-by-a-writer"))
    assert written.code == 0


def test_both_accounts_must_let_it_call(hub: EmbeddedHub, run: Run) -> None:
    """Across accounts the caller's own policy and the API's resource policy both have to allow."""
    assert deploy(run, DEV, "--duration", "900").code == 0
    iam = hub.root_client("iam", TOOLING)
    document = iam.get_role_policy(RoleName=DEPLOYER, PolicyName=DEPLOYER)["PolicyDocument"]
    iam.delete_role_policy(RoleName=DEPLOYER, PolicyName=DEPLOYER)
    assert deploy(run, DEV, "--duration", "900").code == 77
    iam.put_role_policy(RoleName=DEPLOYER, PolicyName=DEPLOYER, PolicyDocument=json.dumps(document))
    assert deploy(run, DEV, "--duration", "900").code == 0


def test_an_account_that_is_not_listed_cannot_call(hub: EmbeddedHub, run: Run) -> None:
    """A user of a spoke account whose own policy allows the call is not let in by the API."""
    iam = hub.root_client("iam", "444444444444")
    iam.create_user(UserName="outsider")
    policy = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    iam.put_user_policy(
        UserName="outsider",
        PolicyName="call",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )
    key = iam.create_access_key(UserName="outsider")["AccessKey"]
    done = run(
        "hubspoke",
        "roles",
        without=("AWS_PROFILE",),
        AWS_ACCESS_KEY_ID=key["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"],
    )
    assert done.code == 77
    assert "CallNotAllowed" in done.err
