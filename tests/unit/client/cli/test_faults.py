"""What the commands that vend say to bad input and faults: what to do, with a code, and nothing lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from hubspoke.cli import main
from hubspoke_contract.errors import Problem
from tests.support.fake_hub import REQUEST_ID, Answer, FakeHub, document, gateway, refusal

TARGET = "222222222222/automation-spoke-role"
COMMANDS = ("env", "credential-process", "run")


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, and what has to come of it."""

    code: int
    words: tuple[str, ...]
    answer: Answer | None = None
    """The hub's; ``None`` where it must not even be asked."""
    target: tuple[str, ...] = (TARGET,)
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def another_hour(hours: int) -> Answer:
    """Answer as API Gateway does to a signature of another time; its own clock is right."""
    answer = gateway(403, "InvalidSignatureException", "Signature expired: hush")
    return replace(answer, clock=timedelta(hours=hours))


FAULTS = {
    "an unknown role": Fault(
        77,
        ("AccessDenied", "'hubspoke roles'", REQUEST_ID),
        refusal(403, "AccessDenied", Problem.RoleUnknown.message),
    ),
    "an account of 11 digits": Fault(64, ("twelve digits",), target=("22222222222/automation-spoke-role",)),
    "an account of 13 digits": Fault(64, ("twelve digits",), target=("2222222222222/automation-spoke-role",)),
    "a second too many": Fault(64, ("900 to 3600",), options=("--duration", "3601")),
    "no role, and no terminal to ask": Fault(64, ("which role?",), target=()),
    "a hub that is down": Fault(
        69, ("HubUnreachable", "HUBSPOKE_ENDPOINT"), options=("--endpoint", "http://127.0.0.1:1")
    ),
    "garbage": Fault(76, ("ReplyMalformed", "isn't a hub"), Answer(200, b"\x00\xff<html>hush")),
    "garbage in an error's place": Fault(76, ("ReplyMalformed",), Answer(418, b'{"Code": "hush"}')),
    "a reply that breaks off": Fault(69, ("HubUnreachable",), Answer(200, b"{}" * 99, truncate_at=9)),
    "too many requests": Fault(
        75,
        ("TooManyRequests", "Retry-After: 7 s", REQUEST_ID),
        refusal(429, "TooManyRequests", Problem.RateExceeded.message, Retry_After="7"),
    ),
    "too many for the gateway": Fault(
        75, ("TooManyRequests", "Retry-After: 7 s"), document(429, {"message": "hush"}, Retry_After="7")
    ),
    "own credentials past their time": Fault(
        67, ("expired", "sign in"), environment={"AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"}
    ),
    "own credentials that AWS calls expired": Fault(
        67, ("expired", "sign in"), gateway(403, "ExpiredTokenException")
    ),
    "a clock an hour behind": Fault(67, ("clock", "60 minutes behind", "set it"), another_hour(1)),
    "a clock an hour ahead": Fault(67, ("clock", "60 minutes ahead", "set it"), another_hour(-1)),
    "a wrong secret": Fault(
        67, ("signature", "secret access key"), gateway(403, "InvalidSignatureException")
    ),
}


Ended = tuple[int, str, str]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run a command line: ``run`` in a process of its own, since it becomes another."""

    def call(*argv: str, **environment: str) -> Ended:
        if argv[0] == "run":
            done = subprocess.run(
                [sys.executable, "-m", "hubspoke", *argv],
                capture_output=True,
                text=True,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                check=False,
                timeout=30,
            )
            return done.returncode, done.stdout, done.stderr
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            capfd.readouterr()
            code = main(list(argv))
        printed = capfd.readouterr()
        return code, printed.out, printed.err

    return call


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_each_fault(
    fault: Fault, command: str, hub: FakeHub, tmp_path: Path, ended: Callable[..., Ended]
) -> None:
    """One or two lines that say what to do, its code, nothing on stdout; what was kept is still there."""
    kept = ended("credential-process", TARGET)
    asked = len(hub.seen)
    hub.script = [fault.answer] if fault.answer else []
    child = ("--", "touch", str(tmp_path / "ran")) if command == "run" else ()
    options = ("--reason", "another", "--retries", "0", *fault.options)
    code, out, err = ended(command, *fault.target, *options, *child, **fault.environment)
    assert (code, out) == (fault.code, "")
    assert err.startswith("hubspoke: ")
    assert 1 <= err.count("\n") <= 2
    assert all(word in err for word in fault.words), err
    assert not any(word in err for word in ("hush", "Traceback", "gateway's own text"))
    assert not (tmp_path / "ran").exists()
    assert len(hub.seen) == asked + (fault.answer is not None)
    assert ended("credential-process", TARGET) == kept
    assert kept[0] == 0
    assert len(hub.seen) == asked + (fault.answer is not None)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("spoil", ["others can read it", "it is a file", "it can't be made"])
def test_a_cache_that_cant_be_used_costs_a_line_and_not_the_command(
    spoil: str, command: str, hub: FakeHub, tmp_path: Path, ended: Callable[..., Ended]
) -> None:
    """The credentials come even so, and what lies there isn't touched."""
    cache = tmp_path / "cache"
    if spoil == "it is a file":
        cache.write_text("somebody's")
    elif spoil == "others can read it":
        cache.mkdir()
        cache.chmod(0o755)
    else:
        (tmp_path / "file").touch()
        cache = tmp_path / "file" / "cache"
    child = ("--", "printenv", "AWS_SECRET_ACCESS_KEY") if command == "run" else ()
    code, out, err = ended(command, TARGET, *child, HUBSPOKE_CACHE_DIR=str(cache))
    assert (code, "vended-secret" in out) == (0, True)
    assert err.startswith(f"hubspoke: cache {cache} is not used: ")
    assert err.count("\n") == 1
    assert len(hub.seen) == 1
    assert not cache.is_dir() or list(cache.iterdir()) == []


@pytest.mark.parametrize(("command", "code"), [("nonesuch-command", 127), ("/etc/passwd", 126)])
def test_a_child_that_cant_be_run_loses_nothing(
    command: str, code: int, hub: FakeHub, ended: Callable[..., Ended]
) -> None:
    """What was vended for it is there for the next try."""
    found, out, err = ended("run", TARGET, "--", command)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert repr(command) in err
    assert ended("run", TARGET, "--", "true")[0] == 0
    assert len(hub.seen) == 1
