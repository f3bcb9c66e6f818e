"""The request's strict decoding, and the replies' round trips."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_contract import limits, wire
from hubspoke_contract.errors import Code, Problem, Refused
from hubspoke_contract.names import AccountId, PolicyName, RoleName
from hubspoke_contract.secret import Secret
from tests.support import strategies

CANARY = "canary-4f1b"


def problem_of(body: str) -> Problem:
    with pytest.raises(Refused) as refused:
        wire.decode_vend_request(body)
    return refused.value.problem


def tag(key: Any = "team", value: Any = "blue") -> dict[str, Any]:
    return {"Key": key, "Value": value}


def tags_body(*tags: Any) -> str:
    return json.dumps({"Tags": list(tags)})


# --- the request: what is accepted ------------------------------------------------------------


@pytest.mark.parametrize("body", [None, "", "{}", " {} ", "{\r\n\t}"])
def test_a_body_that_asks_nothing_is_an_empty_request(body: str | None) -> None:
    """No body, an empty one and an empty object mean the same."""
    assert wire.decode_vend_request(body) == wire.VendRequest()


def test_every_key_is_read() -> None:
    """All four keys of a body arrive in the request, unchanged."""
    body = (
        '{"DurationSeconds": 900, "SessionPolicy": "read-only", "Reason": "INC-7: disk läuft voll",'
        ' "Tags": [{"Key": "Team", "Value": ""}, {"Value": "é", "Key": "cost center"}]}'
    )

    assert wire.decode_vend_request(body) == wire.VendRequest(
        900, PolicyName("read-only"), (("Team", ""), ("cost center", "é")), "INC-7: disk läuft voll"
    )


@pytest.mark.parametrize("seconds", [900, 901, 3599, 3600])
def test_a_duration_within_the_bounds_is_taken(seconds: int) -> None:
    """Both bounds belong to the legal durations."""
    assert wire.decode_vend_request(f'{{"DurationSeconds": {seconds}}}').duration == seconds


def test_fifty_tags_of_full_length_fit() -> None:
    """The limit on the body leaves room for all the tags that STS takes."""
    tags = tuple((f"{place:0>128}", "v" * 256) for place in range(50))

    assert wire.decode_vend_request(wire.VendRequest(tags=tags).to_body().decode()).tags == tags


def test_an_empty_list_of_tags_is_no_tags() -> None:
    """``Tags: []`` asks for nothing."""
    assert wire.decode_vend_request('{"Tags": []}').tags == ()


@pytest.mark.parametrize("reason", ["x", "r" * 256, "ä" * 256, "a b", "日本語"])
def test_a_printable_reason_is_taken(reason: str) -> None:
    """A reason may be anything printable of 1 to 256 characters."""
    assert wire.decode_vend_request(json.dumps({"Reason": reason})).reason == reason


def test_a_body_of_exactly_the_limit_is_read() -> None:
    """The limit itself is not too large."""
    assert wire.decode_vend_request("{}".ljust(limits.BODY_MAX)) == wire.VendRequest()


@given(strategies.vend_requests)
@settings(deadline=None, max_examples=500)
def test_a_request_survives_the_wire(request: wire.VendRequest) -> None:
    """What a client encodes, the hub decodes to the same request."""
    assert wire.decode_vend_request(request.to_body().decode()) == request


def test_what_is_not_set_is_not_sent() -> None:
    """An empty request is an empty object."""
    assert wire.VendRequest().to_body() == b"{}"


# --- the request: what is refused -------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x", id="not JSON"),
        pytest.param("   ", id="white space alone"),
        pytest.param("[]", id="array"),
        pytest.param('[{"DurationSeconds": 900}]', id="object in an array"),
        pytest.param("null", id="null"),
        pytest.param("true", id="true"),
        pytest.param("900", id="number"),
        pytest.param('"{}"', id="string"),
        pytest.param("{", id="cut short"),
        pytest.param('{"DurationSeconds": 900', id="cut short after a value"),
        pytest.param("{'DurationSeconds': 900}", id="single quotes"),
        pytest.param('{"DurationSeconds": 900,}', id="trailing comma"),
        pytest.param('{"DurationSeconds": 0900}', id="leading zero"),
        pytest.param('{"DurationSeconds": +900}', id="plus sign"),
        pytest.param('{"DurationSeconds": 0x384}', id="hexadecimal"),
        pytest.param('{"DurationSeconds": 3_600}', id="underscore"),
        pytest.param('{"DurationSeconds": ٩٠٠}', id="digits of another script"),
        pytest.param('{"DurationSeconds": NaN}', id="NaN"),
        pytest.param('{"DurationSeconds": Infinity}', id="Infinity"),
        pytest.param('{"DurationSeconds": -Infinity}', id="-Infinity"),
        pytest.param('{"Whatever": NaN}', id="NaN under an unknown key"),
        pytest.param('{"DurationSeconds": 1' + "0" * 5000 + "}", id="5001 digits"),
        pytest.param('{"DurationSeconds": 900, "DurationSeconds": 900}', id="equal keys, equal values"),
        pytest.param('{"DurationSeconds": 900, "DurationSeconds": 3600}', id="equal keys"),
        pytest.param('{"DurationSeconds": 900, "Duration\\u0053econds": 3600}', id="equal keys, one escaped"),
        pytest.param('{"Tags": [{"Key": "a", "Key": "b", "Value": "c"}]}', id="equal keys in a tag"),
        pytest.param('{"Tags": [{"Key": "a", "Value": {"x": 1, "x": 2}}]}', id="equal keys deep down"),
        pytest.param('{"Tags": ' + "[" * 16000 + "]" * 16000 + "}", id="deep arrays"),
        pytest.param("\ufeff{}", id="byte order mark"),
        pytest.param("{} x", id="trailing garbage"),
        pytest.param("{}{}", id="two objects"),
        pytest.param("{}\0", id="trailing NUL"),
        pytest.param("{} // none", id="comment"),
        pytest.param('{"Reason": "a\nb"}', id="raw line break in a string"),
        pytest.param('{"Reason": "\\x"}', id="unknown escape"),
    ],
)
def test_what_is_not_one_strict_object_is_malformed(body: str) -> None:
    """Anything but one JSON object without duplicates and constants is ``BodyMalformed``."""
    assert problem_of(body) is Problem.BodyMalformed


def test_objects_nested_deep_are_refused() -> None:
    """How deep is too deep is Python's to say; past it or not, a key nobody knows is no request."""
    problem = problem_of('{"a":' * 5000 + "1" + "}" * 5000)
    assert problem in (Problem.BodyMalformed, Problem.KeyUnknown)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("{}".ljust(limits.BODY_MAX + 1), id="a character too many"),
        pytest.param('{"Reason": "' + "é" * (limits.BODY_MAX // 2) + '"}', id="too many bytes"),
        pytest.param('{"Reason": "' + "😀" * (limits.BODY_MAX // 4) + '"}', id="far too many bytes"),
        pytest.param("[" * (limits.BODY_MAX + 1), id="too many brackets"),
    ],
)
def test_an_oversized_body_is_not_parsed(body: str) -> None:
    """The limit counts bytes, and comes before the parser."""
    assert problem_of(body) is Problem.BodyTooLarge


@pytest.mark.parametrize(
    "key",
    [
        "durationSeconds",
        "DURATIONSECONDS",
        "Durationseconds",
        "DurationSeconds ",
        "DurationSeconds\n",
        "",
        "RoleArn",
        "Account",
        "ExternalId",
        "Policy",
        "PolicyArns",
        "tags",
        "__class__",
        "\ud800",
        "ＤurationSeconds",
    ],
)
def test_an_unknown_key_is_refused(key: str) -> None:
    """Keys are matched exactly, and no key names the target or anything else of STS's."""
    assert problem_of(json.dumps({key: 900})) is Problem.KeyUnknown


@pytest.mark.parametrize(
    "raw",
    [
        *("true", "false", "null", '"900"', "[900]", "{}", "900.0", "9e2", "1e400", "-1e400", "1e-400"),
        *("899", "3601", "0", "-900", "-0", "43200", "1" + "0" * 4000, '"PT15M"'),
    ],
    ids=lambda raw: raw[:12],
)
def test_a_duration_is_a_whole_number_within_the_bounds(raw: str) -> None:
    """Nothing is coerced to a duration, and none outside 900 to 3600 is taken."""
    assert problem_of(f'{{"DurationSeconds": {raw}}}') is Problem.DurationInvalid


@pytest.mark.parametrize(
    "raw",
    [
        *("", " ", "a b", "a/b", "../read-only", "read-only\n", "read%2Donly", "read-only*", "a:b", "é"),
        *(
            "x" * 65,
            "１",
            "\x00",
            "\ud800",
            None,
            True,
            1,
            1.5,
            [],
            ["read-only"],
            {},
            {"Version": "2012-10-17"},
        ),
    ],
)
def test_a_session_policy_is_a_name(raw: object) -> None:
    """A session policy is asked for by its name, never by its text."""
    assert problem_of(json.dumps({"SessionPolicy": raw})) is Problem.SessionPolicyInvalid


@pytest.mark.parametrize(
    "raw",
    [
        *("", "r" * 257, "a\nb", "a\r\nb", "trailing\n", "a\tb", "\x00", "\x1b[2J", "\x7f", "\x85"),
        *("a\u2028b", "a\u2029b", "\u202etxt.exe", "\u200b", "\u2066", "\ud800", "\ue000", "\u00a0"),
        *(None, True, 7, 1.5, [], ["why"], {}),
    ],
)
def test_a_reason_is_one_printable_line(raw: object) -> None:
    """Control characters, line breaks, bidirectional overrides and lone surrogates stay out of the ledger."""
    assert problem_of(json.dumps({"Reason": raw})) is Problem.ReasonInvalid


def test_a_lone_surrogate_that_is_not_escaped_is_refused() -> None:
    """A body that cannot be encoded as UTF-8 is refused like any other, not a crash."""
    assert problem_of('{"Reason": "\ud800"}') is Problem.ReasonInvalid


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(json.dumps({"Tags": value}), id=f"Tags: {value!r}")
        for value in (
            None,
            True,
            7,
            1.5,
            "team=blue",
            {},
            {"team": "blue"},
            tag(),
            [None],
            [[]],
            ["team"],
            [7],
        )
    ],
)
def test_tags_are_a_list_of_objects(raw: str) -> None:
    """Tags of another shape are refused, also those that map names to values."""
    assert problem_of(raw) is Problem.TagsInvalid


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"Key": "a"},
        {"Value": "a"},
        {"key": "a", "value": "b"},
        {"Key": "a", "value": "b"},
        {"Key": "a", "Value": "b", "Transitive": True},
        {"Key": "a", "Value": "b", "": ""},
        tag(key=None),
        tag(key=7),
        tag(key=True),
        tag(key=["a"]),
        tag(value=None),
        tag(value=7),
        tag(value=True),
        tag(value={}),
    ],
)
def test_a_tag_is_a_key_and_a_value_and_nothing_else(bad: dict[str, Any]) -> None:
    """A tag with a missing, further, wrongly written or wrongly typed part is refused."""
    assert problem_of(tags_body(tag("fine"), bad)) is Problem.TagsInvalid


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("", "v", id="empty key"),
        pytest.param("k" * 129, "v", id="key of 129"),
        pytest.param("k", "v" * 257, id="value of 257"),
        pytest.param("k\n", "v", id="line break in the key"),
        pytest.param("k", "v\n", id="line break in the value"),
        pytest.param("k", "a*", id="asterisk"),
        pytest.param("k", "a,b", id="comma"),
        pytest.param("k?", "v", id="question mark"),
        pytest.param("k", "${aws:username}", id="policy variable"),
        pytest.param("k", "<b>", id="markup"),
        pytest.param("k", "\x00", id="NUL"),
        pytest.param("k", "\u200b", id="zero width"),
        pytest.param("k", "\ud800", id="lone surrogate"),
        pytest.param("e\u0301", "v", id="combining mark"),
        pytest.param("k", "😀", id="symbol"),
    ],
)
def test_a_tag_keeps_to_the_alphabet_and_lengths_of_sts(key: str, value: str) -> None:
    """What STS would refuse as a session tag is refused before it is asked."""
    assert problem_of(tags_body(tag(key, value))) is Problem.TagsInvalid


