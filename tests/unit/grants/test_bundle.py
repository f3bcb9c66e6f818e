"""Loading a bundle: a whole one, or ``BundleInvalid`` and nothing else."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspoke_contract.names import AccountId, PolicyName, Target
from hubspoke_grants.bundle import Account, Bundle, BundleInvalid, encode, load, version_of
from tests.support import grants, strategies

Path = tuple[str | int, ...]


def full_document() -> dict[str, Any]:
    """Write a bundle in which every kind of value occurs."""
    return grants.document(
        Accounts=[
            grants.account("222222222222", Tags={"environment": "dev"}),
            grants.account("333333333333", Name="", OrgUnit=""),
        ],
        Profiles=[
            grants.profile(Accounts=["333333333333", "222222222222"]),
            grants.profile(
                Name="other",
                RoleName="other-role",
                Path="/hubspoke/",
                ExternalId="shared-secret",
                MaxDurationSeconds=900,
                Tags={"service": "hub"},
                CallerTagKeys=["ticket"],
            ),
        ],
    )


def places(node: Any, here: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List every value of a document with the way to it, containers too."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*here, key), child
        yield from places(child, (*here, key))


def changed(document: dict[str, Any], way: Path, value: Any) -> bytes:
    """Put another value in one place, and sign the outcome as if it were meant."""
    changed = copy.deepcopy(document)
    inner: Any = changed
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    del changed["Version"]
    return json.dumps(grants.signed(changed)).encode()


PLACES = {
    way: value
    for way, value in places(full_document())
    if way != ("Version",)  # signing would mend it
}
every_place = pytest.mark.parametrize("way", PLACES, ids=lambda way: ".".join(map(str, way)))


# --- whole ------------------------------------------------------------------------------------


def test_a_whole_bundle_is_loaded_whole() -> None:
    """Every part of the document is in the bundle, as what it means."""
    document = full_document()
    bundle = load(encode(document))
    other = bundle.roles[Target(AccountId("222222222222"), PolicyName("other-role"))]  # type: ignore[arg-type]

    assert bundle.version == document["Version"]
    assert bundle.accounts["222222222222"] == Account(
        AccountId("222222222222"), "dev", "ou-root/Workloads/Dev", (("environment", "dev"),)
    )
    assert (other.name, other.role, other.path, other.external_id, other.max_duration) == (
        "other",
        "other-role",
        "/hubspoke/",
        "shared-secret",
        900,
    )
    assert other.session_policies == ("read-only", "write")
    assert other.tags == (("service", "hub"),)
    assert other.caller_tag_keys == {"ticket"}
    assert bundle.session_policies["read-only"] == '{"Statement":["r"]}'
    assert bundle.durations == (900, 3600)


def test_the_catalogue_is_ordered_by_account_and_role() -> None:
    """Pages of roles follow one order, whatever the document's."""
    assert [str(place) for place in load(encode(full_document())).roles] == [
        "222222222222/app-role",
        "222222222222/other-role",
        "333333333333/app-role",
    ]


@pytest.mark.parametrize("part", ["accounts", "roles", "session_policies"])
def test_a_bundle_cannot_be_changed(part: str) -> None:
    """What decisions are made from is read-only, the mappings too."""
    bundle = load(encode(full_document()))
    with pytest.raises(TypeError):
        getattr(bundle, part)["x"] = None


def test_an_accounts_tags_cannot_be_changed() -> None:
    """Not even an account's tags."""
    tags: Any = load(encode(full_document())).accounts[AccountId("222222222222")].tags
    with pytest.raises(TypeError):
        tags["x"] = "y"


def test_white_space_and_the_order_of_keys_do_not_matter() -> None:
    """The digest is of what the document says, not of its bytes."""
    document = full_document()
    shuffled = dict(reversed(document.items()))

    assert load(json.dumps(shuffled, indent=2).encode()).version == document["Version"]


def test_a_bundle_of_nothing_loads_and_offers_nothing() -> None:
    """Grants without a role are valid: they let nobody take anything."""
    empty = grants.document("", Accounts=[], Profiles=[], SessionPolicies={})

    assert not load(encode(empty)).roles


# --- the version ------------------------------------------------------------------------------


