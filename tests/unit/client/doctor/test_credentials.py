"""hubspoke.doctor.credentials: where the caller's are from, and what STS says of them."""

import sys
from pathlib import Path

import pytest

from hubspoke import settings
from hubspoke.doctor import credentials
from hubspoke.doctor.credentials import Signer
from hubspoke.own_credentials import OwnCredentialChain
from tests.plugins.canary import Canaries
from tests.support.fake_aws import FakeAws, Reply, sts_error, sts_identity
from tests.support.fake_hub import REGION
from tests.support.findings import codes, only


def _examine(profile: str | None = None, region: str = REGION) -> Signer:
    return credentials.examine(OwnCredentialChain(settings.read(), profile, None), region, profile)


def _profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    (tmp_path / "config").write_text(f"[profile me]\n{lines}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def _without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("arn", "says"),
    [
        ("arn:aws:iam::111111111111:user/team/bot", "user bot, account 111111111111"),
        (
            "arn:aws-cn:sts::111111111111:assumed-role/ci/run-1",
            "role ci, session run-1, account 111111111111",
        ),
    ],
)
def test_whose_they_are(sts: FakeAws, arn: str, says: str) -> None:
    """In any partition."""
    sts.identity = lambda: sts_identity(arn)
    signer = _examine()
    assert codes(signer.findings) == ["CredentialsFound", "CallerKnown"]
    assert says in only(signer.findings, "CallerKnown").says
    assert signer.caller is not None
    assert signer.partition == signer.caller.partition == arn.split(":")[1]


def test_no_secret_is_shown(sts: FakeAws, canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a repr either; the key's id is no secret."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", canaries.plant("secret"))
    monkeypatch.setenv("AWS_SESSION_TOKEN", canaries.plant("token"))
    signer = _examine()
    canaries.check("the signer", repr(signer))
    assert "from the environment" in only(signer.findings, "CredentialsFound").says


@pytest.mark.usefixtures("sts")
def test_where_they_are_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By botocore's word, in ours."""
    script = tmp_path / "process.py"
    script.write_text('print(\'{"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "s"}\')')
    _profile(tmp_path, monkeypatch, f"credential_process = {sys.executable} {script}")
    assert "a profile's credential_process" in only(_examine("me").findings, "CredentialsFound").says
    _profile(tmp_path, monkeypatch, "aws_access_key_id = AKIAX\naws_secret_access_key = s")
    assert "the AWS config file" in only(_examine("me").findings, "CredentialsFound").says


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize(
    ("variables", "profile", "code"),
    [
        ({"AWS_CREDENTIAL_EXPIRATION": "2020-01-01T00:00:00Z"}, None, "CredentialsExpired"),
        ({"AWS_SECRET_ACCESS_KEY": "a b"}, None, "CredentialsMalformed"),
        ({"AWS_SESSION_TOKEN": "line\nbreak"}, None, "CredentialsMalformed"),
        ({}, "nonesuch", "ProfileUnknown"),
        ({}, "me", "CredentialsBroken"),
        ({"AWS_ACCESS_KEY_ID": ""}, None, "CredentialsMissing"),
    ],
)
def test_why_there_are_none(
    sts: FakeAws,
    variables: dict[str, str],
    profile: str | None,
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And STS isn't asked."""
    _profile(tmp_path, monkeypatch, "credential_process = /nonesuch/program")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if variables.get("AWS_ACCESS_KEY_ID") == "":
        _without_keys(monkeypatch)
    signer = _examine(profile)
    assert (codes(signer.findings), signer.own) == ([code], None)
    assert sts.calls == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (sts_error(403, "ExpiredToken", "hush"), "TokenExpired"),
        (sts_error(403, "InvalidClientTokenId", "hush"), "KeyUnknown"),
        (sts_error(403, "SignatureDoesNotMatch", "hush"), "SecretWrong"),
        (sts_error(400, "IncompleteSignature", "hush"), "SecretWrong"),
        (sts_error(400, "RequestExpired", "hush"), "SignedTooEarly"),
        (sts_error(403, "RegionDisabledException", "hush"), "StsRefuses"),
        (sts_error(403, "\x7f]hush[", "hush"), "StsRefuses"),
        (sts_error(403, "AccessDenied", "hush"), "StsRefuses"),
        (Reply(200, b"hush"), "StsUnreachable"),
        (sts_identity("hush\u202e"), "StsUnreachable"),
        (Reply(200, b"<a>hush", cut_after=3), "StsUnreachable"),
        (sts_identity("arn:aws:iam::111111111111:root"), "CallerKindRefused"),
        (sts_identity("arn:aws:sts::111111111111:federated-user/ann"), "CallerKindRefused"),
    ],
)
def test_what_sts_says_is_told_apart(sts: FakeAws, reply: Reply, code: str) -> None:
    """By its code; never in its own words."""
    sts.identity = lambda: reply
    signer = _examine()
    assert codes(signer.findings) == ["CredentialsFound", code]
    assert (signer.own is not None, signer.caller) == (True, None)
    assert "hush" not in repr(signer.findings)


def test_the_root_user_is_called_so(sts: FakeAws) -> None:
    """Who signed in as root can mend that."""
    sts.identity = lambda: sts_identity("arn:aws:iam::111111111111:root")
    assert "root user" in only(_examine().findings, "CallerKindRefused").says


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}, REGION),
        ({"AWS_ENDPOINT_URL_STS": "http://sts.invalid"}, REGION),
        ({"AWS_CA_BUNDLE": "/nonesuch"}, REGION),
        ({}, "nonesuch"),
    ],
)
@pytest.mark.usefixtures("sts")
def test_an_sts_that_cant_be_asked(
    variables: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That isn't wrong on the way to a hub: a network may have no way to STS."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert codes(_examine(region=region).findings) == ["CredentialsFound", "StsUnreachable"]
