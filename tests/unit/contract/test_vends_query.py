"""The query of ``GET /v1/vends``: exactly right, or refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.vends import Criteria
from hubspoke_contract.vends_query import PATTERNS, VendsQuery, decode_vends_query

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PRINCIPAL = 'Caller::Role::"555555555555/ci-deployer"'


def test_nothing_asked_is_the_last_hour_of_everything() -> None:
    """The defaults are small."""
    assert decode_vends_query({}, NOW) == VendsQuery(Criteria(NOW - timedelta(hours=1), NOW), None)


def test_everything_asked_is_taken() -> None:
    """Each part of the query, as it was written."""
    query = {
        "AccountId": "222222222222",
        "RoleName": "automation-spoke-role",
        "Principal": PRINCIPAL,
        "AccessKeyId": "ASIAEXAMPLEEXAMPLE00",
        "Since": "2026-11-01T00:00:00Z",
        "Until": "2026-11-02T00:00:00.5Z",
        "NextToken": "01kan4m5d9x7w3f8q2r6t0v1yz",
    }
    found = decode_vends_query(query, NOW)

    assert query.keys() == PATTERNS.keys()
    assert found.below == query["NextToken"]
    assert found.criteria == Criteria(
        since=datetime(2026, 11, 1, tzinfo=UTC),
        until=datetime(2026, 11, 2, 0, 0, 0, 500_000, tzinfo=UTC),
        access_key_id=query["AccessKeyId"],
        principal=PRINCIPAL,
        account="222222222222",  # type: ignore[arg-type]
        role=query["RoleName"],
    )


@pytest.mark.parametrize(
    "query",
    [
        {"accountId": "222222222222"},
        {"Other": "x"},
        {"AccountId": ""},
        {"AccountId": "22222222222"},
        {"AccountId": "222222222222\n"},
        {"AccountId": "٢" * 12},
        {"RoleName": "a/b"},
        {"Principal": "inventory-bot"},
        {"Principal": 'Caller::User::"111111111111/a" '},
        {"AccessKeyId": "AKIAEXAMPLEEXAMPLE00"},
        {"AccessKeyId": "ASIA"},
        {"Since": "yesterday"},
        {"Since": "2026-11-25"},
        {"Since": "2026-11-25T11:00:00"},
        {"Since": "2026-11-25T11:00:00+00:00"},
        {"Since": "2026-02-30T00:00:00Z"},
        {"Since": "2026-11-25T12:00:01Z"},
        {"Since": "2026-10-25T11:59:59Z"},
        {"Until": "0000-01-01T00:00:00Z"},
        {"Until": "0001-01-01T00:00:00Z"},
        {"Since": "0001-01-01T00:00:00Z", "Until": "0001-01-01T00:00:00Z"},
        {"Until": "9999-12-31T23:59:59.999999Z"},
        {"Since": "2026-11-25T11:00:00Z", "Until": "2026-11-25T10:00:00Z"},
    ],
)
def test_anything_else_is_refused(query: dict[str, str]) -> None:
    """Unknown keys, other forms, times that are none, run backwards or lie far apart."""
    with pytest.raises(Refused) as refused:
        decode_vends_query(query, NOW)
    assert refused.value.problem is Problem.QueryInvalid


@pytest.mark.parametrize("token", ["", "x", "8" + "0" * 25, "u" * 26, "0" * 27, "01KAN4M5D9X7W3F8Q2R6T0V1YZ"])
def test_a_token_that_is_no_vends_id_is_refused(token: str) -> None:
    """Such a token never came from a page."""
    with pytest.raises(Refused) as refused:
        decode_vends_query({"NextToken": token}, NOW)
    assert refused.value.problem is Problem.NextTokenInvalid


@given(
    query=st.dictionaries(st.sampled_from([*PATTERNS, "Other"]), st.text() | st.just("2026-11-25T11:00:00Z"))
)
def test_whatever_is_asked_is_answered(query: dict[str, str]) -> None:
    """A query or a refusal, and nothing else."""
    try:
        found = decode_vends_query(query, NOW)
    except Refused:
        return
    assert found.criteria.since <= found.criteria.until