def test_equal_documents_have_equal_versions() -> None:
    """The order of keys is no part of a version; nor is the version."""
    document = full_document()

    assert version_of(dict(reversed(document.items()))) == document["Version"] == version_of(document)


@every_place
def test_every_value_counts_for_the_version(way: Path) -> None:
    """A document that differs in any one place has another version."""
    document = full_document()

    assert json.loads(changed(document, way, "another"))["Version"] != document["Version"]


@pytest.mark.parametrize("version", ["", "0" * 16, None, 7, [], "x"])
def test_a_version_that_is_not_the_digest_is_refused(version: object) -> None:
    """A bundle that was edited by hand, or mixed from two, is not loaded."""
    with pytest.raises(BundleInvalid):
        load(encode({**full_document(), "Version": version}))


@pytest.mark.parametrize("version", [0, 2, -1, "1", None, [], {}])
def test_another_format_is_refused(version: object) -> None:
    """A document of a format this code doesn't know is not guessed at."""
    with pytest.raises(BundleInvalid):
        load(encode(grants.document(FormatVersion=version)))


# --- half-written and foreign -----------------------------------------------------------------


def test_a_bundle_cut_off_anywhere_is_refused() -> None:
    """No prefix of a bundle is a bundle."""
    raw = encode(grants.document())
    for end in range(len(raw)):
        with pytest.raises(BundleInvalid):
            load(raw[:end])


def test_a_bundle_with_one_byte_lost_is_refused() -> None:
    """No bundle that lost a byte anywhere is a bundle."""
    raw = encode(grants.document())
    for place in range(len(raw)):
        with pytest.raises(BundleInvalid):
            load(raw[:place] + raw[place + 1 :])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0", id="NUL"),
        pytest.param(b"null", id="null"),
        pytest.param(b"true", id="true"),
        pytest.param(b"7", id="number"),
        pytest.param(b'"x"', id="string"),
        pytest.param(b"[]", id="array"),
        pytest.param(b"[{}]", id="array of objects"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b'{"FormatVersion": 1}', id="format alone"),
        pytest.param(b'{"FormatVersion": 1, "Version": "x"}', id="format and version alone"),
        pytest.param(b'{"Version": "2012-10-17", "Statement": []}', id="an IAM policy"),
        pytest.param(b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", id="S3's XML"),
        pytest.param(b"\xff\xfe\x00", id="not UTF-8"),
        pytest.param(b"\x80", id="a continuation byte"),
        pytest.param(b"\x1f\x8b\x08\x00", id="gzip"),
        pytest.param(b"[" * 100_000, id="deep arrays"),
        pytest.param(b'{"a":' * 100_000, id="deep objects"),
        pytest.param(b"1" * 10_000, id="ten thousand digits"),
        pytest.param(b'{"FormatVersion": 1, "Version": "x", "y": "\\ud800"}', id="lone surrogate"),
        pytest.param(b'{"FormatVersion": 1, "Version": "x", "y": NaN}', id="NaN"),
        pytest.param(b'{"FormatVersion": 1, "Version": "x", "y": 1e999}', id="1e999"),
        pytest.param(
            b'{"FormatVersion": 1, "Version": {"a": 1}, "Accounts": 0}', id="a version of another type"
        ),
    ],
)
def test_a_foreign_object_is_refused(raw: bytes) -> None:
    """Whatever else lies where the bundle should is not a bundle."""
    with pytest.raises(BundleInvalid):
        load(raw)


def test_no_depth_of_nesting_is_a_crash() -> None:
    """Around the parser's own limit a nested document is still refused, never a ``RecursionError``."""
    for depth in range(900, 1001):
        with pytest.raises(BundleInvalid):
            load(b'{"FormatVersion": 1, "Version": "x", "y": ' + b"[" * depth + b"]" * depth + b"}")


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=500)
def test_random_bytes_are_refused(raw: bytes) -> None:
    """No bytes raise anything but ``BundleInvalid``."""
    with pytest.raises(BundleInvalid):
        load(raw)


@given(st.dictionaries(st.sampled_from(list(grants.document())), strategies.json_values))
@settings(deadline=None, max_examples=500)
def test_random_parts_are_refused(parts: dict[str, Any]) -> None:
    """A bundle with any of its parts replaced by random JSON loads whole, or is ``BundleInvalid``."""
    raw = json.dumps({**grants.document(), **parts}).encode()
    try:
        loaded = load(raw)
    except BundleInvalid:
        return
    assert isinstance(loaded, Bundle)


