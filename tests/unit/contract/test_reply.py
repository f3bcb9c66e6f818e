"""What the hub answers, and how the client reads it."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings

from hubspoke_contract.errors import Problem
from hubspoke_contract.names import AccountId, PolicyName, RoleName
from hubspoke_contract.reply import (
    Credentials,
    Identity,
    MalformedReply,
    RoleOffer,
    RolesPage,
    error_document,
    format_time,
    parse_time,
)
from hubspoke_contract.secret import Secret
from tests.support import strategies

CANARY = "canary-4f1b"


# --- the replies ------------------------------------------------------------------------------

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key=Secret("the-secret"),
    session_token=Secret("the-token"),
    expiration=datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC),
    account=AccountId("222222222222"),
    assumed_role_arn="arn:aws:sts::222222222222:assumed-role/r/s",
    source_identity="user.111111111111.bot",
    vend_id="01jexample",
    packed_policy_size=7,
)
OFFER = RoleOffer(
    AccountId("222222222222"),
    "dev",
    "ou-root/Dev",
    (("environment", "dev"),),
    RoleName("r"),
    900,
    (PolicyName("read-only"),),
    True,
)
PAGE = RolesPage((OFFER,), "bmV4dA==")
IDENTITY = Identity(
    AccountId("111111111111"), 'Caller::Role::"x"', "AROAEXAMPLE", "label", "Admin", "role.111111111111.x"
)


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


@given(strategies.credentials)
@settings(deadline=None, max_examples=200)
def test_credentials_survive_the_wire(credentials: Credentials) -> None:
    """What the hub answers a vend with is what the client reads."""
    assert Credentials.from_document(through_json(credentials.to_document())) == credentials


@given(strategies.roles_pages)
@settings(deadline=None, max_examples=200)
def test_a_page_of_roles_survives_the_wire(page: RolesPage) -> None:
    """What the hub offers is what the client reads."""
    assert RolesPage.from_document(through_json(page.to_document())) == page


@given(strategies.identities)
@settings(deadline=None, max_examples=200)
def test_an_identity_survives_the_wire(identity: Identity) -> None:
    """What the hub sees is what the client reads."""
    assert Identity.from_document(through_json(identity.to_document())) == identity


def test_a_vend_is_a_credential_process_document() -> None:
    """The reply holds the keys that AWS SDKs read, written as they read them."""
    document = CREDENTIALS.to_document()

    assert {key: document[key] for key in list(document)[:5]} == {
        "Version": 1,
        "AccessKeyId": "ASIAEXAMPLE",
        "SecretAccessKey": "the-secret",
        "SessionToken": "the-token",
        "Expiration": "2031-02-03T04:05:06Z",
    }


def test_the_last_page_has_no_token() -> None:
    """``NextToken`` is absent, not null, where there is no next page."""
    assert "NextToken" not in RolesPage((), None).to_document()


@pytest.mark.parametrize(
    "reply", [CREDENTIALS, OFFER, PAGE, IDENTITY], ids=lambda reply: type(reply).__name__
)
def test_keys_of_later_versions_are_passed_over(reply: Any) -> None:
    """An older client reads a newer hub's reply."""
    assert type(reply).from_document({**reply.to_document(), "FromTheFuture": [1]}) == reply


_OPTIONAL = {"PackedPolicySize", "PermissionSet", "NextToken"}
_MAY_BE_EMPTY = {"AccountName", "OrgUnit"}
_FIELDS = [
    pytest.param(reply, key, id=f"{type(reply).__name__}.{key}")
    for reply in (CREDENTIALS, OFFER, PAGE, IDENTITY)
    for key in reply.to_document()
]


def _wrong_values(key: str, value: object) -> list[object]:
    wrong: list[object] = (
        [{"x": 1}, 1.5, True] if key not in ("Version", "SessionPolicyRequired") else [{}, 7, "1"]
    )
    wrong += [] if key in _OPTIONAL - {"NextToken"} else [None]
    if isinstance(value, str):
        wrong += [7, ["x"]] + ([] if key in _MAY_BE_EMPTY else [""])
    if isinstance(value, list):
        wrong += ["x", [7], [None]]
    if isinstance(value, int):
        wrong += ["900", [900]]
    return wrong


@pytest.mark.parametrize(("reply", "key"), _FIELDS)
def test_a_reply_with_a_field_of_another_type_is_malformed(reply: Any, key: str) -> None:
    """No field is coerced, guessed or left at a default because it has another type."""
    document = reply.to_document()
    for wrong in _wrong_values(key, document[key]):
        with pytest.raises(MalformedReply):
            type(reply).from_document({**document, key: wrong})


@pytest.mark.parametrize(("reply", "key"), [field for field in _FIELDS if field.values[1] not in _OPTIONAL])
def test_a_reply_without_a_field_is_malformed(reply: Any, key: str) -> None:
    """A reply that lacks what the contract promises is not read."""
    document = {name: value for name, value in reply.to_document().items() if name != key}
    with pytest.raises(MalformedReply):
        type(reply).from_document(document)


