"""hubspoke.hub_role: the direct route, over an STS on loopback that answers as it is told."""

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import boto3
import pytest

import hubspoke
from hubspoke import HubRole, HubRoleRefused, assume_spoke_role
from hubspoke.arguments import target_by_path
from hubspoke.cache import Entry
from hubspoke_contract.request import VendRequest
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, Params, Reply, sts_error, sts_session
from tests.support.fake_hub import ACCESS_KEY_ID, SECRET_ACCESS_KEY

HUB, SPOKE = "999999999999", "888888888888"
HUB_ROLE, SPOKE_ROLE = "automation-hub-role", "automation-spoke-role"
EXTERNAL_ID = "this-is-my-automation"
SERIAL = f"arn:aws:iam::{HUB}:mfa/sys-automation"
TO_THE_HUB, TO_THE_SPOKE = f"arn:aws:iam::{HUB}:role/{HUB_ROLE}", f"arn:aws:iam::{SPOKE}:role/{SPOKE_ROLE}"


def hub_role(**changes: Any) -> HubRole:
    return HubRole(HUB, HUB_ROLE, **changes)


def asked(sts: FakeAws) -> list[str]:
    """Return the roles that STS was asked for."""
    return [params["RoleArn"] for params in sts.assumed]


def test_the_two_calls_and_nothing_besides(sts: FakeAws) -> None:
    """The hub role with the caller's own credentials, the spoke's with the hub role's; nothing besides."""
    found = hub_role(session_string="me@example.com").credentials(SPOKE, SPOKE_ROLE, duration=900)
    common = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleSessionName": "me@example.com"}
    assert sts.assumed == [
        common | {"RoleArn": TO_THE_HUB, "DurationSeconds": "3600"},
        common | {"RoleArn": TO_THE_SPOKE, "DurationSeconds": "900"},
    ]
    assert found.assumed_role_arn == f"arn:aws:sts::{SPOKE}:assumed-role/{SPOKE_ROLE}/me@example.com"
    assert (found.account, found.source_identity, found.vend_id) == (SPOKE, "", "")


def test_the_second_call_is_signed_by_the_first_ones_session(sts: FakeAws) -> None:
    """The key ids in the signatures' scopes are the caller's and the hub role's."""
    sts.sts = lambda params: sts_session(
        params, "s", "t", AccessKeyId="ASIAHUBROLE" if HUB in params["RoleArn"] else "ASIASPOKE"
    )
    found = hub_role().credentials(SPOKE, SPOKE_ROLE)
    assert sts.signers == [ACCESS_KEY_ID, "ASIAHUBROLE"]
    assert found.access_key_id == "ASIASPOKE"


def test_a_source_identity_that_the_session_inherited_is_shown(sts: FakeAws) -> None:
    """STS says whose it is, and we ask for none."""
    sts.sts = lambda params: sts_session(params, "s", "t", SourceIdentity="somebody")
    assert hub_role().credentials(SPOKE, SPOKE_ROLE).source_identity == "somebody"


def test_the_external_id_goes_with_both_calls(sts: FakeAws) -> None:
    """It is a condition where a trust policy asks for it, and nothing elsewhere."""
    hub_role(external_id=EXTERNAL_ID).credentials(SPOKE, SPOKE_ROLE)
    assert [params["ExternalId"] for params in sts.assumed] == [EXTERNAL_ID] * 2


def test_roles_may_have_a_path(sts: FakeAws) -> None:
    """STS wants it in the role's ARN, and leaves it out of the session's."""
    HubRole(HUB, "team/a/hub-role").credentials(SPOKE, "hubspoke/spoke-role")
    assert asked(sts) == [
        f"arn:aws:iam::{HUB}:role/team/a/hub-role",
        f"arn:aws:iam::{SPOKE}:role/hubspoke/spoke-role",
    ]


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_is_the_regions(sts: FakeAws, region: str, partition: str) -> None:
    """In what is asked, and in what is believed."""
    found = hub_role(region=region).credentials(SPOKE, SPOKE_ROLE)
    assert asked(sts) == [arn.replace("arn:aws:", f"arn:{partition}:") for arn in (TO_THE_HUB, TO_THE_SPOKE)]
    assert found.assumed_role_arn == f"arn:{partition}:sts::{SPOKE}:assumed-role/{SPOKE_ROLE}/hubspoke"