# --- one value at a time ----------------------------------------------------------------------


@every_place
def test_a_value_of_another_type_is_refused(way: Path) -> None:
    """No value anywhere may be of another JSON type, even in a document whose digest is right."""
    value = PLACES[way]
    keys = way[-1] == "CallerTagKeys"  # any iterable of texts is taken for its list
    wrong: list[Any] = [7.5, [7], [None], [[]]]
    wrong += [] if keys else [{"x": {}}]
    wrong += [] if way[-1] == "ExternalId" else [None]
    wrong += [] if way == ("FormatVersion",) else [True]
    wrong += [] if isinstance(value, int) else [7]
    wrong += [] if isinstance(value, list) else [[]]
    wrong += [] if isinstance(value, dict | list) else [{}]
    wrong += [] if isinstance(value, str) or value is None or keys else ["7", "\0"]
    for other in wrong:
        with pytest.raises(BundleInvalid):
            load(changed(full_document(), way, other))


@every_place
def test_no_value_makes_loading_crash(way: Path) -> None:
    """Whatever stands in one place, the bundle loads whole or is ``BundleInvalid``."""
    for other in (None, True, 0, -1, 2**70, 1e999, "", "\0", "\ud800", "x" * 2000, [], {}, [{}], {"": []}):
        try:
            raw = changed(full_document(), way, other)
        except UnicodeEncodeError:
            raw = json.dumps({**full_document(), str(way[0]): [other]}).encode()
        try:
            loaded = load(raw)
        except BundleInvalid:
            continue
        assert isinstance(loaded, Bundle)


@pytest.mark.parametrize("part", list(full_document()))
def test_a_document_without_a_part_is_refused(part: str) -> None:
    """Every part has to be there."""
    document = full_document()
    del document[part]
    with pytest.raises(BundleInvalid):
        load(encode(document if part == "Version" else grants.signed(document)))


@pytest.mark.parametrize("part", list(grants.account()))
def test_an_account_without_a_part_is_refused(part: str) -> None:
    """Every part of an account has to be there."""
    account = {key: value for key, value in grants.account().items() if key != part}
    with pytest.raises(BundleInvalid):
        grants.bundle(Accounts=[account])


@pytest.mark.parametrize("part", list(grants.profile()))
def test_a_profile_without_a_part_is_refused(part: str) -> None:
    """Every part of a role profile has to be there."""
    profile = {key: value for key, value in grants.profile().items() if key != part}
    with pytest.raises(BundleInvalid):
        grants.bundle(Profiles=[profile])


@pytest.mark.parametrize("origin", ["folder", "organization"])
def test_accounts_are_from_the_folder_or_the_organization(origin: str) -> None:
    """A publish may leave the organization's in force, so a bundle says which they are."""
    assert load(encode(grants.document(AccountsFrom=origin))).accounts


@pytest.mark.parametrize(
    "wrong",
    [
        {"RoleName": ""},
        {"RoleName": "x" * 65},
        {"RoleName": "a/b"},
        {"RoleName": "a\n"},
        {"RoleName": "a*"},
        {"Path": ""},
        {"Path": "hubspoke"},
        {"Path": "/hubspoke"},
        {"Path": "/../ /"},
        {"ExternalId": ""},
        {"ExternalId": "x"},
        {"ExternalId": "a b"},
        {"ExternalId": "x" * 1225},
        {"MaxDurationSeconds": 899},
        {"MaxDurationSeconds": 3601},
        {"MaxDurationSeconds": 43200},
        {"MaxDurationSeconds": 900.0},
        {"SessionPolicies": ["unknown"]},
        {"SessionPolicies": ["read-only", "../write"]},
        {"Tags": {"": "x"}},
        {"Tags": {"a*": "x"}},
        {"Tags": {"a": "x" * 257}},
        {"Tags": {"k" * 129: "x"}},
        {"CallerTagKeys": [""]},
        {"CallerTagKeys": ["a*"]},
        {"CallerTagKeys": ["k" * 129]},
        {"Tags": {"team": "a"}, "CallerTagKeys": ["team"]},
        {"Tags": {"team": "a"}, "CallerTagKeys": ["TEAM"]},
        {"Accounts": ["999999999999"]},
        {"Accounts": ["222222222222", "222222222222"]},
        {"Accounts": [["222222222222"]]},
    ],
    ids=str,
)
def test_a_profile_outside_the_grammar_is_refused(wrong: dict[str, Any]) -> None:
    """What the build would have refused, the function refuses too."""
    with pytest.raises(BundleInvalid):
        grants.bundle(Profiles=[grants.profile(**wrong)])


