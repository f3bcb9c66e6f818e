"""``hubspoke-admin grants publish`` against a stand-in for S3 on a real socket."""

import base64
import hashlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubspoke_admin.source import build
from hubspoke_grants.bundle import encode, load

Run = Callable[..., Any]


def test_the_bundle_is_put_whole(run: Run, folder: Path, s3: Any) -> None:
    """One put brings the bundle, with its checksum and its type, to the bucket and key."""
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")
    [(method, path, headers, body)] = s3.requests

    assert ran.code == 0
    assert (method, path.split("?")[0]) == ("PUT", "/the-bucket/bundle.json")
    assert body == encode(build(folder))
    assert load(body).roles
    assert headers["content-type"] == "application/json"
    assert headers["x-amz-checksum-sha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()


def test_what_was_published_is_said(run: Run, folder: Path, s3: Any) -> None:
    """Standard output names the version, and how much it grants."""
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert ran.out.decode() == f"published version {build(folder)['Version']}: 4 roles in 4 accounts\n"
    assert ran.err == ""


def test_another_key_can_be_named(run: Run, folder: Path, s3: Any) -> None:
    """``--key`` says where in the bucket."""
    run("grants", "publish", folder, "--bucket", "the-bucket", "--key", "staging/bundle.json")

    assert s3.requests[0][1].split("?")[0] == "/the-bucket/staging/bundle.json"


def test_the_bucket_can_come_from_the_environment(
    run: Run, folder: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``HUBSPOKE_BUNDLE_BUCKET`` is the bucket where no option names one."""
    monkeypatch.setenv("HUBSPOKE_BUNDLE_BUCKET", "from-environment")
    run("grants", "publish", folder)

    assert s3.requests[0][1].startswith("/from-environment/")


def test_an_option_beats_the_environment(
    run: Run, folder: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--bucket`` is taken where both are given."""
    monkeypatch.setenv("HUBSPOKE_BUNDLE_BUCKET", "from-environment")
    run("grants", "publish", folder, "--bucket", "from-option")

    assert s3.requests[0][1].startswith("/from-option/")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "AccessDenied"),
        (404, "NoSuchBucket"),
        (403, "InvalidAccessKeyId"),
        (400, "InvalidRequest"),
        (503, "SlowDown"),
    ],
)
def test_a_refusal_of_s3s_is_named_by_its_code(
    run: Run, folder: Path, s3: Any, status: int, code: str
) -> None:
    """The message says S3's code and what to check, and not S3's own message."""
    s3.status, s3.code = status, code
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert (ran.code, ran.out) == (1, b"")
    assert ran.err == (
        f"hubspoke-admin: S3 answered {code} for s3://the-bucket/bundle.json: check the bucket's name and "
        "your permission to s3:PutObject; the bundle in force is unchanged\n"
    )


def test_an_s3_that_is_not_there_is_said(
    run: Run, folder: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing listens, the message says to check the network."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{taken.getsockname()[1]}")
        ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert (ran.code, ran.out) == (1, b"")
    assert ran.err.startswith("hubspoke-admin: S3 was not reached")
    assert "the bundle in force is unchanged" in ran.err
    assert "Traceback" not in ran.err


def test_an_operator_without_credentials_is_told(
    run: Run, folder: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are no credentials nothing is sent, and the message says what to check."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert (ran.code, ran.out, s3.requests) == (1, b"", [])
    assert "you have no credentials" in ran.err
    assert "AWS_PROFILE" in ran.err


def test_an_unknown_profile_is_said(run: Run, folder: Path, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that isn't configured is a message, not a traceback."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert (ran.code, ran.out, s3.requests) == (1, b"", [])
    assert "no-such-profile" in ran.err


def test_a_bucket_that_cannot_be_one_is_not_asked_for(run: Run, folder: Path, s3: Any) -> None:
    """A name that S3 doesn't allow never leaves the machine."""
    ran = run("grants", "publish", folder, "--bucket", "not a bucket")

    assert (ran.code, ran.out, s3.requests) == (1, b"", [])
    assert "Traceback" not in ran.err


def test_grants_that_do_not_build_are_not_published(run: Run, folder: Path, s3: Any) -> None:
    """A mistake in the grants is found before S3 is asked for anything."""
    (folder / "roles.yaml").write_text("roles: [\n")
    ran = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert (ran.code, ran.out, s3.requests) == (1, b"", [])
    assert ran.err.startswith(f"hubspoke-admin: {folder}/roles.yaml:2:")


@pytest.mark.parametrize("bucket", [[], ["--bucket", ""]])
def test_a_publish_without_a_bucket_says_how_to_name_one(
    run: Run, folder: Path, s3: Any, bucket: list[str]
) -> None:
    """No bucket is a wrong use of the command."""
    ran = run("grants", "publish", folder, *bucket)

    assert (ran.code, ran.out, s3.requests) == (2, b"", [])
    assert ran.err == "hubspoke-admin: name the bucket: --bucket, or HUBSPOKE_BUNDLE_BUCKET\n"


def test_no_output_shows_the_operators_secret(run: Run, folder: Path, s3: Any) -> None:
    """Neither success nor failure prints the key it signed with."""
    good = run("grants", "publish", folder, "--bucket", "the-bucket")
    s3.status, s3.code = 403, "SignatureDoesNotMatch"
    bad = run("grants", "publish", folder, "--bucket", "the-bucket")

    assert "operators-secret" not in (good.out + bad.out).decode() + good.err + bad.err
