"""Roles as IAM has them, read on real sockets; and whatever else may be answered."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from hubspoke.findings import Verdict
from hubspoke_admin.doctor.reading import CannotSee, Reader, RoleSeen
from tests.support.fake_regions import OPERATOR_ARN, Fault
from tests.support.fake_spokes import FakeSpokes
from tests.unit.admin.conftest import AWAY, HOME
from tests.unit.admin.doctor.conftest import BOUNDARY, CEILING, HUB, ROLE, SPOKE, TRUST


@pytest.fixture
def reader(estate: FakeSpokes) -> Reader:
    """Read as the operator."""
    return Reader(boto3.Session(), OPERATOR_ARN, [HOME], "hubspoke-doctor")


def finding(call: Callable[[], Any]) -> Any:
    """Expect something not to be seen, and return what is said about it."""
    with pytest.raises(CannotSee) as raised:
        call()
    return raised.value.finding


def test_a_role_is_read_as_it_is(reader: Reader) -> None:
    """By the doctor's role in its account."""
    account = reader.open(SPOKE)
    assert account.who == f"arn:aws:iam::{SPOKE}:role/hubspoke-doctor"
    assert account.role("app-role") == RoleSeen(
        arn=ROLE,
        trust=TRUST,
        max_session=3600,
        boundary_arn=BOUNDARY,
        stack=None,
        attached=(),
        inline=("s3",),
    )
    assert account.managed_policy(BOUNDARY) == CEILING


def test_a_role_that_is_missing_is_none(reader: Reader) -> None:
    """That is a finding of its own."""
    assert reader.open(SPOKE).role("another") is None


def test_the_operators_own_account_is_read_by_their_own_credentials(
    reader: Reader, estate: FakeSpokes
) -> None:
    """No role is assumed for it."""
    estate.closed[HUB] = Fault()
    assert reader.open(HUB).who == OPERATOR_ARN


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(403, "AccessDenied"), "DoctorRoleRefused"),
        (Fault(400, "Throttling"), "DoctorRoleRefused"),
        (Fault(403, "ExpiredToken"), "DoctorRoleRefused"),
        (Fault(500, "InternalFailure"), "DoctorRoleRefused"),
        (Fault(403, "RegionDisabledException"), "RegionDisabled"),
    ],
)
def test_an_account_that_stays_closed_is_told_why(
    reader: Reader, estate: FakeSpokes, fault: Fault, code: str
) -> None:
    """By AWS's code, never its text."""
    estate.closed[SPOKE] = fault
    found = finding(lambda: reader.open(SPOKE))
    assert found.code == code
    assert "planted" not in found.says + found.mend
    assert SPOKE in found.mend
    assert (fault.code in found.says) is (code == "DoctorRoleRefused")


@pytest.mark.parametrize("region", [HOME, AWAY])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(403, "RegionDisabledException"), "RegionDisabled"),
        (Fault(500, "InternalFailure"), "RegionNotAsked"),
    ],
)
def test_each_regions_sts_is_asked(estate: FakeSpokes, region: str, fault: Fault, code: str) -> None:
    """The hub uses each; one that doesn't answer keeps nobody from reading."""
    estate.closed[SPOKE, region] = fault
    right, other = Reader(boto3.Session(), OPERATOR_ARN, [HOME, AWAY], "hubspoke-doctor").open(SPOKE).regions
    assert (right.code, other.code) == ("RegionEnabled", code)
    assert region in other.says
    assert region not in right.says


def test_a_partitions_doctor_role_is_in_that_partition(estate: FakeSpokes) -> None:
    """As whoever asks is."""
    estate.closed[SPOKE] = Fault()
    reader = Reader(boto3.Session(), OPERATOR_ARN.replace("arn:aws:", "arn:aws-cn:"), [HOME], "reads")
    assert f"arn:aws-cn:iam::{SPOKE}:role/reads" in finding(lambda: reader.open(SPOKE)).says


