"""Three truths, and what of a request is known."""

import itertools

import pytest

from hubspoke_admin.iam.request import PRESENT, Request, Truth, all_of, any_of, known

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def request(**keys: str | tuple[str, ...]) -> Request:
    return Request(
        "sts:AssumeRole", "*", keys={name.replace("_", ":"): value for name, value in keys.items()}
    )


def could_be(truth: Truth) -> set[bool]:
    return {YES: {True}, NO: {False}, UNKNOWN: {True, False}}[truth]


def as_truth(answers: set[bool]) -> Truth:
    return known(answers.pop()) if len(answers) == 1 else UNKNOWN


@pytest.mark.parametrize("truths", [each for n in range(4) for each in itertools.product(Truth, repeat=n)])
def test_truths_join_to_what_every_way_of_knowing_them_agrees_on(truths: tuple[Truth, ...]) -> None:
    """All and any are certain exactly where the unknown can't turn them."""
    ways = list(itertools.product(*map(could_be, truths)))

    assert all_of(truths) is as_truth({all(way) for way in ways})
    assert any_of(truths) is as_truth({any(way) for way in ways})


@pytest.mark.parametrize(("truth", "opposite"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_the_opposite_of_unknown_is_unknown(truth: Truth, opposite: Truth) -> None:
    """Not turns yes and no alone."""
    assert ~truth is opposite


@pytest.mark.parametrize("truth", Truth)
def test_no_truth_is_taken_for_a_boolean(truth: Truth) -> None:
    """Whoever writes ``if truth`` is told, since it would let everything through."""
    with pytest.raises(TypeError):
        bool(truth)


def test_a_keys_name_is_read_without_regard_to_case() -> None:
    """IAM compares names of keys so."""
    assert request(sts_ExternalId="x").values("STS:externalid") == ("x",)


def test_a_present_key_stays_apart_from_a_value() -> None:
    """A key of which only the presence is known has no value to compare."""
    asked = Request("sts:AssumeRole", "*", keys={"sts:ExternalId": PRESENT})

    assert asked.values("sts:ExternalId") is PRESENT


@pytest.mark.parametrize(
    "key",
    ["sts:ExternalId", "STS:SourceIdentity", "aws:RequestTag/team", "aws:TagKeys", "sts:TransitiveTagKeys"],
)
def test_what_assume_roles_parameters_do_not_give_is_absent(key: str) -> None:
    """The asker knows all parameters of the own request."""
    assert request().values(key) == ()


@pytest.mark.parametrize(
    "key",
    [
        *("aws:PrincipalOrgID", "aws:SourceIp", "aws:MultiFactorAuthPresent", "aws:PrincipalTag/team"),
        *("aws:tagkeysX", "xsts:ExternalId", "", "saml:aud"),
    ],
)
def test_of_every_other_key_nothing_is_known(key: str) -> None:
    """What AWS adds by itself may be there."""
    assert request().values(key) is None


def test_somebody_who_knows_more_says_what_is_absent() -> None:
    """The default gives way to a predicate."""
    asked = Request("s3:GetObject", "*", absent=lambda key: key == "aws:PrincipalOrgID")

    assert asked.values("aws:PrincipalOrgID") == ()
    assert asked.values("sts:ExternalId") is None


@pytest.mark.parametrize(
    ("user_id", "unique_id", "session"),
    [
        ("AROAEXAMPLE:01kan", "AROAEXAMPLE", "01kan"),
        ("AIDAEXAMPLE", "AIDAEXAMPLE", None),
        ((), None, None),
    ],
)
def test_the_user_id_says_who_and_in_which_session(
    user_id: str | tuple[str, ...], unique_id: str | None, session: str | None
) -> None:
    """Of a role it is its id and the session's name, of a user the id alone."""
    asked = request(aws_userid=user_id)

    assert (asked.unique_id, asked.session) == (unique_id, session)
