"""What holds for every document and request there can be."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubspoke_admin.iam.judging import judge, obstacles
from hubspoke_admin.iam.policy import PolicyUnreadable, principals, read
from hubspoke_admin.iam.request import PRESENT, Request, Truth

VENDER = "arn:aws:iam::111111111111:role/hub/vend"
ROLE = "arn:aws:iam::222222222222:role/hubspoke/automation"
NAMES = (
    "Version",
    "Statement",
    "Effect",
    "Principal",
    "Action",
    "Resource",
    "Condition",
    "Sid",
    "NotAction",
    "AWS",
)
WORDS = (
    *NAMES,
    "2012-10-17",
    "Allow",
    "Deny",
    "*",
    "sts:AssumeRole",
    VENDER,
    "StringEquals",
    "sts:ExternalId",
)

texts = st.sampled_from(WORDS) | st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
conditions = st.dictionaries(
    st.sampled_from(
        [
            "StringEquals",
            "StringNotLike",
            "StringLikeIfExists",
            "ForAllValues:StringLike",
            "Null",
            "BinaryEquals",
        ]
    ),
    st.dictionaries(
        st.sampled_from(["sts:ExternalId", "aws:PrincipalOrgID", "sts:SourceIdentity", "aws:TagKeys"]),
        st.sampled_from(["kestrel", "*", "true", "${aws:username}", "k?strel"]),
        min_size=1,
        max_size=2,
    ),
    max_size=2,
)
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Principal": st.sampled_from(
            ["*", {"AWS": VENDER}, {"AWS": "999999999999"}, {"CanonicalUser": "79a5"}]
        ),
        "Action": st.sampled_from(["*", "sts:AssumeRole", "sts:Tag*"]),
        "Condition": conditions,
    }
)
policies = st.lists(statements, max_size=4)
requests = st.builds(
    Request,
    action=st.sampled_from(["sts:AssumeRole", "sts:TagSession"]),
    resource=st.just(ROLE),
    principal=st.sampled_from([VENDER, "arn:aws:iam::999999999999:user/joe", None]),
    keys=st.dictionaries(
        st.sampled_from(["sts:ExternalId", "aws:PrincipalOrgID", "sts:SourceIdentity", "aws:TagKeys"]),
        st.sampled_from(["kestrel", "heron", ("kestrel", "heron"), (), PRESENT]),
    ),
)
NEVER = {"Effect": "Deny", "Principal": "*", "Action": "*"}


def answer(policy: list[dict[str, Any]], request: Request) -> Truth:
    return judge(read({"Version": "2012-10-17", "Statement": policy}), request).allowed


@given(anything, requests)
def test_any_json_is_judged_or_refused(document: object, request: Request) -> None:
    """There is an answer to everything, or the one exception."""
    try:
        found = read(document)
    except PolicyUnreadable:
        return
    assert judge(found, request).allowed in Truth
    assert all(isinstance(each, str) for statement in found for each in principals(statement))


@given(
    st.fixed_dictionaries(dict.fromkeys(["Effect", "Principal", "Action", "Condition"], anything)), requests
)
def test_any_json_in_a_statement_is_judged_or_refused(statement: dict[str, Any], request: Request) -> None:
    """The same where the JSON has a policy's form, and only its parts are odd."""
    try:
        found = read({"Statement": statement | {"Effect": "Allow"}})
    except PolicyUnreadable:
        return
    assert judge(found, request).allowed in Truth


@given(policies, requests, st.integers(0, 4))
def test_an_explicit_deny_wins(policy: list[dict[str, Any]], request: Request, at: int) -> None:
    """Put anywhere into any policy, it makes the answer no."""
    assert answer([*policy[:at], NEVER, *policy[at:]], request) is Truth.NO


@given(policies, requests, statements)
def test_another_condition_never_allows(
    policy: list[dict[str, Any]], request: Request, other: dict[str, Any]
) -> None:
    """What an allowing statement asks for in addition can only take away."""
    order = [Truth.NO, Truth.UNKNOWN, Truth.YES]
    narrower = [
        each | {"Condition": other["Condition"] | each["Condition"]} if each["Effect"] == "Allow" else each
        for each in policy
    ]

    assert order.index(answer(narrower, request)) <= order.index(answer(policy, request))


@given(policies, requests)
def test_it_is_allowed_by_a_statement_without_obstacles(
    policy: list[dict[str, Any]], request: Request
) -> None:
    """Yes and no have their statements, and what is in the way is never a yes."""
    read_policy = read({"Version": "2012-10-17", "Statement": policy})
    found = judge(read_policy, request)
    allows = [each for each in read_policy if each.allows]

    assert (found.allowed is Truth.YES) <= bool(found.allowed_by)
    assert (found.nearest is None) == (len(found.allowed_by) == len(allows))
    assert all(each.truth is not Truth.YES for one in read_policy for each in obstacles(one, request))
