"""Hypothesis strategies for the values of the contract. Legal ones, unless a name says otherwise."""

import string
from datetime import UTC, datetime

from hypothesis import strategies as st

from hubspoke_contract import limits
from hubspoke_contract.arns import PARTITIONS
from hubspoke_contract.names import AccountId, PolicyName, RoleName, Target
from hubspoke_contract.reply import Credentials, Identity, RoleOffer, RolesPage
from hubspoke_contract.request import RESERVED_TAG_PREFIXES, VendRequest
from hubspoke_contract.secret import Secret
from hubspoke_grants.caller import Caller, Kind

WORD = string.ascii_letters + string.digits + "_+=,.@-"
"""The characters of IAM's names (IAM API: ``[\\w+=,.@-]``)."""

printable = st.text(
    st.characters(categories=("L", "N", "P", "S"), include_characters=" "), min_size=1, max_size=40
)


def words(least: int = 1, most: int = limits.NAME_MAX) -> st.SearchStrategy[str]:
    """Make names of IAM's alphabet: mostly short, now and then as long as allowed."""
    return st.one_of(
        st.text(WORD, min_size=least, max_size=min(most, 12)),
        st.text(WORD, min_size=max(least, most - 2), max_size=most),
    )


accounts = st.one_of(
    st.text(string.digits, min_size=12, max_size=12), st.sampled_from(["000000000000", "111111111111"])
).map(AccountId)
role_names = words().filter(lambda word: word not in (".", "..")).map(RoleName)
policy_names = words().map(PolicyName)
session_names = words(least=limits.SESSION_NAME_MIN)
targets = st.builds(Target, accounts, role_names)
durations = st.integers(limits.DURATION_MIN, limits.DURATION_MAX)

_TAG_CHARACTERS = st.characters(categories=("L", "N", "Zs"), include_characters="_.:/=+-@")
tag_values = st.text(_TAG_CHARACTERS, max_size=30)
tag_keys = st.text(_TAG_CHARACTERS, min_size=1, max_size=30).filter(
    lambda key: not key.casefold().startswith(RESERVED_TAG_PREFIXES)
)
tags = st.lists(st.tuples(tag_keys, tag_values), max_size=5, unique_by=lambda pair: pair[0].casefold()).map(
    tuple
)

vend_requests = st.builds(
    VendRequest,
    duration=st.none() | durations,
    session_policy=st.none() | policy_names,
    tags=tags,
    reason=st.none() | printable.filter(str.isprintable),
)

# strftime writes a year before 1000 without its zeros, and the API has no such expiration.
moments = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))

credentials = st.builds(
    Credentials,
    access_key_id=words(),
    secret_access_key=printable.map(Secret),
    session_token=printable.map(Secret),
    expiration=moments,
    account=accounts,
    assumed_role_arn=printable,
    source_identity=words(),
    vend_id=words(),
    packed_policy_size=st.none() | st.integers(0, 100),
)
role_offers = st.builds(
    RoleOffer,
    account=accounts,
    account_name=st.just("") | printable,
    org_unit=st.just("") | printable,
    account_tags=st.dictionaries(printable, printable, max_size=2).map(lambda tags: tuple(tags.items())),
    role=role_names,
    max_duration=durations,
    session_policies=st.lists(policy_names, max_size=3).map(tuple),
    session_policy_required=st.booleans(),
)
roles_pages = st.builds(
    RolesPage,
    roles=st.lists(role_offers, max_size=3).map(tuple),
    next_token=st.none() | words(),
)
identities = st.builds(
    Identity,
    account=accounts,
    principal=printable,
    unique_id=words(),
    label=words(),
    permission_set=st.none() | words(),
    source_identity=words(),
)

_UNIQUE_TAIL = st.text(string.ascii_uppercase + string.digits, min_size=17, max_size=17)

sso_role_names = st.builds(
    "AWSReservedSSO_{}_{}".format, words(most=32), st.text("0123456789abcdef", min_size=16, max_size=16)
)
users = st.builds(
    Caller,
    kind=st.just(Kind.USER),
    partition=st.sampled_from(PARTITIONS),
    account=accounts,
    name=words(),
    unique_id=_UNIQUE_TAIL.map("AIDA".__add__),
    session=st.none(),
    org_id=st.none() | st.just("o-a1b2c3d4e5"),
)
role_sessions = st.builds(
    Caller,
    kind=st.just(Kind.ROLE),
    partition=st.sampled_from(PARTITIONS),
    account=accounts,
    name=words() | sso_role_names,
    unique_id=_UNIQUE_TAIL.map("AROA".__add__),
    session=session_names,
    org_id=st.none() | st.just("o-a1b2c3d4e5"),
)
callers = users | role_sessions

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["DurationSeconds", "SessionPolicy", "Tags", "Reason", "Key", "Value"])
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
"""Any JSON value, with the request's own keys often among its keys. Hostile, NaN included."""