@pytest.mark.parametrize("region", ["nowhere-1", "xx-central-9", "aws-global", "us-east"])
def test_a_region_of_no_partition_is_refused(sts: FakeAws, region: str) -> None:
    """It isn't taken for one of the partition "aws"."""
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_REGION"):
        hub_role(region=region).credentials(SPOKE, SPOKE_ROLE)
    assert sts.assumed == []


def test_no_region(sts: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable."""
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(hubspoke.ConfigurationError, match="AWS_REGION"):
        hub_role().credentials(SPOKE, SPOKE_ROLE)
    assert sts.assumed == []


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])
def test_a_plain_address_is_refused_before_anything_is_sent(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signed request in the clear could be replayed by whoever reads it."""
    monkeypatch.setenv(variable, "http://sts.example.com")
    with pytest.raises(hubspoke.HubspokeError) as raised:
        hub_role(retries=0).credentials(SPOKE, SPOKE_ROLE)
    assert (raised.value.code, "https" in raised.value.message) == ("ConfigurationError", True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"account": "12345678901"},
        {"account": None},
        {"role": ""},
        {"role": "/leading"},
        {"role": "trailing/"},
        {"role": "a//b"},
        {"role": "a b"},
        {"role": "x" * 65},
        {"role": "p" * 512 + "/x"},
        {"role": f"arn:aws:iam::{HUB}:role/x"},
        {"role": 7},
        {"external_id": "x"},
        {"external_id": "x" * 1225},
        {"external_id": "with space"},
        {"external_id": "line\n"},
        {"external_id": "ä" * 3},
        {"external_id": 12},
        {"session_string": "x"},
        {"session_string": "x" * 65},
        {"session_string": "me at example"},
        {"session_string": "line\n"},
        {"session_string": "１２"},
        {"mfa_serial": ""},
        {"mfa_serial": "12345678"},
        {"mfa_serial": "a b" * 9},
        {"mfa_code": "123456"},
        {"session": boto3.Session(), "profile": "x"},
        {"profile": ""},
        {"region": "x/y"},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"retries": -1},
    ],
    ids=str,
)
def test_arguments_that_cant_be_right(arguments: dict[str, Any]) -> None:
    """Refused at once."""
    with pytest.raises(hubspoke.ArgumentInvalid):
        HubRole(**({"account": HUB, "role": HUB_ROLE} | arguments))


@pytest.mark.parametrize("duration", [899, 3601, 43200, True, 900.5, timedelta(hours=2)])
def test_a_duration_that_chaining_doesnt_allow_never_reaches_sts(sts: FakeAws, duration: Any) -> None:
    """900 to 3600 seconds."""
    with pytest.raises(hubspoke.ArgumentInvalid, match="3600"):
        hub_role().credentials(SPOKE, SPOKE_ROLE, duration=duration)
    assert sts.assumed == []


@pytest.mark.parametrize(
    "request_",
    [VendRequest(session_policy="read-only"), VendRequest(tags=(("a", "b"),)), VendRequest(reason="x")],  # type: ignore[arg-type]
)
def test_what_only_the_hub_has_is_refused_and_not_left_out(sts: FakeAws, request_: VendRequest) -> None:
    """Credentials without the session policy could do more than was asked for."""
    with pytest.raises(hubspoke.ArgumentInvalid, match="need the hub"):
        hub_role().obtain(target_by_path(SPOKE, SPOKE_ROLE), request_)
    assert sts.assumed == []