@pytest.mark.parametrize(
    ("key", "value"), [("k" * 128, "v" * 256), ("k", ""), ("_.:/=+-@ 7é", "_.:/=+-@ 7é")]
)
def test_a_tag_at_the_edge_of_the_limits_is_taken(key: str, value: str) -> None:
    """The longest key and value, the empty value and every legal mark are taken."""
    assert wire.decode_vend_request(tags_body(tag(key, value))).tags == ((key, value),)


@pytest.mark.parametrize(
    "key",
    [
        *("aws:", "aws:x", "AWS:x", "Aws:x", "aWs:RequestTag", "awſ:x"),
        *("hubspoke:", "hubspoke:x", "HUBSPOKE:x", "HubSpoke:caller", "hubſpoke:x", "hubspo\u212ae:x"),
    ],
)
def test_reserved_namespaces_are_refused_whatever_their_case(key: str) -> None:
    """A caller can't set a tag of AWS's or of the service's, not even by a letter that folds to one."""
    assert problem_of(tags_body(tag(key))) is Problem.TagsInvalid


@pytest.mark.parametrize(
    "key", ["aws", "awsome", "xaws:", "hubspoke", "hubspoker", "x-hubspoke:", "aws-team"]
)
def test_only_the_prefix_with_its_colon_is_reserved(key: str) -> None:
    """A key that merely resembles a reserved one is the caller's."""
    assert wire.decode_vend_request(tags_body(tag(key))).tags == ((key, "blue"),)


