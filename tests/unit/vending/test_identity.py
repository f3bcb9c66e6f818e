"""Who is calling, and what the caller's sessions are named."""

import copy
import hashlib
import os
import random
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubspoke_contract.arns import PARTITIONS
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import AccountId
from hubspoke_grants.caller import Caller, Kind
from hubspoke_grants.source_identity import source_identity
from tests.support import grants, strategies
from vending.identity import identify, session_name

ACCOUNT = "111111111111"
USER_ID = "AIDAEXAMPLEEXAMPLE001"
ROLE_ID = "AROAEXAMPLEEXAMPLE001"
SSO = "AWSReservedSSO_Admin_0123456789abcdef"


def event(arn: str, caller: str, /, **identity: Any) -> dict[str, Any]:
    """Write an event as API Gateway does, of a caller whose signature it verified."""
    return {
        "resource": "/v1/accounts/{account}/roles/{role}/credentials",
        "path": "/v1/accounts/222222222222/roles/app-role/credentials",
        "httpMethod": "POST",
        "headers": {"Authorization": "AWS4-HMAC-SHA256 …", "X-Forwarded-For": "203.0.113.7"},
        "requestContext": {
            "accountId": "999999999999",  # the API's owner, not the caller
            "apiId": "a1b2c3d4e5",
            "stage": "v1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {
                "accessKey": "ASIAEXAMPLE",
                "accountId": ACCOUNT,
                "caller": caller,
                "cognitoAuthenticationProvider": None,
                "cognitoIdentityId": None,
                "principalOrgId": "o-a1b2c3d4e5",
                "sourceIp": "203.0.113.7",
                "user": caller,
                "userAgent": "python-requests/2.32",
                "userArn": arn,
            }
            | identity,
        },
        "body": None,
        "isBase64Encoded": False,
    }


def user_event(**identity: Any) -> dict[str, Any]:
    """Write the event of an IAM user."""
    return event(f"arn:aws:iam::{ACCOUNT}:user/bot", USER_ID, **identity)


def role_event(role: str = "app", session: str = "i-0abc", **identity: Any) -> dict[str, Any]:
    """Write the event of a role's session."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"
    return event(arn, f"{ROLE_ID}:{session}", **identity)


def refused(unverified_event: object) -> Problem:
    """Expect no caller, and say why."""
    with pytest.raises(Refused) as raised:
        identify(unverified_event)
    return raised.value.problem


# --- who is served ----------------------------------------------------------------------------


def test_an_iam_user_is_a_caller() -> None:
    """A user's name, account and unique id are those that were verified; a user has no session."""
    assert identify(user_event()) == Caller(
        Kind.USER, "aws", AccountId(ACCOUNT), "bot", USER_ID, None, "o-a1b2c3d4e5"
    )


def test_a_users_path_is_no_part_of_its_name() -> None:
    """A user in a path is known by its name, which is unique in the account."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/division/team/bot"

    assert identify(event(arn, USER_ID)).name == "bot"


def test_a_role_session_is_a_caller() -> None:
    """A session is its role; the session's name is kept beside it."""
    assert identify(role_event()) == Caller(
        Kind.ROLE, "aws", AccountId(ACCOUNT), "app", ROLE_ID, "i-0abc", "o-a1b2c3d4e5"
    )


def test_a_person_of_identity_center_is_a_caller() -> None:
    """A session under an Identity Center role names the permission set and the person."""
    caller = identify(role_event(SSO, "ann@example.com"))

    assert (caller.permission_set, caller.session) == ("Admin", "ann@example.com")


@pytest.mark.parametrize("partition", PARTITIONS)
def test_callers_of_every_partition_are_known(partition: str) -> None:
    """The partition comes from the caller's ARN."""
    caller = identify(event(f"arn:{partition}:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:one"))

    assert caller.partition == partition


@pytest.mark.parametrize(
    "raw", [None, "", "o-", "o-A1B2C3D4E5", "o-a1b2c3d4e", "o-a1b2c3d4e5\n", "*", 7, [], True]
)
def test_an_organization_of_another_form_is_nobodys(raw: object) -> None:
    """Outside an organization, or where the id is no id, the caller has none."""
    assert identify(user_event(principalOrgId=raw)).org_id is None