def test_a_second_time_is_from_the_cache(sts: FakeAws) -> None:
    """Of another process, as good as."""
    first = hub_role().credentials(SPOKE, SPOKE_ROLE)
    assert hub_role().credentials(SPOKE, SPOKE_ROLE) == first
    assert len(sts.assumed) == 2


@pytest.mark.parametrize("cache", [True, False])
def test_a_second_spoke_costs_one_call(sts: FakeAws, cache: bool) -> None:
    """The hub role's session is kept too, in memory where there is no cache."""
    role = hub_role(cache=cache)
    for account in (SPOKE, "777777777777", "666666666666"):
        role.credentials(account, SPOKE_ROLE)
    assert [arn.split(":")[4] for arn in asked(sts)] == [HUB, SPOKE, "777777777777", "666666666666"]


def test_the_hub_roles_session_is_kept_for_the_next_process(sts: FakeAws) -> None:
    """By the cache."""
    hub_role().credentials(SPOKE, SPOKE_ROLE)
    hub_role().credentials("777777777777", SPOKE_ROLE)
    assert asked(sts).count(TO_THE_HUB) == 1


def _other_sts(monkeypatch: pytest.MonkeyPatch) -> HubRole:
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["AWS_ENDPOINT_URL_STS"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", os.environ["AWS_ENDPOINT_URL"] + "/")
    return hub_role()


def _other_keys(monkeypatch: pytest.MonkeyPatch) -> HubRole:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAANOTHERCALLER000")
    return hub_role()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda _: HubRole("999999999998", HUB_ROLE), id="hub-account"),
        pytest.param(lambda _: HubRole(HUB, "other-hub-role"), id="hub-role"),
        pytest.param(lambda _: HubRole(HUB, f"team/{HUB_ROLE}"), id="path"),
        pytest.param(lambda _: hub_role(external_id="another-id"), id="external-id"),
        pytest.param(lambda _: hub_role(session_string="another"), id="session-string"),
        pytest.param(lambda _: hub_role(region="cn-north-1"), id="partition"),
        pytest.param(lambda _: hub_role(mfa_serial=SERIAL, mfa_code="123456"), id="mfa"),
        pytest.param(_other_keys, id="caller"),
        pytest.param(_other_sts, id="sts"),
        pytest.param(
            lambda _: hub_role(session=boto3.Session("AKIASESSION", "s", region_name="eu-west-1")),
            id="session",
        ),
    ],
)
def test_every_input_that_matters_is_in_the_key(
    sts: FakeAws, other: Callable[[pytest.MonkeyPatch], HubRole], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the spoke's credentials nor the hub role's session are taken for another's."""
    hub_role().credentials(SPOKE, SPOKE_ROLE)
    other(monkeypatch).credentials(SPOKE, SPOKE_ROLE)
    assert len(sts.assumed) == 4


def test_an_address_of_sts_in_the_config_file_is_in_the_key_too(
    sts: FakeAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An emulator's sessions are not AWS's, whoever's keys sign."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    config = tmp_path / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(f"[default]\nendpoint_url = {sts.url}\n")
    hub_role().credentials(SPOKE, SPOKE_ROLE)
    with FakeAws() as other:
        config.write_text(f"[default]\nendpoint_url = {other.url}\n")
        hub_role().credentials(SPOKE, SPOKE_ROLE)
        assert len(other.assumed) == 2


@pytest.mark.parametrize(
    ("account", "role", "duration"),
    [
        ("777777777777", SPOKE_ROLE, None),
        (SPOKE, "other", None),
        (SPOKE, f"a/{SPOKE_ROLE}", None),
        (SPOKE, SPOKE_ROLE, 900),
    ],
)
def test_every_target_and_duration_has_its_own_key(
    sts: FakeAws, account: str, role: str, duration: int | None
) -> None:
    """The hub role's session serves all of them."""
    hub_role().credentials(SPOKE, SPOKE_ROLE)
    hub_role().credentials(account, role, duration=duration)
    assert len(sts.assumed) == 3


def test_the_keys_differ_from_the_hub_routes(sts: FakeAws, tmp_path: Path) -> None:
    """And no name of a file has the external id in it."""
    hub_role(external_id=EXTERNAL_ID).credentials(SPOKE, SPOKE_ROLE)
    names = [path.name for path in (tmp_path / ".cache" / "hubspoke").iterdir()]
    assert len([name for name in names if name.endswith(".entry")]) == 2
    assert all(EXTERNAL_ID not in name for name in names)


def test_good_credentials_outlast_an_sts_that_is_down(
    sts: FakeAws, caplog: pytest.LogCaptureFixture, set_back: Callable[[], None]
) -> None:
    """A failed refresh never loses them."""
    first = hub_role().credentials(SPOKE, SPOKE_ROLE)
    set_back()
    sts.sts = lambda _: sts_error(503, "ServiceUnavailable")
    found = hub_role(retries=0).credentials(SPOKE, SPOKE_ROLE)
    assert found.session_token == first.session_token
    assert "Unavailable" in caplog.text
    assert len(sts.assumed) > 2


@pytest.fixture
def set_back(tmp_path: Path) -> Callable[[], None]:
    """Make every kept entry as old as it must be to be renewed, with ten minutes left."""
    from hubspoke import kept

    def change() -> None:
        for path in (tmp_path / ".cache" / "hubspoke").glob("*.entry"):
            _, obtained, expires, *rest = path.read_text().split("\n")[:-2]
            gone = int(expires) - int(time.time()) - 600
            path.write_bytes(kept.encode([str(int(obtained) - gone), str(int(expires) - gone), *rest]))

    return change


def test_threads_share_one_hub_roles_session(sts: FakeAws) -> None:
    """However many ask at once, for however many spokes."""
    role = hub_role()
    spokes = [f"{number:012}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda account: role.credentials(account, SPOKE_ROLE).account, spokes))
    assert found == spokes
    assert asked(sts).count(TO_THE_HUB) == 1
    assert len(sts.assumed) == 9


@pytest.mark.parametrize("cache", [True, False])
def test_a_failure_for_the_hub_role_is_everybodys_who_waited(sts: FakeAws, cache: bool) -> None:
    """One call, however many spokes: else each runs into it, one after the other. Later ones ask anew."""
    together = Barrier(8)

    def answer(_: Params) -> Reply:
        time.sleep(0.3)
        return sts_error(403, "AccessDenied")

    def ask(account: str) -> HubRoleRefused:
        together.wait(10)
        with pytest.raises(HubRoleRefused) as raised:
            role.credentials(account, SPOKE_ROLE)
        return raised.value

    sts.sts = answer
    role = hub_role(cache=cache)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, [f"{number:012}" for number in range(8)]))
    assert len(sts.assumed) == 1
    assert len(set(map(id, found))) == 8
    with pytest.raises(HubRoleRefused):
        role.credentials(SPOKE, SPOKE_ROLE)
    assert len(sts.assumed) == 2


def test_a_fork_does_not_wait_for_its_parents_thread(sts: FakeAws) -> None:
    """Which the child doesn't have, and which would have let go of the hub role's turn."""
    asked_first, go_on = Event(), Event()

    def answer(params: Params) -> Reply:
        if not asked_first.is_set():
            asked_first.set()
            go_on.wait(20)
        return sts_session(params, "s", "t")

    sts.sts = answer
    role = hub_role(cache=False)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(role.credentials, SPOKE, SPOKE_ROLE)
        assert asked_first.wait(10)
        child = multiprocessing.get_context("fork").Process(target=role.credentials, args=(SPOKE, SPOKE_ROLE))
        child.start()
        child.join(10)
        stuck = child.exitcode is None
        child.kill()
        child.join()
        go_on.set()
        assert first.result().account == SPOKE
    assert (stuck, child.exitcode) == (False, 0)


def test_mfa_goes_with_the_first_call_alone(sts: FakeAws) -> None:
    """The spoke's trust knows the hub role, not the person."""
    hub_role(mfa_serial=SERIAL, mfa_code="123456").credentials(SPOKE, SPOKE_ROLE)
    first, second = sts.assumed
    assert (first["SerialNumber"], first["TokenCode"]) == (SERIAL, "123456")
    assert not {"SerialNumber", "TokenCode"} & second.keys()


@pytest.mark.parametrize("cache", [True, False])
def test_mfa_is_asked_for_once(sts: FakeAws, cache: bool) -> None:
    """While the hub role's session lasts."""
    asked_for: list[int] = []

    def ask() -> str:
        asked_for.append(1)
        return "654321"

    role = hub_role(mfa_serial=SERIAL, mfa_code=ask, cache=cache)
    role.credentials(SPOKE, SPOKE_ROLE)
    role.credentials("777777777777", SPOKE_ROLE)
    assert len(asked_for) == 1
    assert [params.get("TokenCode") for params in sts.assumed] == ["654321", None, None]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12 456", "１２３４５６", "123456\n", 123456])
def test_a_code_that_cant_be_right_is_never_sent(sts: FakeAws, code: Any) -> None:
    """Six digits."""
    with pytest.raises(hubspoke.ArgumentInvalid, match="six digits"):
        hub_role(mfa_serial=SERIAL, mfa_code=lambda: code).credentials(SPOKE, SPOKE_ROLE)
    assert sts.assumed == []


def test_a_code_is_good_once(sts: FakeAws) -> None:
    """The second time there is none, which the message says; STS isn't asked with a used one."""
    role = hub_role(mfa_serial=SERIAL, mfa_code="123456", cache=False)
    sts.sts = lambda _: sts_error(403, "AccessDenied")
    with pytest.raises(hubspoke.HubRoleRefused, match="MFA code"):
        role.credentials(SPOKE, SPOKE_ROLE)
    with pytest.raises(hubspoke.MfaCodeNeeded, match="--mfa-code"):
        role.credentials(SPOKE, SPOKE_ROLE)
    assert len(sts.assumed) == 1


def test_a_code_is_not_sent_again_when_sts_is_down(sts: FakeAws) -> None:
    """It may have been used up by the call whose answer was lost."""
    sts.sts = lambda _: sts_error(503, "ServiceUnavailable")
    with pytest.raises(hubspoke.HubUnavailable):
        hub_role(mfa_serial=SERIAL, mfa_code="123456").credentials(SPOKE, SPOKE_ROLE)
    assert len(sts.assumed) == 1


def test_without_a_code_the_hub_roles_session_lasts_to_its_end(
    sts: FakeAws, set_back: Callable[[], None]
) -> None:
    """Nobody there to ask is no reason to throw away what still works."""
    hub_role(mfa_serial=SERIAL, mfa_code="123456").credentials(SPOKE, SPOKE_ROLE)
    set_back()
    hub_role(mfa_serial=SERIAL).credentials(SPOKE, SPOKE_ROLE)
    assert asked(sts) == [TO_THE_HUB, TO_THE_SPOKE, TO_THE_SPOKE]


@pytest.mark.parametrize(("left", "lost"), [(600, False), (30, True)])
def test_without_a_cache_the_hub_roles_session_lasts_to_its_end_too(
    sts: FakeAws, left: int, lost: bool
) -> None:
    """In memory, as long as it can be handed out."""
    role = hub_role(mfa_serial=SERIAL, mfa_code="123456", cache=False)
    role.credentials(SPOKE, SPOKE_ROLE)
    assert role._held._entry is not None
    now = datetime.now(UTC)
    ending = replace(role._held._entry.credentials, expiration=now + timedelta(seconds=left))
    role._held._entry = Entry(ending, now - timedelta(seconds=3600 - left))
    if lost:
        with pytest.raises(hubspoke.MfaCodeNeeded):
            role.credentials(SPOKE, SPOKE_ROLE)
    else:
        role.credentials(SPOKE, SPOKE_ROLE)
    assert asked(sts).count(TO_THE_SPOKE) == (1 if lost else 2)


def test_the_function_is_the_class_in_one_call(sts: FakeAws) -> None:
    """With the words of assume-spoke-role's library."""
    found = assume_spoke_role(
        hub_account=HUB,
        hub_role=HUB_ROLE,
        spoke_account=SPOKE,
        spoke_role=SPOKE_ROLE,
        external_id=EXTERNAL_ID,
        session_string="me@example.com",
        duration=timedelta(minutes=15),
        session=boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="eu-west-1"),
        cache=False,
    )
    assert found.assumed_role_arn.endswith("/me@example.com")
    assert [params["DurationSeconds"] for params in sts.assumed] == ["3600", "900"]


