"""hubspoke.cli.picker: at a real terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fake_hub import FakeHub, document, offer
from tests.support.terminal import terminal

_HUBSPOKE = [sys.executable, "-m", "hubspoke"]
_PROMPT = "search for: "
_ROLES = [
    offer("222222222222", "reader", AccountName="dev"),
    offer("333333333333", "reader", AccountName="prod\x1b[2J", AccountTags={"Team": "Payments"}),
    offer("333333333333", "admin", AccountName="prod", OrgUnit="ou-root/Workloads/Prod"),
]


@pytest.fixture(autouse=True)
def offered(hub: FakeHub) -> None:
    """Offer three roles."""
    hub.script = [document(200, {"Roles": _ROLES})]


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        (["2\n"], "333333333333/reader"),
        (["admin\n", "1\n"], "333333333333/admin"),
        (["PROD\n", "2\n"], "333333333333/admin"),
        (["team=pay\n", "\n"], "333333333333/reader"),
        (["nonesuch\n", "0\n", "4\n", "3\n"], "333333333333/admin"),
        (["prod admin\n", "1\n"], "333333333333/admin"),
        (["admin\n", "dev\n", "1\n"], "222222222222/reader"),
        (["r\n", "\n", "1\n"], "222222222222/reader"),
        (["é \udcff\n".encode("utf-8", "replace").decode(), "1\n"], "222222222222/reader"),
    ],
)
def test_a_number_takes_a_role_and_words_narrow_the_list(hub: FakeHub, typed: list[str], target: str) -> None:
    """What follows on stdin is the command's."""
    argv = [*_HUBSPOKE, "run", "--", "sh", "-c", "echo got $AWS_ACCOUNT_ID; read line; echo $line"]
    with terminal(argv, dict(os.environ)) as screen:
        for line in typed:
            screen.until(_PROMPT)
            screen.type(line)
        screen.until("got ")
        screen.type("for the command\n")
        assert screen.end() == 0
    assert "for the command" in screen.shown
    assert "\x1b" not in screen.shown
    account, role = target.split("/")
    assert hub.seen[-1].target == f"/prod/v1/accounts/{account}/roles/{role}/credentials"


def test_the_list_is_on_stderr(hub: FakeHub, tmp_path: Path) -> None:
    """``eval "$(hubspoke env)"`` can ask, too."""
    out = tmp_path / "out"
    with (
        out.open("wb") as file,
        terminal([*_HUBSPOKE, "env"], dict(os.environ), stdout=file.fileno()) as screen,
    ):
        shown = screen.until(_PROMPT)
        screen.type("1\n")
        assert screen.end() == 0
    assert "   1  222222222222/reader  dev" in shown
    assert out.read_text().startswith("unset ")
    assert len(hub.seen) == 2


def test_it_asks_anew_each_time(hub: FakeHub) -> None:
    """The answer is not remembered for the same words: the next may be another."""
    for number, account in (("1", "222222222222"), ("2", "333333333333")):
        hub.script = [document(200, {"Roles": _ROLES})]
        with terminal([*_HUBSPOKE, "run", "--", "env"], dict(os.environ)) as screen:
            screen.until(_PROMPT)
            screen.type(f"{number}\n")
            assert screen.end() == 0
        assert f"AWS_ACCOUNT_ID={account}" in screen.shown


def test_an_account_that_is_named_narrows_the_list() -> None:
    """By its option or variable."""
    with terminal([*_HUBSPOKE, "env", "--spoke-account", "333333333333"], dict(os.environ)) as screen:
        shown = screen.until(_PROMPT)
        screen.type("\x03")
        screen.end()
    assert "222222222222" not in shown


@pytest.mark.parametrize(("key", "code"), [("\x03", 130), ("\x04", 64)])
def test_ctrl_c_and_ctrl_d_end_it(hub: FakeHub, key: str, code: int) -> None:
    """Nothing is vended, nothing is run."""
    with terminal([*_HUBSPOKE, "run", "--", "echo", "ran"], dict(os.environ)) as screen:
        screen.until(_PROMPT)
        screen.type(key)
        assert screen.end() == code
    assert "ran" not in screen.shown
    assert "Traceback" not in screen.shown
    assert len(hub.seen) == 1


def test_no_role_at_all(hub: FakeHub) -> None:
    """77, and how to get one."""
    hub.script = [document(200, {"Roles": []})]
    with terminal([*_HUBSPOKE, "env"], dict(os.environ)) as screen:
        assert screen.end() == 77
    assert "ask for a grant" in screen.shown


def test_a_long_list_is_cut_to_the_screen(hub: FakeHub) -> None:
    """And says how much is left out."""
    hub.script = [document(200, {"Roles": [offer(f"{n:012}") for n in range(300)]})]
    with terminal([*_HUBSPOKE, "env"], dict(os.environ)) as screen:
        shown = screen.until(_PROMPT)
        screen.type("000000000299\n")
        screen.until("299/")
        screen.until("Enter takes it. Which role?")
        screen.type("\n")
        assert screen.end() == 0
    assert "… and 29" in shown
    assert hub.seen[-1].target.startswith("/prod/v1/accounts/000000000299/")


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_without_a_terminal_nobody_is_asked(hub: FakeHub, stream: str) -> None:
    """64, and which role to give; whichever of the two isn't one."""
    redirected = "</dev/null" if stream == "stdin" else "2>&1 | cat"
    script = f'set -o pipefail; "$0" -m hubspoke env {redirected}'
    with terminal(["bash", "-c", script, sys.executable], dict(os.environ)) as screen:
        assert screen.end() == 64
    assert "which role?" in screen.shown
    assert hub.seen == []


def test_the_direct_route_offers_nothing_to_pick(hub: FakeHub) -> None:
    """64, and which role to give: only a hub knows what there is."""
    argv = [*_HUBSPOKE, "env", "--hub-account", "111111111111", "--hub-role", "hub-role"]
    with terminal(argv, dict(os.environ)) as screen:
        assert screen.end() == 64
    assert "which role?" in screen.shown
    assert hub.seen == []


def test_credential_process_never_asks(hub: FakeHub) -> None:
    """A program runs it."""
    with terminal([*_HUBSPOKE, "credential-process"], dict(os.environ)) as screen:
        assert screen.end() == 64
    assert hub.seen == []


def test_streams_that_are_closed() -> None:
    """They aren't terminals either."""
    done = subprocess.run(["sh", "-c", '"$0" -m hubspoke env <&- 2>&-', sys.executable], check=False)
    assert done.returncode == 64