def test_a_caller_without_the_organizations_key_has_none() -> None:
    """A context that lacks the key altogether is one of an account outside AWS Organizations."""
    given_event = user_event()
    del given_event["requestContext"]["identity"]["principalOrgId"]

    assert identify(given_event).org_id is None


def test_headers_path_and_body_say_nothing_of_who_calls() -> None:
    """What a caller writes into the request doesn't change who it is."""
    forged = user_event() | {
        "headers": {"userArn": "arn:aws:iam::222222222222:user/admin", "X-Amz-Caller": ROLE_ID},
        "body": '{"identity": {"accountId": "222222222222"}}',
        "identity": role_event()["requestContext"]["identity"],
    }

    assert identify(forged) == identify(user_event())


def test_the_apis_own_account_is_not_the_callers() -> None:
    """``requestContext.accountId`` is the owner's: only the identity's counts."""
    given_event = user_event()
    given_event["requestContext"]["accountId"] = "222222222222"

    assert identify(given_event).account == ACCOUNT


@given(caller=strategies.callers)
def test_every_legal_caller_is_read_back(caller: Caller) -> None:
    """Whoever IAM allows to exist is identified as itself."""
    if caller.kind is Kind.USER:
        arn, caller_field = (
            f"arn:{caller.partition}:iam::{caller.account}:user/{caller.name}",
            caller.unique_id,
        )
    else:
        arn = f"arn:{caller.partition}:sts::{caller.account}:assumed-role/{caller.name}/{caller.session}"
        caller_field = f"{caller.unique_id}:{caller.session}"
    raw = event(arn, caller_field, accountId=caller.account, principalOrgId=caller.org_id)

    assert identify(raw) == caller


# --- who is not -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unverified_event",
    [
        pytest.param(event(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT), id="root"),
        pytest.param(event(f"arn:aws:iam::{ACCOUNT}:root", USER_ID), id="root with a user's id"),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:federated-user/bob", f"{ACCOUNT}:bob"), id="federated user"
        ),
        pytest.param(
            user_event(userArn=None, accountId=None, caller=None, user=None, accessKey=None), id="anonymous"
        ),
        pytest.param(user_event(userArn="", accountId="", caller="", user=""), id="all empty"),
        pytest.param(user_event(userArn=None), id="no ARN"),
        pytest.param(user_event(accountId=None), id="no account"),
        pytest.param(user_event(caller=None), id="no caller"),
        pytest.param(user_event(user=None), id="no user"),
        pytest.param(user_event(caller=None, user=None), id="neither caller nor user"),
        pytest.param(user_event(accountId="222222222222"), id="account and ARN disagree"),
        pytest.param(role_event(accountId="222222222222"), id="account and a session's ARN disagree"),
        pytest.param(user_event(accountId=111111111111), id="account a number"),
        pytest.param(user_event(accountId=f"{ACCOUNT}\n"), id="account with a line break"),
        pytest.param(user_event(userArn=f"arn:aws:iam::{ACCOUNT}:user/bot\n"), id="ARN with a line break"),
        pytest.param(user_event(userArn=[f"arn:aws:iam::{ACCOUNT}:user/bot"]), id="ARN in a list"),
        pytest.param(event(f"arn:aws:iam::{ACCOUNT}:role/app", ROLE_ID), id="a role, not a session"),
        pytest.param(event(f"arn:moon:iam::{ACCOUNT}:user/bot", USER_ID), id="unknown partition"),
        pytest.param(event(f"arn:aws:iam::{ACCOUNT}:user/bot", ROLE_ID), id="a role's id for a user"),
        pytest.param(event(f"arn:aws:iam::{ACCOUNT}:user/bot", f"{USER_ID}:x1"), id="a session for a user"),
        pytest.param(
            event(f"arn:aws:iam::{ACCOUNT}:user/bot", f"{USER_ID}:"), id="an empty session for a user"
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{USER_ID}:one"),
            id="a user's id for a role",
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", ROLE_ID), id="no session for a role"
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:"),
            id="an empty session for a role",
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:two"), id="another session"
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:ONE"),
            id="session in another case",
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:one:one"), id="session twice"
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f"{ROLE_ID}:one\n"),
            id="session, line break",
        ),
        pytest.param(
            event(f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one", f":{ROLE_ID}:one"), id="no unique id"
        ),
        pytest.param(user_event(user="AIDAEXAMPLEEXAMPLE002"), id="user is not caller"),
        pytest.param(role_event(user=ROLE_ID), id="user is caller without its session"),
        *(
            pytest.param(event(f"arn:aws:iam::{ACCOUNT}:user/bot", unique_id), id=f"unique id {unique_id!r}")
            for unique_id in (
                "AIDA",
                "AIDASHORT",
                "aidaexampleexample001",
                f"{USER_ID}\n",
                f" {USER_ID}",
                f"{USER_ID}*",
                "AIDAEXAMPLEEXAMPLE０",
                "ASIAEXAMPLEEXAMPLE001",
                "AKIAEXAMPLEEXAMPLE001",
                "AGPAEXAMPLEEXAMPLE001",
                "A" * 200,
                "AIDA" + "X" * 125,
            )
        ),
    ],
)
def test_whoever_is_not_verified_as_a_user_or_session_is_refused(unverified_event: object) -> None:
    """Other kinds of principal, and any two facts that disagree, give no caller."""
    assert refused(unverified_event) is Problem.CallerUnknown


