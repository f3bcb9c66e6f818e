"""hubspoke.own_credentials."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread

import boto3
import pytest

from hubspoke import OwnCredentialsError
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke.settings import read
from tests.support.fake_hub import ACCESS_KEY_ID, SECRET_ACCESS_KEY

_CONFIG = """\
[profile keys]
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = profile-secret
region = ap-south-1

[profile half]
aws_access_key_id = AKIAPROFILE

[profile prints-no-json]
credential_process = echo hush-hush

[profile fails]
credential_process = sh -c 'echo hush-hush >&2; exit 3'

[profile prints-half]
credential_process = echo {"Version":1,"AccessKeyId":"hush-hush"}

[profile prints-null]
credential_process = echo '{"Version":1,"AccessKeyId":null,"SecretAccessKey":"hush-hush"}'

[profile prints-a-number]
credential_process = echo '{"Version":1,"AccessKeyId":"hush-hush","SecretAccessKey":7}'

[profile prints-a-list]
credential_process = echo '["hush-hush"]'

[profile names-no-process]
credential_process =

[profile expired]
credential_process = cat EXPIRED

[profile sso]
sso_session = org
sso_account_id = 111111111111
sso_role_name = reader
region = eu-west-1

[sso-session org]
sso_start_url = https://example.com/start
sso_region = eu-west-1

[profile broken]
source_profile = nonesuch
role_arn = arn:aws:iam::111111111111:role/x
"""


@pytest.fixture(autouse=True)
def config(tmp_path: Path) -> Path:
    """Write an AWS config file."""
    path = tmp_path / ".aws" / "config"
    path.parent.mkdir()
    expired = tmp_path / "expired.json"
    expired.write_text(
        '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush-hush","SessionToken":"t",'
        '"Expiration":"2001-01-01T00:00:00Z"}'
    )
    path.write_text(_CONFIG.replace("EXPIRED", str(expired)))
    return path


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no keys in the environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)


def _chain(profile: str | None = None, source: boto3.Session | None = None) -> OwnCredentialChain:
    return OwnCredentialChain(read(), profile, source)


def test_the_environments_keys_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """As boto3 has it: AWS_PROFILE doesn't beat them."""
    monkeypatch.setenv("AWS_PROFILE", "keys")
    assert _chain().resolve().access_key_id == ACCESS_KEY_ID


def test_a_profile_asked_for_beats_the_environment() -> None:
    """As boto3 has it."""
    found = _chain("keys").resolve()
    assert (found.access_key_id, found.session_token) == ("AKIAPROFILE", None)


@pytest.mark.usefixtures("no_keys")
def test_a_profile_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are no keys."""
    monkeypatch.setenv("AWS_PROFILE", "keys")
    assert _chain().resolve().access_key_id == "AKIAPROFILE"


def test_a_given_session_beats_all() -> None:
    """The library's caller has chosen."""
    session = boto3.Session(aws_access_key_id="AKIAGIVEN", aws_secret_access_key="s", region_name="us-west-2")
    chain = _chain(source=session)
    assert (chain.resolve().access_key_id, chain.region()) == ("AKIAGIVEN", "us-west-2")


