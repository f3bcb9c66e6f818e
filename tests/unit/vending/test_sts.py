"""What is asked of STS, what is believed of its answer, and what is made of its refusals."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import AccountId, RoleName, Target
from hubspoke_contract.secret import Secret
from hubspoke_grants.bundle import RoleProfile
from hubspoke_grants.decision import Permit
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, Params, Reply, sts_error, sts_session
from vending.sts import ATTEMPTS, Assumption, Session, assume

Assume = Callable[[], tuple[Session, int]]

PROFILE = RoleProfile(
    name="automation",
    role=RoleName("automation-spoke-role"),
    path="/hubspoke/",
    external_id=None,
    max_duration=3600,
    session_policies=(),
    tags=(),
    caller_tag_keys=frozenset(),
    vends_per_minute=600,
)


def assumption(permit: Permit | None = None) -> Assumption:
    """What a permitted vend asks for."""
    return Assumption(
        partition="aws",
        target=Target(AccountId("222222222222"), RoleName("automation-spoke-role")),
        permit=permit or Permit(PROFILE, duration=900, session_policy=None, tags=(), policies=("p",)),
        session_name="inventory-bot-01",
        source_identity="user.111111111111.inventory-bot",
    )


@pytest.fixture
def ask(aws: FakeAws) -> Iterator[Callable[..., tuple[Session, int]]]:
    """Call ``assume`` over a client as the function makes it."""
    config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
    client = boto3.client(
        "sts",
        region_name="eu-west-1",
        endpoint_url=aws.url,
        aws_access_key_id="ASIAHUBHUBHUBHUBHUBH",
        aws_secret_access_key="hub",
        config=config,
    )
    yield lambda seconds=10.0, what=None: assume(client, what or assumption(), time.monotonic() + seconds)
    client.close()


def test_a_good_reply_becomes_a_session(ask: Assume, aws: FakeAws) -> None:
    """All that was checked is in the session, the secrets as secrets."""
    session, attempts = ask()
    assert attempts == 1
    assert session.secret_access_key == Secret(aws.secret)
    assert session.session_token == Secret(aws.token)
    assert session.assumed_role_arn == (
        "arn:aws:sts::222222222222:assumed-role/automation-spoke-role/inventory-bot-01"
    )
    assert session.packed_policy_size == 6


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("0", 0),
        ("6", 6),
        ("79", 79),
        ("80", 80),
        ("100", 100),
        (None, None),
        ("-1", None),
        ("101", None),
        ("1000000000", None),
    ],
)
def test_a_packed_size_is_a_percentage_or_none(
    said: str | None, size: int | None, ask: Assume, aws: FakeAws
) -> None:
    """It decides nothing, so a session stands without it; a number that can't be one is no size."""
    aws.sts = lambda params: sts_session(params, aws.secret, aws.token, PackedPolicySize=said)
    session, _ = ask()
    assert session.packed_policy_size == size
    assert session.secret_access_key == Secret(aws.secret)


@pytest.mark.parametrize("said", ["text", "true", "1e9", "6.5", "6%", "", "0x6", "<a>6</a>"])
def test_a_packed_size_that_is_no_number_makes_the_reply_invalid(
    said: str, ask: Assume, aws: FakeAws, canaries: Canaries
) -> None:
    """STS's own form says an integer: what breaks it is no reply of STS's."""
    aws.secret, aws.token = canaries.plant("secret key"), canaries.plant("session token")
    aws.sts = lambda params: sts_session(params, aws.secret, aws.token, PackedPolicySize=said)
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.problem is Problem.StsReplyInvalid
    canaries.check("the exception", repr(refused.value))


def test_only_what_is_set_is_sent(ask: Assume, aws: FakeAws) -> None:
    """No external id, policy or tags: no such parameters, since STS refuses empty ones."""
    ask()
    assert aws.assumed[0].keys() == {
        "Action",
        "Version",
        "RoleArn",
        "RoleSessionName",
        "SourceIdentity",
        "DurationSeconds",
    }


