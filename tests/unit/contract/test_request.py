"""What callers send, and its strict decoding."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_contract import limits
from hubspoke_contract.errors import Code, Problem, Refused
from hubspoke_contract.names import PolicyName
from hubspoke_contract.request import RESERVED_TAG_PREFIXES, VendRequest, decode_vend_request
from tests.support import strategies


def problem_of(body: str) -> Problem:
    with pytest.raises(Refused) as refused:
        decode_vend_request(body)
    return refused.value.problem


def tag(key: Any = "team", value: Any = "blue") -> dict[str, Any]:
    return {"Key": key, "Value": value}


def tags_body(*tags: Any) -> str:
    return json.dumps({"Tags": list(tags)})


# --- the request: what is accepted ------------------------------------------------------------


@pytest.mark.parametrize("body", [None, "", "{}", " {} ", "{\r\n\t}"])
def test_a_body_that_asks_nothing_is_an_empty_request(body: str | None) -> None:
    """No body, an empty one and an empty object mean the same."""
    assert decode_vend_request(body) == VendRequest()


def test_every_key_is_read() -> None:
    """All four keys of a body arrive in the request, unchanged."""
    body = (
        '{"DurationSeconds": 900, "SessionPolicy": "read-only", "Reason": "INC-7: disk läuft voll",'
        ' "Tags": [{"Key": "Team", "Value": ""}, {"Value": "é", "Key": "cost center"}]}'
    )

    assert decode_vend_request(body) == VendRequest(
        900, PolicyName("read-only"), (("Team", ""), ("cost center", "é")), "INC-7: disk läuft voll"
    )


@pytest.mark.parametrize("seconds", [900, 901, 3599, 3600])
def test_a_duration_within_the_bounds_is_taken(seconds: int) -> None:
    """Both bounds belong to the legal durations."""
    assert decode_vend_request(f'{{"DurationSeconds": {seconds}}}').duration == seconds


def test_fifty_tags_of_full_length_fit() -> None:
    """The limit on the body leaves room for all the tags that STS takes."""
    tags = tuple((f"{place:0>128}", "v" * 256) for place in range(50))

    assert decode_vend_request(VendRequest(tags=tags).to_body().decode()).tags == tags


def test_an_empty_list_of_tags_is_no_tags() -> None:
    """``Tags: []`` asks for nothing."""
    assert decode_vend_request('{"Tags": []}').tags == ()


@pytest.mark.parametrize("reason", ["x", "r" * 256, "ä" * 256, "a b", "日本語"])
def test_a_printable_reason_is_taken(reason: str) -> None:
    """A reason may be anything printable of 1 to 256 characters."""
    assert decode_vend_request(json.dumps({"Reason": reason})).reason == reason


def test_a_body_of_exactly_the_limit_is_read() -> None:
    """The limit itself is not too large."""
    assert decode_vend_request("{}".ljust(limits.BODY_MAX)) == VendRequest()


@given(strategies.vend_requests)
def test_a_request_survives_the_wire(request: VendRequest) -> None:
    """What a client encodes, the hub decodes to the same request."""
    assert decode_vend_request(request.to_body().decode()) == request


def test_what_is_not_set_is_not_sent() -> None:
    """An empty request is an empty object."""
    assert VendRequest().to_body() == b"{}"


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
    assert decode_vend_request(tags_body(tag(key, value))).tags == ((key, value),)


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


def _spelt(prefix: str) -> st.SearchStrategy[str]:
    """Spell a prefix in every way that STS, which compares without case, would take for it."""
    folds = {"s": "sSſ", "k": "kK\u212a"}
    return st.tuples(*(st.sampled_from(folds.get(char, char + char.upper())) for char in prefix)).map("".join)


@given(
    prefix=st.sampled_from(RESERVED_TAG_PREFIXES).flatmap(_spelt),
    rest=strategies.tag_values,
    others=strategies.tags,
)
def test_no_reserved_key_is_ever_taken(prefix: str, rest: str, others: tuple[tuple[str, str], ...]) -> None:
    """However it is spelt, whatever follows and whatever stands beside it."""
    body = tags_body(*(tag(*other) for other in others), tag(prefix + rest))

    assert problem_of(body) is Problem.TagsInvalid


@pytest.mark.parametrize(
    "key", ["aws", "awsome", "xaws:", "hubspoke", "hubspoker", "x-hubspoke:", "aws-team"]
)
def test_only_the_prefix_with_its_colon_is_reserved(key: str) -> None:
    """A key that merely resembles a reserved one is the caller's."""
    assert decode_vend_request(tags_body(tag(key))).tags == ((key, "blue"),)


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


def outcome(body: str) -> VendRequest | Problem:
    try:
        return decode_vend_request(body)
    except Refused as refused:
        return refused.problem


@given(st.text(max_size=200))
def test_any_text_is_decoded_or_refused(body: str) -> None:
    """No text makes the decoder raise anything but a refusal of the request."""
    found = outcome(body)

    assert isinstance(found, VendRequest) or found.code is Code.INVALID_REQUEST


@given(strategies.json_values)
def test_any_json_is_decoded_to_a_legal_request_or_refused(document: object) -> None:
    """Whatever JSON comes in, a request that comes out is within every limit, and reads back."""
    found = outcome(json.dumps(document))

    if isinstance(found, Problem):
        assert found.code is Code.INVALID_REQUEST
    else:
        assert found.duration is None or 900 <= found.duration <= 3600
        assert len(found.tags) <= 50
        assert decode_vend_request(found.to_body().decode()) == found
