"""Who is meant by a principal."""

import pytest

from hubspoke_admin.iam.policy import Names
from hubspoke_admin.iam.request import Request, Truth
from hubspoke_admin.iam.trusted import trusts

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
VENDER = "arn:aws:iam::111111111111:role/hub/vend"
USER = "arn:aws:iam::111111111111:user/ci/joe"
UNIQUE_ID = "AROAEXAMPLEEXAMPLE"
SESSION = "arn:aws:sts::111111111111:assumed-role/vend/01kan"


def trusted(*named: str, principal: str | None = VENDER, user_id: str = "", negated: bool = False) -> Truth:
    keys = {"aws:userid": user_id} if user_id else {}
    return trusts(Names(named, negated), Request("sts:AssumeRole", "*", principal, keys))


@pytest.mark.parametrize(
    "named",
    [
        "*",
        f"AWS:{VENDER}",
        "AWS:111111111111",
        "AWS:arn:aws:iam::111111111111:root",
    ],
)
def test_a_role_is_meant_by_its_arn_its_account_and_everybody(named: str) -> None:
    """Each of them lets all of its sessions in."""
    assert trusted(named) is YES


@pytest.mark.parametrize(
    "named",
    [
        *(f"AWS:{VENDER}-2", "AWS:arn:aws:iam::111111111111:role/vend", f"AWS:{VENDER.upper()}"),
        *("AWS:999999999999", "AWS:arn:aws:iam::999999999999:root", "AWS:arn:aws-cn:iam::111111111111:root"),
        *("AWS:arn:aws:iam::999999999999:role/hub/vend", "AWS:arn:aws:iam::111111111111:role/*", "AWS:"),
        *("AWS:arn:aws:iam::111111111111:role/hub/ven?", "AWS:11111111111", f"AWS:{USER}", "AWS:vend"),
        *(
            "AWS:arn:aws:sts::111111111111:assumed-role/vend",
            "AWS:arn:aws:sts::111111111111:federated-user/x",
        ),
        *("Service:lambda.amazonaws.com", "Service:*", f"Federated:{VENDER}", f"Service:{VENDER}"),
    ],
)
def test_nobody_else_is(named: str) -> None:
    """No twin, no pattern, no service."""
    assert trusted(named, user_id=f"{UNIQUE_ID}:01kan") is NO


def test_a_user_is_meant_by_its_arn_and_account() -> None:
    """As roles are, path included."""
    assert trusted(f"AWS:{USER}", principal=USER) is YES
    assert trusted("AWS:111111111111", principal=USER) is YES
    assert trusted("AWS:arn:aws:iam::111111111111:user/joe", principal=USER) is NO
    assert trusted("AWS:arn:aws:sts::111111111111:assumed-role/joe/joe", principal=USER) is NO


@pytest.mark.parametrize("named", [f"AWS:{UNIQUE_ID}", "AWS:AIDAEXAMPLEEXAMPLE"])
def test_an_orphaned_unique_id_means_nobody(named: str) -> None:
    """IAM shows one where the principal was deleted; whoever has its name now isn't it."""
    assert trusted(named) is NO
    assert trusted(named, user_id="AROAANOTHERANOTHER:01kan") is NO


def test_a_unique_id_means_whoever_has_it() -> None:
    """The request says its own in aws:userid."""
    assert trusted(f"AWS:{UNIQUE_ID}", user_id=f"{UNIQUE_ID}:01kan") is YES
    assert trusted(f"AWS:{UNIQUE_ID}", user_id=f"{UNIQUE_ID}2:01kan") is NO


def test_a_session_means_that_session_alone() -> None:
    """Which one asks, aws:userid says; else it may be."""
    assert trusted(f"AWS:{SESSION}", user_id=f"{UNIQUE_ID}:01kan") is YES
    assert trusted(f"AWS:{SESSION}", user_id=f"{UNIQUE_ID}:02kan") is NO
    assert trusted(f"AWS:{SESSION}") is UNKNOWN


@pytest.mark.parametrize(
    "other", ["999999999999:assumed-role/vend/01kan", "111111111111:assumed-role/vend-2/01kan"]
)
def test_a_session_of_another_role_means_nobody_of_this_one(other: str) -> None:
    """Known without the session's name."""
    assert trusted(f"AWS:arn:aws:sts::{other}") is NO


def test_whose_a_canonical_id_is_is_not_known() -> None:
    """It is an account's, and doesn't say which one's."""
    assert trusted("CanonicalUser:79a59df900b949e5") is UNKNOWN
    assert trusted("Planet:Mars") is UNKNOWN


def test_one_of_those_named_is_enough() -> None:
    """Principals are alternatives."""
    assert trusted("Service:lambda.amazonaws.com", f"AWS:{VENDER}") is YES
    assert trusted("CanonicalUser:79a5", f"AWS:{VENDER}") is YES
    assert trusted() is NO


def test_not_principal_means_everybody_else() -> None:
    """Somebody who isn't named is meant."""
    assert trusted(f"AWS:{USER}", "AWS:999999999999", negated=True) is YES


def test_not_everybody_means_nobody() -> None:
    """There is nobody else."""
    assert trusted("*", negated=True) is NO


@pytest.mark.parametrize("named", [f"AWS:{VENDER}", "AWS:111111111111", f"AWS:{SESSION}"])
def test_not_principal_spares_nobody_for_certain(named: str) -> None:
    """Of a role named without account and session, AWS says that it may be denied all the same."""
    assert trusted(named, negated=True) is UNKNOWN


@pytest.mark.parametrize("principal", [None, "vend", "arn:aws:iam::*:role/hub/vend", "arn:aws:iam:::role/x"])
def test_somebody_unknown_is_trusted_by_nobody_but_everybody(principal: str | None) -> None:
    """A policy that looks at who asks can't be judged without it."""
    assert trusted(f"AWS:{VENDER}", principal=principal) is UNKNOWN
    assert trusted("AWS:", principal=principal) is UNKNOWN
    assert trusted("*", principal=principal) is YES
