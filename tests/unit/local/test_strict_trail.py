"""The running emulator writes CloudTrail's records of who was proven to call STS, and of nobody else."""

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubspoke_local.deploy import Deployment
from hubspoke_local.emulator import Emulator
from tests.support.accounts import HUB, SPOKE, allow, client, document, user

ROLE = f"arn:aws:iam::{SPOKE}:role/hubspoke/recorded"


@pytest.fixture
def bot(bootstrap: Deployment) -> dict[str, str]:
    """A user that may assume a role of the spoke's, and no other."""
    iam = bootstrap.root_client("iam", SPOKE)
    trust = document(allow("sts:AssumeRole", Principal={"AWS": f"arn:aws:iam::{HUB}:root"}))
    try:
        iam.create_role(RoleName="recorded", Path="/hubspoke/", AssumeRolePolicyDocument=trust)
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    return user(bootstrap, "recorder", allow("sts:AssumeRole", Resource=ROLE))


def written(emulator: Emulator, session: str) -> list[dict[str, Any]]:
    """Read the records that a session's name is in, whichever account's."""
    files = emulator.trail.rglob("*.json.gz")
    records = [json.loads(gzip.decompress(file.read_bytes()))["Records"][0] for file in files]
    return [record for record in records if session in json.dumps(record)]


def test_a_granted_session_is_recorded_in_both_accounts_and_so_is_its_use(
    bootstrap: Deployment, emulator: Emulator, bot: dict[str, str]
) -> None:
    """The caller's record knows the user, the role's account only where it came from; the key leads on."""
    sts = client(bootstrap, "sts", bot)
    vended = sts.assume_role(RoleArn=ROLE, RoleSessionName="granted-1")["Credentials"]
    client(bootstrap, "sts", vended).get_caller_identity()

    records = {
        (each["eventName"], each["recipientAccountId"]): each for each in written(emulator, "granted-1")
    }

    assert set(records) == {("AssumeRole", HUB), ("AssumeRole", SPOKE), ("GetCallerIdentity", SPOKE)}
    own, other, use = (records[key] for key in sorted(records))
    assert own["userIdentity"]["arn"] == f"arn:aws:iam::{HUB}:user/recorder"
    assert own["userIdentity"]["accessKeyId"] == bot["AccessKeyId"]
    assert other["userIdentity"].keys() == {"type", "principalId", "accountId"}
    assert own["sharedEventID"] == other["sharedEventID"]
    assert use["userIdentity"]["accessKeyId"] == vended["AccessKeyId"]
    assert use["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == ROLE
    for secret in (vended["SecretAccessKey"], vended["SessionToken"], bot["SecretAccessKey"]):
        assert secret not in json.dumps(list(records.values()))


def test_a_denied_session_is_recorded_where_it_was_asked_for(
    bootstrap: Deployment, emulator: Emulator, bot: dict[str, str]
) -> None:
    """With STS's code, and not in the account of the role."""
    with pytest.raises(ClientError, match="AccessDenied"):
        client(bootstrap, "sts", bot).assume_role(RoleArn=f"{ROLE}-not", RoleSessionName="denied-1")

    (record,) = written(emulator, "denied-1")

    assert (record["recipientAccountId"], record["errorCode"]) == (HUB, "AccessDenied")


@pytest.mark.parametrize(
    "change", [{"SecretAccessKey": "x" * 40}, {"AccessKeyId": "AKIANOBODY0000000000"}, {"AccessKeyId": HUB}]
)
def test_whoever_is_nobody_is_not_recorded(
    bootstrap: Deployment, emulator: Emulator, bot: dict[str, str], change: dict[str, str]
) -> None:
    """CloudTrail logs who was authenticated."""
    with pytest.raises(ClientError):
        client(bootstrap, "sts", bot | change).assume_role(RoleArn=ROLE, RoleSessionName="nobody-1")

    assert written(emulator, "nobody-1") == []


def test_a_call_that_is_not_sts_s_is_left_alone(bootstrap: Deployment, emulator: Emulator) -> None:
    """Even one whose parameters are called alike."""
    before = len(list(emulator.trail.rglob("*.gz")))
    bootstrap.root_client("iam").list_users()

    assert len(list(emulator.trail.rglob("*.gz"))) == before