@pytest.mark.parametrize(
    ("one", "other"), [("team", "team"), ("team", "TEAM"), ("Team", "tEAM"), ("ß", "SS")]
)
def test_tag_keys_are_unique_whatever_their_case(one: str, other: str) -> None:
    """STS compares keys without case, so two that differ only in case are one twice."""
    assert problem_of(tags_body(tag(one), tag(other))) is Problem.TagsInvalid


def test_fifty_one_tags_are_too_many() -> None:
    """STS takes fifty."""
    assert problem_of(tags_body(*(tag(f"k{place}") for place in range(51)))) is Problem.TagsInvalid


@pytest.mark.parametrize("first", ["DurationSeconds", "SessionPolicy", "Tags", "Reason"])
def test_one_bad_value_spoils_a_good_request(first: str) -> None:
    """No part of a request is taken when another part is wrong."""
    good = {"DurationSeconds": 900, "SessionPolicy": "p", "Tags": [], "Reason": "r"}

    assert problem_of(json.dumps({**good, first: None})).name.startswith(first.removesuffix("Seconds"))


def outcome(body: str) -> wire.VendRequest | Problem:
    try:
        return wire.decode_vend_request(body)
    except Refused as refused:
        return refused.problem


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=500)
def test_any_text_is_decoded_or_refused(body: str) -> None:
    """No text makes the decoder raise anything but a refusal of the request."""
    found = outcome(body)

    assert isinstance(found, wire.VendRequest) or found.code is Code.INVALID_REQUEST