def test_a_session_renews_itself_before_its_end(sts: FakeAws) -> None:
    """A boto3 session of the spoke's role, with a Region of its own."""
    session = hub_role().session(SPOKE, SPOKE_ROLE, duration=900, region_name="us-east-1")
    assert session.region_name == "us-east-1"
    keys = session.get_credentials()
    assert keys is not None
    assert keys.get_frozen_credentials().access_key == "ASIAFAKEFAKEFAKEFAKE"
    assert len(sts.assumed) == 2


def test_a_profiles_credentials_can_be_the_callers(
    sts: FakeAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile named beats the environment's keys, as it does for boto3; its Region counts."""
    config = tmp_path / "config"
    config.write_text(
        "[profile sys]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nregion = cn-north-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.delenv("AWS_REGION")
    hub_role(profile="sys").credentials(SPOKE, SPOKE_ROLE)
    assert sts.signers[0] == "AKIAPROFILE"
    assert asked(sts)[0].startswith("arn:aws-cn:")


def test_a_profile_that_isnt_there(sts: FakeAws) -> None:
    """Its name is what to check."""
    with pytest.raises(hubspoke.OwnCredentialsError, match="--profile"):
        hub_role(profile="nonesuch").credentials(SPOKE, SPOKE_ROLE)
    assert sts.assumed == []


def test_no_secret_shows_anywhere(
    sts: FakeAws,
    canaries: Canaries,
    monkeypatch: pytest.MonkeyPatch,
    shown: Callable[[BaseException], str],
    tmp_path: Path,
) -> None:
    """In no log at DEBUG, no traceback with locals, no repr, and in no file but the cache's entries."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", canaries.plant("own secret"))
    monkeypatch.setenv("AWS_SESSION_TOKEN", canaries.plant("own token"))
    external_id = "id-4711-that-nobody-may-see"
    canaries.adopt("external id", external_id)
    sts.secret, sts.token = canaries.plant("secret"), canaries.plant("token")
    role = hub_role(external_id=external_id)
    truncated = sts_session(
        {"RoleArn": TO_THE_HUB, "RoleSessionName": "x", "DurationSeconds": "900"}, sts.secret, "t"
    )
    for reply in (Reply(200, truncated.body[:400]), Reply(200, b"<x/>"), sts_error(403, "AccessDenied")):
        sts.sts = lambda _, reply=reply: reply  # type: ignore[misc]
        with pytest.raises(hubspoke.HubspokeError) as raised:
            role.credentials(SPOKE, SPOKE_ROLE)
        canaries.check("the traceback", shown(raised.value))
    sts.sts = lambda params: sts_session(params, sts.secret, sts.token)
    canaries.check("the credentials", repr(role.credentials(SPOKE, SPOKE_ROLE)) + repr(role))
    for entry in (tmp_path / ".cache" / "hubspoke").glob("*.entry"):
        assert external_id not in entry.read_text()
        canaries.may_hold(entry)