def test_tags_are_sent_as_permitted(ask: Callable[..., tuple[Session, int]], aws: FakeAws) -> None:
    """The profile's tags and the caller's go out in STS's form."""
    tagged = Permit(PROFILE, duration=900, session_policy=None, tags=(("team", "blue"),), policies=())
    ask(what=assumption(tagged))
    assert aws.assumed[0]["Tags.member.1.Key"] == "team"
    assert aws.assumed[0]["Tags.member.1.Value"] == "blue"


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (403, "AccessDenied", Problem.SpokeDenied),
        (400, "ValidationError", Problem.SpokeSessionLimit),
        (400, "PackedPolicyTooLarge", Problem.SpokePolicyTooLarge),
        (400, "MalformedPolicyDocument", Problem.SpokePolicyMalformed),
        (403, "RegionDisabledException", Problem.SpokeRegionDisabled),
        (403, "ExpiredToken", Problem.HubCredentialsInvalid),
        (403, "InvalidClientTokenId", Problem.HubCredentialsInvalid),
        (403, "SignatureDoesNotMatch", Problem.HubCredentialsInvalid),
        (400, "NoCodeThatWeKnow", Problem.StsReplyInvalid),
    ],
)
def test_a_refusal_is_asked_for_once(
    status: int, code: str, problem: Problem, ask: Assume, aws: FakeAws
) -> None:
    """What STS refuses is not tried again, least of all with fewer restrictions."""
    aws.sts = lambda _: sts_error(status, code)
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.problem is problem
    assert aws.calls == ["AssumeRole"]


@pytest.mark.parametrize(
    ("status", "code", "problem"),
    [
        (400, "Throttling", Problem.StsThrottled),
        (400, "ThrottlingException", Problem.StsThrottled),
        (503, "RequestLimitExceeded", Problem.StsThrottled),
        (500, "InternalFailure", Problem.StsUnavailable),
        (503, "ServiceUnavailable", Problem.StsUnavailable),
    ],
)
def test_throttling_and_failures_are_tried_again_but_not_for_ever(
    status: int, code: str, problem: Problem, ask: Assume, aws: FakeAws
) -> None:
    """Three attempts at most, every one of them the same."""
    aws.sts = lambda _: sts_error(status, code)
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.problem is problem
    assert len(aws.assumed) == ATTEMPTS
    assert all(asked == aws.assumed[0] for asked in aws.assumed)


def test_a_passing_failure_is_got_over(ask: Assume, aws: FakeAws) -> None:
    """One throttle and then a reply is a session, on the second attempt."""
    replies = iter([sts_error(400, "Throttling")])
    aws.sts = lambda params: next(replies, sts_session(params, aws.secret, aws.token))
    assert ask()[1] == 2


def _html(_: Params) -> Reply:
    return Reply(200, b"<html>a proxy's page</html>", "text/html")


