"""ARNs of principals, in every partition, and of nobody else."""

import json
from pathlib import Path

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_contract import arns
from hubspoke_contract.arns import PARTITIONS, PrincipalArn
from hubspoke_contract.names import AccountId, RoleName
from tests.support import strategies

ACCOUNT = AccountId("012345678901")
partitions = st.sampled_from(PARTITIONS)
paths = st.lists(st.text("abcXYZ019.-_:+=,@!'()*;$", min_size=1, max_size=8), max_size=3).map(
    lambda parts: "".join(f"{part}/" for part in parts)
)


def test_the_partitions_are_those_of_botocore() -> None:
    """No partition is missing and none is made up."""
    data = json.loads((Path(botocore.__file__).parent / "data/partitions.json").read_text())

    assert sorted(PARTITIONS) == sorted(partition["id"] for partition in data["partitions"])


@given(partition=partitions, account=strategies.accounts, path=paths, name=strategies.words())
def test_a_user_is_read_without_its_path(partition: str, account: AccountId, path: str, name: str) -> None:
    """A user's ARN gives partition, account and name; a user has no session."""
    found = arns.principal(f"arn:{partition}:iam::{account}:user/{path}{name}")

    assert found == PrincipalArn("user", partition, account, name, None)


@given(
    partition=partitions,
    account=strategies.accounts,
    name=strategies.role_names,
    session=strategies.session_names,
)
def test_a_role_session_reads_back_as_written(
    partition: str, account: AccountId, name: RoleName, session: str
) -> None:
    """What ``role_session`` writes, ``principal`` reads."""
    written = arns.role_session(partition, account, name, session)

    assert arns.principal(written) == PrincipalArn("role", partition, account, name, session)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_role_is_written_with_its_path(partition: str) -> None:
    """A role's ARN is of the partition that was given, with the path between role and name."""
    assert (
        arns.role(partition, ACCOUNT, "/hubspoke/", RoleName("r"))
        == f"arn:{partition}:iam::012345678901:role/hubspoke/r"
    )


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("arn:aws:iam::012345678901:root", id="root"),
        pytest.param("arn:aws:sts::012345678901:federated-user/bob", id="federated user"),
        pytest.param("arn:aws:iam::012345678901:role/r", id="a role, not a session"),
        pytest.param("arn:aws:iam::012345678901:group/g", id="group"),
        pytest.param("arn:aws:iam::012345678901:saml-provider/p", id="SAML provider"),
        pytest.param("arn:aws:iam::012345678901:instance-profile/p", id="instance profile"),
        pytest.param("arn:aws:sts::012345678901:self", id="self"),
        pytest.param("arn:aws:iam::cloudfront:user/CloudFront Origin", id="a service's user"),
        pytest.param("lambda.amazonaws.com", id="service"),
        pytest.param("*", id="everyone"),
        pytest.param("", id="empty"),
        pytest.param("arn:aws:iam::012345678901:user/", id="user without a name"),
        pytest.param("arn:aws:iam::012345678901:user", id="user without a slash"),
        pytest.param("arn:aws:iam::012345678901:user//bob", id="empty path part"),
        pytest.param("arn:aws:iam::012345678901:user/a//bob", id="empty path part further on"),
        pytest.param(
            "arn:aws:iam::012345678901:user/" + "a/" * 20_000 + "é", id="twenty thousand path parts"
        ),
        pytest.param("arn:aws:iam::012345678901:user/a b/bob", id="space in the path"),
        pytest.param("arn:aws:iam::012345678901:user/é/bob", id="letter beyond ASCII in the path"),
        pytest.param("arn:aws:iam::012345678901:user/" + "x" * 65, id="user of 65 characters"),
        pytest.param("arn:aws:sts::012345678901:user/bob", id="user at STS"),
        pytest.param("arn:aws:iam::012345678901:assumed-role/r/session", id="session at IAM"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r", id="no session"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/", id="empty session"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/s", id="session of one character"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/" + "s" * 65, id="session of 65 characters"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/" + "r" * 65 + "/session", id="role of 65"),
        pytest.param("arn:aws:sts::012345678901:assumed-role//session", id="no role"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/path/r/session", id="role with a path"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/ses:sion", id="colon in the session"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r:x/session", id="colon in the role"),
        pytest.param("arn:aws:iam::012345678901:user/bob:x", id="colon in the name"),
        pytest.param("arn:aws:iam:eu-west-1:012345678901:user/bob", id="Region"),
        pytest.param("arn:aws:iam:::user/bob", id="no account"),
        pytest.param("arn:aws:iam::01234567890:user/bob", id="eleven digits"),
        pytest.param("arn:aws:iam::0123456789012:user/bob", id="thirteen digits"),
        pytest.param("arn:aws:iam::०१२३४५६७८९०१:user/bob", id="digits of another script"),
        pytest.param("arn:aws:iam::012345678901:user/bob\n", id="trailing line break"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/session\n", id="session, trailing line break"),
        pytest.param("\narn:aws:iam::012345678901:user/bob", id="leading line break"),
        pytest.param(" arn:aws:iam::012345678901:user/bob", id="leading space"),
        pytest.param("arn:aws:iam::012345678901:user/bob\0", id="trailing NUL"),
        pytest.param("arn:aws:iam::012345678901:user/böb", id="letter beyond ASCII"),
        pytest.param("arn:aws:sts::012345678901:assumed-role/r/séssion", id="session beyond ASCII"),
        pytest.param("ARN:aws:iam::012345678901:user/bob", id="upper case"),
        pytest.param("arn:AWS:iam::012345678901:user/bob", id="partition in upper case"),
        pytest.param("arn:aws-moon:iam::012345678901:user/bob", id="unknown partition"),
        pytest.param("arn:aws-iso-:iam::012345678901:user/bob", id="partition cut short"),
        pytest.param("arn:aws|aws-cn:iam::012345678901:user/bob", id="two partitions"),
        pytest.param("arn::iam::012345678901:user/bob", id="no partition"),
        pytest.param("xarn:aws:iam::012345678901:user/bob", id="something before"),
        pytest.param(
            "arn:aws:iam::999999999999:user/arn:aws:iam::012345678901:user/b:ob",
            id="an ARN in the path, bad name",
        ),
    ],
)
def test_everything_else_is_nobody(raw: str) -> None:
    """Root, federated users, services, groups and malformed text give no principal."""
    assert arns.principal(raw) is None


def test_an_arn_in_a_users_path_is_only_a_path() -> None:
    """A path may hold colons; the account is the one that the ARN begins with."""
    found = arns.principal("arn:aws:iam::999999999999:user/arn:aws:iam::012345678901:user/bob")

    assert found == PrincipalArn("user", "aws", AccountId("999999999999"), "bob", None)


@pytest.mark.parametrize(
    "name", ["AWSServiceRoleForECS", "AWSReservedSSO_Admin_0123456789abcdef", "OrganizationAccountAccessRole"]
)
def test_the_sessions_of_roles_that_aws_names_are_role_sessions(name: str) -> None:
    """Service-linked, Identity Center and Organizations roles read as any other role."""
    found = arns.principal(f"arn:aws:sts::012345678901:assumed-role/{name}/someone@example.com")

    assert found == PrincipalArn("role", "aws", ACCOUNT, name, "someone@example.com")


@given(st.text(max_size=20), st.integers(0, 60))
def test_text_put_anywhere_never_moves_the_account(junk: str, place: int) -> None:
    """Whatever is inserted after the account, the account stays; before it, the ARN is no longer one."""
    whole = "arn:aws:sts::012345678901:assumed-role/role-name/session-name"
    found = arns.principal(whole[:place] + junk + whole[place:])

    assert found is None or found.account == ACCOUNT


@pytest.mark.parametrize("odd", ['"', "\\"])
def test_a_path_that_could_break_out_of_a_log_line_is_refused(odd: str) -> None:
    """IAM allows these characters in a path; in a line of JSON they would end a text."""
    assert arns.principal(f"arn:aws:iam::111111111111:user/a{odd}b/name") is None
    assert arns.principal("arn:aws:iam::111111111111:user/a!b/c~d/name") is not None
