"""hubspoke.replies."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import hubspoke
from hubspoke import replies
from hubspoke.exceptions import HubspokeError
from hubspoke.replies import BODY_MAX, Reply
from hubspoke_contract.errors import STATUS, Problem
from hubspoke_contract.names import target
from hubspoke_contract.reply import RolesPage, error_document
from tests.support.fake_hub import VENDED_SECRET, VENDED_TOKEN, offer, vended

_ASKED = target("222222222222/automation-spoke-role")
assert _ASKED is not None


def _reply(content: object, status: int = 200, **fields: Any) -> Reply:
    return Reply(status, json.dumps(content).encode(), **fields)


def test_a_vend_is_read() -> None:
    """A document of the contract becomes credentials."""
    assert replies.credentials(_reply(vended()), _ASKED, datetime.now(UTC)).account == "222222222222"


def test_a_path_in_the_role_does_not_matter() -> None:
    """A session's ARN never holds the role's path."""
    arn = "arn:aws-cn:sts::222222222222:assumed-role/automation-spoke-role/x-y"
    assert (
        replies.credentials(_reply(vended(AssumedRoleArn=arn)), _ASKED, datetime.now(UTC)).assumed_role_arn
        == arn
    )


_HOSTILE: list[Callable[[], dict[str, Any]]] = [
    lambda: vended("333333333333"),
    lambda: vended(AccountId="333333333333"),
    lambda: vended(role="deploy-spoke-role"),
    lambda: vended(role="automation-spoke-role-2"),
    lambda: vended(AssumedRoleArn="arn:aws:iam::222222222222:user/automation-spoke-role"),
    lambda: vended(AssumedRoleArn="nonsense"),
    lambda: vended(AssumedRoleArn="arn:aws:sts::222222222222:assumed-role/automation-spoke-role/x-y\n"),
    lambda: vended(lifetime=-600),
    lambda: vended(lifetime=-7200),
    lambda: vended(lifetime=3600 + 301 + 60),
    lambda: vended(lifetime=10**9),
    lambda: vended(Expiration="tomorrow"),
    lambda: vended(Expiration="2026-01-01T00:00:00"),
    lambda: vended(Expiration=1793400000),
    lambda: vended(Version=2),
    lambda: vended(AccessKeyId=None),
    lambda: vended(AccessKeyId=""),
    lambda: vended(AccessKeyId=7),
    lambda: vended(AccessKeyId="ASIA\nX"),
    lambda: vended(SecretAccessKey=VENDED_SECRET + "\x00"),
    lambda: vended(SessionToken=VENDED_TOKEN + "\r\nX: y"),
    lambda: vended(SessionToken=None),
    lambda: vended(Expiration=None),
    lambda: vended(VendId=None),
    lambda: vended(PackedPolicySize="6"),
]


@pytest.mark.parametrize("hostile", _HOSTILE)
def test_a_vend_that_is_not_what_was_asked_for_is_not_used(hostile: Callable[[], dict[str, Any]]) -> None:
    """Another role, a past or endless expiry, a missing or malformed value: nothing of it is believed."""
    with pytest.raises(hubspoke.ReplyMalformed) as raised:
        replies.credentials(_reply(hostile()), _ASKED, datetime.now(UTC))
    assert VENDED_SECRET not in raised.value.diagnostics()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"<html>",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"Version": NaN}',
        json.dumps(vended()).encode()[:-20],
        b" " * (BODY_MAX + 1),
    ],
)
def test_garbage_is_not_a_vend(body: bytes) -> None:
    """Whatever came, one typed exception."""
    with pytest.raises(hubspoke.ReplyMalformed):
        replies.credentials(Reply(200, body), _ASKED, datetime.now(UTC))


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"Roles": {}},
        {"Roles": [7]},
        {"Roles": [{}]},
        {"Roles": [], "NextToken": ""},
        {"Roles": [], "NextToken": 1},
    ],
)
def test_garbage_is_not_a_page(content: object) -> None:
    """Strict for roles as well."""
    with pytest.raises(hubspoke.ReplyMalformed):
        replies.value(_reply(content), RolesPage.from_document)


def test_a_page_is_read() -> None:
    """As the contract writes it."""
    page = replies.value(_reply({"Roles": [offer()], "NextToken": "n"}), RolesPage.from_document)
    assert (len(page.roles), page.next_token) == (1, "n")


@pytest.mark.parametrize("problem", list(Problem))
def test_each_problem_of_the_contract_has_its_exception(problem: Problem) -> None:
    """Code, message and request id arrive."""
    error = replies.failure(
        _reply(error_document(problem, "id-1"), problem.status, unverified_retry_after="3")
    )
    assert error is not None
    assert (error.code, error.message, error.request_id, error.retry_after) == (
        problem.code,
        problem.message,
        "id-1",
        3,
    )


_MALFORMED = hubspoke.ReplyMalformed


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (403, {"Code": "Nonesuch", "Message": "m", "RequestId": "r"}, _MALFORMED),
        (403, {"Code": ["AccessDenied"], "Message": "m", "RequestId": "r"}, _MALFORMED),
        (403, {"Code": "AccessDenied", "RequestId": "r"}, _MALFORMED),
        (403, {"Code": "AccessDenied", "Message": "", "RequestId": "r"}, _MALFORMED),
        (403, {"Code": "AccessDenied", "Message": "\x1b[2J", "RequestId": "r"}, _MALFORMED),
        (403, {"Code": "AccessDenied", "Message": "m" * 1001, "RequestId": "r"}, _MALFORMED),
        (200 + 4, {"Code": "AccessDenied", "Message": "m", "RequestId": "r"}, _MALFORMED),
        (500, {"Code": "AccessDenied", "Message": "m", "RequestId": "r"}, _MALFORMED),
        (400, {"message": "Bad Request"}, _MALFORMED),
        (404, {"message": "Not Found"}, _MALFORMED),
        (413, {"message": "Request Too Long"}, _MALFORMED),
        (201, {}, _MALFORMED),
        (301, {}, _MALFORMED),
        (307, {}, _MALFORMED),
        (429, {"message": "Too Many Requests"}, hubspoke.TooManyRequests),
        (500, {"message": "Internal server error"}, hubspoke.HubUnavailable),
        (502, {"message": "Internal server error"}, hubspoke.HubUnavailable),
        (503, {"message": "Service Unavailable"}, hubspoke.HubUnavailable),
        (504, {"message": "Endpoint request timed out"}, hubspoke.HubUnavailable),
    ],
)
def test_what_is_no_refusal_of_ours(status: int, content: object, kind: type[HubspokeError]) -> None:
    """A refusal that breaks the contract isn't believed; API Gateway's own failures are typed."""
    error = replies.failure(_reply(content, status))
    assert type(error) is kind
    assert "message" not in error.message.lower()


@pytest.mark.parametrize(
    ("error_type", "kind"),
    [
        ("ExpiredTokenException", hubspoke.OwnCredentialsError),
        ("ExpiredTokenException:http://internal.amazon.com/", hubspoke.OwnCredentialsError),
        ("UnrecognizedClientException", hubspoke.OwnCredentialsError),
        ("InvalidSignatureException", hubspoke.OwnCredentialsError),
        ("IncompleteSignatureException", hubspoke.OwnCredentialsError),
        ("MissingAuthenticationTokenException", hubspoke.ConfigurationError),
        ("AccessDeniedException", hubspoke.CallNotAllowed),
        ("ForbiddenException", hubspoke.CallNotAllowed),
        (None, hubspoke.CallNotAllowed),
    ],
)
@pytest.mark.parametrize(
    "body", [b'{"message": "secret text"}', b'{"Message": "secret text"}', b"<html>secret text"]
)
def test_api_gateways_own_403(error_type: str | None, kind: type[HubspokeError], body: bytes) -> None:
    """Told apart by its error type; its text is never repeated."""
    error = replies.failure(Reply(403, body, error_type, "id-1"))
    assert type(error) is kind
    assert "secret text" not in error.diagnostics()
    assert error.request_id == "id-1"


@pytest.mark.parametrize("raw", ["x y", "a\nb", "", "x" * 129, None])
def test_a_request_id_is_printed_only_if_it_looks_like_one(raw: str | None) -> None:
    """It goes to a terminal."""
    assert Reply(200, b"", unverified_request_id=raw).request_id is None


@pytest.mark.parametrize("raw", ["", "-1", "1.5", "٣", "99999", "Wed, 21 Oct 2026 07:28:00 GMT", None])
def test_a_retry_after_that_is_no_number_is_not_said(raw: str | None) -> None:
    """Only seconds."""
    assert Reply(503, b"", unverified_retry_after=raw).retry_after is None


def test_a_reply_shows_no_body() -> None:
    """It may hold credentials."""
    assert VENDED_SECRET not in repr(_reply(vended()))


def test_the_statuses_are_the_contracts() -> None:
    """The table of refusals is complete."""
    assert set(STATUS) == set(replies._REFUSALS)


_NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Wed, 25 Nov 2026 13:01:00 GMT", "about 61 minutes behind"),
        ("Wed, 25 Nov 2026 11:00:00 GMT", "about 60 minutes ahead of"),
        ("Tue, 25 Nov 2025 12:00:00 GMT", "about 525600 minutes ahead of"),
        ("Wed, 25 Nov 2026 12:04:59 GMT", "the secret access key"),
        ("Wed, 25 Nov 2026 11:55:01 GMT", "the secret access key"),
        ("Wed, 25 Nov 2026 13:01:00", "the secret access key"),
        ("yesterday\x1b[2J", "the secret access key"),
        ("Wed, 25 Nov 99999999999999999999 13:01:00 GMT", "the secret access key"),
        ("", "the secret access key"),
        (None, "the secret access key"),
    ],
)
def test_a_signature_that_is_off_by_its_clock(date: str | None, said: str) -> None:
    """By the server's own date, where it is one: AWS takes no signature more than five minutes off."""
    error = replies.failure(
        _reply({}, 403, error_type="InvalidSignatureException", unverified_date=date, received=_NOW)
    )
    assert isinstance(error, hubspoke.OwnCredentialsError)
    assert said in error.message
    assert error.message.isprintable()