OPERATIONS = {
    "GetRole": lambda account: account.role("app-role"),
    "ListAttachedRolePolicies": lambda account: account.role("app-role"),
    "ListRolePolicies": lambda account: account.role("app-role"),
    "GetPolicy": lambda account: account.managed_policy(BOUNDARY),
    "GetPolicyVersion": lambda account: account.managed_policy(BOUNDARY),
    "GetRolePolicy": lambda account: account.inline_policy("app-role", "s3"),
}


GARBAGE = [
    b"",
    b"<html>a proxy's page</html>",
    b"<GetRoleResponse><GetRoleResult><Role>",
    b"\x00\xff" * 50,
]
CODES = ["AccessDenied", "ExpiredToken", "Throttling", "ServiceUnavailable"]


@pytest.mark.parametrize(
    ("operation", "spoiled"),
    [
        *(("GetRole", each) for each in (*GARBAGE, *(Fault(403, code) for code in CODES))),
        *((operation, each) for operation in OPERATIONS for each in (GARBAGE[1], Fault())),
    ],
    ids=str,
)
def test_whatever_iam_answers_is_a_finding(
    reader: Reader, estate: FakeSpokes, operation: str, spoiled: Fault | bytes
) -> None:
    """Which names the action that is needed, and nothing of the answer."""
    estate.spoiled[SPOKE, operation] = spoiled
    found = finding(lambda: OPERATIONS[operation](reader.open(SPOKE)))
    assert (found.code, found.verdict) == ("ReadingRefused", Verdict.UNSEEN)
    assert f"iam:{operation}" in found.mend
    assert "planted" not in found.says
    assert "proxy" not in found.says


@pytest.mark.parametrize(
    "role",
    [
        b"",
        b"<Role></Role>",
        b"<Role><RoleName>app-role</RoleName></Role>",
        b"<Role><Arn></Arn></Role>",
        b"<Role><Arn>app-role</Arn></Role>",
        b"<Role><Arn>arn:aws:iam::222222222222:role</Arn></Role>",
        b"<Role><Arn>arn:aws:iam::222222222222:role/another</Arn></Role>",
        b"<Role><Arn>arn:aws:iam::222222222222:role/app-role</Arn><MaxSessionDuration>x</MaxSessionDuration></Role>",
    ],
    ids=bytes.decode,
)
def test_a_role_that_is_none_is_a_finding(reader: Reader, estate: FakeSpokes, role: bytes) -> None:
    """Not an exception, and not a role."""
    body = b"<GetRoleResponse><GetRoleResult>" + role + b"</GetRoleResult></GetRoleResponse>"
    estate.spoiled[SPOKE, "GetRole"] = body
    assert finding(lambda: reader.open(SPOKE).role("app-role")).code == "ReadingRefused"


@pytest.mark.parametrize("trust", ["", "{", "null", "[]", '"text"', "7"])
def test_a_trust_that_is_no_policy_is_handed_on_as_it_is(
    reader: Reader, estate: FakeSpokes, trust: str
) -> None:
    """Whoever judges it says so."""
    estate.role(SPOKE, "app-role", trust)
    role = reader.open(SPOKE).role("app-role")
    assert role is not None
    assert not isinstance(role.trust, dict)


def test_an_aws_that_is_not_there_is_a_finding(estate: FakeSpokes, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the error's type: its text has the address."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = finding(lambda: Reader(boto3.Session(), OPERATOR_ARN, [HOME], "hubspoke-doctor").open(SPOKE))
    assert found.code == "DoctorRoleRefused"
    assert "127.0.0.1" not in found.says


def test_nobodys_credentials_are_a_finding(estate: FakeSpokes, monkeypatch: pytest.MonkeyPatch) -> None:
    """None are found anywhere."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = finding(lambda: Reader(boto3.Session(), OPERATOR_ARN, [HOME], "hubspoke-doctor").open(SPOKE))
    assert "NoCredentialsError" in found.says