def _with_context(**changes: Any) -> dict[str, Any]:
    changed = user_event()
    changed["requestContext"] |= changes
    return changed


@pytest.mark.parametrize(
    "unverified_event",
    [
        pytest.param(_with_context(stage="test-invoke-stage"), id="stage"),
        pytest.param(user_event(sourceIp="test-invoke-source-ip"), id="source address"),
        pytest.param(
            user_event(
                sourceIp="test-invoke-source-ip",
                accessKey="ASIATEST",
                userArn=f"arn:aws:iam::{ACCOUNT}:user/bot",
            ),
            id="source address of a real user",
        ),
    ],
)
def test_the_consoles_test_feature_is_refused(unverified_event: object) -> None:
    """A test invocation skips the gateway's authorization, so it calls as nobody."""
    assert refused(unverified_event) is Problem.CallerUnknown


@pytest.mark.parametrize(
    "junk",
    [None, "", "x", 7, 1.5, True, [], ["requestContext"], (), object()],
    ids=["none", "empty", "text", "number", "float", "true", "list", "its name", "tuple", "object"],
)
@pytest.mark.parametrize("level", ["event", "requestContext", "identity"])
def test_an_event_of_another_shape_is_refused(level: str, junk: object) -> None:
    """No level of an event has to be what API Gateway sends for the answer to be a refusal."""
    broken: Any = user_event()
    if level == "event":
        broken = junk
    elif level == "requestContext":
        broken["requestContext"] = junk
    else:
        broken["requestContext"]["identity"] = junk

    assert refused(broken) is Problem.CallerUnknown


@pytest.mark.parametrize("level", ["requestContext", "identity"])
def test_an_event_that_lacks_a_level_is_refused(level: str) -> None:
    """An event of a direct invocation, without the gateway's context, is nobody's."""
    broken = user_event()
    del (broken if level == "requestContext" else broken["requestContext"])[level]

    assert refused(broken) is Problem.CallerUnknown


@pytest.mark.parametrize("key", ["userArn", "accountId", "caller", "user"])
@pytest.mark.parametrize(
    "junk",
    [None, "", 7, True, [], {}, b"x", "\ud800", "x" * 10_000],
    ids=["none", "empty", "number", "true", "list", "mapping", "bytes", "surrogate", "long"],
)
def test_a_field_of_another_type_is_refused(key: str, junk: object) -> None:
    """Each of the four facts has to be there, as a text, and agree."""
    assert refused(role_event(**{key: junk})) is Problem.CallerUnknown


