"""hubspoke console: the URL on stdout, or in the browser."""

import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspoke import settings
from hubspoke.cli import main
from tests.support.common_options import common_options
from tests.support.fake_hub import ACCOUNT, ROLE, VENDED_SECRET, VENDED_TOKEN, FakeHub, refusal
from tests.support.fake_sign_in import TOKEN, FakeSignIn, fake_sign_in

_TARGET = f"{ACCOUNT}/{ROLE}"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSignIn]:
    """Serve a sign-in endpoint, which the environment names."""
    with fake_sign_in() as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SIGNIN", served.endpoint)
        yield served


@pytest.mark.usefixtures("hub")
def test_the_url_is_all_that_is_printed(endpoint: FakeSignIn, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stdout; the credentials aren't in it."""
    assert main(["console", _TARGET, "--service", "s3", "--console-region", "eu-west-1"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{endpoint.endpoint}/federation?Action=login&")
    assert "eu-west-1.console.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Deu-west-1" in printed.out
    assert (printed.out.count("\n"), printed.err) == (1, "")
    assert VENDED_SECRET not in printed.out


def test_the_common_options_are_taken(
    hub: FakeHub, endpoint: FakeSignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as everywhere, and they beat the variables."""
    words, variables = common_options(hub, tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["console", _TARGET, *words]) == 0
    assert hub.seen[0].signature_is_good
    assert not (tmp_path / ".cache").exists()


@pytest.mark.usefixtures("hub", "endpoint")
def test_an_opened_url_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a credential."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url) or True)
    assert main(["console", _TARGET, "--open"]) == 0
    assert capsys.readouterr() == ("", "")
    assert TOKEN in opened[0]


@pytest.mark.usefixtures("hub", "endpoint")
def test_a_broken_browser_variable_is_told() -> None:
    """The URL, which is a credential, is in no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke", "console", _TARGET, "--open"],
        env=settings.environment() | {"BROWSER": "unclosed ' %s"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (72, "")
    assert "BROWSER" in done.stderr


@pytest.mark.usefixtures("hub", "endpoint")
def test_no_browser_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """72, and the URL isn't printed unasked."""
    monkeypatch.setattr(webbrowser, "open", lambda _url: False)
    assert main(["console", _TARGET, "--open"]) == 72
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "BROWSER" in printed.err
    assert TOKEN not in printed.err


@pytest.mark.usefixtures("hub")
def test_what_the_endpoint_refuses_is_told(endpoint: FakeSignIn, capsys: pytest.CaptureFixture[str]) -> None:
    """77, without the endpoint's own text."""
    endpoint.status, endpoint.body = 400, b"hush"
    assert main(["console", _TARGET]) == 77
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "SignInRefused" in printed.err
    assert "hush" not in printed.err


def test_a_refused_vend_signs_nobody_in(hub: FakeHub, endpoint: FakeSignIn) -> None:
    """The hub's own exit code."""
    hub.script = [refusal(403, "AccessDenied")]
    assert main(["console", _TARGET]) == 77
    assert endpoint.seen == []


@pytest.mark.parametrize(
    "argv", [[], ["--service", "S3"], ["--service", "../x"], ["--console-region", "x"], ["--service"]]
)
def test_wrong_arguments(argv: list[str], hub: FakeHub, endpoint: FakeSignIn) -> None:
    """64, and nothing is vended or sent."""
    target = [_TARGET] if argv else []
    assert main(["console", *target, *argv]) == 64
    assert (hub.seen, endpoint.seen) == ([], [])


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("methods", [("POST",), ("GET",)])
def test_nothing_secret_is_said(
    methods: tuple[str, ...], endpoint: FakeSignIn, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where all that is done is told, whichever way the credentials go."""
    endpoint.methods = methods
    assert main(["console", _TARGET, "--verbose"]) == 0
    printed = capfd.readouterr()
    assert TOKEN not in printed.err
    assert VENDED_SECRET not in printed.out + printed.err
    assert VENDED_TOKEN not in printed.out + printed.err