def test_a_profiles_region_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an endpoint that names none."""
    monkeypatch.delenv("AWS_REGION")
    assert _chain("keys").region() == "ap-south-1"
    assert _chain("half").region() is None
    assert _chain("nonesuch").region() is None


@pytest.mark.parametrize(
    ("profile", "word"),
    [
        ("nonesuch", "no such AWS profile"),
        ("half", "No AWS credentials"),
        ("prints-no-json", "could not be loaded"),
        ("fails", "could not be loaded"),
        ("prints-half", "could not be loaded"),
        ("prints-null", "could not be loaded"),
        ("prints-a-number", "could not be loaded"),
        ("prints-a-list", "could not be loaded"),
        ("names-no-process", "could not be loaded"),
        ("expired", "have expired"),
        ("sso", "sso login"),
        ("broken", "could not be loaded"),
    ],
)
@pytest.mark.usefixtures("no_keys")
def test_what_is_wrong_with_a_profile_is_said_in_our_words(
    profile: str, word: str, shown: Callable[[BaseException], str]
) -> None:
    """One type, a fixed text, and nothing of botocore's in the traceback."""
    with pytest.raises(OwnCredentialsError, match=word) as raised:
        _chain(profile).resolve()
    assert "hush" not in shown(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.usefixtures("no_keys")
def test_no_credentials_at_all(config: Path) -> None:
    """Says what to set."""
    config.unlink()
    with pytest.raises(OwnCredentialsError, match="AWS_PROFILE"):
        _chain().resolve()


def test_expired_keys_of_the_environment_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their own variable says so."""
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00Z")
    with pytest.raises(OwnCredentialsError, match="expired"):
        _chain().resolve()


@pytest.mark.parametrize("raw", ["", "soon", "2001-01-01T00:00:00", "2999-01-01T00:00:00Z"])
def test_an_expiry_that_says_nothing_is_passed_over(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    """AWS is the judge of it."""
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", raw)
    assert _chain().resolve().secret_access_key.reveal() == SECRET_ACCESS_KEY


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("value", ["hush\n", "hush\r\nX-Evil: 1", "hu sh", "hüsh", "hush\udc80"])
def test_keys_that_no_header_can_hold(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: Callable[[BaseException], str]
) -> None:
    """The HTTP library would repeat them in its error."""
    monkeypatch.setenv(name, value)
    with pytest.raises(OwnCredentialsError, match=name) as raised:
        _chain().resolve()
    if name != "AWS_ACCESS_KEY_ID":  # which is no secret
        assert value.encode("ascii", "backslashreplace").decode() not in shown(raised.value)
        assert "hush" not in shown(raised.value)


def test_the_cache_tells_callers_apart(monkeypatch: pytest.MonkeyPatch, config: Path) -> None:
    """Whatever changes who calls changes the identity."""
    seen = [_chain().cache_identity(), _chain("keys").cache_identity(), _chain("half").cache_identity()]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    seen.append(_chain().cache_identity())
    config.write_text(_CONFIG.replace("AKIAPROFILE", "AKIACHANGED"))
    seen.append(_chain("keys").cache_identity())
    monkeypatch.setenv("AWS_CONFIG_FILE", "/elsewhere")
    seen.append(_chain("keys").cache_identity())
    session = boto3.Session(aws_access_key_id="AKIAGIVEN", aws_secret_access_key="s")
    seen.append(_chain(source=session).cache_identity())
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for name in ("AWS_PROFILE", "AWS_ROLE_ARN"):
        monkeypatch.setenv(name, "keys")
        seen.append(_chain().cache_identity())
    assert len(set(map(repr, seen))) == len(seen)


class _Container(BaseHTTPRequestHandler):
    """One address that answers each token with its owner's key."""

    def do_GET(self) -> None:
        """Answer as a container's credential endpoint does."""
        owner = self.headers["Authorization"]
        body = json.dumps(
            {
                "AccessKeyId": f"ASIA{owner}",
                "SecretAccessKey": "s",
                "Token": "t",
                "Expiration": "2099-01-01T00:00:00Z",
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_who_is_behind_a_containers_address_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One address and two tokens are two callers, who must not share a cache's entry."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Container) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/credentials"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        seen = []
        for owner in ("ALICE", "BOB"):
            monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", owner)
            seen.append(_chain().cache_identity())
        server.shutdown()
    assert seen == [("outside", "ASIAALICE"), ("outside", "ASIABOB")]


def test_an_edit_that_keeps_the_files_size_is_seen(config: Path) -> None:
    """By its time of change."""
    before = _chain("keys").cache_identity()
    config.write_text(_CONFIG.replace("AKIAPROFILE", "AKIAPROFILF"))
    os.utime(config, ns=(1, 1))
    assert _chain("keys").cache_identity() != before


@pytest.mark.parametrize("written", ["~/.aws/config", "$HOME/.aws/config"])
def test_an_edit_is_seen_under_the_name_that_botocore_expands(
    written: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no shell has expanded it, as in a unit's or a container's variables."""
    monkeypatch.setenv("AWS_CONFIG_FILE", written)
    assert _chain("keys").resolve().access_key_id == "AKIAPROFILE"
    before = _chain("keys").cache_identity()
    config.write_text(_CONFIG.replace("AKIAPROFILE", "AKIACHANGED"))
    assert _chain("keys").cache_identity() != before


def test_a_profile_that_starts_from_the_environments_keys_is_as_many_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``credential_source = Environment``: the keys decide who assumes the profile's role."""
    before = _chain("keys").cache_identity()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    assert _chain("keys").cache_identity() != before


@pytest.mark.parametrize(("process", "answers"), [("answers", True), ("fails", False)])
@pytest.mark.usefixtures("no_keys")
def test_threads_ask_a_credential_process_once(
    process: str, answers: bool, config: Path, tmp_path: Path
) -> None:
    """It may ask a person for an MFA code. A failure is everybody's who waited."""
    ran, answer = tmp_path / "ran", tmp_path / "answer.json"
    answer.write_text('{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"s"}')
    then = f"cat {answer}" if answers else "false"
    config.write_text(f"[profile {process}]\ncredential_process = sh -c 'echo >>{ran}; sleep 0.3; {then}'\n")
    chain, together = _chain(process), Barrier(8)

    def ask(_: int) -> str:
        together.wait(10)
        try:
            return chain.resolve().access_key_id
        except OwnCredentialsError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert found == {"AKIAPROCESS" if answers else "OwnCredentialsError"}
    assert ran.read_text() == "\n"


def test_no_secret_is_in_the_cache_identity() -> None:
    """It is only hashed, but all the same."""
    assert SECRET_ACCESS_KEY not in repr(_chain().cache_identity())