@pytest.mark.parametrize(
    ("reply", "key", "attribute"),
    [
        (CREDENTIALS, "PackedPolicySize", "packed_policy_size"),
        (PAGE, "NextToken", "next_token"),
        (IDENTITY, "PermissionSet", "permission_set"),
    ],
)
def test_what_may_be_missing_is_none(reply: Any, key: str, attribute: str) -> None:
    """A field that doesn't apply may be left out."""
    document = {name: value for name, value in reply.to_document().items() if name != key}

    assert getattr(type(reply).from_document(document), attribute) is None


@pytest.mark.parametrize("kind", [Credentials, RoleOffer, RolesPage, Identity])
@pytest.mark.parametrize("document", [None, [], "x", 7, True, 1.5, {}])
def test_a_reply_of_another_shape_is_malformed(kind: Any, document: object) -> None:
    """Whatever answers instead of the hub is not read as one of its replies."""
    with pytest.raises(MalformedReply):
        kind.from_document(document)


@pytest.mark.parametrize(
    "account", ["22222222222", "2222222222222", "22222222222a", "222222222222\n", "２" * 12]
)
@pytest.mark.parametrize("reply", [CREDENTIALS, OFFER, IDENTITY], ids=lambda reply: type(reply).__name__)
def test_an_account_in_a_reply_is_twelve_digits(reply: Any, account: str) -> None:
    """An account id of another form makes the reply malformed."""
    with pytest.raises(MalformedReply):
        type(reply).from_document({**reply.to_document(), "AccountId": account})


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_of_the_document_is_malformed(version: object) -> None:
    """Credentials of a version that this client doesn't know are not used."""
    with pytest.raises(MalformedReply):
        Credentials.from_document({**CREDENTIALS.to_document(), "Version": version})


@pytest.mark.parametrize("key", list(CREDENTIALS.to_document()))
def test_a_malformed_reply_names_the_key_and_never_a_value(key: str) -> None:
    """The exception's text holds nothing that the reply held."""
    document: dict[str, object] = dict.fromkeys(CREDENTIALS.to_document(), CANARY)
    document |= {"Version": 1, "AccountId": "222222222222", "PackedPolicySize": 7}
    document[key] = [CANARY]
    with pytest.raises(MalformedReply) as malformed:
        Credentials.from_document(document)

    assert CANARY not in str(malformed.value)


def test_credentials_do_not_show_their_secrets() -> None:
    """The repr of a vend's credentials has the key's id, and neither secret."""
    shown = repr(CREDENTIALS) + str(CREDENTIALS) + f"{CREDENTIALS}"

    assert "ASIAEXAMPLE" in shown
    assert "the-secret" not in shown
    assert "the-token" not in shown


def test_credentials_cannot_become_a_dict_by_accident() -> None:
    """``dataclasses.asdict`` stops at the first secret instead of copying it."""
    with pytest.raises(TypeError):
        dataclasses.asdict(CREDENTIALS)


# --- errors and times -------------------------------------------------------------------------


@pytest.mark.parametrize("problem", Problem, ids=lambda problem: problem.name)
def test_an_error_document_says_code_message_and_request_id(problem: Problem) -> None:
    """A refusal's document never names the problem itself: that is for the audit record."""
    assert through_json(error_document(problem, "rid")) == {
        "Code": str(problem.code),
        "Message": problem.message,
        "RequestId": "rid",
    }


def test_a_time_is_written_in_utc() -> None:
    """A time of another offset is written as the same moment in UTC, to the second."""
    moment = datetime(2031, 1, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=2)))

    assert format_time(moment) == "2030-12-31T23:30:00Z"


@pytest.mark.parametrize(
    "raw", ["2031-02-03T04:05:06Z", "2031-02-03T04:05:06+00:00", "2031-02-03T06:05:06+02:00"]
)
def test_a_time_is_read_with_its_offset(raw: str) -> None:
    """Every offset of one moment reads as that moment in UTC."""
    moment = parse_time(raw)

    assert (moment, moment.tzinfo) == (datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "raw",
    [
        *("x", "2031-02-03", "2031-02-03T04:05:06", "1927857906", "2031-02-30T00:00:00Z", "tomorrow"),
        *("2031-02-03T04:05:06Z\n", "2031-02-03T25:00:00Z", "2031-02-03T04:05:06\ud800"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    ],
)
def test_what_is_not_a_time_with_an_offset_is_malformed(raw: str) -> None:
    """A time without an offset, or that no UTC time can say, makes the reply malformed."""
    with pytest.raises(MalformedReply):
        parse_time(raw)


@pytest.mark.parametrize("version", [True, 1.0, "1", None])
def test_the_version_is_the_number_one(version: object) -> None:
    """Nothing that merely equals one is taken for the version."""
    with pytest.raises(MalformedReply):
        Credentials.from_document({**CREDENTIALS.to_document(), "Version": version})
