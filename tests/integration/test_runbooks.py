"""docs/incidents.md and docs/migration.md: what they tell people to type, typed as it is written there."""

import gzip
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hubspoke_local.accounts import OPERATOR, SPOKE_ADMINISTRATOR
from hubspoke_local.hub import EmbeddedHub
from tests.integration.conftest import Done, Run

PROJECT = Path(__file__).parents[2]
DEV, PROD = "222222222222", "333333333333"
ROLE = "automation-spoke-role"
OLD, NEW = "automation-external-id-demo", "the-next-external-id"
DIRECT = {
    "ASSUME_ROLE_HUB_ACCOUNT": "999999999999",
    "ASSUME_ROLE_HUB_ROLE": "automation-hub-role",
    "ASSUME_ROLE_EXTERNAL_ID": "this-is-my-automation",
}
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
WRONG = """\
@id("stranger-reads-prod")
permit (
  principal == Caller::User::"111111111111/stranger",
  action == Action::"assume",
  resource in OrgUnit::"ou-root/Workloads/Prod"
) when { resource.name == "automation-spoke-role" };
"""
IN_FORCE_WITHIN = 30.0
"""Seconds. The function looks at S3 every ten at most while there is traffic."""

Step = Callable[..., Done]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHub]:
    """A hub of their own: they leave external ids, grants and trusts changed."""
    with EmbeddedHub.start(tmp_path_factory.mktemp("hub")) as running:
        yield running


def types(run: Run, profile: str) -> Step:
    """Make what types a block in a shell as somebody, and expects it to be done."""

    def step(script: str, code: int = 0, **variables: str) -> Done:
        done = run("bash", "-euo", "pipefail", "-c", script, profile=profile, **variables)
        assert done.code == code, done.err
        return done

    return step


@pytest.fixture
def operate(run: Run, tmp_path: Path) -> Step:
    """Type a block as operator, in a folder with the grants."""
    shutil.copytree(PROJECT / "grants", tmp_path / "grants")
    return types(run, OPERATOR)


@pytest.fixture
def administer(run: Run) -> Step:
    """Type a block as the spoke's administrator."""
    return types(run, SPOKE_ADMINISTRATOR)


@pytest.fixture
def vend(run: Run) -> Callable[[], Done]:
    """Vend anew, past the cache and without another try."""
    command = ("hubspoke", "credential-process", f"{PROD}/{ROLE}", "--no-cache", "--retries", "0")
    return lambda: run(*command)


@pytest.fixture
def direct(run: Run) -> Callable[[], Done]:
    """Assume the spoke's role without the hub."""
    return lambda: run(
        "hubspoke", "run", f"{PROD}/hubspoke/{ROLE}", "--no-cache", "--", "true",
        profile="sys-automation", without=("HUBSPOKE_ENDPOINT",), **DIRECT,
    )  # fmt: skip


@pytest.fixture
def _trust_as_it_was(hub: EmbeddedHub) -> Iterator[None]:
    """Give the role in Prod the trust back that it has now."""
    iam = hub.root_client("iam", PROD)
    before = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    yield
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(before))


def blocks(document: str, heading: str) -> list[str]:
    """Return the commands under a heading, block by block."""
    text = (PROJECT / "docs" / document).read_text()
    _, _, section = text.partition(f"\n## {heading}\n")
    return re.findall(r"```sh\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)


def works(hub: EmbeddedHub, key: Mapping[str, str]) -> bool:
    """Tell whether the spoke lets a key read IAM, which roles and users here may."""
    iam = boto3.client(
        "iam",
        endpoint_url=hub.aws_endpoint,
        region_name=hub.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
        config=Config(proxies={}),
    )
    try:
        iam.list_roles()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "InvalidClientTokenId"):
            raise
        return False
    return True


def test_a_leaked_key_is_followed_stopped_and_revoked(
    hub: EmbeddedHub, operate: Step, administer: Step, vend: Callable[[], Done]
) -> None:
    """From the key to its caller, who gets no other; then the session ends, and afterwards all works."""
    who, stop, others, by_time, by_caller, by_session, give_back, let_in = blocks(
        "incidents.md", "A key has leaked"
    )
    leaked = vend().json()
    key = leaked["AccessKeyId"]

    found = operate(f"{who.rstrip()} --format json".replace("ASIAIOSFODNN7EXAMPLE", key)).json()
    assert found["Principal"] == 'Caller::User::"111111111111/inventory-bot"'
    assert found["SourceIdentity"] in by_caller
    operate(stop)
    assert vend().code == 77
    assert key in operate(others).out
    assert works(hub, leaked), "a quarantine stops no session that is out"

    for revoke in (by_caller, by_session):
        administer(revoke, SESSION=found["RoleSessionName"])
        assert not works(hub, leaked)
        administer(give_back)
        assert works(hub, leaked)
    administer(by_time)
    assert not works(hub, leaked)

    operate(let_in)
    assert works(hub, vend().json()), "the next session is newer than the revocation"
    assert not works(hub, leaked)
    administer(give_back)