@pytest.mark.parametrize("key", ["userArn", "accountId", "caller", "user"])
def test_a_field_that_is_missing_is_refused(key: str) -> None:
    """None of the four facts can be left out."""
    broken = role_event()
    del broken["requestContext"]["identity"][key]

    assert refused(broken) is Problem.CallerUnknown


@given(
    parts=st.dictionaries(
        st.sampled_from(["userArn", "accountId", "caller", "user", "sourceIp", "principalOrgId"]),
        strategies.json_values,
        min_size=1,
    )
)
def test_no_junk_makes_another_caller(parts: dict[str, Any]) -> None:
    """Whatever stands in the identity's fields, the caller is the true one or there is none."""
    try:
        found = identify(user_event(**parts))
    except Refused:
        return
    assert (found.name, found.account, found.unique_id) == ("bot", ACCOUNT, USER_ID)


def test_the_event_is_not_changed() -> None:
    """Identifying only reads."""
    given_event = role_event()
    before = copy.deepcopy(given_event)
    identify(given_event)

    assert given_event == before


# --- the source identity ----------------------------------------------------------------------

LEGAL = re.compile(r"[A-Za-z0-9_+=,.@-]{2,64}")


def who(caller: Caller) -> tuple[object, ...]:
    """Say who is meant: the person under an Identity Center role, the role or the user otherwise."""
    person = caller.session if caller.permission_set is not None else None
    return caller.kind, caller.account, caller.name, person


_CUT = "n" * 18
_LONG = "n" * 63
_names = st.one_of(
    strategies.words(),
    strategies.sso_role_names,
    st.text(".+n-", min_size=1, max_size=64),
    st.builds("{}{}".format, st.just(_LONG), st.sampled_from(string.ascii_letters + "+.")),
    st.builds(lambda length: "n" * length, st.integers(40, 64)),
    # What a name that is cut short ends in: a name that already looks like one.
    st.builds(
        "{}+{}".format, st.just(_CUT), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
    ),
    st.sampled_from(["user", "role", "sso", f"user.{ACCOUNT}.n", f"role.{ACCOUNT}+n", f"sso.{ACCOUNT}+n+n"]),
)
_sessions = st.sampled_from(["ann@example.com", "bob@example.com", "n" * 64, "n" * 63 + "m", "a.b", "a+b"])


@st.composite
def adversaries(draw: st.DrawFn) -> Caller:
    """Make callers that are as easy to mistake for one another as IAM allows."""
    name, number = draw(_names), draw(st.sampled_from([ACCOUNT, "111111111112"]))
    if draw(st.booleans()):
        return grants.user(name, number)
    return grants.role(name, number, draw(_sessions))


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (grants.user("bot"), f"user.{ACCOUNT}.bot"),
        (grants.role("bot"), f"role.{ACCOUNT}.bot"),
        (grants.user("a.b+c"), f"user.{ACCOUNT}.a.b+c"),
        (grants.user("x" * 46), f"user.{ACCOUNT}." + "x" * 46),
    ],
)
def test_a_source_identity_can_be_read(caller: Caller, expected: str) -> None:
    """A name that fits stands in it whole, so that a spoke's trust policy can match it."""
    assert source_identity(caller) == expected


@pytest.mark.parametrize(
    ("caller", "pattern"),
    [
        (grants.user("x" * 47), rf"user\.{ACCOUNT}\+x{{19}}\+[a-z2-7]{{26}}"),
        (grants.role("x" * 64), rf"role\.{ACCOUNT}\+x{{19}}\+[a-z2-7]{{26}}"),
        (grants.role(SSO, session="ann@example.com"), rf"sso\.{ACCOUNT}\+ann@example\.com\+[a-z2-7]{{26}}"),
        (grants.role(SSO, session="y" * 64), rf"sso\.{ACCOUNT}\+y{{20}}\+[a-z2-7]{{26}}"),
    ],
)
def test_what_does_not_fit_ends_in_a_digest(caller: Caller, pattern: str) -> None:
    """A long name, and any person of Identity Center, is cut to be read and digested to be told apart."""
    assert re.fullmatch(pattern, source_identity(caller))


