"""hubspoke.quick: what is answered without reading an option, and what isn't."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubspoke.kept import encode
from hubspoke.settings import environment
from tests.support.fake_hub import ACCOUNT, ROLE, FakeHub

_TARGET = f"{ACCOUNT}/{ROLE}"
_PROCESS = ["credential-process", _TARGET]
_RUN = ["run", _TARGET, "--", sys.executable, "-c", "import os; print(os.environ['AWS_ACCESS_KEY_ID'])"]
_SLOW = {
    "re",
    "json",
    "argparse",
    "ssl",
    "email",
    "botocore",
    "requests",
    "hubspoke.cli",
    "typing",
    "dataclasses",
}

_TELL = """
import os, sys
tell = lambda: os.write(2, " ".join(sys.modules).encode())
leave, become = os._exit, os.execvpe
os._exit = lambda code: (tell(), leave(code))
os.execvpe = lambda *given: (tell(), become(*given))
sys.argv[1:] = {argv!r}
from hubspoke.quick import main
main()
"""


def _command(argv: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _TELL.format(argv=argv)],
        capture_output=True,
        text=True,
        env=environment() | environ,
        check=False,
        timeout=30,
    )


def _quick(argv: list[str], **environ: str) -> bool:
    """Tell whether a command line is answered without the rest of the client."""
    done = _command(argv, **environ)
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.split()
    return "hubspoke.quick" in loaded and not _SLOW.intersection(loaded)


@pytest.mark.parametrize("argv", [_PROCESS, _RUN])
def test_the_second_time_is_quick_and_says_the_same(argv: list[str], hub: FakeHub) -> None:
    """Of the same words under the same environment; nothing that takes long to import is imported."""
    first = _command(argv)
    assert not _quick([*argv[:1], "--reason", "other", *argv[1:]])
    assert _quick(argv)
    assert _command(argv).stdout == first.stdout
    assert len(hub.seen) == 2


def test_run_and_credential_process_share_what_is_kept(hub: FakeHub) -> None:
    """The words before the dashes are the same vend."""
    document = json.loads(_command(_PROCESS).stdout)
    assert _quick(_RUN)
    assert _command(_RUN).stdout.strip() == document["AccessKeyId"]
    assert len(hub.seen) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"AWS_ACCESS_KEY_ID": "AKIAOTHER"},
        {"AWS_PROFILE": "other"},
        {"AWS_REGION": "eu-west-2"},
        {"HUBSPOKE_ENDPOINT": "http://127.0.0.1:1/prod"},
        {"ASSUME_ROLE_SPOKE_ROLE": "other"},
        {"HUBSPOKE_CACHE_DIR": "/dev/null/nonesuch"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"},
        {"AWS_CONFIG_FILE": "/nonesuch"},
    ],
)
@pytest.mark.usefixtures("hub")
def test_another_environment_is_another_question(changed: dict[str, str]) -> None:
    """Whatever could lead to other credentials is asked about anew."""
    assert _command(_PROCESS).returncode == 0
    assert _quick(_PROCESS)
    assert "hubspoke.cli" in _command(_PROCESS, **changed).stderr.split()


@pytest.mark.usefixtures("hub")
def test_an_edited_aws_file_is_another_question(tmp_path: Path) -> None:
    """A profile may have become another caller."""
    config = tmp_path / "config"
    config.write_text("[default]\n")
    assert _command(_PROCESS, AWS_CONFIG_FILE=str(config)).returncode == 0
    assert _quick(_PROCESS, AWS_CONFIG_FILE=str(config))
    config.write_text("[default]\nregion = eu-west-1\n")
    assert not _quick(_PROCESS, AWS_CONFIG_FILE=str(config))


@pytest.mark.parametrize("option", ["--no-cache", "--verbose"])
@pytest.mark.usefixtures("hub")
def test_who_asks_for_more_gets_it_each_time(option: str) -> None:
    """A fresh vend, or an account of what is done."""
    for _ in range(2):
        assert "hubspoke.cli" in _command([*_PROCESS, option]).stderr.split()


@pytest.mark.parametrize(("line", "value"), [(0, "9999999999"), (1, "1000000000")])
def test_what_is_not_fresh_is_vended_anew(line: int, value: str, hub: FakeHub, tmp_path: Path) -> None:
    """Expired, or vended at a time that hasn't come: the clock was set."""
    assert _command(_PROCESS).returncode == 0
    (entry,) = (tmp_path / ".cache" / "hubspoke").glob("*.entry")
    lines = entry.read_text().split("\n")[1:-2]
    lines[line] = value
    entry.write_bytes(encode(lines))
    assert not _quick(_PROCESS)
    assert len(hub.seen) == 2


@pytest.mark.parametrize("content", ["", "../../etc/passwd", "\n", "é", "0" * 64 + ".entry"])
def test_a_shortcut_that_leads_nowhere_costs_nothing_but_time(
    content: str, hub: FakeHub, tmp_path: Path
) -> None:
    """The options are read instead, and the shortcut is mended."""
    assert _command(_PROCESS).returncode == 0
    (shortcut,) = (tmp_path / ".cache" / "hubspoke").glob("*.words")
    shortcut.write_text(content)
    assert not _quick(_PROCESS)
    assert _quick(_PROCESS)
    assert len(hub.seen) == 1


@pytest.mark.usefixtures("hub")
def test_a_child_that_is_not_there_is_told_as_ever() -> None:
    """127, by whichever way."""
    for _ in range(2):
        done = _command(["run", _TARGET, "--", "nonesuch-command"])
        assert (done.returncode, "there is no such command" in done.stderr) == (127, True)


def test_a_reader_that_goes_away_is_quiet(hub: FakeHub) -> None:
    """As by the other way."""
    assert _command(_PROCESS).returncode == 0
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "hubspoke", *_PROCESS],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            timeout=30,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    assert len(hub.seen) == 1