@pytest.mark.usefixtures("_trust_as_it_was")
def test_a_seed_like_trust_refuses_the_hub_until_it_is_written_for_both(
    hub: EmbeddedHub,
    run: Run,
    operate: Step,
    administer: Step,
    vend: Callable[[], Done],
    direct: Callable[[], Done],
) -> None:
    """From chained roles to the hub: the direct route goes on until it is cut off, and then is refused."""
    start, diagnose, trusts, put, move, hub_alone, cut = blocks("migration.md", "From chained roles")
    iam = hub.root_client("iam", PROD)
    function, hub_role = hub.outputs["ExecutionRoleArn"], "arn:aws:iam::999999999999:role/automation-hub-role"
    for principals, fault in ([hub_role], "TrustPrincipal"), ([hub_role, function], "TrustSetSourceIdentity"):
        statement = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=document)
        refused = vend()
        assert (refused.code, "SpokeRefused" in refused.err) == (71, True)
        assert direct().code == 0
        assert fault in operate(diagnose, code=1).out

    operate(trusts, ASSUME_ROLE_EXTERNAL_ID=DIRECT["ASSUME_ROLE_EXTERNAL_ID"])
    administer(put)
    operate(diagnose)
    assert (vend().code, direct().code) == (0, 0)
    chained = run(
        "bash", "-euc", start, profile="sys-automation", without=("HUBSPOKE_ENDPOINT",),
        ASSUME_ROLE_EXTERNAL_ID=DIRECT["ASSUME_ROLE_EXTERNAL_ID"],
    )  # fmt: skip
    vended = run("bash", "-euc", move)
    assert (chained.code, vended.code) == (0, 0), chained.err + vended.err

    operate(hub_alone)
    administer(cut)
    assert (vend().code, direct().code) == (0, 71)


def test_a_users_key_is_replaced_deactivated_and_can_be_given_back(
    hub: EmbeddedHub, run: Run, operate: Step, administer: Step
) -> None:
    """From users' keys: found, granted and vended in its place, switched off, on again, and deleted."""
    report, last_used, grant, move, vends, unused, deactivate, back, delete = blocks(
        "migration.md", "From users' keys"
    )
    iam = hub.root_client("iam", PROD)
    iam.create_user(UserName="copied-key")
    iam.put_user_policy(UserName="copied-key", PolicyName="all", PolicyDocument=json.dumps(ANYTHING))
    key = iam.create_access_key(UserName="copied-key")["AccessKey"]

    administer(f"{report}grep -q '^copied-key,' report.csv")
    without_trail = last_used.partition("aws cloudtrail")[0]
    assert key["AccessKeyId"] in administer(without_trail, KEY=key["AccessKeyId"]).out
    assert "automation-spoke-role" in operate(grant).out
    assert f"assumed-role/{ROLE}/inventory-bot-" in run("bash", "-euc", move).out
    assert f"{PROD}/{ROLE}" in operate(vends).out.replace("  ", "/")
    assert unused in last_used

    assert works(hub, key)
    administer(deactivate, KEY=key["AccessKeyId"])
    assert not works(hub, key)
    administer(back, KEY=key["AccessKeyId"])
    assert works(hub, key)
    administer(delete, KEY=key["AccessKeyId"])
    assert not works(hub, key)


@pytest.mark.usefixtures("_trust_as_it_was")
def test_a_trust_whose_principal_is_gone_is_found_and_written_anew(
    hub: EmbeddedHub, operate: Step, administer: Step, vend: Callable[[], Done]
) -> None:
    """The hub's role was made anew: the spoke trusts the old one's id until its trust is written again."""
    write, put, look = blocks("incidents.md", "The hub's role was made anew")
    iam = hub.root_client("iam", PROD)
    document = json.dumps(iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"])
    gone = document.replace(hub.outputs["ExecutionRoleArn"], "AROAEXAMPLEEXAMPLE00")
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=gone)

    assert vend().code == 71
    assert "TrustPrincipalGone" in operate(look, code=1).out
    operate(write)
    administer(put)
    operate(look)
    assert vend().code == 0