LONG_ONES = "user.111111111111+xxxxxxxxxxxxxxxxxxx+ptqqbfy7mttqahup4wsrs47m37"
"""The source identity of a user whose name is 64 times x."""


def test_a_source_identity_never_changes() -> None:
    """Trust policies hold these texts: the digests are pinned."""
    assert source_identity(grants.user("x" * 64)) == LONG_ONES
    assert source_identity(grants.role(SSO, session="ann@example.com")) == (
        "sso.111111111111+ann@example.com+ivapr5nsanhzyswbpvvcm45dz5"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(grants.user("bot"), grants.role("bot"), id="user and role"),
        pytest.param(grants.user("bot"), grants.user("bot", "111111111112"), id="accounts"),
        pytest.param(grants.user("bot"), grants.user("Bot"), id="case"),
        pytest.param(grants.user("x" * 64), grants.user("x" * 63 + "y"), id="last of 64 characters"),
        pytest.param(grants.user("x" * 47), grants.user("x" * 48), id="lengths"),
        pytest.param(grants.user("x" * 46), grants.user("x" * 47), id="either side of the limit"),
        pytest.param(grants.role("x" * 64), grants.user("x" * 64), id="kinds of one long name"),
        pytest.param(
            grants.role(SSO, session="ann@x.org"), grants.role(SSO, session="bob@x.org"), id="two persons"
        ),
        pytest.param(
            grants.role(SSO, session="y" * 63 + "a"),
            grants.role(SSO, session="y" * 63 + "b"),
            id="long persons",
        ),
        pytest.param(
            grants.role(SSO, session="ann@x.org"),
            grants.role(SSO.replace("Admin", "Read"), session="ann@x.org"),
            id="two permission sets",
        ),
        pytest.param(grants.role(SSO), grants.user(SSO), id="a user named like a permission set"),
        pytest.param(
            grants.user("x" * 64),
            grants.user(LONG_ONES[17:]),
            id="a digest for a name",
        ),
        pytest.param(
            grants.user("x" * 64),
            grants.user(LONG_ONES[18:]),
            id="a digest for a name, without its plus sign",
        ),
    ],
)
def test_two_callers_never_share_a_source_identity(one: Caller, other: Caller) -> None:
    """Callers made to be mistaken for one another are told apart."""
    assert source_identity(one) != source_identity(other)


@pytest.mark.parametrize(
    "other",
    [
        grants.role("bot", session="another"),
        grants.role("bot", unique_id="AROAEXAMPLEEXAMPLE999"),
        grants.role("bot", org_id=None),
    ],
)
def test_a_source_identity_is_of_the_role_not_of_its_session(other: Caller) -> None:
    """What whoever assumes a role can choose is no part of its source identity."""
    assert source_identity(other) == source_identity(grants.role("bot"))


@given(strategies.callers | adversaries())
def test_a_source_identity_is_legal(caller: Caller) -> None:
    """At most 64 characters of STS's alphabet in ASCII, and never AWS's own prefix."""
    found = source_identity(caller)

    assert LEGAL.fullmatch(found)
    assert not found.casefold().startswith("aws:")


@given(adversaries(), adversaries())
def test_a_source_identity_is_one_callers(one: Caller, other: Caller) -> None:
    """Equal source identities mean equal callers, and equal callers have equal ones."""
    assert (source_identity(one) == source_identity(other)) == (who(one) == who(other))


@given(st.lists(strategies.callers | adversaries(), min_size=8, max_size=24))
def test_a_crowd_has_as_many_source_identities_as_members(crowd: list[Caller]) -> None:
    """Among many callers no two share one."""
    assert len({source_identity(caller) for caller in crowd}) == len({who(caller) for caller in crowd})


@given(strategies.callers | adversaries())
def test_a_source_identity_taken_for_a_name_is_another(caller: Caller) -> None:
    """Nobody gets another's source identity by being named like it, or like its last part."""
    taken = source_identity(caller)
    for name in (taken, taken[18:], taken[17:], taken[16:]):
        if name and who(grants.user(name, caller.account)) != who(caller):
            assert source_identity(grants.user(name, caller.account)) != taken