@pytest.mark.parametrize(
    "number", ["", "22222222222", "2222222222222", "22222222222x", "222222222222\n", "２" * 12]
)
def test_an_account_id_outside_the_grammar_is_refused(number: str) -> None:
    """Twelve ASCII digits, as everywhere."""
    with pytest.raises(BundleInvalid):
        grants.bundle(Accounts=[grants.account(number)], Profiles=[])


@pytest.mark.parametrize("name", ["", "a b", "a/b", "read-only\n", "x" * 65, "é"])
def test_a_session_policy_of_an_illegal_name_is_refused(name: str) -> None:
    """A session policy that no caller could name has no place in a bundle."""
    with pytest.raises(BundleInvalid):
        grants.bundle(Profiles=[], SessionPolicies={name: "{}"})


@pytest.mark.parametrize("seconds", [0, 899, 3601, -900, True, 900.0, "900", None])
def test_a_duration_that_no_vend_can_have_is_refused(seconds: object) -> None:
    """The durations that matter are whole seconds within the limits."""
    with pytest.raises(BundleInvalid):
        grants.bundle(Durations=[900, seconds, 3600])


def test_one_role_in_two_profiles_is_refused() -> None:
    """A role whose limits would depend on an order has none."""
    with pytest.raises(BundleInvalid, match="two role profiles"):
        grants.bundle(Profiles=[grants.profile(), grants.profile(Name="again")])


@pytest.mark.parametrize(
    "policies",
    [
        "permit",
        "permit (principal, action, resource)",
        "permit (principal, action, resource) when { };",
        "permit (principal, action, resource) when { context.duration <= };",
        "Permit (principal, action, resource);",
        "allow (principal, action, resource);",
        '@id("a" permit (principal, action, resource);',
        "permit (principal, action, resource); ]",
        "permit (resource, action, principal);",
        '{"staticPolicies": {}}',
        "\ufeffpermit (principal, action, resource);",
    ],
)
def test_policies_that_do_not_parse_are_refused(policies: str) -> None:
    """One policy that can't be read spoils the bundle: it might have been a forbid."""
    with pytest.raises(BundleInvalid, match="do not parse"):
        load(encode(grants.signed({**grants.document(), "Policies": policies})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"FormatVersion": True},
        {"FormatVersion": 1.0},
        {"Profiles": ""},
        {"Profiles": {}},
        {"Profiles": [], "Accounts": {}},
        {"Durations": ""},
        {"Durations": {}},
        {"Profiles": [grants.profile(CallerTagKeys="Team")]},
        {"Profiles": [grants.profile(CallerTagKeys={"Team": 1})]},
        {"Profiles": [grants.profile(SessionPolicies="")]},
        {"Profiles": [grants.profile(SessionPolicies={"read-only": 1})]},
        {"Profiles": [grants.profile(Accounts={"222222222222": 1})]},
        {"Accounts": [grants.account(), grants.account(OrgUnit="ou-root/Elsewhere")]},
        {"Profiles": [grants.profile(Tags={"Owner": "a", "owner": "b"})]},
        {"Durations": []},
        {"Durations": [900]},
        {"AccountsFrom": ""},
        {"AccountsFrom": "Organization"},
        {"AccountsFrom": "elsewhere"},
    ],
    ids=str,
)
def test_a_part_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    """A list is a list, a number a number, and what must be there is there."""
    with pytest.raises(BundleInvalid):
        grants.bundle(**wrong)


def test_a_template_among_the_policies_is_refused() -> None:
    """A template grants nothing by itself, so somebody meant something else."""
    with pytest.raises(BundleInvalid):
        grants.bundle('@id("t") permit (principal == ?principal, action, resource);' + grants.PERMIT_ALL)