def test_an_endpoint_that_is_down_is_passed_over_and_a_region_without_a_hub_is_named(
    hub: EmbeddedHub, run: Run
) -> None:
    """A Region is down: callers go on by the other endpoint; who operates is told where it isn't done."""
    (go_on,) = blocks("incidents.md", "A Region is down")
    assert run("bash", "-euc", go_on).code == 0

    stop = ("hubspoke-admin", "quarantine", "add", "--account", "222222222222", "--reason", "a test")
    half = run(*stop, profile="operator", HUBSPOKE_REGIONS="eu-west-1,us-east-1")
    assert (half.code, "NOT in us-east-1" in half.err) == (3, True)
    refused = run("hubspoke", "run", f"{DEV}/{ROLE}", "--no-cache", "--", "true")
    assert refused.code == 77
    remove = ("hubspoke-admin", "quarantine", "remove", "--account", "222222222222")
    assert run(*remove, profile="operator").code == 0


def test_a_rollback_takes_a_publish_back(operate: Step, vend: Callable[[], Done], tmp_path: Path) -> None:
    """The grants are wrong: what was in force before is in force again, and who got what is listed."""
    back, what_was_vended = blocks("incidents.md", "The grants are wrong")
    before = operate("hubspoke-admin grants fetch").json()["Version"]
    (tmp_path / "grants/policies/wrong.cedar").write_text(WRONG)
    operate("hubspoke-admin grants publish grants/ --reason wrong")

    assert before in operate(back).out.splitlines()[-1]
    assert operate("hubspoke-admin grants fetch").json()["Version"] == before
    key = vend().json()["AccessKeyId"]
    assert key in operate(what_was_vended).out


@pytest.mark.usefixtures("_trust_as_it_was")
def test_the_direct_route_goes_on_when_the_hub_is_closed(
    operate: Step, administer: Step, vend: Callable[[], Done], direct: Callable[[], Done]
) -> None:
    """Leaving: both routes, then the hub closed, opened again by one command, and at last left."""
    trusts, put, watch, close, direct_alone = blocks("incidents.md", "Leaving")
    external_id = {"ASSUME_ROLE_EXTERNAL_ID": DIRECT["ASSUME_ROLE_EXTERNAL_ID"]}
    # The role of the demo trusts both routes already, and moving to the hub types the same.
    assert {trusts, put} < set(blocks("migration.md", "From chained roles"))
    operate(watch)
    operate(close)
    assert (vend().code, direct().code) == (77, 0)

    operate("hubspoke-admin quarantine remove --everything")
    assert vend().code == 0
    operate(direct_alone, **external_id)
    administer(put.replace("both.json", "direct.json"))
    assert (vend().code, direct().code) == (71, 0)


def sent_external_ids(trail: Path) -> set[str]:
    """Return the external ids that the hub has sent to the role so far, by CloudTrail."""
    return {
        record["requestParameters"]["externalId"]
        for file in trail.rglob("*.json.gz")
        for record in json.loads(gzip.decompress(file.read_bytes()))["Records"]
        if record["eventName"] == "AssumeRole"
        and ":role/hubspoke/automation-spoke-role" in record["requestParameters"]["roleArn"]
        and "sourceIdentity" in record["requestParameters"]
    }


def test_no_vend_fails_while_the_external_id_is_rotated(
    hub: EmbeddedHub, operate: Step, administer: Step, vend: Callable[[], Done], tmp_path: Path
) -> None:
    """Both, then the new one, then not the old one any more: vends go on in each step."""
    # The last one here: what it leaves in force isn't what the folder of the others says.
    both, publish, forget = blocks("incidents.md", "The external id is rotated")
    (tmp_path / "next-external-id").write_text(f"{NEW}\n")
    roles = tmp_path / "grants" / "roles.yaml"

    administer(both)
    assert vend().code == 0
    trust = json.loads((tmp_path / "both.json").read_text())["Statement"][0]["Condition"]["StringEquals"]
    assert set(trust["sts:ExternalId"]) == {OLD, NEW}

    roles.write_text(roles.read_text().replace(OLD, NEW))
    operate(publish)
    ends = time.monotonic() + IN_FORCE_WITHIN
    while NEW not in sent_external_ids(hub.trail):
        assert time.monotonic() < ends, "the new one is not in force"
        assert vend().code == 0
        time.sleep(0.3)

    administer(forget)
    assert vend().code == 0
    trust = json.loads((tmp_path / "after.json").read_text())["Statement"][0]["Condition"]["StringEquals"]
    assert trust["sts:ExternalId"] == NEW