@given(strategies.json_values)
@settings(deadline=None, max_examples=500)
def test_any_json_is_decoded_to_a_legal_request_or_refused(document: object) -> None:
    """Whatever JSON comes in, a request that comes out is within every limit, and reads back."""
    found = outcome(json.dumps(document))

    if isinstance(found, Problem):
        assert found.code is Code.INVALID_REQUEST
    else:
        assert found.duration is None or 900 <= found.duration <= 3600
        assert len(found.tags) <= 50
        assert wire.decode_vend_request(found.to_body().decode()) == found


# --- the replies ------------------------------------------------------------------------------

CREDENTIALS = wire.Credentials(
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
OFFER = wire.RoleOffer(
    AccountId("222222222222"), "dev", "ou-root/Dev", RoleName("r"), 900, (PolicyName("read-only"),), True
)
PAGE = wire.RolesPage((OFFER,), "bmV4dA==")
IDENTITY = wire.Identity(
    AccountId("111111111111"), 'Caller::Role::"x"', "AROAEXAMPLE", "label", "Admin", "role.111111111111.x"
)


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


@given(strategies.credentials)
@settings(deadline=None, max_examples=200)
def test_credentials_survive_the_wire(credentials: wire.Credentials) -> None:
    """What the hub answers a vend with is what the client reads."""
    assert wire.Credentials.from_document(through_json(credentials.to_document())) == credentials


@given(strategies.roles_pages)
@settings(deadline=None, max_examples=200)
def test_a_page_of_roles_survives_the_wire(page: wire.RolesPage) -> None:
    """What the hub offers is what the client reads."""
    assert wire.RolesPage.from_document(through_json(page.to_document())) == page


@given(strategies.identities)
@settings(deadline=None, max_examples=200)
def test_an_identity_survives_the_wire(identity: wire.Identity) -> None:
    """What the hub sees is what the client reads."""
    assert wire.Identity.from_document(through_json(identity.to_document())) == identity


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
    assert "NextToken" not in wire.RolesPage((), None).to_document()


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
        with pytest.raises(wire.MalformedReply):
            type(reply).from_document({**document, key: wrong})


@pytest.mark.parametrize(("reply", "key"), [field for field in _FIELDS if field.values[1] not in _OPTIONAL])
def test_a_reply_without_a_field_is_malformed(reply: Any, key: str) -> None:
    """A reply that lacks what the contract promises is not read."""
    document = {name: value for name, value in reply.to_document().items() if name != key}
    with pytest.raises(wire.MalformedReply):
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


@pytest.mark.parametrize("kind", [wire.Credentials, wire.RoleOffer, wire.RolesPage, wire.Identity])
@pytest.mark.parametrize("document", [None, [], "x", 7, True, 1.5, {}])
def test_a_reply_of_another_shape_is_malformed(kind: Any, document: object) -> None:
    """Whatever answers instead of the hub is not read as one of its replies."""
    with pytest.raises(wire.MalformedReply):
        kind.from_document(document)


@pytest.mark.parametrize(
    "account", ["22222222222", "2222222222222", "22222222222a", "222222222222\n", "２" * 12]
)
@pytest.mark.parametrize("reply", [CREDENTIALS, OFFER, IDENTITY], ids=lambda reply: type(reply).__name__)
def test_an_account_in_a_reply_is_twelve_digits(reply: Any, account: str) -> None:
    """An account id of another form makes the reply malformed."""
    with pytest.raises(wire.MalformedReply):
        type(reply).from_document({**reply.to_document(), "AccountId": account})


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_of_the_document_is_malformed(version: object) -> None:
    """Credentials of a version that this client doesn't know are not used."""
    with pytest.raises(wire.MalformedReply):
        wire.Credentials.from_document({**CREDENTIALS.to_document(), "Version": version})


@pytest.mark.parametrize("key", list(CREDENTIALS.to_document()))
def test_a_malformed_reply_names_the_key_and_never_a_value(key: str) -> None:
    """The exception's text holds nothing that the reply held."""
    document: dict[str, object] = dict.fromkeys(CREDENTIALS.to_document(), CANARY)
    document |= {"Version": 1, "AccountId": "222222222222", "PackedPolicySize": 7}
    document[key] = [CANARY]
    with pytest.raises(wire.MalformedReply) as malformed:
        wire.Credentials.from_document(document)

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
    assert through_json(wire.error_document(problem, "rid")) == {
        "Code": str(problem.code),
        "Message": problem.message,
        "RequestId": "rid",
    }


def test_a_time_is_written_in_utc() -> None:
    """A time of another offset is written as the same moment in UTC, to the second."""
    moment = datetime(2031, 1, 1, 1, 30, 0, 999999, tzinfo=timezone(timedelta(hours=2)))

    assert wire.format_time(moment) == "2030-12-31T23:30:00Z"


@pytest.mark.parametrize(
    "raw", ["2031-02-03T04:05:06Z", "2031-02-03T04:05:06+00:00", "2031-02-03T06:05:06+02:00"]
)
def test_a_time_is_read_with_its_offset(raw: str) -> None:
    """Every offset of one moment reads as that moment in UTC."""
    moment = wire.parse_time(raw)

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
    with pytest.raises(wire.MalformedReply):
        wire.parse_time(raw)


@pytest.mark.parametrize("version", [True, 1.0, "1", None])
def test_the_version_is_the_number_one(version: object) -> None:
    """Nothing that merely equals one is taken for the version."""
    with pytest.raises(wire.MalformedReply):
        wire.Credentials.from_document({**CREDENTIALS.to_document(), "Version": version})
