"""The embedded hub stays where it belongs, and can't be taken for the real one."""

import os
import subprocess
import sys

import pytest

from hubspoke_contract.secret import Secret
from hubspoke_local import __main__ as command
from hubspoke_local import mending, strict
from hubspoke_local.confinement import ConfinementError, forget_the_person, refuse_inside_lambda, without_aws


@pytest.mark.parametrize("name", ["AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT"])
def test_it_refuses_to_start_inside_lambda(name: str) -> None:
    with pytest.raises(ConfinementError, match=name):
        refuse_inside_lambda({name: ""})
    refuse_inside_lambda({"AWS_REGION": "eu-west-1"})


@pytest.mark.parametrize("name", ["AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT"])
def test_the_commands_refuse_to_start_inside_lambda(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_local", "serve"],
        env={**os.environ, name: "x"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "this looks like Lambda" in done.stderr


def test_the_emulator_too_refuses_to_start_inside_lambda() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hubspoke_local.strict"],
        env={**os.environ, "LAMBDA_TASK_ROOT": "/var/task"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "this looks like Lambda" in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"AUTH": "true"},
        {"BIND_HOST": "127.0.0.1"},
        {"AUTH": "true", "BIND_HOST": "192.0.2.1"},
        {"AUTH": "false", "BIND_HOST": "127.0.0.1"},
    ],
)
def test_the_emulator_runs_on_loopback_with_its_checks_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(mending.StrictnessError, match="or not at all"):
        strict.main()


def test_the_emulator_of_another_release_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "version", lambda _: "1.5.34")
    with pytest.raises(mending.StrictnessError, match=r"1\.5\.33, and this is 1\.5\.34"):
        strict.install(Secret("0" * 64))


def test_a_mend_without_its_place_stops_the_start() -> None:
    with pytest.raises(mending.StrictnessError, match="has no no_such_name"):
        mending.replace(strict, "no_such_name", lambda present: present)


def test_children_see_nothing_of_the_persons_own_aws() -> None:
    kept = without_aws(
        {
            "PATH": "/bin",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_PROFILE": "x",
            "HUBSPOKE_ENDPOINT": "x",
            "ASSUME_ROLE_EXTERNAL_ID": "x",
        }
    )
    assert kept == {"PATH": "/bin"}


@pytest.mark.parametrize("arguments", [[], ["deploy"], ["demo", "now"]])
def test_wrong_arguments_are_answered_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 2
    assert capsys.readouterr().err == "usage: python -m hubspoke_local {demo,serve,openapi}\n"


def test_the_commands_forget_whose_machine_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {"HOME": "/home/ann", "AWS_PROFILE": "work", "AWS_CONFIG_FILE": "/x"})
        forget_the_person()
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_CONFIG_FILE"] == os.devnull
        assert os.environ["HOME"] == "/home/ann"