BROKEN: dict[str, Callable[[FakeAws, Params], Reply]] = {
    "another role": lambda aws, p: sts_session(
        p, aws.secret, aws.token, Arn="arn:aws:sts::222222222222:assumed-role/admin/inventory-bot-01"
    ),
    "another account": lambda aws, p: sts_session(
        p,
        aws.secret,
        aws.token,
        Arn="arn:aws:sts::333333333333:assumed-role/automation-spoke-role/inventory-bot-01",
    ),
    "another session": lambda aws, p: sts_session(
        p, aws.secret, aws.token, Arn="arn:aws:sts::222222222222:assumed-role/automation-spoke-role/someone"
    ),
    "no ARN": lambda aws, p: sts_session(p, aws.secret, aws.token, Arn=None),
    "another source identity": lambda aws, p: sts_session(
        p, aws.secret, aws.token, SourceIdentity="user.111111111111.stranger"
    ),
    "no source identity": lambda aws, p: sts_session(p, aws.secret, aws.token, SourceIdentity=None),
    "no access key": lambda aws, p: sts_session(p, aws.secret, aws.token, AccessKeyId=None),
    "a long-lived access key": lambda aws, p: sts_session(
        p, aws.secret, aws.token, AccessKeyId="AKIAFAKEFAKEFAKEFAKE"
    ),
    "no secret": lambda aws, p: sts_session(p, "", aws.token, SecretAccessKey=None),
    "an empty secret": lambda aws, p: sts_session(p, "", aws.token),
    "no token": lambda aws, p: sts_session(p, aws.secret, "", SessionToken=None),
    "no expiration": lambda aws, p: sts_session(p, aws.secret, aws.token, Expiration=None),
    "past expiration": lambda aws, p: sts_session(
        p, aws.secret, aws.token, Expiration=f"{datetime.now(UTC) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    ),
    "an expiration hours away": lambda aws, p: sts_session(
        p, aws.secret, aws.token, Expiration=f"{datetime.now(UTC) + timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}"
    ),
    "an expiration that is none": lambda aws, p: sts_session(p, aws.secret, aws.token, Expiration=aws.secret),
    "an empty document": lambda aws, p: Reply(200, b""),
    "another document": lambda aws, p: _html(p),
    "cut within the secret, well framed": lambda aws, p: Reply(
        200, sts_session(p, aws.secret, aws.token).body.partition(aws.secret[20:].encode())[0]
    ),
    "cut after the token, well framed": lambda aws, p: Reply(
        200, sts_session(p, aws.secret, aws.token).body.partition(b"</SessionToken>")[0]
    ),
    "two documents": lambda aws, p: Reply(200, sts_session(p, aws.secret, aws.token).body * 2),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_reply_is_not_believed(fault: str, ask: Assume, aws: FakeAws, canaries: Canaries) -> None:
    """Whatever is wrong with a reply, it is no session, and nothing of it is in the exception."""
    aws.sts = lambda params: BROKEN[fault](aws, params)
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.problem is Problem.StsReplyInvalid
    assert refused.value.__context__ is None
    canaries.check_traceback(refused.value)


@pytest.mark.parametrize("part", [0, 0.01, 0.3, 0.5, 0.8, 0.99])
def test_a_connection_reset_at_any_byte_is_unreachable(
    part: float, ask: Assume, aws: FakeAws, canaries: Canaries
) -> None:
    """A reset within the reply is no session, isn't tried again, and leaks nothing."""

    def cut(params: Params) -> Reply:
        whole = sts_session(params, aws.secret, aws.token).body
        return Reply(200, whole, cut_after=int(len(whole) * part))

    aws.sts = cut
    with pytest.raises(Refused) as refused:
        ask()
    assert refused.value.problem in (Problem.StsUnreachable, Problem.StsReplyInvalid)
    assert aws.calls == ["AssumeRole"]
    canaries.check_traceback(refused.value)


def test_a_slow_drip_ends_at_the_deadline(ask: Callable[..., tuple[Session, int]], aws: FakeAws) -> None:
    """Each byte comes in time, all of them would take minutes: the deadline holds all the same."""
    aws.sts = lambda p: Reply(200, sts_session(p, aws.secret, aws.token).body[:120], drip=0.05)
    with pytest.raises(Refused) as refused:
        ask(seconds=0.5)
    assert refused.value.problem is Problem.DeadlineExceeded


def test_past_the_deadline_nothing_is_asked(ask: Callable[..., tuple[Session, int]], aws: FakeAws) -> None:
    """With no time left, STS isn't called at all."""
    with pytest.raises(Refused) as refused:
        ask(seconds=-1.0)
    assert refused.value.problem is Problem.DeadlineExceeded
    assert aws.calls == []


def test_without_credentials_of_its_own_the_hub_says_so(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution environment without credentials is the hub's own fault, by its own name."""
    client = boto3.client("sts", region_name="eu-west-1", endpoint_url=aws.url)
    with pytest.raises(Refused) as refused:
        assume(client, assumption(), time.monotonic() + 5)
    assert refused.value.problem is Problem.HubCredentialsInvalid