def _neighbours(name: str) -> Iterator[str]:
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]
        yield name[:place] + ("x" if name[place] != "x" else "y") + name[place + 1 :]


def test_every_neighbour_of_a_long_name_is_another() -> None:
    """A name that differs in any one character, or lacks one, has another source identity."""
    name = "".join(chr(97 + place % 26) for place in range(64))
    neighbours = {name, *_neighbours(name)}

    assert len({source_identity(grants.role(other)) for other in neighbours}) == len(neighbours)


CALLERS = int(os.environ.get("HUBSPOKE_SOURCE_IDENTITIES", "20000"))
_NAME_CHARACTERS = strategies.WORD


def _named(chance: random.Random, taken: str) -> str:
    """Draw a name that is easily mistaken: long and nearly the same, or like a part of what another has."""
    kind = chance.randrange(4)
    if kind == 0:
        return "".join(chance.choices(_NAME_CHARACTERS, k=chance.randrange(1, 65)))
    if kind == 1:
        return "n" * chance.randrange(40, 61) + "".join(chance.choices(_NAME_CHARACTERS, k=4))
    if kind == 2:
        return taken[chance.choice((0, 4, 5, 16, 17, 18)) :][:64]
    return f"AWSReservedSSO_{'n' * chance.randrange(1, 33)}_{chance.getrandbits(64):016x}"


def _met(chance: random.Random, taken: str) -> Caller:
    name, number = _named(chance, taken), chance.choice((ACCOUNT, "111111111112", "211111111111"))
    if chance.randrange(2):
        return grants.user(name, number)
    return grants.role(name, number, _named(chance, taken)[:64].ljust(2, "n"))


def test_among_many_callers_none_shares_a_source_identity(
    record_property: Callable[[str, object], None],
) -> None:
    """Of every two callers, those that are meant to be told apart are. The chance is seeded."""
    chance = random.Random(20)  # noqa: S311
    meant_by: dict[str, bytes] = {}
    taken = ""
    for _ in range(CALLERS):
        caller = _met(chance, taken)
        taken = source_identity(caller)
        meant = hashlib.blake2b(repr(who(caller)).encode(), digest_size=16).digest()
        assert meant_by.setdefault(taken, meant) == meant, caller
        assert len(taken) <= 64
    record_property("callers", CALLERS)
    record_property("source identities", len(meant_by))

    assert len(meant_by) > 0.8 * CALLERS


# --- the session's name -----------------------------------------------------------------------

VEND_ID = "01jdx5m2v8k3q7r9s1t4w6y8z0"
_vend_ids = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=26, max_size=26)


@given(caller=strategies.callers | adversaries(), vend_id=_vend_ids)
def test_a_sessions_name_is_legal_and_ends_with_the_vend(caller: Caller, vend_id: str) -> None:
    """STS takes the name, and the vend's id stands whole at its end."""
    found = session_name(caller, vend_id)

    assert LEGAL.fullmatch(found)
    assert found.endswith(f"-{vend_id}")


@given(caller=strategies.callers, one=_vend_ids, other=_vend_ids)
def test_two_vends_never_share_a_sessions_name(caller: Caller, one: str, other: str) -> None:
    """Every vended session can be found, and revoked, by itself."""
    assume(one != other)

    assert session_name(caller, one) != session_name(caller, other)


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (grants.user("bot"), f"bot-{VEND_ID}"),
        (grants.role("app", session="i-0abc"), f"i-0abc-{VEND_ID}"),
        (grants.role(SSO, session="ann@example.com"), f"ann@example.com-{VEND_ID}"),
        (grants.user("n" * 37), "n" * 37 + f"-{VEND_ID}"),
        (grants.user("n" * 38), "n" * 37 + f"-{VEND_ID}"),
        (grants.user("n" * 64), "n" * 37 + f"-{VEND_ID}"),
    ],
)
def test_a_sessions_name_begins_with_the_callers_label(caller: Caller, expected: str) -> None:
    """The label is there to be read, cut where it is too long."""
    assert session_name(caller, VEND_ID) == expected
